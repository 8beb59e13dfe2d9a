/* Doctor's summary and SOAP note of a transcript as JSON (clinic.h has the shapes). */
#ifndef MEDSCRIBE_CLINIC_SUMMARY_H
#define MEDSCRIBE_CLINIC_SUMMARY_H
#include "clinic/page.h"

/* as_note: "sections" with lines; else "lines" with a section each. Both with "text". */
struct err summary_put(struct arena *arena, const struct lexicon *lexicon, const struct page *page, bool english, bool as_note, struct json *out);

#endif
