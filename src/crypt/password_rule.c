/* Which passwords are too weak or too common. The list holds words; the rule undoes what people do to words to please a
   composition rule: capitals, digits and signs around, letters written as digits, the word twice. */
#include "base/utf8.h"
#include "crypt/password.h"

#include <stdlib.h>

enum { POINTS_MIN = 8, POINTS_MAX = 128, BYTES_MAX = 4 * POINTS_MAX, DISTINCT_MIN = 5, RUN_MIN = 3 };

static const char *const common_words[] = {
#define W(word) word,
#include "crypt/password_words.def"
#undef W
};

static bool is_upper(uint32_t c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(uint32_t c) { return c >= 'a' && c <= 'z'; }
static bool is_digit(uint32_t c) { return c >= '0' && c <= '9'; }

static bool is_composed(struct span password)
{
    bool upper = false, lower = false, digit = false, special = false;
    for (size_t at = 0; at < password.n;) {
        uint32_t c = utf8_next(password, &at);
        if (is_upper(c)) upper = true;
        else if (is_lower(c)) lower = true;
        else if (is_digit(c)) digit = true;
        else special = true;
    }
    return upper && lower && digit && special;
}

static int compare_word(const void *key, const void *item)
{
    const struct span *word = key;
    const char *listed = *(const char *const *)item;
    int order = strncmp((const char *)word->p, listed, word->n);
    return order != 0 ? order : -(listed[word->n] != 0);
}

static bool is_listed(struct span word)
{
    return word.n > 0 && bsearch(&word, common_words, sizeof common_words / sizeof *common_words, sizeof *common_words,
                                 compare_word) != NULL;
}

/* "aaaa", "abcdef", "fedcba" */
static bool is_run(struct span word)
{
    if (word.n < 2) return word.n == 1;
    int step = word.p[1] - word.p[0];
    if (step < -1 || step > 1 || (step != 0 && word.n < RUN_MIN)) return false;
    for (size_t i = 2; i < word.n; i++)
        if (word.p[i] - word.p[i - 1] != step) return false;
    return true;
}

static bool is_common_core(struct span word)
{
    if (is_listed(word) || is_run(word)) return true;
    size_t half = word.n / 2;
    struct span first = span_sub(word, 0, half);
    return word.n > 0 && word.n % 2 == 0 && span_equal(first, span_sub(word, half, half)) && is_listed(first);
}

static struct span strip(struct span s)
{
    while (s.n > 0 && !is_lower(s.p[s.n - 1]) && s.p[s.n - 1] < 0x80) s.n--;
    while (s.n > 0 && !is_lower(s.p[0]) && s.p[0] < 0x80) s = span_sub(s, 1, s.n);
    return s;
}

static uint8_t unmask(uint8_t c, uint8_t one)
{
    switch (c) {
    case '0': return 'o';
    case '1': case '!': case '|': return one;
    case '3': return 'e';
    case '4': case '@': return 'a';
    case '5': case '$': return 's';
    case '7': case '+': return 't';
    default: return c;
    }
}

/* `lower` without trailing and leading signs, as it stands and with the letters that hide as digits. */
static bool is_common(struct span lower)
{
    uint8_t plain[BYTES_MAX];
    struct span core = strip(lower);
    bool common = is_common_core(core);
    for (int pass = 0; pass < 2 && !common; pass++) {
        for (size_t i = 0; i < core.n; i++) plain[i] = unmask(core.p[i], pass == 0 ? 'i' : 'l');
        common = is_common_core(span_of(plain, core.n));
        /* "p@$$w0rd" ends inside what strip takes away: try every end */
        for (size_t n = core.n + 1; n <= lower.n && !common; n++) {
            for (size_t i = 0; i < n; i++) plain[i] = unmask(lower.p[i], pass == 0 ? 'i' : 'l');
            common = is_common_core(strip(span_of(plain, n)));
        }
    }
    explicit_bzero(plain, sizeof plain);
    return common;
}

static size_t distinct_bytes(struct span s)
{
    bool seen[256] = {false};
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        n += !seen[s.p[i]];
        seen[s.p[i]] = true;
    }
    return n;
}

struct err password_rule(struct span password)
{
    uint8_t lower[BYTES_MAX];
    if (!utf8_valid(password)) return FAIL(INVALID_UTF8);
    size_t points = utf8_count(password);
    if (points < POINTS_MIN || points > POINTS_MAX || !is_composed(password)) return FAIL(WEAK_PASSWORD);
    for (size_t i = 0; i < password.n; i++)
        lower[i] = is_upper(password.p[i]) ? (uint8_t)(password.p[i] - 'A' + 'a') : password.p[i];
    bool common = distinct_bytes(span_of(lower, password.n)) < DISTINCT_MIN || is_common(span_of(lower, password.n));
    explicit_bzero(lower, sizeof lower);
    return common ? FAIL(COMMON_PASSWORD) : OK;
}
