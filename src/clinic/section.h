/* Which section of a medical note a piece of dialogue belongs to. */
#ifndef MEDSCRIBE_CLINIC_SECTION_H
#define MEDSCRIBE_CLINIC_SECTION_H
#include "base/arena.h"

/* One of MTS-Dialog's section headers ("GENHX", "ALLERGY", …); static. Of text without a known word: "GENHX". */
struct err section_of(struct arena *arena, struct span dialogue, const char **header);

#endif
