#include "rules/medicines.h"

#include "base/utf8.h"
#include "rules/audit.h"
#include "rules/handlers.h"
#include "rules/page.h"
#include "wire/worker.h"

enum { PAGE_DEFAULT = 50, ROW_SCRATCH_BYTES = 4096 };
enum { MEDICINE_ID, MEDICINE_NAME, MEDICINE_NOTE, MEDICINE_CREATED, MEDICINE_BY }; /* columns of SQL_medicines_page */
_Static_assert(MEDICINES_MAX * (MEDICINE_NAME_BYTES + 1) <= WORKER_LEXICON_MAX, "a full list fits into the worker's frame");

struct err medicines_list(struct db_conn *conn, struct id clinic, struct arena *arena, struct buf *out)
{
    struct rows rows;
    const struct value values[] = {value_id(&clinic), value_number(MEDICINES_MAX)};
    TRY(db_query(conn, SQL_medicines_names, NULL, values, 2, arena, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        buf_put_span(out, rows_bytes(&rows, i, 0));
        buf_put_byte(out, '\n');
    }
    return buf_check(out);
}

struct err medicines_for_call(struct call *call, struct span *out)
{
    struct rows rows;
    size_t n = 0;
    const struct value values[] = {value_id(&call->actor.db.clinic), value_number(MEDICINES_MAX)};
    TRY(call_query(call, SQL_medicines_names, values, 2, &rows));
    for (size_t i = 0; i < rows.count; i++) n += rows_bytes(&rows, i, 0).n + 1;
    uint8_t *text = arena_alloc(&call->arena, n + 1);
    if (text == NULL) return FAIL(OUT_OF_MEMORY);
    *out = span_of(text, n);
    for (size_t i = 0; i < rows.count; i++) {
        struct span name = rows_bytes(&rows, i, 0);
        memcpy(text, name.p, name.n);
        text[name.n] = '\n';
        text += name.n + 1;
    }
    return OK;
}

/* --- reading */

/* "%x%": what is looked for stands anywhere in the name. */
static struct err pattern_of(struct call *call, struct span wanted, struct span *pattern_out)
{
    uint8_t *p = arena_alloc(&call->arena, wanted.n * 2 + 2);
    size_t n = 0;
    if (p == NULL) return FAIL(OUT_OF_MEMORY);
    p[n++] = '%';
    for (size_t i = 0; i < wanted.n; i++) {
        uint8_t c = wanted.p[i];
        if (c == '%' || c == '_' || c == '!') p[n++] = '!';
        p[n++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
    }
    p[n++] = '%';
    *pattern_out = span_of(p, n);
    return OK;
}

static void put_medicine(struct json *j, const struct rows *r, size_t i)
{
    json_object(j);
    json_put_id(j, "id", rows_id(r, i, MEDICINE_ID));
    json_put_text(j, "name", rows_bytes(r, i, MEDICINE_NAME));
    json_put_text(j, "note", rows_bytes(r, i, MEDICINE_NOTE));
    json_put_time(j, "created_at", rows_number(r, i, MEDICINE_CREATED));
    json_put_id(j, "added_by", rows_id(r, i, MEDICINE_BY));
    json_object_end(j);
}

static struct err count_all(struct call *call, int64_t *count_out)
{
    struct rows rows;
    TRY(call_query(call, SQL_medicines_count, NULL, 0, &rows));
    *count_out = rows_number(&rows, 0, 0);
    return OK;
}

struct err medicines_read(struct call *call)
{
    struct page page;
    struct rows r;
    struct page_view view;
    struct span pattern;
    int64_t total;
    TRY(page_read(call, 0, 1, PAGE_DEFAULT, &page));
    TRY(pattern_of(call, request_text(&call->request, 2), &pattern));
    const struct value some[] = {value_text(pattern), value_number(page.before_us), value_id(&page.before_id), value_number(page.limit + 1)};
    if (request_has(&call->request, 2)) TRY(call_query(call, SQL_medicines_search, some, 4, &r));
    else TRY(call_query(call, SQL_medicines_page, some + 1, 3, &r));
    TRY(count_all(call, &total));
    TRY(page_view_new(call, &page, &r, 0, MEDICINE_CREATED, MEDICINE_ID, &view));
    TRY(page_view_open(call, NULL, &view));
    struct json *j = page_answer(call);
    for (size_t i = 0; i < view.count; i++) put_medicine(j, &r, i);
    json_array_end(j);
    page_put_next(j, &view);
    json_put_i64(j, "total", total);
    json_put_i64(j, "most", MEDICINES_MAX);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

/* --- adding */

struct medicine {
    struct span name, key, note;
};
struct adding {
    const struct call *call;
    struct medicine *list;
    size_t count, added;
};

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

static struct span trimmed(struct span s)
{
    while (s.n > 0 && is_blank(s.p[0])) s = span_sub(s, 1, s.n);
    while (s.n > 0 && is_blank(s.p[s.n - 1])) s.n--;
    return s;
}

/* Lower case (ASCII), one space between words. */
static struct span key_of(struct arena *arena, struct span name)
{
    uint8_t *key = arena_alloc(arena, name.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < name.n && key != NULL; i++) {
        uint8_t c = name.p[i];
        if (is_blank(c) && n > 0 && key[n - 1] == ' ') continue;
        key[n++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
    }
    return key == NULL ? SPAN_NONE : span_of(key, n);
}

/* A name begins with a letter or a digit: what begins with "=" or "@" is a formula for the next spreadsheet it is pasted into. */
static bool begins_well(struct span name)
{
    uint8_t c = name.p[0];
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c >= 0x80;
}

static bool has_bidi(struct span text)
{
    for (size_t at = 0; at < text.n;)
        if (utf8_is_bidi_control(utf8_next(text, &at))) return true;
    return false;
}

/* "Crocin 650" or "Crocin 650<tab>paracetamol". */
static struct err read_line(struct arena *arena, struct span line, struct medicine *out)
{
    const uint8_t *tab = memchr(line.p, '\t', line.n);
    size_t cut = tab == NULL ? line.n : (size_t)(tab - line.p);
    out->name = trimmed(span_sub(line, 0, cut));
    out->note = trimmed(span_sub(line, cut, line.n));
    if (out->note.n == 0) out->note = SPAN_LITERAL("");
    if (out->name.n > MEDICINE_NAME_BYTES || out->note.n > MEDICINE_NOTE_BYTES) return FAIL(TOO_LONG);
    if (out->name.n < 2) return FAIL(TOO_SHORT);
    if (has_bidi(line) || !begins_well(out->name)) return FAIL(BAD_VALUE);
    out->key = key_of(arena, out->name);
    return out->key.p == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

static struct err read_lines(struct call *call, struct span text, struct adding *a)
{
    a->list = arena_array(&call->arena, MEDICINES_AT_ONCE, sizeof *a->list);
    if (a->list == NULL) return FAIL(OUT_OF_MEMORY);
    while (text.n > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.n);
        size_t n = end == NULL ? text.n : (size_t)(end - text.p);
        struct span line = trimmed(span_sub(text, 0, n));
        text = span_sub(text, n + 1, text.n);
        if (line.n == 0) continue;
        if (a->count == MEDICINES_AT_ONCE) return FAIL(TOO_LONG);
        TRY(read_line(&call->arena, line, &a->list[a->count]));
        a->count++;
    }
    return a->count == 0 ? FAIL(TOO_SHORT) : OK;
}

/* Says in *row whether the statement came back with one. */
static struct err one_row(struct db_conn *writer, const struct call *call, enum statement statement, const struct value *values, size_t count, int64_t *number_out)
{
    struct arena arena;
    struct rows rows;
    arena_init(&arena, ROW_SCRATCH_BYTES);
    struct err e = db_query(writer, statement, &call->actor.db, values, count, &arena, &rows);
    if (!err_failed(e)) *number_out = statement == SQL_medicines_count ? rows_number(&rows, 0, 0) : (int64_t)rows.count;
    arena_free(&arena);
    return e;
}

/* The first name gets the latest time, so that the list, newest first, shows them in the order in which they were given. */
static struct err write_names(struct db_conn *writer, void *arg)
{
    struct adding *a = arg;
    int64_t total, row;
    TRY(one_row(writer, a->call, SQL_medicines_count, NULL, 0, &total));
    for (size_t i = 0; i < a->count; i++) {
        const struct medicine *m = &a->list[i];
        struct id id = id_random();
        const struct value values[] = {value_id(&id), value_text(m->name), value_text(m->key), value_text(m->note),
                                       value_number(a->call->now_us + (int64_t)(a->count - i)), value_id(&a->call->actor.db.user)};
        TRY(one_row(writer, a->call, SQL_medicine_insert, values, 6, &row));
        a->added += row == 1;
        if (total + (int64_t)a->added > MEDICINES_MAX) return FAIL(MEDICINES_FULL);
    }
    return a->added == 0 && a->count == 1 ? FAIL(MEDICINE_EXISTS) : OK;
}

static struct err answer_added(struct call *call, const struct adding *a)
{
    int64_t total;
    TRY(count_all(call, &total));
    struct json *j = call_answer(call, &(struct response){.status = 201, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_i64(j, "added", (int64_t)a->added);
    json_put_i64(j, "already_there", (int64_t)(a->count - a->added));
    json_put_i64(j, "total", total);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

struct err medicines_add(struct call *call)
{
    struct adding a = {.call = call};
    struct audit_entry entry;
    struct err e = read_lines(call, request_text(&call->request, 0), &a);
    if (e.code == ERR_TOO_LONG || e.code == ERR_TOO_SHORT || e.code == ERR_BAD_VALUE) {
        call_problem(call, e, SPAN_LITERAL("names"), SPAN_NONE);
        return OK;
    }
    TRY(e);
    TRY(audit_entry_for(call, AUDIT_MEDICINES_ADD, true, &entry));
    entry.resource_type = RESOURCE_SYSTEM;
    audit_detail_number(&entry, DETAIL_COUNT, (int64_t)a.count);
    TRY(call_commit(call, write_names, &a, &entry, NULL));
    return answer_added(call, &a);
}

/* --- removing */

static struct err write_removal(struct db_conn *writer, void *arg)
{
    const struct call *call = arg;
    struct id id = request_field_id(&call->request, 0);
    const struct value values[] = {value_id(&id)};
    int64_t rows;
    TRY(one_row(writer, call, SQL_medicine_delete, values, 1, &rows));
    return rows == 1 ? OK : FAIL(NOT_FOUND);
}

struct err medicines_remove(struct call *call)
{
    struct audit_entry entry;
    TRY(audit_entry_for(call, AUDIT_MEDICINES_REMOVE, true, &entry));
    entry.resource_type = RESOURCE_SYSTEM;
    entry.resource = request_field_id(&call->request, 0);
    TRY(call_commit(call, write_removal, call, &entry, NULL));
    call_answer_empty(call, &(struct response){.status = 204});
    return OK;
}
