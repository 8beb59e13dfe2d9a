#include "http/head.h"

#include "base/num.h"
#include "http/ascii.h"

#define KNOWN(text, member) {SPAN_LITERAL_INIT(text), offsetof(struct head, member)}
#define SPAN_LITERAL_INIT(text) {(const uint8_t *)(text), sizeof(text) - 1}

static const struct {
    struct span name;
    size_t member;
} known[] = {
    KNOWN("Host", host), KNOWN("Authorization", authorization), KNOWN("Cookie", cookie), KNOWN("Origin", origin),
    KNOWN("Sec-Fetch-Site", fetch_site), KNOWN("X-CSRF-Token", csrf), KNOWN("Content-Type", content_type),
    KNOWN("Content-Length", content_length), KNOWN("Transfer-Encoding", transfer_encoding),
    KNOWN("Content-Encoding", content_encoding), KNOWN("Expect", expect), KNOWN("If-Match", if_match),
    KNOWN("If-None-Match", if_none_match), KNOWN("Range", range), KNOWN("User-Agent", user_agent),
};
enum { KNOWN_COUNT = sizeof known / sizeof known[0] };

static void blame(struct head *head, struct err err)
{
    if (!err_failed(head->fault)) head->fault = err;
}

static bool has_control(struct span value)
{
    for (size_t i = 0; i < value.n; i++)
        if ((value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7f) return true;
    return false;
}

static void keep(struct head *head, unsigned which, struct span value)
{
    if ((head->seen >> which & 1u) != 0) blame(head, FAIL(BAD_REQUEST)); /* two of them: whose is meant? */
    head->seen |= 1u << which;
    memcpy((uint8_t *)head + known[which].member, &value, sizeof value);
}

void head_add(struct head *head, struct span name, struct span value)
{
    head->lines++;
    head->bytes += name.n + value.n + 4;
    if (head->lines > HEAD_LINES_MAX || head->bytes > HEAD_BYTES_MAX) {
        blame(head, FAIL(HEADERS_TOO_LARGE));
        return;
    }
    if (!ascii_all(name, ascii_is_token) || has_control(value)) {
        blame(head, FAIL(BAD_REQUEST));
        return;
    }
    for (unsigned i = 0; i < KNOWN_COUNT; i++) {
        if (known[i].name.n != name.n || !ascii_same(known[i].name, name)) continue;
        keep(head, i, ascii_trim(value));
        return;
    }
}

static bool was_seen(const struct head *head, size_t member)
{
    for (unsigned i = 0; i < KNOWN_COUNT; i++)
        if (known[i].member == member) return (head->seen >> i & 1u) != 0;
    return false;
}
#define SEEN(head, name) was_seen(head, offsetof(struct head, name))

/* RFC 9112 6.3 lets Transfer-Encoding win over Content-Length; we take neither side. */
static struct err body_length(struct head *head, bool is_http_1_0)
{
    if (SEEN(head, transfer_encoding)) {
        if (SEEN(head, content_length) || is_http_1_0) return FAIL(BAD_REQUEST);
        if (!ascii_is(head->transfer_encoding, "chunked")) return FAIL(BAD_REQUEST);
        head->chunked = true;
        return OK;
    }
    if (!SEEN(head, content_length)) return OK;
    if (!ascii_all(head->content_length, ascii_is_digit)) return FAIL(BAD_REQUEST);
    return num_u64(head->content_length, INT64_MAX, &head->body_bytes) ? OK : FAIL(TOO_LARGE);
}

struct err head_end(struct head *head, bool is_http_1_0)
{
    if (err_failed(head->fault)) return head->fault;
    TRY(body_length(head, is_http_1_0));
    if (SEEN(head, expect) && !ascii_is(head->expect, "100-continue")) return FAIL(BAD_REQUEST);
    if (SEEN(head, content_encoding) && !ascii_is(head->content_encoding, "identity")) return FAIL(UNSUPPORTED_ENCODING);
    if (!SEEN(head, host) || head->host.n == 0) return FAIL(BAD_HOST);
    return OK;
}
