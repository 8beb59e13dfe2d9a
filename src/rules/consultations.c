/* Consultations: begun, and listed. */
#include "rules/consultations.h"

#include "rules/consent.h"
#include "rules/handlers.h"
#include "rules/page.h"
#include "rules/persons.h"
#include "rules/submissions.h"

enum { LIST_PAGE = 50, OPENS_A_ROW = 2 };

const char *consultation_status_word(int64_t status)
{
    static const char *const words[] = {"open", "queued", "processing", "ready", "failed"};
    return status >= 0 && status <= CONSULTATION_FAILED ? words[status] : "unknown";
}

struct err consultation_find(struct call *call, struct id id, struct rows *rows_out)
{
    const struct value value = value_id(&id);
    TRY(call_query(call, SQL_consultation_one, &value, 1, rows_out));
    return rows_out->count == 1 ? OK : FAIL(NOT_FOUND);
}

bool consultation_is_closed(const struct call *call, const struct rows *rows, size_t row) { return consent_ended(rows, row, CONSULTATION_PROCESSING_UNTIL, call->now_us); }

/* --- to JSON */

static void put_text_or_null(struct json *j, const char *key, struct span text)
{
    if (text.p == NULL) json_put_null(j, key);
    else json_put_text(j, key, text);
}

static void put_number_or_null(struct json *j, const char *key, const struct rows *r, size_t i, unsigned column)
{
    if (rows_is_null(r, i, column)) json_put_null(j, key);
    else json_put_i64(j, key, rows_number(r, i, column));
}

void consultation_put(struct json *j, const struct rows *r, size_t i, const struct consultation_shown *shown)
{
    json_put_id(j, "id", rows_id(r, i, CONSULTATION_ID));
    json_put_word(j, "status", shown->broken ? "integrity_error" : consultation_status_word(rows_number(r, i, CONSULTATION_STATUS)));
    json_put_i64(j, "version", rows_number(r, i, CONSULTATION_VERSION));
    put_text_or_null(j, "patient_name", shown->name);
    if (rows_is_null(r, i, CONSULTATION_PATIENT)) json_put_null(j, "patient_user_id");
    else json_put_id(j, "patient_user_id", rows_id(r, i, CONSULTATION_PATIENT));
    put_text_or_null(j, "title", shown->title);
    json_put_time(j, "created_at", rows_number(r, i, CONSULTATION_CREATED));
    json_put_time(j, "updated_at", rows_number(r, i, CONSULTATION_UPDATED));
    put_text_or_null(j, "reason", rows_is_null(r, i, CONSULTATION_REASON) ? SPAN_NONE : rows_bytes(r, i, CONSULTATION_REASON));
    put_number_or_null(j, "percent", r, i, CONSULTATION_PERCENT);
    put_text_or_null(j, "stage", rows_is_null(r, i, CONSULTATION_STAGE) ? SPAN_NONE : rows_bytes(r, i, CONSULTATION_STAGE));
    put_number_or_null(j, "duration_ms", r, i, CONSULTATION_DURATION);
    json_put_i64(j, "notes_count", rows_number(r, i, CONSULTATION_NOTES));
    json_put_bool(j, "consent_missing", shown->closed);
}

/* --- begin one */

struct beginning {
    struct call *call;
    struct id id;
    struct person person;
    bool attested;
    struct span name, title; /* sealed */
};

static struct err find_person(struct beginning *b)
{
    const struct request *q = &b->call->request;
    if (request_has(q, 0) == request_has(q, 1)) { /* exactly one of both */
        call_problem(b->call, request_has(q, 0) ? FAIL(BAD_VALUE) : FAIL(MISSING_FIELD), SPAN_LITERAL("patient"), SPAN_NONE);
        return OK;
    }
    if (request_has(q, 1)) return person_new(b->call, request_text(q, 1), &b->person);
    TRY(person_find(b->call, request_text(q, 0), &b->person));
    return b->person.role == ROLE_PATIENT && b->person.role_state == ROLE_ACTIVE ? OK : FAIL(NO_SUCH_PERSON);
}

static struct vault_request seal(enum vault_purpose purpose, const struct beginning *b, struct span text)
{
    return submission_seal(purpose, b->id, b->person.subject, b->person.key, 0, text);
}

static struct err seal_texts(struct beginning *b)
{
    struct span title = request_text(&b->call->request, 2), sealed[2];
    const struct vault_request ask[] = {seal(PURPOSE_CONSULTATION_NAME, b, b->person.name), seal(PURPOSE_CONSULTATION_TITLE, b, title)};
    size_t count = title.n > 0 ? 2 : 1;
    TRY(call_vault(b->call, ask, count, sealed, NULL));
    b->name = arena_copy(&b->call->arena, sealed[0]);
    if (count == 2) b->title = arena_copy(&b->call->arena, sealed[1]);
    return b->call->arena.failed ? FAIL(OUT_OF_MEMORY) : OK;
}

