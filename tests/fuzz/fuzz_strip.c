/* Metadata taken out of files on the way: the first byte is the kind, the second how the rest is cut into pieces. However it is
   cut, the same comes out; it is never longer than what went in and the allowance. */
#include "media/strip.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct err strip_in_pieces(struct span file, enum sniff_kind kind, size_t piece, struct buf *out)
{
    struct strip strip;
    strip_begin(&strip, kind);
    for (size_t at = 0; at < file.n; at += piece) {
        TRY(strip_feed(&strip, span_sub(file, at, piece), out));
        if (out->n > at + span_sub(file, at, piece).n + STRIP_MORE_BYTES) abort();
    }
    return strip_end(&strip, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    enum sniff_kind kind = data[0] % SNIFF_KIND_COUNT;
    struct span file = span_of(data + 2, size - 2);
    struct buf whole = BUF_WITH_MAX(size + STRIP_MORE_BYTES), pieces = BUF_WITH_MAX(size + STRIP_MORE_BYTES);
    struct err one = strip_in_pieces(file, kind, file.n + 1, &whole), other = strip_in_pieces(file, kind, 1u + data[1], &pieces);
    if (one.code != other.code || (one.code != ERR_OK && one.code != ERR_UNPROCESSABLE_MEDIA)) abort();
    if (!span_equal(buf_span(&whole), buf_span(&pieces))) abort();
    if (kind == SNIFF_WAV && !err_failed(one) && whole.n != file.n) abort(); /* blanked where it is */
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
