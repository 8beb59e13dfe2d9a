/* What a draft affirms and its source denies, or the other way round. A sentence that was told from one of the source's has its
   denials where that has them (guard_told.c). Any other: symptoms are looked up where the source says most of what stands around
   them; all else by the words that stand together in both. */
#include "clinic/guard_private.h"

enum { LIST_REACH = 24, TOLD_REACH = 4, BEGIN_REACH = 2, STAMMER = 6, VOUCHED = 8 };

/* --- sentences that were told from one of the source's */

/* The first word behind i in the draft's sentence, within `reach`, that is told; GUARD_NONE = none. */
static int told_behind(const struct guard_told *told, const struct guard_path *path, size_t i, size_t reach)
{
    for (size_t k = i + 1; k < told->to && k <= i + reach; k++)
        if (path->match[k - told->from] != GUARD_NONE) return (int)k;
    return GUARD_NONE;
}

static int told_before(const struct guard_told *told, const struct guard_path *path, size_t i, size_t reach)
{
    for (size_t k = i; k-- > told->from && k + reach >= i;)
        if (path->match[k - told->from] != GUARD_NONE) return (int)k;
    return GUARD_NONE;
}

/* A denial of the draft is one of the source where a neighbour is the same as well. */
static bool is_vouched(const struct guard *g, const struct guard_path *path, size_t i)
{
    const struct guard_told *told = &g->told;
    int place = path->match[i - told->from];
    if (place == GUARD_NONE || (g->draft.words[i].denies && !g->source.words[place].denies)) return false;
    int behind = told_behind(told, path, i, TOLD_REACH), before = told_before(told, path, i, TOLD_REACH);
    return (behind != GUARD_NONE && path->match[(size_t)behind - told->from] <= place + VOUCHED) ||
           (before != GUARD_NONE && path->match[(size_t)before - told->from] + VOUCHED >= place);
}

/* Words that tell nothing by themselves. */
static bool is_article(struct span word)
{
    static const char *const articles[] = {"the", "a", "an", "of", "to", "and", "or", "that", "it"};
    return GUARD_IN(word, articles);
}

/* The draft tells what a denial of the source is about: the word of the draft behind it (or before it at a sentence's end). What begins
   later may be about something else. */
static int told_without(const struct guard *g, const struct guard_path *path, size_t place)
{
    const struct guard_word *s = g->source.words;
    bool begun = false;
    for (size_t k = path->from; k < place && !begun; k++) begun = path->back[k - path->from] != GUARD_NONE;
    const size_t reach = begun ? TOLD_REACH : BEGIN_REACH;
    for (size_t k = place + 1; k < path->to && k <= place + reach && !s[k - 1].ends && !guard_turns(s[k].text); k++)
        if (path->back[k - path->from] != GUARD_NONE && !is_article(s[k].text)) return path->back[k - path->from];
    for (size_t k = place; k-- > path->from && k + 2 >= place && !s[k].ends;)
        if (s[place].ends && path->back[k - path->from] != GUARD_NONE) return path->back[k - path->from];
    return GUARD_NONE;
}

/* "i did n't i did n't": it is told once. */
static bool is_stammer(const struct guard *g, const struct guard_path *path, size_t place)
{
    const struct guard_word *s = g->source.words;
    for (size_t k = place > STAMMER ? place - STAMMER : 0; k < g->source.count && k <= place + STAMMER; k++) {
        if (k == place || k < path->from || k >= path->to || path->back[k - path->from] == GUARD_NONE || !s[k].denial) continue;
        if ((k > 0 && place > 0 && s[k - 1].id == s[place - 1].id) || (k + 1 < g->source.count && place + 1 < g->source.count && s[k + 1].id == s[place + 1].id)) return true;
    }
    return false;
}

/* What is denied, or no more: the first word from i on that is told and says what it is about; i itself where there is none. */
static int matter(const struct guard *g, const struct guard_path *path, int i)
{
    for (size_t k = (size_t)i; k < g->told.to; k++)
        if (g->draft.words[k].content && path->match[k - g->told.from] != GUARD_NONE) return (int)k;
    return i;
}

/* The word of the draft at which it differs, GUARD_NONE = it does not. */
static int difference(const struct guard *g, const struct guard_path *path)
{
    const struct guard_told *told = &g->told;
    int lost = GUARD_NONE, added = GUARD_NONE, matched = 0;
    for (size_t i = told->from; i < told->to; i++) {
        if (!g->draft.words[i].denial) continue;
        if (is_vouched(g, path, i)) matched++;
        else if (g->draft.words[i].denies && added == GUARD_NONE) added = (int)i;
    }
    for (size_t k = path->from; k < path->to && lost == GUARD_NONE; k++) {
        if (!g->source.words[k].denies || is_stammer(g, path, k)) continue;
        if (path->back[k - path->from] == GUARD_NONE || !is_vouched(g, path, (size_t)path->back[k - path->from])) lost = told_without(g, path, k);
    }
    const enum guard_answer answer = guard_answer(&g->source, path->sentence);
    if (answer == GUARD_NO && added == GUARD_NONE && matched == 0) lost = (int)told->from;
    if (answer == GUARD_NO || answer == GUARD_PERHAPS_NO) added = GUARD_NONE;
    if (added != GUARD_NONE && lost != GUARD_NONE) return GUARD_NONE; /* it only moved */
    if (added != GUARD_NONE) return matter(g, path, added);
    return lost == GUARD_NONE ? lost : matter(g, path, lost);
}

