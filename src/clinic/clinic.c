#include "clinic/clinic.h"

#include "base/utf8.h"

struct err clinic_draft(struct arena *arena, enum clinic_input kind, struct span text, const struct clinic_word *words,
                        size_t word_count, const char *language, struct json *out_draft)
{
    (void)arena;
    (void)words;
    (void)language;
    if (text.n > CLINIC_MAX_TEXT || word_count > CLINIC_MAX_WORDS) return FAIL(TOO_LARGE);
    if (!utf8_valid(text)) return FAIL(INVALID_UTF8);
    json_object(out_draft);
    json_put_word(out_draft, "kind", kind == CLINIC_TRANSCRIPT ? "doctor_summary" : "patient_instructions");
    json_put_text(out_draft, "text", text);
    json_key(out_draft, "engine");
    json_object(out_draft);
    json_put_word(out_draft, "name", CLINIC_ENGINE_NAME);
    json_put_word(out_draft, "version", CLINIC_ENGINE_VERSION);
    json_object_end(out_draft);
    json_key(out_draft, "lines");
    json_array(out_draft);
    json_array_end(out_draft);
    json_object_end(out_draft);
    return buf_check(out_draft->out);
}

struct err clinic_note(struct arena *arena, struct span text, const struct clinic_word *words, size_t word_count,
                       const char *language, struct json *out_note)
{
    return clinic_draft(arena, CLINIC_TRANSCRIPT, text, words, word_count, language, out_note);
}

const char *clinic_finding_name(enum clinic_finding_kind kind)
{
    static const char *const names[] = {"medicine", "dose", "number", "laterality", "negation"};
    return names[kind];
}

struct err clinic_guard(struct arena *arena, struct span source, struct span draft, struct clinic_finding **findings,
                        size_t *count)
{
    (void)arena;
    (void)source;
    (void)draft;
    *findings = NULL;
    *count = 0;
    return OK;
}
