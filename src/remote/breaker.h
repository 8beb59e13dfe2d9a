/* Leaves a server alone that failed several times in a row: calls are refused at once until a pause is over, then one call is
   let through to see; its success ends the pause, its failure doubles it. For any thread. */
#ifndef MEDSCRIBE_REMOTE_BREAKER_H
#define MEDSCRIBE_REMOTE_BREAKER_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { BREAKER_FAILURES = 5, BREAKER_DOUBLINGS = 3 };

struct breaker {
    pthread_mutex_t lock;
    int64_t pause_us, open_until_us;
    unsigned failures, doublings;
    unsigned phase; /* how often it opened and closed */
    bool probing;
};
/* Of one call: what it was let through for. A call that was begun in an earlier phase says nothing about this one. */
struct breaker_turn {
    unsigned phase;
};

void breaker_init(struct breaker *breaker, int64_t pause_us);
/* True: make the call, and then say how it went, exactly once. */
bool breaker_admit(struct breaker *breaker, int64_t now_us, struct breaker_turn *turn_out);
enum breaker_outcome { BREAKER_WORKED, BREAKER_FAILED, BREAKER_UNKNOWN /* given up by us: tells nothing */ };
void breaker_report(struct breaker *breaker, const struct breaker_turn *turn, enum breaker_outcome outcome, int64_t now_us);

#endif
