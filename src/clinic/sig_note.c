#include "clinic/sig_parse.h"

/* A word that may belong to a reason: not a number, not a time, nothing the grammar would read as more of the direction. */
static bool of_reason(const struct sig_parse *p, size_t n)
{
    if (p->at + n >= p->count) return false;
    switch (sig_parse_peek(p, n)->kind) {
    case SIG_TERM_UNKNOWN: case SIG_TERM_SITE: return true;
    case SIG_TERM_SIDE: return sig_parse_is(p, n + 1, SIG_TERM_SITE);
    case SIG_TERM_ROUTE: /* "vaginal itch" */
        return sig_parse_is(p, n + 1, SIG_TERM_UNKNOWN) && p->at + n + 1 < p->count;
    case SIG_TERM_METHOD: case SIG_TERM_NOISE: case SIG_TERM_IN: case SIG_TERM_ON: case SIG_TERM_OF: case SIG_TERM_A:
    case SIG_TERM_TO: case SIG_TERM_AND: case SIG_TERM_OR: case SIG_TERM_PER: case SIG_TERM_OTHER:
        return of_reason(p, n + 1) && sig_parse_peek(p, n + 1)->kind != SIG_TERM_SIDE;
    case SIG_TERM_MARK:
        return (sig_parse_is_mark(p, n, ',') || sig_parse_is_mark(p, n, '-')) && sig_parse_is(p, n + 1, SIG_TERM_UNKNOWN) && p->at + n + 1 < p->count;
    default: return false;
    }
}

/* "if fever > 100 F": everything up to the end of the clause, numbers too. */
static size_t condition(const struct sig_parse *p, size_t n)
{
    while (p->at + n < p->count && !sig_parse_is_mark(p, n, ',') && !sig_parse_is_mark(p, n, ';') && !sig_parse_is_mark(p, n, ')') &&
           !sig_parse_is(p, n, SIG_TERM_FOR) && !sig_parse_is(p, n, SIG_TERM_X) && !sig_parse_is(p, n, SIG_TERM_MAXIMUM) && !sig_parse_is(p, n, SIG_TERM_A_DAY)) {
        bool stop = sig_parse_is_mark(p, n, '.') && !(sig_parse_is(p, n + 1, SIG_TERM_NUMBER) && sig_parse_peek(p, n + 1)->token->glued);
        if (stop) break;
        n++;
    }
    return n;
}

/* "prn", "sos for fever", "as needed for rib pain", "if pain". */
static bool as_needed(struct sig_parse *p)
{
    size_t n = 0, from;
    if (sig_parse_is(p, 0, SIG_TERM_IF) && of_reason(p, 1)) {
        from = 1;
        n = condition(p, 1);
    } else if (sig_parse_is(p, 0, SIG_TERM_NEEDED)) {
        n = 1;
        if (sig_parse_is(p, n, SIG_TERM_NEEDED)) n++; /* "SOS (as needed)" */
        from = n;
        bool led = sig_parse_is(p, n, SIG_TERM_FOR) || sig_parse_is(p, n, SIG_TERM_IF);
        bool when = sig_parse_is(p, n, SIG_TERM_IF);
        if (led && of_reason(p, n + 1)) {
            from = ++n;
            if (when) n = condition(p, n);
        }
        while (of_reason(p, n)) n++;
    } else {
        return false;
    }
    p->now->as_needed = true;
    if (n > from && p->now->reason.p == NULL) p->now->reason = sig_parse_text(p, p->at + from, p->at + n);
    return sig_parse_take(p, n);
}

