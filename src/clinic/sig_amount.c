#include "clinic/sig_parse.h"

static bool is_measure(enum sig_unit unit) { return unit >= SIG_UNIT_MG && unit < SIG_UNIT_COUNT; }

static bool is_unit(const struct sig_parse *p, size_t ahead) { return sig_parse_is(p, ahead, SIG_TERM_UNIT); }
static enum sig_unit unit_at(const struct sig_parse *p, size_t ahead) { return (enum sig_unit)sig_parse_peek(p, ahead)->value; }

/* The dose that an amount belongs to: this one, or the next when a separator stands between. NULL = neither. */
static struct sig_dose *room_for_amount(struct sig_parse *p)
{
    if (!p->now->has_amount) return p->now;
    return p->separated ? sig_parse_next_dose(p, false) : NULL;
}

static bool set_amount(struct sig_parse *p, struct sig_amount amount, enum sig_unit unit, size_t taken)
{
    if (amount.high <= 0) return false;
    struct sig_dose *d = room_for_amount(p);
    if (d == NULL) return false;
    d->has_amount = true;
    d->amount = amount;
    if (unit != SIG_UNIT_NONE) d->unit = unit; /* "Tab 1 BD" has its unit already */
    if (unit == SIG_UNIT_PUFF && d->method == SIG_METHOD_INHALE) d->route = SIG_ROUTE_INHALED;
    return sig_parse_take(p, taken);
}

/* "2 x 10 ml", "2 5 ml spoonfuls", "2-3 5ml spoonfuls": so many measures of such a size; "2 500 mg tablets". */
static bool multiplied(struct sig_parse *p, struct sig_amount many, size_t n)
{
    bool x = sig_parse_is(p, n, SIG_TERM_X);
    if (x) n++;
    if (!sig_parse_is(p, n, SIG_TERM_NUMBER) || !is_unit(p, n + 1) || !is_measure(unit_at(p, n + 1))) return false;
    if (sig_parse_peek(p, n)->token->doubtful) return false;
    int64_t size = sig_parse_peek(p, n)->token->value;
    enum sig_unit unit = unit_at(p, n + 1);
    n += 2;
    bool spoon = is_unit(p, n) && unit_at(p, n) >= SIG_UNIT_SPOONFUL && unit_at(p, n) <= SIG_UNIT_TABLESPOON;
    if (is_unit(p, n) && !spoon && !is_measure(unit_at(p, n))) {
        struct sig_amount strength = {size, size};
        enum sig_unit counted = unit_at(p, n);
        if (!set_amount(p, many, counted, n + 1)) return false;
        p->now->strength = strength;
        p->now->strength_unit = unit;
        return true;
    }
    if (!x && !spoon) return false;
    struct sig_amount whole;
    if (__builtin_mul_overflow(many.low, size, &whole.low) || __builtin_mul_overflow(many.high, size, &whole.high)) return false;
    whole.low /= SIG_MICRO;
    whole.high /= SIG_MICRO;
    return set_amount(p, whole, unit, n + (spoon ? 1 : 0));
}

/* "05 mg" may be 0.5 mg whose point was lost; "01 tab" can only be one. */
static void ask_of_nought(struct sig_parse *p, size_t at, struct sig_amount amount, bool measured)
{
    enum { SURELY_COUNTED = 4 };
    if (!sig_parse_peek(p, at)->token->zero_led || (!measured && amount.low <= SURELY_COUNTED * (int64_t)SIG_MICRO)) return;
    p->refused = true;
    sig_parse_ask(p, SPAN_LITERAL("Which number is meant by \""), sig_parse_text(p, p->at + at, p->at + at + 1), SPAN_LITERAL("\"?"));
}

/* "1 500 mg": one tablet of 500 mg, or 1,500 mg? */
static void ask_of_thousands(struct sig_parse *p)
{
    const struct sig_term *before = p->at > 0 ? &p->terms[p->at - 1] : NULL;
    if (before == NULL || before->kind != SIG_TERM_NUMBER || before->token->kind != SIG_TOKEN_NUMBER || sig_parse_peek(p, 0)->token->length != 3) return;
    p->refused = true;
    sig_parse_ask(p, SPAN_LITERAL("Is \""), sig_parse_text(p, p->at - 1, p->at + 1), SPAN_LITERAL("\" one number?"));
}

