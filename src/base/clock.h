/* Times are int64 microseconds since 1970-01-01 UTC inside, RFC 3339 outside. */
#ifndef MEDSCRIBE_BASE_CLOCK_H
#define MEDSCRIBE_BASE_CLOCK_H
#include "base/buf.h"

#define SECONDS_US(n) ((int64_t)(n)*1000000)
#define HOURS_US(n) SECONDS_US((int64_t)(n)*3600)
#define DAYS_US(n) HOURS_US((int64_t)(n)*24)

int64_t clock_now_us(void);       /* wall clock */
int64_t clock_monotonic_us(void); /* for durations and deadlines */
void clock_put_rfc3339(struct buf *b, int64_t time_us); /* "2026-11-22T19:04:05.123456Z" */
bool clock_parse_rfc3339(struct span text, int64_t *time_us_out); /* 'Z' only; fraction optional */

#endif
