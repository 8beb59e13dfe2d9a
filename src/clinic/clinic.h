/* Clinical text in, structure out. Nothing here opens a file, keeps state, logs, or knows a locale; the same input gives
   the same output, in time proportional to the input. All input is hostile: any bytes, any length.
   What is not understood stays verbatim and is marked; nothing is guessed, nothing is corrected silently. */
#ifndef MEDSCRIBE_CLINIC_CLINIC_H
#define MEDSCRIBE_CLINIC_CLINIC_H
#include "base/arena.h"
#include "base/json.h"
#include "clinic/proposal.h"
#include "clinic/lexicon.h"

#define CLINIC_ENGINE_NAME "medscribe-clinic"
#define CLINIC_ENGINE_VERSION "1"

enum {
    CLINIC_MAX_TEXT = 1 << 20,   /* bytes of one input; more is ERR_TOO_LARGE (8 h of speech are about 400 kB) */
    CLINIC_MAX_WORDS = 1 << 18,  /* words of one input; more is ERR_TOO_LARGE */
    CLINIC_ARENA_BYTES = 64 << 20 /* an arena of this size is enough for every input within the limits */
};

enum clinic_input { CLINIC_TRANSCRIPT, CLINIC_PRESCRIPTION };

/* One recognised word. Speech: times, page and line are 0. Page: `line` counts the text lines over all pages in reading order
   (a new page begins a new line), times are 0. */
struct clinic_word {
    struct span text;
    int64_t start_ms, end_ms;
    double confidence; /* 0 to 1; 1 when unknown */
    unsigned page, line;
};

/* Appends the draft of `text` to *out_draft as one JSON object:
     {"kind":"doctor_summary"|"patient_instructions","text":"…",
      "engine":{"name":"medscribe-clinic","version":"1"},
      "lines":[{"text":"…","spans":[[first,last]],"understood":true,"question":null|"…",
                prescriptions: "medicine":null|{"form","name","strength","list","suggestions":["…"]},
                               "dosage":null|[{FHIR R4 Dosage}], "text_hi":null|"…";
                summaries:     "section":"subjective"|"objective"|"assessment"|"plan"}]}
   first and last count words from 0: of `words`, or, when word_count is 0, of the runs between white space in `text`.
   "list" says which list has the name: "clinic" or "medicines"; "words" when it is only a word of the dictionary; else null.
   "suggestions" are names like one that is on neither list of medicines; they stand beside what was read, never in its place.
   A line without evidence ("not discussed") has "spans":[].
   `text` must be UTF-8 (else ERR_INVALID_UTF8). `language` is that of the input ("en", "hi", NULL = "en"); only English is
   drafted from, other languages give lines that are verbatim and not understood. `lexicon` may be
   NULL: then only the built-in list of medicines is known. Memory of the work comes from `arena`; ERR_FULL when it is too small. */
struct err clinic_draft(struct arena *arena, const struct lexicon *lexicon, enum clinic_input kind, struct span text,
                        const struct clinic_word *words, size_t word_count, const char *language, struct json *out_draft);

/* Kinds of notes. Stored elsewhere as numbers: never renumber. */
enum clinic_template { CLINIC_SOAP, CLINIC_PROGRESS, CLINIC_REFERRAL, CLINIC_AFTER_VISIT };
bool clinic_template_find(const char *word, enum clinic_template *template_out); /* "soap", "progress", "referral", "after_visit" */

/* Appends a note of a transcript to *out_note:
     {"kind":"soap","text":"…","engine":{…},
      "lines":[{"text","spans","understood","question","section":"subjective"}],
      "sections":[{"name":"subjective","title":"History of present illness","discussed":true}, …]}
   A section without evidence has discussed = false and the one line "Not discussed." without spans. */
struct err clinic_note(struct arena *arena, const struct lexicon *lexicon, enum clinic_template template, struct span text, const struct clinic_word *words,
                       size_t word_count, const char *language, struct json *out_note);

/* The same JSON object as clinic_draft of a transcript, with the proposed lines in it. A line without text, without a section of ours,
   or that points at words that there are not, is left out. */
struct err clinic_draft_proposed(struct arena *arena, const struct lexicon *lexicon, struct span text, const struct clinic_word *words, size_t word_count,
                                 const struct clinic_proposal *proposal, struct json *out_draft);
/* The same JSON object as clinic_note; lines of sections that the template has not are left out as well. */
struct err clinic_note_proposed(struct arena *arena, const struct lexicon *lexicon, enum clinic_template template, struct span text, const struct clinic_word *words,
                                size_t word_count, const struct clinic_proposal *proposal, struct json *out_note);

/* What stands in a draft (from whichever engine) and not in its source. Positions are bytes of the draft. */
enum clinic_finding_kind {
    CLINIC_FINDING_MEDICINE,   /* a medicine that the source does not name */
    CLINIC_FINDING_DOSE,       /* a number with a unit of dose that the source does not have */
    CLINIC_FINDING_NUMBER,     /* any other number */
    CLINIC_FINDING_LATERALITY, /* left, right, both of something of which the source says another side or none */
    CLINIC_FINDING_NEGATION,   /* something affirmed that the source only denies, or the other way round */
    CLINIC_FINDING_NOT_UNDERSTOOD /* a line that is marked "[not understood]" */
};
struct clinic_finding {
    enum clinic_finding_kind kind;
    size_t at, length;
};
const char *clinic_finding_name(enum clinic_finding_kind kind); /* "medicine", … */

/* *findings is in the arena, in order of position. `kind`: what the source is; what our own reading of a page's lines says ("1-0-1" is
   "1 tablet in the morning and 1 at night") counts as said there. */
struct err clinic_guard(struct arena *arena, const struct lexicon *lexicon, enum clinic_input kind, struct span source, struct span draft,
                        struct clinic_finding **findings, size_t *count);

#endif
