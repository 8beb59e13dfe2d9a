#include "wire/routes.h"

#include "base/utf8.h"

#define COUNT(array) (uint8_t)(sizeof(array) / sizeof((array)[0]))
#define FIELDS(array) .fields = (array), .field_count = COUNT(array)
#define BODY(n, t, lo, hi, text) {.name = (n), .where = IN_BODY, .type = (t), .required = true, .min = (lo), .max = (hi), .summary = (text)}
#define OPTIONAL(n, t, lo, hi, text) {.name = (n), .where = IN_BODY, .type = (t), .min = (lo), .max = (hi), .summary = (text)}
#define QUERY(n, t, lo, hi, text) {.name = (n), .where = IN_QUERY, .type = (t), .min = (lo), .max = (hi), .summary = (text)}
#define WORDS(n, w, list, must, text) {.name = (n), .where = (w), .type = FIELD_WORD, .required = (must), .words = (list), .summary = (text)}
#define PATH_ID {.name = "id", .where = IN_PATH, .type = FIELD_ID, .required = true, .summary = "Id"}
#define IF_MATCH(must) {.name = "If-Match", .where = IN_HEADER, .type = FIELD_VERSION, .required = (must), .summary = "The version meant, as the ETag said it"}
#define PAGE_LIMIT QUERY("limit", FIELD_INTEGER, 1, 1000000, "Items a page, at most 100")
#define PAGE_CURSOR QUERY("cursor", FIELD_CURSOR, 1, 128, "next_cursor of the page before")

static const char *const user_types[] = {"patient", "doctor", NULL};
static const char *const all_roles[] = {"patient", "doctor", "admin", "auditor", "readonly", NULL};
static const char *const statuses[] = {"queued", "processing", "draft", "approved", "returned", "failed", NULL};
static const char *const types[] = {"audio", "prescription", NULL};
static const char *const scopes[] = {"mine", "clinic", NULL};
static const char *const orders[] = {"newest", "oldest", NULL};
static const char *const role_states[] = {"active", "pending", "disabled", NULL};

static const char *const consent_words[] = {"recording", "data_processing", "data_storage", "external_processing", NULL}; /* enum consent_type */

