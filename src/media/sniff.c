#include "media/sniff.h"

#include "media/mp3.h"

enum { SHORTEST_FILE_BYTES = 12, RIFF_SLACK_BYTES = 8 };

static const char *const media_types[SNIFF_KIND_COUNT] = {
    [SNIFF_WAV] = "audio/wav", [SNIFF_FLAC] = "audio/flac", [SNIFF_MP3] = "audio/mpeg", [SNIFF_M4A] = "audio/mp4",
    [SNIFF_OGG] = "audio/ogg", [SNIFF_WEBM] = "audio/webm", [SNIFF_JPEG] = "image/jpeg", [SNIFF_PNG] = "image/png",
    [SNIFF_WEBP] = "image/webp", [SNIFF_TIFF] = "image/tiff", [SNIFF_HEIC] = "image/heic", [SNIFF_PDF] = "application/pdf",
};

const char *sniff_media_type(enum sniff_kind kind) { return kind < SNIFF_KIND_COUNT ? media_types[kind] : NULL; }
bool sniff_is_audio(enum sniff_kind kind) { return kind >= SNIFF_WAV && kind <= SNIFF_WEBM; }

/* Other spellings that browsers, phones and systems use. */
static const struct {
    enum sniff_kind kind;
    const char *type;
} other_types[] = {
    {SNIFF_WAV, "audio/x-wav"}, {SNIFF_WAV, "audio/wave"}, {SNIFF_WAV, "audio/vnd.wave"}, {SNIFF_WAV, "audio/x-pn-wav"},
    {SNIFF_FLAC, "audio/x-flac"}, {SNIFF_MP3, "audio/mp3"}, {SNIFF_MP3, "audio/x-mp3"}, {SNIFF_MP3, "audio/mpeg3"},
    {SNIFF_M4A, "audio/m4a"}, {SNIFF_M4A, "audio/x-m4a"}, {SNIFF_M4A, "audio/aac"}, {SNIFF_M4A, "audio/3gpp"},
    {SNIFF_M4A, "video/mp4"}, {SNIFF_OGG, "application/ogg"}, {SNIFF_OGG, "audio/opus"}, {SNIFF_OGG, "audio/x-opus+ogg"},
    {SNIFF_WEBM, "video/webm"}, {SNIFF_JPEG, "image/jpg"}, {SNIFF_JPEG, "image/pjpeg"}, {SNIFF_PNG, "image/x-png"},
    {SNIFF_HEIC, "image/heif"}, {SNIFF_PDF, "application/x-pdf"},
};
static const struct {
    enum sniff_kind kind;
    const char *extension;
} extensions[] = {
    {SNIFF_WAV, "wav"}, {SNIFF_WAV, "wave"}, {SNIFF_FLAC, "flac"}, {SNIFF_MP3, "mp3"}, {SNIFF_M4A, "m4a"}, {SNIFF_M4A, "mp4"},
    {SNIFF_M4A, "aac"}, {SNIFF_M4A, "3gp"}, {SNIFF_M4A, "m4b"}, {SNIFF_OGG, "ogg"}, {SNIFF_OGG, "oga"}, {SNIFF_OGG, "opus"},
    {SNIFF_WEBM, "webm"}, {SNIFF_WEBM, "weba"}, {SNIFF_JPEG, "jpg"}, {SNIFF_JPEG, "jpeg"}, {SNIFF_JPEG, "jpe"},
    {SNIFF_JPEG, "jfif"}, {SNIFF_PNG, "png"}, {SNIFF_WEBP, "webp"}, {SNIFF_TIFF, "tif"}, {SNIFF_TIFF, "tiff"},
    {SNIFF_HEIC, "heic"}, {SNIFF_HEIC, "heif"}, {SNIFF_PDF, "pdf"},
};

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c; }

static bool same_word(struct span a, const char *lower_case_word)
{
    struct span b = span_text(lower_case_word);
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != b.p[i]) return false;
    return true;
}

bool sniff_type_fits(enum sniff_kind kind, struct span declared)
{
    if (kind <= SNIFF_NONE || kind >= SNIFF_KIND_COUNT) return false;
    if (declared.n == 0 || same_word(declared, "application/octet-stream")) return true;
    if (same_word(declared, media_types[kind])) return true;
    for (size_t i = 0; i < sizeof other_types / sizeof *other_types; i++)
        if (other_types[i].kind == kind && same_word(declared, other_types[i].type)) return true;
    return false;
}

