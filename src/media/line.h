/* One line of a page as a recogniser read it, letter by letter, and several readings of the same line made into one by vote.
   Depends on base only; what comes in may be anything. */
#ifndef MEDSCRIBE_MEDIA_LINE_H
#define MEDSCRIBE_MEDIA_LINE_H
#include "base/span.h"

enum {
    LINE_MAX_LETTERS = 600,
    LINE_LETTER_BYTES = 16, /* a letter with its marks, as Devanagari has them */
    LINE_MAX_READINGS = 4,
};

/* What a recogniser calls a symbol; a space between two words is one as well. */
struct line_letter {
    char text[LINE_LETTER_BYTES]; /* ends in 0 */
    int left, right;
    float confidence; /* 0 to 1 */
    bool guessed;     /* read as another letter, of which the shape means this one here */
};

struct line {
    int left, top, right, bottom;
    size_t count;
    struct line_letter letter[LINE_MAX_LETTERS];
};

bool line_add(struct line *line, const struct line_letter *letter); /* false: the line is full */
/* Mean over the letters; 0 for an empty line. */
double line_confidence(const struct line *line);
/* The least sure of its letters. */
double line_doubt(const struct line *line);
bool line_says_the_same(const struct line *a, const struct line *b);

/* Letters that are no letters where they stand, but the way in which a digit looks: the nought with a stroke or a dot of
   typewriter fonts ("5@ mg"), old-style figures ("I-O-1"). Only in words that are numbers otherwise. Marks them as guessed
   and unsure: whoever reads on must ask. */
void line_mend_digits(struct line *line);

/* The first reading as the others correct it: at each place what most weight agrees on, a letter's weight being its confidence.
   A letter of the outcome is as sure as all readings together are of it. Places and spaces are the first reading's. */
void line_vote(const struct line *const *readings, size_t count, struct line *outcome);

#endif
