#include "http/shapes.h"

#include <stddef.h>
#include <string.h>

#define M(n, t) {.name = (n), .type = (t)}
#define MAYBE(n, t) {.name = (n), .type = (t), .nullable = true}
#define EXTRA(n, t) {.name = (n), .type = (t), .nullable = true, .optional = true}
#define ONE_OF(n, list) {.name = (n), .type = SHAPE_WORD, .words = (list)}
#define AN(n, shape) {.name = (n), .type = SHAPE_OF, .of = (shape)}
#define EXTRA_AN(n, shape) {.name = (n), .type = SHAPE_OF, .of = (shape), .nullable = true, .optional = true}
#define LIST(n, shape) {.name = (n), .type = SHAPE_LIST, .of = (shape)}
#define EXTRA_LIST(n, shape) {.name = (n), .type = SHAPE_LIST, .of = (shape), .optional = true}
#define PAGE(shape) LIST("results", shape), MAYBE("next_cursor", SHAPE_TEXT)
#define SHAPE(n, list, text) {(n), (text), (list), sizeof(list) / sizeof((list)[0])}

static const char *const roles[] = {"patient", "doctor", "admin", "auditor", "readonly", NULL};
static const char *const role_states[] = {"active", "pending", "disabled", NULL};
static const char *const statuses[] = {"queued", "processing", "draft", "approved", "returned", "failed", NULL};
static const char *const types[] = {"audio", "prescription", NULL};
static const char *const bearer[] = {"bearer", NULL};
static const char *const finding_kinds[] = {"medicine", "dose", "number", "laterality", "negation", "not_understood", "unchecked", NULL};
static const char *const healths[] = {"ok", "degraded", NULL};
static const char *const consent_types[] = {"recording", "data_processing", "data_storage", "external_processing", NULL};
static const char *const consent_states[] = {"granted", "expired", "withdrawn", "never_given", NULL};
static const char *const consent_sources[] = {"registration", "self", "doctor", "import", NULL};
static const char *const consent_notices[] = {"30_days", "7_days", "1_day", "expired", NULL};
static const char *const job_states[] = {"queued", "running", "done", "failed", "waiting", NULL};

#define TEXTS MAYBE("transcribed_text", SHAPE_TEXT), MAYBE("doctor_summary", SHAPE_TEXT), \
              MAYBE("extracted_text", SHAPE_TEXT), MAYBE("patient_instructions", SHAPE_TEXT)
#define ITEM M("id", SHAPE_ID), ONE_OF("type", types), ONE_OF("status", statuses), M("version", SHAPE_INTEGER), TEXTS, \
             MAYBE("reason", SHAPE_TEXT), MAYBE("question", SHAPE_TEXT), M("created_at", SHAPE_TIME), M("updated_at", SHAPE_TIME)

static const struct shape_member registration[] = {
    M("id", SHAPE_ID), M("username", SHAPE_TEXT), ONE_OF("user_type", roles), ONE_OF("role_state", role_states)};
static const struct shape_member tokens[] = {
    M("session_token", SHAPE_TEXT), M("access_token", SHAPE_TEXT), ONE_OF("token_type", bearer), M("expires_in", SHAPE_INTEGER),
    M("expires_at", SHAPE_TIME)};
static const struct shape_member user[] = {
    M("id", SHAPE_ID), M("username", SHAPE_TEXT), M("email", SHAPE_TEXT), ONE_OF("user_type", roles), ONE_OF("role_state", role_states),
    M("created_at", SHAPE_TIME)};
static const struct shape_member browser_session[] = {AN("user", "user"), M("csrf_token", SHAPE_TEXT)};
static const struct shape_member session[] = {
    M("id", SHAPE_ID), M("created_at", SHAPE_TIME), M("expires_at", SHAPE_TIME), M("current", SHAPE_BOOL), MAYBE("user_agent", SHAPE_TEXT)};
