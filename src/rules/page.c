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

struct vault_request page_mac(struct call *call, int64_t time_us, struct id id, struct buf *room)
{
    wire_put_u16(room, call->request.route);
    buf_put(room, call->actor.db.user.b, ID_BYTES);
    wire_put_u64(room, (uint64_t)time_us);
    buf_put(room, id.b, ID_BYTES);
    return (struct vault_request){.kind = VAULT_MAC, .purpose = PURPOSE_CURSOR, .in = buf_span(room)};
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
    struct buf room = BUF_WITH_MAX(64);
    const struct vault_request ask = page_mac(call, page_out->before_us, page_out->before_id, &room);
    struct span mac;
    struct err e = call_vault(call, &ask, 1, &mac, NULL);
    buf_free(&room);
    TRY(e);
    return digest_equal(mac.p, bytes + MARK_BYTES, PAGE_MAC_BYTES) ? OK : FAIL(BAD_CURSOR);
}

void page_put_next(struct json *j, bool more, int64_t time_us, struct id id, struct span mac)
{
    json_key(j, "next_cursor");
    if (!more || mac.n < PAGE_MAC_BYTES) {
        json_null(j);
        return;
    }
    struct buf bytes = BUF_WITH_MAX(64), text = BUF_WITH_MAX(128);
    wire_put_u64(&bytes, (uint64_t)time_us);
    buf_put(&bytes, id.b, ID_BYTES);
    buf_put(&bytes, mac.p, PAGE_MAC_BYTES);
    digest_put_base64url(&text, buf_span(&bytes));
    json_text(j, buf_span(&text));
    buf_free(&bytes);
    buf_free(&text);
}
