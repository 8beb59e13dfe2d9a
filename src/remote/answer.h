/* Reading what servers answer, and the document of words that core hands over. All of it is a stranger's: anything that is not
   exactly what was asked for is ERR_BAD_VALUE, and nothing of it is kept. The bytes are one JSON value in valid UTF-8 already. */
#ifndef MEDSCRIBE_REMOTE_ANSWER_H
#define MEDSCRIBE_REMOTE_ANSWER_H
#include "base/arena.h"
#include "remote/heard.h"

enum { ANSWER_LINES_MAX = 200, ANSWER_LINE_BYTES = 1000, ANSWER_NAME_BYTES = 128 };

/* A verbose_json answer about `duration_ms` of sound that began at `offset_ms` of the recording. Words, else segments, else the
   text alone. */
struct err answer_read_speech(struct span json, int64_t offset_ms, int64_t duration_ms, struct heard *heard);
/* A document of words (heard_put). */
struct err answer_read_words(struct span json, struct heard *heard);

struct answer_line {
    struct span text; /* one line, no control character */
    const char *section;
    size_t first, last; /* words */
};
struct answer_draft {
    struct answer_line *lines; /* in the arena */
    size_t count, left_out;    /* left_out: lines that point at words that there are not */
    char model[ANSWER_NAME_BYTES + 1], version[ANSWER_NAME_BYTES + 1];
};
struct err answer_read_draft(struct span json, size_t word_count, struct arena *arena, struct answer_draft *draft_out);
/* A list of models: *listed_out tells whether `model` is on it. */
struct err answer_read_models(struct span json, const char *model, bool *listed_out);

extern const char *const answer_sections[]; /* NULL at the end */

#endif
