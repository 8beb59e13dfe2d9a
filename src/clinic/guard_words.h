/* Words of a text for the guard: their bytes, their numbers, and where else the same word stands. */
#ifndef MEDSCRIBE_CLINIC_GUARD_WORDS_H
#define MEDSCRIBE_CLINIC_GUARD_WORDS_H
#include "base/arena.h"

enum { GUARD_NONE = -1 };

struct guard_word {
    struct span text;      /* lower case; "q.d." is "qd" */
    size_t at, length;     /* bytes of the input */
    int64_t value;         /* of a number, millionths */
    unsigned row;          /* lines before it */
    unsigned sentence;     /* sentences before it */
    bool number : 1;
    bool comma : 1, colon : 1; /* stands behind it */
    bool ends : 1, asks : 1;   /* a sentence (or a clause at a ';') ends behind it, with a question mark */
    /* Said once for each word, because the guard asks for them at every place that it compares. */
    bool content : 1;      /* guard_near.c: says what a sentence is about */
    bool medicine : 1, side : 1; /* guard.c */
    bool speaker : 1;      /* guard_scope.c: says only who speaks */
    bool denial : 1, denies : 1;             /* a word that denies; and it is no mere answer */
    bool denied_next : 1, denied_in_list : 1; /* right before it, somewhere before it in its sentence */
    bool denied_before : 1, denied_behind : 1;
    int id;                /* the first word with the same text */
    int next_same;         /* the next word with the same text, GUARD_NONE = none */
};
/* Words [from, to). A line's end is a sentence's end. */
struct guard_sentence {
    size_t from, to;
};
struct guard_text {
    struct guard_word *words;
    size_t count;
    int *heads;            /* hash table of first occurrences */
    size_t table;          /* its size, a power of two */
    const struct guard_word **numbers; /* sorted by value, then by place */
    size_t number_count;
    struct guard_sentence *sentences;
    size_t sentence_count;
    size_t stops;          /* full stops and their like */
    bool punctuated;       /* there are full stops, as people write them */
    bool questions;        /* there are question marks */
    bool turns;            /* it has lines: who speaks changes at a line's end only */
};

struct err guard_words_read(struct arena *arena, struct span text, struct guard_text *out);
/* The first place of a word, GUARD_NONE = nowhere. */
int guard_words_find(const struct guard_text *text, struct span word);
/* Where the numbers of this value begin in text->numbers (they may be none). */
size_t guard_words_number(const struct guard_text *text, int64_t value);

#endif
