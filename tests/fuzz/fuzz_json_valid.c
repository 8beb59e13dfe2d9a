/* The check of documents that are passed on: never reads beyond the end, and what it takes stays taken inside another document.
   Texts written as JSON are always valid. */
#include "base/json.h"
#include "base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of(data, size);
    if (size > 1 << 16) return 0;
    struct buf b = BUF_WITH_MAX(1 << 20);
    if (json_valid(text)) {
        if (!utf8_valid(text)) abort();
        buf_put_byte(&b, ' ');
        buf_put_span(&b, text);
        buf_put_byte(&b, '\n');
        if (!json_valid(buf_span(&b))) abort();
        buf_put_byte(&b, ',');
        if (json_valid(buf_span(&b))) abort();
    }
    if (utf8_valid(text)) {
        struct json j = JSON_TO(&b);
        buf_reset(&b);
        json_object(&j);
        json_put_text(&j, "key", text);
        json_object_end(&j);
        if (b.failed || !json_valid(buf_span(&b)) || memchr(b.p, '<', b.n) != NULL) abort();
    }
    buf_free(&b);
    return 0;
}
