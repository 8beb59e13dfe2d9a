-- Space is counted by the person whose files they are, quarantine with it; of several recordings of a visit the newest is meant.
DROP INDEX media_by_user;
DROP INDEX media_by_submission;
CREATE INDEX media_by_submission ON media(submission_id, created_us, id);
CREATE INDEX media_space ON media(subject_id, bytes);
CREATE INDEX quarantine_by_subject ON quarantine(subject_id, bytes);
