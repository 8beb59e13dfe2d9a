#include "clinic/sig_parse.h"

/* A frequency that was read before and says something else is a question, never overwritten silently. */
static void set_frequency(struct sig_parse *p, unsigned low, unsigned high, struct sig_amount period, enum sig_time unit)
{
    struct sig_dose *d = p->now;
    bool had = d->period_unit != SIG_TIME_NONE;
    bool same = d->frequency == low && d->frequency_max == (high > low ? high : 0) && d->period.low == period.low &&
                d->period.high == period.high && d->period_unit == unit;
    /* "twice daily (every 12 hours)": the same said twice */
    bool hours = unit == SIG_TIME_HOUR && low == 1 && d->period_unit == SIG_TIME_DAY && d->period.low == SIG_MICRO && d->frequency_max == 0 &&
                 period.low == period.high && period.low * d->frequency == 24 * (int64_t)SIG_MICRO;
    /* "weekly on Friday", "once daily every day" */
    bool wider = had && d->frequency == 1 && low == 1 && unit == d->period_unit && period.low == SIG_MICRO;
    if (had && !same && !hours && !wider) {
        sig_parse_ask_text(p, "Two different frequencies are written. Which one is meant?");
        p->refused = true;
        return;
    }
    if (had) return;
    d->frequency = low;
    d->frequency_max = high > low ? high : 0;
    d->period = period;
    d->period_unit = unit;
    if (unit == SIG_TIME_HOUR && period.low < SIG_MICRO) { /* FHIR wants whole periods: half an hour is 30 min */
        d->period = (struct sig_amount){period.low * 60, period.high * 60};
        d->period_unit = SIG_TIME_MINUTE;
    }
}

static const struct sig_amount one = {SIG_MICRO, SIG_MICRO};

static void set_a_day(struct sig_parse *p, unsigned times) { set_frequency(p, times, times, one, SIG_TIME_DAY); }

static bool is_of_day(enum sig_time unit) { return unit >= SIG_TIME_DAY; }

/* "1 tab 1-0-1" says its amount twice, "500 mg 1-0-1" has a strength; another amount before the pattern is a question. */
static bool room_for_pattern(struct sig_parse *p, const int64_t *parts, size_t n)
{
    struct sig_dose *d = p->now;
    if (!d->has_amount && d->period_unit == SIG_TIME_NONE) return true;
    if (p->separated) return sig_parse_next_dose(p, false) != NULL;
    if (!d->has_amount || d->period_unit != SIG_TIME_NONE || d->amount.low != d->amount.high) return false;
    if (d->unit >= SIG_UNIT_MG && d->strength_unit == SIG_UNIT_NONE) {
        d->strength = d->amount;
        d->strength_unit = d->unit;
        d->unit = SIG_UNIT_NONE;
        d->has_amount = false;
        return true;
    }
    for (size_t i = 0; i < n; i++)
        if (parts[i] != 0 && parts[i] != d->amount.low) return false;
    return true;
}

/* "40-30-20-10 mg", "3-2-1": the parts of one day, or a dose that tapers? Insulin is given so ("10-8-6 units"). */
static bool only_goes_down(const int64_t *parts, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (parts[i] >= parts[i - 1]) return false;
    return parts[n - 1] > 0;
}

static void ask_of_descent(struct sig_parse *p, size_t behind)
{
    int unit = sig_parse_is(p, behind, SIG_TERM_UNIT) ? sig_parse_peek(p, behind)->value : SIG_UNIT_NONE;
    if (unit == SIG_UNIT_UNIT || unit == SIG_UNIT_IU) return;
    sig_parse_ask_text(p, "Amounts that only go down: parts of the day, or steps of a tapering dose?");
    p->refused = true;
}

