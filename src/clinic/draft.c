#include "clinic/draft.h"

#include "base/utf8.h"
#include "clinic/rx.h"
#include "clinic/sig.h"
#include "clinic/strength.h"

enum {
    LINES_MAX = 500,            /* lines of a page that are drafted; the longest real one we know has 90 */
    SCRATCH_BYTES = 4 << 20,    /* memory of one line's reading */
    DICTIONARY_LOOKS = 64,      /* unknown names that are looked up among medical words; a page with more is not read well */
    OUT_MAX = 1 << 20,
    READINGS_DOCUMENT_MAX = 16 << 20
};
/* Words below this confidence inside a medicine line are asked about. Tesseract's own scale; see docs/evaluation.md. */
static const double hard_to_read = 0.60;

struct draft {
    const struct lexicon *lexicon;
    const struct page *page;
    struct json *json;
    struct arena scratch; /* of one medicine */
    struct buf text;      /* of the whole draft */
    unsigned looks;       /* in the dictionary, so far */
    bool eye_clinic;
    bool inside;          /* Rx or a medicine was seen */
    struct buf *readings; /* every reading, one a row; NULL: nobody asks */
    struct {              /* the last line that was looked at: a line is looked at from the one before it, and then for itself */
        bool filled, inside;
        size_t line;
        enum rx_line kind;
        struct rx_medicine medicine; /* points into the page and the lists only */
    } last;
};

struct entry {
    size_t first_line, last_line; /* of the page */
    bool has_medicine;
    bool bare_name;               /* no strength, and the direction begins right behind it */
    struct rx_medicine medicine;
    bool medical_word;            /* not known as a medicine, but in the dictionary */
    struct span like[MEDICINE_SUGGESTIONS]; /* of the dictionary, when no medicine is like the name */
    size_t like_count;
    struct span head;             /* "Tab Ibuprofen 400 mg" */
    struct span direction;
    struct span raw;              /* everything, verbatim */
};

static struct span joined(struct arena *arena, struct span a, struct span b)
{
    if (a.n == 0) return b;
    if (b.n == 0) return a;
    uint8_t *p = arena_alloc(arena, a.n + 1 + b.n);
    if (p == NULL) return SPAN_NONE;
    memcpy(p, a.p, a.n);
    p[a.n] = ' ';
    memcpy(p + a.n + 1, b.p, b.n);
    return span_of(p, a.n + 1 + b.n);
}

static struct span trimmed(struct span s)
{
    while (s.n > 0 && strchr(" -:,.;|=>", s.p[0]) != NULL && s.p[0] != 0) {
        if (s.p[0] == '.' && s.n > 1 && s.p[1] >= '0' && s.p[1] <= '9') break;
        s = span_sub(s, 1, s.n);
    }
    while (s.n > 0 && strchr(" -:,;|", s.p[s.n - 1]) != NULL && s.p[s.n - 1] != 0) s = span_sub(s, 0, s.n - 1);
    return s;
}

static struct span ask(struct arena *arena, const char *before, struct span quoted, const char *after)
{
    struct buf b = BUF_WITH_MAX(8192);
    buf_put_text(&b, before);
    buf_put_span(&b, utf8_cut(quoted, 1024));
    buf_put_text(&b, after);
    struct span question = arena_copy(arena, buf_span(&b));
    buf_free(&b);
    return question;
}

/* What the dictionary says of a name that is on no list of medicines, by its first word. */
static void look_in_dictionary(struct draft *d, struct entry *e)
{
    const struct rx_medicine *m = &e->medicine;
    size_t n = 0;
    if (m->known || d->lexicon == NULL || d->looks == DICTIONARY_LOOKS) return;
    d->looks++;
    while (n < m->name.n && m->name.p[n] > ' ') n++;
    struct span word = medicine_lower(&d->scratch, span_sub(m->name, 0, n));
    e->medical_word = lexicon_has_word(d->lexicon, word);
    if (!e->medical_word && m->suggestion_count == 0) e->like_count = medicine_suggest_words(d->lexicon, word, e->like);
}

