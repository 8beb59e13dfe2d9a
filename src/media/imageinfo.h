/* What a picture says of itself, read before any decoder sees it: size, pages, which way up, number of scans. Hostile bytes;
   reads only inside the span, allocates nothing. This is where picture bombs end. */
#ifndef MEDSCRIBE_MEDIA_IMAGEINFO_H
#define MEDSCRIBE_MEDIA_IMAGEINFO_H
#include "base/err.h"
#include "base/span.h"
#include "media/sniff.h"

enum {
    IMAGEINFO_MAX_PIXELS = 50 * 1000 * 1000,
    IMAGEINFO_MAX_SIDE = 20000,
    IMAGEINFO_MAX_PAGES = 20,
    IMAGEINFO_MAX_SCANS = 64,
};

struct imageinfo {
    uint32_t width, height; /* of the first page, as stored; 0 for HEIC when not found (libheif will tell) */
    unsigned pages;
    unsigned orientation; /* EXIF 1 to 8 that is still to be undone; 1 when the decoder does it */
};

/* Errors: TOO_LARGE: more pixels, pages or scans than are taken; UNPROCESSABLE_MEDIA: no size to be found;
   UNSUPPORTED_TYPE: not a picture kind. */
struct err imageinfo_read(struct span file, enum sniff_kind kind, struct imageinfo *info_out);
/* A PNG without what is not needed for its pixels (text, profiles, animation): chunks that only a bomb makes large. Written
   into `to` of at least file.n bytes; returns the length, 0 when the chunks do not hang together. */
size_t imageinfo_plain_png(struct span file, uint8_t *to);

#endif
