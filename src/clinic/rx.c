#include "clinic/rx.h"

#include "clinic/rx_form.h"
#include "clinic/sig_words.h"

enum { NAME_WORDS = 6 };

struct reader {
    struct arena *arena;
    const struct lexicon *lexicon;
    struct span line;
    const struct sig_term *terms;
    size_t count, at;
    bool numbered;
};

static const struct sig_token *token_at(const struct reader *r, size_t i) { return i < r->count ? r->terms[i].token : NULL; }
static bool is_word(const struct reader *r, size_t i, const char *word)
{
    return i < r->count && r->terms[i].token->kind == SIG_TOKEN_WORD && r->terms[i].tokens == 1 && span_is(r->terms[i].token->word, word);
}
static bool is_mark(const struct reader *r, size_t i, char mark)
{
    return i < r->count && r->terms[i].token->kind == SIG_TOKEN_MARK && r->terms[i].token->mark == (uint8_t)mark;
}
static bool is_kind(const struct reader *r, size_t i, enum sig_term_kind kind) { return i < r->count && r->terms[i].kind == kind; }

static size_t end_of(const struct reader *r, size_t i)
{
    const struct sig_token *last = r->terms[i].token;
    if (r->terms[i].tokens > 1 && last->kind != SIG_TOKEN_NUMBER) last += r->terms[i].tokens - 1;
    return last->at + last->length;
}
static struct span bytes(const struct reader *r, size_t from, size_t to)
{
    if (from >= to) return SPAN_NONE;
    size_t begin = token_at(r, from)->at;
    return span_sub(r->line, begin, end_of(r, to - 1) - begin);
}

/* "1.", "2)", "(3)", "•", "Rx" before the medicine. */
static void skip_number(struct reader *r)
{
    while (r->at < r->count) {
        if (is_kind(r, r->at, SIG_TERM_NUMBER) && (is_mark(r, r->at + 1, '.') || is_mark(r, r->at + 1, ')'))) {
            r->at += 2;
            r->numbered = true;
        } else if (is_word(r, r->at, "rx") && r->count > r->at + 1) {
            r->at++;
        } else if (is_mark(r, r->at, '(') || is_mark(r, r->at, '-') || is_mark(r, r->at, '*') || is_mark(r, r->at, '#') || is_mark(r, r->at, '?') || is_mark(r, r->at, ')') || is_mark(r, r->at, ':') || is_mark(r, r->at, '.') || is_mark(r, r->at, '>')) {
            r->at++;
        } else {
            return;
        }
    }
}

/* The form in front of (or behind) a name; how many terms it takes. */
static size_t form_at(const struct reader *r, size_t i, enum sig_form *form, bool *doubtful)
{
    const struct sig_token *token = token_at(r, i);
    if (token == NULL || token->kind != SIG_TOKEN_WORD) return 0;
    bool eye = span_is(token->word, "eye"), ear = span_is(token->word, "ear"), nasal = span_is(token->word, "nasal") || span_is(token->word, "nose");
    if (r->terms[i].tokens == 2) { /* "eye drops" is one phrase of the vocabulary */
        *form = eye ? SIG_FORM_EYE : ear ? SIG_FORM_EAR : nasal ? SIG_FORM_NASAL : SIG_FORM_UNKNOWN;
        return *form == SIG_FORM_UNKNOWN ? 0 : 1;
    }
    if ((eye || ear || nasal) && i + 1 < r->count) {
        size_t n = form_at(r, i + 1, form, doubtful);
        if (n == 0) return 0;
        *form = eye ? SIG_FORM_EYE : ear ? SIG_FORM_EAR : SIG_FORM_NASAL;
        return 1 + n;
    }
    enum sig_form written = rx_form_of(token->word);
    if (written != SIG_FORM_UNKNOWN) {
        if (token->word.n == 1 && !is_mark(r, i + 1, '.')) return 0; /* "T." but not "T" */
        *form = written;
        return is_mark(r, i + 1, '.') ? 2 : 1;
    }
    /* "Tah Ibuprofen 400 mg" in a numbered line: a form with one letter misread */
    if (!r->numbered || token->word.n < 3 || token->word.n > 8 || r->terms[i].kind == SIG_TERM_MEDICINE || i + 1 >= r->count) return 0;
    enum sig_form meant = rx_form_like(token->word);
    if (meant == SIG_FORM_UNKNOWN) return 0;
    *form = meant;
    *doubtful = true;
    return is_mark(r, i + 1, '.') ? 2 : 1;
}

