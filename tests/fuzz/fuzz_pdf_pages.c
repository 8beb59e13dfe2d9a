/* What pdftoppm draws of a stranger's file: pages lie within its output, and their pictures within the page. */
#include "media/pdf.h"

#include <leptonica/allheaders.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pdf_pages pages = {0};
    struct err e = pdf_parse(span_of(data, size), &pages);
    if (pages.count > PDF_MAX_PAGES) abort();
    for (unsigned i = 0; i < pages.count && !err_failed(e); i++) {
        const struct pdf_page *page = &pages.page[i];
        if (page->grey.p < data || page->grey.n > size || page->grey.p + page->grey.n > data + size) abort();
        if ((size_t)page->width * (size_t)page->height != page->grey.n) abort();
        struct Pix *picture = pdf_picture(page);
        if (picture == NULL || pixGetWidth(picture) != page->width || pixGetHeight(picture) != page->height) abort();
        pixDestroy(&picture);
    }
    return 0;
}