/* What is doubtful about the medicine itself. */
static struct span ask_of_medicine(struct draft *d, const struct entry *e)
{
    const struct rx_medicine *m = &e->medicine;
    if (!m->known && e->medical_word) return ask(&d->scratch, "\"", m->name, "\" is a medical word, but not on the list of medicines. Is the name right?");
    if (!m->known && m->suggestion_count > 0) {
        struct span before = ask(&d->scratch, "\"", m->name, "\" is not on the list of medicines.");
        return joined(&d->scratch, before, ask(&d->scratch, "Is \"", m->suggestions[0], "\" meant?"));
    }
    if (!m->known) return ask(&d->scratch, "\"", m->name, "\" is not on the list of medicines. Is the name right?");
    if (!strength_is_usual(medicine_lower(&d->scratch, m->name), m->strength)) return ask(&d->scratch, "\"", m->strength, "\" is not a usual strength. Is it right?");
    if (m->form_doubtful) return ask(&d->scratch, "\"", m->form, "\": which form is meant?");
    return SPAN_NONE;
}

/* "1." or "2)" before the medicine: what number it is changes nothing. */
static bool is_item_number(struct span word)
{
    size_t digits = 0;
    while (digits < word.n && word.p[digits] >= '0' && word.p[digits] <= '9') digits++;
    return digits > 0 && digits <= 2 && word.n == digits + 1 && (word.p[digits] == '.' || word.p[digits] == ')');
}

static struct span ask_of_reading(struct draft *d, const struct entry *e)
{
    for (size_t l = e->first_line; l <= e->last_line; l++) {
        const struct page_line *line = &d->page->lines[l];
        for (size_t i = 0; i < line->count; i++) {
            const struct clinic_word *w = &d->page->words[line->first + i];
            if (l == e->first_line && i == 0 && e->has_medicine && is_item_number(w->text)) continue;
            if (w->confidence < hard_to_read) return ask(&d->scratch, "\"", w->text, "\" was hard to read. Is it right?");
        }
    }
    return SPAN_NONE;
}

static void put_medicine(struct json *j, const struct entry *e)
{
    json_key(j, "medicine");
    if (!e->has_medicine) {
        json_null(j);
        return;
    }
    const struct rx_medicine *m = &e->medicine;
    json_object(j);
    if (m->form.n > 0) json_put_text(j, "form", m->form);
    else json_put_null(j, "form");
    json_put_text(j, "name", m->name);
    if (m->strength.n > 0) json_put_text(j, "strength", m->strength);
    else json_put_null(j, "strength");
    if (m->known) json_put_word(j, "list", m->own ? "clinic" : "medicines");
    else if (e->medical_word) json_put_word(j, "list", "words");
    else json_put_null(j, "list");
    json_key(j, "suggestions");
    json_array(j);
    for (size_t i = 0; i < m->suggestion_count; i++) json_text(j, m->suggestions[i]);
    for (size_t i = 0; i < e->like_count; i++) json_text(j, e->like[i]);
    json_array_end(j);
    json_object_end(j);
}

static void put_spans(struct draft *d, const struct entry *e)
{
    struct json *j = d->json;
    json_key(j, "spans");
    json_array(j);
    json_array(j);
    json_i64(j, (int64_t)d->page->lines[e->first_line].first);
    const struct page_line *last = &d->page->lines[e->last_line];
    json_i64(j, (int64_t)(last->first + last->count - 1));
    json_array_end(j);
    json_array_end(j);
}

static void put_line_text(struct draft *d, struct span text, bool understood)
{
    json_put_text(d->json, "text", text.n > 0 ? text : SPAN_LITERAL(""));
    if (d->text.n > 0) buf_put_byte(&d->text, '\n');
    buf_put_span(&d->text, text);
    if (!understood) buf_put_text(&d->text, " [not understood]");
}

static void put_question(struct json *j, bool understood, struct span question)
{
    json_put_bool(j, "understood", understood);
    if (question.p != NULL) json_put_text(j, "question", question);
    else json_put_null(j, "question");
}

