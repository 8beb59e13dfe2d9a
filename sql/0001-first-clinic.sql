-- {ID} {BYTES} {NUMBER} {TEXT} {SERIAL} are the engine's words for a random id, bytes, a 64-bit number, text, and a number that
-- counts itself. {BY_KEY} says that rows are found by their primary key and lie in its order. Tables of the schema `vault` live in a store of their own (keys.db, or the schema vault).
CREATE TABLE clinics(id {ID} PRIMARY KEY, name {TEXT} NOT NULL, created_us {NUMBER} NOT NULL);
CREATE TABLE subjects(id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, created_us {NUMBER} NOT NULL);
CREATE TABLE users(
  id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, subject_id {ID} NOT NULL,
  username_index {BYTES} NOT NULL UNIQUE, email_index {BYTES} NOT NULL UNIQUE,
  profile {BYTES} NOT NULL, password {BYTES} NOT NULL, registration {BYTES},
  role {NUMBER} NOT NULL, role_state {NUMBER} NOT NULL,
  created_us {NUMBER} NOT NULL, updated_us {NUMBER} NOT NULL, external_id {NUMBER}) {BY_KEY};
CREATE INDEX users_by_clinic ON users(clinic_id, created_us, id);
CREATE INDEX users_by_state ON users(clinic_id, role_state, created_us, id);
CREATE INDEX users_by_role ON users(role, role_state);
CREATE UNIQUE INDEX users_by_external ON users(clinic_id, external_id);
CREATE TABLE setup_tokens(clinic_id {ID} PRIMARY KEY, token_hash {BYTES} NOT NULL, expires_us {NUMBER} NOT NULL);
CREATE UNIQUE INDEX setup_tokens_by_hash ON setup_tokens(token_hash);
CREATE TABLE sessions(
  id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, user_id {ID} NOT NULL, subject_id {ID} NOT NULL,
  token_hash {BYTES} NOT NULL UNIQUE, refresh_hash {BYTES}, kind {NUMBER} NOT NULL,
  created_us {NUMBER} NOT NULL, expires_us {NUMBER} NOT NULL, ended_us {NUMBER}, client {BYTES});
CREATE INDEX sessions_by_user ON sessions(user_id, created_us);
CREATE INDEX sessions_by_expiry ON sessions(expires_us);
CREATE TABLE submissions(
  id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, user_id {ID} NOT NULL, subject_id {ID} NOT NULL,
  type {NUMBER} NOT NULL, status {NUMBER} NOT NULL, version {NUMBER} NOT NULL,
  notes {BYTES}, recognised {BYTES}, draft {BYTES}, question {BYTES}, reason {TEXT},
  approved_by {ID}, approved_us {NUMBER}, created_us {NUMBER} NOT NULL, updated_us {NUMBER} NOT NULL, external_id {NUMBER});
CREATE INDEX submissions_by_user ON submissions(user_id, created_us, id);
CREATE INDEX submissions_by_clinic ON submissions(clinic_id, created_us, id);
CREATE INDEX submissions_by_status ON submissions(clinic_id, status, created_us, id);
CREATE UNIQUE INDEX submissions_by_external ON submissions(clinic_id, external_id);
CREATE TABLE submission_versions(
  submission_id {ID} NOT NULL, clinic_id {ID} NOT NULL, version {NUMBER} NOT NULL, draft {BYTES} NOT NULL,
  created_us {NUMBER} NOT NULL, user_id {ID}, PRIMARY KEY(submission_id, version));
CREATE TABLE submission_history(
  seq {SERIAL}, submission_id {ID} NOT NULL, clinic_id {ID} NOT NULL, version {NUMBER} NOT NULL, status {NUMBER} NOT NULL,
  at_us {NUMBER} NOT NULL, user_id {ID});
CREATE INDEX history_by_submission ON submission_history(submission_id, seq);
CREATE TABLE evidence(submission_id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, created_us {NUMBER} NOT NULL, document {BYTES} NOT NULL);
CREATE TABLE openings(
  submission_id {ID} NOT NULL, user_id {ID} NOT NULL, version {NUMBER} NOT NULL, at_us {NUMBER} NOT NULL,
  PRIMARY KEY(submission_id, user_id));
CREATE TABLE media(
  id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, subject_id {ID} NOT NULL, user_id {ID} NOT NULL, submission_id {ID} NOT NULL,
  type {NUMBER} NOT NULL, bytes {NUMBER} NOT NULL, created_us {NUMBER} NOT NULL);
CREATE INDEX media_by_submission ON media(submission_id);
CREATE INDEX media_by_user ON media(user_id, bytes);
CREATE TABLE jobs(
  id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, kind {NUMBER} NOT NULL, submission_id {ID} NOT NULL,
  state {NUMBER} NOT NULL, attempts {NUMBER} NOT NULL, lease_until_us {NUMBER} NOT NULL, run_after_us {NUMBER} NOT NULL,
  percent {NUMBER} NOT NULL, stage {TEXT} NOT NULL, last_error {TEXT}, created_us {NUMBER} NOT NULL, updated_us {NUMBER} NOT NULL);
CREATE INDEX jobs_by_state ON jobs(state, run_after_us);
CREATE INDEX jobs_by_lease ON jobs(state, lease_until_us);
CREATE INDEX jobs_by_clinic ON jobs(clinic_id, created_us, id);
CREATE INDEX jobs_by_submission ON jobs(submission_id, created_us);
CREATE TABLE audit_log(
  seq {NUMBER_KEY}, at_us {NUMBER} NOT NULL, clinic_id {ID} NOT NULL, user_id {ID},
  action {NUMBER} NOT NULL, resource_type {NUMBER} NOT NULL, resource_id {ID}, resources {BYTES}, success {NUMBER} NOT NULL,
  request_id {ID} NOT NULL, client {BYTES}, details {BYTES}, hash {BYTES} NOT NULL);
CREATE INDEX audit_by_user ON audit_log(user_id, seq);
CREATE INDEX audit_by_action ON audit_log(action, seq);
CREATE TABLE audit_head(id {NUMBER_KEY}, seq {NUMBER} NOT NULL, hash {BYTES} NOT NULL);
INSERT INTO audit_head(id, seq, hash) VALUES(1, 0, {ZERO_HASH});
CREATE TABLE audit_checkpoints(seq {NUMBER_KEY}, hash {BYTES} NOT NULL, at_us {NUMBER} NOT NULL, signature {BYTES} NOT NULL);
CREATE TABLE access_head(id {NUMBER_KEY}, seq {NUMBER} NOT NULL);
INSERT INTO access_head(id, seq) VALUES(1, 0);
CREATE TABLE access_log(
  subject_id {ID} NOT NULL, seq {NUMBER} NOT NULL, at_us {NUMBER} NOT NULL, user_id {ID} NOT NULL, action {NUMBER} NOT NULL,
  PRIMARY KEY(subject_id, seq));
CREATE TABLE vault.person_keys(
  subject_id {ID} PRIMARY KEY, clinic_id {ID} NOT NULL, wrapped {BYTES} NOT NULL, created_us {NUMBER} NOT NULL) {BY_KEY};
{APPEND_ONLY audit_log}
{APPEND_ONLY audit_checkpoints}