/* "max 4 in 24 h", "do not exceed 8 tablets per day", "max 4/day". */
static bool maximum(struct sig_parse *p)
{
    size_t n = 0;
    if (!sig_parse_is(p, 0, SIG_TERM_MAXIMUM)) return false;
    n++;
    while (sig_parse_is(p, n, SIG_TERM_MAXIMUM) || sig_parse_is(p, n, SIG_TERM_OF) || sig_parse_is_mark(p, n, ':') ||
           (sig_parse_is(p, n, SIG_TERM_UNIT) && sig_parse_peek(p, n)->value == SIG_UNIT_DOSE)) n++;
    struct sig_amount most;
    size_t digits = sig_parse_number(p, n, &most);
    if (digits == 0 || most.low != most.high || most.low <= 0) return false;
    n += digits;
    enum sig_unit unit = SIG_UNIT_NONE;
    if (sig_parse_is(p, n, SIG_TERM_UNIT)) unit = (enum sig_unit)sig_parse_peek(p, n++)->value;
    struct sig_amount period = {SIG_MICRO, SIG_MICRO};
    enum sig_time time;
    if (sig_parse_is(p, n, SIG_TERM_EACH_TIME)) {
        time = (enum sig_time)sig_parse_peek(p, n++)->value;
    } else {
        bool led = sig_parse_is(p, n, SIG_TERM_IN) || sig_parse_is(p, n, SIG_TERM_PER) || sig_parse_is(p, n, SIG_TERM_A) || sig_parse_is(p, n, SIG_TERM_EVERY) || sig_parse_is(p, n, SIG_TERM_OVER);
        if (!led) return false;
        n++;
        if (sig_parse_is(p, n, SIG_TERM_A) || sig_parse_is(p, n, SIG_TERM_EVERY) || sig_parse_is(p, n, SIG_TERM_NOISE)) n++;
        n += sig_parse_number(p, n, &period);
        if (sig_parse_is_mark(p, n, '-')) n++;
        if (!sig_parse_is(p, n, SIG_TERM_TIME)) return false;
        time = (enum sig_time)sig_parse_peek(p, n++)->value;
    }
    if (period.low <= 0 || p->now->has_maximum) return false;
    p->now->has_maximum = true;
    p->now->maximum = most.low;
    p->now->maximum_unit = unit;
    p->now->maximum_period = period.low;
    p->now->maximum_period_unit = time;
    return sig_parse_take(p, n);
}

static bool ends_note(const struct sig_parse *p, size_t n)
{
    if (p->at + n >= p->count) return true;
    if (sig_parse_is(p, n, SIG_TERM_THEN)) return true;
    return sig_parse_is_mark(p, n, ',') || sig_parse_is_mark(p, n, ';') || sig_parse_is_mark(p, n, '.') || sig_parse_is_mark(p, n, ')') || sig_parse_is_mark(p, n, '(');
}

/* Something of a dose or of a frequency inside an instruction would be hidden there: then it is not taken as understood. */
static bool of_dose(const struct sig_term *t)
{
    return t->kind == SIG_TERM_NUMBER || t->kind == SIG_TERM_A_DAY || t->kind == SIG_TERM_A_WEEK || t->kind == SIG_TERM_OD || t->kind == SIG_TERM_UNIT ||
           t->kind == SIG_TERM_EACH_TIME || t->kind == SIG_TERM_ALTERNATE || t->kind == SIG_TERM_TIMES_A || t->kind == SIG_TERM_EVERY || t->kind == SIG_TERM_NEEDED;
}

static bool is_calendar(const struct sig_parse *p, size_t n)
{
    struct span w = sig_parse_peek(p, n)->token->word;
    return span_is(w, "starting") || span_is(w, "from") || span_is(w, "until") || span_is(w, "till") || span_is(w, "discard");
}

static bool keep_note(struct sig_parse *p, size_t n, bool clear)
{
    if (p->now->note_count == SIG_NOTES_LIMIT) return false;
    struct span text = sig_parse_text(p, p->at, p->at + n);
    p->now->notes[p->now->note_count++] = text;
    if (!clear) sig_parse_ask(p, SPAN_LITERAL("What does \""), text, SPAN_LITERAL("\" mean for the dose?"));
    return sig_parse_take(p, n);
}

/* "in 1 glass of water", "in 100 ml water" */
static bool in_a_drink(const struct sig_parse *p)
{
    size_t n = 1;
    if (!sig_parse_is(p, 0, SIG_TERM_IN)) return false;
    while (n < 5 && (sig_parse_is(p, n, SIG_TERM_NUMBER) || sig_parse_is(p, n, SIG_TERM_UNIT) || sig_parse_is(p, n, SIG_TERM_A) || sig_parse_is(p, n, SIG_TERM_OF))) n++;
    return sig_parse_is(p, n, SIG_TERM_NOTE);
}