static const struct field register_fields[] = {
    BODY("username", FIELD_NAME, 3, 64, "User name"), BODY("email", FIELD_EMAIL, 3, 254, "E-mail address"),
    BODY("password", FIELD_PASSWORD, 1, 128, "Password"),
    WORDS("user_type", IN_BODY, user_types, true, "A doctor's role stays pending until an administrator confirms it"),
    {.name = "consents", .where = IN_BODY, .type = FIELD_WORDS, .words = consent_words, .summary = "Exactly these are granted; absent: recording, data_processing and data_storage (none with profile=strict)"},
};
static const struct field login_fields[] = {
    BODY("username", FIELD_TEXT, 1, 254, "User name"), BODY("password", FIELD_PASSWORD, 1, 128, "Password"),
};
static const struct field auth_login_fields[] = {
    BODY("email", FIELD_TEXT, 1, 254, "E-mail address"), BODY("password", FIELD_PASSWORD, 1, 128, "Password"),
};
static const struct field session_fields[] = {
    BODY("login", FIELD_TEXT, 1, 254, "User name or e-mail address"), BODY("password", FIELD_PASSWORD, 1, 128, "Password"),
};
static const struct field id_fields[] = {PATH_ID};
/* consents */
#define CONSENT_IN_PATH WORDS("type", IN_PATH, consent_words, true, "Which consent")
static const struct field consent_fields[] = {CONSENT_IN_PATH};
static const struct field consent_grant_fields[] = {
    CONSENT_IN_PATH, {.name = "expires_at", .where = IN_BODY, .type = FIELD_TIME, .summary = "When it ends, within five years; absent: it has no end"},
};
static const struct field page_fields[] = {PAGE_LIMIT, PAGE_CURSOR};
static const struct field audio_fields[] = {
    BODY("file", FIELD_AUDIO, 1, 0, "A recording: WAV, FLAC, MP3, M4A, Ogg/Opus or WebM/Opus"),
    OPTIONAL("notes", FIELD_TEXT, 0, 2000, "A remark for the doctor"),
};
static const struct field picture_fields[] = {
    BODY("file", FIELD_PICTURE, 1, 0, "A page: JPEG, PNG, WebP, TIFF, HEIC or PDF"),
    OPTIONAL("notes", FIELD_TEXT, 0, 2000, "A remark for the doctor"),
};
static const struct field filter_fields[] = {
    PAGE_LIMIT, PAGE_CURSOR, WORDS("status", IN_QUERY, statuses, false, "Only this status"),
    WORDS("type", IN_QUERY, types, false, "Only this type"),
};
static const struct field list_fields[] = {
    PAGE_LIMIT, PAGE_CURSOR, WORDS("status", IN_QUERY, statuses, false, "Only this status"),
    WORDS("type", IN_QUERY, types, false, "Only this type"), WORDS("scope", IN_QUERY, scopes, false, "mine (default) or clinic"),
    WORDS("order", IN_QUERY, orders, false, "newest (default); oldest, the longest waiting first, with scope=clinic"),
};
static const struct field approve_fields[] = {PATH_ID, IF_MATCH(false)};
static const struct field draft_fields[] = {
    PATH_ID, IF_MATCH(true), BODY("text", FIELD_TEXT, 1, 20000, "The whole draft"),
};
static const struct field return_fields[] = {
    PATH_ID, IF_MATCH(true), BODY("question", FIELD_TEXT, 1, 2000, "What the patient is asked"),
};
static const struct field confirm_fields[] = {
    PATH_ID, IF_MATCH(true), BODY("finding", FIELD_INTEGER, 1, 1000, "The number of the finding that is right"),
};
static const struct field media_fields[] = {
    PATH_ID, {.name = "Range", .where = IN_HEADER, .type = FIELD_RANGE, .summary = "One range of bytes"},
};
static const struct field consultation_fields[] = {
    OPTIONAL("patient", FIELD_TEXT, 1, 254, "User name or e-mail address of the patient's account"),
    OPTIONAL("patient_name", FIELD_TEXT, 1, 200, "Or the name of a person without an account"),
    OPTIONAL("title", FIELD_TEXT, 0, 200, "What the visit is about"),
    BODY("consent_given", FIELD_BOOL, 0, 1, "The doctor attests that the person, in the room, agreed to be recorded"),
};
static const char *const templates[] = {"soap", "progress", "referral", "after_visit", NULL};
static const char *const note_statuses[] = {"generating", "draft", "signed", "failed", NULL};
static const char *const note_scopes[] = {"mine", "shared", NULL};
static const struct field generate_fields[] = {
    BODY("consultation_id", FIELD_ID, 0, 0, "A consultation of one's own whose recording was recognised"),
    WORDS("template", IN_BODY, templates, true, "Which kind of note"),
};
static const struct field notes_fields[] = {
    PAGE_LIMIT, PAGE_CURSOR, QUERY("consultation_id", FIELD_ID, 0, 0, "Only of this consultation"),
    WORDS("status", IN_QUERY, note_statuses, false, "Only this status"), WORDS("scope", IN_QUERY, note_scopes, false, "mine (default) or shared"),
};
static const struct field note_version_fields[] = {
    PATH_ID, {.name = "version", .where = IN_QUERY, .type = FIELD_INTEGER, .required = true, .min = 1, .max = INT64_MAX, .summary = "Which version"},
};
static const struct field note_text_fields[] = {
    PATH_ID, IF_MATCH(true), BODY("text", FIELD_TEXT, 1, 20000, "The whole note"),
};
static const struct field note_confirm_fields[] = {
    PATH_ID, IF_MATCH(true), BODY("finding", FIELD_INTEGER, 1, INT64_MAX, "The finding's number"),
};
static const struct field note_sign_fields[] = {PATH_ID, IF_MATCH(true)};
static const struct field addendum_fields[] = {PATH_ID, BODY("text", FIELD_TEXT, 1, 10000, "What is added")};
static const struct field share_fields[] = {PATH_ID, BODY("user", FIELD_TEXT, 1, 254, "User name or e-mail address: a doctor's, or the patient's that the note is about")};
static const struct field unshare_fields[] = {PATH_ID, BODY("user_id", FIELD_ID, 0, 0, "Whose reading ends")};
static const struct field recording_fields[] = {
    BODY("file", FIELD_AUDIO, 1, 0, "A recording: WAV, FLAC, MP3, M4A, Ogg/Opus or WebM/Opus"), PATH_ID,
};
static const struct field users_fields[] = {
    PAGE_LIMIT, PAGE_CURSOR, WORDS("role_state", IN_QUERY, role_states, false, "Only this state"),
};
static const struct field verify_fields[] = {
    PATH_ID, BODY("registration_no", FIELD_TEXT, 1, 64, "The doctor's registration number"),
};
static const struct field audit_fields[] = {
    PAGE_LIMIT, PAGE_CURSOR, QUERY("action", FIELD_NAME, 1, 64, "Only this action"), QUERY("user_id", FIELD_ID, 0, 0, "Only this user"),
};
/* the clinic's own medicines */
static const struct field medicines_fields[] = {
    PAGE_LIMIT, PAGE_CURSOR, QUERY("search", FIELD_TEXT, 1, 100, "Only names that have this in them"),
};
static const struct field medicines_add_fields[] = {
    BODY("names", FIELD_TEXT, 1, 50000, "One name a line, at most 500; what stands behind a tab is a note"),
};
static const struct field setup_fields[] = {
    BODY("token", FIELD_TOKEN, 1, 128, "The one-time token of the set-up link"), BODY("username", FIELD_NAME, 3, 64, "User name"),
    BODY("email", FIELD_EMAIL, 3, 254, "E-mail address"), BODY("password", FIELD_PASSWORD, 1, 128, "Password"),
};
static const struct field host_admin_fields[] = {
    BODY("username", FIELD_NAME, 3, 64, "User name"), BODY("email", FIELD_EMAIL, 3, 254, "E-mail address"),
};
static const struct field host_user_fields[] = {
    BODY("username", FIELD_NAME, 3, 64, "User name"), BODY("email", FIELD_EMAIL, 3, 254, "E-mail address"),
    WORDS("role", IN_BODY, all_roles, true, "Role"),
};
static const struct field host_verify_fields[] = {
    BODY("username", FIELD_TEXT, 1, 254, "User name"), OPTIONAL("registration_no", FIELD_TEXT, 1, 64, "Registration number"),
};
static const struct field import_user_fields[] = {
    BODY("external_id", FIELD_INTEGER, 0, INT64_MAX, "The old system's number"), BODY("username", FIELD_NAME, 1, 64, "User name"),
    BODY("email", FIELD_EMAIL, 3, 254, "E-mail address"), WORDS("user_type", IN_BODY, user_types, true, "Role"),
    BODY("password_hash", FIELD_TEXT, 0, 512, "PBKDF2 or bcrypt, as the old system stored it"),
    BODY("created_at", FIELD_INTEGER, INT64_MIN, INT64_MAX, "Microseconds since 1970"),
};
static const struct field import_submission_fields[] = {
    BODY("external_id", FIELD_INTEGER, 0, INT64_MAX, "The old system's number"),
    BODY("user_external_id", FIELD_INTEGER, 0, INT64_MAX, "The old system's number of the user"),
    WORDS("type", IN_BODY, types, true, "Type"), WORDS("status", IN_BODY, statuses, true, "Status"),
    OPTIONAL("transcribed_text", FIELD_TEXT, 0, 200000, ""), OPTIONAL("doctor_summary", FIELD_TEXT, 0, 200000, ""),
    OPTIONAL("extracted_text", FIELD_TEXT, 0, 200000, ""), OPTIONAL("patient_instructions", FIELD_TEXT, 0, 200000, ""),
    BODY("created_at", FIELD_INTEGER, INT64_MIN, INT64_MAX, "Microseconds since 1970"),
};

