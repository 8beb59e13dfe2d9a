#include "media/strip_private.h"

enum state { OPENING, BLOCK };
enum { ID3V1_BYTES = 128 };

static struct err step(struct strip *s, struct buf *out)
{
    if (s->state == OPENING) {
        if (!strip_is_one_of(s->held, "fLaC")) return FAIL(UNPROCESSABLE_MEDIA);
        strip_let_pass(s, 4, out);
        strip_collect(s, BLOCK, 4);
        return OK;
    }
    uint8_t type = s->held[0] & 0x7f;
    uint32_t bytes = strip_big32(s->held) & 0xffffff;
    bool info = type == 0, kept = info || type == 3;
    if (type == 0x7f || info == s->seen || (info && bytes != 34)) return FAIL(UNPROCESSABLE_MEDIA);
    s->seen = true;
    s->over = (s->held[0] & 0x80) != 0;
    if (!kept) s->held[0] = (uint8_t)((s->held[0] & 0x80) | 1);
    strip_let_pass(s, 4, out);
    strip_run(s, kept ? STRIP_COPY : STRIP_BLANK, bytes);
    return OK;
}

/* The last bytes may be an ID3v1 tag. */
static size_t hold_tag(struct strip *s, struct span in, struct buf *out)
{
    size_t all = s->n + in.n, go = all > ID3V1_BYTES ? all - ID3V1_BYTES : 0, go_held = go < s->n ? go : s->n;
    buf_put(out, s->held, go_held);
    memmove(s->held, s->held + go_held, s->n - go_held);
    s->n -= go_held;
    buf_put(out, in.p, go - go_held);
    struct span kept = span_sub(in, go - go_held, in.n);
    memcpy(s->held + s->n, kept.p, kept.n);
    s->n += kept.n;
    return in.n;
}

static void next(struct strip *s)
{
    strip_collect(s, BLOCK, 4);
    if (s->over) s->doing = STRIP_WATCH;
}

static bool end(struct strip *s, struct buf *out)
{
    bool whole = s->doing == STRIP_WATCH;
    if (whole && (s->n < ID3V1_BYTES || memcmp(s->held, "TAG", 3) != 0)) strip_let_pass(s, s->n, out);
    return whole;
}

const struct strip_format strip_flac = {.need = 4, .step = step, .next = next, .watch = hold_tag, .end = end};
