#include "clinic/sig_token.h"

#include "base/utf8.h"

enum { WHOLE_OF_STRENGTH = 10 };

struct cutter {
    struct arena *arena;
    struct span text;
    struct sig_token *tokens;
    size_t count, at;
    bool dotted; /* the last token was one letter or number and a dot stood behind it */
};

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_letter(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c; }

static uint8_t byte_at(const struct cutter *c, size_t at) { return at < c->text.n ? c->text.p[at] : 0; }

static struct sig_token *add(struct cutter *c, enum sig_token_kind kind, size_t from)
{
    if (c->count == SIG_TOKEN_LIMIT) return NULL;
    struct sig_token *token = &c->tokens[c->count++];
    uint8_t before = from > 0 ? c->text.p[from - 1] : ' ';
    *token = (struct sig_token){.kind = kind, .at = from, .length = c->at - from};
    token->glued = from > 0 && before > ' ';
    return token;
}

/* Digits with an optional point; a comma only as the mark of thousands. */
static bool cut_number(struct cutter *c)
{
    size_t from = c->at;
    int64_t value = 0, place = SIG_MICRO / 10;
    bool doubtful = byte_at(c, from) == '.';
    while (is_digit(byte_at(c, c->at)) ||
           (byte_at(c, c->at) == ',' && is_digit(byte_at(c, c->at + 1)) && is_digit(byte_at(c, c->at - 1)))) {
        uint8_t digit = byte_at(c, c->at++);
        if (digit == ',') {
            bool thousands = is_digit(byte_at(c, c->at + 1)) && is_digit(byte_at(c, c->at + 2)) && !is_digit(byte_at(c, c->at + 3));
            doubtful = doubtful || !thousands;
        } else if (value < SIG_NUMBER_LIMIT) {
            value = value * 10 + (digit - '0');
        }
    }
    if (value >= SIG_NUMBER_LIMIT) doubtful = true;
    bool zero_led = c->at > from + 1 && byte_at(c, from) == '0';
    value *= SIG_MICRO;
    if (byte_at(c, c->at) == '.' && is_digit(byte_at(c, c->at + 1))) {
        size_t point = c->at;
        for (c->at++; is_digit(byte_at(c, c->at)); c->at++, place /= 10) {
            value += place * (byte_at(c, c->at) - '0');
            if (place == 0) doubtful = true;
        }
        bool thousands = c->at == point + 4 && byte_at(c, c->at - 1) == '0' && value >= SIG_MICRO; /* "1.000": one, or a thousand? */
        doubtful = doubtful || thousands;
        zero_led = false;
    }
    struct sig_token *token = add(c, SIG_TOKEN_NUMBER, from);
    if (token == NULL) return false;
    token->value = value;
    token->doubtful = doubtful;
    token->zero_led = zero_led;
    return true;
}

static bool is_word_code(uint32_t code)
{
    if (code == 0xd7 || code == 0xf7) return false; /* × ÷ */
    if (code == 0xb5) return true;                  /* µ */
    return code >= 0xc0 && !(code >= 0x2000 && code <= 0x2bff) && code != 0xfffd && !utf8_is_control(code);
}

static bool cut_word(struct cutter *c)
{
    size_t from = c->at;
    for (;;) {
        uint8_t b = byte_at(c, c->at);
        if (is_letter(b) || (b == '\'' && is_letter(byte_at(c, c->at + 1)))) {
            c->at++;
            continue;
        }
        size_t next = c->at;
        if (b < 0x80 || !is_word_code(utf8_next(c->text, &next))) break;
        c->at = next;
    }
    struct sig_token *token = add(c, SIG_TOKEN_WORD, from);
    if (token == NULL) return false;
    token->word = arena_copy(c->arena, span_sub(c->text, from, c->at - from));
    if (token->word.p == NULL) return false;
    uint8_t *p = (uint8_t *)(uintptr_t)token->word.p; /* our own copy */
    for (size_t i = 0; i < token->word.n; i++) p[i] = lower(p[i]);
    return true;
}

/* What a sign of several bytes means: a mark, the letter x, or a fraction (numerator * 10 + denominator). */
static bool cut_sign(struct cutter *c, uint32_t code, size_t from)
{
    static const struct { uint32_t code; int64_t value; } fractions[] = {
        {0xbd, SIG_MICRO / 2}, {0xbc, SIG_MICRO / 4}, {0xbe, SIG_MICRO / 4 * 3}, {0x2153, SIG_MICRO / 3}, {0x2154, SIG_MICRO / 3 * 2}};
    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++) {
        if (fractions[i].code != code) continue;
        struct sig_token *last = c->count > 0 ? &c->tokens[c->count - 1] : NULL;
        if (last != NULL && last->kind == SIG_TOKEN_NUMBER && last->at + last->length == from && last->value % SIG_MICRO == 0) {
            last->value += fractions[i].value;
            last->length = c->at - last->at;
            return true;
        }
        struct sig_token *token = add(c, SIG_TOKEN_NUMBER, from);
        if (token != NULL) token->value = fractions[i].value;
        return token != NULL;
    }
    bool dash = code == '-' || (code >= 0x2010 && code <= 0x2015) || code == 0x2212;
    if (dash && c->count > 0 && c->tokens[c->count - 1].mark == '-' && c->tokens[c->count - 1].at + c->tokens[c->count - 1].length == from) {
        c->tokens[c->count - 1].length = c->at - c->tokens[c->count - 1].at; /* "1 -- 0 -- 1" */
        return true;
    }
    bool times = code == 0xd7 || code == 0x2715 || code == 0x2716;
    struct sig_token *token = add(c, times ? SIG_TOKEN_WORD : SIG_TOKEN_MARK, from);
    if (token == NULL) return false;
    if (times) token->word = SPAN_LITERAL("x");
    else token->mark = dash ? '-' : code < 0x80 ? (uint8_t)code : '?';
    return true;
}

