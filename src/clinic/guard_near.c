/* Where in the source a sentence of the draft comes from: near the words that it shares. */
#include "clinic/guard_private.h"

enum { NEAR_WORDS = 14, COMPANY_REACH = 9 };

bool guard_in(struct span word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_is(word, list[i])) return true;
    return false;
}

void guard_found(struct guard *g, enum clinic_finding_kind kind, size_t from, size_t to)
{
    if (g->count == GUARD_FINDINGS) return;
    const struct guard_word *a = &g->draft.words[from], *b = &g->draft.words[to];
    g->findings[g->count++] = (struct clinic_finding){.kind = kind, .at = a->at, .length = b->at + b->length - a->at};
}

static bool is_content(const struct guard_word *w)
{
    static const char *const empty[] = {"with", "that", "this", "have", "from", "take", "taken", "takes", "taking", "patient", "reports", "denies", "denied", "there", "they", "what", "when",
                                        "your", "their", "about", "been", "were", "will", "would", "just", "some", "also", "then", "than", "into", "over", "like", "very", "which", "because",
                                        "left", "right", "both", "tablet", "tablets", "capsule", "capsules", "times", "every", "daily", "days", "week", "weeks", "month", "months", "year", "years",
                                        "hours", "mouth", "does", "doesn't", "don't", "didn't", "isn't", "without", "never", "going", "really", "okay", "yeah", "milligrams", "milligram", "much", "more", "anything", "that's",
                                        "discussed", "actually", "currently", "only", "through", "finally", "fortunately", "while", "here", "well", "please", "other", "everything", "these", "those", "doing", "feel",
                                        "feels", "long", "needed", "need", "thought", "think", "notice", "noticed", "used", "want", "wonder", "still", "even", "sure", "good", "know", "said", "says", "where", "after", "before",
                                        "since", "could", "should", "being", "made", "make", "them", "time", "little", "pretty", "quite", "around", "something", "other's"};
    return !w->number && w->text.n >= 4 && !GUARD_IN(w->text, empty);
}

void guard_near_mark(struct guard_text *t)
{
    for (size_t i = 0; i < t->count; i++) t->words[i].content = is_content(&t->words[i]);
}

static bool join(const struct guard *g, size_t i, struct guard_company *out)
{
    if (!g->draft.words[i].content || g->here[i] == GUARD_NONE) return false;
    for (unsigned k = 0; k < out->count; k++)
        if (out->ids[k] == g->here[i]) return false;
    out->ids[out->count++] = g->here[i];
    return true;
}

void guard_company_of(const struct guard *g, size_t i, struct guard_company *out)
{
    const struct guard_word *words = g->draft.words;
    *out = (struct guard_company){0};
    unsigned half = 0;
    for (size_t k = i; k-- > 0 && k + COMPANY_REACH >= i && half < GUARD_COMPANY / 2 && !words[k].ends && words[k].row == words[i].row;) half += join(g, k, out);
    half = 0;
    for (size_t k = i + 1; k < g->draft.count && k <= i + COMPANY_REACH && half < GUARD_COMPANY / 2 && !words[k - 1].ends && words[k].row == words[i].row; k++) half += join(g, k, out);
}

unsigned guard_near(struct guard *g, const struct guard_company *company, size_t place)
{
    const struct guard_word *words = g->source.words;
    size_t from = place > NEAR_WORDS ? place - NEAR_WORDS : 0, to = place + NEAR_WORDS;
    unsigned found = 0;
    if (company->count == 0) return 0;
    if (g->work > GUARD_WORK) return 0;
    g->work += (to - from) * company->count;
    for (unsigned c = 0; c < company->count; c++) {
        bool here = false;
        for (size_t k = from; k <= to && k < g->source.count && !here; k++)
            here = words[k].id == company->ids[c] && (!g->page || words[k].row == words[place].row);
        found += here;
    }
    return found;
}

bool guard_supported(struct guard *g, const struct guard_company *company, size_t place)
{
    return guard_near(g, company, place) >= (company->count + 1) / 2;
}