/* A quantity of substance beside a counted amount is the strength: "2 tablets of amoxicillin 500 mg". */
static bool strength(struct sig_parse *p, struct sig_amount amount, size_t n)
{
    struct sig_dose *d = p->now;
    if (is_unit(p, n) && unit_at(p, n) == SIG_UNIT_PERCENT && d->strength_unit == SIG_UNIT_NONE) { /* never a dose */
        d->strength = amount;
        d->strength_unit = SIG_UNIT_PERCENT;
        return sig_parse_take(p, n + 1);
    }
    bool counted = d->has_amount && (d->unit == SIG_UNIT_NONE || !is_measure(d->unit));
    bool named = !d->has_amount && d->medicine.p != NULL && sig_parse_is(p, n + 1, SIG_TERM_NUMBER);
    if (!(counted || named) || p->separated || d->strength_unit != SIG_UNIT_NONE) return false;
    if (!is_unit(p, n) || !is_measure(unit_at(p, n)) || amount.high <= 0) return false;
    if (d->unit == SIG_UNIT_NONE) ask_of_thousands(p);
    d->strength = amount;
    d->strength_unit = unit_at(p, n);
    return sig_parse_take(p, n + 1);
}

static bool starts_time(const struct sig_parse *p, size_t n)
{
    return sig_parse_is(p, n, SIG_TERM_TIME) || sig_parse_is_mark(p, n, ':') || sig_parse_is(p, n, SIG_TERM_TIMES) || sig_parse_is_mark(p, n, '-') ||
           (sig_parse_is(p, n, SIG_TERM_PER) && !sig_parse_is(p, n + 1, SIG_TERM_SITE));
}

/* "1-2 tabs", "500mg", "half a tablet", "a capsule", "up to 2 puffs", "2". */
static bool amount(struct sig_parse *p)
{
    struct sig_amount many;
    size_t n = sig_parse_is(p, 0, SIG_TERM_UP_TO) ? 1 : 0;
    bool at_most = n == 1;
    size_t digits = sig_parse_number(p, n, &many);
    if (digits == 0) {
        if (!sig_parse_is(p, n, SIG_TERM_A) || !is_unit(p, n + 1) || is_measure(unit_at(p, n + 1))) return false;
        return set_amount(p, (struct sig_amount){at_most ? 0 : SIG_MICRO, SIG_MICRO}, unit_at(p, n + 1), n + 2);
    }
    ask_of_nought(p, n, many, is_unit(p, n + digits) && is_measure(unit_at(p, n + digits)));
    n += digits;
    if (at_most) many.low = 0;
    if (multiplied(p, many, n) || strength(p, many, n)) return true;
    if (sig_parse_is(p, n, SIG_TERM_A) && is_unit(p, n + 1)) n++;
    if (sig_parse_is_mark(p, n, '-') && is_unit(p, n + 1)) n++;
    if (sig_parse_is(p, n, SIG_TERM_ROUTE) && sig_parse_peek(p, n)->value == SIG_ROUTE_INHALED && sig_parse_peek(p, n)->token->word.n == 3) {
        bool set = set_amount(p, many, SIG_UNIT_PUFF, n + 1);
        if (set) p->now->route = SIG_ROUTE_INHALED;
        return set;
    }
    if (!is_unit(p, n)) return !starts_time(p, n) && set_amount(p, many, SIG_UNIT_NONE, n);
    enum sig_unit unit = unit_at(p, n++);
    bool rate = sig_parse_is(p, n, SIG_TERM_PER) && !sig_parse_is(p, n + 1, SIG_TERM_SITE) && !sig_parse_is(p, n + 1, SIG_TERM_TIME);
    if (rate && !sig_parse_is(p, n + 1, SIG_TERM_SIDE)) return false; /* "mg/dl", "8 l/min": not a dose that is read here */
    if (is_unit(p, n) && is_measure(unit) && unit_at(p, n) >= SIG_UNIT_SPOONFUL && unit_at(p, n) <= SIG_UNIT_TABLESPOON) n++; /* "30ml spoonful" */
    return set_amount(p, many, unit, n);
}

