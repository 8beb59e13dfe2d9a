/* A buffer cannot be made without its maximum. A put that would pass it (or finds no memory) sets `failed` and changes
   nothing more, so that code can write straight on and ask once at the end. Contents are wiped when freed or grown. */
#ifndef MEDSCRIBE_BASE_BUF_H
#define MEDSCRIBE_BASE_BUF_H
#include "base/err.h"
#include "base/span.h"

struct buf {
    uint8_t *p;
    size_t n, cap, max; /* bytes */
    bool failed;
};

#define BUF_WITH_MAX(max_bytes) ((struct buf){.max = (max_bytes)})

void buf_init(struct buf *b, size_t max_bytes);
void buf_free(struct buf *b); /* wipes; harmless on an empty or freed buffer */
void buf_reset(struct buf *b); /* forgets contents and failure, keeps memory */
/* Space for n more bytes, NULL when failed; buf_added() takes them in. */
uint8_t *buf_reserve(struct buf *b, size_t n);
void buf_added(struct buf *b, size_t n);
void buf_put_growing(struct buf *b, const void *p, size_t n); /* for buf_put: when there is not room enough yet */
/* Inline, because answers are written in many small pieces. */
static inline void buf_put(struct buf *b, const void *p, size_t n)
{
    if (n == 0) return;
    if (b->failed || n > b->cap - b->n) {
        buf_put_growing(b, p, n);
        return;
    }
    memcpy(b->p + b->n, p, n);
    b->n += n;
}
static inline void buf_put_span(struct buf *b, struct span s) { buf_put(b, s.p, s.n); }
static inline void buf_put_text(struct buf *b, const char *text) { buf_put(b, text, strlen(text)); }
static inline void buf_put_byte(struct buf *b, uint8_t byte) { buf_put(b, &byte, 1); }
void buf_put_u64(struct buf *b, uint64_t value); /* decimal */
void buf_put_i64(struct buf *b, int64_t value);  /* decimal */
void buf_drop_front(struct buf *b, size_t n);
struct span buf_span(const struct buf *b);
struct err buf_check(const struct buf *b); /* ERR_FULL when failed */

#endif