const struct route route_table[ROUTE_COUNT] = {
    [ROUTE_REGISTER] = {"POST", "/register", WHO_ANYONE, LIMIT_AUTH, true, false, false, 201, FIELDS(register_fields), "registration", "Register a patient, or ask for a doctor's account"},
    [ROUTE_LOGIN] = {"POST", "/login", WHO_ANYONE, LIMIT_AUTH, true, false, false, 200, FIELDS(login_fields), "tokens", "Log in with a user name; answers a bearer token"},
    [ROUTE_AUTH_LOGIN] = {"POST", "/auth/login", WHO_ANYONE, LIMIT_AUTH, true, false, false, 200, FIELDS(auth_login_fields), "tokens", "Log in with an e-mail address; answers an access token and a refresh cookie"},
    [ROUTE_SESSION_CREATE] = {"POST", "/session", WHO_ANYONE, LIMIT_AUTH, true, false, false, 200, FIELDS(session_fields), "browser_session", "Log in from the browser; the token is a cookie that scripts cannot read"},
    [ROUTE_SESSION_READ] = {"GET", "/session", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 200, NULL, 0, "browser_session", "Who is signed in, and the token against cross-site requests"},
    [ROUTE_LOGOUT] = {"POST", "/logout", WHO_ANYONE, LIMIT_GENERAL, false, false, false, 204, NULL, 0, NULL, "End this session"},
    [ROUTE_ME] = {"GET", "/me", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 200, NULL, 0, "user", "The signed-in user"},
    [ROUTE_MY_SESSIONS] = {"GET", "/me/sessions", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 200, NULL, 0, "sessions", "One's own live sessions"},
    [ROUTE_MY_SESSION_END] = {"DELETE", "/me/sessions/{id}", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 204, FIELDS(id_fields), NULL, "End one of one's own sessions"},
    [ROUTE_MY_ACCESS_LOG] = {"GET", "/me/access-log", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 200, FIELDS(page_fields), "access_log", "Who looked at my record, newest first"},
    [ROUTE_CONSENTS] = {"GET", "/consents", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 200, NULL, 0, "consents", "One's own consents: what stands now, and its history"},
    [ROUTE_CONSENT_GRANT] = {"POST", "/consents/{type}", WHO_SIGNED_IN, LIMIT_GENERAL, true, false, false, 201, FIELDS(consent_grant_fields), "consent", "Grant a consent, with or without an end"},
    [ROUTE_CONSENT_WITHDRAW] = {"POST", "/consents/{type}/withdraw", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 204, FIELDS(consent_fields), NULL, "Withdraw a consent; work under way stops"},
    [ROUTE_SUBMIT_AUDIO] = {"POST", "/submit_audio", WHO_SIGNED_IN, LIMIT_UPLOAD, false, true, false, 201, FIELDS(audio_fields), "submitted", "Submit a recording"},
    [ROUTE_SUBMIT_PRESCRIPTION] = {"POST", "/submit_prescription", WHO_SIGNED_IN, LIMIT_UPLOAD, false, true, false, 201, FIELDS(picture_fields), "submitted", "Submit a picture of a prescription"},
    [ROUTE_GET_RESULT] = {"GET", "/get_result", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 200, FIELDS(filter_fields), "results", "One's own submissions, whole, newest first"},
    [ROUTE_GET_ALL_RESULTS] = {"GET", "/get_all_results", WHO_DOCTOR, LIMIT_GENERAL, false, false, false, 200, FIELDS(filter_fields), "all_results", "The clinic's submissions, whole, newest first"},
    [ROUTE_APPROVE] = {"PUT", "/approve/{id}", WHO_DOCTOR, LIMIT_GENERAL, false, false, false, 200, FIELDS(approve_fields), "approval", "Approve the version that this doctor has opened"},
    [ROUTE_SUBMISSIONS] = {"GET", "/submissions", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 200, FIELDS(list_fields), "submission_list", "Submissions without their texts"},
    [ROUTE_SUBMISSION] = {"GET", "/submissions/{id}", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 200, FIELDS(id_fields), "submission", "One submission, whole; a doctor also gets the evidence"},
    [ROUTE_DRAFT] = {"PUT", "/submissions/{id}/draft", WHO_DOCTOR, LIMIT_GENERAL, true, false, false, 200, FIELDS(draft_fields), "edited", "Replace the draft"},
    [ROUTE_RETURN] = {"POST", "/submissions/{id}/return", WHO_DOCTOR, LIMIT_GENERAL, true, false, false, 200, FIELDS(return_fields), "version", "Return to the patient with a question"},
    [ROUTE_CONFIRM] = {"POST", "/submissions/{id}/confirm", WHO_DOCTOR, LIMIT_GENERAL, true, false, false, 200, FIELDS(confirm_fields), "confirmed", "Confirm that a place which the guard found is right"},
    [ROUTE_MEDIA] = {"GET", "/submissions/{id}/media", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 200, FIELDS(media_fields), "file", "The original recording or picture"},
    [ROUTE_EVENTS] = {"GET", "/submissions/{id}/events", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, true, 200, FIELDS(id_fields), "events", "Progress as server-sent events"},
    [ROUTE_CONSULTATION_CREATE] = {"POST", "/consultations", WHO_DOCTOR, LIMIT_GENERAL, true, false, false, 201, FIELDS(consultation_fields), "consultation", "Begin a consultation with a patient or a named person"},
    [ROUTE_CONSULTATIONS] = {"GET", "/consultations", WHO_DOCTOR, LIMIT_GENERAL, false, false, false, 200, FIELDS(page_fields), "consultations", "One's own consultations, newest first"},
    [ROUTE_CONSULTATION] = {"GET", "/consultations/{id}", WHO_DOCTOR, LIMIT_GENERAL, false, false, false, 200, FIELDS(id_fields), "consultation", "One consultation of one's own, with what was heard"},
    [ROUTE_CONSULTATION_RECORD] = {"POST", "/consultations/{id}/recording", WHO_DOCTOR, LIMIT_UPLOAD, false, true, false, 201, FIELDS(recording_fields), "consultation_state", "Hand in the recording, or another one where nothing was heard in the first; it is recognised next"},
    [ROUTE_CONSULTATION_TRANSCRIBE] = {"POST", "/consultations/{id}/transcribe", WHO_DOCTOR, LIMIT_TRANSCRIPTION, false, false, false, 202, FIELDS(id_fields), "consultation_state", "Recognise the recording once more: after a failure, or before there are notes"},
    [ROUTE_CONSULTATION_MEDIA] = {"GET", "/consultations/{id}/media", WHO_DOCTOR, LIMIT_GENERAL, false, false, false, 200, FIELDS(media_fields), "file", "The original recording"},
    [ROUTE_CONSULTATION_EVENTS] = {"GET", "/consultations/{id}/events", WHO_DOCTOR, LIMIT_GENERAL, false, false, true, 200, FIELDS(id_fields), "events", "Progress as server-sent events"},
    [ROUTE_NOTE_GENERATE] = {"POST", "/notes/generate", WHO_DOCTOR, LIMIT_SOAP, true, false, false, 201, FIELDS(generate_fields), "note", "Draft a note of a consultation; 202 while it is still being drafted after five seconds"},
    [ROUTE_NOTES] = {"GET", "/notes", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 200, FIELDS(notes_fields), "notes", "One's own notes, or those shared with one, without their texts"},
    [ROUTE_NOTE] = {"GET", "/notes/{id}", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, false, 200, FIELDS(id_fields), "note", "One note; its author gets evidence and findings, a colleague the text and its history, the patient the signed text"},
    [ROUTE_NOTE_VERSION] = {"GET", "/notes/{id}/versions", WHO_DOCTOR, LIMIT_GENERAL, false, false, false, 200, FIELDS(note_version_fields), "note_text", "An earlier text, for its author"},
    [ROUTE_NOTE_UPDATE] = {"PUT", "/notes/{id}", WHO_DOCTOR, LIMIT_GENERAL, true, false, false, 200, FIELDS(note_text_fields), "note_edited", "Replace the text of a draft; the guard runs again"},
    [ROUTE_NOTE_CONFIRM] = {"POST", "/notes/{id}/confirm", WHO_DOCTOR, LIMIT_GENERAL, true, false, false, 200, FIELDS(note_confirm_fields), "confirmed", "The doctor has checked this finding and it is right"},
    [ROUTE_NOTE_SIGN] = {"POST", "/notes/{id}/sign", WHO_DOCTOR, LIMIT_GENERAL, false, false, false, 200, FIELDS(note_sign_fields), "note_state", "Sign the version that was opened; from then on it is final"},
    [ROUTE_NOTE_ADDENDUM] = {"POST", "/notes/{id}/addenda", WHO_DOCTOR, LIMIT_GENERAL, true, false, false, 201, FIELDS(addendum_fields), "added", "Add to a signed note"},
    [ROUTE_NOTE_SHARE] = {"POST", "/notes/{id}/share", WHO_DOCTOR, LIMIT_GENERAL, true, false, false, 201, FIELDS(share_fields), "share", "Let a colleague read a note, or the patient a signed one"},
    [ROUTE_NOTE_UNSHARE] = {"POST", "/notes/{id}/unshare", WHO_DOCTOR, LIMIT_GENERAL, true, false, false, 204, FIELDS(unshare_fields), NULL, "End that"},
    [ROUTE_NOTE_DELETE] = {"DELETE", "/notes/{id}", WHO_DOCTOR, LIMIT_GENERAL, false, false, false, 204, FIELDS(id_fields), NULL, "Delete a note that is not signed"},
    [ROUTE_NOTE_EVENTS] = {"GET", "/notes/{id}/events", WHO_SIGNED_IN, LIMIT_GENERAL, false, false, true, 200, FIELDS(id_fields), "events", "Progress as server-sent events"},
    [ROUTE_ADMIN_USERS] = {"GET", "/admin/users", WHO_ADMIN, LIMIT_GENERAL, false, false, false, 200, FIELDS(users_fields), "users", "Users of the clinic"},
    [ROUTE_ADMIN_VERIFY] = {"POST", "/admin/users/{id}/verify", WHO_ADMIN, LIMIT_GENERAL, true, false, false, 200, FIELDS(verify_fields), "user", "Confirm a doctor"},
    [ROUTE_ADMIN_DISABLE] = {"POST", "/admin/users/{id}/disable", WHO_ADMIN, LIMIT_GENERAL, false, false, false, 200, FIELDS(id_fields), "user", "Disable an account and end its sessions"},
    [ROUTE_ADMIN_ENABLE] = {"POST", "/admin/users/{id}/enable", WHO_ADMIN, LIMIT_GENERAL, false, false, false, 200, FIELDS(id_fields), "user", "Enable an account again"},
    [ROUTE_ADMIN_AUDIT] = {"GET", "/admin/audit", WHO_ADMIN | WHO_AUDITOR, LIMIT_GENERAL, false, false, false, 200, FIELDS(audit_fields), "audit", "The audit log, newest first"},
    [ROUTE_ADMIN_AUDIT_VERIFY] = {"GET", "/admin/audit/verify", WHO_ADMIN | WHO_AUDITOR, LIMIT_GENERAL, false, false, false, 200, NULL, 0, "audit_verdict", "Check the audit log's hash chain"},
    [ROUTE_ADMIN_JOBS] = {"GET", "/admin/jobs", WHO_ADMIN, LIMIT_GENERAL, false, false, false, 200, FIELDS(page_fields), "jobs", "Jobs, newest first"},
    [ROUTE_MEDICINES] = {"GET", "/admin/medicines", WHO_ADMIN, LIMIT_GENERAL, false, false, false, 200, FIELDS(medicines_fields), "medicines", "The clinic's own list of medicines, newest first"},
    [ROUTE_MEDICINES_ADD] = {"POST", "/admin/medicines", WHO_ADMIN, LIMIT_GENERAL, true, false, false, 201, FIELDS(medicines_add_fields), "medicines_added", "Add one or many names; those that are there already stay as they are"},
    [ROUTE_MEDICINE_REMOVE] = {"DELETE", "/admin/medicines/{id}", WHO_ADMIN, LIMIT_GENERAL, false, false, false, 204, FIELDS(id_fields), NULL, "Remove a name"},
    [ROUTE_SETUP] = {"POST", "/setup", WHO_ANYONE, LIMIT_AUTH, true, false, false, 201, FIELDS(setup_fields), "user", "Create the first administrator with the one-time link"},
    [ROUTE_HEALTH] = {"GET", "/healthz", WHO_ANYONE, LIMIT_NONE, false, false, false, 200, NULL, 0, "health", "Is the service able to work?"},
    [ROUTE_OPENAPI] = {"GET", "/openapi.json", WHO_ANYONE, LIMIT_NONE, false, false, false, 200, NULL, 0, "openapi", "This description"},
    [ROUTE_HOST_ADMIN_CREATE] = {.who = WHO_HOST, .limit = LIMIT_NONE, FIELDS(host_admin_fields), .summary = "Create an administrator with a one-time password"},
    [ROUTE_HOST_VERIFY_DOCTOR] = {.who = WHO_HOST, .limit = LIMIT_NONE, FIELDS(host_verify_fields), .summary = "Confirm a doctor"},
    [ROUTE_HOST_STATUS] = {.who = WHO_HOST, .limit = LIMIT_NONE, .summary = "Counts and health"},
    [ROUTE_HOST_AUDIT_VERIFY] = {.who = WHO_HOST, .limit = LIMIT_NONE, .summary = "Check the audit log"},
    [ROUTE_HOST_IMPORT_USER] = {.who = WHO_HOST, .limit = LIMIT_NONE, FIELDS(import_user_fields), .summary = "Import one user"},
    [ROUTE_HOST_IMPORT_SUBMISSION] = {.who = WHO_HOST, .limit = LIMIT_NONE, FIELDS(import_submission_fields), .summary = "Import one submission"},
    [ROUTE_HOST_SETUP_TOKEN] = {.who = WHO_HOST, .limit = LIMIT_NONE, .summary = "A new one-time set-up token, while there is no administrator"},
    [ROUTE_HOST_USER_CREATE] = {.who = WHO_HOST, .limit = LIMIT_NONE, FIELDS(host_user_fields), .summary = "Create a confirmed user with a one-time password"},
};

