/* Shared by the files of the guard only. */
#ifndef MEDSCRIBE_CLINIC_GUARD_PRIVATE_H
#define MEDSCRIBE_CLINIC_GUARD_PRIVATE_H
#include "clinic/guard.h"
#include "clinic/guard_words.h"

/* PLACES: of one word or value in the source that are looked at; WORK: steps in all, so that no text takes long. What could not be
   looked at for want of them is not supported. */
enum { GUARD_PLACES = 256, GUARD_FINDINGS = 1000, GUARD_WORK = 40000000, GUARD_COMPANY = 6 };

struct guard {
    const struct lexicon *lexicon;
    bool page;                     /* the source is a page: what belongs together stands in one row */
    struct guard_text source, draft;
    int *here;                     /* of each word of the draft: its id in the source, GUARD_NONE = it is not there */
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
/* Sets what denies and what is denied. */
void guard_denial_mark(struct guard_text *text);
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

struct err guard_number_units(struct arena *arena, struct guard *g);
void guard_check_number(struct guard *g, size_t i);
void guard_check_denial(struct guard *g, size_t i);

#endif
