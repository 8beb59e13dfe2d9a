/* Doctor's summaries and notes of a transcript as JSON (clinic.h has the shapes). */
#ifndef MEDSCRIBE_CLINIC_SUMMARY_H
#define MEDSCRIBE_CLINIC_SUMMARY_H
#include "clinic/template.h"

/* "lines" with a section each, and "text"; as_note: also "sections". */
struct err summary_put(struct arena *arena, const struct lexicon *lexicon, const struct page *page, bool english, const struct note_template *template, bool as_note,
                       struct json *out);
/* The same of lines that another engine proposed. */
struct err summary_put_proposed(struct arena *arena, const struct lexicon *lexicon, const struct page *page, const struct note_template *template, bool as_note,
                                const struct clinic_proposal *proposal, struct json *out);

#endif
