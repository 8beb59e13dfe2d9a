#include "media/imageinfo.h"

struct tiff_reader {
    struct span bytes;
    bool big;
};

static uint32_t big32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }
static uint32_t big16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t little32(const uint8_t *p) { return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0]; }
static uint32_t little24(const uint8_t *p) { return (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0]; }
static uint32_t little16(const uint8_t *p) { return (uint32_t)p[1] << 8 | p[0]; }

static bool has(struct span s, size_t at, size_t n) { return at <= s.n && n <= s.n - at; }

static struct err check_size(uint64_t width, uint64_t height)
{
    if (width == 0 || height == 0) return FAIL(UNPROCESSABLE_MEDIA);
    if (width > IMAGEINFO_MAX_SIDE || height > IMAGEINFO_MAX_SIDE || width * height > IMAGEINFO_MAX_PIXELS) return FAIL(TOO_LARGE);
    return OK;
}

static uint32_t tiff16(const struct tiff_reader *r, size_t at) { return !has(r->bytes, at, 2) ? 0 : r->big ? big16(r->bytes.p + at) : little16(r->bytes.p + at); }
static uint32_t tiff32(const struct tiff_reader *r, size_t at) { return !has(r->bytes, at, 4) ? 0 : r->big ? big32(r->bytes.p + at) : little32(r->bytes.p + at); }

/* The value of a tag in the directory at `at`; 0 when it is not there or not a small number. */
static uint32_t tiff_tag(const struct tiff_reader *r, size_t at, uint32_t tag)
{
    for (uint32_t i = 0, n = tiff16(r, at); i < n && has(r->bytes, at + 2 + 12ul * i, 12); i++) {
        size_t entry = at + 2 + 12ul * i;
        if (tiff16(r, entry) != tag || tiff32(r, entry + 4) != 1) continue;
        uint32_t type = tiff16(r, entry + 2);
        return type == 3 ? tiff16(r, entry + 8) : type == 4 ? tiff32(r, entry + 8) : 0;
    }
    return 0;
}

static struct tiff_reader tiff_of(struct span bytes)
{
    return (struct tiff_reader){.bytes = bytes, .big = bytes.n > 0 && bytes.p[0] == 'M'};
}