static const struct shape_member sessions[] = {PAGE("session")};
static const struct shape_member access[] = {
    M("at", SHAPE_TIME), MAYBE("who", SHAPE_TEXT), MAYBE("role", SHAPE_TEXT), M("action", SHAPE_TEXT), M("resource_type", SHAPE_TEXT),
    M("count", SHAPE_INTEGER)};
static const struct shape_member access_log[] = {PAGE("access")};
static const struct shape_member submitted[] = {
    M("id", SHAPE_ID), M("submission_id", SHAPE_ID), ONE_OF("type", types), ONE_OF("status", statuses), M("version", SHAPE_INTEGER)};
static const struct shape_member result[] = {ITEM};
static const struct shape_member results[] = {PAGE("result")};
static const struct shape_member whole_result[] = {ITEM, M("user_id", SHAPE_ID), M("username", SHAPE_TEXT), M("consent_missing", SHAPE_BOOL)};
static const struct shape_member all_results[] = {PAGE("whole_result")};
static const struct shape_member approval[] = {
    M("id", SHAPE_ID), ONE_OF("status", statuses), M("version", SHAPE_INTEGER), M("approved_by", SHAPE_ID), M("approved_at", SHAPE_TIME)};
static const struct shape_member listed[] = {
    M("id", SHAPE_ID), ONE_OF("type", types), ONE_OF("status", statuses), M("version", SHAPE_INTEGER), EXTRA("username", SHAPE_TEXT), {.name = "consent_missing", .type = SHAPE_BOOL, .optional = true},
    MAYBE("reason", SHAPE_TEXT), M("created_at", SHAPE_TIME), M("updated_at", SHAPE_TIME), MAYBE("percent", SHAPE_INTEGER),
    MAYBE("stage", SHAPE_TEXT), EXTRA("position", SHAPE_INTEGER)};
static const struct shape_member submission_list[] = {PAGE("listed")};
static const struct shape_member media[] = {M("id", SHAPE_ID), M("type", SHAPE_TEXT), M("bytes", SHAPE_INTEGER)};
static const struct shape_member step[] = {
    M("version", SHAPE_INTEGER), ONE_OF("status", statuses), M("at", SHAPE_TIME), MAYBE("by", SHAPE_ID),
    MAYBE("by_name", SHAPE_TEXT)};
static const struct shape_member finding[] = {
    M("number", SHAPE_INTEGER), ONE_OF("kind", finding_kinds), M("at", SHAPE_INTEGER), M("length", SHAPE_INTEGER), M("text", SHAPE_TEXT),
    MAYBE("resolution", SHAPE_TEXT), MAYBE("by", SHAPE_TEXT), MAYBE("resolved_at", SHAPE_TIME)};
static const struct shape_member confirmed[] = {
    M("id", SHAPE_ID), M("version", SHAPE_INTEGER), M("finding", SHAPE_INTEGER), M("findings_open", SHAPE_INTEGER)};
static const struct shape_member submission[] = {
    ITEM, EXTRA("user_id", SHAPE_ID), EXTRA("username", SHAPE_TEXT), EXTRA("notes", SHAPE_TEXT), EXTRA("evidence", SHAPE_DOCUMENT),
    EXTRA_AN("media", "media"), EXTRA_LIST("history", "step"), EXTRA_LIST("findings", "finding"), EXTRA("approved_by", SHAPE_ID),
    EXTRA("approved_by_name", SHAPE_TEXT), EXTRA("approved_at", SHAPE_TIME)};