/* What an entry says verbatim and, where its direction was read for certain, in our own words. */
static void put_reading(struct draft *d, const struct entry *e, const struct sig *sig, struct span called)
{
    if (d->readings == NULL) return;
    buf_put_span(d->readings, e->raw);
    buf_put_byte(d->readings, '\n');
    if (sig == NULL || !sig->understood) return;
    sig_say_english(d->readings, sig, called);
    buf_put_byte(d->readings, '\n');
}

/* A line without a direction: advice, or what nobody understood. */
static void put_plain(struct draft *d, const struct entry *e, bool understood, struct span question)
{
    put_reading(d, e, NULL, SPAN_NONE);
    json_object(d->json);
    put_line_text(d, e->raw, understood);
    put_spans(d, e);
    put_question(d->json, understood, question);
    put_medicine(d->json, e);
    json_put_null(d->json, "dosage");
    json_put_null(d->json, "text_hi");
    json_object_end(d->json);
}

static bool is_mass(enum sig_unit unit) { return unit == SIG_UNIT_MG || unit == SIG_UNIT_G || unit == SIG_UNIT_MCG; }

/* "5 mg": so much of something; false for two numbers, a concentration, or no mass. */
static struct err read_mass(struct draft *d, struct span strength, struct sig_amount *amount_out, enum sig_unit *unit_out, bool *is_one)
{
    struct sig sig;
    *is_one = false;
    if (strength.n == 0) return OK;
    TRY(sig_read(&d->scratch, strength, &(struct sig_setting){.lexicon = d->lexicon}, &sig));
    if (sig.dose_count != 1 || !sig.doses[0].has_amount || !is_mass(sig.doses[0].unit) || sig.leftover.p != NULL) return OK;
    *is_one = true;
    *amount_out = sig.doses[0].amount;
    *unit_out = sig.doses[0].unit;
    return OK;
}

/* A medicine in the direction that is not the line's own: the line holds two. */
static bool names_another(struct draft *d, const struct entry *e, struct span named)
{
    struct span own = medicine_lower(&d->scratch, e->medicine.name), text = medicine_lower(&d->scratch, named);
    for (size_t i = 0, n; i < text.n; i += n + 1) {
        for (n = 0; i + n < text.n && text.p[i + n] > ' ';) n++;
        struct span word = span_sub(text, i, n);
        if (n > 1 && medicine_is_known(d->lexicon, word) && (own.n < n || memmem(own.p, own.n, word.p, n) == NULL)) return true;
    }
    return false;
}

/* What the medicine's own words and its direction say of each other. */
static struct err ask_of_both(struct draft *d, const struct entry *e, const struct sig *sig, struct span *question)
{
    struct sig_amount strength;
    enum sig_unit unit;
    bool is_one = false;
    for (unsigned i = 0; i < sig->dose_count && question->p == NULL; i++)
        if (sig->doses[i].medicine.p != NULL && names_another(d, e, sig->doses[i].medicine)) *question = SPAN_LITERAL("More than one medicine is named here. What is meant of each?");
    if (sig->dose_count == 0 || question->p != NULL) return OK;
    const struct sig_dose *first = &sig->doses[0];
    if (!first->has_amount || !is_mass(first->unit)) return OK;
    TRY(read_mass(d, e->medicine.strength, &strength, &unit, &is_one));
    bool same = is_one && unit == first->unit && strength.low == first->amount.low && strength.high == first->amount.high;
    if (is_one && !same) *question = SPAN_LITERAL("Two different doses are written. Which one is meant?");
    return OK;
}

