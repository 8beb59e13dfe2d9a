#include "remote/breaker.h"

void breaker_init(struct breaker *breaker, int64_t pause_us)
{
    *breaker = (struct breaker){.lock = PTHREAD_MUTEX_INITIALIZER, .pause_us = pause_us};
}

static bool is_open(const struct breaker *breaker) { return breaker->failures >= BREAKER_FAILURES; }

bool breaker_admit(struct breaker *breaker, int64_t now_us, struct breaker_turn *turn_out)
{
    pthread_mutex_lock(&breaker->lock);
    bool open = is_open(breaker), admitted = !open || (now_us >= breaker->open_until_us && !breaker->probing);
    if (open && admitted) breaker->probing = true;
    *turn_out = (struct breaker_turn){.phase = breaker->phase};
    pthread_mutex_unlock(&breaker->lock);
    return admitted;
}

static void take_failure(struct breaker *breaker, int64_t now_us)
{
    bool was_open = is_open(breaker);
    if (was_open && breaker->doublings < BREAKER_DOUBLINGS) breaker->doublings++;
    if (!was_open && ++breaker->failures == BREAKER_FAILURES) breaker->phase++;
    breaker->open_until_us = now_us + (breaker->pause_us << breaker->doublings);
}

/* While it is open, the one call that was let through is the only one of this phase. */
void breaker_report(struct breaker *breaker, const struct breaker_turn *turn, enum breaker_outcome outcome, int64_t now_us)
{
    pthread_mutex_lock(&breaker->lock);
    if (turn->phase == breaker->phase) {
        breaker->probing = false;
        if (outcome == BREAKER_FAILED) take_failure(breaker, now_us);
        if (outcome == BREAKER_WORKED) {
            breaker->phase += is_open(breaker);
            breaker->failures = breaker->doublings = 0;
        }
    }
    pthread_mutex_unlock(&breaker->lock);
}