static const struct shape_member edited[] = {M("id", SHAPE_ID), ONE_OF("status", statuses), M("version", SHAPE_INTEGER), LIST("findings", "finding")};
static const char *const consultation_statuses[] = {"open", "queued", "processing", "ready", "failed", "integrity_error", NULL};
static const char *const note_statuses[] = {"generating", "draft", "signed", "failed", "integrity_error", NULL};
static const char *const templates[] = {"soap", "progress", "referral", "after_visit", NULL};
#define CONSULTATION M("id", SHAPE_ID), ONE_OF("status", consultation_statuses), M("version", SHAPE_INTEGER), MAYBE("patient_name", SHAPE_TEXT), \
                     MAYBE("patient_user_id", SHAPE_ID), MAYBE("title", SHAPE_TEXT), M("created_at", SHAPE_TIME), M("updated_at", SHAPE_TIME), \
                     MAYBE("reason", SHAPE_TEXT), MAYBE("percent", SHAPE_INTEGER), MAYBE("stage", SHAPE_TEXT), \
                     MAYBE("duration_ms", SHAPE_INTEGER), M("notes_count", SHAPE_INTEGER), M("consent_missing", SHAPE_BOOL)
static const struct shape_member consultation_note[] = {
    M("id", SHAPE_ID), ONE_OF("template", templates), ONE_OF("status", note_statuses), M("version", SHAPE_INTEGER), M("updated_at", SHAPE_TIME)};
static const struct shape_member consultation[] = {
    CONSULTATION, EXTRA("evidence", SHAPE_DOCUMENT), EXTRA_AN("media", "media"), EXTRA_LIST("notes", "consultation_note")};
static const struct shape_member consultation_item[] = {CONSULTATION};
static const struct shape_member consultations[] = {PAGE("consultation_item")};
#define NOTE M("id", SHAPE_ID), M("consultation_id", SHAPE_ID), ONE_OF("template", templates), ONE_OF("status", note_statuses), M("version", SHAPE_INTEGER), \
             MAYBE("reason", SHAPE_TEXT), MAYBE("patient_name", SHAPE_TEXT), AN("author", "author"), M("created_at", SHAPE_TIME), \
             M("updated_at", SHAPE_TIME), MAYBE("signed_at", SHAPE_TIME), M("findings_open", SHAPE_INTEGER), M("consent_missing", SHAPE_BOOL)
static const struct shape_member author[] = {M("user_id", SHAPE_ID), M("username", SHAPE_TEXT)};
static const struct shape_member addendum[] = {M("id", SHAPE_ID), M("text", SHAPE_TEXT), AN("author", "author"), M("created_at", SHAPE_TIME)};
static const struct shape_member added[] = {M("id", SHAPE_ID), M("created_at", SHAPE_TIME)};
static const struct shape_member share[] = {M("user_id", SHAPE_ID), M("username", SHAPE_TEXT), ONE_OF("role", roles), M("shared_at", SHAPE_TIME)};
static const struct shape_member note_version[] = {M("version", SHAPE_INTEGER), M("at", SHAPE_TIME), MAYBE("by", SHAPE_ID)};
static const struct shape_member note[] = {
    NOTE, MAYBE("text", SHAPE_TEXT), MAYBE("evidence", SHAPE_DOCUMENT), LIST("findings", "finding"), MAYBE("signed_by", SHAPE_ID),
    LIST("addenda", "addendum"), LIST("shares", "share"), LIST("history", "note_version")};
static const struct shape_member note_item[] = {NOTE};
static const struct shape_member notes[] = {PAGE("note_item")};
static const struct shape_member note_text[] = {M("version", SHAPE_INTEGER), M("text", SHAPE_TEXT), M("at", SHAPE_TIME), MAYBE("by", SHAPE_ID)};
static const struct shape_member note_state[] = {M("id", SHAPE_ID), ONE_OF("status", note_statuses), M("version", SHAPE_INTEGER)};
static const struct shape_member note_edited[] = {
    M("id", SHAPE_ID), ONE_OF("status", note_statuses), M("version", SHAPE_INTEGER), LIST("findings", "finding")};