static struct err put_direction(struct draft *d, const struct entry *e)
{
    struct sig_setting setting = {.form = e->has_medicine ? e->medicine.kind : SIG_FORM_UNKNOWN, .eye_clinic = d->eye_clinic,
                                  .after_name = e->bare_name, .lexicon = d->lexicon};
    struct sig sig;
    TRY(sig_read(&d->scratch, e->direction, &setting, &sig));
    struct span question = sig.question;
    if (e->has_medicine) TRY(ask_of_both(d, e, &sig, &question));
    if (e->has_medicine) {
        struct span of_name = ask_of_medicine(d, e);
        if (of_name.p != NULL) question = question.p == NULL ? of_name : joined(&d->scratch, of_name, question);
    } else if (question.p == NULL) {
        question = SPAN_LITERAL("Which medicine is this direction for?");
    }
    if (question.p == NULL) question = ask_of_reading(d, e);
    bool understood = question.p == NULL && sig.understood;
    struct buf words = BUF_WITH_MAX(OUT_MAX);
    struct json *j = d->json;
    json_object(j);
    /* "1 tablet of Ibuprofen 400 mg", but "Take Tab Ibuprofen 400 mg twice a day" */
    struct span called = e->head;
    if (e->has_medicine && sig.dose_count > 0 && sig.doses[0].has_amount) called = joined(&d->scratch, e->medicine.name, e->medicine.strength);
    put_reading(d, e, &sig, called);
    if (understood) sig_say_english(&words, &sig, called);
    put_line_text(d, understood ? buf_span(&words) : e->raw, understood);
    put_spans(d, e);
    put_question(j, understood, question);
    put_medicine(j, e);
    json_key(j, "dosage");
    if (sig.dose_count > 0) sig_fhir_put(j, &sig);
    else json_null(j);
    buf_reset(&words);
    if (understood) {
        sig_say_hindi(&words, &sig, called);
        json_put_text(j, "text_hi", buf_span(&words));
    } else {
        json_put_null(j, "text_hi");
    }
    json_object_end(j);
    bool full = words.failed;
    buf_free(&words);
    return full ? FAIL(FULL) : OK;
}

static struct err kind_of(struct draft *d, size_t line, enum rx_line *kind, struct rx_medicine *m)
{
    if (!d->last.filled || d->last.line != line || d->last.inside != d->inside) {
        d->last.filled = false;
        TRY(rx_line_read(&d->scratch, d->lexicon, d->page->lines[line].text, d->inside, &d->last.kind, &d->last.medicine));
        d->last.filled = true;
        d->last.line = line;
        d->last.inside = d->inside;
    }
    *kind = d->last.kind;
    *m = d->last.medicine;
    return OK;
}

/* Does this line alone read as a direction? */
static struct err reads_as_direction(struct draft *d, struct span text, bool *yes)
{
    struct sig_setting setting = {.lexicon = d->lexicon};
    struct sig sig;
    TRY(sig_read(&d->scratch, text, &setting, &sig));
    *yes = sig.dose_count > 0 && sig.leftover.p == NULL;
    return OK;
}

/* The medicine at line *at and the lines of its direction; *at moves behind them. */
static struct err put_medicine_lines(struct draft *d, size_t *at, const struct rx_medicine *m)
{
    struct span text = d->page->lines[*at].text;
    struct entry e = {.first_line = *at, .last_line = *at, .has_medicine = true, .medicine = *m, .raw = text};
    e.head = trimmed(span_sub(text, m->from, m->rest - m->from));
    e.direction = trimmed(span_sub(text, m->rest, text.n));
    e.bare_name = m->strength.n == 0 && e.direction.n > 0;
    while (e.last_line + 1 < d->page->line_count && e.last_line < *at + 3) {
        enum rx_line kind;
        struct rx_medicine next;
        TRY(kind_of(d, e.last_line + 1, &kind, &next));
        if (kind != RX_LINE_OTHER) break;
        struct span more = d->page->lines[e.last_line + 1].text;
        bool direction = e.direction.n == 0;
        if (!direction) TRY(reads_as_direction(d, more, &direction));
        if (!direction) break;
        e.direction = joined(&d->scratch, e.direction, trimmed(more));
        e.raw = joined(&d->scratch, e.raw, more);
        e.last_line++;
    }
    *at = e.last_line + 1;
    look_in_dictionary(d, &e);
    if (d->scratch.failed) return FAIL(FULL);
    return put_direction(d, &e);
}

