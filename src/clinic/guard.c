#include "clinic/guard.h"

#include "clinic/draft.h"
#include "clinic/guard_words.h"
#include "clinic/medicine.h"
#include "clinic/sig_token.h"

/* How far one word bears on another, in words: a denial on what it denies, an answer on its question, a side on its organ. */
enum { DENIAL_REACH = 7, ANSWER_REACH = 25, SIDE_REACH = 8, PLACES_MAX = 256, FINDINGS_MAX = 1000, WIDE_MAX = 4 << 20 };

struct guard {
    const struct lexicon *lexicon;
    struct guard_text source, draft;
    struct clinic_finding *findings;
    size_t count;
    size_t sides[PLACES_MAX], side_count; /* words of the source that say a side */
};

#define IN(word, list) in_list(word, list, sizeof(list) / sizeof *(list))
static bool in_list(struct span word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_is(word, list[i])) return true;
    return false;
}

static void found(struct guard *g, enum clinic_finding_kind kind, size_t from, size_t to)
{
    if (g->count == FINDINGS_MAX) return;
    const struct guard_word *a = &g->draft.words[from], *b = &g->draft.words[to];
    g->findings[g->count++] = (struct clinic_finding){.kind = kind, .at = a->at, .length = b->at + b->length - a->at};
}

