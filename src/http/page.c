#include "http/page.h"

#include "http/match.h"

static const struct span mark = {(const uint8_t *)"__CSP_NONCE__", 13};

const struct page_asset *page_find(struct span path)
{
    for (const struct page_asset *asset = page_assets; asset->path != NULL; asset++)
        if (span_is(path, asset->path)) return asset;
    return NULL;
}

bool page_exists(struct span path)
{
    if (path.n == 0) return false;
    if (memchr(path.p, '.', path.n) != NULL) return page_find(path) != NULL;
    if (memchr(path.p, '%', path.n) != NULL) return false;
    /* these two are old paths of the API as well, for POST */
    return span_is(path, "/login") || span_is(path, "/register") || !match_is_api(path);
}

void page_put_index(struct buf *out, const char nonce[static PAGE_NONCE_TEXT + 1])
{
    struct span rest = span_of(page_index_from, (size_t)(page_index_to - page_index_from));
    const uint8_t *at;
    while ((at = memmem(rest.p, rest.n, mark.p, mark.n)) != NULL) {
        size_t n = (size_t)(at - rest.p);
        buf_put(out, rest.p, n);
        buf_put(out, nonce, PAGE_NONCE_TEXT);
        rest = span_sub(rest, n + mark.n, rest.n);
    }
    buf_put_span(out, rest);
}

void page_nonce(const uint8_t random[static 16], char nonce_out[static PAGE_NONCE_TEXT + 1])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned bits = 0, held = 0;
    for (size_t in = 0, out = 0; out < PAGE_NONCE_TEXT; out++) {
        if (held < 6) {
            bits = bits << 8 | (in < 16 ? random[in++] : 0u);
            held += 8;
        }
        held -= 6;
        nonce_out[out] = digits[bits >> held & 63];
    }
    nonce_out[PAGE_NONCE_TEXT] = '\0';
}
