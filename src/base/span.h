/* A span is somebody else's bytes: pointer and length, never owned, never NUL-terminated. */
#ifndef MEDSCRIBE_BASE_SPAN_H
#define MEDSCRIBE_BASE_SPAN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *p;
    size_t n;
};

#define SPAN_LITERAL(text) ((struct span){(const uint8_t *)(text), sizeof(text) - 1})
#define SPAN_NONE ((struct span){NULL, 0})

static inline struct span span_of(const void *p, size_t n) { return (struct span){(const uint8_t *)p, n}; }
static inline struct span span_text(const char *text) { return span_of(text, text != NULL ? strlen(text) : 0); }
static inline bool span_equal(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool span_is(struct span a, const char *text) { return span_equal(a, span_text(text)); }
/* [from, from+n) cut to what exists. */
static inline struct span span_sub(struct span s, size_t from, size_t n)
{
    if (from > s.n) from = s.n;
    if (n > s.n - from) n = s.n - from;
    return (struct span){s.p == NULL ? NULL : s.p + from, n};
}
static inline bool span_starts(struct span s, struct span prefix)
{
    return s.n >= prefix.n && span_equal(span_sub(s, 0, prefix.n), prefix);
}

#endif
