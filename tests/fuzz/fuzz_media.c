/* Everything that reads a foreign file before a decoder does: kind, polyglot checks, picture headers, the plain PNG.
   What is accepted must keep the promises that the decoders' callers build on. */
#include "media/imageinfo.h"
#include "media/sniff.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_headers(struct span file)
{
    for (enum sniff_kind kind = SNIFF_NONE; kind < SNIFF_KIND_COUNT; kind++) {
        struct imageinfo info;
        if (err_failed(imageinfo_read(file, kind, &info))) continue;
        if (info.pages < 1 || info.pages > IMAGEINFO_MAX_PAGES || info.orientation < 1 || info.orientation > 8) abort();
        if ((uint64_t)info.width * info.height > IMAGEINFO_MAX_PIXELS) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span file = span_of(data, size);
    enum sniff_kind kind;
    struct err e = sniff_check(span_sub(file, 0, SNIFF_HEAD_BYTES), span_sub(file, size > SNIFF_TAIL_BYTES ? size - SNIFF_TAIL_BYTES : 0, SNIFF_TAIL_BYTES), size, &kind);
    if (err_failed(e) != (kind == SNIFF_NONE)) abort();
    IGNORE(sniff_check(file, file, (uint64_t)size * 3, &kind)); /* a longer file of which this is seen */
    (void)sniff_type_fits(kind, file);
    (void)sniff_name_fits(kind, file);
    check_headers(file);
    uint8_t *plain = malloc(size == 0 ? 1 : size);
    if (plain == NULL) return 0;
    size_t n = imageinfo_plain_png(file, plain);
    if (n > size) abort();
    free(plain);
    return 0;
}