#define OLD(m, p, r) {.method = (m), .path = (p), .route = (r)}
#define STAYS(m, p, r) {.method = (m), .path = (p), .route = (r), .stays = true}
const struct route_alias route_aliases[] = {
    OLD("POST", "/register", ROUTE_REGISTER), OLD("POST", "/login", ROUTE_LOGIN), OLD("POST", "/logout", ROUTE_LOGOUT),
    OLD("GET", "/me", ROUTE_ME), OLD("POST", "/submit_audio", ROUTE_SUBMIT_AUDIO),
    OLD("POST", "/submit_prescription", ROUTE_SUBMIT_PRESCRIPTION), OLD("GET", "/get_result", ROUTE_GET_RESULT),
    OLD("GET", "/get_all_results", ROUTE_GET_ALL_RESULTS), OLD("PUT", "/approve/{id}", ROUTE_APPROVE),
    OLD("POST", "/auth/login", ROUTE_AUTH_LOGIN), OLD("POST", "/auth/logout", ROUTE_LOGOUT), OLD("GET", "/healthz", ROUTE_HEALTH),
    STAYS("POST", "/notes/generate", ROUTE_NOTE_GENERATE), STAYS("POST", "/api/v1/auth/logout", ROUTE_LOGOUT), STAYS("DELETE", "/api/v1/session", ROUTE_LOGOUT),
    {.path = NULL},
};

