/* Moments of the day: meals, parts of the day, the clock, days of the week. */
#include "clinic/sig_parse.h"

static void add_when(struct sig_parse *p, enum sig_when when) { p->now->when |= 1u << when; }

/* A dose whose meals came first ("breakfast lunch ac"): give them the relation. */
static void relate_earlier_meals(struct sig_parse *p, enum sig_when relation)
{
    uint32_t meals = (p->now->when >> SIG_WHEN_C) & 0xfu;
    p->now->when &= ~(0xfu << SIG_WHEN_C);
    p->now->when |= meals << relation;
}

/* "at night after food" is after dinner; "after meals and at night" is four times. False when no part of the day was named. */
static bool relate_parts_of_day(struct sig_parse *p, enum sig_when relation)
{
    struct sig_dose *d = p->now;
    const uint32_t morning = 1u << SIG_WHEN_MORN | 1u << SIG_WHEN_MORN_EARLY, noon = 1u << SIG_WHEN_NOON | 1u << SIG_WHEN_AFT,
                   night = 1u << SIG_WHEN_EVE | 1u << SIG_WHEN_NIGHT, parts = morning | noon | night;
    if (d->frequency > 0 && (unsigned)__builtin_popcount(d->when & parts) == d->frequency) return false; /* "1-0-1 AC": sig_check.c */
    if ((d->when & parts) == 0 || (d->when & ~parts) != 0 || (d->when & night) == night || (d->when & noon) == noon) return false;
    uint32_t meals = 0;
    if (d->when & morning) meals |= 1u << (relation + 1);
    if (d->when & noon) meals |= 1u << (relation + 2);
    if (d->when & night) meals |= 1u << (relation + 3);
    d->when = meals;
    return true;
}

/* "30 minutes before breakfast", "1/2 hour before food": the minutes, then a relation. */
static bool offset(struct sig_parse *p)
{
    struct sig_amount length;
    size_t n = sig_parse_number(p, 0, &length);
    if (n == 0 || !sig_parse_is(p, n, SIG_TERM_TIME) || length.low != length.high || length.low <= 0) return false;
    enum sig_time unit = (enum sig_time)sig_parse_peek(p, n)->value;
    if (unit != SIG_TIME_MINUTE && unit != SIG_TIME_HOUR) return false;
    if (!sig_parse_is(p, n + 1, SIG_TERM_RELATION) || sig_parse_peek(p, n + 1)->value == SIG_WHEN_C) return false;
    int64_t minutes = unit == SIG_TIME_HOUR ? length.low * 60 : length.low;
    unsigned whole;
    if (!sig_parse_whole(minutes, 24 * 60, &whole) || !(sig_parse_is(p, n + 2, SIG_TERM_MEAL) || sig_parse_is(p, n + 2, SIG_TERM_NOISE) || sig_parse_peek(p, n + 1)->token->word.n <= 2)) return false;
    p->now->offset_minutes = whole;
    return sig_parse_take(p, n + 1);
}

/* "before", "after", "with" and the meals of it; "ac" alone. */
static bool relation(struct sig_parse *p)
{
    if (!sig_parse_is(p, 0, SIG_TERM_RELATION)) return false;
    enum sig_when relation = (enum sig_when)sig_parse_peek(p, 0)->value;
    size_t n = 1;
    if (sig_parse_is(p, n, SIG_TERM_NOISE) || sig_parse_is(p, n, SIG_TERM_AND) || sig_parse_is(p, n, SIG_TERM_EVERY) || sig_parse_is(p, n, SIG_TERM_A)) n++;
    size_t length = sig_parse_peek(p, 0)->token->word.n;
    bool meal = sig_parse_is(p, n, SIG_TERM_MEAL), latin = length <= 2 && sig_parse_peek(p, 0)->token->kind == SIG_TOKEN_WORD;
    if (!meal && !latin) return false;
    bool of_any_meal = !meal || sig_parse_peek(p, n)->value == 0, joined = p->at > 0 && p->terms[p->at - 1].kind == SIG_TERM_AND;
    if (of_any_meal && !joined && relate_parts_of_day(p, relation)) {
        p->has_relation = true;
        p->relation = relation;
        return sig_parse_take(p, meal ? n + 1 : 1);
    }
    if (!meal && p->has_meal && p->meal_end == p->at) {
        relate_earlier_meals(p, relation);
    } else if (!meal) {
        add_when(p, relation);
    }
    p->relation = relation;
    p->has_relation = true;
    return sig_parse_take(p, meal ? n : 1);
}

