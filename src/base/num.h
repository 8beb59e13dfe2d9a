/* Whole numbers from text: all of it or nothing, no sign tricks, no white space. */
#ifndef MEDSCRIBE_BASE_NUM_H
#define MEDSCRIBE_BASE_NUM_H
#include "base/span.h"

bool num_u64(struct span text, uint64_t max, uint64_t *out);
bool num_i64(struct span text, int64_t min, int64_t max, int64_t *out);

#endif
