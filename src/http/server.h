/* One loop of front: its own listening socket, its own library daemon, its own socket to core, one thread.

   A pass: read all that core has answered and queue those answers, let the library do what its sockets allow (which builds
   frames for core into one buffer), write that buffer once. Nothing waits for company and nothing changes threads. */
#ifndef MEDSCRIBE_HTTP_SERVER_H
#define MEDSCRIBE_HTTP_SERVER_H
#include <stdatomic.h>

#include "http/answer.h"
#include "http/gate.h"
#include "http/limiter.h"

struct server_settings { /* shared by all loops, read only once they run */
    struct gate gate;
    struct answer_rules rules;
    struct limiter *limiter; /* NULL: no limits */
    uint64_t max_audio_bytes, max_picture_bytes;
    unsigned connections; /* of one loop */
    char *certificate, *certificate_key; /* PEM; NULL: plain HTTP */
    struct span openapi;
};

struct server;
/* The descriptors stay the caller's. Opens nothing after this but accepted sockets. IO when the library refuses (most often:
   certificate and key do not fit). */
struct err server_new(const struct server_settings *settings, int listen_fd, int core_fd, struct server **server_out);
/* Until *stop is set (then answers under way may take up to 5 s) or core is gone: CLOSED, BAD_FRAME. */
struct err server_run(struct server *server, const atomic_bool *stop);

#endif
