-- The clinic's own list of medicines. Names only, nothing of a person. name_key: lower case, one space between words.
CREATE TABLE clinic_medicines(
  id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, name {TEXT} NOT NULL, name_key {TEXT} NOT NULL, note {TEXT} NOT NULL,
  created_us {NUMBER} NOT NULL, user_id {ID} NOT NULL);
CREATE UNIQUE INDEX clinic_medicines_by_key ON clinic_medicines(clinic_id, name_key);
CREATE INDEX clinic_medicines_by_time ON clinic_medicines(clinic_id, created_us, id);
