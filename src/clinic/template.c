#include "clinic/template.h"

#include "clinic/person.h"

enum { LINE_MAX_BYTES = 4096 };

static bool has_word(const struct note_line *line, const char *const *words, size_t count)
{
    for (size_t i = line->from; i < line->to; i++)
        for (size_t k = 0; k < count; k++)
            if (talk_is(&line->sentence->words[i], words[k])) return true;
    return false;
}
#define HAS(line, list) has_word((line), (list), sizeof(list) / sizeof *(list))

/* --- soap, progress --- */

static int by_section(const struct note_line *line) { return (int)line->section; }

/* "i think you have …": the doctor's judgement, wherever the model of sections would put it. */
static bool is_judgement(const struct note_line *line)
{
    static const char *const words[] = {"think", "believe", "suspect", "diagnosis", "diagnosed", "consistent", "likely"};
    return line->sentence != NULL && line->teller == TALK_DOCTOR && line->section != NOTE_PLAN && HAS(line, words);
}

/* --- referral: a letter to a colleague --- */

enum { LETTER_REASON, LETTER_HISTORY, LETTER_FINDINGS, LETTER_MEDICINES, LETTER_REQUEST };

static bool ends_in_ologist(struct span word) { return word.n > 7 && memcmp(word.p + word.n - 7, "ologist", 7) == 0; }

static bool asks_a_colleague(const struct note_line *line)
{
    static const char *const words[] = {"refer", "referral", "referring", "referred", "specialist", "consult", "consultation", "opinion", "surgeon", "evaluation"};
    for (size_t i = line->from; line->sentence != NULL && i < line->to; i++)
        if (ends_in_ologist(line->sentence->words[i].text)) return true;
    return line->sentence != NULL && HAS(line, words);
}

static int in_letter(const struct note_line *line)
{
    if (line->section == NOTE_PLAN && asks_a_colleague(line)) return LETTER_REQUEST;
    if (is_judgement(line)) return LETTER_REASON;
    if (line->medicine) return LETTER_MEDICINES;
    static const int places[NOTE_SECTIONS] = {
        [NOTE_SUBJECTIVE] = LETTER_HISTORY, [NOTE_OBJECTIVE] = LETTER_FINDINGS, [NOTE_ASSESSMENT] = LETTER_REASON, [NOTE_PLAN] = LETTER_REQUEST};
    return places[line->section];
}

/* --- after the visit: for the patient --- */

enum { LEAFLET_FOUND, LEAFLET_MEDICINES, LEAFLET_TO_DO, LEAFLET_RETURN };

/* Only what was said to the patient. Who spoke is a guess where nobody is named; what has the speaker's own "I" and no "you"
   may be the patient's. */
static bool said_to_patient(const struct note_line *line)
{
    static const char *const own[] = {"i", "i'm", "i've", "i'd", "i'll", "my", "me", "mine", "myself"};
    if (line->sentence == NULL) return false;
    return line->teller == TALK_DOCTOR || !HAS(line, own);
}

static bool tells_to_return(const struct note_line *line)
{
    static const struct { const char *first, *second; } pairs[] = {
        {"come", "back"}, {"come", "in"}, {"follow", "up"}, {"call", "me"}, {"call", "us"}, {"call", "the"}, {"let", "me"}, {"let", "us"}, {"check", "back"}};
    static const char *const words[] = {"return", "follow-up", "followup", "appointment", "emergency"};
    const struct talk_word *w = line->sentence->words;
    for (size_t i = line->from; i + 1 < line->to; i++)
        for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++)
            if (talk_is(&w[i], pairs[k].first) && talk_is(&w[i + 1], pairs[k].second)) return true;
    return HAS(line, words);
}

static int in_leaflet(const struct note_line *line)
{
    if (!said_to_patient(line) || line->sentence->question) return TEMPLATE_NOWHERE;
    if (line->medicine) return LEAFLET_MEDICINES;
    if (line->section == NOTE_SUBJECTIVE && !is_judgement(line)) return TEMPLATE_NOWHERE;
    if (line->section != NOTE_PLAN) return LEAFLET_FOUND;
    return tells_to_return(line) ? LEAFLET_RETURN : LEAFLET_TO_DO;
}

/* --- the table --- */

static const struct note_template templates[] = {
    [CLINIC_SOAP] = {.word = "soap", .budget = {18, 100}, .place = by_section, .section_count = 4, .sections = {
        [NOTE_SUBJECTIVE] = {"subjective", "History of present illness"}, [NOTE_OBJECTIVE] = {"objective", "Physical exam and results"},
        [NOTE_ASSESSMENT] = {"assessment", "Assessment"}, [NOTE_PLAN] = {"plan", "Plan"}}},
    [CLINIC_PROGRESS] = {.word = "progress", .budget = {9, 60}, .place = by_section, .section_count = 4, .sections = {
        [NOTE_SUBJECTIVE] = {"interval", "Since the last visit"}, [NOTE_OBJECTIVE] = {"findings", "Findings today"},
        [NOTE_ASSESSMENT] = {"assessment", "Assessment"}, [NOTE_PLAN] = {"plan", "Plan"}}},
    [CLINIC_REFERRAL] = {.word = "referral", .budget = {14, 100}, .place = in_letter, .section_count = 5, .sections = {
        [LETTER_REASON] = {"reason", "Reason for referral"}, [LETTER_HISTORY] = {"history", "History"}, [LETTER_FINDINGS] = {"findings", "Findings"},
        [LETTER_MEDICINES] = {"medicines", "Medicines"}, [LETTER_REQUEST] = {"request", "Request and plan"}}},
    [CLINIC_AFTER_VISIT] = {.word = "after_visit", .to_patient = true, .budget = {12, 100}, .place = in_leaflet, .section_count = 4, .sections = {
        [LEAFLET_FOUND] = {"found", "What was found"}, [LEAFLET_MEDICINES] = {"medicines", "Your medicines"},
        [LEAFLET_TO_DO] = {"to_do", "What to do"}, [LEAFLET_RETURN] = {"return", "When to come back"}}},
};

const struct note_template *template_of(enum clinic_template template) { return &templates[template]; }

bool template_is_heading(struct span row)
{
    for (unsigned i = 0; i < sizeof templates / sizeof *templates; i++)
        for (size_t k = 0; k < templates[i].section_count; k++)
            if (span_is(row, templates[i].sections[k].title)) return true;
    return span_is(row, "Not discussed.");
}

bool clinic_template_find(const char *word, enum clinic_template *template_out)
{
    for (unsigned i = 0; i < sizeof templates / sizeof *templates; i++) {
        *template_out = (enum clinic_template)i;
        if (strcmp(templates[i].word, word) == 0) return true;
    }
    return false;
}

struct err template_place(struct arena *arena, const struct note_template *template, struct note *note)
{
    struct buf text = BUF_WITH_MAX(LINE_MAX_BYTES);
    for (size_t i = 0; i < note->count && !arena->failed; i++) {
        struct note_line *line = &note->lines[i];
        line->place = template->place(line);
        if (!template->to_patient || line->place == TEMPLATE_NOWHERE) continue;
        buf_reset(&text);
        person_put(&text, line->sentence, line->from, line->to, line->teller, PERSON_ADDRESSED, true);
        if (text.failed || text.n == 0) line->place = TEMPLATE_NOWHERE;
        else line->text = arena_copy(arena, buf_span(&text));
    }
    buf_free(&text);
    return arena->failed ? FAIL(FULL) : OK;
}
