/* The doctor's acts: approve exactly the version that was seen, edit, confirm what the guard found, return with a question. */
#include "rules/consent.h"
#include "rules/findings.h"
#include "rules/handlers.h"
#include "rules/opening.h"
#include "rules/submissions.h"

#include "crypt/digest.h"

struct act {
    struct call *call;
    struct rows row;
    struct id id;
    int64_t version, status; /* as read */
    struct span sealed;
    int64_t new_version, new_status;
    struct findings findings; /* of the new version */
    enum statement statement;
};

static struct err load(struct call *call, struct act *act)
{
    *act = (struct act){.call = call, .id = request_field_id(&call->request, 0)};
    TRY(submission_find(call, act->id, &act->row));
    act->version = rows_number(&act->row, 0, ONE_VERSION);
    act->status = rows_number(&act->row, 0, ONE_STATUS);
    return submission_is_own(call, &act->row) ? FAIL(CONFLICT_OF_INTEREST) : OK;
}

static struct err check_version(struct act *act) { return opening_check(act->call, act->id, act->version); }

static struct err entry_for(struct act *act, enum audit_action action, struct audit_entry *entry_out)
{
    TRY(audit_entry_for(act->call, action, true, entry_out));
    entry_out->resource_type = RESOURCE_SUBMISSION;
    entry_out->resource = act->id;
    audit_detail_number(entry_out, DETAIL_VERSION, act->new_version);
    return OK;
}

/* The conditional UPDATE decides; when it changed no row somebody else was first. */
static struct err update(struct db_conn *writer, const struct act *act, const struct value *values, size_t count)
{
    struct arena arena;
    struct rows rows;
    TRY(consent_required_in(writer, rows_id(&act->row, 0, ONE_SUBJECT), CONSENT(DATA_PROCESSING), &act->call->consent_missing));
    arena_init(&arena, 4096);
    struct err e = db_query(writer, act->statement, &act->call->actor.db, values, count, &arena, &rows);
    if (!err_failed(e) && rows.count == 0) e = FAIL(WRONG_STATE);
    arena_free(&arena);
    return e;
}

static struct err put_history(struct db_conn *writer, const struct act *act)
{
    const struct value values[] = {value_id(&act->id), value_id(&act->call->actor.db.clinic), value_number(act->new_version),
                                   value_number(act->new_status), value_number(act->call->now_us), value_id(&act->call->actor.db.user)};
    return db_exec(writer, SQL_history_insert, NULL, values, 6);
}

static struct err answer(struct act *act, bool approved, struct span edited)
{
    struct call *call = act->call;
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON, .version = (uint64_t)act->new_version});
    json_object(j);
    json_put_id(j, "id", act->id);
    json_put_word(j, "status", submission_status_word(act->new_status));
    json_put_i64(j, "version", act->new_version);
    if (approved) {
        json_put_id(j, "approved_by", call->actor.db.user);
        json_put_time(j, "approved_at", call->now_us);
    }
    if (edited.n > 0) findings_put_json(j, &act->findings, edited);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

/* --- approve */

static struct err write_approval(struct db_conn *writer, void *arg)
{
    const struct act *act = arg;
    const struct value values[] = {value_id(&act->id), value_number(act->version), value_id(&act->call->actor.db.user),
                                   value_bytes(act->sealed), value_number(act->call->now_us)};
    TRY(update(writer, act, values, 5));
    return put_history(writer, act);
}

