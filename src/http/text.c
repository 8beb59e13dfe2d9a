#include "http/text.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "http/ascii.h"

static bool is_plain(struct span text, bool lower)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= 0x80 || (lower && ascii_lower(text.p[i]) != text.p[i])) return false;
    return true;
}

static utf8proc_int32_t to_lower(utf8proc_int32_t c, void *unused)
{
    (void)unused;
    return utf8proc_tolower(c);
}

struct err text_normal(struct span text, bool lower, struct arena *arena, struct span *text_out)
{
    *text_out = text;
    if (is_plain(text, lower)) return OK;
    utf8proc_uint8_t *to = NULL;
    utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    utf8proc_ssize_t n = utf8proc_map_custom(text.p, (utf8proc_ssize_t)text.n, &to, options, lower ? to_lower : NULL, NULL);
    if (n < 0) return FAIL(BAD_VALUE);
    *text_out = arena_copy(arena, span_of(to, (size_t)n));
    explicit_bzero(to, (size_t)n);
    free(to);
    return arena->failed ? FAIL(OUT_OF_MEMORY) : OK;
}

static bool is_letter_or_digit(uint32_t c)
{
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ND: return true;
    default: return false;
    }
}

bool text_is_name(struct span text)
{
    bool after_blank = true;
    for (size_t at = 0; at < text.n;) {
        uint32_t c = utf8_next(text, &at);
        if (c == ' ' && after_blank) return false;
        if (c != ' ' && c != '.' && c != '_' && c != '-' && !is_letter_or_digit(c)) return false;
        after_blank = c == ' ';
    }
    return text.n > 0 && !after_blank;
}

static bool is_local_part(struct span local)
{
    bool after_dot = true;
    for (size_t i = 0; i < local.n; i++) {
        uint8_t c = local.p[i];
        if (c == '.' ? after_dot : c < 0x80 && !ascii_is_token(c) && c != '/' && c != '=' && c != '?' && c != '{' && c != '}')
            return false;
        after_dot = c == '.';
    }
    return local.n > 0 && local.n <= 64 && !after_dot;
}

static bool is_label(struct span label)
{
    for (size_t i = 0; i < label.n; i++)
        if (label.p[i] < 0x80 && !ascii_is_alnum(label.p[i]) && label.p[i] != '-') return false;
    return label.n > 0 && label.n <= 63 && label.p[0] != '-' && label.p[label.n - 1] != '-';
}

bool text_is_email(struct span text)
{
    struct span rest = text;
    if (text.n > 254 || text_has_control(text, false) || text_has_bidi(text)) return false;
    for (size_t at = 0; at < text.n;) {
        uint32_t c = utf8_next(text, &at);
        if (c >= 0x80 && !is_letter_or_digit(c)) return false;
    }
    if (!is_local_part(ascii_cut(&rest, '@'))) return false;
    unsigned labels = 0;
    if (rest.n == 0 || rest.p[rest.n - 1] == '.') return false;
    for (; rest.n > 0; labels++)
        if (!is_label(ascii_cut(&rest, '.'))) return false;
    return labels >= 2;
}

bool text_has_control(struct span text, bool lines)
{
    for (size_t at = 0; at < text.n;) {
        uint32_t c = utf8_next(text, &at);
        if (utf8_is_control(c) && !(lines && (c == '\t' || c == '\n'))) return true;
    }
    return false;
}

bool text_has_bidi(struct span text)
{
    for (size_t at = 0; at < text.n;)
        if (utf8_is_bidi_control(utf8_next(text, &at))) return true;
    return false;
}
