/* Shared by the files of the guard only. */
#ifndef MEDSCRIBE_CLINIC_GUARD_PRIVATE_H
#define MEDSCRIBE_CLINIC_GUARD_PRIVATE_H
#include "clinic/guard.h"
#include "clinic/guard_words.h"

/* PLACES: of one word or value in the source that are looked at; WORK: steps in all, so that no text takes long. What could not be
   looked at for want of them is not supported. */
enum { GUARD_PLACES = 256, GUARD_FINDINGS = 1000, GUARD_WORK = 40000000, GUARD_COMPANY = 6 };
/* PATHS: sentences of the source that one of the draft is compared with; TOLD and WINDOW: their words; TOUCHED: sentences that are
   looked at for these; GAP: words between two that are told. */
enum { GUARD_PATHS = 8, GUARD_TOLD = 80, GUARD_WINDOW = 128, GUARD_TOUCHED = 1024, GUARD_GAP = 12 };

/* A sentence of the draft beside words of the source, word by word. */
struct guard_path {
    size_t from, to;          /* words of the source */
    size_t begin, end;        /* of these the sentence that shares most */
    unsigned sentence;        /* its number */
    int match[GUARD_TOLD];    /* of each word of the draft's sentence: the word of the source, GUARD_NONE = none */
    int back[GUARD_WINDOW];   /* the other way round */
};
/* Where a sentence of the draft was told from; no paths: nowhere for sure. */
struct guard_told {
    size_t from, to;          /* words of the draft */
    struct guard_path paths[GUARD_PATHS];
    unsigned count;
    int denial;               /* the word at which a denial was lost or added, GUARD_NONE = none */
};

struct guard {
    const struct lexicon *lexicon;
    bool page;                     /* the source is a page: what belongs together stands in one row */
    struct guard_text source, draft;
    int *here;                     /* of each word of the draft: its id in the source, GUARD_NONE = it is not there */
    unsigned *shared, *touched;    /* guard_told.c: of each sentence of the source what it shares; those that are not 0 */
    struct guard_told told;        /* of the sentence that is looked at */
    struct clinic_finding *findings;
    size_t count, work;
    const char **units;            /* of source.numbers */
    size_t sides[GUARD_PLACES], side_count; /* words of the source that say a side */
    bool denial_told;              /* one finding says enough about a sentence */
};

#define GUARD_IN(word, list) guard_in((word), (list), sizeof(list) / sizeof *(list))
bool guard_in(struct span word, const char *const *list, size_t count);
void guard_found(struct guard *g, enum clinic_finding_kind kind, size_t from, size_t to);

/* Sets `content`: a word that says what a sentence is about. */
void guard_near_mark(struct guard_text *text);
/* Sets who speaks ("[doctor]" at the head of a line), what denies ("no, it went well" and "no i'm fine" do not) and what is denied. */
void guard_scope_mark(struct guard_text *text);
/* The content words on both sides of a word of the draft, in its sentence, as ids of the source. */
struct guard_company {
    int ids[GUARD_COMPANY];
    unsigned count;
};
void guard_company_of(const struct guard *g, size_t i, struct guard_company *out);
/* How many of them stand near a place of the source. */
unsigned guard_near(struct guard *g, const struct guard_company *company, size_t place);
/* Do enough of them? Nobody needs company where there is none. */
bool guard_supported(struct guard *g, const struct guard_company *company, size_t place);

/* guard_told.c: where the draft's sentence that begins at word i was told from, into g->told. */
void guard_tell(struct guard *g, size_t i);
/* Instead of this word of the draft the source has, between the same neighbours, another of its kind. */
bool guard_replaced(struct guard *g, size_t i, bool (*same_kind)(const struct guard_word *word));

/* Words that turn a denial round: "but", "except". */
bool guard_turns(struct span word);
/* The answer to a sentence that asks. PERHAPS: a denial that may be one of something else. */
enum guard_answer { GUARD_NO_ANSWER, GUARD_YES, GUARD_NO, GUARD_PERHAPS_NO };
enum guard_answer guard_answer(const struct guard_text *text, unsigned sentence);
/* guard_symptom.c: does the word name a symptom? Then where the source begins to say it, by each name; GUARD_NONE = it does not. */
enum { GUARD_NAMES = 4 };
bool guard_symptom(const struct guard_text *source, struct span word, int places[static GUARD_NAMES]);

void guard_compare_denials(struct guard *g);
struct err guard_number_units(struct arena *arena, struct guard *g);
void guard_check_number(struct guard *g, size_t i);
void guard_check_denial(struct guard *g, size_t i);

#endif
