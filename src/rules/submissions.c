/* Whole lists: one's own (/get_result) and the clinic's (/get_all_results). The audit row that names every item whose text
   is disclosed is on disk before the vault opens the first. */
#include "rules/submissions.h"

#include "os/config.h"
#include "rules/accounts.h"
#include "rules/consent.h"
#include "rules/handlers.h"
#include "rules/page.h"

enum { ITEM_ID, ITEM_TYPE, ITEM_STATUS, ITEM_VERSION, ITEM_RECOGNISED, ITEM_DRAFT, ITEM_QUESTION, ITEM_REASON, ITEM_CREATED, ITEM_UPDATED,
       ITEM_SUBJECT, ITEM_USER, ITEM_PROFILE, ITEM_KEY, ITEM_PROCESSING_UNTIL };
enum { OPENS_A_ITEM = 4, OWN_PAGE = 20, CLINIC_PAGE = 50 };

const char *submission_status_word(int64_t status)
{
    static const char *const words[] = {"queued", "processing", "draft", "approved", "returned", "failed"};
    return status >= 0 && status <= STATUS_FAILED ? words[status] : "unknown";
}

const char *submission_type_word(int64_t type) { return type == TYPE_AUDIO ? "audio" : "prescription"; }

static struct vault_request request_for(enum vault_op_kind kind, enum vault_purpose purpose, struct id submission, struct id subject,
                                        struct span key, uint64_t version, struct span in)
{
    return (struct vault_request){.kind = kind, .purpose = purpose, .person = subject, .row = submission, .version = version, .key = key, .in = in};
}

struct vault_request submission_seal(enum vault_purpose purpose, struct id submission, struct id subject, struct span key, uint64_t version,
                                     struct span in)
{
    return request_for(VAULT_SEAL, purpose, submission, subject, key, version, in);
}

struct vault_request submission_open(enum vault_purpose purpose, struct id submission, struct id subject, struct span key, uint64_t version,
                                     struct span in)
{
    return request_for(VAULT_OPEN, purpose, submission, subject, key, version, in);
}

bool submission_is_own(const struct call *call, const struct rows *rows)
{
    return id_equal(rows_id(rows, 0, ONE_USER), call->actor.db.user);
}

struct err submission_find(struct call *call, struct id id, struct rows *rows_out)
{
    const struct value value = value_id(&id);
    TRY(call_query(call, SQL_submission_one, &value, 1, rows_out));
    if (rows_out->count != 1) return FAIL(NOT_FOUND);
    bool doctor = call->actor.role == ROLE_DOCTOR && call->actor.role_state == ROLE_ACTIVE;
    if (submission_is_own(call, rows_out)) return OK;
    if (!doctor) return FAIL(NOT_FOUND);
    if (rows_number(rows_out, 0, ONE_PROCESSING_UNTIL) > call->now_us) return OK;
    call->consent_missing = CONSENT(DATA_PROCESSING);
    return FAIL(CONSENT_REQUIRED);
}

/* --- whole lists */

struct listing {
    struct rows rows;
    bool clinic, before_approval;
    struct page_view view;
    int64_t now_us;
    int (*place)[OPENS_A_ITEM]; /* of an item's recognised, draft, question, profile among what is opened */
};

/* Without the patient's consent a doctor sees that there is something, and nothing of what it says. */
static bool consent_missing(const struct listing *l, size_t i) { return l->clinic && rows_number(&l->rows, i, ITEM_PROCESSING_UNTIL) <= l->now_us; }

static bool shows_text(const struct listing *l, size_t i)
{
    if (consent_missing(l, i)) return false;
    return l->clinic || l->before_approval || rows_number(&l->rows, i, ITEM_STATUS) == STATUS_APPROVED;
}

