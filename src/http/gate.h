/* Who may knock: the Host a request names, how it proves who it is, and whether a foreign page sent it (CSRF). The token
   itself and the value of X-CSRF-Token are core's to check. */
#ifndef MEDSCRIBE_HTTP_GATE_H
#define MEDSCRIBE_HTTP_GATE_H
#include "base/err.h"
#include "http/head.h"
#include "wire/routes.h"

enum { GATE_HOSTS_MAX = 8, GATE_TEXT_MAX = 300 };

/* The names we answer to, lower case: "localhost:8443"; `scheme` is that of the pages we serve. */
struct gate {
    char host[GATE_HOSTS_MAX][GATE_TEXT_MAX];
    unsigned host_count;
    char scheme[8];
    char origin[GATE_TEXT_MAX]; /* as configured, without a slash at the end; may be empty */
};

/* listen: "127.0.0.1:8443" or "[::]:8443". CONFIG when one of them is not understood. */
struct err gate_init(struct gate *gate, const char *listen, const char *origin, bool plain_http);
/* BAD_HOST: not a host name at all; MISDIRECTED: not ours. */
struct err gate_host(const struct gate *gate, struct span host);

struct gate_pass {
    uint8_t auth; /* enum request_auth */
    struct span token, csrf;
};
/* AMBIGUOUS_AUTH, CSRF, TOKEN_INVALID (a route for which one must sign in, and nothing to show) */
struct err gate_check(const struct gate *gate, const struct route *route, bool unsafe_method, const struct head *head,
                      struct gate_pass *pass_out);
/* The value of the cookie `name`; SPAN_NONE when it is absent or there are several. */
struct span gate_cookie(struct span cookies, const char *name, unsigned *count_out);

#endif
