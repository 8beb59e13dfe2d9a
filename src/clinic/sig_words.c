#include "clinic/sig_words.h"

#include "clinic/medicine.h"
#include "clinic/near.h"

struct entry {
    const char *phrase;
    enum sig_term_kind kind;
    int value;
};

/* Latin and English abbreviations: Dorland's and the National Formulary of India, "Abbreviations used in prescriptions";
   the British National Formulary, "Latin abbreviations". Two meanings in one abbreviation (od, ad) have kinds of their own. */
static const struct entry vocabulary[] = {
#define E(phrase, kind, value) {phrase, SIG_TERM_##kind, value},
#include "clinic/sig_words.def"
#undef E
};
enum {
    VOCABULARY = sizeof vocabulary / sizeof *vocabulary,
    UNKNOWN_LOOKS = 48 /* unknown words of a line that may be misspelt or joined; a line with more is no direction */
};

/* How many tokens from `at` spell the phrase; 0 = they do not. Hyphens between the words do not count. */
static unsigned spelled(const struct sig_token *tokens, size_t count, size_t at, const char *phrase)
{
    size_t i = at;
    while (*phrase != '\0') {
        size_t n = strcspn(phrase, " ");
        if (i > at && i < count && tokens[i].kind == SIG_TOKEN_MARK && tokens[i].mark == '-' && i + 1 < count) i++;
        if (i >= count || tokens[i].kind == SIG_TOKEN_NUMBER) return 0;
        if (tokens[i].kind == SIG_TOKEN_MARK) {
            if (n != 1 || tokens[i].mark != (uint8_t)phrase[0]) return 0;
        } else if (!span_equal(tokens[i].word, span_of(phrase, n))) {
            return 0;
        }
        i++;
        phrase += n;
        if (*phrase == ' ') phrase++;
    }
    return (unsigned)(i - at);
}

static const struct entry *longest(const struct sig_token *tokens, size_t count, size_t at, unsigned *length)
{
    const struct entry *best = NULL;
    *length = 0;
    uint8_t first = tokens[at].kind == SIG_TOKEN_MARK ? tokens[at].mark : tokens[at].word.p[0];
    for (size_t i = 0; i < VOCABULARY; i++) {
        if ((uint8_t)vocabulary[i].phrase[0] != first) continue;
        unsigned n = spelled(tokens, count, at, vocabulary[i].phrase);
        if (n > *length) {
            *length = n;
            best = &vocabulary[i];
        }
    }
    return best;
}

/* Words whose misspelling may be offered as a reading: long enough, and never an abbreviation. */
static bool may_be_meant(const struct entry *e)
{
    size_t n = strlen(e->phrase);
    if (strchr(e->phrase, ' ') != NULL) return false;
    switch (e->kind) {
    case SIG_TERM_UNIT: case SIG_TERM_EACH_TIME: case SIG_TERM_WEEKDAY: return n >= 5;
    case SIG_TERM_METHOD: case SIG_TERM_TIMES: case SIG_TERM_TIMES_A: case SIG_TERM_EVERY: case SIG_TERM_WHEN: case SIG_TERM_MEAL: return n >= 4;
    case SIG_TERM_TIME: return n >= 3;
    default: return false;
    }
}

/* The one word of the vocabulary that is nearest to `word`, when it is near and alone. */
static const struct entry *nearest(struct span word)
{
    const struct entry *best = NULL;
    unsigned best_distance = word.n >= 8 ? 3 : 2; /* exclusive */
    if (word.n < 3 || word.n > 16) return NULL;
    bool tie = false;
    for (size_t i = 0; i < VOCABULARY; i++) {
        if (!may_be_meant(&vocabulary[i])) continue;
        struct span meant = span_text(vocabulary[i].phrase);
        if (word.n == 3 && !near_transposed(word, meant)) continue; /* three letters: only swapped neighbours */
        unsigned distance = near_distance(word, meant, best_distance);
        if (distance > best_distance || (distance == best_distance && best == NULL)) continue;
        bool same_meaning = best != NULL && best->kind == vocabulary[i].kind && best->value == vocabulary[i].value;
        if (distance < best_distance) {
            best = &vocabulary[i];
            best_distance = distance;
            tie = false;
        } else if (!same_meaning) {
            tie = true;
        }
    }
    return tie ? NULL : best;
}