/* "do not take with alcohol", "with grapefruit juice", "after showering", "drink slowly", "for pain": kept in its own words. */
static bool instruction(struct sig_parse *p)
{
    bool begins = sig_parse_is(p, 0, SIG_TERM_NOTE) || sig_parse_is(p, 0, SIG_TERM_MAXIMUM);
    begins = begins || (sig_parse_is(p, 0, SIG_TERM_RELATION) && sig_parse_peek(p, 0)->token->word.n > 2 &&
                        (sig_parse_is(p, 1, SIG_TERM_UNKNOWN) || sig_parse_is(p, 1, SIG_TERM_NOTE) || sig_parse_is(p, 1, SIG_TERM_MEDICINE) || sig_parse_is(p, 1, SIG_TERM_A)) && p->at + 1 < p->count);
    begins = begins || (sig_parse_is(p, 0, SIG_TERM_FOR) && of_reason(p, 1));
    begins = begins || (p->separated && p->now->method != SIG_METHOD_NONE && sig_parse_is(p, 0, SIG_TERM_METHOD) && (sig_parse_is(p, 1, SIG_TERM_WHEN) || sig_parse_is(p, 1, SIG_TERM_NOTE) || sig_parse_is(p, 1, SIG_TERM_RELATION) || sig_parse_is(p, 1, SIG_TERM_IN)));
    begins = begins || in_a_drink(p);
    if (!begins) return false;
    size_t n = 1;
    if (sig_parse_is(p, 0, SIG_TERM_FOR)) {
        while (of_reason(p, n)) n++;
        return keep_note(p, n, true);
    }
    bool mixed = sig_parse_is(p, 0, SIG_TERM_IN);
    bool free = is_calendar(p, 0) || mixed, clear = !sig_parse_is(p, 0, SIG_TERM_MAXIMUM);
    for (; !ends_note(p, n) || (free && sig_parse_is_mark(p, n, ',') && sig_parse_is(p, n + 1, SIG_TERM_NUMBER)); n++) {
        if (mixed && (sig_parse_is(p, n, SIG_TERM_A_DAY) || sig_parse_is(p, n, SIG_TERM_EACH_TIME) || sig_parse_is(p, n, SIG_TERM_OD) || sig_parse_is(p, n, SIG_TERM_TIMES_A))) break;
        if (!free && of_dose(sig_parse_peek(p, n))) {
            clear = false;
            if (sig_parse_is(p, n, SIG_TERM_A_DAY) || sig_parse_is(p, n, SIG_TERM_EACH_TIME) || sig_parse_is(p, n, SIG_TERM_OD)) break;
        }
        if (sig_parse_is(p, n, SIG_TERM_FOR) && sig_parse_is(p, n + 1, SIG_TERM_NUMBER)) break;
    }
    if (sig_parse_is(p, 0, SIG_TERM_NOTE) && !clear && !ends_note(p, n) && n == 1) return false;
    return keep_note(p, n, clear || sig_parse_is_mark(p, n, ':'));
}

/* "over 30 minutes": how long one administration takes. */
static bool over(struct sig_parse *p)
{
    struct sig_amount length;
    if (!sig_parse_is(p, 0, SIG_TERM_OVER)) return false;
    size_t n = 1 + sig_parse_number(p, 1, &length);
    if (n == 1 || !sig_parse_is(p, n, SIG_TERM_TIME) || length.low <= 0 || p->now->over_unit != SIG_TIME_NONE) return false;
    p->now->over = length;
    p->now->over_unit = (enum sig_time)sig_parse_peek(p, n)->value;
    return sig_parse_take(p, n + 1);
}

bool sig_note_read(struct sig_parse *p)
{
    if (sig_parse_is(p, 0, SIG_TERM_DIRECTED)) {
        p->now->as_directed = true;
        return sig_parse_take(p, 1);
    }
    return maximum(p) || as_needed(p) || over(p) || instruction(p);
}
