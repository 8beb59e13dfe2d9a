/* The author's acts on a note: edit, confirm what the guard found, sign exactly the version that was seen, delete a draft. */
#include "rules/access_log.h"
#include "rules/findings.h"
#include "rules/handlers.h"
#include "rules/notes.h"
#include "rules/opening.h"
#include "rules/submissions.h"

#include "crypt/digest.h"

struct act {
    struct call *call;
    struct rows row;
    struct id id, subject;
    struct span key;
    int64_t version, status; /* as read */
    struct span sealed;      /* the new text */
    int64_t new_version, new_status;
    struct findings findings; /* of the new version */
};

static struct err load(struct call *call, struct act *act)
{
    *act = (struct act){.call = call, .id = request_field_id(&call->request, 0)};
    TRY(note_find_own(call, act->id, &act->row));
    act->subject = rows_id(&act->row, 0, NOTE_SUBJECT);
    act->key = rows_bytes(&act->row, 0, NOTE_KEY);
    act->version = act->new_version = rows_number(&act->row, 0, NOTE_VERSION);
    act->status = act->new_status = rows_number(&act->row, 0, NOTE_STATUS);
    return OK;
}

/* A draft, in the version that its author has before them. */
static struct err load_draft(struct call *call, struct act *act)
{
    TRY(load(call, act));
    if (act->status == NOTE_SIGNED) return FAIL(IMMUTABLE);
    if (act->status != NOTE_DRAFT) return FAIL(WRONG_STATE);
    TRY(note_check_consent(call, &act->row));
    return opening_check(call, act->id, act->version);
}

/* The conditional UPDATE decides; when it changed no row somebody else was first. */
static struct err change(struct db_conn *writer, const struct act *act, enum statement statement, const struct value *values, size_t count)
{
    struct arena arena;
    struct rows rows;
    arena_init(&arena, 4096);
    struct err e = db_query(writer, statement, &act->call->actor.db, values, count, &arena, &rows);
    if (!err_failed(e) && rows.count == 0) e = FAIL(VERSION_CHANGED);
    arena_free(&arena);
    return e;
}

static struct err answer(struct act *act, const struct span *edited)
{
    struct json *j = call_answer(act->call, &(struct response){.status = 200, .kind = RESPONSE_JSON, .version = (uint64_t)act->new_version});
    json_object(j);
    json_put_id(j, "id", act->id);
    json_put_word(j, "status", note_status_word(act->new_status));
    json_put_i64(j, "version", act->new_version);
    if (edited != NULL) findings_put_json(j, &act->findings, *edited);
    json_object_end(j);
    call_answer_end(act->call);
    return OK;
}