static bool is_measure(const struct reader *r, size_t i) { return is_kind(r, i, SIG_TERM_UNIT) && r->terms[i].value >= SIG_UNIT_MG && !r->terms[i].respelled; }

/* "500 mg", "2 mg/5 ml", "500/125 mg", "1%", "0.1 % w/w", "60000 IU", "650": how many terms. */
static size_t strength_at(const struct reader *r, size_t i, bool after_name)
{
    size_t n = i;
    if (is_mark(r, n, '(')) n++;
    if (!is_kind(r, n, SIG_TERM_NUMBER)) return 0;
    n++;
    bool unit = false;
    while (n < r->count) {
        if (is_measure(r, n) && !is_measure(r, n - 1)) { /* "5 mg l": the l is none */
            unit = true;
            n++;
        } else if ((is_kind(r, n, SIG_TERM_PER) || is_mark(r, n, '+')) && (is_kind(r, n + 1, SIG_TERM_NUMBER) || (unit && is_measure(r, n + 1)))) {
            n += 2;
        } else {
            break;
        }
    }
    if (is_mark(r, i, '(') && is_mark(r, n, ')')) n++;
    if (unit) return n - i;
    /* a bare number belongs to the name ("Dolo 650") unless it begins a direction */
    int64_t value = token_at(r, i)->value;
    bool direction = is_mark(r, i + 1, '-') || is_kind(r, i + 1, SIG_TERM_X) || is_kind(r, i + 1, SIG_TERM_UNIT) || is_kind(r, i + 1, SIG_TERM_TIME) ||
                     is_kind(r, i + 1, SIG_TERM_TIMES) || is_mark(r, i + 1, '+') || is_kind(r, i + 1, SIG_TERM_PER) || is_mark(r, i + 1, ':');
    return after_name && !is_mark(r, i, '(') && value >= 10 * (int64_t)SIG_MICRO && !direction ? 1 : 0;
}

static bool is_capital(const struct reader *r, size_t i)
{
    uint8_t c = r->line.p[token_at(r, i)->at];
    return c >= 'A' && c <= 'Z';
}

/* A word that can belong to a name: not of the vocabulary of directions, or one capital letter ("Pan D", "Vitamin C"). */
static bool of_name(const struct reader *r, size_t i, size_t from)
{
    if (i >= r->count || token_at(r, i)->kind != SIG_TOKEN_WORD) return false;
    const struct sig_term *t = &r->terms[i];
    if (t->tokens == 1 && t->token->word.n == 1) return i > from && is_capital(r, i) && t->kind != SIG_TERM_X;
    enum sig_form form;
    bool doubtful;
    if (i > from && form_at(r, i, &form, &doubtful) > 0) return false;
    if (t->kind == SIG_TERM_MEDICINE) return t->value == 0;
    return t->kind == SIG_TERM_UNKNOWN || t->respelled;
}

/* "Telma-AM", "Cilacar-T": a word that a hyphen hangs on the name, whatever it means elsewhere. */
static bool hangs_on(const struct reader *r, size_t i)
{
    return is_mark(r, i, '-') && token_at(r, i)->glued && i + 1 < r->count && token_at(r, i + 1)->kind == SIG_TOKEN_WORD && token_at(r, i + 1)->glued &&
           r->terms[i + 1].tokens == 1 && is_capital(r, i + 1);
}