static void want_item(struct call *call, struct listing *l, size_t i)
{
    const struct rows *r = &l->rows;
    struct id id = rows_id(r, i, ITEM_ID), subject = rows_id(r, i, ITEM_SUBJECT);
    struct span key = l->clinic ? rows_bytes(r, i, ITEM_KEY) : call->actor.key;
    int64_t status = rows_number(r, i, ITEM_STATUS);
    bool text = shows_text(l, i);
    bool question = (status == STATUS_RETURNED || l->clinic) && !consent_missing(l, i);
    l->place[i][0] = page_view_add(&l->view, submission_open(PURPOSE_RECOGNISED, id, subject, key, 0, text ? rows_bytes(r, i, ITEM_RECOGNISED) : SPAN_NONE));
    l->place[i][1] = page_view_add(&l->view, submission_open(PURPOSE_DRAFT, id, subject, key, draft_seal_version(rows_number(r, i, ITEM_VERSION), status),
                                  text ? rows_bytes(r, i, ITEM_DRAFT) : SPAN_NONE));
    l->place[i][2] = page_view_add(&l->view, submission_open(PURPOSE_QUESTION, id, subject, key, 0, question ? rows_bytes(r, i, ITEM_QUESTION) : SPAN_NONE));
    l->place[i][3] = page_view_add(&l->view, l->clinic ? profile_open(subject, rows_id(r, i, ITEM_USER), key, rows_bytes(r, i, ITEM_PROFILE))
                            : (struct vault_request){.in = SPAN_NONE});
}

static struct err plan(struct call *call, const struct page *page, struct listing *l)
{
    TRY(page_view_new(call, page, &l->rows, OPENS_A_ITEM, ITEM_CREATED, ITEM_ID, &l->view));
    l->place = arena_array(&call->arena, l->view.count + 1, sizeof *l->place);
    if (l->place == NULL) return FAIL(OUT_OF_MEMORY);
    for (size_t i = 0; i < l->view.count; i++) want_item(call, l, i);
    return OK;
}

/* One audit row for the request, naming every item of which a text is disclosed. */
static struct err audit_listing(struct call *call, const struct listing *l, struct receipt *receipt_out)
{
    struct audit_entry entry;
    TRY(audit_entry_for(call, AUDIT_READ_LIST, true, &entry));
    uint8_t *ids = arena_alloc(&call->arena, l->view.count * ID_BYTES + 1);
    if (ids == NULL) return FAIL(OUT_OF_MEMORY);
    size_t n = 0;
    for (size_t i = 0; i < l->view.count; i++) {
        if (l->place[i][0] < 0 && l->place[i][1] < 0 && l->place[i][2] < 0) continue;
        memcpy(ids + n, rows_bytes(&l->rows, i, ITEM_ID).p, ID_BYTES);
        n += ID_BYTES;
    }
    entry.resource_type = RESOURCE_SUBMISSION;
    entry.resources = span_of(ids, n);
    if (!l->clinic) audit_detail_number(&entry, DETAIL_OWN, 1);
    audit_detail_number(&entry, DETAIL_COUNT, (int64_t)(n / ID_BYTES));
    return audit_commit(call, &entry, receipt_out);
}

static void put_text_or_null(struct json *j, const char *key, const struct listing *l, int place)
{
    struct span text;
    if (page_view_text(&l->view, place, &text)) json_put_text(j, key, text);
    else json_put_null(j, key);
}

static bool broken(const struct listing *l, size_t i)
{
    for (unsigned which = 0; which < OPENS_A_ITEM; which++)
        if (page_view_broken(&l->view, l->place[i][which])) return true;
    return false;
}

