/* Numbers of a draft: the same value with the same unit must stand in the source, and there near the same medicine or words. */
#include "clinic/guard_private.h"

enum { ANCHOR_REACH = 15, MEDICINE_NEAR = 40 };

/* The same unit in every spelling; NULL = not a unit of dose. */
static const char *dose_unit(struct span word)
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

static const char *time_unit(struct span word)
{
    static const struct { const char *spelling, *unit; } units[] = {
        {"day", "day"}, {"days", "day"}, {"d", "day"}, {"week", "week"}, {"weeks", "week"}, {"wk", "week"}, {"wks", "week"}, {"month", "month"}, {"months", "month"},
        {"hour", "hour"}, {"hours", "hour"}, {"hr", "hour"}, {"hrs", "hour"}, {"h", "hour"}, {"minute", "minute"}, {"minutes", "minute"}, {"min", "minute"}, {"year", "year"}, {"years", "year"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (span_is(word, units[i].spelling)) return units[i].unit;
    return NULL;
}

static const char often[] = "times";

/* "once" is often only an idiom ("once I sat down"); "twice" and "bid" always say how often. */
static const char *own_unit(const struct guard_text *t, size_t i)
{
    static const char *const always[] = {"twice", "thrice", "od", "qd", "bd", "bid", "tds", "tid", "qid", "qds"};
    static const char *const behind_once[] = {"a", "per", "every", "daily", "weekly", "monthly", "each", "in"};
    struct span word = t->words[i].text;
    if (GUARD_IN(word, always)) return often;
    bool once = span_is(word, "once") && i + 1 < t->count && !t->words[i].ends && GUARD_IN(t->words[i + 1].text, behind_once);
    return once ? often : NULL;
}

static const char *unit_behind(const struct guard_text *t, size_t i)
{
    static const char *const between[] = {"to", "or", "and", "full", "more"};
    const char *unit = own_unit(t, i);
    for (size_t k = i + 1; unit == NULL && k < t->count && k < i + 5 && !t->words[k - 1].ends; k++) {
        struct span word = t->words[k].text;
        unit = span_is(word, "times") ? often : dose_unit(word);
        if (unit == NULL) unit = time_unit(word);
        if (unit == NULL && !t->words[k].number && !GUARD_IN(word, between)) break;
    }
    return unit;
}

static bool is_time(const char *unit) { return unit != NULL && time_unit(span_text(unit)) != NULL; }

/* The medicine that a number belongs to: the nearest of its sentence, on a page of its row. */
static int anchor_of(const struct guard *g, size_t i)
{
    const struct guard_text *t = &g->draft;
    int nearest = GUARD_NONE;
    size_t best = ANCHOR_REACH + 1;
    for (size_t k = i; k-- > 0 && i - k < best;) {
        if (t->words[k].row != t->words[i].row || (!g->page && t->words[k].ends)) break;
        if (g->here[k] != GUARD_NONE && t->words[k].medicine) best = i - k, nearest = g->here[k];
    }
    for (size_t k = i + 1; k < t->count && k - i < best; k++) {
        if (t->words[k].row != t->words[i].row || (!g->page && t->words[k - 1].ends)) break;
        if (g->here[k] != GUARD_NONE && t->words[k].medicine) best = k - i, nearest = g->here[k];
    }
    return nearest;
}

static bool medicine_near(struct guard *g, int medicine, size_t place)
{
    size_t from = place > MEDICINE_NEAR ? place - MEDICINE_NEAR : 0;
    if (g->work > GUARD_WORK) return false;
    for (size_t k = from; k <= place + MEDICINE_NEAR && k < g->source.count; k++, g->work++)
        if (g->source.words[k].id == medicine && (!g->page || g->source.words[k].row == g->source.words[place].row)) return true;
    return false;
}

/* A bare count needs no unit where people talk: "one in the morning" is a tablet. A page's own reading names it. */
static bool unit_fits(const struct guard *g, const char *want, const char *have)
{
    static const char *const countable[] = {"tablet", "capsule", "drop", "puff", "pill", "spray", "patch"};
    if (want == NULL) return true;
    if (have == NULL) return !g->page && GUARD_IN(span_text(want), countable);
    return strcmp(want, have) == 0;
}

struct err guard_number_units(struct arena *arena, struct guard *g)
{
    g->units = arena_array(arena, g->source.number_count + 1, sizeof(const char *));
    if (g->units == NULL) return FAIL(FULL);
    for (size_t n = 0; n < g->source.number_count; n++) g->units[n] = unit_behind(&g->source, (size_t)(g->source.numbers[n] - g->source.words));
    return OK;
}

static bool source_has(struct guard *g, size_t i, const char *unit)
{
    int64_t value = g->draft.words[i].value;
    int anchor = anchor_of(g, i);
    struct guard_company company;
    guard_company_of(g, i, &company);
    size_t first = guard_words_number(&g->source, value);
    for (size_t n = first; n < g->source.number_count && n < first + GUARD_PLACES && g->source.numbers[n]->value == value; n++) {
        size_t place = (size_t)(g->source.numbers[n] - g->source.words);
        if (!unit_fits(g, unit, g->units[n])) continue;
        if (anchor != GUARD_NONE && !medicine_near(g, anchor, place)) continue;
        if (anchor != GUARD_NONE && g->page) return true;
        if (guard_supported(g, &company, place)) return true;
    }
    return false;
}

static bool is_number(const struct guard_word *word) { return word->number; }

void guard_check_number(struct guard *g, size_t i)
{
    const struct guard_word *w = &g->draft.words[i];
    static const char *const idioms[] = {"one", "once"};
    if (!w->number) return;
    bool digits = (w->text.p[0] >= '0' && w->text.p[0] <= '9') || w->text.p[0] >= 0x80;
    if (i > 0 && g->draft.words[i - 1].number && !g->draft.words[i - 1].ends && !digits) return; /* inside "six hundred fifty" */
    const char *unit = unit_behind(&g->draft, i);
    if (unit == NULL && GUARD_IN(w->text, idioms)) return;
    if (source_has(g, i, unit) && !guard_replaced(g, i, is_number)) return;
    bool behind = unit != NULL && own_unit(&g->draft, i) == NULL && i + 1 < g->draft.count && !g->draft.words[i + 1].number;
    guard_found(g, unit != NULL && !is_time(unit) ? CLINIC_FINDING_DOSE : CLINIC_FINDING_NUMBER, i, behind ? i + 1 : i);
}
