-- What the guard found in a version of a draft and not in its source (submissions and notes). resolved_us: confirmed by a doctor;
-- what was edited away is simply not found in the next version. Drafts that were made before there was a guard are not checked (kind 6).
CREATE TABLE findings(
  resource_id {ID} NOT NULL, clinic_id {ID} NOT NULL, version {NUMBER} NOT NULL, number {NUMBER} NOT NULL,
  kind {NUMBER} NOT NULL, at_byte {NUMBER} NOT NULL, length_bytes {NUMBER} NOT NULL, resolved_by {ID}, resolved_us {NUMBER},
  PRIMARY KEY(resource_id, version, number));
INSERT INTO findings(resource_id, clinic_id, version, number, kind, at_byte, length_bytes)
  SELECT s.id, s.clinic_id, s.version, 1, 6, 0, 0 FROM submissions s JOIN evidence e ON e.submission_id = s.id WHERE s.status IN (2, 4);