/* EXIF is a small TIFF file; 274 is its orientation. */
static unsigned exif_orientation(struct span exif)
{
    struct tiff_reader r = tiff_of(exif);
    uint32_t orientation = tiff_tag(&r, tiff32(&r, 4), 274);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

static struct err read_tiff(struct span file, struct imageinfo *info)
{
    struct tiff_reader r = tiff_of(file);
    for (size_t at = tiff32(&r, 4); at != 0; at = tiff32(&r, at + 2 + 12ul * tiff16(&r, at))) {
        uint32_t width = tiff_tag(&r, at, 256), height = tiff_tag(&r, at, 257), bits = tiff_tag(&r, at, 258), samples = tiff_tag(&r, at, 277);
        TRY(check_size(width, height));
        if (bits > 16 || samples > 4) return FAIL(TOO_LARGE);
        if (info->pages++ == 0) info->width = width, info->height = height;
        if (info->pages > IMAGEINFO_MAX_PAGES) return FAIL(TOO_LARGE); /* a circle of directories ends here as well */
    }
    return info->pages == 0 ? FAIL(UNPROCESSABLE_MEDIA) : OK;
}

static struct err read_png(struct span file, struct imageinfo *info)
{
    if (!has(file, 16, 13)) return FAIL(UNPROCESSABLE_MEDIA);
    info->width = big32(file.p + 16);
    info->height = big32(file.p + 20);
    info->pages = 1;
    return check_size(info->width, info->height);
}

static bool is_frame_header(uint8_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/* A progressive JPEG may go over all its pixels again and again; each scan costs a decoder the whole picture. */
static struct err count_scans(struct span rest)
{
    unsigned scans = 1;
    for (const uint8_t *p = rest.p, *end = rest.p + rest.n; (p = memchr(p, 0xff, (size_t)(end - p))) != NULL && end - p > 1; p++)
        if (p[1] == 0xda && ++scans > IMAGEINFO_MAX_SCANS) return FAIL(TOO_LARGE);
    return OK;
}

static struct err read_jpeg(struct span file, struct imageinfo *info)
{
    for (size_t at = 2; has(file, at, 4);) {
        uint8_t marker = file.p[at + 1];
        if (file.p[at] != 0xff) return FAIL(UNPROCESSABLE_MEDIA);
        if (marker == 0xff) {
            at++;
            continue;
        }
        size_t bytes = big16(file.p + at + 2);
        struct span body = span_sub(file, at + 4, bytes < 2 ? 0 : bytes - 2);
        if (marker == 0xe1 && span_starts(body, SPAN_LITERAL("Exif\0\0"))) info->orientation = exif_orientation(span_sub(body, 6, body.n));
        if (is_frame_header(marker) && body.n >= 6) {
            info->pages = 1;
            info->height = big16(body.p + 1);
            info->width = big16(body.p + 3);
            TRY(check_size(info->width, info->height));
        }
        if (marker == 0xda) return info->pages == 0 ? FAIL(UNPROCESSABLE_MEDIA) : count_scans(span_sub(file, at + 2, file.n));
        if (bytes < 2) return FAIL(UNPROCESSABLE_MEDIA);
        at += 2 + bytes;
    }
    return FAIL(UNPROCESSABLE_MEDIA);
}

static struct err read_webp(struct span file, struct imageinfo *info)
{
    if (!has(file, 0, 30)) return FAIL(UNPROCESSABLE_MEDIA);
    const uint8_t *p = file.p + 20;
    if (memcmp(file.p + 12, "VP8X", 4) == 0) {
        info->width = little24(p + 4) + 1;
        info->height = little24(p + 7) + 1;
    } else if (memcmp(file.p + 12, "VP8L", 4) == 0) {
        uint32_t packed = little32(p + 1);
        info->width = (packed & 0x3fff) + 1;
        info->height = (packed >> 14 & 0x3fff) + 1;
    } else {
        info->width = little16(p + 6) & 0x3fff;
        info->height = little16(p + 8) & 0x3fff;
    }
    info->pages = 1;
    TRY(check_size(info->width, info->height));
    for (size_t at = 12; has(file, at, 8); at += 8 + (size_t)little32(file.p + at + 4) + (little32(file.p + at + 4) & 1))
        if (memcmp(file.p + at, "EXIF", 4) == 0) {
            struct span exif = span_sub(file, at + 8, little32(file.p + at + 4));
            if (span_starts(exif, SPAN_LITERAL("Exif\0\0"))) exif = span_sub(exif, 6, exif.n);
            info->orientation = exif_orientation(exif);
        }
    return OK;
}

/* The largest "ispe" (image spatial extents) box near the beginning. Tiles have their own, the picture's is the largest. */
static struct err read_heic(struct span file, struct imageinfo *info)
{
    struct span head = span_sub(file, 0, 256 * 1024);
    info->pages = 1;
    for (const uint8_t *p = head.p, *end = head.p + head.n; (p = memmem(p, (size_t)(end - p), "ispe", 4)) != NULL; p += 4) {
        if (end - p < 16) break;
        uint32_t width = big32(p + 8), height = big32(p + 12);
        TRY(check_size(width, height));
        if ((uint64_t)width * height > (uint64_t)info->width * info->height) info->width = width, info->height = height;
    }
    return OK;
}

struct err imageinfo_read(struct span file, enum sniff_kind kind, struct imageinfo *info_out)
{
    *info_out = (struct imageinfo){.orientation = 1};
    switch (kind) {
    case SNIFF_JPEG: return read_jpeg(file, info_out);
    case SNIFF_PNG: return read_png(file, info_out);
    case SNIFF_WEBP: return read_webp(file, info_out);
    case SNIFF_TIFF: return read_tiff(file, info_out);
    case SNIFF_HEIC: return read_heic(file, info_out);
    default: return FAIL(UNSUPPORTED_TYPE);
    }
}

size_t imageinfo_plain_png(struct span file, uint8_t *to)
{
    static const char keep[][5] = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"};
    if (file.n < 8) return 0;
    size_t made = 8, at = 8;
    memcpy(to, file.p, 8);
    while (has(file, at, 12)) {
        size_t bytes = (size_t)big32(file.p + at) + 12;
        if (!has(file, at, bytes)) return 0;
        for (size_t i = 0; i < sizeof keep / sizeof *keep; i++)
            if (memcmp(file.p + at + 4, keep[i], 4) == 0) {
                memcpy(to + made, file.p + at, bytes);
                made += bytes;
            }
        if (memcmp(file.p + at + 4, "IEND", 4) == 0) return made;
        at += bytes;
    }
    return 0;
}
