-- Uploads in which a virus scanner found something: sealed as they came, and given to nobody.
CREATE TABLE quarantine(
  id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, subject_id {ID} NOT NULL, user_id {ID} NOT NULL,
  bytes {NUMBER} NOT NULL, found {TEXT} NOT NULL, created_us {NUMBER} NOT NULL);
CREATE INDEX quarantine_by_clinic ON quarantine(clinic_id, created_us, id);
