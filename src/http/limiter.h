/* Rate limits: how many requests of a kind one key (a token or an address) has made in its window. A fixed table for the
   whole program: full places are taken over by the newest key, so memory and time are bounded whatever comes. */
#ifndef MEDSCRIBE_HTTP_LIMITER_H
#define MEDSCRIBE_HTTP_LIMITER_H
#include "base/span.h"

struct limiter;
struct limiter_verdict {
    bool counted, allowed;
    unsigned limit, remaining, reset_s;
};

struct limiter *limiter_new(void); /* NULL without memory */
void limiter_free(struct limiter *limiter);
/* kind: enum route_limit, or this one: requests with a token that core did not know, by address. */
enum { LIMITER_FAILURES = 16 };
/* Would it be refused? Takes nothing. */
bool limiter_is_spent(struct limiter *limiter, unsigned kind, struct span key, int64_t now_us);
/* `key` as it is for tokens; addresses through limiter_address(). Any thread. */
struct limiter_verdict limiter_take(struct limiter *limiter, unsigned kind, struct span key, int64_t now_us);
/* IPv4 whole, IPv6 by its /64. */
struct span limiter_address(const uint8_t ip[static 16]);

#endif
