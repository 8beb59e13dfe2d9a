#include "clinic/lexicon.h"

#include "base/utf8.h"
#include "clinic/rx_form.h"

#include <stdlib.h>

struct lexicon_word {
    uint32_t at; /* byte of the dictionary */
    uint32_t letters;
    uint8_t length;
};

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c; }
static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

uint32_t lexicon_letters(struct span word)
{
    enum { DIGIT = 26, OTHER = 27 };
    uint32_t set = 0;
    for (size_t i = 0; i < word.n; i++) {
        uint8_t c = lower(word.p[i]);
        set |= 1u << (c >= 'a' && c <= 'z' ? c - 'a' : is_digit(c) ? DIGIT : OTHER);
    }
    return set;
}

static struct span next_line(struct span *rest)
{
    const uint8_t *end = rest->n == 0 ? NULL : memchr(rest->p, '\n', rest->n);
    size_t n = end == NULL ? rest->n : (size_t)(end - rest->p);
    struct span line = span_sub(*rest, 0, n);
    *rest = span_sub(*rest, n + 1, rest->n);
    return line;
}

/* --- the clinic's own names --- */

static struct span next_word(struct span *rest)
{
    while (rest->n > 0 && rest->p[0] <= ' ') *rest = span_sub(*rest, 1, rest->n);
    size_t n = 0;
    while (n < rest->n && rest->p[n] > ' ') n++;
    struct span word = span_sub(*rest, 0, n);
    *rest = span_sub(*rest, n, rest->n);
    return word;
}

/* "Tab.", "SYP": in front of a name. */
static bool is_form(struct span word)
{
    uint8_t text[16];
    if (word.n > 0 && word.p[word.n - 1] == '.') word = span_sub(word, 0, word.n - 1);
    if (word.n < 2 || word.n > sizeof text) return false;
    for (size_t i = 0; i < word.n; i++) text[i] = lower(word.p[i]);
    return rx_form_of(span_of(text, word.n)) != SIG_FORM_UNKNOWN;
}

/* The part of a line that is the name: behind a form, before a strength. */
static struct span name_part(struct span line)
{
    struct span rest = line, first = next_word(&rest), after = rest;
    bool form = is_form(first) && next_word(&after).n > 0;
    struct span word = form ? next_word(&rest) : first;
    const uint8_t *begin = word.p, *end = word.p + word.n;
    for (word = next_word(&rest); word.n > 0 && !is_digit(word.p[0]); word = next_word(&rest)) end = word.p + word.n;
    return span_of(begin, (size_t)(end - begin));
}

/* Lower case, one space between words. */
static struct span key_of(struct arena *arena, struct span name)
{
    uint8_t *key = arena_alloc(arena, name.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < name.n && key != NULL; i++) {
        bool space = name.p[i] <= ' ';
        if (!space) key[n++] = lower(name.p[i]);
        else if (n > 0 && key[n - 1] != ' ') key[n++] = ' ';
    }
    return key == NULL ? SPAN_NONE : span_of(key, n);
}

