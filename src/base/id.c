#include "base/id.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *p, size_t n)
{
    uint8_t *to = p;
    while (n > 0) {
        ssize_t got = getrandom(to, n, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) abort();
        to += got;
        n -= (size_t)got;
    }
}

struct id id_random(void)
{
    struct id id;
    random_bytes(id.b, sizeof id.b);
    id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x40);
    id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
    return id;
}

bool id_equal(struct id a, struct id b) { return memcmp(a.b, b.b, ID_BYTES) == 0; }

bool id_is_zero(struct id id)
{
    const struct id zero = {{0}};
    return id_equal(id, zero);
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

static bool is_dash_place(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

bool id_parse(struct span text, struct id *id_out)
{
    if (text.n != ID_TEXT) return false;
    struct id id;
    size_t byte = 0;
    for (size_t at = 0; at < ID_TEXT;) {
        if (is_dash_place(at)) {
            if (text.p[at++] != '-') return false;
            continue;
        }
        int high = hex_digit(text.p[at]), low = hex_digit(text.p[at + 1]);
        if (high < 0 || low < 0) return false;
        id.b[byte++] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    *id_out = id;
    return true;
}

void id_write(struct id id, char text_out[static ID_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t byte = 0; byte < ID_BYTES; byte++) {
        if (is_dash_place(at)) text_out[at++] = '-';
        text_out[at++] = digits[id.b[byte] >> 4];
        text_out[at++] = digits[id.b[byte] & 15];
    }
}

void id_put(struct buf *b, struct id id)
{
    char text[ID_TEXT];
    id_write(id, text);
    buf_put(b, text, sizeof text);
}
