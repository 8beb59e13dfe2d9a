/* M4A and MP4. */
#include "media/strip_private.h"

enum state { BOX, LONG_BOX, TIMES };
enum { TIMES_BYTES = 20 };

static void next_box(struct strip *s)
{
    while (s->depth > 0) {
        uint64_t end = s->ends[s->depth - 1];
        if (s->at < end && end - s->at < 8) {
            strip_run(s, STRIP_BLANK, end - s->at);
            s->at = end;
            return;
        }
        if (s->at < end) break;
        s->depth--;
    }
    strip_collect(s, BOX, 8);
}

static struct err box(struct strip *s, struct buf *out)
{
    static const char containers[] = "moovtrakmdiaminfstbledtsdinfmvexmooftraf";
    static const char leaves[] = "mvhdtkhdmdhdhdlrsmhdvmhdnmhdstsdsttsstscstszstz2stcoco64stssctts"
                                 "elstdrefsgpdsbgptrexmehdmfhdtfhdtfdttrunsdtpiodstrefcslg";
    static const char outer[] = "ftypmdatsidxstypmframoovmoof";
    const uint8_t *type = s->held + 4;
    uint64_t size = strip_big32(s->held), end = s->depth > 0 ? s->ends[s->depth - 1] : STRIP_TO_THE_END;
    bool container = strip_is_one_of(type, containers), kept = strip_is_one_of(type, s->depth > 0 ? leaves : outer);
    if (size == 1 && s->n == 8) {
        strip_collect_more(s, LONG_BOX, 16);
        return OK;
    }
    if (s->n == 16) size = (uint64_t)strip_big32(s->held + 8) << 32 | strip_big32(s->held + 12);
    else if (size == 0 && s->depth == 0 && !container) size = STRIP_TO_THE_END - s->at;
    if (s->depth == 0 && s->seen && s->over && (size < s->n || size > end - s->at)) { /* nothing refers to what is behind */
        strip_run(s, STRIP_DROP, STRIP_TO_THE_END);
        return OK;
    }
    if (size < s->n || size > end - s->at || (s->at == 0 && !strip_is_one_of(type, "ftyp")) || (container && s->depth == STRIP_DEPTH_MAX))
        return FAIL(UNPROCESSABLE_MEDIA);
    s->seen |= strip_is_one_of(type, "moov");
    s->over |= strip_is_one_of(type, "mdatmoof");
    if (container && (kept || s->depth > 0)) {
        strip_let_pass(s, s->n, out);
        s->ends[s->depth++] = s->at + size;
        s->at += s->n;
        next_box(s);
        return OK;
    }
    bool times = kept && strip_is_one_of(type, "mvhdtkhdmdhd");
    if (!kept) memcpy(s->held + 4, "free", 4);
    strip_let_pass(s, s->n, out);
    uint64_t data = size - s->n;
    s->at += size;
    strip_run(s, kept ? STRIP_COPY : STRIP_BLANK, data);
    if (!times) return OK;
    if (data < TIMES_BYTES) return FAIL(UNPROCESSABLE_MEDIA);
    s->left = data - TIMES_BYTES;
    strip_collect(s, TIMES, TIMES_BYTES);
    return OK;
}

/* When it was made and changed, in 32 or 64 bits each. */
static void forget_times(struct strip *s, struct buf *out)
{
    memset(s->held + 4, 0, s->held[0] == 1 ? 16 : 8);
    strip_let_pass(s, s->n, out);
    strip_run(s, STRIP_COPY, s->left);
}

static struct err step(struct strip *s, struct buf *out)
{
    if (s->state != TIMES) return box(s, out);
    forget_times(s, out);
    return OK;
}

const struct strip_format strip_mp4 = {.need = 8, .step = step, .next = next_box, .end = strip_is_seen};
