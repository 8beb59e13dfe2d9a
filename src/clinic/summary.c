#include "clinic/summary.h"

#include "base/utf8.h"
#include "clinic/medicine.h"

enum { TEXT_MAX = 4 << 20, VERBATIM_MAX = 2000 };
/* A number, a medicine or a "no" that is not sure is asked about: what the page marks as unsure (ui/src/components/words.ts). */
static const double hard_to_hear = 0.85;

struct writer {
    struct arena *arena;
    const struct lexicon *lexicon;
    const struct page *page;
    const struct note *note;
    const struct note_template *template;
    struct json *json;
    struct buf text;
    bool discussed[TEMPLATE_SECTIONS_MAX];
};

static bool is_mark(uint8_t c) { return c != 0 && strchr(".,?!;:\"()[]", c) != NULL; }

/* `word`: as it was heard, with capitals and marks where the engine writes them. */
static bool matters(const struct lexicon *lexicon, struct span word)
{
    static const char *const denials[] = {"no", "not", "never", "denies", "without", "left", "right", "both"}, *const idioms[] = {"one", "once"};
    uint8_t core[NEAR_LONGEST];
    while (word.n > 0 && is_mark(word.p[0])) word = span_sub(word, 1, word.n);
    while (word.n > 0 && is_mark(word.p[word.n - 1])) word = span_sub(word, 0, word.n - 1);
    if (word.n == 0 || word.n > sizeof core) return word.n > 0; /* nobody knows what it is */
    for (size_t i = 0; i < word.n; i++) core[i] = word.p[i] >= 'A' && word.p[i] <= 'Z' ? (uint8_t)(word.p[i] - 'A' + 'a') : word.p[i];
    word = span_of(core, word.n);
    for (size_t i = 0; i < sizeof idioms / sizeof *idioms; i++)
        if (span_is(word, idioms[i])) return false;
    for (size_t i = 0; i < sizeof denials / sizeof *denials; i++)
        if (span_is(word, denials[i])) return true;
    return talk_is_number(word) || medicine_is_likely(lexicon, word);
}

/* The first word of weight that was hard to hear; SPAN_NONE = none. */
static struct span doubtful_word(const struct lexicon *lexicon, const struct page *page, const struct note_line *line)
{
    for (size_t s = 0; s < line->span_count; s++)
        for (size_t i = line->spans[s][0]; i <= line->spans[s][1] && i < page->word_count; i++)
            if (page->words[i].confidence < hard_to_hear && matters(lexicon, page->words[i].text)) return page->words[i].text;
    return SPAN_NONE;
}

static void put_question(struct writer *w, struct span doubtful)
{
    json_put_bool(w->json, "understood", doubtful.n == 0);
    if (doubtful.n == 0) {
        json_put_null(w->json, "question");
        return;
    }
    struct buf text = BUF_WITH_MAX(8192);
    buf_put_byte(&text, '"');
    buf_put_span(&text, doubtful);
    buf_put_text(&text, "\" was not heard clearly. Is it right?");
    json_put_text(w->json, "question", buf_span(&text));
    buf_free(&text);
}

static void put_line(struct writer *w, const struct note_line *line)
{
    struct json *j = w->json;
    json_object(j);
    struct buf sentence = BUF_WITH_MAX(8192);
    buf_put_span(&sentence, line->text);
    buf_put_byte(&sentence, '.');
    json_put_text(j, "text", buf_span(&sentence));
    buf_put_span(&w->text, buf_span(&sentence));
    buf_put_byte(&w->text, '\n');
    buf_free(&sentence);
    json_key(j, "spans");
    json_array(j);
    for (size_t i = 0; i < line->span_count; i++) {
        json_array(j);
        json_i64(j, (int64_t)line->spans[i][0]);
        json_i64(j, (int64_t)line->spans[i][1]);
        json_array_end(j);
    }
    json_array_end(j);
    put_question(w, doubtful_word(w->lexicon, w->page, line));
    json_put_word(j, "section", w->template->sections[line->place].name);
    json_object_end(j);
}

static void put_not_discussed(struct writer *w, size_t section)
{
    json_object(w->json);
    json_put_word(w->json, "text", "Not discussed.");
    json_key(w->json, "spans");
    json_array(w->json);
    json_array_end(w->json);
    json_put_bool(w->json, "understood", true);
    json_put_null(w->json, "question");
    json_put_word(w->json, "section", w->template->sections[section].name);
    json_object_end(w->json);
    buf_put_text(&w->text, "Not discussed.\n");
}

static void put_section(struct writer *w, size_t section)
{
    if (w->text.n > 0) buf_put_byte(&w->text, '\n');
    buf_put_text(&w->text, w->template->sections[section].title);
    buf_put_byte(&w->text, '\n');
    for (size_t i = 0; i < w->note->count; i++) {
        const struct note_line *line = &w->note->lines[i];
        if (!line->chosen || line->place != (int)section) continue;
        w->discussed[section] = true;
        put_line(w, line);
    }
    if (!w->discussed[section]) put_not_discussed(w, section);
}

