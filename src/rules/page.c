#include "rules/page.h"

#include "crypt/digest.h"

enum { MARK_BYTES = 8 + ID_BYTES, CURSOR_BYTES = MARK_BYTES + PAGE_MAC_BYTES };

static int digit_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* Only the one spelling of exactly CURSOR_BYTES is taken. */
static bool decode(struct span text, uint8_t out[static CURSOR_BYTES])
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        int digit = digit_of(text.p[i]);
        if (digit < 0) return false;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        if (n == CURSOR_BYTES) return false;
        out[n++] = (uint8_t)(bits >> have);
    }
    return n == CURSOR_BYTES && (bits & ((1u << have) - 1)) == 0;
}

/* What a marker's MAC covers; returns its bytes in `room`. */
static struct vault_request mac_of(const struct call *call, int64_t time_us, struct id id, uint8_t room[static 64])
{
    struct buf bytes = {.p = room, .cap = 64, .max = 64};
    wire_put_u16(&bytes, call->request.route);
    buf_put(&bytes, call->actor.db.user.b, ID_BYTES);
    wire_put_u64(&bytes, (uint64_t)time_us);
    buf_put(&bytes, id.b, ID_BYTES);
    return (struct vault_request){.kind = VAULT_MAC, .purpose = PURPOSE_CURSOR, .in = buf_span(&bytes)};
}

struct err page_read(struct call *call, unsigned limit_field, unsigned cursor_field, int64_t default_limit, struct page *page_out)
{
    int64_t limit = request_integer(&call->request, limit_field, default_limit);
    *page_out = (struct page){.before_us = INT64_MAX, .limit = limit > PAGE_MAX ? PAGE_MAX : limit};
    memset(page_out->before_id.b, 0xff, ID_BYTES);
    if (!request_has(&call->request, cursor_field)) return OK;
    uint8_t bytes[CURSOR_BYTES];
    if (!decode(request_text(&call->request, cursor_field), bytes)) return FAIL(BAD_CURSOR);
    struct wire_reader r = {.rest = span_of(bytes, sizeof bytes)};
    page_out->before_us = (int64_t)wire_u64(&r);
    memcpy(page_out->before_id.b, wire_bytes(&r, ID_BYTES).p, ID_BYTES);
    uint8_t room[64];
    const struct vault_request ask = mac_of(call, page_out->before_us, page_out->before_id, room);
    struct span mac;
    TRY(call_vault(call, &ask, 1, &mac, NULL));
    return digest_equal(mac.p, bytes + MARK_BYTES, PAGE_MAC_BYTES) ? OK : FAIL(BAD_CURSOR);
}

void page_from_oldest(struct page *page)
{
    if (page->before_us == INT64_MAX) *page = (struct page){.before_us = INT64_MIN, .limit = page->limit};
}

struct err page_view_new(struct call *call, const struct page *page, const struct rows *rows, size_t per_row, unsigned time_column,
                         int id_column, struct page_view *view_out)
{
    *view_out = (struct page_view){.more = rows->count > (size_t)page->limit};
    view_out->count = view_out->more ? (size_t)page->limit : rows->count;
    if (view_out->more) {
        view_out->last_us = rows_number(rows, view_out->count - 1, time_column);
        if (id_column >= 0) view_out->last_id = rows_id(rows, view_out->count - 1, (unsigned)id_column);
    }
    size_t most = view_out->count * per_row + 1;
    view_out->ask = arena_array(&call->arena, most, sizeof *view_out->ask);
    view_out->opened = arena_array(&call->arena, most, sizeof *view_out->opened);
    view_out->status = arena_array(&call->arena, most, sizeof *view_out->status);
    return call->arena.failed ? FAIL(OUT_OF_MEMORY) : OK;
}

int page_view_add(struct page_view *view, struct vault_request request)
{
    if (request.in.n == 0) return PAGE_VIEW_NONE;
    view->ask[view->asked] = request;
    return (int)view->asked++;
}

struct err page_view_open(struct call *call, const struct receipt *receipt, struct page_view *view)
{
    if (view->more) view->ask[view->asked++] = mac_of(call, view->last_us, view->last_id, view->signed_bytes);
    if (receipt != NULL) TRY(call_vault_medical(call, receipt, view->ask, view->asked, view->opened, view->status));
    else TRY(call_vault(call, view->ask, view->asked, view->opened, view->status));
    for (size_t i = 0; i < view->asked; i++)
        if (view->status[i].code == ERR_VAULT_RATE) return FAIL(VAULT_RATE);
    return OK;
}

bool page_view_broken(const struct page_view *view, int number)
{
    return number != PAGE_VIEW_NONE && err_failed(view->status[number]);
}

bool page_view_text(const struct page_view *view, int number, struct span *text_out)
{
    *text_out = SPAN_NONE;
    if (number == PAGE_VIEW_NONE || page_view_broken(view, number)) return false;
    *text_out = view->opened[number];
    return true;
}

void page_put_next(struct json *j, const struct page_view *view)
{
    struct span mac = view != NULL && view->more ? view->opened[view->asked - 1] : SPAN_NONE;
    json_key(j, "next_cursor");
    if (mac.n < PAGE_MAC_BYTES) {
        json_null(j);
        return;
    }
    struct buf bytes = BUF_WITH_MAX(64), text = BUF_WITH_MAX(128);
    wire_put_u64(&bytes, (uint64_t)view->last_us);
    buf_put(&bytes, view->last_id.b, ID_BYTES);
    buf_put(&bytes, mac.p, PAGE_MAC_BYTES);
    digest_put_base64url(&text, buf_span(&bytes));
    json_text(j, buf_span(&text));
    buf_free(&bytes);
    buf_free(&text);
}

struct json *page_answer(struct call *call)
{
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON});
    json_object(j);
    json_key(j, "results");
    json_array(j);
    return j;
}

void page_answer_end(struct call *call, struct json *j, const struct page_view *view)
{
    json_array_end(j);
    page_put_next(j, view);
    json_object_end(j);
    call_answer_end(call);
}

struct err page_audit(struct call *call, const struct page_audit *look, const struct rows *rows, size_t count, struct receipt *receipt_out)
{
    struct audit_entry entry;
    uint8_t *ids = arena_alloc(&call->arena, count * ID_BYTES + 1);
    if (ids == NULL) return FAIL(OUT_OF_MEMORY);
    TRY(audit_entry_for(call, look->action, true, &entry));
    for (size_t i = 0; i < count; i++) memcpy(ids + i * ID_BYTES, rows_bytes(rows, i, look->id_column).p, ID_BYTES);
    entry.resource_type = look->resource;
    entry.resources = span_of(ids, count * ID_BYTES);
    audit_detail_number(&entry, DETAIL_COUNT, (int64_t)count);
    return audit_commit(call, &entry, receipt_out);
}