bool sniff_name_fits(enum sniff_kind kind, struct span file_name)
{
    size_t dot = file_name.n;
    while (dot > 0 && file_name.p[dot - 1] != '.' && file_name.p[dot - 1] != '/' && file_name.p[dot - 1] != '\\') dot--;
    if (dot == 0 || file_name.p[dot - 1] != '.') return kind > SNIFF_NONE && kind < SNIFF_KIND_COUNT;
    struct span extension = span_sub(file_name, dot, file_name.n);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (extensions[i].kind == kind && same_word(extension, extensions[i].extension)) return true;
    return false;
}

static bool has_at(struct span s, size_t at, const char *bytes, size_t n)
{
    return at <= s.n && n <= s.n - at && memcmp(s.p + at, bytes, n) == 0;
}
#define HAS_AT(s, at, literal) has_at(s, at, literal, sizeof(literal) - 1)

static uint32_t big32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }
static uint32_t little32(const uint8_t *p) { return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0]; }

static bool contains(struct span s, const char *bytes, size_t n)
{
    return s.n >= n && memmem(s.p, s.n, bytes, n) != NULL;
}

/* Two frames in a row, or one that runs to the end of what we see. */
static bool mp3_at(struct span head, size_t at)
{
    if (at > head.n || head.n - at < MP3_HEADER_BYTES) return false;
    size_t frame = mp3_frame_bytes(head.p + at);
    if (frame == 0) return false;
    if (head.n - at < frame + MP3_HEADER_BYTES) return true;
    return mp3_frame_bytes(head.p + at + frame) != 0;
}

static size_t id3_bytes(struct span head)
{
    if (head.n < 10 || !HAS_AT(head, 0, "ID3")) return 0;
    const uint8_t *p = head.p + 6;
    return 10 + ((size_t)(p[0] & 0x7f) << 21 | (size_t)(p[1] & 0x7f) << 14 | (size_t)(p[2] & 0x7f) << 7 | (p[3] & 0x7f));
}

static enum sniff_kind sniff_brand(struct span head)
{
    static const char audio[][5] = {"M4A ", "M4B ", "mp41", "mp42", "isom", "iso2", "iso4", "iso5", "iso6", "3gp4", "3gp5", "3gp6", "dash"};
    static const char picture[][5] = {"heic", "heix", "heim", "heis", "mif1", "hevc"};
    if (head.n < 12) return SNIFF_NONE;
    for (size_t i = 0; i < sizeof audio / sizeof *audio; i++)
        if (has_at(head, 8, audio[i], 4)) return SNIFF_M4A;
    for (size_t i = 0; i < sizeof picture / sizeof *picture; i++)
        if (has_at(head, 8, picture[i], 4)) return SNIFF_HEIC;
    return SNIFF_NONE;
}

enum sniff_kind sniff_kind(struct span head)
{
    if (HAS_AT(head, 0, "RIFF") && HAS_AT(head, 8, "WAVE")) return SNIFF_WAV;
    if (HAS_AT(head, 0, "RIFF") && HAS_AT(head, 8, "WEBP")) return SNIFF_WEBP;
    if (HAS_AT(head, 0, "fLaC")) return SNIFF_FLAC;
    if (HAS_AT(head, 0, "OggS")) return SNIFF_OGG;
    if (HAS_AT(head, 0, "\x1a\x45\xdf\xa3")) return contains(span_sub(head, 4, 60), "\x42\x82\x84webm", 7) ? SNIFF_WEBM : SNIFF_NONE;
    if (HAS_AT(head, 4, "ftyp")) return sniff_brand(head);
    if (HAS_AT(head, 0, "\xff\xd8\xff")) return SNIFF_JPEG;
    if (HAS_AT(head, 0, "\x89PNG\r\n\x1a\n")) return SNIFF_PNG;
    if (HAS_AT(head, 0, "II*\0") || HAS_AT(head, 0, "MM\0*")) return SNIFF_TIFF;
    if (HAS_AT(head, 0, "%PDF-")) return SNIFF_PDF;
    if (id3_bytes(head) > 0 || mp3_at(head, 0)) return SNIFF_MP3;
    return SNIFF_NONE;
}