static void put_verbatim_line(struct writer *w, const struct page_line *line, size_t last, const char *question)
{
    json_object(w->json);
    json_put_text(w->json, "text", line->text);
    buf_put_span(&w->text, line->text);
    buf_put_byte(&w->text, '\n');
    json_key(w->json, "spans");
    json_array(w->json);
    json_array(w->json);
    json_i64(w->json, (int64_t)line->first);
    json_i64(w->json, (int64_t)last);
    json_array_end(w->json);
    json_array_end(w->json);
    json_put_bool(w->json, "understood", false);
    json_put_word(w->json, "question", question);
    json_put_word(w->json, "section", w->template->sections[0].name);
    json_object_end(w->json);
}

/* A language that is not drafted from: every line as it stands, and of more lines than that it is said that there are. */
static void put_verbatim(struct writer *w)
{
    const struct page_line *lines = w->page->lines;
    size_t count = w->page->line_count < VERBATIM_MAX ? w->page->line_count : VERBATIM_MAX;
    for (size_t i = 0; i < count; i++)
        put_verbatim_line(w, &lines[i], lines[i].first + lines[i].count - 1, "This language is not summarised. What does the patient say?");
    if (count < w->page->line_count)
        put_verbatim_line(w, &lines[count], w->page->word_count - 1, "There are more lines than are shown, from here on. What do they say?");
}

static void put_sections(struct writer *w)
{
    struct json *j = w->json;
    json_key(j, "sections");
    json_array(j);
    for (size_t i = 0; i < w->template->section_count; i++) {
        json_object(j);
        json_put_word(j, "name", w->template->sections[i].name);
        json_put_word(j, "title", w->template->sections[i].title);
        json_put_bool(j, "discussed", w->discussed[i]);
        json_object_end(j);
    }
    json_array_end(j);
}

static struct err read_note(struct arena *arena, const struct lexicon *lexicon, const struct page *page, const struct note_template *template, struct note *note)
{
    struct talk *talk = arena_alloc(arena, sizeof *talk); /* lines point into it */
    if (talk == NULL) return FAIL(FULL);
    TRY(talk_read(arena, page, talk));
    TRY(note_lines(arena, lexicon, talk, note));
    TRY(template_place(arena, template, note));
    return note_choose(arena, lexicon, note, page->word_count, &template->budget);
}

struct err summary_put(struct arena *arena, const struct lexicon *lexicon, const struct page *page, bool english, const struct note_template *template, bool as_note,
                       struct json *out)
{
    struct note note = {0};
    struct writer w = {.arena = arena, .lexicon = lexicon, .page = page, .note = &note, .template = template, .json = out, .text = BUF_WITH_MAX(TEXT_MAX)};
    if (english) TRY(read_note(arena, lexicon, page, template, &note));
    json_key(out, "lines");
    json_array(out);
    if (!english) put_verbatim(&w);
    else for (size_t s = 0; s < template->section_count; s++) put_section(&w, s);
    json_array_end(out);
    if (!english) w.discussed[0] = page->line_count > 0;
    if (as_note) put_sections(&w);
    json_put_text(out, "text", w.text.n > 0 ? buf_span(&w.text) : SPAN_LITERAL(""));
    struct err e = buf_check(&w.text);
    buf_free(&w.text);
    return e;
}

/* --- lines of another engine */

static struct span without_full_stop(struct span text)
{
    while (text.n > 0 && (text.p[text.n - 1] == '.' || text.p[text.n - 1] == ' ')) text.n--;
    return text;
}

static int place_of(const struct note_template *template, struct span section)
{
    for (size_t i = 0; i < template->section_count; i++)
        if (span_is(section, template->sections[i].name)) return (int)i;
    return TEMPLATE_NOWHERE;
}

static struct err take_proposed(struct arena *arena, const struct page *page, const struct note_template *template, const struct clinic_proposal *proposal, struct note *note)
{
    note->lines = arena_array(arena, proposal->count + 1, sizeof *note->lines);
    if (note->lines == NULL) return FAIL(FULL);
    for (size_t i = 0; i < proposal->count; i++) {
        const struct clinic_proposed *from = &proposal->lines[i];
        struct note_line line = {.text = without_full_stop(from->text), .spans = {{from->first, from->last}}, .span_count = 1,
                                 .place = place_of(template, from->section), .chosen = true};
        bool good = line.text.n > 0 && utf8_valid(line.text) && line.place != TEMPLATE_NOWHERE && from->first <= from->last && from->last < page->word_count;
        if (good) note->lines[note->count++] = line;
    }
    return OK;
}

struct err summary_put_proposed(struct arena *arena, const struct lexicon *lexicon, const struct page *page, const struct note_template *template, bool as_note,
                                const struct clinic_proposal *proposal, struct json *out)
{
    struct note note = {0};
    struct writer w = {.arena = arena, .lexicon = lexicon, .page = page, .note = &note, .template = template, .json = out, .text = BUF_WITH_MAX(TEXT_MAX)};
    TRY(take_proposed(arena, page, template, proposal, &note));
    json_key(out, "lines");
    json_array(out);
    for (size_t s = 0; s < template->section_count; s++) put_section(&w, s);
    json_array_end(out);
    if (as_note) put_sections(&w);
    json_put_text(out, "text", buf_span(&w.text));
    struct err e = buf_check(&w.text);
    buf_free(&w.text);
    return e;
}
