/* Pictures from bytes in memory: decoded, upright by their own note (EXIF), grey. Size and structure are checked by
   imageinfo before a decoder sees a byte. */
#ifndef MEDSCRIBE_MEDIA_PICTURE_H
#define MEDSCRIBE_MEDIA_PICTURE_H
#include "base/err.h"
#include "base/span.h"
#include "media/sniff.h"

struct Pix; /* leptonica's */

/* How many pages; the checks of imageinfo_read. */
struct err picture_pages(struct span file, enum sniff_kind kind, unsigned *pages_out);
struct picture_size {
    int width, height;
};

/* Page `page` (from 0) as 8-bit grey, the caller's to pixDestroy. Large photographs come reduced to what reading needs;
   *full_out is the size of the upright picture as it came.
   Errors: TOO_LARGE, UNPROCESSABLE_MEDIA, UNSUPPORTED_TYPE, OUT_OF_MEMORY. */
struct err picture_decode(struct span file, enum sniff_kind kind, unsigned page, struct Pix **grey_out, struct picture_size *full_out);
/* Rows of grey bytes as a picture; NULL: out of memory. */
struct Pix *picture_of_plane(const uint8_t *plane, int stride, int width, int height);

#endif
