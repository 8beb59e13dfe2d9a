/* The vocabulary of directions: which words and phrases mean what. */
#ifndef MEDSCRIBE_CLINIC_SIG_WORDS_H
#define MEDSCRIBE_CLINIC_SIG_WORDS_H
#include "clinic/sig.h"
#include "clinic/sig_token.h"

enum sig_term_kind {
    SIG_TERM_UNKNOWN, SIG_TERM_NUMBER, SIG_TERM_MARK,
    SIG_TERM_NOISE,                          /* says nothing here: "the", "please" */
    SIG_TERM_METHOD, SIG_TERM_UNIT, SIG_TERM_ROUTE, SIG_TERM_SITE, SIG_TERM_SIDE,
    SIG_TERM_WHEN,                           /* value: enum sig_when */
    SIG_TERM_RELATION,                       /* value: SIG_WHEN_C, _AC or _PC */
    SIG_TERM_MEAL,                           /* value: 0 any, 1 breakfast, 2 lunch, 3 dinner */
    SIG_TERM_A_DAY,                          /* "bd": value times a day */
    SIG_TERM_A_WEEK,                         /* "tiw" */
    SIG_TERM_HOURLY_MEALS,                   /* "wm", "bld" */
    SIG_TERM_OD, SIG_TERM_EYE,               /* "os", "ou": value enum sig_side */
    SIG_TERM_EAR,                            /* "au": value enum sig_side */
    SIG_TERM_AD,                             /* alternate days or right ear */
    SIG_TERM_ALTERNATE,                      /* "alternate days": value is the enum sig_time */
    SIG_TERM_TIME,                           /* "day": value enum sig_time */
    SIG_TERM_EACH_TIME,                      /* "daily": value enum sig_time */
    SIG_TERM_FORTNIGHT,
    SIG_TERM_EVERY, SIG_TERM_OTHER, SIG_TERM_TIMES, SIG_TERM_TIMES_A, /* "twice": value */
    SIG_TERM_ORDINAL, SIG_TERM_NEEDED, SIG_TERM_IF, SIG_TERM_FOR, SIG_TERM_X, SIG_TERM_UP_TO, SIG_TERM_MAXIMUM, SIG_TERM_THEN, SIG_TERM_AND,
    SIG_TERM_OR, SIG_TERM_TO, SIG_TERM_IN, SIG_TERM_ON, SIG_TERM_AT, SIG_TERM_OF, SIG_TERM_A, SIG_TERM_PER, SIG_TERM_OVER, SIG_TERM_WEEKDAY,
    SIG_TERM_AT_ONCE, SIG_TERM_DIRECTED, SIG_TERM_HALF_DAY, /* "am", "pm" */
    SIG_TERM_NOTE,                           /* begins a further instruction that is kept verbatim */
    SIG_TERM_MEDICINE, SIG_TERM_MILLION
};

struct sig_term {
    enum sig_term_kind kind;
    int value;
    bool respelled;      /* read with a spelling mistake */
    const char *spelled; /* then: the word it was taken for */
    const struct sig_token *token;
    unsigned tokens;     /* how many tokens it covers */
};

/* Turns tokens into terms (never more of them). */
struct err sig_words_terms(struct arena *arena, const struct lexicon *lexicon, const struct sig_token *tokens, size_t count, struct sig_term **terms, size_t *term_count);

#endif
