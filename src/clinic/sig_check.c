#include "clinic/sig_parse.h"

static bool of_eye(const struct sig_parse *p)
{
    const struct sig_dose *d = p->now;
    return d->unit == SIG_UNIT_DROP || d->site == SIG_SITE_EYE || d->route == SIG_ROUTE_OPHTHALMIC || d->route == SIG_ROUTE_INTRAVITREAL ||
           p->setting->form == SIG_FORM_EYE || p->setting->form == SIG_FORM_DROPS;
}

/* Something that nobody puts into an eye. */
static bool of_elsewhere(const struct sig_parse *p)
{
    const struct sig_dose *d = p->now;
    enum sig_form form = p->setting->form;
    bool route = d->route != SIG_ROUTE_NONE && d->route != SIG_ROUTE_OPHTHALMIC && d->route != SIG_ROUTE_TOPICAL && d->route != SIG_ROUTE_INTRAVITREAL;
    bool unit = d->unit != SIG_UNIT_NONE && d->unit != SIG_UNIT_DROP && d->unit != SIG_UNIT_APPLICATION && d->unit != SIG_UNIT_DOSE;
    bool method = d->method == SIG_METHOD_TAKE || d->method == SIG_METHOD_SWALLOW || d->method == SIG_METHOD_CHEW || d->method == SIG_METHOD_DRINK ||
                  d->method == SIG_METHOD_INHALE || d->method == SIG_METHOD_INJECT;
    const uint32_t meals = 0xfffu << SIG_WHEN_C; /* nobody takes eye drops by meals */
    const struct sig_dose *first = &p->sig->doses[0];
    bool earlier = first != d && ((first->unit != SIG_UNIT_NONE && first->unit != SIG_UNIT_DROP && first->unit != SIG_UNIT_APPLICATION && first->unit != SIG_UNIT_DOSE) ||
                                  first->route == SIG_ROUTE_ORAL);
    if ((d->when & meals) != 0 || earlier) return true;
    bool place = (d->site != SIG_SITE_NONE || d->site_text.p != NULL) && d->site != SIG_SITE_EYE && d->site != SIG_SITE_EYELID;
    bool other_form = form != SIG_FORM_UNKNOWN && form != SIG_FORM_EYE && form != SIG_FORM_DROPS && form != SIG_FORM_SKIN && form != SIG_FORM_OTHER;
    return route || unit || method || place || other_form;
}

static void once_a_day(struct sig_dose *d)
{
    if (d->period_unit != SIG_TIME_NONE) return;
    d->frequency = 1;
    d->period = (struct sig_amount){SIG_MICRO, SIG_MICRO};
    d->period_unit = SIG_TIME_DAY;
}

static void right_eye(struct sig_dose *d)
{
    if (d->site != SIG_SITE_NONE) return;
    d->site = SIG_SITE_EYE;
    d->side = SIG_SIDE_RIGHT;
    if (d->route == SIG_ROUTE_NONE) d->route = SIG_ROUTE_OPHTHALMIC;
}

/* "OD" is once daily (omni die) or the right eye (oculus dexter). Only evidence on the page decides. */
static void settle_od(struct sig_parse *p)
{
    struct sig_dose *d = p->now;
    bool often = d->period_unit != SIG_TIME_NONE || (d->when != 0 && d->frequency != 0);
    bool eye_named = d->site == SIG_SITE_EYE;
    if (p->od_count == 0) return;
    if (p->od_count == 2 && !often && !eye_named && !of_elsewhere(p)) {
        right_eye(d);
        once_a_day(d);
        if (!of_eye(p)) sig_parse_ask_text(p, "\"OD OD\": right eye, once a day?");
    } else if (p->od_count > 1) {
        sig_parse_ask_text(p, "\"OD\" is written more than once. What does each mean?");
        p->refused = true;
    } else if (eye_named || of_elsewhere(p)) {
        bool same = d->period_unit == SIG_TIME_DAY && d->frequency == 1 && d->period.low == SIG_MICRO;
        bool wider = d->period_unit >= SIG_TIME_DAY && d->frequency == 1; /* "OD alternate days" */
        if (often && !same && !wider) sig_parse_ask_text(p, "\"OD\" and another frequency are written. Which one is meant?");
        once_a_day(d);
    } else if (often || d->when != 0) {
        right_eye(d);
        if (d->unit != SIG_UNIT_DROP && p->setting->form != SIG_FORM_EYE) sig_parse_ask_text(p, "\"OD\": is the right eye meant?");
    } else if (of_eye(p)) {
        right_eye(d);
        sig_parse_ask_text(p, "\"OD\": the right eye (then how often?), or once a day (then which eye)?");
    } else {
        once_a_day(d);
        sig_parse_ask_text(p, "\"OD\": once a day, or the right eye?");
    }
}

