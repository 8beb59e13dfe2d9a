#include "clinic/guard_words.h"

#include "clinic/number_word.h"
#include "clinic/sig_token.h"
#include "clinic/talk.h"

#include <stdlib.h>

enum { WORDS_MAX = 1 << 19, SPEECH_WORDS = 40 /* fewer than one full stop in so many words: recognised speech */ };

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_part(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\'' || c >= 0x80; }
static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c; }

/* Numbers in words, and the abbreviations of directions that stand for one. */
static bool word_value(struct span word, int64_t *value)
{
    static const struct { const char *word; int value; } values[] = {{"od", 1}, {"qd", 1}, {"bd", 2}, {"bid", 2}, {"tds", 3}, {"tid", 3}, {"qid", 4}, {"qds", 4}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (!span_is(word, values[i].word)) continue;
        *value = values[i].value * (int64_t)SIG_MICRO;
        return true;
    }
    return number_word(word, value);
}

/* Digits with an optional fraction; a comma only between thousands. */
static size_t read_number(struct span text, size_t at, int64_t *value)
{
    size_t i = at;
    int64_t whole = 0, part = 0, place = SIG_MICRO / 10;
    for (; i < text.n; i++) {
        bool comma = text.p[i] == ',' && i > at && i + 3 < text.n && is_digit(text.p[i + 1]) && is_digit(text.p[i + 2]) && is_digit(text.p[i + 3]);
        if (comma) continue;
        if (!is_digit(text.p[i])) break;
        if (whole < (int64_t)1000000000) whole = whole * 10 + (text.p[i] - '0');
    }
    if (i + 1 < text.n && text.p[i] == '.' && is_digit(text.p[i + 1]))
        for (i++; i < text.n && is_digit(text.p[i]); i++, place /= 10) part += place * (text.p[i] - '0');
    *value = whole * SIG_MICRO + part;
    return i - at;
}

/* "six hundred fifty" is one number at its first word; the others keep their own values. */
static void join_numbers(struct guard_text *t)
{
    for (size_t i = 0; i < t->count; i++) {
        struct guard_word *first = &t->words[i];
        if (!first->number || is_digit(first->text.p[0])) continue;
        int64_t total = 0, group = first->value / SIG_MICRO;
        size_t k = i + 1;
        for (; k < t->count && k < i + 6 && t->words[k].number && !is_digit(t->words[k].text.p[0]) && !t->words[k - 1].ends; k++) {
            int64_t v = t->words[k].value / SIG_MICRO;
            if (v == 100 && group > 0 && group < 100) group *= 100;
            else if (v == 1000 && group > 0 && group < 1000) { total = group * 1000; group = 0; }
            else if (group >= 100 && v < 100 && group % 100 == 0) group += v;
            else if (group % 100 >= 20 && group % 10 == 0 && v > 0 && v < 10) group += v;
            else break;
        }
        if (k > i + 1) first->value = (total + group) * SIG_MICRO;
    }
}

static void index_words(struct guard_text *t)
{
    for (size_t i = t->count; i-- > 0;) {
        size_t hash = 14695981039346656037u; /* FNV-1a */
        struct span w = t->words[i].text;
        for (size_t k = 0; k < w.n; k++) hash = (hash ^ w.p[k]) * 1099511628211u;
        size_t slot = hash & (t->table - 1);
        while (t->heads[slot] != 0 && !span_equal(t->words[t->heads[slot] - 1].text, w)) slot = (slot + 1) & (t->table - 1);
        t->words[i].next_same = t->heads[slot] - 1;
        t->heads[slot] = (int)i + 1;
    }
    for (size_t i = 0; i < t->count; i++)
        for (int k = (int)i; k != GUARD_NONE && t->words[k].id == GUARD_NONE; k = t->words[k].next_same) t->words[k].id = (int)i;
}

