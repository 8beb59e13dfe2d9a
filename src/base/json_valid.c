#include "base/json.h"
#include "base/utf8.h"

enum { DEPTH_MAX = 32 };

struct scan {
    struct span text;
    size_t at;
};

static uint8_t peek(const struct scan *s) { return s->at < s->text.n ? s->text.p[s->at] : 0; }

static void skip_space(struct scan *s)
{
    while (peek(s) == ' ' || peek(s) == '\n' || peek(s) == '\r' || peek(s) == '\t') s->at++;
}

static bool take(struct scan *s, uint8_t c)
{
    if (peek(s) != c || s->at >= s->text.n) return false;
    s->at++;
    return true;
}

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_hex(uint8_t c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

static bool digits(struct scan *s)
{
    if (!is_digit(peek(s))) return false;
    while (is_digit(peek(s))) s->at++;
    return true;
}

static bool number(struct scan *s)
{
    (void)take(s, '-');
    if (!take(s, '0') && !digits(s)) return false;
    if (take(s, '.') && !digits(s)) return false;
    if ((peek(s) | 0x20) != 'e') return true;
    s->at++;
    if (!take(s, '+')) (void)take(s, '-');
    return digits(s);
}

static bool string(struct scan *s)
{
    if (!take(s, '"')) return false;
    while (s->at < s->text.n) {
        uint8_t c = s->text.p[s->at++];
        if (c == '"') return true;
        if (c < 0x20) return false;
        if (c != '\\') continue;
        uint8_t escape = peek(s);
        s->at++;
        if (escape == 'u') {
            for (int i = 0; i < 4; i++, s->at++)
                if (!is_hex(peek(s))) return false;
        } else if (escape == 0 || strchr("\"\\/bfnrt", escape) == NULL) {
            return false;
        }
    }
    return false;
}

static bool word(struct scan *s, const char *text)
{
    size_t n = strlen(text);
    if (!span_equal(span_sub(s->text, s->at, n), span_of(text, n))) return false;
    s->at += n;
    return true;
}

static bool value(struct scan *s, unsigned depth);

/* What stands between the brackets: members (keys) or elements. */
static bool list(struct scan *s, uint8_t end, bool keys, unsigned depth)
{
    if (depth >= DEPTH_MAX) return false;
    s->at++;
    skip_space(s);
    if (take(s, end)) return true;
    do {
        skip_space(s);
        if (keys) {
            if (!string(s)) return false;
            skip_space(s);
            if (!take(s, ':')) return false;
        }
        if (!value(s, depth + 1)) return false;
        skip_space(s);
    } while (take(s, ','));
    return take(s, end);
}

static bool value(struct scan *s, unsigned depth)
{
    skip_space(s);
    switch (peek(s)) {
    case '{': return list(s, '}', true, depth);
    case '[': return list(s, ']', false, depth);
    case '"': return string(s);
    case 't': return word(s, "true");
    case 'f': return word(s, "false");
    case 'n': return word(s, "null");
    default: return number(s);
    }
}

bool json_valid(struct span text)
{
    struct scan s = {.text = text};
    if (!utf8_valid(text) || !value(&s, 0)) return false;
    skip_space(&s);
    return s.at == text.n;
}