/* Two abbreviations written as one ("popc", "ivtod"): a route and what stands behind it. */
static bool split_word(struct arena *arena, const struct sig_token *token, struct sig_term out[static 2])
{
    if (token->word.n < 3 || token->word.n > 9) return false;
    for (size_t cut = token->word.n - 1; cut > 0; cut--) {
        struct sig_token *half = arena_array(arena, 2, sizeof *half);
        if (half == NULL) return false;
        half[0] = half[1] = *token;
        half[0].word = span_sub(token->word, 0, cut);
        half[1].word = span_sub(token->word, cut, token->word.n);
        half[1].glued = true;
        unsigned n;
        const struct entry *route = longest(half, 1, 0, &n), *rest = route == NULL ? NULL : longest(half + 1, 1, 0, &n);
        if (rest == NULL) continue;
        bool often = (route->kind == SIG_TERM_A_DAY || route->kind == SIG_TERM_OD) && rest->kind == SIG_TERM_RELATION; /* "bdpc" */
        if (!often && route->kind != SIG_TERM_ROUTE && route->kind != SIG_TERM_X) continue;
        if (route->kind == SIG_TERM_X && rest->kind != SIG_TERM_WHEN && rest->kind != SIG_TERM_EACH_TIME) continue;
        if (rest->kind != SIG_TERM_WHEN && rest->kind != SIG_TERM_RELATION && rest->kind != SIG_TERM_OD && rest->kind != SIG_TERM_EYE &&
            rest->kind != SIG_TERM_A_DAY && rest->kind != SIG_TERM_EACH_TIME) continue;
        out[0] = (struct sig_term){.kind = route->kind, .value = route->value, .token = &half[0], .tokens = 1};
        out[1] = (struct sig_term){.kind = rest->kind, .value = rest->value, .token = &half[1], .tokens = 1};
        return true;
    }
    return false;
}

/* `look`: for what it may be meant to be. */
static struct sig_term word_term(const struct lexicon *lexicon, const struct sig_token *token, bool look)
{
    struct sig_term term = {.kind = SIG_TERM_UNKNOWN, .token = token, .tokens = 1};
    if (medicine_is_known(lexicon, token->word)) {
        term.kind = SIG_TERM_MEDICINE;
        return term;
    }
    const struct entry *meant = look ? nearest(token->word) : NULL;
    if (meant == NULL) return term;
    term.kind = meant->kind;
    term.value = meant->value;
    term.respelled = true;
    term.spelled = meant->phrase;
    return term;
}

/* "2.4M IU": millions, when a unit of activity follows. */
static bool is_million(const struct sig_token *tokens, size_t count, size_t at)
{
    if (at == 0 || tokens[at - 1].kind != SIG_TOKEN_NUMBER || !span_is(tokens[at].word, "m") || at + 1 >= count) return false;
    struct span next = tokens[at + 1].word;
    return tokens[at + 1].kind == SIG_TOKEN_WORD && (span_is(next, "iu") || span_is(next, "u") || span_is(next, "units") || span_is(next, "unit"));
}

/* "half": a token of its own that has the value. */
static struct err number_in_words(struct arena *arena, struct sig_term *term)
{
    struct sig_token *token = arena_array(arena, 1, sizeof *token);
    if (token == NULL) return FAIL(FULL);
    const struct sig_token *last = term->token + term->tokens - 1;
    *token = *term->token;
    token->value = term->value;
    token->length = last->at + last->length - token->at;
    term->token = token;
    return OK;
}

struct err sig_words_terms(struct arena *arena, const struct lexicon *lexicon, const struct sig_token *tokens, size_t count, struct sig_term **terms, size_t *term_count)
{
    struct sig_term *out = arena_array(arena, count * 2 + 1, sizeof *out);
    if (out == NULL) return FAIL(FULL);
    size_t n = 0;
    unsigned looks = 0;
    for (size_t i = 0; i < count; i += out[n - 1].tokens) {
        struct sig_term term = {.kind = SIG_TERM_NUMBER, .token = &tokens[i], .tokens = 1};
        unsigned length = 0;
        const struct entry *entry = tokens[i].kind == SIG_TOKEN_NUMBER ? NULL : longest(tokens, count, i, &length);
        if (tokens[i].kind == SIG_TOKEN_WORD && is_million(tokens, count, i)) {
            term.kind = SIG_TERM_MILLION;
        } else if (entry != NULL) {
            term = (struct sig_term){.kind = entry->kind, .value = entry->value, .token = &tokens[i], .tokens = length};
            if (entry->kind == SIG_TERM_NUMBER) TRY(number_in_words(arena, &term));
        } else if (tokens[i].kind == SIG_TOKEN_MARK) {
            term.kind = SIG_TERM_MARK;
        } else if (tokens[i].kind == SIG_TOKEN_WORD) {
            struct sig_term both[2];
            bool look = looks++ < UNKNOWN_LOOKS;
            if (look && split_word(arena, &tokens[i], both)) {
                out[n++] = both[0];
                term = both[1];
            } else {
                term = word_term(lexicon, &tokens[i], look);
            }
        }
        out[n++] = term;
    }
    *terms = out;
    *term_count = n;
    return arena->failed ? FAIL(FULL) : OK;
}