/* Opens one medical text and keeps it: the call waits again before it is used. Empty when there is none. */
static struct err open_kept(struct act *act, const struct receipt *receipt, struct vault_request ask, struct span *text_out)
{
    *text_out = SPAN_LITERAL("");
    if (ask.in.n == 0) return OK;
    TRY(call_vault_medical(act->call, receipt, &ask, 1, text_out, NULL));
    *text_out = arena_copy(&act->call->arena, *text_out);
    return text_out->p == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

/* --- edit */

/* The guard reads the edited text against what was heard; what the author confirmed before stays confirmed. */
static struct err guard_edit(struct act *act, struct span text)
{
    struct call *call = act->call;
    struct id consultation = rows_id(&act->row, 0, NOTE_CONSULTATION);
    const struct value value = value_id(&consultation);
    struct rows source;
    struct receipt receipt;
    struct audit_entry entry;
    struct findings before;
    struct span heard, draft;
    TRY(call_query(call, SQL_note_source, &value, 1, &source));
    TRY(findings_load(call, act->id, act->version, &before));
    TRY(note_audit(call, AUDIT_DRAFT_CHECKED, act->id, act->version, &entry));
    TRY(audit_commit(call, &entry, &receipt));
    struct span sealed = source.count == 1 ? rows_bytes(&source, 0, 0) : SPAN_NONE;
    TRY(open_kept(act, &receipt, submission_open(PURPOSE_RECOGNISED, consultation, act->subject, act->key, 0, sealed), &heard));
    TRY(open_kept(act, &receipt, note_open_text(&act->row), &draft));
    TRY(findings_guard(call, &(struct guarding){.source = heard, .draft = text}, &act->findings));
    return findings_carry(&call->arena, &before, draft, &act->findings, text);
}

static struct err write_edit(struct db_conn *writer, void *arg)
{
    const struct act *act = arg;
    const struct actor *a = &act->call->actor;
    TRY(note_consent_in(writer, act->call, act->subject));
    const struct value now = value_number(act->call->now_us);
    const struct value values[] = {value_id(&act->id), value_number(act->version), value_bytes(act->sealed), now};
    TRY(change(writer, act, SQL_note_edit, values, 4));
    const struct value version[] = {value_id(&act->id), value_id(&a->db.clinic), value_number(act->new_version), value_bytes(act->sealed), now, value_id(&a->db.user)};
    TRY(db_exec(writer, SQL_note_version_insert, NULL, version, 6));
    const struct findings_place place = {.resource = act->id, .clinic = a->db.clinic, .version = act->new_version};
    TRY(findings_insert(writer, &place, &act->findings));
    return opening_put(writer, act->call, act->id, act->new_version);
}

struct err notes_update(struct call *call)
{
    struct act act;
    struct audit_entry entry;
    struct span sealed, text = request_text(&call->request, 2);
    TRY(load_draft(call, &act));
    act.new_version = act.version + 1;
    TRY(guard_edit(&act, text));
    const struct vault_request ask = submission_seal(PURPOSE_NOTE, act.id, act.subject, act.key, note_seal_version(act.new_version, NOTE_DRAFT), text);
    TRY(call_vault(call, &ask, 1, &sealed, NULL));
    act.sealed = arena_copy(&call->arena, sealed);
    if (act.sealed.p == NULL) return FAIL(OUT_OF_MEMORY);
    TRY(note_audit(call, AUDIT_NOTE_UPDATE, act.id, act.new_version, &entry));
    TRY(call_commit(call, write_edit, &act, &entry, NULL));
    return answer(&act, &text);
}

/* --- confirm a finding */

struct err notes_confirm(struct call *call)
{
    struct act act;
    TRY(load_draft(call, &act));
    return findings_confirm(call, &(struct findings_about){RESOURCE_NOTE, act.id, act.subject, act.version}, request_integer(&call->request, 2, 0));
}

/* --- sign */

static struct err write_signature(struct db_conn *writer, void *arg)
{
    const struct act *act = arg;
    const struct value values[] = {value_id(&act->id), value_number(act->version), value_bytes(act->sealed), value_number(act->call->now_us)};
    TRY(note_consent_in(writer, act->call, act->subject));
    return change(writer, act, SQL_note_sign, values, 4);
}

/* The signed text is sealed as signed, and its MAC goes into the audit: later nobody can say it read otherwise. */
static struct err reseal(struct act *act, const struct receipt *receipt, struct span *mac_out)
{
    struct call *call = act->call;
    struct span text, answers[2];
    TRY(open_kept(act, receipt, note_open_text(&act->row), &text));
    const struct vault_request ask[] = {
        submission_seal(PURPOSE_NOTE, act->id, act->subject, act->key, note_seal_version(act->version, NOTE_SIGNED), text),
        {.kind = VAULT_MAC, .purpose = PURPOSE_APPROVAL, .row = act->id, .in = text},
    };
    TRY(call_vault(call, ask, 2, answers, NULL));
    struct buf mac = BUF_WITH_MAX(64);
    digest_put_base64url(&mac, answers[1]);
    act->sealed = arena_copy(&call->arena, answers[0]);
    *mac_out = arena_copy(&call->arena, buf_span(&mac));
    buf_free(&mac);
    return call->arena.failed ? FAIL(OUT_OF_MEMORY) : OK;
}

struct err notes_sign(struct call *call)
{
    struct act act;
    struct receipt receipt;
    struct audit_entry look, entry;
    struct span mac;
    bool refused;
    TRY(load_draft(call, &act));
    TRY(findings_refuse_open(call, act.id, act.version, &refused));
    if (refused) return OK;
    act.new_status = NOTE_SIGNED;
    TRY(note_audit(call, AUDIT_NOTE_READ, act.id, act.version, &look));
    TRY(audit_commit(call, &look, &receipt));
    TRY(reseal(&act, &receipt, &mac));
    TRY(note_audit(call, AUDIT_NOTE_SIGN, act.id, act.version, &entry));
    audit_detail_text(&entry, DETAIL_CONTENT_MAC, mac);
    TRY(call_commit(call, write_signature, &act, &entry, NULL));
    return answer(&act, NULL);
}

/* --- delete */

static struct err write_deletion(struct db_conn *writer, void *arg)
{
    static const enum statement with_it[] = {SQL_note_versions_delete, SQL_note_shares_delete, SQL_evidence_delete, SQL_findings_delete, SQL_openings_delete};
    const struct act *act = arg;
    const struct value values[] = {value_id(&act->id), value_number(act->call->now_us)};
    TRY(access_log_catch_up_in(writer)); /* whose looks they were is known by the rows that go */
    TRY(change(writer, act, SQL_note_delete, values, 1));
    for (size_t i = 0; i < sizeof with_it / sizeof with_it[0]; i++) TRY(db_exec(writer, with_it[i], NULL, values, 1));
    return db_exec(writer, SQL_jobs_cancel, NULL, values, 2);
}

struct err notes_delete(struct call *call)
{
    struct act act;
    struct audit_entry entry;
    TRY(load(call, &act));
    if (act.status == NOTE_SIGNED) return FAIL(IMMUTABLE);
    TRY(access_log_catch_up(call));
    TRY(note_audit(call, AUDIT_NOTE_DELETE, act.id, act.version, &entry));
    TRY(call_commit(call, write_deletion, &act, &entry, NULL));
    call_answer_empty(call, &(struct response){.status = 204});
    return OK;
}
