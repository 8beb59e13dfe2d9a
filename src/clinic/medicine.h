/* Names of medicines: a list of generic names and of brands common in India and the United States. */
#ifndef MEDSCRIBE_CLINIC_MEDICINE_H
#define MEDSCRIBE_CLINIC_MEDICINE_H
#include "base/span.h"

enum { MEDICINE_SUGGESTIONS = 3 };

/* A word in lower case. */
bool medicine_is_known(struct span word);
/* The number of a known name, from 0 below MEDICINE_NAMES_MAX; -1 = not known. */
enum { MEDICINE_NAMES_MAX = 4096 };
int medicine_number(struct span word);
/* Known, or with an ending that only medicines have ("-mycin", "-sartan"). */
bool medicine_is_likely(struct span word);
/* Names near to a word that is not known, nearest first; how many there are. Never used in place of what was written. */
size_t medicine_suggest(struct span word, const char *names[static MEDICINE_SUGGESTIONS]);

#endif