static const struct shape_member consultation_state[] = {M("id", SHAPE_ID), ONE_OF("status", consultation_statuses), M("version", SHAPE_INTEGER)};
static const struct shape_member version[] = {M("id", SHAPE_ID), ONE_OF("status", statuses), M("version", SHAPE_INTEGER)};
static const struct shape_member users[] = {PAGE("user")};
static const struct shape_member audit_row[] = {
    M("seq", SHAPE_INTEGER), M("timestamp", SHAPE_TIME), MAYBE("user_id", SHAPE_ID), EXTRA("username", SHAPE_TEXT), M("action", SHAPE_TEXT),
    MAYBE("resource_type", SHAPE_TEXT), MAYBE("resource_id", SHAPE_TEXT), LIST("resource_ids", NULL), MAYBE("ip_address", SHAPE_TEXT), MAYBE("user_agent", SHAPE_TEXT),
    M("success", SHAPE_BOOL), MAYBE("details", SHAPE_DOCUMENT), MAYBE("request_id", SHAPE_TEXT), M("hash", SHAPE_TEXT)};
static const struct shape_member audit[] = {PAGE("audit_row")};
static const struct shape_member audit_verdict[] = {
    M("ok", SHAPE_BOOL), M("rows", SHAPE_INTEGER), MAYBE("first_bad_seq", SHAPE_INTEGER), MAYBE("reason", SHAPE_TEXT)};
static const struct shape_member job[] = {
    M("id", SHAPE_TEXT), M("kind", SHAPE_TEXT), ONE_OF("state", job_states), M("attempts", SHAPE_INTEGER), MAYBE("percent", SHAPE_INTEGER),
    MAYBE("stage", SHAPE_TEXT), MAYBE("submission_id", SHAPE_ID), MAYBE("last_error", SHAPE_TEXT), M("created_at", SHAPE_TIME),
    M("updated_at", SHAPE_TIME)};
static const struct shape_member jobs[] = {PAGE("job")};
static const struct shape_member health[] = {ONE_OF("status", healths)};
static const struct shape_member problem[] = {
    M("type", SHAPE_TEXT), M("title", SHAPE_TEXT), M("status", SHAPE_INTEGER), M("code", SHAPE_TEXT),
    {.name = "detail", .type = SHAPE_TEXT, .optional = true}, {.name = "field", .type = SHAPE_TEXT, .optional = true},
    {.name = "consent_required", .type = SHAPE_LIST, .optional = true, .words = consent_types},
    {.name = "findings", .type = SHAPE_LIST, .optional = true},
    M("request_id", SHAPE_ID)};
/* consents */
static const struct shape_member consent_event[] = {
    M("granted", SHAPE_BOOL), M("at", SHAPE_TIME), MAYBE("expires_at", SHAPE_TIME), M("policy_version", SHAPE_INTEGER), ONE_OF("source", consent_sources),
    M("by_oneself", SHAPE_BOOL)};
static const struct shape_member consent[] = {
    ONE_OF("type", consent_types), ONE_OF("state", consent_states), M("granted", SHAPE_BOOL), MAYBE("since", SHAPE_TIME), MAYBE("expires_at", SHAPE_TIME),
    MAYBE("expires_in_days", SHAPE_INTEGER), {.name = "notice", .type = SHAPE_WORD, .words = consent_notices, .nullable = true}, LIST("history", "consent_event")};
static const struct shape_member consents[] = {M("policy_version", SHAPE_INTEGER), LIST("consents", "consent")};

/* the clinic's own medicines */
static const struct shape_member medicine[] = {
    M("id", SHAPE_ID), M("name", SHAPE_TEXT), M("note", SHAPE_TEXT), M("created_at", SHAPE_TIME), M("added_by", SHAPE_ID)};
static const struct shape_member medicines[] = {PAGE("medicine"), M("total", SHAPE_INTEGER), M("most", SHAPE_INTEGER)};
static const struct shape_member medicines_added[] = {M("added", SHAPE_INTEGER), M("already_there", SHAPE_INTEGER), M("total", SHAPE_INTEGER)};