/* The same unit in every spelling; NULL = not a unit of dose. */
static const char *unit_of(struct span word)
{
    static const struct { const char *spelling, *unit; } units[] = {
        {"mg", "mg"}, {"mgs", "mg"}, {"milligram", "mg"}, {"milligrams", "mg"}, {"g", "g"}, {"gm", "g"}, {"gram", "g"}, {"grams", "g"}, {"mcg", "mcg"}, {"ug", "mcg"},
        {"microgram", "mcg"}, {"micrograms", "mcg"}, {"µg", "mcg"}, {"ml", "ml"}, {"milliliter", "ml"}, {"milliliters", "ml"}, {"millilitre", "ml"}, {"millilitres", "ml"},
        {"cc", "ml"}, {"unit", "unit"}, {"units", "unit"}, {"u", "unit"}, {"iu", "unit"}, {"tablet", "tablet"}, {"tablets", "tablet"}, {"tab", "tablet"}, {"tabs", "tablet"},
        {"capsule", "capsule"}, {"capsules", "capsule"}, {"cap", "capsule"}, {"caps", "capsule"}, {"drop", "drop"}, {"drops", "drop"}, {"gtt", "drop"}, {"puff", "puff"},
        {"puffs", "puff"}, {"spray", "spray"}, {"sprays", "spray"}, {"teaspoon", "teaspoon"}, {"teaspoons", "teaspoon"}, {"tsp", "teaspoon"}, {"tablespoon", "tablespoon"},
        {"tablespoons", "tablespoon"}, {"tbsp", "tablespoon"}, {"pill", "pill"}, {"pills", "pill"}, {"meq", "meq"}, {"patch", "patch"}, {"patches", "patch"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (span_is(word, units[i].spelling)) return units[i].unit;
    return NULL;
}

static const char *unit_behind(const struct guard_text *t, size_t i)
{
    return i + 1 < t->count && !t->words[i].ends ? unit_of(t->words[i + 1].text) : NULL;
}

/* A number of the source with this value (and unit, when one is given). Bare counts need no unit: "1" of "1-0-1" is a tablet. */
static bool source_has(const struct guard *g, int64_t value, const char *unit)
{
    static const char *const countable[] = {"tablet", "capsule", "drop", "puff", "pill", "spray", "patch"};
    bool loose = unit != NULL && IN(span_text(unit), countable);
    size_t first = guard_words_number(&g->source, value);
    for (size_t n = first; n < g->source.number_count && n < first + PLACES_MAX && g->source.numbers[n]->value == value; n++) {
        size_t i = (size_t)(g->source.numbers[n] - g->source.words);
        const char *have = unit_behind(&g->source, i);
        for (size_t k = i + 1; have == NULL && unit != NULL && k < g->source.count && k < i + 6 && g->source.words[k].number; k++) have = unit_behind(&g->source, k);
        if (unit == NULL || (have != NULL && strcmp(have, unit) == 0) || (loose && have == NULL)) return true;
    }
    return false;
}

static void check_number(struct guard *g, size_t i)
{
    const struct guard_word *w = &g->draft.words[i];
    static const char *const idioms[] = {"one", "once"};
    if (!w->number || IN(w->text, idioms)) return;
    if (i > 0 && g->draft.words[i - 1].number && !(w->text.p[0] >= '0' && w->text.p[0] <= '9')) return; /* inside "six hundred fifty" */
    const char *unit = unit_behind(&g->draft, i);
    if (source_has(g, w->value, unit)) return;
    found(g, unit != NULL ? CLINIC_FINDING_DOSE : CLINIC_FINDING_NUMBER, i, unit != NULL ? i + 1 : i);
}

static void check_medicine(struct guard *g, size_t i)
{
    const struct guard_word *w = &g->draft.words[i];
    if (medicine_is_likely(g->lexicon, w->text) && guard_words_find(&g->source, w->text) == GUARD_NONE) found(g, CLINIC_FINDING_MEDICINE, i, i);
}

static const char *side_of(struct span word)
{
    if (span_is(word, "left") || span_is(word, "lt")) return "left";
    if (span_is(word, "right") || span_is(word, "rt")) return "right";
    return span_is(word, "bilateral") || span_is(word, "bilaterally") || span_is(word, "both") ? "both" : NULL;
}

static bool is_organ(struct span word)
{
    static const char *const organs[] = {"eye", "ear", "nostril", "arm", "leg", "hand", "foot", "knee", "shoulder", "hip", "thigh", "elbow", "wrist", "ankle", "finger", "toe", "breast",
                                         "lung", "kidney", "chest", "side", "flank", "groin", "neck", "thumb", "forearm", "calf", "heel", "shin", "jaw", "cheek", "temple", "ovary", "testicle",
                                         "tooth", "quadrant", "upper", "lower", "index", "middle", "ring", "eyes", "ears", "arms", "legs", "hands", "feet", "knees", "shoulders", "hips", "ankles",
                                         "lungs", "kidneys", "breasts", "fingers", "toes", "wrists", "elbows", "extremity", "extremities", "eyelid", "lobe", "buttock", "palm", "sole", "rib", "ribs"};
    return IN(word, organs);
}

static bool same_stem(struct span a, struct span b)
{
    if (span_equal(a, b)) return true;
    return (a.n == b.n + 1 && a.p[b.n] == 's' && span_equal(span_sub(a, 0, b.n), b)) || (b.n == a.n + 1 && b.p[a.n] == 's' && span_equal(span_sub(b, 0, a.n), a));
}

static bool source_has_side(const struct guard *g, const char *side, struct span organ)
{
    for (size_t n = 0; n < g->side_count; n++) {
        size_t i = g->sides[n];
        if (strcmp(side_of(g->source.words[i].text), side) != 0) continue;
        size_t from = i > SIDE_REACH ? i - SIDE_REACH : 0;
        for (size_t k = from; k <= i + SIDE_REACH && k < g->source.count; k++)
            if (same_stem(g->source.words[k].text, organ)) return true;
    }
    return false;
}

static void check_side(struct guard *g, size_t i)
{
    const char *side = side_of(g->draft.words[i].text);
    if (side == NULL) return;
    for (size_t k = i + 1; k < i + 4 && k < g->draft.count && !g->draft.words[k - 1].ends; k++) {
        if (!is_organ(g->draft.words[k].text)) continue;
        if (!source_has_side(g, side, g->draft.words[k].text)) found(g, CLINIC_FINDING_LATERALITY, i, k);
        return;
    }
}

static bool is_denial(struct span word)
{
    static const char *const denials[] = {"no", "not", "never", "denies", "denied", "without", "none", "nothing", "nope", "negative", "n't", "neither", "nor",
                                          "don't", "doesn't", "didn't", "haven't", "hasn't", "isn't", "wasn't", "can't", "won't", "cannot", "aren't", "weren't", "couldn't"};
    return IN(word, denials);
}

/* Denied before it in its own sentence. */
static bool denied_before(const struct guard_text *t, size_t i)
{
    for (size_t k = i; k-- > 0 && k + DENIAL_REACH >= i && !t->words[k].ends;)
        if (is_denial(t->words[k].text)) return true;
    return false;
}

/* Asked about, and denied by the answer. Talk without punctuation: anything denied soon behind it. */
static bool denied_behind(const struct guard_text *t, size_t i)
{
    size_t k = i;
    while (t->punctuated && k < t->count && k < i + ANSWER_REACH && !t->words[k].ends) k++;
    if (t->punctuated && (k >= t->count || !t->words[k].asks)) return false;
    for (k++; k < t->count && k < i + ANSWER_REACH; k++)
        if (is_denial(t->words[k].text)) return true;
    return false;
}

static bool is_symptom(struct span word)
{
    static const char *const symptoms[] = {"fever", "fevers", "chills", "cough", "coughing", "pain", "nausea", "vomiting", "diarrhea", "constipation", "headache", "headaches", "dizziness",
                                           "swelling", "rash", "bleeding", "numbness", "tingling", "weakness", "fatigue", "wheezing", "palpitations", "discharge", "itching", "redness",
                                           "tenderness", "edema", "fracture", "fractures", "allergies", "diabetes", "hypertension", "asthma", "smoking", "seizures", "syncope", "jaundice",
                                           "dyspnea", "breath", "murmur", "infection", "cancer", "pregnant", "congestion", "sweats", "hemoptysis", "erythema", "crackles", "rales"};
    return IN(word, symptoms);
}

/* Every place of the word in the source: is it ever denied, ever affirmed there? */
static void ask_source(const struct guard *g, struct span word, bool *denied, bool *affirmed)
{
    *denied = *affirmed = false;
    int at = guard_words_find(&g->source, word);
    for (size_t n = 0; at != GUARD_NONE && n < PLACES_MAX; n++, at = g->source.words[at].next_same) {
        bool before = denied_before(&g->source, (size_t)at), behind = denied_behind(&g->source, (size_t)at);
        *denied = *denied || before || behind;
        *affirmed = *affirmed || !(before || (behind && g->source.punctuated));
    }
}

static void check_denial(struct guard *g, size_t i)
{
    struct span word = g->draft.words[i].text;
    if (!is_symptom(word)) return;
    bool denied, affirmed;
    ask_source(g, word, &denied, &affirmed);
    bool here = denied_before(&g->draft, i);
    if (here ? !denied : denied && !affirmed) found(g, CLINIC_FINDING_NEGATION, i, i);
}

/* What our own grammar reads on a page stands there as well. */
static struct err widen(struct arena *arena, const struct lexicon *lexicon, struct span *source)
{
    struct page page;
    struct buf wide = BUF_WITH_MAX(WIDE_MAX);
    TRY(page_read(arena, *source, NULL, 0, &page));
    buf_put_span(&wide, *source);
    buf_put_byte(&wide, '\n');
    struct err e = draft_readings(lexicon, &page, true, &wide);
    if (!err_failed(e)) *source = arena_copy(arena, buf_span(&wide));
    buf_free(&wide);
    return err_failed(e) || source->p != NULL ? e : FAIL(FULL);
}

struct err guard_find(struct arena *arena, const struct lexicon *lexicon, enum clinic_input kind, struct span source, struct span draft, struct clinic_finding **findings, size_t *count)
{
    struct guard g = {.lexicon = lexicon};
    if (kind == CLINIC_PRESCRIPTION) TRY(widen(arena, lexicon, &source));
    TRY(guard_words_read(arena, source, &g.source));
    TRY(guard_words_read(arena, draft, &g.draft));
    g.findings = arena_array(arena, FINDINGS_MAX, sizeof *g.findings);
    if (g.findings == NULL) return FAIL(FULL);
    for (size_t i = 0; i < g.source.count && g.side_count < PLACES_MAX; i++)
        if (side_of(g.source.words[i].text) != NULL) g.sides[g.side_count++] = i;
    for (size_t i = 0; i < g.draft.count && g.count < FINDINGS_MAX; i++) {
        check_medicine(&g, i);
        check_number(&g, i);
        check_side(&g, i);
        check_denial(&g, i);
    }
    *findings = g.findings;
    *count = g.count;
    return OK;
}