/* "1-0-1", "1/2 - 0 - 1/2", "1+1+1", "10-12-0": morning, afternoon, (evening,) night. */
static bool pattern(struct sig_parse *p)
{
    int64_t parts[4];
    size_t n = 0, used = 0;
    while (sig_parse_is(p, used, SIG_TERM_NUMBER)) {
        if (sig_parse_peek(p, used)->token->doubtful) return false;
        parts[n++] = sig_parse_peek(p, used++)->token->value;
        bool dash = sig_parse_is_mark(p, used, '-') || sig_parse_is_mark(p, used, '+');
        if (!dash || !sig_parse_is(p, used + 1, SIG_TERM_NUMBER)) break;
        if (n == 4) return false;
        used++;
    }
    if (n < 3 || sig_parse_is(p, used, SIG_TERM_PER)) return false;
    static const enum sig_when three[4] = {SIG_WHEN_MORN, SIG_WHEN_AFT, SIG_WHEN_NIGHT, 0};
    static const enum sig_when four[4] = {SIG_WHEN_MORN, SIG_WHEN_AFT, SIG_WHEN_EVE, SIG_WHEN_NIGHT};
    if (!room_for_pattern(p, parts, n)) return false;
    struct sig_dose *first = NULL;
    for (size_t i = 0; i < n; i++) {
        if (parts[i] == 0) continue;
        enum sig_when when = n == 3 ? three[i] : four[i];
        struct sig_dose *d = p->now;
        if (first != NULL && d->amount.low != parts[i]) {
            d = NULL;
            for (unsigned k = 0; k < p->sig->dose_count; k++)
                if (&p->sig->doses[k] >= first && p->sig->doses[k].amount.low == parts[i]) d = &p->sig->doses[k];
            if (d == NULL) d = sig_parse_next_dose(p, false);
            if (d == NULL) return false;
        }
        if (first == NULL) first = d;
        d->has_amount = true;
        d->amount = (struct sig_amount){parts[i], parts[i]};
        d->when |= 1u << when;
        d->frequency++;
        d->period = one;
        d->period_unit = SIG_TIME_DAY;
    }
    if (first == NULL) return false; /* 0-0-0 says nothing */
    if (only_goes_down(parts, n)) ask_of_descent(p, used);
    if (sig_parse_is(p, used, SIG_TERM_UNIT)) {
        for (struct sig_dose *d = first; d < p->sig->doses + p->sig->dose_count; d++) d->unit = (enum sig_unit)sig_parse_peek(p, used)->value;
        used++;
    }
    return sig_parse_take(p, used);
}

/* "every", "q": 6 hours, 4-6 h, other day, sixth day, day, Monday; "q1/4h". */
static bool every(struct sig_parse *p)
{
    if (!sig_parse_is(p, 0, SIG_TERM_EVERY)) return false;
    struct sig_amount period = one;
    size_t n = 1, digits = sig_parse_number(p, 1, &period);
    n += digits;
    unsigned whole;
    if (digits == 0 && sig_parse_is(p, n, SIG_TERM_ORDINAL)) {
        period.low = period.high = sig_parse_peek(p, n)->value * (int64_t)SIG_MICRO;
        n++;
    } else if (digits == 0 && sig_parse_is(p, n, SIG_TERM_OTHER)) {
        period.low = period.high = 2 * (int64_t)SIG_MICRO;
        n++;
    }
    if (sig_parse_is_mark(p, n, '-')) n++;
    if (sig_parse_is(p, n, SIG_TERM_WEEKDAY)) return n == 1 && sig_parse_take(p, 1);
    if (sig_parse_is(p, n, SIG_TERM_FORTNIGHT) && digits == 0) {
        set_frequency(p, 1, 1, (struct sig_amount){2 * SIG_MICRO, 2 * SIG_MICRO}, SIG_TIME_WEEK);
        return sig_parse_take(p, n + 1);
    }
    bool unit = sig_parse_is(p, n, SIG_TERM_TIME) || (digits > 0 && sig_parse_is(p, n, SIG_TERM_EACH_TIME));
    if (!unit || period.low <= 0) return false;
    enum sig_time time = (enum sig_time)sig_parse_peek(p, n)->value;
    if (is_of_day(time) && !sig_parse_whole(period.low, 366, &whole)) return false;
    /* "3 times every week" was read before; "once every 6 hours" loses its "once" */
    if (p->now->count == 1) p->now->count = 0;
    set_frequency(p, 1, 1, period, time);
    return sig_parse_take(p, n + 1);
}

