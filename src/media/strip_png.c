#include "media/strip_private.h"

enum state { OPENING, CHUNK };

static bool png_keeps(const uint8_t *type, uint32_t bytes)
{
    static const struct {
        char type[5];
        uint32_t max;
    } kept[] = {{"gAMA", 4}, {"cHRM", 32}, {"sRGB", 1}, {"sBIT", 4}, {"tRNS", 256}, {"pHYs", 9}, {"bKGD", 6}};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (memcmp(type, kept[i].type, 4) == 0) return bytes <= kept[i].max;
    return false;
}

static struct err step(struct strip *s, struct buf *out)
{
    if (s->state == OPENING) {
        if (memcmp(s->held, "\x89PNG\r\n\x1a\n", 8) != 0) return FAIL(UNPROCESSABLE_MEDIA);
        strip_let_pass(s, 8, out);
        strip_collect(s, CHUNK, 8);
        return OK;
    }
    uint32_t bytes = strip_big32(s->held);
    const uint8_t *type = s->held + 4;
    bool first = strip_is_one_of(type, "IHDR"), last = strip_is_one_of(type, "IEND"), needed = first || last || strip_is_one_of(type, "PLTEIDAT");
    for (int i = 0; i < 4; i++)
        if ((type[i] | 0x20) < 'a' || (type[i] | 0x20) > 'z') return FAIL(UNPROCESSABLE_MEDIA);
    if (bytes > INT32_MAX || first == s->seen || (first && bytes != 13) || (last && bytes != 0)) return FAIL(UNPROCESSABLE_MEDIA);
    if (!needed && (type[0] & 0x20) == 0) return FAIL(UNPROCESSABLE_MEDIA); /* needed, says who wrote it; by nobody we know */
    if (strip_is_one_of(type, "PLTE") && bytes > 768) return FAIL(UNPROCESSABLE_MEDIA);
    s->seen = true;
    s->over = last;
    bool kept = needed || png_keeps(type, bytes);
    if (kept) strip_let_pass(s, 8, out);
    strip_run(s, kept ? STRIP_COPY : STRIP_DROP, (uint64_t)bytes + 4);
    return OK;
}

static void next(struct strip *s)
{
    if (s->over) strip_run(s, STRIP_DROP, STRIP_TO_THE_END);
    else strip_collect(s, CHUNK, 8);
}

static bool end(struct strip *s, struct buf *out)
{
    (void)out;
    return s->over && s->doing == STRIP_DROP;
}

const struct strip_format strip_png = {.need = 8, .step = step, .next = next, .end = end};
