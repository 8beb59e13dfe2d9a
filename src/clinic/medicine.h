/* Names of medicines: a list of generic names and of brands common in India and the United States, and the clinic's own list.
   The lexicon may be NULL: then there is only the first. */
#ifndef MEDSCRIBE_CLINIC_MEDICINE_H
#define MEDSCRIBE_CLINIC_MEDICINE_H
#include "clinic/lexicon.h"
#include "clinic/near.h"

enum { MEDICINE_SUGGESTIONS = NEAR_BEST };

/* A name in lower case with one space between words. */
bool medicine_is_known(const struct lexicon *lexicon, struct span name);
/* The number of a known name, from 0 below MEDICINE_NAMES_MAX; -1 = not known. */
enum { MEDICINE_NAMES_MAX = 8192 };
int medicine_number(const struct lexicon *lexicon, struct span name);
/* A copy in lower case (ASCII); SPAN_NONE when the arena is full. */
struct span medicine_lower(struct arena *arena, struct span name);
/* Known, or with an ending that only medicines have ("-mycin", "-sartan"). */
bool medicine_is_likely(const struct lexicon *lexicon, struct span word);
/* Names of medicines near to one that is not known (lower case), nearest first, the clinic's before others; how many there
   are. Never used in place of what was written. */
size_t medicine_suggest(const struct lexicon *lexicon, struct span name, struct span out[static MEDICINE_SUGGESTIONS]);
/* The same out of the dictionary: words that may be medicines. */
size_t medicine_suggest_words(const struct lexicon *lexicon, struct span word, struct span out[static MEDICINE_SUGGESTIONS]);

#endif
