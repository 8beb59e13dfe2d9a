#include "media/strip.h"

/* One engine for all: a few bytes are collected and a step decides what they are and what happens to those that follow. */
enum doing { COLLECT, COPY, BLANK, DROP, SCAN, HOLD_TAG };
enum state {
    JPEG_OPENING, JPEG_MARKER, JPEG_IN_SCAN, JPEG_LENGTH, JPEG_APP, PNG_OPENING, PNG_CHUNK, RIFF_OPENING, RIFF_CHUNK, RIFF_VP8X,
    FLAC_OPENING, FLAC_BLOCK, MP4_BOX, MP4_LONG_BOX, MP4_TIMES, MP3_FRAME, MP3_CONFIRM, MP3_TAG
};
enum { ID3V1_BYTES = 128, JFIF_BYTES = 14, ADOBE_BYTES = 12, ICC_BYTES = 12, MP4_TIMES_BYTES = 20, FORMAT_MAX_BYTES = 1024 };
#define TO_THE_END UINT64_MAX

static uint32_t big16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t big32(const uint8_t *p) { return big16(p) << 16 | big16(p + 2); }
static uint32_t little16(const uint8_t *p) { return (uint32_t)p[1] << 8 | p[0]; }
static uint32_t little32(const uint8_t *p) { return little16(p + 2) << 16 | little16(p); }

static bool is_one_of(const uint8_t type[static 4], const char *four_letters_each)
{
    for (const char *word = four_letters_each; *word != '\0'; word += 4)
        if (memcmp(type, word, 4) == 0) return true;
    return false;
}

static void collect_more(struct strip *s, enum state state, size_t need)
{
    s->doing = COLLECT;
    s->state = (uint8_t)state;
    s->need = need;
}

static void collect(struct strip *s, enum state state, size_t need)
{
    s->n = 0;
    collect_more(s, state, need);
}

static void run(struct strip *s, enum doing doing, uint64_t bytes)
{
    s->doing = (uint8_t)doing;
    s->left = bytes;
}

static void let_pass(const struct strip *s, size_t n, struct buf *out) { buf_put(out, s->held, n); }

static void put_zeros(struct buf *out, size_t n)
{
    if (n == 0) return;
    uint8_t *p = buf_reserve(out, n);
    if (p == NULL) return;
    memset(p, 0, n);
    buf_added(out, n);
}

/* ---- JPEG ---- */

static uint32_t tiff16(struct span tiff, size_t at, bool big)
{
    if (at > tiff.n || tiff.n - at < 2) return 0;
    return big ? big16(tiff.p + at) : little16(tiff.p + at);
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
    if (s->state == JPEG_IN_SCAN && (marker == 0 || (marker >= 0xd0 && marker <= 0xd7))) {
        let_pass(s, 2, out);
        s->doing = SCAN;
        return OK;
    }
    if (marker == 0xd9 && s->seen) {
        let_pass(s, 2, out);
        run(s, DROP, TO_THE_END);
        return OK;
    }
    bool known = (marker >= 0xc0 && marker <= 0xcf && marker != 0xc8) || (marker >= 0xda && marker <= 0xef) || marker == 0xfe;
    if (!known) return FAIL(UNPROCESSABLE_MEDIA);
    collect_more(s, JPEG_LENGTH, 4);
    return OK;
}

static struct err jpeg_length(struct strip *s, struct buf *out)
{
    uint8_t marker = s->held[1];
    size_t bytes = big16(s->held + 2);
    if (bytes < 2) return FAIL(UNPROCESSABLE_MEDIA);
    bytes -= 2;
    size_t want = marker == 0xe0 ? JFIF_BYTES : marker == 0xe1 ? STRIP_HELD_BYTES - 4 : marker == 0xe2 ? ICC_BYTES : marker == 0xee ? ADOBE_BYTES : 0;
    if (want > 0) {
        collect_more(s, JPEG_APP, 4 + (bytes < want ? bytes : want));
        return OK;
    }
    bool dropped = marker >= 0xe0; /* other applications' segments and comments */
    if (!dropped) let_pass(s, 4, out);
    s->lost = marker == 0xda; /* in a scan: no structure until the next marker */
    run(s, dropped ? DROP : COPY, bytes);
    return OK;
}