/* Somebody without an account has only the doctor to ask: what is attested for them covers what the recording is made for. */
static struct err put_consent(struct db_conn *writer, const struct beginning *b)
{
    const struct db_actor *doctor = &b->call->actor.db;
    if (!id_is_zero(b->person.account)) return consent_attest_recording_in(writer, doctor, b->person.subject);
    const struct consent_entry entry = {.clinic = doctor->clinic, .subject = b->person.subject, .by = doctor->user,
                                        .source = CONSENT_FROM_DOCTOR, .at_us = b->call->now_us};
    return consent_append_all_in(writer, &entry, CONSENT_BY_REGISTERING);
}

static struct err insert(struct db_conn *writer, void *arg)
{
    struct beginning *b = arg;
    if (id_is_zero(b->person.account)) TRY(person_insert(writer, b->call, &b->person));
    if (b->attested) TRY(put_consent(writer, b));
    TRY(consent_required_in(writer, b->person.subject, CONSENT(RECORDING) | CONSENT(DATA_STORAGE), &b->call->consent_missing));
    const struct value values[] = {
        value_id(&b->id), value_id(&b->call->actor.db.clinic), value_id(&b->person.subject), id_is_zero(b->person.account) ? value_null() : value_id(&b->person.account),
        value_bytes(b->name), value_bytes_or_null(b->title), value_number(b->call->now_us),
    };
    return db_exec(writer, SQL_consultation_insert, &b->call->actor.db, values, 7);
}

static struct err answer_beginning(const struct beginning *b)
{
    struct call *call = b->call;
    struct rows row;
    TRY(consultation_find(call, b->id, &row));
    char location[sizeof "/consultations/" + ID_TEXT] = "/consultations/";
    id_write(b->id, location + sizeof "/consultations/" - 1);
    struct json *j = call_answer(call, &(struct response){.status = 201, .kind = RESPONSE_JSON, .version = 1,
                                                          .location = span_of(location, sizeof "/consultations/" - 1 + ID_TEXT)});
    json_object(j);
    bool closed = consultation_is_closed(call, &row, 0);
    consultation_put(j, &row, 0, &(struct consultation_shown){.name = b->person.name, .closed = closed,
                                                              .title = closed || !request_has(&call->request, 2) ? SPAN_NONE : request_text(&call->request, 2)});
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

struct err consultations_create(struct call *call)
{
    struct beginning b = {.call = call, .id = id_random(), .attested = request_bool(&call->request, 3)};
    struct audit_entry entry;
    TRY(find_person(&b));
    if (call->answered) return OK;
    TRY(seal_texts(&b));
    TRY(audit_entry_for(call, AUDIT_CONSULTATION_CREATE, true, &entry));
    entry.resource_type = RESOURCE_CONSULTATION;
    entry.resource = b.id;
    if (b.attested) audit_detail_text(&entry, DETAIL_KIND, SPAN_LITERAL("consent_attested"));
    TRY(call_commit(call, insert, &b, &entry, NULL));
    return answer_beginning(&b);
}

/* --- lists */

static const struct page_audit look = {.action = AUDIT_CONSULTATION_LIST, .resource = RESOURCE_CONSULTATION, .id_column = CONSULTATION_ID};

static struct err open_page(struct call *call, const struct rows *r, int (*place)[OPENS_A_ROW], struct page_view *view)
{
    struct receipt receipt;
    for (size_t i = 0; i < view->count; i++) {
        struct id id = rows_id(r, i, CONSULTATION_ID), subject = rows_id(r, i, CONSULTATION_SUBJECT);
        struct span key = rows_bytes(r, i, CONSULTATION_KEY);
        place[i][0] = page_view_add(view, submission_open(PURPOSE_CONSULTATION_NAME, id, subject, key, 0, rows_bytes(r, i, CONSULTATION_NAME)));
        place[i][1] = page_view_add(view, submission_open(PURPOSE_CONSULTATION_TITLE, id, subject, key, 0,
                                                            consultation_is_closed(call, r, i) ? SPAN_NONE : rows_bytes(r, i, CONSULTATION_TITLE)));
    }
    TRY(page_audit(call, &look, r, view->count, &receipt));
    return page_view_open(call, &receipt, view);
}

struct err consultations_list(struct call *call)
{
    struct page page;
    struct rows r;
    struct page_view view;
    TRY(page_read(call, 0, 1, LIST_PAGE, &page));
    const struct value values[] = {value_number(page.before_us), value_id(&page.before_id), value_number(page.limit + 1)};
    TRY(call_query(call, SQL_consultations_page, values, 3, &r));
    TRY(page_view_new(call, &page, &r, OPENS_A_ROW, CONSULTATION_CREATED, CONSULTATION_ID, &view));
    int (*place)[OPENS_A_ROW] = arena_array(&call->arena, view.count + 1, sizeof *place);
    if (place == NULL) return FAIL(OUT_OF_MEMORY);
    TRY(open_page(call, &r, place, &view));
    struct json *j = page_answer(call);
    for (size_t i = 0; i < view.count; i++) {
        struct consultation_shown shown = {.broken = page_view_broken(&view, place[i][0]) || page_view_broken(&view, place[i][1]),
                                           .closed = consultation_is_closed(call, &r, i)};
        page_view_text(&view, place[i][0], &shown.name);
        page_view_text(&view, place[i][1], &shown.title);
        json_object(j);
        consultation_put(j, &r, i, &shown);
        json_object_end(j);
    }
    page_answer_end(call, j, &view);
    return OK;
}