static const char *const media_names[MEDIA_TYPE_COUNT] = {
    [MEDIA_WAV] = "audio/wav", [MEDIA_FLAC] = "audio/flac", [MEDIA_MP3] = "audio/mpeg", [MEDIA_M4A] = "audio/mp4",
    [MEDIA_OGG] = "audio/ogg", [MEDIA_WEBM] = "audio/webm", [MEDIA_JPEG] = "image/jpeg", [MEDIA_PNG] = "image/png",
    [MEDIA_WEBP] = "image/webp", [MEDIA_TIFF] = "image/tiff", [MEDIA_HEIC] = "image/heic", [MEDIA_PDF] = "application/pdf",
};
const char *consent_type_word(unsigned type) { return type < CONSENT_TYPES ? consent_words[type] : NULL; }

const char *media_type_name(unsigned media_type) { return media_type < MEDIA_TYPE_COUNT ? media_names[media_type] : NULL; }
bool media_type_is_audio(unsigned media_type) { return media_type >= MEDIA_WAV && media_type <= MEDIA_WEBM; }

bool route_takes_audio(const struct route *route)
{
    for (unsigned i = 0; i < route->field_count; i++)
        if (route->fields[i].type == FIELD_AUDIO) return true;
    return false;
}

bool request_has(const struct request *request, unsigned field) { return (request->has_field >> field & 1u) != 0; }