static bool riff_holds(struct span head, uint64_t whole)
{
    /* The size may fall short (a writer that never came back to fix it writes 0), it may not promise what is not there. */
    return little32(head.p + 4) <= whole + RIFF_SLACK_BYTES - 8;
}

/* More channels or a faster rate than any device records is made up. */
static bool format_holds(struct span head, size_t at)
{
    enum { CHANNELS_MAX = 64, RATE_MIN_HZ = 1000, RATE_MAX_HZ = 768000 };
    if (head.n - at < 8 + 16) return true; /* cannot see on */
    unsigned channels = (unsigned)head.p[at + 10] | (unsigned)head.p[at + 11] << 8;
    uint32_t rate_hz = little32(head.p + at + 12);
    return channels >= 1 && channels <= CHANNELS_MAX && rate_hz >= RATE_MIN_HZ && rate_hz <= RATE_MAX_HZ;
}

/* No decoder is asked for a picture that no camera takes; the same limits as imageinfo.h. */
static bool size_holds(uint64_t width, uint64_t height)
{
    enum { SIDE_MAX = 20000, PIXELS_MAX = 50 * 1000 * 1000 };
    return width >= 1 && height >= 1 && width <= SIDE_MAX && height <= SIDE_MAX && width * height <= PIXELS_MAX;
}

/* fmt and data chunk, as far as they are seen: the data may not promise more than there is. */
static bool wav_holds(struct span head, uint64_t whole)
{
    bool format_seen = false;
    for (size_t at = 12; head.n >= 8 && at <= head.n - 8;) {
        uint64_t bytes = little32(head.p + at + 4);
        if (HAS_AT(head, at, "data")) return format_seen && bytes <= whole - at;
        if (HAS_AT(head, at, "fmt ")) {
            format_seen = bytes >= 16 && bytes <= 1024;
            if (!format_holds(head, at)) return false;
        }
        if (bytes > whole - at - 8) return false;
        uint64_t next = at + 8 + bytes + (bytes & 1);
        if (next > head.n) return true; /* cannot see on */
        at = (size_t)next;
    }
    return head.n < whole;
}

static bool ogg_holds(struct span head)
{
    if (head.n < 28 || head.p[4] != 0) return false;
    size_t packet = 27 + (size_t)head.p[26];
    return HAS_AT(head, packet, "OpusHead") || HAS_AT(head, packet, "\x01vorbis");
}

static bool mp3_holds(struct span head, uint64_t whole)
{
    size_t tag = id3_bytes(head);
    if (tag > SNIFF_ID3_MAX_BYTES || tag >= whole) return false;
    /* Padding is allowed after the tag; when sound lies beyond what is seen the decoder will tell. */
    for (size_t at = tag; at < head.n; at++) {
        if (mp3_at(head, at)) return true;
        if (head.p[at] != 0) return false;
    }
    return head.n < whole;
}

static bool png_holds(struct span head, struct span tail)
{
    if (head.n < 24 || !size_holds(big32(head.p + 16), big32(head.p + 20))) return false;
    return HAS_AT(head, 8, "\0\0\0\x0dIHDR") && tail.n >= 12 && HAS_AT(tail, tail.n - 12, "\0\0\0\0IEND\xae\x42\x60\x82");
}

/* Start of frame: C0 to CF but for DHT, JPG and DAC. */
static bool is_frame(uint8_t marker) { return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc; }

static bool frame_holds(struct span head, size_t at)
{
    if (head.n - at < 9) return true; /* cannot see on */
    const uint8_t *p = head.p + at + 5;
    return size_holds((uint64_t)p[2] << 8 | p[3], (uint64_t)p[0] << 8 | p[1]);
}

