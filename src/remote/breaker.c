#include "remote/breaker.h"

void breaker_init(struct breaker *breaker, int64_t pause_us)
{
    *breaker = (struct breaker){.lock = PTHREAD_MUTEX_INITIALIZER, .pause_us = pause_us};
}

bool breaker_admit(struct breaker *breaker, int64_t now_us)
{
    pthread_mutex_lock(&breaker->lock);
    bool open = breaker->failures >= BREAKER_FAILURES;
    bool admitted = !open || (now_us >= breaker->open_until_us && !breaker->probing);
    if (open && admitted) breaker->probing = true;
    pthread_mutex_unlock(&breaker->lock);
    return admitted;
}

void breaker_report(struct breaker *breaker, enum breaker_outcome outcome, int64_t now_us)
{
    pthread_mutex_lock(&breaker->lock);
    bool was_open = breaker->failures >= BREAKER_FAILURES;
    breaker->probing = false;
    if (outcome == BREAKER_WORKED) {
        breaker->failures = breaker->doublings = 0;
    } else if (outcome == BREAKER_FAILED) {
        if (was_open && breaker->doublings < BREAKER_DOUBLINGS) breaker->doublings++;
        if (!was_open) breaker->failures++;
        breaker->open_until_us = now_us + (breaker->pause_us << breaker->doublings);
    }
    pthread_mutex_unlock(&breaker->lock);
}
