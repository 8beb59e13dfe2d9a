#include "clinic/clinic.h"

#include "base/utf8.h"
#include "clinic/draft.h"
#include "clinic/guard.h"
#include "clinic/summary.h"
#include "clinic/template.h"

static struct err check_input(struct span text, const struct clinic_word *words, size_t word_count)
{
    if (text.n > CLINIC_MAX_TEXT || word_count > CLINIC_MAX_WORDS) return FAIL(TOO_LARGE);
    if (!utf8_valid(text)) return FAIL(INVALID_UTF8);
    size_t bytes = 0;
    for (size_t i = 0; i < word_count; i++) {
        bytes += words[i].text.n + 1;
        if (bytes > CLINIC_MAX_TEXT + CLINIC_MAX_WORDS) return FAIL(TOO_LARGE);
        if (!utf8_valid(words[i].text)) return FAIL(INVALID_UTF8);
    }
    return OK;
}

static void put_engine(struct json *j, const char *kind)
{
    json_put_word(j, "kind", kind);
    json_key(j, "engine");
    json_object(j);
    json_put_word(j, "name", CLINIC_ENGINE_NAME);
    json_put_word(j, "version", CLINIC_ENGINE_VERSION);
    json_object_end(j);
}

static bool is_english(const char *language)
{
    return language == NULL || language[0] == '\0' || strncmp(language, "en", 2) == 0;
}

struct err clinic_draft(struct arena *arena, const struct lexicon *lexicon, enum clinic_input kind, struct span text,
                        const struct clinic_word *words, size_t word_count, const char *language, struct json *out_draft)
{
    struct page page;
    TRY(check_input(text, words, word_count));
    TRY(page_read(arena, text, words, word_count, &page));
    json_object(out_draft);
    put_engine(out_draft, kind == CLINIC_TRANSCRIPT ? "doctor_summary" : "patient_instructions");
    if (kind == CLINIC_TRANSCRIPT) TRY(summary_put(arena, lexicon, &page, is_english(language), template_of(CLINIC_SOAP), false, out_draft));
    else TRY(draft_prescription(lexicon, &page, is_english(language), out_draft));
    json_object_end(out_draft);
    return buf_check(out_draft->out);
}

static struct err put_proposed(struct arena *arena, const struct lexicon *lexicon, const struct note_template *template, bool as_note, const struct page *page,
                               const struct clinic_proposal *proposal, struct json *out)
{
    json_object(out);
    json_put_word(out, "kind", as_note ? template->word : "doctor_summary");
    json_key(out, "engine");
    json_object(out);
    json_put_text(out, "name", proposal->name);
    json_put_text(out, "version", proposal->version);
    json_put_text(out, "model", proposal->model);
    json_object_end(out);
    TRY(summary_put_proposed(arena, lexicon, page, template, as_note, proposal, out));
    json_object_end(out);
    return buf_check(out->out);
}

struct err clinic_draft_proposed(struct arena *arena, const struct lexicon *lexicon, struct span text, const struct clinic_word *words, size_t word_count,
                                 const struct clinic_proposal *proposal, struct json *out_draft)
{
    struct page page;
    TRY(check_input(text, words, word_count));
    TRY(page_read(arena, text, words, word_count, &page));
    return put_proposed(arena, lexicon, template_of(CLINIC_SOAP), false, &page, proposal, out_draft);
}

struct err clinic_note_proposed(struct arena *arena, const struct lexicon *lexicon, enum clinic_template template, struct span text, const struct clinic_word *words,
                                size_t word_count, const struct clinic_proposal *proposal, struct json *out_note)
{
    struct page page;
    TRY(check_input(text, words, word_count));
    TRY(page_read(arena, text, words, word_count, &page));
    return put_proposed(arena, lexicon, template_of(template), true, &page, proposal, out_note);
}

struct err clinic_note(struct arena *arena, const struct lexicon *lexicon, enum clinic_template template, struct span text, const struct clinic_word *words,
                       size_t word_count, const char *language, struct json *out_note)
{
    struct page page;
    TRY(check_input(text, words, word_count));
    TRY(page_read(arena, text, words, word_count, &page));
    json_object(out_note);
    put_engine(out_note, template_of(template)->word);
    TRY(summary_put(arena, lexicon, &page, is_english(language), template_of(template), true, out_note));
    json_object_end(out_note);
    return buf_check(out_note->out);
}

const char *clinic_finding_name(enum clinic_finding_kind kind)
{
    static const char *const names[] = {"medicine", "dose", "number", "laterality", "negation", "not_understood"};
    return names[kind];
}

struct err clinic_guard(struct arena *arena, const struct lexicon *lexicon, enum clinic_input kind, struct span source, struct span draft,
                        struct clinic_finding **findings, size_t *count)
{
    *findings = NULL;
    *count = 0;
    if (source.n > CLINIC_MAX_TEXT || draft.n > CLINIC_MAX_TEXT) return FAIL(TOO_LARGE);
    if (!utf8_valid(source) || !utf8_valid(draft)) return FAIL(INVALID_UTF8);
    return guard_find(arena, lexicon, kind, source, draft, findings, count);
}