/* The approved text is sealed as approved, and its MAC goes into the audit: later nobody can say it read otherwise. */
static struct err reseal(struct act *act, const struct receipt *receipt, struct span *mac_out)
{
    struct call *call = act->call;
    const struct rows *r = &act->row;
    struct id subject = rows_id(r, 0, ONE_SUBJECT);
    struct span key = rows_bytes(r, 0, ONE_KEY);
    const struct vault_request open =
        submission_open(PURPOSE_DRAFT, act->id, subject, key, draft_seal_version(act->version, act->status), rows_bytes(r, 0, ONE_DRAFT));
    struct span draft, answers[2];
    TRY(call_vault_medical(call, receipt, &open, 1, &draft, NULL));
    draft = arena_copy(&call->arena, draft);
    if (draft.p == NULL) return FAIL(OUT_OF_MEMORY);
    const struct vault_request ask[] = {
        submission_seal(PURPOSE_DRAFT, act->id, subject, key, draft_seal_version(act->version, STATUS_APPROVED), draft),
        {.kind = VAULT_MAC, .purpose = PURPOSE_APPROVAL, .row = act->id, .in = draft},
    };
    TRY(call_vault(call, ask, 2, answers, NULL));
    struct buf text = BUF_WITH_MAX(64);
    digest_put_base64url(&text, answers[1]);
    act->sealed = arena_copy(&call->arena, answers[0]);
    *mac_out = arena_copy(&call->arena, buf_span(&text));
    buf_free(&text);
    return call->arena.failed ? FAIL(OUT_OF_MEMORY) : OK;
}

struct err review_approve(struct call *call)
{
    struct act act;
    struct receipt receipt;
    struct audit_entry look, entry;
    struct span mac;
    bool refused;
    TRY(load(call, &act));
    if (act.status != STATUS_DRAFT) return FAIL(WRONG_STATE);
    TRY(check_version(&act));
    TRY(findings_refuse_open(call, act.id, act.version, &refused));
    if (refused) return OK;
    act.new_version = act.version;
    act.new_status = STATUS_APPROVED;
    act.statement = SQL_submission_approve;
    TRY(entry_for(&act, AUDIT_READ, &look));
    TRY(audit_commit(call, &look, &receipt));
    TRY(reseal(&act, &receipt, &mac));
    TRY(entry_for(&act, AUDIT_APPROVE, &entry));
    audit_detail_text(&entry, DETAIL_CONTENT_MAC, mac);
    TRY(call_commit(call, write_approval, &act, &entry, NULL));
    return answer(&act, true, SPAN_NONE);
}

/* --- edit */

static struct err write_edit(struct db_conn *writer, void *arg)
{
    const struct act *act = arg;
    const struct actor *a = &act->call->actor;
    const struct value now = value_number(act->call->now_us);
    const struct value values[] = {value_id(&act->id), value_number(act->version), value_bytes(act->sealed), now};
    TRY(update(writer, act, values, 4));
    const struct value version[] = {value_id(&act->id), value_id(&a->db.clinic), value_number(act->new_version), value_bytes(act->sealed), now, value_id(&a->db.user)};
    TRY(db_exec(writer, SQL_version_insert, NULL, version, 6));
    TRY(opening_put(writer, act->call, act->id, act->new_version));
    const struct findings_place place = {.resource = act->id, .clinic = a->db.clinic, .version = act->new_version};
    TRY(findings_insert(writer, &place, &act->findings));
    return put_history(writer, act);
}

