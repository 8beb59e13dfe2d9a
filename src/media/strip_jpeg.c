#include "media/strip_private.h"

enum state { OPENING, MARKER, IN_SCAN, LENGTH, APP };
enum { JFIF_BYTES = 14, ADOBE_BYTES = 12, ICC_BYTES = 12 };

static uint32_t tiff16(struct span tiff, size_t at, bool big)
{
    if (at > tiff.n || tiff.n - at < 2) return 0;
    return big ? strip_big16(tiff.p + at) : strip_little16(tiff.p + at);
}

static uint32_t tiff32(struct span tiff, size_t at, bool big)
{
    return big ? tiff16(tiff, at, big) << 16 | tiff16(tiff, at + 2, big) : tiff16(tiff, at + 2, big) << 16 | tiff16(tiff, at, big);
}

/* 1 when it is not told, not seen or nonsense. */
static uint8_t orientation_of(struct span tiff)
{
    if (tiff.n < 8) return 1;
    bool big = tiff.p[0] == 'M';
    size_t directory = tiff32(tiff, 4, big);
    for (size_t i = 0, n = tiff16(tiff, directory, big); i < n; i++) {
        size_t entry = directory + 2 + 12 * i;
        if (entry > tiff.n) break;
        if (tiff16(tiff, entry, big) != 0x0112 || tiff16(tiff, entry + 2, big) != 3 || tiff32(tiff, entry + 4, big) != 1) continue;
        uint32_t value = tiff16(tiff, entry + 8, big);
        return value >= 1 && value <= 8 ? (uint8_t)value : 1;
    }
    return 1;
}

static void put_orientation(struct strip *s, struct buf *out)
{
    static const uint8_t start[] = "\xff\xe1\0\x22" "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01";
    struct span exif = span_of(s->held + 4, s->n - 4);
    if (s->over || !span_starts(exif, SPAN_LITERAL("Exif\0"))) return;
    uint8_t orientation = orientation_of(span_sub(exif, 6, exif.n));
    if (orientation == 1) return;
    s->over = true; /* said once */
    buf_put(out, start, sizeof start - 1);
    buf_put(out, (const uint8_t[8]){0, orientation}, 8);
}

static struct err jpeg_marker(struct strip *s, struct buf *out)
{
    uint8_t marker = s->held[1];
    if (s->held[0] != 0xff) return FAIL(UNPROCESSABLE_MEDIA);
    if (marker == 0xff) { /* filling */
        s->n = 1;
        return OK;
    }
    if (s->state == IN_SCAN && (marker == 0 || (marker >= 0xd0 && marker <= 0xd7))) {
        strip_let_pass(s, 2, out);
        s->doing = STRIP_WATCH;
        return OK;
    }
    if (marker == 0xd9 && s->seen) {
        strip_let_pass(s, 2, out);
        strip_run(s, STRIP_DROP, STRIP_TO_THE_END);
        return OK;
    }
    bool known = (marker >= 0xc0 && marker <= 0xcf && marker != 0xc8) || (marker >= 0xda && marker <= 0xef) || marker == 0xfe;
    if (!known) return FAIL(UNPROCESSABLE_MEDIA);
    strip_collect_more(s, LENGTH, 4);
    return OK;
}

static struct err jpeg_length(struct strip *s, struct buf *out)
{
    uint8_t marker = s->held[1];
    size_t bytes = strip_big16(s->held + 2);
    if (bytes < 2) return FAIL(UNPROCESSABLE_MEDIA);
    bytes -= 2;
    size_t want = marker == 0xe0 ? JFIF_BYTES : marker == 0xe1 ? STRIP_HELD_BYTES - 4 : marker == 0xe2 ? ICC_BYTES : marker == 0xee ? ADOBE_BYTES : 0;
    if (want > 0) {
        strip_collect_more(s, APP, 4 + (bytes < want ? bytes : want));
        return OK;
    }
    bool dropped = marker >= 0xe0; /* other applications' segments and comments */
    if (!dropped) strip_let_pass(s, 4, out);
    s->lost = marker == 0xda; /* in a scan: no structure until the next marker */
    strip_run(s, dropped ? STRIP_DROP : STRIP_COPY, bytes);
    return OK;
}

static void jpeg_app(struct strip *s, struct buf *out)
{
    struct span data = span_of(s->held + 4, s->n - 4);
    uint8_t marker = s->held[1];
    size_t rest = strip_big16(s->held + 2) - 2 - data.n;
    bool profile = marker == 0xe2 && span_starts(data, SPAN_LITERAL("ICC_PROFILE\0"));
    if (profile) strip_let_pass(s, s->n, out);
    if (marker == 0xe1) put_orientation(s, out);
    bool jfif = marker == 0xe0 && data.n == JFIF_BYTES && span_starts(data, SPAN_LITERAL("JFIF\0"));
    if (jfif) memset(s->held + 4 + JFIF_BYTES - 2, 0, 2); /* no thumbnail */
    bool adobe = marker == 0xee && data.n == ADOBE_BYTES && span_starts(data, SPAN_LITERAL("Adobe"));
    if (jfif || adobe) {
        s->held[2] = 0;
        s->held[3] = (uint8_t)(data.n + 2);
        strip_let_pass(s, s->n, out);
    }
    s->lost = false;
    strip_run(s, profile ? STRIP_COPY : STRIP_DROP, rest);
}

static struct err step(struct strip *s, struct buf *out)
{
    switch ((enum state)s->state) {
    case OPENING:
        if (memcmp(s->held, "\xff\xd8", 2) != 0) return FAIL(UNPROCESSABLE_MEDIA);
        strip_let_pass(s, 2, out);
        strip_collect(s, MARKER, 2);
        return OK;
    case MARKER: case IN_SCAN: return jpeg_marker(s, out);
    case LENGTH: return jpeg_length(s, out);
    default: jpeg_app(s, out); return OK;
    }
}

/* Compressed data: everything up to the next 0xff. Returns how many bytes were taken. */
static size_t scan(struct strip *s, struct span in, struct buf *out)
{
    const uint8_t *mark = memchr(in.p, 0xff, in.n);
    size_t n = mark == NULL ? in.n : (size_t)(mark - in.p);
    buf_put(out, in.p, n);
    if (mark == NULL) return n;
    strip_collect(s, IN_SCAN, 2);
    s->held[s->n++] = 0xff;
    return n + 1;
}

static void next(struct strip *s)
{
    s->seen |= s->lost;
    if (s->lost) s->doing = STRIP_WATCH;
    else strip_collect(s, MARKER, 2);
}

const struct strip_format strip_jpeg = {.need = 2, .step = step, .next = next, .watch = scan, .end = strip_is_seen};