int guard_words_find(const struct guard_text *t, struct span word)
{
    size_t hash = 14695981039346656037u;
    for (size_t k = 0; k < word.n; k++) hash = (hash ^ word.p[k]) * 1099511628211u;
    size_t slot = hash & (t->table - 1);
    while (t->heads[slot] != 0 && !span_equal(t->words[t->heads[slot] - 1].text, word)) slot = (slot + 1) & (t->table - 1);
    return t->heads[slot] - 1;
}

static int by_value(const void *a, const void *b)
{
    const struct guard_word *x = *(const struct guard_word *const *)a, *y = *(const struct guard_word *const *)b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return x < y ? -1 : x > y;
}

static struct err sort_numbers(struct arena *arena, struct guard_text *t)
{
    t->numbers = arena_array(arena, t->count + 1, sizeof(const struct guard_word *));
    if (t->numbers == NULL) return FAIL(FULL);
    for (size_t i = 0; i < t->count; i++)
        if (t->words[i].number) t->numbers[t->number_count++] = &t->words[i];
    if (t->number_count > 0) qsort(t->numbers, t->number_count, sizeof(const struct guard_word *), by_value);
    return OK;
}

/* A half as one writes it: "½", or "1/2" (but "5/7" is five days, and "140/90" a pressure). */
static size_t read_fraction(struct span text, size_t at, int64_t *value)
{
    static const struct { const char *sign; int64_t value; } signs[] = {
        {"½", SIG_MICRO / 2}, {"¼", SIG_MICRO / 4}, {"¾", SIG_MICRO / 4 * 3}, {"⅓", SIG_MICRO / 3}, {"⅔", SIG_MICRO * 2 / 3},
        {"1/2", SIG_MICRO / 2}, {"1/4", SIG_MICRO / 4}, {"3/4", SIG_MICRO / 4 * 3}, {"1/3", SIG_MICRO / 3}, {"2/3", SIG_MICRO * 2 / 3}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        struct span sign = span_text(signs[i].sign), here = span_sub(text, at, sign.n);
        bool digits = is_digit(sign.p[0]), inside = digits && ((at > 0 && (is_digit(text.p[at - 1]) || text.p[at - 1] == '/')) ||
                                                             (at + sign.n < text.n && (is_digit(text.p[at + sign.n]) || text.p[at + sign.n] == '/')));
        if (!span_equal(here, sign) || inside) continue;
        *value = signs[i].value;
        return sign.n;
    }
    return 0;
}

/* Letters with a point behind each: "q.i.d."; how many bytes, 0 = it is none. */
static size_t dotted_length(struct span text, size_t at)
{
    size_t i = at, letters = 0;
    while (i + 1 < text.n && lower(text.p[i]) >= 'a' && lower(text.p[i]) <= 'z' && text.p[i + 1] == '.') i += 2, letters++;
    return letters >= 2 && letters <= 4 && (i == text.n || !is_part(text.p[i])) ? i - at : 0;
}

/* "½" is one more word, wherever it stands: at most one begins at a byte beyond ASCII. */
static bool part_of_sign(struct span text, size_t at) { return text.p[at] >= 0xc0; }

static size_t count_words(struct span text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool digit = is_digit(text.p[i]), part = is_part(text.p[i]);
        bool begins = i == 0 || part_of_sign(text, i) || (digit && !is_digit(text.p[i - 1])) || (part && !is_part(text.p[i - 1]));
        n += (digit || part) && begins;
    }
    return n;
}

/* The word that begins at w->at; its length stays 0 where none does. `copy`: the same bytes, lower case and ours. */
static void read_word(struct span text, uint8_t *copy, struct guard_word *w)
{
    size_t at = w->at, dotted = dotted_length(text, at), n = 0;
    w->length = read_fraction(text, at, &w->value);
    w->number = w->length > 0;
    if (w->length == 0 && is_digit(text.p[at])) {
        w->length = read_number(text, at, &w->value);
        w->number = true;
    } else if (w->length == 0 && dotted > 0) {
        for (; n < dotted / 2; n++) copy[at + n] = copy[at + 2 * n];
        w->length = dotted;
    } else if (w->length == 0 && is_part(text.p[at])) {
        int64_t fraction;
        do w->length++;
        while (at + w->length < text.n && is_part(text.p[at + w->length]) && read_fraction(text, at + w->length, &fraction) == 0);
    }
    w->text = span_of(copy + at, n > 0 ? n : w->length);
    if (!w->number && w->length > 0) w->number = word_value(w->text, &w->value);
}

