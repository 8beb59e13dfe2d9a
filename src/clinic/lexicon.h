/* The lists of names beside the built-in one: the clinic's own, and a dictionary of medical words. Both only ever lead to a
   question less or to a suggestion beside what was written; nothing is corrected by them. All bytes of them are hostile.

   The clinic's own list: names of medicines as its people write them ("Tab. Crocin 650"). A name of it is a known medicine
   like those of the built-in list. What stands for a form in front and for a strength behind is not part of the name.
   The dictionary (hunspell-en-med: anatomy, diseases, people, medicines, "the"): a word in it is spelled as a medical word
   is, no more. It never makes a word a medicine. */
#ifndef MEDSCRIBE_CLINIC_LEXICON_H
#define MEDSCRIBE_CLINIC_LEXICON_H
#include "base/arena.h"
#include "clinic/near.h"

enum {
    LEXICON_NAMES_MAX = 5000,      /* names of the clinic; what is more is not read */
    LEXICON_NAME_BYTES = 100,      /* of one of them; longer ones are not read */
    LEXICON_WORDS_MAX = 1 << 18,   /* words of the dictionary; Debian's has 90,142 */
    LEXICON_WORDS_BYTES = 8 << 20, /* of the dictionary */
    LEXICON_ARENA_BYTES = 8 << 20  /* enough for both lists at their largest */
};

struct lexicon_name {
    struct span key;   /* lower case (ASCII), one space between words; names are sorted by it */
    struct span shown; /* the same part as the clinic wrote it */
    uint32_t letters;
};
struct lexicon_word;
struct lexicon {
    struct lexicon_name *names;
    size_t name_count;
    struct span dictionary;
    struct lexicon_word *words;
    size_t word_count;
};

/* Which letters a word has. Words whose sets differ by more than 2 n are more than n steps apart (near.h): most of a list is
   passed over by this. */
uint32_t lexicon_letters(struct span word);

/* `list`: one name a line, must outlive the lexicon. Lines that are no UTF-8, are empty or too long are not read. Full only
   when the arena is. */
struct err lexicon_read_names(struct arena *arena, struct span list, struct lexicon *lexicon);
/* `dictionary`: a word list of hunspell, must outlive the lexicon. */
struct err lexicon_read_words(struct arena *arena, struct span dictionary, struct lexicon *lexicon);

/* A name in lower case with one space between words; its number in the clinic's list, -1 = not there. lexicon may be NULL. */
int lexicon_name(const struct lexicon *lexicon, struct span name);
/* A word of the dictionary, in any case. lexicon may be NULL. */
bool lexicon_has_word(const struct lexicon *lexicon, struct span word);
/* Words of the dictionary that are near to `word` (lower case) and written like brand names or accepted by `likely`, nearest
   first; how many there are. Time: one pass over the dictionary's sets of letters. */
size_t lexicon_words_like(const struct lexicon *lexicon, struct span word, unsigned limit, bool (*likely)(struct span word),
                          struct span out[static NEAR_BEST]);

#endif