static void put_item(struct json *j, const struct listing *l, size_t i)
{
    const struct rows *r = &l->rows;
    bool audio = rows_number(r, i, ITEM_TYPE) == TYPE_AUDIO;
    json_object(j);
    json_put_id(j, "id", rows_id(r, i, ITEM_ID));
    json_put_word(j, "type", submission_type_word(rows_number(r, i, ITEM_TYPE)));
    json_put_word(j, "status", broken(l, i) ? "integrity_error" : submission_status_word(rows_number(r, i, ITEM_STATUS)));
    json_put_i64(j, "version", rows_number(r, i, ITEM_VERSION));
    put_text_or_null(j, "transcribed_text", l, audio ? l->place[i][0] : PAGE_VIEW_NONE);
    put_text_or_null(j, "doctor_summary", l, audio ? l->place[i][1] : PAGE_VIEW_NONE);
    put_text_or_null(j, "extracted_text", l, audio ? PAGE_VIEW_NONE : l->place[i][0]);
    put_text_or_null(j, "patient_instructions", l, audio ? PAGE_VIEW_NONE : l->place[i][1]);
    if (rows_is_null(r, i, ITEM_REASON)) json_put_null(j, "reason");
    else json_put_text(j, "reason", rows_bytes(r, i, ITEM_REASON));
    put_text_or_null(j, "question", l, l->place[i][2]);
    json_put_time(j, "created_at", rows_number(r, i, ITEM_CREATED));
    json_put_time(j, "updated_at", rows_number(r, i, ITEM_UPDATED));
    if (l->clinic) {
        struct profile profile;
        profile_of_view(&l->view, l->place[i][3], &profile);
        json_put_id(j, "user_id", rows_id(r, i, ITEM_USER));
        json_put_text(j, "username", profile.username);
        json_put_bool(j, "consent_missing", consent_missing(l, i));
    }
    json_object_end(j);
}

static void put_listing(struct call *call, const struct listing *l)
{
    struct json *j = page_answer(call);
    for (size_t i = 0; i < l->view.count; i++) put_item(j, l, i);
    page_answer_end(call, j, &l->view);
}

/* An item that does not open is shown as such; the others are not affected, and the administrator finds it in the audit. */
static struct err audit_broken(struct call *call, const struct listing *l)
{
    for (size_t i = 0; i < l->view.count; i++) {
        if (!broken(l, i)) continue;
        struct audit_entry entry;
        struct id id = rows_id(&l->rows, i, ITEM_ID);
        TRY(audit_entry_for(call, AUDIT_INTEGRITY_FAILURE, false, &entry));
        entry.resource_type = RESOURCE_SUBMISSION;
        entry.resource = id;
        TRY(audit_commit(call, &entry, NULL));
    }
    return OK;
}

static struct err answer_listing(struct call *call, const struct page *page, struct listing *l)
{
    struct receipt receipt;
    l->now_us = call->now_us;
    TRY(plan(call, page, l));
    TRY(audit_listing(call, l, &receipt));
    TRY(page_view_open(call, &receipt, &l->view));
    put_listing(call, l);
    return audit_broken(call, l);
}

struct err submissions_get_result(struct call *call)
{
    struct page page;
    struct listing l = {.before_approval = config_bool(call_core(call)->config, CONFIG_release_before_approval)};
    TRY(page_read(call, 0, 1, OWN_PAGE, &page));
    int64_t status = request_word(&call->request, 2, -1);
    int64_t type = request_word(&call->request, 3, -1);
    const struct value values[] = {value_number(page.before_us), value_id(&page.before_id), value_number(page.limit + 1), value_number(status), value_number(type)};
    if (status < 0 && type < 0) TRY(call_query(call, SQL_submissions_own, values, 3, &l.rows));
    else TRY(call_query(call, SQL_submissions_own_filter, values, 5, &l.rows));
    return answer_listing(call, &page, &l);
}

struct err submissions_get_all_results(struct call *call)
{
    struct page page;
    struct listing l = {.clinic = true};
    TRY(page_read(call, 0, 1, CLINIC_PAGE, &page));
    int64_t type = request_word(&call->request, 3, -1);
    const struct value values[] = {value_number(page.before_us), value_id(&page.before_id), value_number(page.limit + 1), value_number(type),
                                   value_number(request_word(&call->request, 2, 0))};
    if (request_has(&call->request, 2)) TRY(call_query(call, SQL_submissions_clinic_status, values, 5, &l.rows));
    else TRY(call_query(call, SQL_submissions_clinic, values, 4, &l.rows));
    return answer_listing(call, &page, &l);
}
