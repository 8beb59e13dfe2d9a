/* Notes: drafted on demand, found, listed. */
#include "rules/notes.h"

#include "rules/consent.h"
#include "rules/consultations.h"
#include "rules/handlers.h"
#include "rules/jobs.h"
#include "rules/page.h"
#include "rules/submissions.h"

enum { LIST_PAGE = 50, OPENS_A_ROW = 2, WAIT_US = 5000000, LOOK_EVERY_US = 50000 };

const char *note_template_word(int64_t template)
{
    static const char *const words[NOTE_TEMPLATES] = {"soap", "progress", "referral", "after_visit"};
    return template >= 0 && template < NOTE_TEMPLATES ? words[template] : "unknown";
}

const char *note_status_word(int64_t status)
{
    static const char *const words[] = {"generating", "draft", "signed", "failed"};
    return status >= 0 && status <= NOTE_FAILED ? words[status] : "unknown";
}

/* --- who sees it */

static bool is_doctor(const struct call *call) { return call->actor.role == ROLE_DOCTOR && call->actor.role_state == ROLE_ACTIVE; }

struct err note_find_own(struct call *call, struct id id, struct rows *rows_out)
{
    const struct value value = value_id(&id);
    if (!is_doctor(call)) return FAIL(NOT_FOUND);
    TRY(call_query(call, SQL_note_own, &value, 1, rows_out));
    return rows_out->count == 1 ? OK : FAIL(NOT_FOUND);
}

/* What a patient may read, whatever stands in the table of shares: what is signed and about them. */
static bool patient_may_read(const struct call *call, const struct rows *r, size_t i)
{
    return call->actor.role == ROLE_PATIENT && call->actor.role_state == ROLE_ACTIVE && rows_number(r, i, NOTE_STATUS) == NOTE_SIGNED &&
           id_equal(rows_id(r, i, NOTE_PATIENT), call->actor.db.user);
}

struct err note_find(struct call *call, struct id id, struct rows *rows_out, enum note_reader *reader_out)
{
    const struct value value = value_id(&id);
    *reader_out = NOTE_BY_AUTHOR;
    struct err e = note_find_own(call, id, rows_out);
    if (e.code != ERR_NOT_FOUND) return e;
    TRY(call_query(call, SQL_note_shared, &value, 1, rows_out));
    if (rows_out->count != 1) return FAIL(NOT_FOUND);
    *reader_out = is_doctor(call) ? NOTE_BY_COLLEAGUE : NOTE_BY_PATIENT;
    return is_doctor(call) || patient_may_read(call, rows_out, 0) ? OK : FAIL(NOT_FOUND);
}

struct err note_check_consent(struct call *call, const struct rows *rows) { return consent_check(call, rows_id(rows, 0, NOTE_SUBJECT), CONSENT(DATA_PROCESSING)); }

struct err note_consent_in(struct db_conn *writer, struct call *call, struct id subject)
{
    return consent_required_in(writer, subject, CONSENT(DATA_PROCESSING), &call->consent_missing);
}

struct err note_audit(struct call *call, enum audit_action action, struct id id, int64_t version, struct audit_entry *entry_out)
{
    TRY(audit_entry_for(call, action, true, entry_out));
    entry_out->resource_type = RESOURCE_NOTE;
    entry_out->resource = id;
    audit_detail_number(entry_out, DETAIL_VERSION, version);
    return OK;
}

/* --- to JSON */

struct vault_request note_open_name(const struct rows *r, size_t i)
{
    return submission_open(PURPOSE_CONSULTATION_NAME, rows_id(r, i, NOTE_CONSULTATION), rows_id(r, i, NOTE_SUBJECT), rows_bytes(r, i, NOTE_KEY), 0, rows_bytes(r, i, NOTE_NAME));
}

struct vault_request note_open_author(const struct rows *r, size_t i)
{
    return profile_open(rows_id(r, i, NOTE_AUTHOR_SUBJECT), rows_id(r, i, NOTE_AUTHOR), rows_bytes(r, i, NOTE_AUTHOR_KEY), rows_bytes(r, i, NOTE_AUTHOR_PROFILE));
}

struct vault_request note_open_text(const struct rows *r)
{
    uint64_t version = note_seal_version(rows_number(r, 0, NOTE_VERSION), rows_number(r, 0, NOTE_STATUS));
    return submission_open(PURPOSE_NOTE, rows_id(r, 0, NOTE_ID), rows_id(r, 0, NOTE_SUBJECT), rows_bytes(r, 0, NOTE_KEY), version, rows_bytes(r, 0, NOTE_TEXT));
}

void note_put(struct json *j, const struct rows *r, size_t i, const struct note_shown *shown)
{
    json_put_id(j, "id", rows_id(r, i, NOTE_ID));
    json_put_id(j, "consultation_id", rows_id(r, i, NOTE_CONSULTATION));
    json_put_word(j, "template", note_template_word(rows_number(r, i, NOTE_TEMPLATE)));
    json_put_word(j, "status", shown->broken ? "integrity_error" : note_status_word(rows_number(r, i, NOTE_STATUS)));
    json_put_i64(j, "version", rows_number(r, i, NOTE_VERSION));
    if (rows_is_null(r, i, NOTE_REASON)) json_put_null(j, "reason");
    else json_put_text(j, "reason", rows_bytes(r, i, NOTE_REASON));
    if (shown->name.p == NULL) json_put_null(j, "patient_name");
    else json_put_text(j, "patient_name", shown->name);
    json_key(j, "author");
    json_object(j);
    json_put_id(j, "user_id", rows_id(r, i, NOTE_AUTHOR));
    json_put_text(j, "username", shown->author.username);
    json_object_end(j);
    json_put_time(j, "created_at", rows_number(r, i, NOTE_CREATED));
    json_put_time(j, "updated_at", rows_number(r, i, NOTE_UPDATED));
    if (rows_is_null(r, i, NOTE_SIGNED_AT)) json_put_null(j, "signed_at");
    else json_put_time(j, "signed_at", rows_number(r, i, NOTE_SIGNED_AT));
    json_put_i64(j, "findings_open", rows_number(r, i, NOTE_FINDINGS_OPEN));
    json_put_bool(j, "consent_missing", consent_ended(r, i, NOTE_PROCESSING_UNTIL, shown->now_us));
}