struct span request_text(const struct request *request, unsigned field)
{
    return request_has(request, field) ? request->field[field] : SPAN_NONE;
}

int64_t request_integer(const struct request *request, unsigned field, int64_t when_absent)
{
    if (!request_has(request, field)) return when_absent;
    struct wire_reader r = {.rest = request->field[field]};
    return (int64_t)wire_u64(&r);
}

int64_t request_word(const struct request *request, unsigned field, int64_t when_absent)
{
    return request_has(request, field) ? request->field[field].p[0] : when_absent;
}

unsigned request_words(const struct request *request, unsigned field, unsigned when_absent)
{
    unsigned set = 0;
    if (!request_has(request, field)) return when_absent;
    for (size_t i = 0; i < request->field[field].n; i++) set |= 1u << request->field[field].p[i];
    return set;
}

struct id request_field_id(const struct request *request, unsigned field)
{
    struct id id = {{0}};
    if (request_has(request, field)) memcpy(id.b, request->field[field].p, ID_BYTES);
    return id;
}

bool request_bool(const struct request *request, unsigned field) { return request_word(request, field, 0) == 1; }

static bool word_exists(const struct field *field, unsigned word)
{
    for (unsigned i = 0; field->words[i] != NULL; i++)
        if (i == word) return true;
    return false;
}

