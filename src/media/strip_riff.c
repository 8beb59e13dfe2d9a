/* WAV and WebP. */
#include "media/strip_private.h"

enum state { OPENING, CHUNK, VP8X };
enum { FORMAT_MAX_BYTES = 1024 };

static struct err riff_chunk(struct strip *s, struct buf *out)
{
    uint32_t bytes = strip_little32(s->held + 4);
    uint64_t padded = (uint64_t)bytes + (bytes & 1);
    for (int i = 0; i < 4; i++) {
        if (s->held[i] >= 0x20 && s->held[i] <= 0x7e) continue;
        if (!s->seen) return FAIL(UNPROCESSABLE_MEDIA);
        strip_put_zeros(out, s->n);
        strip_run(s, STRIP_BLANK, STRIP_TO_THE_END);
        return OK;
    }
    bool wav = s->kind == SNIFF_WAV, kept;
    if (wav) {
        bool sound = strip_is_one_of(s->held, "data") && !s->seen, format = strip_is_one_of(s->held, "fmt ");
        if (format && bytes > FORMAT_MAX_BYTES) return FAIL(UNPROCESSABLE_MEDIA);
        kept = sound || (format && !s->seen) || (strip_is_one_of(s->held, "fact") && bytes <= 16);
        if (sound && (bytes == 0 || bytes == UINT32_MAX)) padded = STRIP_TO_THE_END; /* its writer never came back to say how much */
        s->seen |= sound;
    } else {
        if (strip_is_one_of(s->held, "VP8X")) {
            if (bytes != 10) return FAIL(UNPROCESSABLE_MEDIA);
            strip_collect_more(s, VP8X, 18);
            return OK;
        }
        bool frame = strip_is_one_of(s->held, "ANMF"); /* 16 bytes, then chunks again */
        if (frame && bytes < 16) return FAIL(UNPROCESSABLE_MEDIA);
        if (frame) padded = 16;
        kept = frame || strip_is_one_of(s->held, "VP8 VP8LALPHANIMICCP");
        s->seen |= strip_is_one_of(s->held, "VP8 VP8L");
    }
    if (!kept) memcpy(s->held, "JUNK", 4);
    strip_let_pass(s, 8, out);
    strip_run(s, kept ? STRIP_COPY : STRIP_BLANK, padded);
    return OK;
}

static struct err step(struct strip *s, struct buf *out)
{
    if (s->state == CHUNK) return riff_chunk(s, out);
    if (s->state == OPENING && (!strip_is_one_of(s->held, "RIFF") || !strip_is_one_of(s->held + 8, s->kind == SNIFF_WAV ? "WAVE" : "WEBP")))
        return FAIL(UNPROCESSABLE_MEDIA);
    if (s->state == VP8X) s->held[8] &= (uint8_t)~0x0cu; /* neither Exif nor XMP */
    strip_let_pass(s, s->n, out);
    strip_collect(s, CHUNK, 8);
    return OK;
}

static void next(struct strip *s) { strip_collect(s, CHUNK, 8); }

static bool end(struct strip *s, struct buf *out)
{
    if (s->seen && s->doing == STRIP_COLLECT) strip_put_zeros(out, s->n);
    return s->seen;
}

const struct strip_format strip_riff = {.need = 12, .step = step, .next = next, .end = end};