/* "6 hourly", "4-6 hrly", "2 weekly" */
static bool number_hourly(struct sig_parse *p)
{
    struct sig_amount period;
    size_t n = sig_parse_number(p, 0, &period);
    if (n == 0 || period.low <= 0) return false;
    if (sig_parse_is_mark(p, n, '-')) n++;
    if (!sig_parse_is(p, n, SIG_TERM_EACH_TIME) || sig_parse_peek(p, n)->value != SIG_TIME_HOUR) return false;
    set_frequency(p, 1, 1, period, SIG_TIME_HOUR);
    return sig_parse_take(p, n + 1);
}

/* The unit of time that "times" counts in: "a day", "per week", "/day", "every week", "daily". 0 = none here. */
static size_t per_time(const struct sig_parse *p, size_t n, enum sig_time *unit)
{
    size_t from = n;
    bool joined = sig_parse_is(p, n, SIG_TERM_A) || sig_parse_is(p, n, SIG_TERM_PER) || sig_parse_is(p, n, SIG_TERM_EVERY) || sig_parse_is(p, n, SIG_TERM_IN);
    if (joined) n++;
    if (joined && sig_parse_is(p, n, SIG_TERM_A)) n++;
    bool each = !joined && sig_parse_is(p, n, SIG_TERM_EACH_TIME);
    if (!each && !(joined && sig_parse_is(p, n, SIG_TERM_TIME))) return 0;
    *unit = (enum sig_time)sig_parse_peek(p, n)->value;
    return n + 1 - from;
}

/* "3 times a day", "twice daily", "up to 4 times a day", "2-3 times per week", "once"; "3/day", "5 a day" (of a cream). */
static bool times_a(struct sig_parse *p)
{
    size_t n = 0;
    bool at_most = sig_parse_is(p, 0, SIG_TERM_UP_TO), led = p->now->has_amount && sig_parse_is(p, 0, SIG_TERM_X); /* "1 tab x 3 times a day" */
    if (at_most || led) n = 1;
    struct sig_amount times;
    size_t digits = sig_parse_number(p, n, &times);
    bool said = false;
    if (digits > 0) {
        n += digits;
        said = sig_parse_is(p, n, SIG_TERM_TIMES) || (sig_parse_is(p, n, SIG_TERM_X) && sig_parse_peek(p, n)->token->kind == SIG_TOKEN_WORD && !sig_parse_is(p, n + 1, SIG_TERM_NUMBER));
        if (said) n++;
    } else if (sig_parse_is(p, n, SIG_TERM_TIMES_A)) {
        times.low = times.high = sig_parse_peek(p, n)->value * (int64_t)SIG_MICRO;
        n++;
        said = true;
        if (sig_parse_is(p, n, SIG_TERM_OR) && sig_parse_is(p, n + 1, SIG_TERM_TIMES_A)) {
            times.high = sig_parse_peek(p, n + 1)->value * (int64_t)SIG_MICRO;
            n += 2;
        }
    } else {
        return false;
    }
    enum sig_time unit;
    size_t per = per_time(p, n, &unit);
    unsigned low, high;
    if (led && (per == 0 || digits == 0 || !said)) return false;
    if (!sig_parse_whole(times.low, 24, &low) || !sig_parse_whole(times.high, 24, &high)) return false;
    if (per == 0) {
        bool once = said && digits == 0 && low == 1 && high == 1;
        if (!once || p->now->count != 0) return false;
        if (p->now->period_unit == SIG_TIME_NONE && p->now->when == 0) p->now->count = 1;
        return sig_parse_take(p, n);
    }
    /* "3/day", "1/D"; "apply 5 a day". "take 5 a day" is an amount. */
    bool slash = digits > 0 && !said && sig_parse_is(p, n, SIG_TERM_PER);
    bool counted = p->now->has_amount || p->now->method == SIG_METHOD_APPLY || p->now->site != SIG_SITE_NONE;
    if (!said && !(counted && (slash || sig_parse_is(p, n, SIG_TERM_A)))) return false;
    /* "1xweekly": one of it, or one time a week? The frequency is the same, the amount is not said. */
    bool by_x = digits > 0 && sig_parse_is(p, n - 1, SIG_TERM_X) && low == 1 && !p->now->has_amount;
    if (by_x) sig_parse_ask_text(p, "How much is to be taken each time?");
    set_frequency(p, low, high, one, unit);
    p->now->at_most = p->now->at_most || at_most;
    return sig_parse_take(p, n + per);
}