/* "AD" is on alternate days or the right ear (auris dextra). */
static void settle_ad(struct sig_parse *p)
{
    struct sig_dose *d = p->now;
    if (p->ad == NULL) return;
    bool ear = d->unit == SIG_UNIT_DROP || p->setting->form == SIG_FORM_EAR || d->site == SIG_SITE_EAR;
    if (ear && d->period_unit != SIG_TIME_NONE && d->site == SIG_SITE_NONE) {
        d->site = SIG_SITE_EAR;
        d->side = SIG_SIDE_RIGHT;
        d->route = SIG_ROUTE_OTIC;
        if (p->setting->form != SIG_FORM_EAR) sig_parse_ask_text(p, "\"AD\": is the right ear meant?");
        return;
    }
    if (d->period_unit == SIG_TIME_NONE) {
        d->frequency = 1;
        d->period = (struct sig_amount){2 * SIG_MICRO, 2 * SIG_MICRO};
        d->period_unit = SIG_TIME_DAY;
    }
    sig_parse_ask_text(p, "\"AD\": on alternate days, or the right ear?");
}

/* A relation to meals said of the parts of a pattern: "1-0-1 AC" is before breakfast and before dinner. */
static void relate_pattern(struct sig_dose *d)
{
    const uint32_t night = 1u << SIG_WHEN_NIGHT, bedtime = 1u << SIG_WHEN_HS; /* "0-0-1 HS": the night's dose is that at bedtime */
    bool said_twice = (d->when & night) != 0 && (d->when & bedtime) != 0 && (unsigned)__builtin_popcount(d->when) == d->frequency + 1;
    if (d->frequency > 0 && said_twice) d->when &= ~night;
    static const enum sig_when general[3] = {SIG_WHEN_AC, SIG_WHEN_PC, SIG_WHEN_C};
    const uint32_t parts = d->when & (1u << SIG_WHEN_MORN | 1u << SIG_WHEN_AFT | 1u << SIG_WHEN_NIGHT);
    if (d->frequency == 0 || parts == 0 || (unsigned)__builtin_popcount(parts) != d->frequency || (d->when & 1u << SIG_WHEN_EVE) != 0) return;
    for (size_t i = 0; i < 3; i++) {
        enum sig_when base = general[i];
        if ((d->when & ~parts) != 1u << base) continue;
        d->when = 0;
        if (parts & 1u << SIG_WHEN_MORN) d->when |= 1u << (base + 1);
        if (parts & 1u << SIG_WHEN_AFT) d->when |= 1u << (base + 2);
        if (parts & 1u << SIG_WHEN_NIGHT) d->when |= 1u << (base + 3);
        return;
    }
}

