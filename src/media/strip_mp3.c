#include "media/mp3.h"
#include "media/strip_private.h"

enum state { FRAME, CONFIRM, TAG };

static void keep_last(struct strip *s, size_t n)
{
    memmove(s->held, s->held + s->n - n, n);
    s->n = n;
    strip_collect_more(s, FRAME, 4);
}

static void mp3_frame(struct strip *s, struct buf *out)
{
    size_t frame = mp3_frame_bytes(s->held);
    if (memcmp(s->held, "ID3", 3) == 0) {
        s->lost = true;
        strip_collect_more(s, TAG, 10);
    } else if (frame == 0) {
        s->lost = true;
        keep_last(s, 3);
    } else if (s->lost) {
        strip_collect_more(s, CONFIRM, frame + 4); /* chance looks like one frame, not like two in a row */
    } else {
        strip_let_pass(s, 4, out);
        strip_run(s, STRIP_COPY, frame - 4);
    }
}

static void mp3_confirm(struct strip *s, struct buf *out)
{
    const uint8_t *next = s->held + s->n - 4;
    if (mp3_frame_bytes(next) != 0 && next[1] == s->held[1] && (next[2] & 0x0c) == (s->held[2] & 0x0c)) {
        strip_let_pass(s, s->n - 4, out);
        s->seen = true;
        s->lost = false;
    }
    keep_last(s, 4);
}

static struct err step(struct strip *s, struct buf *out)
{
    if (s->state == FRAME) {
        mp3_frame(s, out);
    } else if (s->state == CONFIRM) {
        mp3_confirm(s, out);
    } else {
        const uint8_t *p = s->held + 6;
        uint32_t bytes = (uint32_t)(p[0] & 0x7f) << 21 | (uint32_t)(p[1] & 0x7f) << 14 | (uint32_t)(p[2] & 0x7f) << 7 | (p[3] & 0x7f);
        strip_run(s, STRIP_DROP, bytes + ((s->held[5] & 0x10) != 0 ? 10 : 0));
    }
    return OK;
}

static void next(struct strip *s) { strip_collect(s, FRAME, 4); }

static bool end(struct strip *s, struct buf *out)
{
    bool single = !s->seen && s->doing == STRIP_COLLECT && s->state == CONFIRM;
    if (single) strip_let_pass(s, s->n < s->need - 4 ? s->n : s->need - 4, out);
    return s->seen || single;
}

const struct strip_format strip_mp3 = {.need = 4, .lost = true, .step = step, .next = next, .end = end};