/* A dot behind one letter or a number inside an abbreviation ("q.4.d.") is not a full stop. */
static bool dot_of_abbreviation(const struct cutter *c)
{
    if (c->count == 0 || byte_at(c, c->at) != '.') return false;
    const struct sig_token *last = &c->tokens[c->count - 1];
    if (last->at + last->length != c->at) return false;
    bool short_word = last->kind == SIG_TOKEN_WORD && last->word.n == 1;
    bool inside = last->kind != SIG_TOKEN_MARK && c->dotted;
    return (short_word || inside) && (c->dotted || is_letter(byte_at(c, c->at + 1)) || is_digit(byte_at(c, c->at + 1)));
}

static void join_letters(struct cutter *c)
{
    struct sig_token *last = &c->tokens[c->count - 1], *before = &c->tokens[c->count - 2];
    if (last->kind != SIG_TOKEN_WORD || before->kind != SIG_TOKEN_WORD || last->word.n != 1) return;
    uint8_t *joined = arena_alloc(c->arena, before->word.n + 1);
    if (joined == NULL) return;
    memcpy(joined, before->word.p, before->word.n);
    joined[before->word.n] = last->word.p[0];
    before->word = span_of(joined, before->word.n + 1);
    before->length = last->at + last->length - before->at;
    c->count--;
}

/* NUMBER / NUMBER that is a part of a whole, and a whole before it. */
static void join_fraction(struct cutter *c)
{
    if (c->count < 3) return;
    struct sig_token *low = &c->tokens[c->count - 1], *slash = low - 1, *high = low - 2;
    if (low->kind != SIG_TOKEN_NUMBER || slash->mark != '/' || high->kind != SIG_TOKEN_NUMBER || !slash->glued || !low->glued) return;
    int64_t denominator = low->value / SIG_MICRO, numerator = high->value / SIG_MICRO;
    if (low->value % SIG_MICRO != 0 || high->value % SIG_MICRO != 0) return;
    if (denominator < 2 || denominator > 4 || numerator < 1 || numerator >= denominator) return;
    high->value = numerator * SIG_MICRO / denominator;
    high->length = low->at + low->length - high->at;
    c->count -= 2;
    if (c->count < 2 || high->glued) return;
    struct sig_token *whole = high - 1;
    if (whole->kind != SIG_TOKEN_NUMBER || whole->value % SIG_MICRO != 0 || whole->value == 0) return;
    if (whole->value >= WHOLE_OF_STRENGTH * (int64_t)SIG_MICRO) return; /* "Wysolone 10 1/2 tab": half a tablet of 10 mg */
    whole->value += high->value;
    whole->mixed = true;
    whole->length = high->at + high->length - whole->at;
    c->count--;
}

static bool cut_one(struct cutter *c)
{
    uint8_t b = byte_at(c, c->at);
    if (b <= ' ') {
        c->at++;
        c->dotted = false;
        return true;
    }
    if (dot_of_abbreviation(c)) {
        c->dotted = true;
        c->at++;
        return true;
    }
    bool dotted = c->dotted, ok;
    size_t from = c->at, next = c->at;
    bool point = b == '.' && is_digit(byte_at(c, from + 1)) && !(from > 0 && (is_digit(c->text.p[from - 1]) || is_letter(c->text.p[from - 1])));
    uint32_t code = utf8_next(c->text, &next);
    if (is_digit(b) || point) {
        ok = cut_number(c);
        if (ok) join_fraction(c);
    } else if (is_letter(b) || (b >= 0x80 && is_word_code(code))) {
        ok = cut_word(c);
        if (ok && dotted && c->count > 1) join_letters(c);
    } else {
        c->at = next;
        ok = cut_sign(c, code, from);
    }
    const struct sig_token *last = c->count > 0 ? &c->tokens[c->count - 1] : NULL;
    c->dotted = dotted && last != NULL && last->kind != SIG_TOKEN_MARK;
    return ok;
}

bool sig_token_cut(struct arena *arena, struct span text, struct sig_token **tokens, size_t *count)
{
    struct cutter c = {.arena = arena, .text = text};
    if (text.n > SIG_TEXT_LIMIT) return false;
    c.tokens = arena_array(arena, SIG_TOKEN_LIMIT, sizeof *c.tokens);
    if (c.tokens == NULL) return false;
    while (c.at < text.n)
        if (!cut_one(&c)) return false;
    *tokens = c.tokens;
    *count = c.count;
    return !arena->failed;
}