static struct err put_one(struct draft *d, size_t *at)
{
    enum rx_line kind;
    struct rx_medicine m;
    TRY(kind_of(d, *at, &kind, &m));
    struct entry e = {.first_line = *at, .last_line = *at, .raw = d->page->lines[*at].text};
    if (kind == RX_LINE_MEDICINE) {
        d->inside = true;
        return put_medicine_lines(d, at, &m);
    }
    (*at)++;
    if (kind == RX_LINE_START) d->inside = true;
    else if (kind == RX_LINE_ADVICE && d->inside) put_plain(d, &e, true, SPAN_NONE);
    else if (kind == RX_LINE_OTHER && d->inside) {
        bool direction = false;
        e.direction = trimmed(e.raw);
        TRY(reads_as_direction(d, e.direction, &direction));
        if (direction) return put_direction(d, &e);
        put_plain(d, &e, false, SPAN_LITERAL("What does this line mean?"));
    }
    return OK;
}

static bool names_the_eye(struct span line)
{
    static const char *const words[] = {"eye", "Eye", "EYE", "phthalm", "PHTHALM", "Netra", "NETRA"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (line.n > 0 && memmem(line.p, line.n, words[i], strlen(words[i])) != NULL) return true;
    return false;
}

/* Never drop lines without a word. */
static void put_more_lines(struct draft *d, size_t count)
{
    struct entry e = {.first_line = count, .last_line = d->page->line_count - 1, .raw = d->page->lines[count].text};
    put_plain(d, &e, false, SPAN_LITERAL("There are more lines than are read, from here on. What do they say?"));
}

static struct err put_all_verbatim(struct draft *d)
{
    for (size_t i = 0; i < d->page->line_count && i < LINES_MAX; i++) {
        struct entry e = {.first_line = i, .last_line = i, .raw = d->page->lines[i].text};
        put_plain(d, &e, false, SPAN_LITERAL("No medicine was recognised here. What does this line mean?"));
    }
    if (d->page->line_count > LINES_MAX) put_more_lines(d, LINES_MAX);
    return OK;
}

static struct err put_lines(struct draft *d, bool english)
{
    bool any = false;
    size_t count = d->page->line_count < LINES_MAX ? d->page->line_count : LINES_MAX;
    for (size_t i = 0; i < count && !any && english; i++) {
        enum rx_line kind;
        struct rx_medicine m;
        TRY(kind_of(d, i, &kind, &m));
        any = kind == RX_LINE_MEDICINE || kind == RX_LINE_START;
        arena_reset(&d->scratch);
    }
    if (!any) return put_all_verbatim(d);
    for (size_t i = 0; i < count && i < 4; i++) d->eye_clinic = d->eye_clinic || names_the_eye(d->page->lines[i].text);
    for (size_t i = 0; i < count;) {
        TRY(put_one(d, &i));
        arena_reset(&d->scratch);
    }
    if (count < d->page->line_count) put_more_lines(d, count);
    return OK;
}

struct err draft_readings(const struct lexicon *lexicon, const struct page *page, bool english, struct buf *out)
{
    struct buf document = BUF_WITH_MAX(READINGS_DOCUMENT_MAX);
    struct json j = JSON_TO(&document);
    struct draft d = {.lexicon = lexicon, .page = page, .json = &j, .text = BUF_WITH_MAX(OUT_MAX), .readings = out};
    arena_init(&d.scratch, SCRATCH_BYTES);
    json_array(&j);
    struct err e = put_lines(&d, english);
    buf_free(&document); /* only the readings are wanted */
    buf_free(&d.text);
    arena_free(&d.scratch);
    return err_failed(e) ? e : buf_check(out);
}

struct err draft_prescription(const struct lexicon *lexicon, const struct page *page, bool english, struct json *out)
{
    struct draft d = {.lexicon = lexicon, .page = page, .json = out, .text = BUF_WITH_MAX(OUT_MAX)};
    arena_init(&d.scratch, SCRATCH_BYTES);
    json_key(out, "lines");
    json_array(out);
    struct err e = put_lines(&d, english);
    json_array_end(out);
    json_put_text(out, "text", d.text.n > 0 ? buf_span(&d.text) : SPAN_LITERAL(""));
    if (!err_failed(e)) e = buf_check(&d.text);
    buf_free(&d.text);
    arena_free(&d.scratch);
    return e;
}