const struct shape shapes_table[] = {
    SHAPE("registration", registration, "A new account; a doctor's role is pending until an administrator confirms it"),
    SHAPE("tokens", tokens, "session_token and access_token are the same token"),
    SHAPE("user", user, "An account"),
    SHAPE("browser_session", browser_session, "csrf_token goes into X-CSRF-Token of every request that changes something"),
    SHAPE("session", session, "One log-in"),
    SHAPE("sessions", sessions, "Live log-ins"),
    SHAPE("access", access, "Who looked at what; role server: where it was sent"),
    SHAPE("access_log", access_log, "Looks at one's own record"),
    SHAPE("submitted", submitted, "What was taken in; id and submission_id are the same"),
    SHAPE("result", result, "One of one's own submissions; machine text is null before a doctor approved it"),
    SHAPE("results", results, "A page of one's own submissions"),
    SHAPE("whole_result", whole_result, "A submission as doctors see it; without a text where the patient's consent is missing"),
    SHAPE("all_results", all_results, "A page of the clinic's submissions"),
    SHAPE("approval", approval, "The approved version"),
    SHAPE("listed", listed, "A submission without its texts"),
    SHAPE("submission_list", submission_list, "A page of submissions without their texts"),
    SHAPE("media", media, "The original file"),
    SHAPE("step", step, "One change of state"),
    SHAPE("finding", finding, "A place in the draft that is not in its source; at and length count bytes of the UTF-8 text; resolution: confirmed, or null while it is open"),
    SHAPE("confirmed", confirmed, "The finding that was confirmed, and how many are still open"),
    SHAPE("submission", submission, "One submission; evidence, media, history and findings for doctors"),
    SHAPE("consultation", consultation, "A visit of a person with this doctor; evidence, media and notes when it is asked for alone"),
    SHAPE("consultation_note", consultation_note, "A note of a consultation"),
    SHAPE("consultation_item", consultation_item, "A consultation in a list; without a title where the person's consent is missing"),
    SHAPE("consultations", consultations, "A page of one's own consultations"),
    SHAPE("author", author, "Who wrote it"),
    SHAPE("addendum", addendum, "What was added to a signed note"),
    SHAPE("added", added, "The new addendum"),
    SHAPE("share", share, "Who else reads a note"),
    SHAPE("note_version", note_version, "When a version was made, and by whom; null: by the machine"),
    SHAPE("note", note, "A note; evidence, findings and shares are its author's, history also a colleague's"),
    SHAPE("note_item", note_item, "A note without its text"),
    SHAPE("notes", notes, "A page of notes without their texts"),
    SHAPE("note_text", note_text, "An earlier text of a note"),
    SHAPE("note_state", note_state, "A note's state and version"),
    SHAPE("note_edited", note_edited, "The new version, and what the guard found in its text"),
    SHAPE("consultation_state", consultation_state, "How far a consultation is"),
    SHAPE("version", version, "The new version"),
    SHAPE("edited", edited, "The new version, and what the guard found in its text"),
    SHAPE("users", users, "A page of accounts"),
    SHAPE("audit_row", audit_row, "One row of the audit log"),
    SHAPE("audit", audit, "A page of the audit log"),
    SHAPE("audit_verdict", audit_verdict, "Does the hash chain hold?"),
    SHAPE("job", job, "One piece of work"),
    SHAPE("jobs", jobs, "A page of jobs"),
    SHAPE("health", health, "ok, or degraded"),
    SHAPE("problem", problem, "RFC 9457"),
    SHAPE("medicine", medicine, "A name on the clinic's own list"),
    SHAPE("medicines", medicines, "A page of the clinic's own list; total counts all names, most is the largest that it may be"),
    SHAPE("medicines_added", medicines_added, "How many names were added"),
    SHAPE("consent_event", consent_event, "A consent given or withdrawn"),
    SHAPE("consent", consent, "One consent as it stands now; history newest first, at most 100"),
    SHAPE("consents", consents, "One's own consents"),
    {NULL, NULL, NULL, 0},
};

const struct shape *shapes_find(const char *name)
{
    for (const struct shape *shape = shapes_table; shape->name != NULL; shape++)
        if (strcmp(shape->name, name) == 0) return shape;
    return NULL;
}
