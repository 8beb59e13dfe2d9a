/* One submission: whole, its progress, its original; and the lists without texts. */
#include "os/config.h"
#include "rules/accounts.h"
#include "rules/findings.h"
#include "rules/handlers.h"
#include "rules/original.h"
#include "rules/page.h"
#include "rules/people.h"
#include "rules/progress.h"
#include "rules/submissions.h"
#include "rules/texts.h"

enum { LIST_PAGE = 50, OPENS = 6 };

/* --- one, whole */

struct whole {
    struct rows row, media, history, evidence;
    struct findings findings;
    struct people people;
    bool doctor;
    struct span text[OPENS]; /* notes, recognised, draft, question, profile, evidence */
};

static struct err load(struct call *call, struct whole *w)
{
    struct id id = request_field_id(&call->request, 0);
    const struct value value = value_id(&id);
    TRY(submission_find(call, id, &w->row));
    w->doctor = call->actor.role == ROLE_DOCTOR && call->actor.role_state == ROLE_ACTIVE;
    TRY(call_query(call, SQL_media_of, &value, 1, &w->media));
    TRY(people_of_submission(call, id, &w->people));
    if (!w->doctor) return OK;
    TRY(call_query(call, SQL_submission_history, &value, 1, &w->history));
    TRY(findings_load(call, id, rows_number(&w->row, 0, ONE_VERSION), &w->findings));
    return call_query(call, SQL_evidence_one, &value, 1, &w->evidence);
}

static struct err note_opening(struct db_conn *writer, void *arg) { return db_exec(writer, SQL_opened_put, NULL, arg, 4); }

/* The look is on record before it happens; a doctor's opening also counts for the approval. */
static struct err record_opening(struct call *call, const struct whole *w, struct receipt *receipt_out)
{
    struct id id = rows_id(&w->row, 0, ONE_ID);
    const struct value opening[] = {value_id(&id), value_id(&call->actor.db.user), *rows_at(&w->row, 0, ONE_VERSION), value_number(call->now_us)};
    struct value copy[4];
    memcpy(copy, opening, sizeof copy);
    struct audit_entry entry;
    TRY(audit_entry_for(call, AUDIT_READ, true, &entry));
    entry.resource_type = RESOURCE_SUBMISSION;
    entry.resource = id;
    audit_detail_number(&entry, DETAIL_VERSION, rows_number(&w->row, 0, ONE_VERSION));
    return call_commit(call, w->doctor ? note_opening : NULL, copy, &entry, receipt_out);
}

static struct err open_texts(struct call *call, struct whole *w, const struct receipt *receipt)
{
    const struct rows *r = &w->row;
    struct id id = rows_id(r, 0, ONE_ID), subject = rows_id(r, 0, ONE_SUBJECT);
    struct span key = rows_bytes(r, 0, ONE_KEY);
    int64_t status = rows_number(r, 0, ONE_STATUS);
    bool text = w->doctor || status == STATUS_APPROVED || config_bool(call_core(call)->config, CONFIG_release_before_approval);
    const struct vault_request all[OPENS] = {
        submission_open(PURPOSE_NOTES, id, subject, key, 0, rows_bytes(r, 0, ONE_NOTES)),
        submission_open(PURPOSE_RECOGNISED, id, subject, key, 0, text ? rows_bytes(r, 0, ONE_RECOGNISED) : SPAN_NONE),
        submission_open(PURPOSE_DRAFT, id, subject, key, draft_seal_version(rows_number(r, 0, ONE_VERSION), status), text ? rows_bytes(r, 0, ONE_DRAFT) : SPAN_NONE),
        submission_open(PURPOSE_QUESTION, id, subject, key, 0, w->doctor || status == STATUS_RETURNED ? rows_bytes(r, 0, ONE_QUESTION) : SPAN_NONE),
        profile_open(subject, rows_id(r, 0, ONE_USER), key, rows_bytes(r, 0, ONE_PROFILE)),
        submission_open(PURPOSE_EVIDENCE, id, subject, key, 0, w->evidence.count > 0 ? rows_bytes(&w->evidence, 0, 0) : SPAN_NONE),
    };
    return texts_open(call, receipt, RESOURCE_SUBMISSION, id, all, OPENS, w->text);
}

static void text_or_null(struct json *j, const char *key, struct span text, bool show)
{
    if (!show || text.p == NULL) json_put_null(j, key);
    else json_put_text(j, key, text);
}

