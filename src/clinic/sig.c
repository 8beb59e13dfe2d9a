#include "clinic/sig_parse.h"

/* Marks and little words between the parts of a direction; a separator lets the next amount begin a new dose. */
static bool between(struct sig_parse *p)
{
    const struct sig_term *t = sig_parse_peek(p, 0);
    bool mark = t->kind == SIG_TERM_MARK && t->token->mark != 0 && strchr(",;.:()[]+-|#", t->token->mark) != NULL;
    if (t->kind == SIG_TERM_PER && sig_parse_is(p, 1, SIG_TERM_PER)) { /* "//" */
        sig_parse_take(p, 2);
        p->separated = true;
        return true;
    }
    bool slash = t->kind == SIG_TERM_PER && t->token->kind == SIG_TOKEN_MARK;
    bool and = t->kind == SIG_TERM_AND;
    if (!mark && !and && !slash && t->kind != SIG_TERM_NOISE) return false;
    bool separates = and || (mark && strchr(",;.+|", t->token->mark) != NULL);
    bool was = p->separated;
    sig_parse_take(p, 1);
    p->separated = separates || was;
    return true;
}

static bool then(struct sig_parse *p)
{
    if (!sig_parse_is(p, 0, SIG_TERM_THEN)) return false;
    while (sig_parse_is(p, 0, SIG_TERM_THEN) || sig_parse_is(p, 0, SIG_TERM_AND) || sig_parse_is_mark(p, 0, ',')) sig_parse_take(p, 1);
    if (p->at == p->count) { /* "2 puffs stat, 1 puff thereafter"; but what of "BD x 5 days, SOS thereafter" comes first? */
        bool two = p->sig->dose_count > 1;
        if (!two) sig_parse_ask_text(p, "\"Thereafter\": what comes first, and what after it?");
        p->refused = p->refused || !two;
        return true;
    }
    return sig_parse_next_dose(p, true) != NULL;
}

/* "times" behind a frequency ("qd times", "q7h times for 2 weeks") says nothing. */
static bool idle_times(struct sig_parse *p)
{
    bool often = p->now->period_unit != SIG_TIME_NONE && (p->at + 1 == p->count || sig_parse_is(p, 1, SIG_TERM_FOR));
    return sig_parse_is(p, 0, SIG_TERM_TIMES) && often && sig_parse_take(p, 1);
}

static void note_leftover(struct sig_parse *p)
{
    size_t from = p->count, to = 0;
    bool unread_amount = false;
    for (size_t i = 0; i < p->count; i++) {
        if (p->read[i]) continue;
        if (from == p->count) from = i;
        to = i + 1;
        struct span word = p->terms[i].token->word;
        bool digit_like = word.n == 1 && strchr("loiszbk", word.p[0]) != NULL; /* what a reader of pages takes 1, 0, 5, 2, 8 for; "60K" */
        bool amount = p->terms[i].kind == SIG_TERM_NUMBER || digit_like;
        if (amount) unread_amount = true; /* nobody understood it: propose nothing */
    }
    if (from == p->count) return;
    p->sig->leftover = sig_parse_text(p, from, to);
    if (p->refused && p->question.p != NULL) return;
    p->question = SPAN_NONE; /* what was not read at all comes first */
    sig_parse_ask(p, SPAN_LITERAL("What does \""), p->sig->leftover, SPAN_LITERAL("\" mean here?"));
    p->refused = p->refused || unread_amount;
}

static void settle(struct sig_parse *p)
{
    sig_check_dose(p);
    sig_check_all(p);
    note_leftover(p);
    struct sig *sig = p->sig;
    sig->question = p->question;
    sig->understood = p->question.p == NULL && !p->refused;
    if (p->refused) sig->dose_count = 0;
    /* a dose of which nothing was read is none */
    while (sig->dose_count > 0) {
        const struct sig_dose *d = &sig->doses[sig->dose_count - 1];
        bool any = d->has_amount || d->period_unit != SIG_TIME_NONE || d->when != 0 || d->time_count > 0 || d->count > 0 || d->at_once ||
                   d->as_needed || d->as_directed || d->days != 0 || d->route != SIG_ROUTE_NONE || d->duration_unit != SIG_TIME_NONE || d->site != SIG_SITE_NONE;
        if (any) break;
        sig->dose_count--;
        sig->understood = false;
    }
    if (!sig->understood && sig->question.p == NULL) sig->question = SPAN_LITERAL("What does this direction mean?");
}