/* "of benadryl", "codeine", and what kind of thing it is: "cream". */
static bool medicine(struct sig_parse *p)
{
    size_t n = sig_parse_is(p, 0, SIG_TERM_OF) ? 1 : 0, from = n;
    while (n < from + 3 && (sig_parse_is(p, n, SIG_TERM_MEDICINE) || (from == 1 && sig_parse_is(p, n, SIG_TERM_UNKNOWN) && p->at + n < p->count))) n++;
    if (n == from) return false;
    if (p->now->medicine.p != NULL && !p->separated) return false;
    if (p->now->medicine.p == NULL) p->now->medicine = sig_parse_text(p, p->at + from, p->at + n);
    return sig_parse_take(p, n);
}

static bool method(struct sig_parse *p)
{
    if (!sig_parse_is(p, 0, SIG_TERM_METHOD)) {
        bool spray = is_unit(p, 0) && unit_at(p, 0) == SIG_UNIT_SPRAY && p->now->method == SIG_METHOD_NONE && !p->now->has_amount;
        if (!spray) return false;
        p->now->method = SIG_METHOD_SPRAY;
        return sig_parse_take(p, 1);
    }
    enum sig_method method = (enum sig_method)sig_parse_peek(p, 0)->value;
    if (p->now->method != SIG_METHOD_NONE && p->now->method != method) return false;
    if (p->now->method != SIG_METHOD_NONE && p->separated) return false; /* "drink 10 ml, drink slowly": an instruction */
    p->now->method = method;
    if (method == SIG_METHOD_INHALE && p->now->route == SIG_ROUTE_NONE) p->now->route = SIG_ROUTE_INHALED;
    if ((method == SIG_METHOD_SWALLOW || method == SIG_METHOD_DRINK || method == SIG_METHOD_CHEW) && p->now->route == SIG_ROUTE_NONE) p->now->route = SIG_ROUTE_ORAL;
    return sig_parse_take(p, 1);
}

static bool set_route(struct sig_parse *p, enum sig_route route, size_t n)
{
    enum sig_route had = p->now->route;
    bool narrower = had == SIG_ROUTE_TOPICAL || (had == SIG_ROUTE_INTRAVITREAL && route == SIG_ROUTE_OPHTHALMIC);
    if (had != SIG_ROUTE_NONE && had != route && !narrower) {
        sig_parse_ask_text(p, "Two different ways of giving it are written. Which one is meant?");
        return sig_parse_take(p, n);
    }
    if (had != SIG_ROUTE_INTRAVITREAL) p->now->route = route;
    return sig_parse_take(p, n);
}

static enum sig_route route_of_site(enum sig_site site)
{
    switch (site) {
    case SIG_SITE_EYE: return SIG_ROUTE_OPHTHALMIC;
    case SIG_SITE_EAR: return SIG_ROUTE_OTIC;
    case SIG_SITE_NOSE: case SIG_SITE_NOSTRIL: return SIG_ROUTE_NASAL;
    case SIG_SITE_VAGINA: return SIG_ROUTE_VAGINAL;
    case SIG_SITE_RECTUM: return SIG_ROUTE_RECTAL;
    default: return SIG_ROUTE_NONE;
    }
}

static void set_site(struct sig_parse *p, enum sig_site site, enum sig_side side, struct span text)
{
    struct sig_dose *d = p->now;
    if (d->site_text.p != NULL || d->site != SIG_SITE_NONE) {
        bool same = d->site == site && d->side == side;
        if (!same) sig_parse_ask_text(p, "Two different places are written. Which one is meant?");
        return;
    }
    d->site = site;
    d->side = side;
    d->site_text = text;
    enum sig_route route = route_of_site(site);
    if (d->route == SIG_ROUTE_NONE) d->route = route;
    bool skin = route == SIG_ROUTE_NONE && d->method == SIG_METHOD_APPLY;
    if (d->route == SIG_ROUTE_NONE && skin && site != SIG_SITE_NONE) d->route = SIG_ROUTE_TOPICAL;
}

