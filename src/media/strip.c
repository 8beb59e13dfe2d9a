#include "media/strip_private.h"

/* ---- what the formats say ---- */

bool strip_is_one_of(const uint8_t type[static 4], const char *four_letters_each)
{
    for (const char *word = four_letters_each; *word != '\0'; word += 4)
        if (memcmp(type, word, 4) == 0) return true;
    return false;
}

void strip_collect_more(struct strip *s, uint8_t state, size_t need)
{
    s->doing = STRIP_COLLECT;
    s->state = state;
    s->need = need;
}

void strip_collect(struct strip *s, uint8_t state, size_t need)
{
    s->n = 0;
    strip_collect_more(s, state, need);
}

void strip_run(struct strip *s, enum strip_doing doing, uint64_t bytes)
{
    s->doing = (uint8_t)doing;
    s->left = bytes;
}

void strip_let_pass(const struct strip *s, size_t n, struct buf *out) { buf_put(out, s->held, n); }

void strip_put_zeros(struct buf *out, size_t n)
{
    if (n == 0) return;
    uint8_t *p = buf_reserve(out, n);
    if (p == NULL) return;
    memset(p, 0, n);
    buf_added(out, n);
}

bool strip_is_seen(struct strip *s, struct buf *out)
{
    (void)out;
    return s->seen;
}

/* ---- the engine ---- */

static const struct strip_format *const formats[SNIFF_KIND_COUNT] = {
    [SNIFF_JPEG] = &strip_jpeg, [SNIFF_PNG] = &strip_png, [SNIFF_WAV] = &strip_riff, [SNIFF_WEBP] = &strip_riff,
    [SNIFF_FLAC] = &strip_flac, [SNIFF_M4A] = &strip_mp4, [SNIFF_MP3] = &strip_mp3,
};

static const struct strip_format *format_of(const struct strip *s) { return s->kind < SNIFF_KIND_COUNT ? formats[s->kind] : NULL; }

void strip_begin(struct strip *s, enum sniff_kind kind)
{
    *s = (struct strip){.kind = kind};
    const struct strip_format *format = format_of(s);
    if (format == NULL) { /* passes unchanged */
        strip_run(s, STRIP_COPY, STRIP_TO_THE_END);
        return;
    }
    s->lost = format->lost;
    strip_collect(s, 0, format->need);
}

static size_t pass_run(struct strip *s, struct span in, struct buf *out)
{
    size_t n = s->left < in.n ? (size_t)s->left : in.n;
    if (s->doing == STRIP_COPY) buf_put(out, in.p, n);
    if (s->doing == STRIP_BLANK) strip_put_zeros(out, n);
    if (s->left != STRIP_TO_THE_END) s->left -= n;
    return n;
}

static struct err pass(struct strip *s, const struct strip_format *format, struct span in, struct buf *out)
{
    for (;;) {
        size_t n = 0;
        if (s->doing == STRIP_COLLECT) {
            n = s->need - s->n < in.n ? s->need - s->n : in.n;
            if (n > 0) memcpy(s->held + s->n, in.p, n);
            s->n += n;
            if (s->n < s->need) return OK;
            TRY(format->step(s, out));
        } else if (s->doing != STRIP_WATCH && s->left == 0) {
            format->next(s);
        } else if (in.n == 0) {
            return OK;
        } else {
            n = s->doing == STRIP_WATCH ? format->watch(s, in, out) : pass_run(s, in, out);
        }
        in = span_sub(in, n, in.n);
    }
}

struct err strip_feed(struct strip *s, struct span in, struct buf *out)
{
    if (s->failed) return FAIL(UNPROCESSABLE_MEDIA);
    struct err err = pass(s, format_of(s), in, out);
    if (!err_failed(err)) err = buf_check(out);
    s->failed = err_failed(err);
    return err;
}

struct err strip_end(struct strip *s, struct buf *out)
{
    const struct strip_format *format = format_of(s);
    if (s->failed) return FAIL(UNPROCESSABLE_MEDIA);
    s->failed = true; /* nothing may follow */
    return format == NULL || format->end(s, out) ? buf_check(out) : FAIL(UNPROCESSABLE_MEDIA);
}