static size_t name_at(const struct reader *r, size_t from)
{
    size_t n = from, words = 0;
    while (words < NAME_WORDS && of_name(r, n, from)) {
        n++;
        words++;
        bool joined = (is_mark(r, n, '-') || is_mark(r, n, '+') || is_mark(r, n, '/') || is_kind(r, n, SIG_TERM_PER)) && of_name(r, n + 1, from) && token_at(r, n)->kind == SIG_TOKEN_MARK;
        if (joined) n++;
        while (hangs_on(r, n)) n += 2;
        bool digits = is_kind(r, n, SIG_TERM_NUMBER) && token_at(r, n)->glued && token_at(r, n)->kind == SIG_TOKEN_NUMBER; /* "B12" */
        if (digits) n++;
    }
    return n - from;
}

/* What stands beside a name: salts, and what a maker adds. "Folic Aci" is not a known name, though "folic" is known. */
static bool is_companion(struct span word)
{
    static const char *const companions[] = {"acid", "sodium", "potassium", "calcium", "hydrochloride", "hcl", "succinate", "tartrate", "besylate", "phosphate", "maleate", "citrate", "sulphate",
                                             "sulfate", "nitrate", "mesylate", "fumarate", "acetate", "bromide", "carbonate", "propionate", "furoate", "vitamin", "extended", "release", "forte",
                                             "plus", "duo", "sr", "xr", "mr", "cr", "er", "xl", "la", "ds", "dt", "md", "mixtard", "human", "regular", "mononitrate", "dinitrate", "gluconate",
                                             "chloride", "hydroxide", "oxide", "mononitrite", "medoxomil", "axetil", "proxetil", "dipropionate", "valerate", "sulfa", "complex"};
    for (size_t i = 0; i < sizeof companions / sizeof *companions; i++)
        if (span_is(word, companions[i])) return true;
    return false;
}

static void look_up(struct reader *r, struct rx_medicine *m, size_t from, size_t to)
{
    bool any = false, all = true;
    for (size_t i = from; i < to; i++) {
        struct span word = token_at(r, i)->word;
        if (token_at(r, i)->kind != SIG_TOKEN_WORD || word.n < 2) continue;
        bool known = medicine_is_known(r->lexicon, word);
        any = any || known;
        all = all && (known || is_companion(word));
    }
    struct span whole = medicine_lower(r->arena, m->name);
    m->own = lexicon_name(r->lexicon, whole) >= 0;
    m->known = (any && all) || medicine_is_known(r->lexicon, whole);
    if (!m->known) m->suggestion_count = medicine_suggest(r->lexicon, whole, m->suggestions);
    for (size_t i = from; i < to && !m->known && m->suggestion_count == 0; i++)
        if (token_at(r, i)->kind == SIG_TOKEN_WORD) m->suggestion_count = medicine_suggest(r->lexicon, token_at(r, i)->word, m->suggestions);
}

static const char *const modifiers[] = {"sr", "xr", "mr", "cr", "er", "xl", "la", "od", "forte", "ds", "plus", "duo", "retard", "dt", "md", "ec"};

static size_t modifier_at(const struct reader *r, size_t i)
{
    for (size_t k = 0; k < sizeof modifiers / sizeof *modifiers; k++) {
        if (!is_word(r, i, modifiers[k]) || r->terms[i].kind != SIG_TERM_UNKNOWN) continue;
        return 1;
    }
    return 0;
}

