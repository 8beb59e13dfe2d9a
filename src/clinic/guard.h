/* What a draft says and its source does not (clinic.h: clinic_guard). */
#ifndef MEDSCRIBE_CLINIC_GUARD_H
#define MEDSCRIBE_CLINIC_GUARD_H
#include "clinic/clinic.h"

struct err guard_find(struct arena *arena, const struct lexicon *lexicon, enum clinic_input kind, struct span source, struct span draft, struct clinic_finding **findings, size_t *count);

#endif