/* "5 days a week", "3 days/week": no course of five days. */
static bool days_of_each_week(struct sig_parse *p)
{
    struct sig_amount days;
    enum sig_time unit;
    unsigned whole;
    size_t n = sig_parse_number(p, 0, &days);
    if (n == 0 || !sig_parse_is(p, n, SIG_TERM_TIME) || sig_parse_peek(p, n)->value != SIG_TIME_DAY) return false;
    size_t per = per_time(p, n + 1, &unit);
    if (per == 0 || unit < SIG_TIME_WEEK) return false;
    if (unit != SIG_TIME_WEEK || days.low != days.high || !sig_parse_whole(days.low, 7, &whole)) {
        p->refused = true;
        sig_parse_ask(p, SPAN_LITERAL("How often is \""), sig_parse_text(p, p->at, p->at + n + 1 + per), SPAN_LITERAL("\"?"));
    } else {
        set_frequency(p, whole, whole, one, SIG_TIME_WEEK);
    }
    return sig_parse_take(p, n + 1 + per);
}

/* "daily", "a day", "per week", "hourly", "fortnightly". */
static bool each_time(struct sig_parse *p)
{
    enum sig_time unit;
    if (sig_parse_is(p, 0, SIG_TERM_FORTNIGHT)) {
        set_frequency(p, 1, 1, (struct sig_amount){2 * SIG_MICRO, 2 * SIG_MICRO}, SIG_TIME_WEEK);
        return sig_parse_take(p, 1);
    }
    if (sig_parse_is(p, 0, SIG_TERM_X) && sig_parse_is(p, 1, SIG_TERM_EACH_TIME)) { /* "1xweekly" */
        set_frequency(p, 1, 1, one, (enum sig_time)sig_parse_peek(p, 1)->value);
        return sig_parse_take(p, 2);
    }
    size_t n = per_time(p, 0, &unit);
    if (n == 0) return false;
    /* "bd daily", "1-0-1 daily" add nothing */
    if (p->now->period_unit == SIG_TIME_DAY && unit == SIG_TIME_DAY && p->now->period.low == SIG_MICRO) return sig_parse_take(p, n);
    if (p->now->count == 1) p->now->count = 0;
    /* "take 5 a day": five at once, or one five times? "20 mg/kg/day" is commonly divided. */
    bool bare = p->now->has_amount && p->now->unit == SIG_UNIT_NONE && p->now->amount.high > SIG_MICRO && sig_parse_is(p, 0, SIG_TERM_A);
    bool by_weight = p->now->unit > SIG_UNIT_PERCENT && (sig_parse_is(p, 0, SIG_TERM_A) || sig_parse_is(p, 0, SIG_TERM_PER));
    if (bare || by_weight) sig_parse_ask_text(p, "Is the whole amount meant at one time, or spread over the day?");
    set_frequency(p, 1, 1, one, unit);
    return sig_parse_take(p, n);
}

