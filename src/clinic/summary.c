#include "clinic/summary.h"

#include "clinic/medicine.h"
#include "clinic/note.h"

enum { TEXT_MAX = 4 << 20, VERBATIM_MAX = 2000 };
/* A number, a medicine or a "no" heard with less than this is asked about; the scale is that of the speech engine. */
static const double hard_to_hear = 0.60;

struct writer {
    struct arena *arena;
    const struct lexicon *lexicon;
    const struct page *page;
    const struct note *note;
    struct json *json;
    struct buf text;
    bool as_note;
};

static bool matters(const struct lexicon *lexicon, struct span word)
{
    static const char *const denials[] = {"no", "not", "never", "denies", "without", "left", "right", "both"};
    for (size_t i = 0; i < sizeof denials / sizeof *denials; i++)
        if (span_is(word, denials[i])) return true;
    return (word.n > 0 && word.p[0] >= '0' && word.p[0] <= '9') || medicine_is_likely(lexicon, word);
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
    if (!w->as_note) json_put_word(j, "section", note_section_name(line->section));
    json_object_end(j);
}

static void put_not_discussed(struct writer *w, enum note_section section)
{
    json_object(w->json);
    json_put_word(w->json, "text", "Not discussed.");
    json_key(w->json, "spans");
    json_array(w->json);
    json_array_end(w->json);
    json_put_bool(w->json, "understood", true);
    json_put_null(w->json, "question");
    if (!w->as_note) json_put_word(w->json, "section", note_section_name(section));
    json_object_end(w->json);
    buf_put_text(&w->text, "Not discussed.\n");
}

static void put_section(struct writer *w, enum note_section section)
{
    bool any = false;
    for (size_t i = 0; i < w->note->count; i++) any = any || (w->note->lines[i].chosen && w->note->lines[i].section == section);
    if (w->text.n > 0) buf_put_byte(&w->text, '\n');
    buf_put_text(&w->text, note_section_title(section));
    buf_put_byte(&w->text, '\n');
    if (w->as_note) {
        json_object(w->json);
        json_put_word(w->json, "name", note_section_name(section));
        json_put_word(w->json, "title", note_section_title(section));
        json_put_bool(w->json, "discussed", any);
        json_key(w->json, "lines");
        json_array(w->json);
    }
    for (size_t i = 0; i < w->note->count; i++)
        if (w->note->lines[i].chosen && w->note->lines[i].section == section) put_line(w, &w->note->lines[i]);
    if (!any) put_not_discussed(w, section);
    if (w->as_note) {
        json_array_end(w->json);
        json_object_end(w->json);
    }
}

/* A language that is not drafted from: every line as it stands. */
static void put_verbatim(struct writer *w)
{
    for (size_t i = 0; i < w->page->line_count && i < VERBATIM_MAX; i++) {
        const struct page_line *line = &w->page->lines[i];
        json_object(w->json);
        json_put_text(w->json, "text", line->text);
        buf_put_span(&w->text, line->text);
        buf_put_byte(&w->text, '\n');
        json_key(w->json, "spans");
        json_array(w->json);
        json_array(w->json);
        json_i64(w->json, (int64_t)line->first);
        json_i64(w->json, (int64_t)(line->first + line->count - 1));
        json_array_end(w->json);
        json_array_end(w->json);
        json_put_bool(w->json, "understood", false);
        json_put_word(w->json, "question", "This language is not summarised. What does the patient say?");
        if (!w->as_note) json_put_word(w->json, "section", note_section_name(NOTE_SUBJECTIVE));
        json_object_end(w->json);
    }
}

static void put_verbatim_section(struct writer *w)
{
    json_object(w->json);
    json_put_word(w->json, "name", note_section_name(NOTE_SUBJECTIVE));
    json_put_word(w->json, "title", note_section_title(NOTE_SUBJECTIVE));
    json_put_bool(w->json, "discussed", w->page->line_count > 0);
    json_key(w->json, "lines");
    json_array(w->json);
    put_verbatim(w);
    json_array_end(w->json);
    json_object_end(w->json);
}

struct err summary_put(struct arena *arena, const struct lexicon *lexicon, const struct page *page, bool english, bool as_note, struct json *out)
{
    struct talk talk;
    struct note note = {0};
    struct writer w = {.arena = arena, .lexicon = lexicon, .page = page, .note = &note, .json = out, .text = BUF_WITH_MAX(TEXT_MAX), .as_note = as_note};
    if (english) {
        TRY(talk_read(arena, page, &talk));
        TRY(note_lines(arena, lexicon, &talk, &note));
        TRY(note_choose(arena, lexicon, &note, page->word_count));
    }
    json_key(out, as_note ? "sections" : "lines");
    json_array(out);
    if (!english && as_note) put_verbatim_section(&w);
    else if (!english) put_verbatim(&w);
    else for (unsigned s = 0; s < NOTE_SECTIONS; s++) put_section(&w, (enum note_section)s);
    json_array_end(out);
    json_put_text(out, "text", w.text.n > 0 ? buf_span(&w.text) : SPAN_LITERAL(""));
    struct err e = buf_check(&w.text);
    buf_free(&w.text);
    return e;
}
