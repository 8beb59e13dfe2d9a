/* Numbers as people say them. */
#ifndef MEDSCRIBE_CLINIC_NUMBER_WORD_H
#define MEDSCRIBE_CLINIC_NUMBER_WORD_H
#include "base/span.h"

/* "three", "hundred", "twice", "half", in lower case; the value in millionths. */
bool number_word(struct span word, int64_t *millionths_out);

#endif