static bool abbreviation(struct sig_parse *p)
{
    const struct sig_term *t = sig_parse_peek(p, 0);
    switch (t->kind) {
    case SIG_TERM_A_DAY: set_a_day(p, (unsigned)t->value); break;
    case SIG_TERM_A_WEEK: set_frequency(p, (unsigned)t->value, (unsigned)t->value, one, SIG_TIME_WEEK); break;
    case SIG_TERM_ALTERNATE: {
        const struct sig_amount two = {2 * SIG_MICRO, 2 * SIG_MICRO};
        bool slash = t->tokens == 3 && span_is(t->token->word, "a"); /* "A/D" */
        if (slash && (p->setting->form == SIG_FORM_EAR || p->now->unit == SIG_UNIT_DROP || p->now->site == SIG_SITE_EAR))
            sig_parse_ask_text(p, "\"A/D\": on alternate days, or the right ear?");
        /* "once daily on alternate days", "OD alternate days": the wider one holds */
        struct sig_dose *d = p->now;
        if (d->period_unit == SIG_TIME_DAY && d->frequency == 1 && d->period.low == SIG_MICRO) d->period_unit = SIG_TIME_NONE;
        set_frequency(p, 1, 1, two, (enum sig_time)t->value);
        break;
    }
    case SIG_TERM_OD: p->od_count++; break; /* sig_check.c decides */
    case SIG_TERM_AD: p->ad = t; break;
    case SIG_TERM_AT_ONCE: p->now->at_once = true; break;
    default: return false;
    }
    return sig_parse_take(p, 1);
}

/* "1x3", "1.5 x 3", "1*3": so many, so many times a day. Not "1 x 3 days", not "2 x 10 ml". */
static bool amount_by_times(struct sig_parse *p)
{
    unsigned times;
    if (!sig_parse_is(p, 0, SIG_TERM_NUMBER) || !sig_parse_is(p, 1, SIG_TERM_X) || !sig_parse_is(p, 2, SIG_TERM_NUMBER)) return false;
    enum sig_term_kind next = sig_parse_peek(p, 3)->kind;
    if (next == SIG_TERM_TIME || next == SIG_TERM_UNIT || next == SIG_TERM_TIMES || next == SIG_TERM_PER || sig_parse_is_mark(p, 3, '-')) return false;
    if (p->now->has_amount || !sig_parse_whole(sig_parse_peek(p, 2)->token->value, 6, &times)) return false;
    struct sig_amount amount = {sig_parse_peek(p, 0)->token->value, sig_parse_peek(p, 0)->token->value};
    if (amount.low <= 0 || sig_parse_peek(p, 0)->token->doubtful) return false;
    if (amount.low > SIG_MICRO) { /* "3x1" is three times one for whole countries */
        sig_parse_ask(p, SPAN_LITERAL("\""), sig_parse_text(p, p->at, p->at + 3), SPAN_LITERAL("\": how much at a time, and how often?"));
        p->refused = true;
    }
    p->now->has_amount = true;
    p->now->amount = amount;
    set_a_day(p, times);
    return sig_parse_take(p, 3);
}

static void set_duration(struct sig_parse *p, struct sig_amount duration, enum sig_time unit, bool at_most)
{
    struct sig_dose *d = p->now;
    bool had = d->duration_unit != SIG_TIME_NONE;
    if (had && (d->duration.low != duration.low || d->duration.high != duration.high || d->duration_unit != unit)) {
        sig_parse_ask_text(p, "Two different durations are written. Which one is meant?");
        p->refused = true;
        return;
    }
    d->duration = duration;
    d->duration_unit = unit;
    d->duration_at_most = at_most;
}

/* "5/7" days, "2/52" weeks, "3/12" months. */
static bool duration_in_parts(struct sig_parse *p, size_t n)
{
    static const struct { int64_t parts; enum sig_time unit; } kinds[] = {{7, SIG_TIME_DAY}, {52, SIG_TIME_WEEK}, {12, SIG_TIME_MONTH}};
    if (!sig_parse_is(p, n, SIG_TERM_NUMBER) || !sig_parse_is(p, n + 1, SIG_TERM_PER) || !sig_parse_is(p, n + 2, SIG_TERM_NUMBER)) return false;
    if (!sig_parse_peek(p, n + 1)->token->glued || !sig_parse_peek(p, n + 2)->token->glued || sig_parse_is(p, n + 3, SIG_TERM_PER)) return false;
    int64_t value = sig_parse_peek(p, n)->token->value, parts = sig_parse_peek(p, n + 2)->token->value;
    unsigned whole;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (parts != kinds[i].parts * SIG_MICRO || !sig_parse_whole(value, 60, &whole)) continue;
        set_duration(p, (struct sig_amount){value, value}, kinds[i].unit, false);
        return sig_parse_take(p, n + 3);
    }
    return false;
}