static int compare(struct span a, struct span b)
{
    size_t shorter = a.n < b.n ? a.n : b.n;
    int order = shorter == 0 ? 0 : memcmp(a.p, b.p, shorter);
    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static int by_key(const void *a, const void *b)
{
    return compare(((const struct lexicon_name *)a)->key, ((const struct lexicon_name *)b)->key);
}

struct err lexicon_read_names(struct arena *arena, struct span list, struct lexicon *lexicon)
{
    size_t lines = 1, count = 0, unique = 0;
    for (size_t i = 0; i < list.n && lines < LEXICON_NAMES_MAX; i++) lines += list.p[i] == '\n';
    struct lexicon_name *names = arena_array(arena, lines, sizeof *names);
    if (names == NULL) return FAIL(FULL);
    for (struct span rest = list; rest.n > 0 && count < lines;) {
        struct span line = next_line(&rest);
        if (line.n == 0 || line.n > LEXICON_NAME_BYTES || !utf8_valid(line)) continue;
        struct span shown = name_part(line), key = key_of(arena, shown);
        if (key.n > 1) names[count++] = (struct lexicon_name){.key = key, .shown = shown, .letters = lexicon_letters(key)};
    }
    if (arena->failed) return FAIL(FULL);
    qsort(names, count, sizeof *names, by_key);
    for (size_t i = 0; i < count; i++)
        if (unique == 0 || compare(names[unique - 1].key, names[i].key) != 0) names[unique++] = names[i];
    lexicon->names = names;
    lexicon->name_count = unique;
    return OK;
}

int lexicon_name(const struct lexicon *lexicon, struct span name)
{
    size_t low = 0, high = lexicon == NULL ? 0 : lexicon->name_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(name, lexicon->names[middle].key);
        if (order == 0) return (int)middle;
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return -1;
}

/* --- the dictionary --- */

static bool is_letter(uint8_t c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

/* The word of a line ("hematocrit/S"); SPAN_NONE when it is a count, a remark, or no plain word. */
static struct span word_of(struct span line)
{
    size_t n = 0;
    while (n < line.n && is_letter(line.p[n])) n++;
    bool ends = n == line.n || line.p[n] == '/' || line.p[n] == '\r';
    return ends && n > 1 && n <= NEAR_LONGEST ? span_sub(line, 0, n) : SPAN_NONE;
}

struct err lexicon_read_words(struct arena *arena, struct span dictionary, struct lexicon *lexicon)
{
    size_t lines = 1, count = 0;
    if (dictionary.n > LEXICON_WORDS_BYTES) return FAIL(TOO_LARGE);
    for (size_t i = 0; i < dictionary.n && lines < LEXICON_WORDS_MAX; i++) lines += dictionary.p[i] == '\n';
    struct lexicon_word *words = arena_array(arena, lines, sizeof *words);
    if (words == NULL) return FAIL(FULL);
    for (struct span rest = dictionary; rest.n > 0 && count < lines;) {
        struct span word = word_of(next_line(&rest));
        if (word.n == 0) continue;
        words[count++] = (struct lexicon_word){.at = (uint32_t)(word.p - dictionary.p), .letters = lexicon_letters(word), .length = (uint8_t)word.n};
    }
    lexicon->dictionary = dictionary;
    lexicon->words = words;
    lexicon->word_count = count;
    return OK;
}

/* In lower case. */
static struct span spelling(const struct lexicon *lexicon, const struct lexicon_word *word, uint8_t room[static NEAR_LONGEST])
{
    for (size_t i = 0; i < word->length; i++) room[i] = lower(lexicon->dictionary.p[word->at + i]);
    return span_of(room, word->length);
}

bool lexicon_has_word(const struct lexicon *lexicon, struct span word)
{
    uint8_t wanted[NEAR_LONGEST], other[NEAR_LONGEST];
    if (lexicon == NULL || word.n == 0 || word.n > NEAR_LONGEST) return false;
    uint32_t letters = lexicon_letters(word);
    for (size_t i = 0; i < word.n; i++) wanted[i] = lower(word.p[i]);
    for (size_t i = 0; i < lexicon->word_count; i++) {
        const struct lexicon_word *w = &lexicon->words[i];
        if (w->letters == letters && w->length == word.n && span_equal(spelling(lexicon, w, other), span_of(wanted, word.n))) return true;
    }
    return false;
}

size_t lexicon_words_like(const struct lexicon *lexicon, struct span word, unsigned limit, bool (*likely)(struct span word),
                          struct span out[static NEAR_BEST])
{
    struct near_best best = {0};
    uint32_t letters = lexicon_letters(word);
    uint8_t room[NEAR_LONGEST];
    for (size_t i = 0; lexicon != NULL && i < lexicon->word_count; i++) {
        const struct lexicon_word *w = &lexicon->words[i];
        if ((unsigned)__builtin_popcount(w->letters ^ letters) > 2 * limit) continue;
        struct span other = spelling(lexicon, w, room), shown = span_sub(lexicon->dictionary, w->at, w->length);
        unsigned distance = near_distance(word, other, limit);
        bool brand = shown.p[0] != other.p[0];
        if (distance > 0 && distance <= limit && (brand || likely(other))) near_keep(&best, distance, shown);
    }
    for (size_t i = 0; i < best.count; i++) out[i] = best.word[i];
    return best.count;
}