static bool denies_anything(const struct guard *g)
{
    for (size_t i = g->told.from; i < g->told.to; i++)
        if (g->draft.words[i].denial) return true;
    return false;
}

/* A question alone says neither. */
void guard_compare_denials(struct guard *g)
{
    int found = GUARD_NONE;
    for (unsigned k = 0; k < g->told.count; k++) {
        int differs = difference(g, &g->told.paths[k]);
        bool only_asks = g->source.words[g->told.paths[k].end - 1].asks && guard_answer(&g->source, g->told.paths[k].sentence) != GUARD_YES;
        if (differs == GUARD_NONE && !(only_asks && !denies_anything(g))) return; /* somewhere it is said so */
        if (found == GUARD_NONE) found = differs;
    }
    g->told.denial = found;
}

/* --- any others */

struct said {
    unsigned best;               /* how much of what stands around it stands there */
    bool denied, answered, affirmed;
};

/* `places`: the first of each word that the source may have for it. */
static void ask_source(struct guard *g, size_t i, const int places[static GUARD_NAMES], struct said *out)
{
    struct guard_company company;
    guard_company_of(g, i, &company);
    *out = (struct said){0};
    for (unsigned k = 0; k < GUARD_NAMES; k++) {
        int at = places[k];
        for (size_t n = 0; at != GUARD_NONE && n < GUARD_PLACES; n++, at = g->source.words[at].next_same) {
            unsigned near = guard_near(g, &company, (size_t)at);
            if (near < out->best) continue;
            if (near > out->best) *out = (struct said){.best = near};
            bool before = g->source.words[at].denied_before, behind = g->source.words[at].denied_behind;
            out->denied = out->denied || before;
            out->answered = out->answered || behind;
            out->affirmed = out->affirmed || !(before || (behind && (g->source.punctuated || g->source.turns)));
        }
    }
}

/* A sentence that denies something did not lose its denial, wherever that stands. */
static bool denies_somewhere(const struct guard *g, size_t i)
{
    const struct guard_word *words = g->draft.words;
    size_t from = i;
    while (from > 0 && !words[from - 1].ends && from + LIST_REACH > i) from--;
    for (size_t k = from; k < g->draft.count && k < i + LIST_REACH; k++) {
        if (words[k].denial) return true;
        if (words[k].ends) break;
    }
    return false;
}

/* Two words that stand together in both texts: a denial right before them in one only? The reach differs, so that a denial that only
   moved ("doesn't really hurt", "does not hurt") is none that was lost. */
static bool pair_differs(struct guard *g, size_t i)
{
    static const char *const ours[] = {"patient", "patient's", "any"}; /* words that a summary brings along */
    const struct guard_word *b = &g->draft.words[i];
    if (b->ends || i + 1 >= g->draft.count || b->number || b[1].number || g->here[i] == GUARD_NONE || g->here[i + 1] == GUARD_NONE) return false;
    if (!b->content && !b[1].content) return false;
    if (b->denial || b[1].denial || GUARD_IN(b->text, ours) || GUARD_IN(b[1].text, ours)) return false;
    bool near_here = b->denied_next, far_here = b->denied_in_list, any = false, all = true, none = true;
    if (far_here && !near_here) return false;
    int at = g->here[i];
    for (size_t n = 0; at != GUARD_NONE && n < GUARD_PLACES && g->work < GUARD_WORK; n++, g->work++, at = g->source.words[at].next_same) {
        const struct guard_word *s = &g->source.words[at];
        if (s->ends || (size_t)at + 1 >= g->source.count || s[1].id != g->here[i + 1]) continue;
        any = true;
        all = all && (s->denied_next || (s->denied_behind && (g->source.punctuated || g->source.turns)));
        none = none && !s->denied_behind && !s->denied_in_list;
    }
    return any && (near_here ? none : all && !far_here);
}

void guard_check_denial(struct guard *g, size_t i)
{
    if (g->told.count > 0) {
        if (g->told.denial == (int)i) guard_found(g, CLINIC_FINDING_NEGATION, i, i);
        return;
    }
    int places[GUARD_NAMES];
    bool symptom = guard_symptom(&g->source, g->draft.words[i].text, places), wrong = false;
    if (symptom) {
        struct said said;
        ask_source(g, i, places, &said);
        if (g->draft.words[i].denied_before) wrong = !said.denied && !said.answered;
        else wrong = !said.affirmed && (said.denied || said.answered) && !denies_somewhere(g, i);
    }
    wrong = wrong || pair_differs(g, i) || (g->work >= GUARD_WORK && (symptom || g->draft.words[i].denies)); /* what could not be looked at */
    if (!wrong || g->denial_told) return;
    guard_found(g, CLINIC_FINDING_NEGATION, i, i);
    g->denial_told = true;
}