static void put_doctors_part(struct json *j, const struct whole *w)
{
    const struct rows *h = &w->history;
    json_key(j, "evidence");
    if (w->text[5].n > 0) json_raw(j, w->text[5]);
    else json_null(j);
    findings_put_json(j, &w->findings, w->text[2]);
    json_key(j, "history");
    json_array(j);
    for (size_t i = 0; i < h->count; i++) {
        json_object(j);
        json_put_i64(j, "version", rows_number(h, i, 0));
        json_put_word(j, "status", submission_status_word(rows_number(h, i, 1)));
        json_put_time(j, "at", rows_number(h, i, 2));
        if (rows_is_null(h, i, 3)) json_put_null(j, "by");
        else json_put_id(j, "by", rows_id(h, i, 3));
        people_put_name(j, "by_name", &w->people, h, i, 3);
        json_object_end(j);
    }
    json_array_end(j);
}

static void put_media(struct json *j, const struct whole *w)
{
    json_key(j, "media");
    if (w->media.count == 0) {
        json_null(j);
        return;
    }
    json_object(j);
    json_put_id(j, "id", rows_id(&w->media, 0, 0));
    json_put_word(j, "type", media_type_name((unsigned)rows_number(&w->media, 0, 1)));
    json_put_i64(j, "bytes", rows_number(&w->media, 0, 2));
    json_object_end(j);
}

static void put_whole(struct json *j, const struct whole *w)
{
    const struct rows *r = &w->row;
    bool audio = rows_number(r, 0, ONE_TYPE) == TYPE_AUDIO;
    struct profile profile = {SPAN_NONE, SPAN_NONE};
    IGNORE(profile_read(w->text[4], &profile));
    json_object(j);
    json_put_id(j, "id", rows_id(r, 0, ONE_ID));
    json_put_word(j, "type", submission_type_word(rows_number(r, 0, ONE_TYPE)));
    json_put_word(j, "status", submission_status_word(rows_number(r, 0, ONE_STATUS)));
    json_put_i64(j, "version", rows_number(r, 0, ONE_VERSION));
    text_or_null(j, "transcribed_text", w->text[1], audio);
    text_or_null(j, "doctor_summary", w->text[2], audio);
    text_or_null(j, "extracted_text", w->text[1], !audio);
    text_or_null(j, "patient_instructions", w->text[2], !audio);
    text_or_null(j, "notes", w->text[0], true);
    text_or_null(j, "question", w->text[3], true);
    text_or_null(j, "reason", rows_is_null(r, 0, ONE_REASON) ? SPAN_NONE : rows_bytes(r, 0, ONE_REASON), true);
    json_put_id(j, "user_id", rows_id(r, 0, ONE_USER));
    json_put_text(j, "username", profile.username);
    json_put_time(j, "created_at", rows_number(r, 0, ONE_CREATED));
    json_put_time(j, "updated_at", rows_number(r, 0, ONE_UPDATED));
    if (rows_is_null(r, 0, ONE_APPROVED_BY)) json_put_null(j, "approved_by");
    else json_put_id(j, "approved_by", rows_id(r, 0, ONE_APPROVED_BY));
    people_put_name(j, "approved_by_name", &w->people, r, 0, ONE_APPROVED_BY);
    if (rows_is_null(r, 0, ONE_APPROVED)) json_put_null(j, "approved_at");
    else json_put_time(j, "approved_at", rows_number(r, 0, ONE_APPROVED));
    put_media(j, w);
    if (w->doctor) put_doctors_part(j, w);
    json_object_end(j);
}

struct err submissions_one(struct call *call)
{
    struct whole w = {0};
    struct receipt receipt;
    TRY(load(call, &w));
    TRY(record_opening(call, &w, &receipt));
    TRY(open_texts(call, &w, &receipt));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON, .version = (uint64_t)rows_number(&w.row, 0, ONE_VERSION)});
    put_whole(j, &w);
    call_answer_end(call);
    return OK;
}

/* --- lists without texts */

enum { LIST_ID, LIST_TYPE, LIST_STATUS, LIST_VERSION, LIST_REASON, LIST_CREATED, LIST_UPDATED, LIST_PERCENT, LIST_STAGE, LIST_USER, LIST_SUBJECT,
       LIST_PROFILE, LIST_KEY, LIST_PROCESSING_UNTIL };