static void general_relation(struct sig_parse *p, struct sig_dose *d)
{
    /* "in the morning after breakfast" is one event */
    static const struct { enum sig_when part, meal; } same[] = {
        {SIG_WHEN_MORN, 1}, {SIG_WHEN_MORN_EARLY, 1}, {SIG_WHEN_NOON, 2}, {SIG_WHEN_AFT, 2}, {SIG_WHEN_EVE, 3}, {SIG_WHEN_NIGHT, 3}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        const uint32_t meals = 1u << (SIG_WHEN_C + same[i].meal) | 1u << (SIG_WHEN_AC + same[i].meal) | 1u << (SIG_WHEN_PC + same[i].meal);
        if (d->when & meals) d->when &= ~(1u << same[i].part);
    }
    const uint32_t any_meal = 1u << SIG_WHEN_C | 1u << SIG_WHEN_AC | 1u << SIG_WHEN_PC;
    if ((d->when & 1u << SIG_WHEN_EVE) != 0 && (d->when & any_meal) != 0 && d->frequency > 2) sig_parse_ask_text(p, "Which of the doses go with a meal?");
    /* "before food" beside the meals it governs is said once */
    static const enum sig_when bases[3] = {SIG_WHEN_C, SIG_WHEN_AC, SIG_WHEN_PC};
    for (size_t i = 0; i < 3; i++)
        if (d->when & 0xeu << bases[i]) d->when &= ~(1u << bases[i]);
}

void sig_check_dose(struct sig_parse *p)
{
    struct sig_dose *d = p->now;
    settle_od(p);
    settle_ad(p);
    size_t end = p->at < p->count ? p->terms[p->at].token->at : p->sig->text.n;
    d->length = end > d->at ? end - d->at : 0;
    p->od_count = 0;
    p->ad = NULL;
}

static enum sig_unit unit_of_form(enum sig_form form)
{
    switch (form) {
    case SIG_FORM_TABLET: return SIG_UNIT_TABLET;
    case SIG_FORM_CAPSULE: return SIG_UNIT_CAPSULE;
    case SIG_FORM_SUPPOSITORY: return SIG_UNIT_SUPPOSITORY;
    case SIG_FORM_PATCH: return SIG_UNIT_PATCH;
    case SIG_FORM_EYE: case SIG_FORM_EAR: case SIG_FORM_DROPS: return SIG_UNIT_DROP;
    case SIG_FORM_INHALER: return SIG_UNIT_PUFF;
    default: return SIG_UNIT_NONE;
    }
}

/* What a later step does not say again holds on: unit, route, place, method; the frequency only with a question. */
static void inherit(struct sig_parse *p, struct sig_dose *d, const struct sig_dose *before)
{
    if (d->unit == SIG_UNIT_NONE && d->has_amount) d->unit = before->unit;
    if (d->route == SIG_ROUTE_NONE) d->route = before->route;
    if (d->method == SIG_METHOD_NONE) d->method = before->method;
    if (d->site == SIG_SITE_NONE && d->site_text.p == NULL) {
        d->site = before->site;
        d->side = before->side;
        d->site_text = before->site_text;
    }
    if (!d->has_amount && d->sequence == before->sequence) {
        d->has_amount = before->has_amount;
        d->amount = before->amount;
        d->unit = before->unit;
    }
    if (d->medicine.p == NULL) d->medicine = before->medicine;
    bool timed = d->period_unit != SIG_TIME_NONE || d->when != 0 || d->time_count > 0 || d->count > 0 || d->at_once || d->as_needed || d->days != 0;
    if (timed || before->period_unit == SIG_TIME_NONE || d->sequence == before->sequence) return;
    d->frequency = before->frequency;
    d->frequency_max = before->frequency_max;
    d->period = before->period;
    d->period_unit = before->period_unit;
    d->when = before->when;
    sig_parse_ask_text(p, "A later step does not say how often. As often as the step before?");
}

