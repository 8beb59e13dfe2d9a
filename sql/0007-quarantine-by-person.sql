-- What lies in quarantine takes of the space of the person whose upload it was.
CREATE INDEX quarantine_by_subject ON quarantine(subject_id, bytes);