static bool read_medicine(struct reader *r, bool inside, struct rx_medicine *m)
{
    *m = (struct rx_medicine){0};
    skip_number(r);
    if (r->at >= r->count) return false;
    m->from = token_at(r, r->at)->at;
    size_t form = form_at(r, r->at, &m->kind, &m->form_doubtful), from = r->at + form;
    size_t name = name_at(r, from);
    if (name == 0) return false;
    if (form > 0) m->form = bytes(r, r->at, is_mark(r, from - 1, '.') ? from - 1 : from);
    m->name = bytes(r, from, from + name);
    size_t at = from + name;
    enum sig_form behind;
    size_t after = form > 0 ? 0 : form_at(r, at, &behind, &m->form_doubtful);
    size_t strength = strength_at(r, at + after, true);
    if (strength > 0) {
        m->strength = bytes(r, at + after, at + after + strength);
        at += after + strength;
    } else if (after > 0) {
        at += after;
    }
    if (after > 0) {
        m->kind = behind;
        m->form = bytes(r, from + name, from + name + after);
    } else if (form == 0) {
        after = form_at(r, at, &m->kind, &m->form_doubtful);
        if (after > 0) m->form = bytes(r, at, at + after);
        at += after;
    } else {
        enum sig_form more = SIG_FORM_UNKNOWN;
        bool doubtful = false;
        after = form_at(r, at, &more, &doubtful); /* "Moxifloxacin 0.5% eye drops" behind "Gtt" */
        if (after > 0 && (more == SIG_FORM_EYE || more == SIG_FORM_EAR || more == SIG_FORM_NASAL)) {
            m->kind = more;
            at += after;
        }
    }
    at += modifier_at(r, at);
    m->rest = at < r->count ? token_at(r, at)->at : r->line.n;
    look_up(r, m, from, from + name);
    bool near = m->known || m->suggestion_count > 0 || medicine_is_known(r->lexicon, token_at(r, from)->word);
    bool unit = m->strength.p != NULL && strength > 1;
    return m->form.p != NULL ? (near || unit || strength > 0 || inside || r->numbered) : near || (unit && (inside || r->numbered));
}

static bool starts_with_any(const struct reader *r, size_t i, const char *const *words, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (is_word(r, i, words[k])) return true;
    return false;
}

/* "MS Morphine 15 mg", "Reg Insulin", "No Tab Metformin": no letterhead, whatever its first word is. */
static bool names_a_medicine(const struct reader *r)
{
    for (size_t i = 1; i < r->count; i++)
        if (is_kind(r, i, SIG_TERM_MEDICINE) && medicine_is_known(r->lexicon, token_at(r, i)->word)) return true;
    return false;
}

struct err rx_line_read(struct arena *arena, const struct lexicon *lexicon, struct span line, bool inside, enum rx_line *kind, struct rx_medicine *out)
{
    static const char *const advice[] = {"advice", "adv", "advised", "review", "follow", "followup", "plan", "avoid", "diet", "exercise", "rest", "drink", "plenty", "investigations", "tests"};
    static const char *const office[] = {"name", "patient", "pt", "age", "sex", "gender", "date", "dr", "doctor", "reg", "regn", "ph", "phone", "mob", "mobile", "tel", "address", "qty", "quantity",
                                         "refills", "refill", "discard", "signature", "sign", "weight", "wt", "bp", "pulse", "temp", "diagnosis", "dx", "prescriber", "pharmacy", "clinic", "hospital",
                                         "email", "website", "timings", "opd", "uhid", "mrn", "id", "no", "exp", "expiry", "batch", "mfg", "rph", "ndc", "mrs", "mr", "ms", "page", "stamp"};
    struct sig_token *tokens;
    struct sig_term *terms;
    size_t token_count, count;
    *kind = RX_LINE_OTHER;
    *out = (struct rx_medicine){0};
    if (!sig_token_cut(arena, line, &tokens, &token_count)) return arena->failed ? FAIL(FULL) : OK;
    TRY(sig_words_terms(arena, lexicon, tokens, token_count, &terms, &count));
    struct reader r = {.arena = arena, .lexicon = lexicon, .line = line, .terms = terms, .count = count};
    if (count == 0) return OK;
    if (is_word(&r, 0, "rx") && (count == 1 || is_mark(&r, 1, ':') || is_mark(&r, 1, '.')) && count <= 2) *kind = RX_LINE_START;
    else if (is_word(&r, 0, "rx") && is_mark(&r, 1, '#')) *kind = RX_LINE_ADMINISTRATIVE;
    else if (starts_with_any(&r, 0, advice, sizeof advice / sizeof *advice)) *kind = RX_LINE_ADVICE;
    else if (starts_with_any(&r, 0, office, sizeof office / sizeof *office) && !names_a_medicine(&r)) *kind = RX_LINE_ADMINISTRATIVE;
    else if (read_medicine(&r, inside, out)) *kind = RX_LINE_MEDICINE;
    return arena->failed ? FAIL(FULL) : OK;
}
