/* A direction cut into numbers, words and marks. Words are lower-case copies; letters joined by dots are one word
   ("t.i.d." is "tid"); a fraction of a whole ("1/2", "½", "1 1/2") is one number. Every token remembers its bytes. */
#ifndef MEDSCRIBE_CLINIC_SIG_TOKEN_H
#define MEDSCRIBE_CLINIC_SIG_TOKEN_H
#include "base/arena.h"

enum {
    SIG_TOKEN_LIMIT = 512,    /* tokens of one direction; the longest in the shared data has 71 */
    SIG_TEXT_LIMIT = 4096,    /* bytes of one direction */
    SIG_MICRO = 1000000,      /* numbers are counted in millionths: exact for every decimal that people prescribe */
    SIG_NUMBER_LIMIT = 10000000 /* the largest number that is read; 2.4 million units is a real dose */
};

enum sig_token_kind { SIG_TOKEN_NUMBER, SIG_TOKEN_WORD, SIG_TOKEN_MARK };

struct sig_token {
    enum sig_token_kind kind;
    bool glued;         /* no white space before it */
    bool doubtful;      /* a number whose writing is dangerous: ".5", "0,5", "1.000", more digits than are read */
    bool zero_led;      /* "05": five, or a half whose point was lost? */
    bool mixed;         /* "5 1/2": a whole and a fraction with a space between */
    uint8_t mark;       /* ASCII; every dash is '-' */
    int64_t value;      /* of a number, in millionths */
    struct span word;   /* of a word */
    size_t at, length;  /* bytes of the text */
};

/* Cuts text; false when there are more than SIG_TOKEN_LIMIT tokens or no memory. */
bool sig_token_cut(struct arena *arena, struct span text, struct sig_token **tokens, size_t *count);

#endif
