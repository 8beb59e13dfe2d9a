/* The headers of one request, held against our own rules, stricter than the library's: every name a token, no control
   characters in values, no header given twice that means something here, one unmistakable body length. */
#ifndef MEDSCRIBE_HTTP_HEAD_H
#define MEDSCRIBE_HTTP_HEAD_H
#include "base/err.h"
#include "base/span.h"

enum { HEAD_LINES_MAX = 64, HEAD_BYTES_MAX = 32 * 1024, HEAD_URI_MAX = 8 * 1024 };

/* Spans point to what head_add was given; empty = absent. */
struct head {
    struct span host, authorization, cookie, origin, fetch_site, csrf, content_type, content_length, transfer_encoding,
        content_encoding, expect, if_match, if_none_match, range, user_agent;
    uint32_t seen; /* which of them were there, perhaps empty */
    unsigned lines;
    size_t bytes;
    uint64_t body_bytes; /* by Content-Length, after head_end */
    bool chunked;
    struct err fault; /* the first */
};

#define HEAD_EMPTY ((struct head){0})
void head_add(struct head *head, struct span name, struct span value);
/* All are in: the first fault, or one of the whole. BAD_REQUEST, HEADERS_TOO_LARGE, TOO_LARGE, UNSUPPORTED_ENCODING. */
struct err head_end(struct head *head, bool is_http_1_0);
static inline bool head_has_body(const struct head *head) { return head->chunked || head->body_bytes > 0; }

#endif