static bool meal(struct sig_parse *p)
{
    size_t n = sig_parse_is(p, 0, SIG_TERM_AT) || sig_parse_is(p, 0, SIG_TERM_IN) ? 1 : 0;
    if (!sig_parse_is(p, n, SIG_TERM_MEAL)) return false;
    enum sig_when base = p->has_relation ? p->relation : SIG_WHEN_C;
    if (p->has_relation) p->now->when &= ~(1u << base); /* "ac dinner": of dinner only */
    add_when(p, base + (enum sig_when)sig_parse_peek(p, n)->value);
    p->has_meal = true;
    p->meal_end = p->at + n + 1;
    return sig_parse_take(p, n + 1);
}

static bool part_of_day(struct sig_parse *p)
{
    const struct sig_term *t = sig_parse_peek(p, 0);
    if (t->kind == SIG_TERM_WHEN) {
        add_when(p, (enum sig_when)t->value);
        return sig_parse_take(p, 1);
    }
    bool led = t->kind == SIG_TERM_AT || t->kind == SIG_TERM_EVERY || t->kind == SIG_TERM_X || t->kind == SIG_TERM_IN || t->kind == SIG_TERM_ON;
    if (led && sig_parse_is(p, 1, SIG_TERM_WHEN)) {
        add_when(p, (enum sig_when)sig_parse_peek(p, 1)->value);
        return sig_parse_take(p, 2);
    }
    if (t->kind == SIG_TERM_HALF_DAY) {
        add_when(p, t->value == 0 ? SIG_WHEN_MORN : SIG_WHEN_EVE);
        return sig_parse_take(p, 1);
    }
    if (t->kind == SIG_TERM_HOURLY_MEALS) {
        add_when(p, SIG_WHEN_C);
        return sig_parse_take(p, 1);
    }
    return false;
}

/* "@ 8:00", "at 9 am", "5 pm", "21:30". */
static bool clock_time(struct sig_parse *p)
{
    size_t n = sig_parse_is(p, 0, SIG_TERM_AT) ? 1 : 0;
    if (!sig_parse_is(p, n, SIG_TERM_NUMBER) || p->now->time_count == SIG_TIMES_LIMIT) return false;
    bool led = n == 1 || p->now->time_count > 0;
    int64_t hour = sig_parse_peek(p, n)->token->value / SIG_MICRO, minute = 0;
    if (sig_parse_peek(p, n)->token->value % SIG_MICRO != 0 || hour > 23) return false;
    n++;
    bool colon = sig_parse_is_mark(p, n, ':') && sig_parse_is(p, n + 1, SIG_TERM_NUMBER) && sig_parse_peek(p, n + 1)->token->length == 2;
    if (colon) {
        minute = sig_parse_peek(p, n + 1)->token->value / SIG_MICRO;
        n += 2;
    }
    bool half = sig_parse_is(p, n, SIG_TERM_HALF_DAY);
    if (!colon && !(half && (led || p->now->has_amount))) return false;
    if (minute > 59 || (half && (hour < 1 || hour > 12))) return false;
    if (half) {
        hour = hour % 12 + 12 * sig_parse_peek(p, n)->value;
        n++;
    }
    p->now->times[p->now->time_count++] = (unsigned)(hour * 60 + minute);
    return sig_parse_take(p, n);
}

static bool weekdays(struct sig_parse *p)
{
    size_t n = sig_parse_is(p, 0, SIG_TERM_ON) || sig_parse_is(p, 0, SIG_TERM_EVERY) ? 1 : 0;
    if (!sig_parse_is(p, n, SIG_TERM_WEEKDAY)) return false;
    unsigned day = (unsigned)sig_parse_peek(p, n)->value;
    n++;
    bool range = sig_parse_is(p, n, SIG_TERM_TO) || sig_parse_is_mark(p, n, '-');
    if (range && sig_parse_is(p, n + 1, SIG_TERM_WEEKDAY)) {
        unsigned last = (unsigned)sig_parse_peek(p, n + 1)->value;
        for (unsigned i = 0, d = day; i < 7 && d != last; i++) {
            d = d << 1 & 0x7f;
            if (d == 0) d = 1;
            day |= d;
        }
        day |= last;
        n += 2;
    }
    p->now->days |= (uint8_t)day;
    return sig_parse_take(p, n);
}

bool sig_moment_read(struct sig_parse *p)
{
    return clock_time(p) || offset(p) || relation(p) || meal(p) || part_of_day(p) || weekdays(p);
}