static struct err copy_opened(struct call *call, const struct vault_request *ask, struct span *text_out)
{
    if (ask->in.n == 0) return OK; /* an old system's, that had none */
    *text_out = arena_copy(&call->arena, *text_out);
    return text_out->p == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

/* The guard reads the edited text against what was recognised; what the doctor confirmed before stays confirmed. */
static struct err guard_edit(struct act *act, struct span text)
{
    struct call *call = act->call;
    const struct rows *r = &act->row;
    struct id subject = rows_id(r, 0, ONE_SUBJECT);
    struct span key = rows_bytes(r, 0, ONE_KEY), opened[2] = {SPAN_LITERAL(""), SPAN_LITERAL("")};
    const struct vault_request both[] = {
        submission_open(PURPOSE_RECOGNISED, act->id, subject, key, 0, rows_bytes(r, 0, ONE_RECOGNISED)),
        submission_open(PURPOSE_DRAFT, act->id, subject, key, draft_seal_version(act->version, act->status), rows_bytes(r, 0, ONE_DRAFT)),
    };
    struct receipt receipt;
    struct audit_entry entry;
    struct findings before;
    TRY(entry_for(act, AUDIT_DRAFT_CHECKED, &entry));
    TRY(audit_commit(call, &entry, &receipt));
    for (size_t i = 0; i < 2; i++) {
        if (both[i].in.n > 0) TRY(call_vault_medical(call, &receipt, &both[i], 1, &opened[i], NULL));
        TRY(copy_opened(call, &both[i], &opened[i]));
    }
    const struct guarding what = {.page = rows_number(r, 0, ONE_TYPE) == TYPE_PRESCRIPTION, .source = opened[0], .draft = text};
    TRY(findings_load(call, act->id, act->version, &before));
    TRY(findings_guard(call, &what, &act->findings));
    return findings_carry(&call->arena, &before, opened[1], &act->findings, text);
}

struct err review_draft(struct call *call)
{
    struct act act;
    struct audit_entry entry;
    struct span sealed;
    TRY(load(call, &act));
    if (act.status == STATUS_APPROVED) return FAIL(IMMUTABLE);
    if (act.status != STATUS_DRAFT && act.status != STATUS_RETURNED) return FAIL(WRONG_STATE);
    TRY(check_version(&act));
    act.new_version = act.version + 1;
    act.new_status = STATUS_DRAFT;
    act.statement = SQL_submission_edit;
    TRY(guard_edit(&act, request_text(&call->request, 2)));
    const struct vault_request ask = submission_seal(PURPOSE_DRAFT, act.id, rows_id(&act.row, 0, ONE_SUBJECT), rows_bytes(&act.row, 0, ONE_KEY),
                                                     draft_seal_version(act.new_version, STATUS_DRAFT), request_text(&call->request, 2));
    TRY(call_vault(call, &ask, 1, &sealed, NULL));
    act.sealed = arena_copy(&call->arena, sealed);
    if (act.sealed.p == NULL) return FAIL(OUT_OF_MEMORY);
    TRY(entry_for(&act, AUDIT_EDIT, &entry));
    TRY(call_commit(call, write_edit, &act, &entry, NULL));
    return answer(&act, false, request_text(&call->request, 2));
}

/* --- confirm a finding */

struct err review_confirm(struct call *call)
{
    struct act act;
    TRY(load(call, &act));
    if (act.status == STATUS_APPROVED) return FAIL(IMMUTABLE);
    if (act.status != STATUS_DRAFT) return FAIL(WRONG_STATE);
    TRY(check_version(&act));
    return findings_confirm(call, &(struct findings_about){RESOURCE_SUBMISSION, act.id, rows_id(&act.row, 0, ONE_SUBJECT), act.version}, request_integer(&call->request, 2, 0));
}

/* --- return */

static struct err write_return(struct db_conn *writer, void *arg)
{
    const struct act *act = arg;
    const struct value values[] = {value_id(&act->id), value_number(act->version), value_bytes(act->sealed), value_number(act->call->now_us)};
    TRY(update(writer, act, values, 4));
    return put_history(writer, act);
}

struct err review_return(struct call *call)
{
    struct act act;
    struct audit_entry entry;
    struct span sealed;
    TRY(load(call, &act));
    if (act.status != STATUS_DRAFT) return FAIL(WRONG_STATE);
    TRY(check_version(&act));
    act.new_version = act.version;
    act.new_status = STATUS_RETURNED;
    act.statement = SQL_submission_return;
    const struct vault_request ask = submission_seal(PURPOSE_QUESTION, act.id, rows_id(&act.row, 0, ONE_SUBJECT), rows_bytes(&act.row, 0, ONE_KEY), 0,
                                                     request_text(&call->request, 2));
    TRY(call_vault(call, &ask, 1, &sealed, NULL));
    act.sealed = arena_copy(&call->arena, sealed);
    if (act.sealed.p == NULL) return FAIL(OUT_OF_MEMORY);
    TRY(entry_for(&act, AUDIT_RETURN, &entry));
    TRY(call_commit(call, write_return, &act, &entry, NULL));
    return answer(&act, false, SPAN_NONE);
}
