/* Reads the draft inside a result document, or a note, which is one itself: jansson's names and those of base/json.h do not go together, so it has a file of its own. */
#ifndef MEDSCRIBE_MEDIA_DRAFT_IN_H
#define MEDSCRIBE_MEDIA_DRAFT_IN_H
#include "base/arena.h"

struct draft_line {
    struct span text;
    bool open; /* not understood, or with a question */
};
struct draft_in {
    struct span text;
    struct draft_line *lines;
    size_t count;
};

/* All of it in the arena. ERR_BAD_VALUE: there is no draft in it. */
struct err draft_in_read(struct arena *arena, struct span document, struct draft_in *out);

#endif
