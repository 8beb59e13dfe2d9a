/* Bytes of HTTP syntax (RFC 9110): never the locale's idea of letters. */
#ifndef MEDSCRIBE_HTTP_ASCII_H
#define MEDSCRIBE_HTTP_ASCII_H
#include "base/span.h"

static inline uint8_t ascii_lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }
static inline bool ascii_is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static inline bool ascii_is_alnum(uint8_t c)
{
    return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}
/* What names of headers, methods and cookies are made of. */
static inline bool ascii_is_token(uint8_t c)
{
    return ascii_is_alnum(c) || (c != 0 && c < 0x80 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}
static inline bool ascii_all(struct span s, bool (*is)(uint8_t c))
{
    for (size_t i = 0; i < s.n; i++)
        if (!is(s.p[i])) return false;
    return s.n > 0;
}
static inline bool ascii_same(struct span a, struct span b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i])) return false;
    return true;
}
static inline bool ascii_is(struct span a, const char *text) { return ascii_same(a, span_text(text)); }
static inline bool ascii_starts(struct span s, const char *prefix)
{
    struct span p = span_text(prefix);
    return s.n >= p.n && ascii_same(span_sub(s, 0, p.n), p);
}
/* Without blanks and tabs at both ends. */
static inline struct span ascii_trim(struct span s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) s = span_sub(s, 1, s.n);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')) s.n--;
    return s;
}
/* Cuts `rest` at the first `separator`; what stood before it. At the end of `rest` all of it. */
static inline struct span ascii_cut(struct span *rest, uint8_t separator)
{
    const uint8_t *at = rest->n > 0 ? memchr(rest->p, separator, rest->n) : NULL;
    struct span part = at == NULL ? *rest : span_sub(*rest, 0, (size_t)(at - rest->p));
    *rest = at == NULL ? SPAN_NONE : span_sub(*rest, part.n + 1, rest->n);
    return part;
}
/* base64url without padding: what our tokens and cursors are made of; a signed token also has dots. */
static inline bool ascii_is_base64url(uint8_t c) { return ascii_is_alnum(c) || c == '-' || c == '_'; }
static inline bool ascii_is_bearer(uint8_t c) { return ascii_is_base64url(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '='; }

#endif