static void end_sentence(struct guard_text *t, uint8_t mark)
{
    if (t->count > 0 && mark == ',') t->words[t->count - 1].comma = true;
    if (t->count > 0 && mark == ':') t->words[t->count - 1].colon = true;
    if (t->count == 0 || mark == 0 || strchr(".?!;\n", mark) == NULL) return;
    t->words[t->count - 1].ends = true;
    t->stops += mark == '.' || mark == '?' || mark == '!';
    if (mark == '?') t->words[t->count - 1].asks = t->questions = true;
}

/* Recognised speech has no full stops: what is denied in one sentence is not denied in the next all the same. */
static void cut_speech(struct guard_text *t)
{
    t->punctuated = t->stops * SPEECH_WORDS >= t->count;
    if (t->count < SPEECH_WORDS || t->punctuated) return;
    for (size_t i = 0; i + 1 < t->count; i++) {
        const struct span before[2] = {i > 0 ? t->words[i - 1].text : SPAN_NONE, t->words[i].text};
        const struct span behind[2] = {t->words[i + 1].text, i + 2 < t->count ? t->words[i + 2].text : SPAN_NONE};
        t->words[i].ends = t->words[i].ends || talk_boundary(before, behind);
    }
}

static struct err cut_sentences(struct arena *arena, struct guard_text *t)
{
    size_t ends = 1;
    for (size_t i = 0; i < t->count; i++) ends += t->words[i].ends;
    t->sentences = arena_array(arena, ends, sizeof *t->sentences);
    if (t->sentences == NULL) return FAIL(FULL);
    for (size_t i = 0, from = 0; i < t->count; i++) {
        t->words[i].sentence = (unsigned)t->sentence_count;
        if (!t->words[i].ends && i + 1 < t->count) continue;
        t->sentences[t->sentence_count++] = (struct guard_sentence){.from = from, .to = i + 1};
        from = i + 1;
    }
    return OK;
}

struct err guard_words_read(struct arena *arena, struct span text, struct guard_text *out)
{
    size_t room = count_words(text);
    *out = (struct guard_text){.table = 64};
    if (room > WORDS_MAX) return FAIL(TOO_LARGE);
    while (out->table < room * 2) out->table *= 2;
    out->words = arena_array(arena, room + 1, sizeof *out->words);
    out->heads = arena_array(arena, out->table, sizeof *out->heads);
    struct span copy = arena_copy(arena, text);
    if (out->words == NULL || out->heads == NULL || (copy.p == NULL && text.n > 0)) return FAIL(FULL);
    uint8_t *p = (uint8_t *)(uintptr_t)copy.p; /* our own */
    for (size_t i = 0; i < copy.n; i++) p[i] = lower(p[i]);
    unsigned row = 0;
    for (size_t i = 0; i < text.n;) {
        struct guard_word w = {.at = i, .row = row, .id = GUARD_NONE};
        read_word(text, p, &w);
        if (w.length == 0) {
            row += text.p[i] == '\n';
            end_sentence(out, text.p[i++]);
            continue;
        }
        if (out->count < room) out->words[out->count++] = w;
        i += w.length;
    }
    join_numbers(out);
    cut_speech(out);
    index_words(out);
    TRY(cut_sentences(arena, out));
    out->turns = out->count > 0 && out->words[0].row != out->words[out->count - 1].row;
    return sort_numbers(arena, out);
}

size_t guard_words_number(const struct guard_text *t, int64_t value)
{
    size_t low = 0, high = t->number_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->numbers[middle]->value < value) low = middle + 1;
        else high = middle;
    }
    return low;
}