/* Segments up to the scan hang together. */
static bool jpeg_holds(struct span head)
{
    size_t at = 2;
    while (head.n >= 4 && at <= head.n - 4) {
        if (head.p[at] != 0xff) return false;
        uint8_t marker = head.p[at + 1];
        if (marker == 0xff) {
            at++;
            continue;
        }
        size_t bytes = (size_t)head.p[at + 2] << 8 | head.p[at + 3];
        if (marker < 0xc0 || bytes < 2) return false;
        if (at == 2 && HAS_AT(head, at + 2, "/*")) return false; /* a length that opens a JavaScript comment */
        if (is_frame(marker) && !frame_holds(head, at)) return false;
        if (marker == 0xda) return true;
        at += 2 + bytes;
    }
    return true;
}

static bool structure_holds(enum sniff_kind kind, struct span head, struct span tail, uint64_t whole)
{
    switch (kind) {
    case SNIFF_WAV: return riff_holds(head, whole) && wav_holds(head, whole);
    case SNIFF_WEBP: return riff_holds(head, whole) && HAS_AT(head, 12, "VP8");
    case SNIFF_FLAC: return HAS_AT(head, 5, "\0\0\x22") && (head.p[4] & 0x7f) == 0;
    case SNIFF_MP3: return mp3_holds(head, whole);
    case SNIFF_OGG: return ogg_holds(head);
    case SNIFF_M4A: case SNIFF_HEIC: return big32(head.p) >= 16 && big32(head.p) <= 1024;
    case SNIFF_JPEG: return jpeg_holds(head);
    case SNIFF_PNG: return png_holds(head, tail);
    case SNIFF_WEBM: case SNIFF_TIFF: case SNIFF_PDF: return true;
    case SNIFF_NONE: case SNIFF_KIND_COUNT: return false;
    }
    return false;
}

/* Would a browser or a script engine that guesses take it for a page or a program? */
static bool has_markup(struct span s)
{
    /* None shorter than five bytes: compressed data has those by chance once in a few hundred files. */
    static const char *const words[] = {"<html", "<script", "<!doctype html", "<svg ", "<svg>", "<svg\n", "<iframe", "<body", "<?php", "javascript:"};
    for (const uint8_t *p = s.p, *end = s.p + s.n; p < end; p++) {
        if (*p != '<' && lower(*p) != 'j') continue;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            struct span word = span_text(words[i]);
            if (word.n <= (size_t)(end - p) && same_word(span_of(p, word.n), words[i])) return true;
        }
    }
    return false;
}

static bool has_archive(struct span s)
{
    if (contains(s, "Rar!\x1a\x07", 6) || contains(s, "7z\xbc\xaf\x27\x1c", 6)) return true;
    for (size_t at = 0; s.n >= 22 && at <= s.n - 22;) {
        const uint8_t *p = memmem(s.p + at, s.n - at, "PK", 2);
        if (p == NULL) return false;
        at = (size_t)(p - s.p);
        if (s.n - at < 22) return false;
        /* end of central directory of a one-disk archive; local file header of a version that exists */
        if (HAS_AT(s, at, "PK\x05\x06\0\0\0\0") && memcmp(p + 8, p + 10, 2) == 0) return true;
        if (HAS_AT(s, at, "PK\x03\x04") && p[4] <= 63 && p[5] == 0 && p[9] == 0) return true;
        at += 2;
    }
    return false;
}

static bool is_polyglot(enum sniff_kind kind, struct span part)
{
    if (has_archive(part)) return true;
    if (kind == SNIFF_PDF) return false; /* may describe itself in XML; it is never shown by a browser from here */
    return has_markup(part) || contains(span_sub(part, 0, 4096), "%PDF-", 5);
}

struct err sniff_check(struct span head, struct span tail, uint64_t whole_bytes, enum sniff_kind *kind_out)
{
    *kind_out = SNIFF_NONE;
    if (whole_bytes == 0) return FAIL(EMPTY_FILE);
    if (whole_bytes < SHORTEST_FILE_BYTES || head.n < SHORTEST_FILE_BYTES) return FAIL(UNPROCESSABLE_MEDIA);
    enum sniff_kind kind = sniff_kind(head);
    if (kind == SNIFF_NONE) return FAIL(FILE_MISMATCH);
    if (!structure_holds(kind, head, tail, whole_bytes)) return FAIL(UNPROCESSABLE_MEDIA);
    if (is_polyglot(kind, head) || is_polyglot(kind, tail)) return FAIL(UNPROCESSABLE_MEDIA);
    *kind_out = kind;
    return OK;
}
