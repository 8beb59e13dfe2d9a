#include "base/utf8.h"

/* Length of the valid sequence at p (n > 0 bytes there), 0 when it is not valid. */
static size_t sequence(const uint8_t *p, size_t n, uint32_t *code)
{
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (p[0] < 0x80) {
        *code = p[0];
        return 1;
    }
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n < length) return 0;
    uint32_t c = p[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < smallest[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return 0;
    *code = c;
    return length;
}

bool utf8_valid(struct span text)
{
    uint32_t code;
    for (size_t at = 0, n; at < text.n; at += n) {
        n = sequence(text.p + at, text.n - at, &code);
        if (n == 0) return false;
    }
    return true;
}

size_t utf8_count(struct span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.n; i++) count += (text.p[i] & 0xc0) != 0x80;
    return count;
}

uint32_t utf8_next(struct span text, size_t *at)
{
    uint32_t code;
    size_t n = sequence(text.p + *at, text.n - *at, &code);
    *at += n == 0 ? 1 : n;
    return n == 0 ? 0xfffd : code;
}

bool utf8_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

bool utf8_is_bidi_control(uint32_t c)
{
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

struct span utf8_cut(struct span text, size_t max)
{
    if (text.n <= max) return text;
    while (max > 0 && (text.p[max] & 0xc0) == 0x80) max--;
    return span_sub(text, 0, max);
}
