/* The words that a recogniser found, in order, with where they were found. */
#ifndef MEDSCRIBE_MEDIA_WORDS_H
#define MEDSCRIBE_MEDIA_WORDS_H
#include "base/arena.h"
#include "base/buf.h"

enum { WORDS_MAX = 1 << 18, WORDS_TEXT_MAX_BYTES = 4096 };

struct word {
    struct span text;          /* UTF-8, in the list's arena */
    int64_t start_ms, end_ms;  /* speech */
    double confidence;         /* 0 to 1 */
    unsigned page, line;       /* page: line counts over all pages */
    int x, y, width, height;   /* page: pixels of the upright page */
    bool new_line;             /* a pause or a line break stands before it */
};

struct words {
    struct arena *arena;
    struct buf list; /* of struct word */
};

void words_init(struct words *words, struct arena *arena);
void words_free(struct words *words); /* the texts are the arena's */
/* Copies `word` and its text. Invalid UTF-8 and control characters in the text become U+FFFD. ERR_FULL past WORDS_MAX. */
struct err words_add(struct words *words, const struct word *word);
size_t words_count(const struct words *words);
const struct word *words_at(const struct words *words, size_t index);
struct word *words_edit(struct words *words, size_t index);
/* All of them, a space or a line break between. */
void words_put_text(const struct words *words, struct buf *out);

#endif
