-- A visit of a person with a doctor, and the notes made of it. Its recording lies in media, its words in evidence, its work in
-- jobs, all under the consultation's id; a note's lines lie in evidence under the note's id, who opened it in openings.
-- status: 0 open 1 queued 2 processing 3 ready 4 failed
CREATE TABLE consultations(
  id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, user_id {ID} NOT NULL, subject_id {ID} NOT NULL, patient_user_id {ID},
  status {NUMBER} NOT NULL, version {NUMBER} NOT NULL, name {BYTES} NOT NULL, title {BYTES}, recognised {BYTES},
  duration_ms {NUMBER}, reason {TEXT}, created_us {NUMBER} NOT NULL, updated_us {NUMBER} NOT NULL);
CREATE INDEX consultations_by_user ON consultations(user_id, created_us, id);
-- template: 0 soap 1 progress 2 referral 3 after_visit; status: 0 generating 1 draft 2 signed 3 failed
CREATE TABLE notes(
  id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, user_id {ID} NOT NULL, subject_id {ID} NOT NULL, patient_user_id {ID},
  consultation_id {ID} NOT NULL, template {NUMBER} NOT NULL, status {NUMBER} NOT NULL, version {NUMBER} NOT NULL, text {BYTES},
  reason {TEXT}, signed_us {NUMBER}, created_us {NUMBER} NOT NULL, updated_us {NUMBER} NOT NULL);
CREATE INDEX notes_by_user ON notes(user_id, created_us, id);
CREATE INDEX notes_by_consultation ON notes(consultation_id, created_us, id);
CREATE TABLE note_versions(
  note_id {ID} NOT NULL, clinic_id {ID} NOT NULL, version {NUMBER} NOT NULL, text {BYTES} NOT NULL, created_us {NUMBER} NOT NULL,
  user_id {ID}, PRIMARY KEY(note_id, version));
CREATE TABLE note_addenda(
  id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, note_id {ID} NOT NULL, user_id {ID} NOT NULL, text {BYTES} NOT NULL,
  created_us {NUMBER} NOT NULL);
CREATE INDEX note_addenda_by_note ON note_addenda(note_id, created_us, id);
CREATE TABLE note_shares(
  note_id {ID} NOT NULL, user_id {ID} NOT NULL, clinic_id {ID} NOT NULL, shared_us {NUMBER} NOT NULL, PRIMARY KEY(note_id, user_id));
CREATE INDEX note_shares_by_user ON note_shares(user_id, shared_us, note_id);
