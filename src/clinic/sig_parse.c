#include "clinic/sig_parse.h"

static const struct sig_term nothing = {.kind = SIG_TERM_UNKNOWN};

const struct sig_term *sig_parse_peek(const struct sig_parse *p, size_t ahead)
{
    return p->at + ahead < p->count ? &p->terms[p->at + ahead] : &nothing;
}

bool sig_parse_is(const struct sig_parse *p, size_t ahead, enum sig_term_kind kind)
{
    return p->at + ahead < p->count && p->terms[p->at + ahead].kind == kind;
}

bool sig_parse_is_mark(const struct sig_parse *p, size_t ahead, char mark)
{
    return sig_parse_is(p, ahead, SIG_TERM_MARK) && sig_parse_peek(p, ahead)->token->mark == (uint8_t)mark;
}

struct span sig_parse_text(const struct sig_parse *p, size_t from, size_t to)
{
    if (from >= to || to > p->count) return SPAN_NONE;
    size_t begin = p->terms[from].token->at;
    const struct sig_token *last = p->terms[to - 1].token;
    size_t end = last->at + last->length;
    for (unsigned i = 1; i < p->terms[to - 1].tokens; i++) {
        /* A phrase: its tokens stand side by side, except that a number in words has one token for all. */
        if (p->terms[to - 1].kind == SIG_TERM_NUMBER) break;
        end = last[i].at + last[i].length;
    }
    return end <= begin ? SPAN_NONE : span_sub(p->sig->text, begin, end - begin);
}

bool sig_parse_take(struct sig_parse *p, size_t n)
{
    for (size_t i = 0; i < n && p->at < p->count; i++) {
        const struct sig_term *term = &p->terms[p->at];
        p->read[p->at] = true;
        if (term->respelled)
            sig_parse_ask(p, SPAN_LITERAL("Does \""), term->token->word, span_of(term->spelled, strlen(term->spelled)));
        p->at++;
    }
    p->separated = false;
    return true;
}

void sig_parse_ask(struct sig_parse *p, struct span before, struct span quoted, struct span after)
{
    if (p->question.p != NULL) return;
    bool spelling = span_starts(before, SPAN_LITERAL("Does \""));
    struct buf text = BUF_WITH_MAX(SIG_TEXT_LIMIT + 256);
    buf_put_span(&text, before);
    buf_put_span(&text, quoted);
    if (spelling) buf_put_text(&text, "\" mean \"");
    buf_put_span(&text, after);
    if (spelling) buf_put_text(&text, "\"?");
    p->question = arena_copy(p->arena, buf_span(&text));
    buf_free(&text);
}

void sig_parse_ask_text(struct sig_parse *p, const char *text)
{
    if (p->question.p == NULL) p->question = span_text(text);
}

bool sig_parse_whole(int64_t millionths, unsigned max, unsigned *out)
{
    if (millionths < SIG_MICRO || millionths % SIG_MICRO != 0 || millionths / SIG_MICRO > (int64_t)max) return false;
    *out = (unsigned)(millionths / SIG_MICRO);
    return true;
}

static bool one_number(struct sig_parse *p, size_t ahead, size_t *taken, int64_t *value)
{
    if (!sig_parse_is(p, ahead, SIG_TERM_NUMBER)) return false;
    const struct sig_term *term = sig_parse_peek(p, ahead);
    if (term->token->doubtful) {
        /* ".5" may be offered as 0.5; of "0,5" not even that much is certain */
        if (p->sig->text.p[term->token->at] != '.') p->refused = true;
        sig_parse_ask(p, SPAN_LITERAL("Which number is meant by \""), sig_parse_text(p, p->at + ahead, p->at + ahead + 1), SPAN_LITERAL("\"?"));
    }
    *value = term->token->value;
    *taken = 1;
    if (sig_parse_is(p, ahead + 1, SIG_TERM_MILLION)) {
        *value = *value > (int64_t)SIG_NUMBER_LIMIT ? INT64_MAX / 4 : *value * 1000000;
        if (*value > (int64_t)SIG_NUMBER_LIMIT * SIG_MICRO) *value = 0;
        *taken = 2;
    }
    return true;
}

size_t sig_parse_number(struct sig_parse *p, size_t ahead, struct sig_amount *out)
{
    size_t first, second;
    if (!one_number(p, ahead, &first, &out->low)) return 0;
    out->high = out->low;
    size_t between = ahead + first;
    bool range = sig_parse_is_mark(p, between, '-') || sig_parse_is(p, between, SIG_TERM_TO) || sig_parse_is(p, between, SIG_TERM_OR);
    /* "1-0-1" is no range */
    if (!range || !sig_parse_is(p, between + 1, SIG_TERM_NUMBER)) return first;
    int64_t high;
    if (!one_number(p, between + 1, &second, &high)) return first;
    if (sig_parse_is_mark(p, between, '-') && sig_parse_is_mark(p, between + 1 + second, '-') && sig_parse_is(p, between + 2 + second, SIG_TERM_NUMBER)) return first;
    if (high <= out->low || out->low == 0) {
        p->refused = true;
        sig_parse_ask(p, SPAN_LITERAL("Which range is meant by \""), sig_parse_text(p, p->at + ahead, p->at + between + 1 + second), SPAN_LITERAL("\"?"));
    } else {
        out->high = high;
    }
    return first + 1 + second;
}

struct sig_dose *sig_parse_next_dose(struct sig_parse *p, bool then)
{
    if (p->sig->dose_count == SIG_DOSES_LIMIT) {
        sig_parse_ask_text(p, "There are more steps here than can be read. What should the patient do?");
        p->refused = true;
        return NULL;
    }
    struct sig_dose *last = p->now;
    if (last != NULL) sig_check_dose(p);
    p->now = &p->sig->doses[p->sig->dose_count++];
    *p->now = (struct sig_dose){.sequence = last == NULL ? 1 : last->sequence + (then ? 1 : 0)};
    p->now->at = p->at < p->count ? p->terms[p->at].token->at : p->sig->text.n;
    p->has_relation = p->has_meal = false;
    p->od_count = 0;
    p->ad = NULL;
    return p->now;
}