/* "for 5 days", "x 5d", "× 2 weeks", "for up to a year", "for week", "10 days"; "for 10 doses", "x 8 doses". */
static bool duration(struct sig_parse *p)
{
    size_t n = 0;
    bool led = sig_parse_is(p, 0, SIG_TERM_FOR) || sig_parse_is(p, 0, SIG_TERM_X) || sig_parse_is(p, 0, SIG_TERM_TIMES);
    if (led) n++;
    if (led && sig_parse_is(p, n, SIG_TERM_NOISE)) n++;
    bool at_most = sig_parse_is(p, n, SIG_TERM_UP_TO);
    if (at_most) n++;
    if (led && (sig_parse_is(p, n, SIG_TERM_AT) || sig_parse_is(p, n, SIG_TERM_FOR))) n++; /* "for about", "times for" */
    if (duration_in_parts(p, n)) return true;
    struct sig_amount length = one;
    size_t digits = sig_parse_number(p, n, &length);
    if (digits == 0 && (led || at_most) && sig_parse_is(p, n, SIG_TERM_A)) digits = 1;
    n += digits;
    if (digits > 0 && sig_parse_is_mark(p, n, '-')) n++;
    unsigned doses;
    if (led && digits > 0 && (sig_parse_is(p, n, SIG_TERM_TIMES) || (sig_parse_is(p, n, SIG_TERM_UNIT) && sig_parse_peek(p, n)->value == SIG_UNIT_DOSE))) {
        enum sig_time unused;
        if (per_time(p, n + 1, &unused) > 0 || !sig_parse_whole(length.high, 200, &doses) || length.low != length.high) return false;
        p->now->count = doses;
        return sig_parse_take(p, n + 1);
    }
    bool fortnight = sig_parse_is(p, n, SIG_TERM_FORTNIGHT);
    if (!fortnight && !sig_parse_is(p, n, SIG_TERM_TIME)) return false;
    enum sig_time unit = fortnight ? SIG_TIME_WEEK : (enum sig_time)sig_parse_peek(p, n)->value;
    if (!led && !at_most && digits == 0) return false;
    if (!led && (!is_of_day(unit) || sig_parse_is(p, n + 1, SIG_TERM_RELATION))) return false;
    if (fortnight) length = (struct sig_amount){length.low * 2, length.high * 2};
    enum sig_time of;
    if (length.low <= 0 || length.high > 1000 * (int64_t)SIG_MICRO) return false;
    if (unit == SIG_TIME_DAY && per_time(p, n + 1, &of) > 0 && of > SIG_TIME_DAY) return false; /* "for 5 days a week" */
    set_duration(p, length, unit, at_most);
    return sig_parse_take(p, n + 1);
}

/* "x 5" with nothing behind it: commonly days, but not written. */
static bool bare_x(struct sig_parse *p)
{
    unsigned value;
    if (!sig_parse_is(p, 0, SIG_TERM_X) || !sig_parse_is(p, 1, SIG_TERM_NUMBER)) return false;
    if (!sig_parse_whole(sig_parse_peek(p, 1)->token->value, 200, &value)) return false;
    struct sig_dose *d = p->now;
    if (d->period_unit == SIG_TIME_NONE) return false;
    sig_parse_ask(p, SPAN_LITERAL("\""), sig_parse_text(p, p->at, p->at + 2),
                  d->period_unit == SIG_TIME_DAY ? SPAN_LITERAL("\": for so many days?") : SPAN_LITERAL("\": so many doses, or days?"));
    if (d->period_unit == SIG_TIME_DAY) set_duration(p, (struct sig_amount){value * (int64_t)SIG_MICRO, value * (int64_t)SIG_MICRO}, SIG_TIME_DAY, false);
    else d->count = value;
    return sig_parse_take(p, 2);
}

bool sig_time_read(struct sig_parse *p)
{
    return pattern(p) || amount_by_times(p) || every(p) || number_hourly(p) || days_of_each_week(p) || duration(p) || times_a(p) || each_time(p) || abbreviation(p) ||
           sig_moment_read(p) || bare_x(p);
}