/* "to the left eye", "in each nostril", "to affected areas", "right arm", "below ear", "scalp and forehead". */
static bool site(struct sig_parse *p)
{
    size_t n = 0;
    bool lead = sig_parse_is(p, 0, SIG_TERM_TO) || sig_parse_is(p, 0, SIG_TERM_IN) || sig_parse_is(p, 0, SIG_TERM_ON) || sig_parse_is(p, 0, SIG_TERM_AT) ||
                sig_parse_is(p, 0, SIG_TERM_PER) || sig_parse_is(p, 0, SIG_TERM_OVER);
    struct span leading = lead ? sig_parse_peek(p, 0)->token->word : SPAN_NONE;
    bool near = span_is(leading, "around") || span_is(leading, "below") || span_is(leading, "under") || span_is(leading, "behind") || span_is(leading, "beneath");
    if (lead) n++;
    while (lead && sig_parse_is(p, n, SIG_TERM_NOISE)) n++;
    size_t from = n;
    enum sig_side side = SIG_SIDE_NONE;
    if (sig_parse_is(p, n, SIG_TERM_SIDE)) side = (enum sig_side)sig_parse_peek(p, n++)->value;
    else if (sig_parse_is(p, n, SIG_TERM_EVERY) && sig_parse_is(p, n + 1, SIG_TERM_SITE)) { side = SIG_SIDE_EACH; n++; }
    if (!sig_parse_is(p, n, SIG_TERM_SITE)) {
        if (sig_parse_is(p, n, SIG_TERM_EYE) && side == SIG_SIDE_NONE) {
            set_site(p, SIG_SITE_EYE, (enum sig_side)sig_parse_peek(p, n)->value, sig_parse_text(p, p->at + n, p->at + n + 1));
            return sig_parse_take(p, n + 1);
        }
        if (sig_parse_is(p, n, SIG_TERM_EAR) && side == SIG_SIDE_NONE) {
            set_site(p, SIG_SITE_EAR, (enum sig_side)sig_parse_peek(p, n)->value, sig_parse_text(p, p->at + n, p->at + n + 1));
            return sig_parse_take(p, n + 1);
        }
        if (lead && sig_parse_is(p, n, SIG_TERM_OD)) { /* "to OD" can only be the eye */
            set_site(p, SIG_SITE_EYE, SIG_SIDE_RIGHT, sig_parse_text(p, p->at + n, p->at + n + 1));
            return sig_parse_take(p, n + 1);
        }
        return false;
    }
    enum sig_site place = (enum sig_site)sig_parse_peek(p, n++)->value;
    bool more = false;
    while ((sig_parse_is(p, n, SIG_TERM_AND) || sig_parse_is_mark(p, n, ',')) && sig_parse_is(p, n + 1, SIG_TERM_SITE)) {
        n += 2;
        more = true;
    }
    struct span text = sig_parse_text(p, p->at + (near ? 0 : from), p->at + n);
    set_site(p, near || more ? SIG_SITE_NONE : place, near || more ? SIG_SIDE_NONE : side, text);
    if ((near || more) && p->now->route == SIG_ROUTE_NONE && p->now->method == SIG_METHOD_APPLY) p->now->route = SIG_ROUTE_TOPICAL;
    return sig_parse_take(p, n);
}

static bool route(struct sig_parse *p)
{
    if (!sig_parse_is(p, 0, SIG_TERM_ROUTE)) return false;
    enum sig_route route = (enum sig_route)sig_parse_peek(p, 0)->value;
    if (p->now->site != SIG_SITE_NONE && route_of_site(p->now->site) == SIG_ROUTE_NONE && route == SIG_ROUTE_TOPICAL) return sig_parse_take(p, 1);
    const struct sig_term *t = sig_parse_peek(p, 0);
    bool device = route == SIG_ROUTE_INHALED && t->tokens == 2 && span_is(t->token[1].word, "spacer"); /* says more than the route */
    if (device && p->now->note_count < SIG_NOTES_LIMIT) p->now->notes[p->now->note_count++] = sig_parse_text(p, p->at, p->at + 1);
    return set_route(p, route, 1);
}

/* A unit without a number says what kind of thing it is: "tablets twice daily". */
static bool lone_unit(struct sig_parse *p)
{
    if (!is_unit(p, 0) || is_measure(unit_at(p, 0))) return false;
    if (p->now->unit != SIG_UNIT_NONE && p->now->unit != unit_at(p, 0)) return false;
    if (p->now->unit == SIG_UNIT_NONE) p->now->unit = unit_at(p, 0);
    return sig_parse_take(p, 1);
}

bool sig_amount_read(struct sig_parse *p)
{
    return site(p) || amount(p) || medicine(p) || method(p) || route(p) || lone_unit(p);
}