/* The last of several parts carries what is said once for all: "1-0-2 x 5 days", "… and 2 at night for a week". */
static void share_backwards(struct sig *sig)
{
    for (unsigned i = sig->dose_count; i-- > 1;) {
        const struct sig_dose *from = &sig->doses[i];
        struct sig_dose *to = &sig->doses[i - 1];
        if (to->sequence != from->sequence) continue;
        if (to->duration_unit == SIG_TIME_NONE) {
            to->duration = from->duration;
            to->duration_unit = from->duration_unit;
            to->duration_at_most = from->duration_at_most;
        }
        if (to->route == SIG_ROUTE_NONE) to->route = from->route;
        if (to->unit == SIG_UNIT_NONE && to->has_amount) to->unit = from->unit;
        const uint32_t general = 1u << SIG_WHEN_AC | 1u << SIG_WHEN_PC | 1u << SIG_WHEN_C;
        if ((to->when & ~general) == to->when && to->frequency > 0 && (from->when & general) != 0) to->when |= from->when & general;
    }
}

static void ask_of_form(struct sig_parse *p, const struct sig_dose *d)
{
    enum sig_form form = p->setting->form;
    bool tablet = form == SIG_FORM_TABLET && (d->unit == SIG_UNIT_CAPSULE || d->unit == SIG_UNIT_DROP || d->unit == SIG_UNIT_PUFF || d->unit == SIG_UNIT_ML);
    bool capsule = form == SIG_FORM_CAPSULE && (d->unit == SIG_UNIT_TABLET || d->unit == SIG_UNIT_DROP || d->unit == SIG_UNIT_PUFF || d->unit == SIG_UNIT_ML);
    bool liquid = form == SIG_FORM_LIQUID && (d->unit == SIG_UNIT_TABLET || d->unit == SIG_UNIT_CAPSULE || d->unit == SIG_UNIT_PUFF);
    bool drops = (form == SIG_FORM_EYE || form == SIG_FORM_EAR) && (d->unit == SIG_UNIT_TABLET || d->unit == SIG_UNIT_CAPSULE || d->route == SIG_ROUTE_ORAL);
    bool solid = form == SIG_FORM_TABLET || form == SIG_FORM_CAPSULE || d->unit == SIG_UNIT_TABLET || d->unit == SIG_UNIT_CAPSULE || d->unit == SIG_UNIT_PILL;
    bool injected = d->route >= SIG_ROUTE_INTRAVENOUS && d->route <= SIG_ROUTE_INTRADERMAL; /* "iv tabs" are four, in Roman numerals */
    bool poured = d->strength_unit == SIG_UNIT_ML || d->strength_unit == SIG_UNIT_L;
    if (tablet || capsule || liquid || drops || (solid && (injected || poured))) sig_parse_ask_text(p, "The medicine and its direction name different forms. Which one is right?");
    bool measured = form == SIG_FORM_LIQUID || form == SIG_FORM_INJECTION || form == SIG_FORM_DROPS;
    if (measured && !d->has_amount) sig_parse_ask_text(p, "How much is to be given each time?");
    if ((form == SIG_FORM_LIQUID || form == SIG_FORM_INJECTION) && d->has_amount && d->unit == SIG_UNIT_NONE) sig_parse_ask_text(p, "How much is one dose: which measure is meant?");
}

/* Amounts that no direction means; the limits are ours, several times what is usual, so that a misread digit is asked about. */
static bool implausible(const struct sig_dose *d)
{
    bool counted = d->unit == SIG_UNIT_NONE || (d->unit <= SIG_UNIT_APPLICATOR && d->unit != SIG_UNIT_DROP);
    int64_t most = counted ? 10 : d->unit == SIG_UNIT_DROP ? 60 : d->unit == SIG_UNIT_L ? 4 : SIG_NUMBER_LIMIT;
    if (d->unit == SIG_UNIT_NONE) most = 100;
    if (d->unit == SIG_UNIT_L && d->frequency > 1) return true; /* "5 ml", badly read */
    return (d->has_amount && d->amount.high > most * SIG_MICRO) || d->frequency > 24;
}

/* "3 tabs OD x 5 days, 2 tabs OD x 5 days, 1 tab OD x 5 days": three steps or more that only go down, each with its length, are
   a tapering dose; nobody takes them together. Of two such steps that is not certain. */
