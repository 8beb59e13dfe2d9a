/* Drafts as JSON: what clinic_draft() and clinic_note() put together (clinic.h has the shapes). */
#ifndef MEDSCRIBE_CLINIC_DRAFT_H
#define MEDSCRIBE_CLINIC_DRAFT_H
#include "clinic/page.h"

/* `english`: the page may be read as English; else every line stays verbatim and is not understood. */
struct err draft_prescription(const struct lexicon *lexicon, const struct page *page, bool english, struct json *out);

/* Appends every reading of the page, one a row: each entry verbatim, and each direction that was read for certain as our own sentence. */
struct err draft_readings(const struct lexicon *lexicon, const struct page *page, bool english, struct buf *out);

#endif
