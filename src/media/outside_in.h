/* What engines elsewhere gave, as courier wrote it down (docs/architecture.md, "Courier protocol"): read as a stranger's. */
#ifndef MEDSCRIBE_MEDIA_OUTSIDE_IN_H
#define MEDSCRIBE_MEDIA_OUTSIDE_IN_H
#include "clinic/proposal.h"
#include "media/words.h"

struct outside_words {
    const char *name, *version, *model; /* of the engine, in the arena */
    int64_t duration_ms;
};
/* A document of words, or the result document of a recording. ERR_BAD_VALUE: it is neither, or its times are not in order. */
struct err outside_in_words(struct arena *arena, struct span document, int64_t longest_ms, struct words *words, struct outside_words *out);
/* A proposal; all of it in the arena. */
struct err outside_in_proposal(struct arena *arena, struct span document, struct clinic_proposal *out);

#endif
