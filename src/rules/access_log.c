#include "rules/access_log.h"

#include "rules/accounts.h"
#include "rules/handlers.h"
#include "rules/page.h"

enum { STEP_ROWS = 200, STEP_RECORDS = 200, STEPS_MAX = 2000, LOG_PAGE = 50 };

/* What each action looks at; RESOURCE_NONE: it is no look. */
static enum audit_resource looked_at(int64_t action)
{
    bool submission = action == AUDIT_READ || action == AUDIT_READ_LIST || action == AUDIT_MEDIA_READ || action == AUDIT_APPROVE ||
           action == AUDIT_EDIT || action == AUDIT_RETURN;
    bool consultation = action == AUDIT_CONSULTATION_READ || action == AUDIT_CONSULTATION_LIST || action == AUDIT_CONSULTATION_TRANSCRIBE;
    bool note = action == AUDIT_NOTE_READ || action == AUDIT_NOTE_UPDATE || action == AUDIT_NOTE_SIGN || action == AUDIT_NOTE_ADDENDUM;
    return submission ? RESOURCE_SUBMISSION : consultation ? RESOURCE_CONSULTATION : note ? RESOURCE_NOTE : RESOURCE_NONE;
}

/* One's own looks are not listed: the page answers "who else?". Lists of one's own say so, and cost nothing here. */
static bool is_listed(const struct rows *rows, size_t i)
{
    struct span details = rows_bytes(rows, i, 11);
    return looked_at(rows_number(rows, i, 4)) != RESOURCE_NONE && !rows_is_null(rows, i, 3) && (details.n == 0 || details.p[0] != DETAIL_OWN);
}

static struct err index_one(struct db_conn *writer, const struct rows *rows, size_t i, struct span submission)
{
    struct id id, user = rows_id(rows, i, 3);
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

struct err access_log_mine(struct call *call)
{
    struct page page;
    struct rows r;
    int64_t left = 1;
    TRY(page_read(call, 0, 1, LOG_PAGE, &page));
    for (unsigned i = 0; i < STEPS_MAX && left != 0; i++) TRY(call_commit(call, access_log_step, &left, NULL, NULL));
    const struct value values[] = {value_id(&call->actor.subject), value_number(page.before_us), value_number(page.limit + 1)};
    TRY(call_query(call, SQL_access_page, values, 3, &r));
    struct page_view view;
    TRY(page_view_new(call, &page, &r, 1, 0, -1, &view)); /* the marker is a row number here */
    for (size_t i = 0; i < view.count; i++) page_view_add(&view, profile_open(rows_id(&r, i, 6), rows_id(&r, i, 2), rows_bytes(&r, i, 7), rows_bytes(&r, i, 5)));
    struct audit_entry entry;
    TRY(audit_entry_for(call, AUDIT_ACCESS_LOG_READ, true, &entry));
    entry.resource_type = RESOURCE_AUDIT;
    TRY(audit_commit(call, &entry, NULL));
    TRY(page_view_open(call, NULL, &view));
    struct json *j = page_answer(call);
    for (size_t i = 0; i < view.count; i++) {
        struct profile profile;
        profile_of_view(&view, (int)i, &profile);
        json_object(j);
        json_put_time(j, "at", rows_number(&r, i, 1));
        json_put_text(j, "who", profile.username);
        json_put_word(j, "role", role_word(rows_number(&r, i, 4)));
        json_put_word(j, "action", audit_action_word(rows_number(&r, i, 3)));
        json_put_word(j, "resource_type", audit_resource_word(looked_at(rows_number(&r, i, 3))));
        json_put_i64(j, "count", 1);
        json_object_end(j);
    }
    page_answer_end(call, j, &view);
    return OK;
}