static void put_list_item(struct json *j, const struct rows *r, size_t i, bool clinic, const struct page_view *view, int64_t now_us)
{
    json_object(j);
    json_put_id(j, "id", rows_id(r, i, LIST_ID));
    json_put_word(j, "type", submission_type_word(rows_number(r, i, LIST_TYPE)));
    json_put_word(j, "status", submission_status_word(rows_number(r, i, LIST_STATUS)));
    json_put_i64(j, "version", rows_number(r, i, LIST_VERSION));
    if (clinic) {
        struct profile profile;
        profile_of_view(view, (int)i, &profile);
        json_put_text(j, "username", profile.username);
        json_put_bool(j, "consent_missing", rows_number(r, i, LIST_PROCESSING_UNTIL) <= now_us);
    }
    text_or_null(j, "reason", rows_bytes(r, i, LIST_REASON), !rows_is_null(r, i, LIST_REASON));
    json_put_time(j, "created_at", rows_number(r, i, LIST_CREATED));
    json_put_time(j, "updated_at", rows_number(r, i, LIST_UPDATED));
    if (rows_is_null(r, i, LIST_PERCENT)) json_put_null(j, "percent");
    else json_put_i64(j, "percent", rows_number(r, i, LIST_PERCENT));
    text_or_null(j, "stage", rows_bytes(r, i, LIST_STAGE), !rows_is_null(r, i, LIST_STAGE));
    json_object_end(j);
}

static struct err query_list(struct call *call, const struct page *page, bool clinic, struct rows *rows_out)
{
    const struct request *q = &call->request;
    int64_t type = request_word(q, 3, -1);
    int64_t status = request_word(q, 2, -1);
    if (!clinic) {
        const struct value own[] = {value_number(page->before_us), value_id(&page->before_id), value_number(page->limit + 1), value_number(status), value_number(type)};
        return call_query(call, SQL_list_own, own, 5, rows_out);
    }
    const struct value all[] = {value_number(page->before_us), value_id(&page->before_id), value_number(page->limit + 1), value_number(type), value_number(status)};
    bool oldest = request_word(q, 5, 0) == 1;
    if (status < 0) return call_query(call, oldest ? SQL_list_clinic_oldest : SQL_list_clinic, all, 4, rows_out);
    return call_query(call, oldest ? SQL_list_clinic_status_oldest : SQL_list_clinic_status, all, 5, rows_out);
}

struct err submissions_list(struct call *call)
{
    bool clinic = request_word(&call->request, 4, 0) == 1;
    struct page page;
    struct rows r;
    if (clinic && call->actor.role_state == ROLE_PENDING) return FAIL(ROLE_PENDING);
    if (clinic && call->actor.role != ROLE_DOCTOR) return FAIL(FORBIDDEN);
    TRY(page_read(call, 0, 1, LIST_PAGE, &page));
    if (clinic && request_word(&call->request, 5, 0) == 1) page_from_oldest(&page);
    TRY(query_list(call, &page, clinic, &r));
    struct page_view view;
    TRY(page_view_new(call, &page, &r, 1, LIST_CREATED, LIST_ID, &view));
    for (size_t i = 0; clinic && i < view.count; i++)
        page_view_add(&view, profile_open(rows_id(&r, i, LIST_SUBJECT), rows_id(&r, i, LIST_USER), rows_bytes(&r, i, LIST_KEY), rows_bytes(&r, i, LIST_PROFILE)));
    TRY(page_view_open(call, NULL, &view));
    struct json *j = page_answer(call);
    for (size_t i = 0; i < view.count; i++) put_list_item(j, &r, i, clinic, &view, call->now_us);
    page_answer_end(call, j, &view);
    return OK;
}

/* --- its progress, its original */

struct err submissions_events(struct call *call)
{
    static const struct progress_kind kind = {SQL_submission_version_now, submission_status_word, STATUS_DRAFT};
    struct id id = request_field_id(&call->request, 0);
    struct rows row;
    TRY(submission_find(call, id, &row));
    return progress_stream(call, id, &kind);
}

struct err submissions_media(struct call *call)
{
    struct rows row;
    TRY(submission_find(call, request_field_id(&call->request, 0), &row));
    return original_send(call, RESOURCE_SUBMISSION, rows_id(&row, 0, ONE_SUBJECT), rows_bytes(&row, 0, ONE_KEY));
}