static bool is_tapering(const struct sig *sig)
{
    if (sig->dose_count < 3) return false;
    for (unsigned i = 0; i < sig->dose_count; i++) {
        const struct sig_dose *a = &sig->doses[i > 0 ? i - 1 : 0], *b = &sig->doses[i];
        bool plain = b->has_amount && b->amount.low == b->amount.high && b->duration_unit != SIG_TIME_NONE && b->period_unit != SIG_TIME_NONE && b->sequence == a->sequence;
        bool alike = b->unit == a->unit && b->frequency == a->frequency && b->period_unit == a->period_unit && b->period.low == a->period.low && b->when == a->when && b->days == a->days;
        if (!plain || !alike || b->as_needed || b->at_once || b->time_count > 0 || (i > 0 && b->amount.low >= a->amount.low)) return false;
    }
    return true;
}

/* Two doses side by side that nothing tells apart ("40 mg OD x 5 days, 20 mg OD x 5 days") may as well be steps. */
static void ask_of_steps(struct sig_parse *p)
{
    if (is_tapering(p->sig)) {
        for (unsigned i = 0; i < p->sig->dose_count; i++) p->sig->doses[i].sequence += i;
        return;
    }
    for (unsigned i = 1; i < p->sig->dose_count; i++) {
        const struct sig_dose *a = &p->sig->doses[i - 1], *b = &p->sig->doses[i];
        const uint32_t any_meal = 1u << SIG_WHEN_C | 1u << SIG_WHEN_AC | 1u << SIG_WHEN_PC;
        bool same_moment = (a->when & b->when & ~any_meal) != 0; /* "1-0-1 x 3 days, 0-0-1 x 3 days": two at night, or steps? */
        bool apart = (a->when != b->when && !same_moment) || a->days != b->days || a->side != b->side || a->site != b->site || a->as_needed != b->as_needed ||
                     a->at_once != b->at_once || a->time_count > 0 || b->time_count > 0;
        bool both_last = a->duration_unit != SIG_TIME_NONE && b->duration_unit != SIG_TIME_NONE;
        if (a->sequence != b->sequence || (apart && !both_last)) continue;
        if (both_last && apart && (a->duration.low == b->duration.low && a->duration_unit == b->duration_unit)) continue;
        sig_parse_ask_text(p, "Are these doses taken together, or one after the other?");
        p->refused = true;
    }
}

void sig_check_all(struct sig_parse *p)
{
    ask_of_steps(p);
    share_backwards(p->sig);
    for (unsigned i = 0; i < p->sig->dose_count; i++) {
        struct sig_dose *d = &p->sig->doses[i];
        if (i > 0) inherit(p, d, &p->sig->doses[i - 1]);
        relate_pattern(d);
        general_relation(p, d);
        if (d->has_amount && d->unit == SIG_UNIT_NONE) d->unit = unit_of_form(p->setting->form);
        if (d->has_maximum && d->maximum_unit == SIG_UNIT_NONE) d->maximum_unit = d->unit;
        bool timed = d->period_unit != SIG_TIME_NONE || d->when != 0 || d->time_count > 0 || d->count > 0 || d->at_once || d->as_needed ||
                     d->as_directed || d->days != 0;
        if (!timed) sig_parse_ask_text(p, "How often is it to be taken?");
        bool counted_only = d->count > 1 && d->period_unit == SIG_TIME_NONE && d->when == 0 && d->time_count == 0 && d->days == 0;
        if (counted_only) sig_parse_ask_text(p, "So many times a day, or so many doses in all?");
        ask_of_form(p, d);
        if (implausible(d)) sig_parse_ask_text(p, "The amount is unusual. Is it right?");
        bool short_course = d->duration_unit != SIG_TIME_NONE && d->duration_unit < SIG_TIME_DAY && d->period_unit >= SIG_TIME_DAY;
        if (short_course) sig_parse_ask_text(p, "Is that the length of each time, or of the whole course?");
        if (d->at_once && d->frequency > 1) sig_parse_ask_text(p, "\"Stat\" and a frequency are written. Which one is meant?");
    }
}
