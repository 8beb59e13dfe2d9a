#include "base/buf.h"

#include <stdlib.h>

void buf_init(struct buf *b, size_t max_bytes) { *b = BUF_WITH_MAX(max_bytes); }

void buf_free(struct buf *b)
{
    if (b->p != NULL) explicit_bzero(b->p, b->cap); /* a reset buffer has old contents behind n */
    free(b->p);
    *b = BUF_WITH_MAX(b->max);
}

void buf_reset(struct buf *b)
{
    b->n = 0;
    b->failed = false;
}

static bool grow(struct buf *b, size_t need)
{
    size_t cap = b->cap > 0 ? b->cap : b->max < 256 ? b->max : 256; /* never beyond max: buf_put() looks at cap alone */
    while (cap < need && cap <= b->max / 2) cap *= 2;
    if (cap < need) cap = b->max;
    uint8_t *p = malloc(cap);
    if (p == NULL) return false;
    if (b->p != NULL) {
        memcpy(p, b->p, b->n);
        explicit_bzero(b->p, b->cap);
    }
    free(b->p);
    b->p = p;
    b->cap = cap;
    return true;
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
    if (b->failed) return NULL;
    if (n > b->max || b->n > b->max - n || (b->n + n > b->cap && !grow(b, b->n + n))) {
        b->failed = true;
        return NULL;
    }
    return b->p + b->n;
}

void buf_added(struct buf *b, size_t n)
{
    if (b->failed || n > b->cap - b->n) b->failed = true;
    else b->n += n;
}

void buf_put_growing(struct buf *b, const void *p, size_t n)
{
    uint8_t *to = buf_reserve(b, n);
    if (to == NULL) return;
    memcpy(to, p, n);
    b->n += n;
}

void buf_put_u64(struct buf *b, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    buf_put(b, digits + at, sizeof digits - at);
}

void buf_put_i64(struct buf *b, int64_t value)
{
    if (value < 0) buf_put_byte(b, '-');
    buf_put_u64(b, value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value);
}

void buf_drop_front(struct buf *b, size_t n)
{
    if (n >= b->n) {
        b->n = 0;
        return;
    }
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
}

struct span buf_span(const struct buf *b) { return (struct span){b->p, b->n}; }
struct err buf_check(const struct buf *b) { return b->failed ? FAIL(FULL) : OK; }
