/* How near two words are: the number of letters to insert, remove, replace or swap with the neighbour. */
#ifndef MEDSCRIBE_CLINIC_NEAR_H
#define MEDSCRIBE_CLINIC_NEAR_H
#include "base/span.h"

enum { NEAR_LONGEST = 32 }; /* bytes; longer words are as far away as can be */

/* The distance, or limit + 1 when it is more than limit. */
unsigned near_distance(struct span a, struct span b, unsigned limit);
/* The nearest of many words, nearest first; of equally near ones the first that came. */
enum { NEAR_BEST = 3 };
struct near_best {
    struct span word[NEAR_BEST];
    unsigned distance[NEAR_BEST];
    size_t count;
};
void near_keep(struct near_best *best, unsigned distance, struct span word);
/* One pair of neighbours swapped, nothing else. */
bool near_transposed(struct span a, struct span b);

#endif