static bool words_fit(const struct field *field, struct span value)
{
    uint32_t seen = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] >= 32 || !word_exists(field, value.p[i]) || (seen >> value.p[i] & 1u) != 0) return false;
        seen |= 1u << value.p[i];
    }
    return true;
}

static bool value_fits(const struct field *field, const struct request *request, unsigned at)
{
    struct span value = request->field[at];
    switch ((enum field_type)field->type) {
    case FIELD_WORD: return value.n == 1 && word_exists(field, value.p[0]);
    case FIELD_WORDS: return words_fit(field, value);
    case FIELD_TIME: return value.n == 8;
    case FIELD_BOOL: return value.n == 1 && value.p[0] <= 1;
    case FIELD_ID: return value.n == ID_BYTES;
    case FIELD_INTEGER: {
        if (value.n != 8) return false;
        int64_t number = request_integer(request, at, 0);
        return number >= field->min && number <= field->max;
    }
    case FIELD_VERSION: return value.n == 8;
    case FIELD_RANGE: return value.n == 16;
    case FIELD_AUDIO: return value.n == 1 && media_type_is_audio(value.p[0]);
    case FIELD_PICTURE: return value.n == 1 && value.p[0] >= MEDIA_JPEG && value.p[0] < MEDIA_TYPE_COUNT;
    case FIELD_TEXT: case FIELD_NAME: case FIELD_EMAIL: case FIELD_PASSWORD: case FIELD_CURSOR: case FIELD_TOKEN:
        /* min and max count code points; what is not UTF-8 would come out again as JSON that is none */
        return value.n >= (size_t)field->min && value.n <= (size_t)field->max * 4 && utf8_valid(value);
    }
    return false;
}

struct err route_check_request(const struct request *request)
{
    if (request->route >= ROUTE_COUNT) return FAIL(BAD_FRAME);
    const struct route *route = &route_table[request->route];
    if (request->has_field >> route->field_count != 0) return FAIL(BAD_FRAME);
    for (unsigned i = 0; i < route->field_count; i++) {
        if (!request_has(request, i) ? route->fields[i].required : !value_fits(&route->fields[i], request, i))
            return FAIL(BAD_FRAME);
    }
    return request->has_upload == route->multipart ? OK : FAIL(BAD_FRAME);
}
