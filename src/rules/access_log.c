#include "rules/access_log.h"

#include "rules/accounts.h"
#include "rules/handlers.h"
#include "rules/page.h"

enum { STEP_ROWS = 200, STEP_RECORDS = 200, STEPS_MAX = 2000, STEPS_IN_MAX = 20, LOG_PAGE = 50 };
enum { LOG_AT = 1, LOG_USER, LOG_ACTION, LOG_ROLE, LOG_PROFILE, LOG_SUBJECT, LOG_KEY, LOG_RESOURCE, LOG_DETAILS }; /* columns of SQL_access_page */

static bool is_look(int64_t action)
{
    bool submission = action == AUDIT_READ || action == AUDIT_READ_LIST || action == AUDIT_MEDIA_READ || action == AUDIT_APPROVE ||
           action == AUDIT_EDIT || action == AUDIT_RETURN;
    bool consultation = action == AUDIT_CONSULTATION_READ || action == AUDIT_CONSULTATION_LIST || action == AUDIT_CONSULTATION_TRANSCRIBE;
    bool note = action == AUDIT_NOTE_READ || action == AUDIT_NOTE_UPDATE || action == AUDIT_NOTE_SIGN || action == AUDIT_NOTE_ADDENDUM;
    return submission || consultation || note;
}

/* One's own looks are not listed: the page answers "who else?". Lists of one's own say so, and cost nothing here. */
static bool is_listed(const struct rows *rows, size_t i)
{
    struct span details = rows_bytes(rows, i, 11);
    int64_t action = rows_number(rows, i, 4);
    if (action == AUDIT_SENT_OUTSIDE) return true; /* nobody's look, and yet somebody saw it */
    return is_look(action) && !rows_is_null(rows, i, 3) && (details.n == 0 || details.p[0] != DETAIL_OWN);
}

static struct err index_one(struct db_conn *writer, const struct rows *rows, size_t i, struct span submission)
{
    struct id id, user = rows_is_null(rows, i, 3) ? (struct id){0} : rows_id(rows, i, 3);
    memcpy(id.b, submission.p, ID_BYTES);
    const struct value values[] = {value_id(&id), *rows_at(rows, i, 0), *rows_at(rows, i, 1), value_id(&user), *rows_at(rows, i, 4)};
    return db_exec(writer, SQL_access_insert, NULL, values, 5);
}

static struct err index_row(struct db_conn *writer, const struct rows *rows, size_t i, unsigned *records)
{
    struct span ids = rows_is_null(rows, i, 6) ? rows_bytes(rows, i, 7) : rows_bytes(rows, i, 6);
    for (size_t at = 0; at + ID_BYTES <= ids.n; at += ID_BYTES, ++*records) TRY(index_one(writer, rows, i, span_sub(ids, at, ID_BYTES)));
    return OK;
}

static struct err step(struct db_conn *writer, struct arena *arena, int64_t *left_out)
{
    struct rows head, rows;
    unsigned records = 0;
    size_t i = 0;
    TRY(db_query(writer, SQL_access_head, NULL, NULL, 0, arena, &head));
    if (head.count != 1) return FAIL(SCHEMA);
    const struct value values[] = {*rows_at(&head, 0, 0), value_number(STEP_ROWS)};
    TRY(db_query(writer, SQL_audit_from, NULL, values, 2, arena, &rows));
    for (; i < rows.count && records < STEP_RECORDS; i++)
        if (is_listed(&rows, i)) TRY(index_row(writer, &rows, i, &records));
    *left_out = i < rows.count || rows.count == STEP_ROWS;
    return i == 0 ? OK : db_exec(writer, SQL_access_head_set, NULL, rows_at(&rows, i - 1, 0), 1);
}

struct err access_log_step(struct db_conn *writer, void *arg)
{
    struct arena arena;
    arena_init(&arena, 16 << 20);
    struct err e = step(writer, &arena, arg);
    arena_free(&arena);
    return e;
}

struct err access_log_catch_up(struct call *call)
{
    int64_t left = 1;
    for (unsigned i = 0; i < STEPS_MAX && left != 0; i++) TRY(call_commit(call, access_log_step, &left, NULL, NULL));
    return OK;
}

struct err access_log_catch_up_in(struct db_conn *writer)
{
    int64_t left = 1;
    for (unsigned i = 0; i < STEPS_IN_MAX && left != 0; i++) TRY(access_log_step(writer, &left));
    return left == 0 ? OK : FAIL(OVERLOADED);
}

/* --- for people */

/* The host that something was sent to, as the audit row names it. */
static struct span sent_to(const struct rows *r, size_t i)
{
    struct wire_reader reader = {.rest = rows_bytes(r, i, LOG_DETAILS)};
    bool named = wire_u8(&reader) == DETAIL_ENGINE && wire_u8(&reader) == 1;
    struct span host = named ? wire_span(&reader, 1024) : SPAN_NONE;
    return reader.failed ? SPAN_NONE : host;
}

static void put_look(struct json *j, const struct rows *r, size_t i, const struct page_view *view, int place)
{
    bool machine = rows_is_null(r, i, LOG_ROLE);
    struct profile profile = {SPAN_NONE, SPAN_NONE};
    if (!machine) profile_of_view(view, place, &profile);
    json_object(j);
    json_put_time(j, "at", rows_number(r, i, LOG_AT));
    json_put_text(j, "who", machine ? sent_to(r, i) : profile.username);
    json_put_word(j, "role", machine ? "server" : role_word(rows_number(r, i, LOG_ROLE)));
    json_put_word(j, "action", audit_action_word(rows_number(r, i, LOG_ACTION)));
    json_put_word(j, "resource_type", audit_resource_word(rows_number(r, i, LOG_RESOURCE)));
    json_put_i64(j, "count", 1);
    json_object_end(j);
}

static struct vault_request open_looker(const struct rows *r, size_t i)
{
    if (rows_is_null(r, i, LOG_ROLE)) return (struct vault_request){.in = SPAN_NONE};
    return profile_open(rows_id(r, i, LOG_SUBJECT), rows_id(r, i, LOG_USER), rows_bytes(r, i, LOG_KEY), rows_bytes(r, i, LOG_PROFILE));
}

struct err access_log_mine(struct call *call)
{
    struct page page;
    struct rows r;
    struct page_view view;
    struct audit_entry entry;
    TRY(page_read(call, 0, 1, LOG_PAGE, &page));
    TRY(access_log_catch_up(call));
    const struct value values[] = {value_id(&call->actor.subject), value_number(page.before_us), value_number(page.limit + 1)};
    TRY(call_query(call, SQL_access_page, values, 3, &r));
    TRY(page_view_new(call, &page, &r, 1, 0, -1, &view)); /* the marker is a row number here */
    int *place = arena_array(&call->arena, view.count + 1, sizeof *place);
    if (place == NULL) return FAIL(OUT_OF_MEMORY);
    for (size_t i = 0; i < view.count; i++) place[i] = page_view_add(&view, open_looker(&r, i));
    TRY(audit_entry_for(call, AUDIT_ACCESS_LOG_READ, true, &entry));
    entry.resource_type = RESOURCE_AUDIT;
    TRY(audit_commit(call, &entry, NULL));
    TRY(page_view_open(call, NULL, &view));
    struct json *j = page_answer(call);
    for (size_t i = 0; i < view.count; i++) put_look(j, &r, i, &view, place[i]);
    page_answer_end(call, j, &view);
    return OK;
}
