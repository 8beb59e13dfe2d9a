/* One request to a model server and its answer, over libcurl: TLS 1.2 or later with the certificate checked, no redirect, no
   proxy, no cookie, no name of ours but the program's, bounded in time and size; a few tries where nothing was done yet. */
#ifndef MEDSCRIBE_REMOTE_HTTP_H
#define MEDSCRIBE_REMOTE_HTTP_H
#include "base/buf.h"
#include "os/server.h"
#include "remote/breaker.h"
#include "wire/courier.h"

struct remote_server {
    bool configured;
    struct server_url url;
    const char *model;
    char *authorization; /* the header's line with the key; NULL: none is sent */
    struct span authorities; /* PEM */
    struct breaker breaker;
    int64_t connect_ms, answer_ms, idle_ms;
};

/* A part of a form; `value` is sent as it is. */
struct remote_part {
    const char *name, *file_name, *media_type; /* file_name: NULL for a field */
    struct span value[2];                      /* one after the other */
};
struct remote_request {
    const char *path;  /* below the server's address */
    struct span json;  /* a body, or */
    const struct remote_part *parts; /* a form, or neither: GET */
    size_t part_count;
    int channel;       /* the call's: closed by the other side, it is given up */
};

enum { REMOTE_TRIES = 3, REMOTE_HEADERS_MAX = 64 * 1024 };

/* Once, before any thread and before the sandbox. */
struct err remote_http_start(void);
/* FAILURE_NONE: *answer holds the body of a 200, which is one JSON value in valid UTF-8. Else `detail` may say more. */
enum courier_failure remote_http(struct remote_server *server, const struct remote_request *request, struct buf *answer,
                                 char detail[static COURIER_DETAIL_MAX + 1]);

#endif
