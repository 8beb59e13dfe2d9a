/* The guard over a draft, and its findings as they go to core: u8 kind | u32 at | u32 length, little-endian, in order of place
   (WORKER_FINDINGS; the kinds are enum clinic_finding_kind). */
#ifndef MEDSCRIBE_MEDIA_GUARDING_H
#define MEDSCRIBE_MEDIA_GUARDING_H
#include "base/buf.h"
#include "clinic/clinic.h"

enum { GUARDING_UNCHECKED = CLINIC_FINDING_NOT_UNDERSTOOD + 1 }; /* kind of the one finding where the guard could not run */

/* A text that a person wrote or edited. */
struct err guarding_text(const struct lexicon *lexicon, enum clinic_input kind, struct span source, struct span draft, struct buf *out);
/* The draft inside a result document ("draft":{"text","lines"}); also its lines that were not understood or have a question. */
struct err guarding_document(const struct lexicon *lexicon, enum clinic_input kind, struct span source, struct span document, struct buf *out);
/* Instead of findings that could not be had: blocks as well. */
void guarding_unchecked(struct buf *out);

#endif
