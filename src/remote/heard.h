/* What a speech server heard: words with times, made safe and put in order whatever it sent; and the document of words that
   courier, core and worker pass on (docs/architecture.md). */
#ifndef MEDSCRIBE_REMOTE_HEARD_H
#define MEDSCRIBE_REMOTE_HEARD_H
#include "base/buf.h"

enum { HEARD_WORDS_MAX = 64 * 1024, HEARD_WORD_BYTES = 256, HEARD_TEXT_MAX = 2 * 1024 * 1024, HEARD_UNKNOWN = -1 };

struct heard_word {
    size_t at, n; /* in `text` */
    int64_t start_ms, end_ms;
    int confidence; /* hundredths, HEARD_UNKNOWN when the server did not say */
    bool exact;     /* false: the times were shared out over a longer piece */
};
struct heard {
    struct buf text, words;
    int64_t last_ms; /* start of the last word */
};
struct heard_piece {
    struct span text; /* UTF-8: one word, or several with spaces between */
    int64_t start_ms, end_ms;
    int confidence;
    bool exact;
};
struct heard_engine {
    const char *name, *version, *model; /* "" when it did not say */
};

void heard_init(struct heard *heard);
void heard_free(struct heard *heard);
/* Appends. Control characters are left out; a text of several words shares its time out. ERR_FULL past the limits. */
struct err heard_add(struct heard *heard, const struct heard_piece *piece);
/* Joins on to the last word: servers that tell pieces of words. */
struct err heard_join(struct heard *heard, const struct heard_piece *piece);
size_t heard_count(const struct heard *heard);
const struct heard_word *heard_at(const struct heard *heard, size_t i);
struct span heard_text(const struct heard *heard, size_t i);
struct json;
void heard_put_engine(const struct heard_engine *engine, struct json *j); /* "engine":{…} */
struct err heard_put(const struct heard *heard, const struct heard_engine *engine, int64_t duration_ms, struct buf *out);

#endif