static void jpeg_app(struct strip *s, struct buf *out)
{
    struct span data = span_of(s->held + 4, s->n - 4);
    uint8_t marker = s->held[1];
    size_t rest = big16(s->held + 2) - 2 - data.n;
    bool profile = marker == 0xe2 && span_starts(data, SPAN_LITERAL("ICC_PROFILE\0"));
    if (profile) let_pass(s, s->n, out);
    if (marker == 0xe1) put_orientation(s, out);
    bool jfif = marker == 0xe0 && data.n == JFIF_BYTES && span_starts(data, SPAN_LITERAL("JFIF\0"));
    if (jfif) memset(s->held + 4 + JFIF_BYTES - 2, 0, 2); /* no thumbnail */
    bool adobe = marker == 0xee && data.n == ADOBE_BYTES && span_starts(data, SPAN_LITERAL("Adobe"));
    if (jfif || adobe) {
        s->held[2] = 0;
        s->held[3] = (uint8_t)(data.n + 2);
        let_pass(s, s->n, out);
    }
    s->lost = false;
    run(s, profile ? COPY : DROP, rest);
}

static struct err step_jpeg(struct strip *s, struct buf *out)
{
    switch ((enum state)s->state) {
    case JPEG_OPENING:
        if (memcmp(s->held, "\xff\xd8", 2) != 0) return FAIL(UNPROCESSABLE_MEDIA);
        let_pass(s, 2, out);
        collect(s, JPEG_MARKER, 2);
        return OK;
    case JPEG_MARKER: case JPEG_IN_SCAN: return jpeg_marker(s, out);
    case JPEG_LENGTH: return jpeg_length(s, out);
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
    collect(s, JPEG_IN_SCAN, 2);
    s->held[s->n++] = 0xff;
    return n + 1;
}

/* ---- PNG ---- */

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

static struct err step_png(struct strip *s, struct buf *out)
{
    if (s->state == PNG_OPENING) {
        if (memcmp(s->held, "\x89PNG\r\n\x1a\n", 8) != 0) return FAIL(UNPROCESSABLE_MEDIA);
        let_pass(s, 8, out);
        collect(s, PNG_CHUNK, 8);
        return OK;
    }
    uint32_t bytes = big32(s->held);
    const uint8_t *type = s->held + 4;
    bool first = is_one_of(type, "IHDR"), last = is_one_of(type, "IEND"), needed = first || last || is_one_of(type, "PLTEIDAT");
    for (int i = 0; i < 4; i++)
        if ((type[i] | 0x20) < 'a' || (type[i] | 0x20) > 'z') return FAIL(UNPROCESSABLE_MEDIA);
    if (bytes > INT32_MAX || first == s->seen || (first && bytes != 13) || (last && bytes != 0)) return FAIL(UNPROCESSABLE_MEDIA);
    if (!needed && (type[0] & 0x20) == 0) return FAIL(UNPROCESSABLE_MEDIA); /* needed, says who wrote it; by nobody we know */
    if (is_one_of(type, "PLTE") && bytes > 768) return FAIL(UNPROCESSABLE_MEDIA);
    s->seen = true;
    s->over = last;
    bool kept = needed || png_keeps(type, bytes);
    if (kept) let_pass(s, 8, out);
    run(s, kept ? COPY : DROP, (uint64_t)bytes + 4);
    return OK;
}

/* ---- WAV and WebP ---- */

static struct err riff_chunk(struct strip *s, struct buf *out)
{
    uint32_t bytes = little32(s->held + 4);
    uint64_t padded = (uint64_t)bytes + (bytes & 1);
    for (int i = 0; i < 4; i++) {
        if (s->held[i] >= 0x20 && s->held[i] <= 0x7e) continue;
        if (!s->seen) return FAIL(UNPROCESSABLE_MEDIA);
        put_zeros(out, s->n);
        run(s, BLANK, TO_THE_END);
        return OK;
    }
    bool wav = s->kind == SNIFF_WAV, kept;
    if (wav) {
        bool sound = is_one_of(s->held, "data") && !s->seen, format = is_one_of(s->held, "fmt ");
        if (format && bytes > FORMAT_MAX_BYTES) return FAIL(UNPROCESSABLE_MEDIA);
        kept = sound || (format && !s->seen) || (is_one_of(s->held, "fact") && bytes <= 16);
        if (sound && (bytes == 0 || bytes == UINT32_MAX)) padded = TO_THE_END; /* its writer never came back to say how much */
        s->seen |= sound;
    } else {
        if (is_one_of(s->held, "VP8X")) {
            if (bytes != 10) return FAIL(UNPROCESSABLE_MEDIA);
            collect_more(s, RIFF_VP8X, 18);
            return OK;
        }
        bool frame = is_one_of(s->held, "ANMF"); /* 16 bytes, then chunks again */
        if (frame && bytes < 16) return FAIL(UNPROCESSABLE_MEDIA);
        if (frame) padded = 16;
        kept = frame || is_one_of(s->held, "VP8 VP8LALPHANIMICCP");
        s->seen |= is_one_of(s->held, "VP8 VP8L");
    }
    if (!kept) memcpy(s->held, "JUNK", 4);
    let_pass(s, 8, out);
    run(s, kept ? COPY : BLANK, padded);
    return OK;
}

static struct err step_riff(struct strip *s, struct buf *out)
{
    if (s->state == RIFF_CHUNK) return riff_chunk(s, out);
    if (s->state == RIFF_OPENING && (!is_one_of(s->held, "RIFF") || !is_one_of(s->held + 8, s->kind == SNIFF_WAV ? "WAVE" : "WEBP")))
        return FAIL(UNPROCESSABLE_MEDIA);
    if (s->state == RIFF_VP8X) s->held[8] &= (uint8_t)~0x0cu; /* neither Exif nor XMP */
    let_pass(s, s->n, out);
    collect(s, RIFF_CHUNK, 8);
    return OK;
}

/* ---- FLAC ---- */

static struct err step_flac(struct strip *s, struct buf *out)
{
    if (s->state == FLAC_OPENING) {
        if (!is_one_of(s->held, "fLaC")) return FAIL(UNPROCESSABLE_MEDIA);
        let_pass(s, 4, out);
        collect(s, FLAC_BLOCK, 4);
        return OK;
    }
    uint8_t type = s->held[0] & 0x7f;
    uint32_t bytes = big32(s->held) & 0xffffff;
    bool info = type == 0, kept = info || type == 3;
    if (type == 0x7f || info == s->seen || (info && bytes != 34)) return FAIL(UNPROCESSABLE_MEDIA);
    s->seen = true;
    s->over = (s->held[0] & 0x80) != 0;
    if (!kept) s->held[0] = (uint8_t)((s->held[0] & 0x80) | 1);
    let_pass(s, 4, out);
    run(s, kept ? COPY : BLANK, bytes);
    return OK;
}

/* The last bytes may be an ID3v1 tag. */
static void hold_tag(struct strip *s, struct span in, struct buf *out)
{
    size_t all = s->n + in.n, go = all > ID3V1_BYTES ? all - ID3V1_BYTES : 0, go_held = go < s->n ? go : s->n;
    buf_put(out, s->held, go_held);
    memmove(s->held, s->held + go_held, s->n - go_held);
    s->n -= go_held;
    buf_put(out, in.p, go - go_held);
    struct span kept = span_sub(in, go - go_held, in.n);
    memcpy(s->held + s->n, kept.p, kept.n);
    s->n += kept.n;
}

/* ---- M4A and MP4 ---- */

static void next_box(struct strip *s)
{
    while (s->depth > 0) {
        uint64_t end = s->ends[s->depth - 1];
        if (s->at < end && end - s->at < 8) {
            run(s, BLANK, end - s->at);
            s->at = end;
            return;
        }
        if (s->at < end) break;
        s->depth--;
    }
    collect(s, MP4_BOX, 8);
}

static struct err mp4_box(struct strip *s, struct buf *out)
{
    static const char containers[] = "moovtrakmdiaminfstbledtsdinfmvexmooftraf";
    static const char leaves[] = "mvhdtkhdmdhdhdlrsmhdvmhdnmhdstsdsttsstscstszstz2stcoco64stssctts"
                                 "elstdrefsgpdsbgptrexmehdmfhdtfhdtfdttrunsdtpiodstrefcslg";
    static const char outer[] = "ftypmdatsidxstypmframoovmoof";
    const uint8_t *type = s->held + 4;
    uint64_t size = big32(s->held), end = s->depth > 0 ? s->ends[s->depth - 1] : TO_THE_END;
    bool container = is_one_of(type, containers), kept = is_one_of(type, s->depth > 0 ? leaves : outer);
    if (size == 1 && s->n == 8) {
        collect_more(s, MP4_LONG_BOX, 16);
        return OK;
    }
    if (s->n == 16) size = (uint64_t)big32(s->held + 8) << 32 | big32(s->held + 12);
    else if (size == 0 && s->depth == 0 && !container) size = TO_THE_END - s->at;
    if (s->depth == 0 && s->seen && s->over && (size < s->n || size > end - s->at)) { /* nothing refers to what is behind */
        run(s, DROP, TO_THE_END);
        return OK;
    }
    if (size < s->n || size > end - s->at || (s->at == 0 && !is_one_of(type, "ftyp")) || (container && s->depth == STRIP_DEPTH_MAX))
        return FAIL(UNPROCESSABLE_MEDIA);
    s->seen |= is_one_of(type, "moov");
    s->over |= is_one_of(type, "mdatmoof");
    if (container && (kept || s->depth > 0)) {
        let_pass(s, s->n, out);
        s->ends[s->depth++] = s->at + size;
        s->at += s->n;
        next_box(s);
        return OK;
    }
    bool times = kept && is_one_of(type, "mvhdtkhdmdhd");
    if (!kept) memcpy(s->held + 4, "free", 4);
    let_pass(s, s->n, out);
    uint64_t data = size - s->n;
    s->at += size;
    run(s, kept ? COPY : BLANK, data);
    if (!times) return OK;
    if (data < MP4_TIMES_BYTES) return FAIL(UNPROCESSABLE_MEDIA);
    s->left = data - MP4_TIMES_BYTES;
    collect(s, MP4_TIMES, MP4_TIMES_BYTES);
    return OK;
}

/* When it was made and changed, in 32 or 64 bits each. */
static void mp4_times(struct strip *s, struct buf *out)
{
    memset(s->held + 4, 0, s->held[0] == 1 ? 16 : 8);
    let_pass(s, s->n, out);
    run(s, COPY, s->left);
}

static struct err step_mp4(struct strip *s, struct buf *out)
{
    if (s->state != MP4_TIMES) return mp4_box(s, out);
    mp4_times(s, out);
    return OK;
}

/* ---- MP3 ---- */

/* Length of the MPEG audio layer III frame whose header is at p; 0 when it is none. */
static size_t mp3_frame_bytes(const uint8_t p[static 4])
{
    static const uint16_t kbit[2][15] = {{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
                                         {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}};
    static const uint16_t rates[3] = {44100, 48000, 32000};
    unsigned version = p[1] >> 3 & 3u, layer = p[1] >> 1 & 3u, bitrate = p[2] >> 4, rate = p[2] >> 2 & 3u;
    if (p[0] != 0xff || (p[1] & 0xe0) != 0xe0 || version == 1 || layer != 1 || rate == 3 || bitrate == 0 || bitrate == 15) return 0;
    bool first = version == 3;
    size_t hertz = (size_t)rates[rate] >> (first ? 0 : version == 2 ? 1 : 2);
    return (first ? 144000u : 72000u) * kbit[first][bitrate] / hertz + (p[2] >> 1 & 1u);
}

static void keep_last(struct strip *s, size_t n)
{
    memmove(s->held, s->held + s->n - n, n);
    s->n = n;
    collect_more(s, MP3_FRAME, 4);
}

static void mp3_frame(struct strip *s, struct buf *out)
{
    size_t frame = mp3_frame_bytes(s->held);
    if (memcmp(s->held, "ID3", 3) == 0) {
        s->lost = true;
        collect_more(s, MP3_TAG, 10);
    } else if (frame == 0) {
        s->lost = true;
        keep_last(s, 3);
    } else if (s->lost) {
        collect_more(s, MP3_CONFIRM, frame + 4); /* chance looks like one frame, not like two in a row */
    } else {
        let_pass(s, 4, out);
        run(s, COPY, frame - 4);
    }
}

static void mp3_confirm(struct strip *s, struct buf *out)
{
    const uint8_t *next = s->held + s->n - 4;
    if (mp3_frame_bytes(next) != 0 && next[1] == s->held[1] && (next[2] & 0x0c) == (s->held[2] & 0x0c)) {
        let_pass(s, s->n - 4, out);
        s->seen = true;
        s->lost = false;
    }
    keep_last(s, 4);
}

static void step_mp3(struct strip *s, struct buf *out)
{
    if (s->state == MP3_FRAME) {
        mp3_frame(s, out);
    } else if (s->state == MP3_CONFIRM) {
        mp3_confirm(s, out);
    } else {
        const uint8_t *p = s->held + 6;
        uint32_t bytes = (uint32_t)(p[0] & 0x7f) << 21 | (uint32_t)(p[1] & 0x7f) << 14 | (uint32_t)(p[2] & 0x7f) << 7 | (p[3] & 0x7f);
        run(s, DROP, bytes + ((s->held[5] & 0x10) != 0 ? 10 : 0));
    }
}

/* ---- all ---- */

void strip_begin(struct strip *s, enum sniff_kind kind)
{
    *s = (struct strip){.kind = kind, .lost = kind == SNIFF_MP3};
    switch (kind) {
    case SNIFF_JPEG: collect(s, JPEG_OPENING, 2); break;
    case SNIFF_PNG: collect(s, PNG_OPENING, 8); break;
    case SNIFF_WAV: case SNIFF_WEBP: collect(s, RIFF_OPENING, 12); break;
    case SNIFF_FLAC: collect(s, FLAC_OPENING, 4); break;
    case SNIFF_M4A: collect(s, MP4_BOX, 8); break;
    case SNIFF_MP3: collect(s, MP3_FRAME, 4); break;
    default: run(s, COPY, TO_THE_END); break;
    }
}

static struct err step(struct strip *s, struct buf *out)
{
    switch (s->kind) {
    case SNIFF_JPEG: return step_jpeg(s, out);
    case SNIFF_PNG: return step_png(s, out);
    case SNIFF_WAV: case SNIFF_WEBP: return step_riff(s, out);
    case SNIFF_FLAC: return step_flac(s, out);
    case SNIFF_M4A: return step_mp4(s, out);
    default: step_mp3(s, out); return OK;
    }
}

/* A run has come to its end: what is expected next? */
static void next(struct strip *s)
{
    switch (s->kind) {
    case SNIFF_JPEG:
        s->seen |= s->lost;
        if (s->lost) s->doing = SCAN;
        else collect(s, JPEG_MARKER, 2);
        break;
    case SNIFF_PNG:
        if (s->over) run(s, DROP, TO_THE_END);
        else collect(s, PNG_CHUNK, 8);
        break;
    case SNIFF_WAV: case SNIFF_WEBP: collect(s, RIFF_CHUNK, 8); break;
    case SNIFF_FLAC:
        collect(s, FLAC_BLOCK, 4);
        if (s->over) s->doing = HOLD_TAG;
        break;
    case SNIFF_M4A: next_box(s); break;
    default: collect(s, MP3_FRAME, 4); break;
    }
}

static size_t pass_run(struct strip *s, struct span in, struct buf *out)
{
    size_t n = s->left < in.n ? (size_t)s->left : in.n;
    if (s->doing == COPY) buf_put(out, in.p, n);
    if (s->doing == BLANK) put_zeros(out, n);
    if (s->left != TO_THE_END) s->left -= n;
    return n;
}

static struct err pass(struct strip *s, struct span in, struct buf *out)
{
    for (;;) {
        size_t n = 0;
        if (s->doing == COLLECT) {
            n = s->need - s->n < in.n ? s->need - s->n : in.n;
            if (n > 0) memcpy(s->held + s->n, in.p, n);
            s->n += n;
            if (s->n < s->need) return OK;
            TRY(step(s, out));
        } else if (s->doing <= DROP && s->left == 0) {
            next(s);
        } else if (in.n == 0) {
            return OK;
        } else if (s->doing == SCAN) {
            n = scan(s, in, out);
        } else if (s->doing == HOLD_TAG) {
            hold_tag(s, in, out);
            n = in.n;
        } else {
            n = pass_run(s, in, out);
        }
        in = span_sub(in, n, in.n);
    }
}

struct err strip_feed(struct strip *s, struct span in, struct buf *out)
{
    if (s->failed) return FAIL(UNPROCESSABLE_MEDIA);
    struct err err = pass(s, in, out);
    if (!err_failed(err)) err = buf_check(out);
    s->failed = err_failed(err);
    return err;
}

struct err strip_end(struct strip *s, struct buf *out)
{
    bool whole = s->seen;
    if (s->failed) return FAIL(UNPROCESSABLE_MEDIA);
    s->failed = true; /* nothing may follow */
    switch (s->kind) {
    case SNIFF_PNG: whole = s->over && s->doing == DROP; break;
    case SNIFF_WAV: case SNIFF_WEBP:
        if (whole && s->doing == COLLECT) put_zeros(out, s->n);
        break;
    case SNIFF_FLAC:
        whole = s->doing == HOLD_TAG;
        if (whole && (s->n < ID3V1_BYTES || memcmp(s->held, "TAG", 3) != 0)) let_pass(s, s->n, out);
        break;
    case SNIFF_MP3:
        if (whole || s->doing != COLLECT || s->state != MP3_CONFIRM) break;
        let_pass(s, s->n < s->need - 4 ? s->n : s->need - 4, out); /* a single frame */
        whole = true;
        break;
    case SNIFF_JPEG: case SNIFF_M4A: break;
    default: whole = true; break;
    }
    return whole ? buf_check(out) : FAIL(UNPROCESSABLE_MEDIA);
}