static bool is_fraction(const struct sig_parse *p, const struct sig_token *token)
{
    struct span text = span_sub(p->sig->text, token->at, token->length);
    return memchr(text.p, '/', text.n) != NULL || text.p[text.n - 1] >= 0x80; /* "1/2", "½": never a strength */
}

/* Behind a name that has no strength yet a bare number is more likely that than an amount: "Amlodipine 5 OD", "Clonazepam 0.5 HS",
   "Wysolone 5 1/2 tab". One may be read as one tablet; it would be one either way. */
static void ask_of_strength(struct sig_parse *p)
{
    size_t n = 0;
    while (sig_parse_is(p, n, SIG_TERM_MARK) && p->at + n < p->count) n++;
    const struct sig_token *token = sig_parse_is(p, n, SIG_TERM_NUMBER) ? sig_parse_peek(p, n)->token : NULL;
    if (token == NULL || token->kind != SIG_TOKEN_NUMBER || (!token->mixed && (is_fraction(p, token) || token->value == SIG_MICRO))) return;
    const struct sig_term *behind = sig_parse_peek(p, n + 1);
    bool range = sig_parse_is_mark(p, n + 1, '-') || sig_parse_is_mark(p, n + 1, '+');
    bool parts = range && sig_parse_is(p, n + 2, SIG_TERM_NUMBER) && (sig_parse_is_mark(p, n + 3, '-') || sig_parse_is_mark(p, n + 3, '+')); /* "2-0-2" */
    bool time = behind->kind == SIG_TERM_TIME || behind->kind == SIG_TERM_TIMES || behind->kind == SIG_TERM_PER || behind->kind == SIG_TERM_HALF_DAY ||
                behind->kind == SIG_TERM_X || (behind->kind == SIG_TERM_EACH_TIME && behind->value == SIG_TIME_HOUR) || sig_parse_is_mark(p, n + 1, ':');
    if (!token->mixed && (parts || time || behind->kind == SIG_TERM_UNIT)) return;
    p->refused = true;
    sig_parse_ask(p, SPAN_LITERAL("Is \""), span_sub(p->sig->text, token->at, token->length), SPAN_LITERAL("\" the strength, or how much is to be taken?"));
}

struct err sig_read(struct arena *arena, struct span text, const struct sig_setting *setting, struct sig *out)
{
    *out = (struct sig){.text = text, .form = setting->form};
    struct sig_token *tokens;
    struct sig_term *terms;
    size_t token_count, count;
    if (!sig_token_cut(arena, text, &tokens, &token_count)) {
        if (arena->failed) return FAIL(FULL);
        out->leftover = text;
        out->question = SPAN_LITERAL("This is too long for a direction. What does it mean?");
        return OK;
    }
    if (token_count == 0) {
        out->question = SPAN_LITERAL("There is no direction. How is it to be taken?");
        return OK;
    }
    TRY(sig_words_terms(arena, setting->lexicon, tokens, token_count, &terms, &count));
    struct sig_parse p = {.arena = arena, .sig = out, .setting = setting, .terms = terms, .count = count};
    p.read = arena_array(arena, count, sizeof *p.read);
    if (p.read == NULL) return FAIL(FULL);
    sig_parse_next_dose(&p, false);
    p.separated = true;
    if (setting->after_name) ask_of_strength(&p);
    while (p.at < p.count && !p.refused) {
        bool read = then(&p) || sig_note_read(&p) || sig_time_read(&p) || sig_amount_read(&p) || idle_times(&p) || between(&p);
        if (!read) p.at++;
    }
    settle(&p);
    return arena->failed ? FAIL(FULL) : OK;
}
