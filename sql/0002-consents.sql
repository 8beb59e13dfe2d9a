-- What people have allowed. Rows are only added; what stands now is the last row of a subject and type, and its expiry.
CREATE TABLE consents(
  seq {SERIAL}, subject_id {ID} NOT NULL, clinic_id {ID} NOT NULL, type {NUMBER} NOT NULL, granted {NUMBER} NOT NULL,
  at_us {NUMBER} NOT NULL, expires_us {NUMBER}, policy {NUMBER} NOT NULL, source {NUMBER} NOT NULL, user_id {ID});
CREATE INDEX consents_by_subject ON consents(subject_id, type, seq);
{APPEND_ONLY consents}
-- Whose consent a waiting job waits for, and the way from a person to their files' jobs.
ALTER TABLE jobs ADD COLUMN subject_id {ID};
CREATE INDEX jobs_by_subject ON jobs(subject_id);
CREATE INDEX media_by_subject ON media(subject_id, submission_id);
-- Until when data_processing stands (0: it does not), repeated for lists of many people; written together with the row above.
ALTER TABLE users ADD COLUMN processing_until_us {NUMBER} NOT NULL DEFAULT 0;
-- Who registered before this version did so under the rule that registering grants these three.
INSERT INTO consents(subject_id, clinic_id, type, granted, at_us, policy, source, user_id)
  SELECT u.subject_id, u.clinic_id, t.type, 1, u.created_us, 1, 0, u.id FROM users u
  CROSS JOIN (SELECT 0 AS type UNION ALL SELECT 1 UNION ALL SELECT 2) t;
UPDATE users SET processing_until_us = 9223372036854775807;