/* --- lists */

static const struct page_audit look = {.action = AUDIT_NOTE_LIST, .resource = RESOURCE_NOTE, .id_column = NOTE_ID};

static struct err query_page(struct call *call, const struct page *page, struct rows *rows_out)
{
    const struct request *q = &call->request;
    struct id consultation = request_field_id(q, 2);
    bool shared = request_word(q, 4, 0) == 1;
    const struct value values[] = {value_number(page->before_us), value_id(&page->before_id), value_number(page->limit + 1),
                                   request_has(q, 2) ? value_id(&consultation) : value_null(), value_number(request_word(q, 3, -1))};
    return call_query(call, shared ? SQL_notes_shared : SQL_notes_own, values, 5, rows_out);
}

static void put_page(struct call *call, const struct rows *r, int (*place)[OPENS_A_ROW], const struct page_view *view)
{
    struct json *j = page_answer(call);
    for (size_t i = 0; i < view->count; i++) {
        struct note_shown shown = {.broken = page_view_broken(view, place[i][0]), .now_us = call->now_us};
        if (!is_doctor(call) && !patient_may_read(call, r, i)) continue;
        page_view_text(view, place[i][0], &shown.name);
        profile_of_view(view, place[i][1], &shown.author);
        json_object(j);
        note_put(j, r, i, &shown);
        json_object_end(j);
    }
    page_answer_end(call, j, view);
}

struct err notes_list(struct call *call)
{
    struct page page;
    struct rows r;
    struct page_view view;
    TRY(page_read(call, 0, 1, LIST_PAGE, &page));
    TRY(query_page(call, &page, &r));
    TRY(page_view_new(call, &page, &r, OPENS_A_ROW, NOTE_PLACE, NOTE_ID, &view));
    int (*place)[OPENS_A_ROW] = arena_array(&call->arena, view.count + 1, sizeof *place);
    if (place == NULL) return FAIL(OUT_OF_MEMORY);
    for (size_t i = 0; i < view.count; i++) {
        place[i][0] = page_view_add(&view, note_open_name(&r, i));
        place[i][1] = page_view_add(&view, note_open_author(&r, i));
    }
    TRY(page_audit(call, &look, &r, view.count, NULL));
    TRY(page_view_open(call, NULL, &view));
    put_page(call, &r, place, &view);
    return OK;
}

/* --- drafting one */

struct generation {
    struct call *call;
    struct id note, consultation, subject, job;
    int64_t template;
};

static struct err insert(struct db_conn *writer, void *arg)
{
    const struct generation *g = arg;
    struct call *call = g->call;
    struct arena arena;
    struct rows rows;
    TRY(consent_required_in(writer, g->subject, CONSENT(DATA_PROCESSING) | CONSENT(DATA_STORAGE), &call->consent_missing));
    const struct value values[] = {value_id(&g->note), value_number(g->template), value_id(&g->consultation), value_number(call->now_us)};
    arena_init(&arena, 4096);
    struct err e = db_query(writer, SQL_note_insert, &call->actor.db, values, 4, &arena, &rows);
    if (!err_failed(e) && rows.count == 0) e = FAIL(WRONG_STATE);
    arena_free(&arena);
    TRY(e);
    const struct value job[] = {value_id(&g->job), value_id(&call->actor.db.clinic), value_number(JOB_KIND_NOTE), value_id(&g->note), value_number(call->now_us)};
    return db_exec(writer, SQL_job_insert, NULL, job, 5);
}

/* A note takes a fraction of a second; who asks for one waits a little for it. */
static struct err wait_for(struct call *call, struct id note, bool *ready_out)
{
    const struct value value = value_id(&note);
    *ready_out = false;
    for (int64_t waited = 0; waited < WAIT_US && !*ready_out; waited += LOOK_EVERY_US) {
        struct rows now;
        struct arena_mark mark = arena_mark(&call->arena);
        TRY(call_sleep(call, LOOK_EVERY_US));
        TRY(call_query(call, SQL_note_state, &value, 1, &now));
        if (now.count != 1) return FAIL(NOT_FOUND);
        *ready_out = rows_number(&now, 0, 1) != NOTE_GENERATING;
        arena_rewind(&call->arena, mark);
    }
    return OK;
}

struct err notes_generate(struct call *call)
{
    struct generation g = {.call = call, .note = id_random(), .job = id_random(), .consultation = request_field_id(&call->request, 0),
                           .template = request_word(&call->request, 1, NOTE_SOAP)};
    struct rows row;
    struct audit_entry entry;
    bool ready;
    TRY(consultation_find(call, g.consultation, &row));
    if (rows_number(&row, 0, CONSULTATION_STATUS) != CONSULTATION_READY) return FAIL(WRONG_STATE);
    g.subject = rows_id(&row, 0, CONSULTATION_SUBJECT);
    TRY(note_audit(call, AUDIT_NOTE_CREATE, g.note, 1, &entry));
    audit_detail_text(&entry, DETAIL_KIND, span_text(note_template_word(g.template)));
    TRY(call_commit(call, insert, &g, &entry, NULL));
    jobs_wake(call_core(call));
    TRY(wait_for(call, g.note, &ready));
    return note_answer(call, g.note, ready ? 201 : 202);
}
