/* What stands above a body: status and headers of an answer, as a list that the library's response or plain text is made of. */
#ifndef MEDSCRIBE_HTTP_ANSWER_H
#define MEDSCRIBE_HTTP_ANSWER_H
#include "base/buf.h"
#include "base/id.h"
#include "wire/frame.h"

enum { ANSWER_HEADERS_MAX = 28, ANSWER_TEXT_MAX = 8 * 1024 };

struct answer_rules { /* of this installation */
    bool tls;
    char sunset[40];    /* HTTP date of the old paths' end */
};
struct answer {
    unsigned status;
    unsigned count;
    struct {
        const char *name, *value;
    } header[ANSWER_HEADERS_MAX];
    size_t text_bytes;
    char text[ANSWER_TEXT_MAX]; /* values that are not constant */
    bool failed;                /* something did not fit: say 500 instead */
};

/* sunset_day: "2027-12-31". CONFIG when it is no day. */
struct err answer_rules_init(struct answer_rules *rules, bool plain_http, const char *sunset_day);

/* Starts with what stands on every answer. */
void answer_begin(struct answer *answer, const struct answer_rules *rules, unsigned status, struct id request_id);
/* Headers of: answers of the API (never rendered), files (never opened in place), our pages (nonce of 22 characters). */
void answer_api(struct answer *answer, const char *content_type);
void answer_file(struct answer *answer, const struct response *head);
void answer_page(struct answer *answer, const char *nonce);
void answer_asset(struct answer *answer, const char *content_type, const char *etag, bool immutable);

void answer_put(struct answer *answer, const char *name, const char *constant_value);
void answer_put_span(struct answer *answer, const char *name, struct span value); /* refuses control characters */
void answer_put_number(struct answer *answer, const char *name, uint64_t value);
/* Cookie, ETag, Location, Retry-After, WWW-Authenticate: what core's head asks for. */
void answer_put_response(struct answer *answer, const struct response *head);
void answer_put_old_path(struct answer *answer, const struct answer_rules *rules, struct span path);

/* application/problem+json for an error. Empty detail and field are left out; `body`: further members, as core wrote them. */
void answer_put_problem(struct buf *out, struct id request_id, const struct response *head); /* error, field, detail, consent_missing, body */
/* The whole answer as bytes, "Connection: close": for the few that the library cannot send in time. */
void answer_write(const struct answer *answer, struct span body, struct buf *out);

#endif
