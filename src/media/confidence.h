/* How sure the recogniser may be of a word, as a probability that it was said, and whether what it heard was speech in its
   language at all. Weights: confidence_weights.def. */
#ifndef MEDSCRIBE_MEDIA_CONFIDENCE_H
#define MEDSCRIBE_MEDIA_CONFIDENCE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the recogniser says of a word. */
struct confidence_word {
    size_t letters;
    int frames;       /* of 10 ms */
    double acoustic;  /* its score against the best imaginable, 0 or less */
    double language;  /* score of the language model, 0 or less */
    int order;        /* words of the n-gram that it was found in: 3, 2, 1 */
    double posterior; /* against the other words that might have been said, 0 to 1 */
};

enum confidence_feature {
#define WORD(name, weight) CONFIDENCE_##name,
#define SPEECH(name, weight)
#include "media/confidence_weights.def"
#undef WORD
#undef SPEECH
    CONFIDENCE_FEATURES
};

/* Of word `index` among the `count` words of its utterance. */
void confidence_features(const struct confidence_word *words, size_t count, size_t index, double features_out[CONFIDENCE_FEATURES]);
double confidence_of(const double features[CONFIDENCE_FEATURES]); /* 0 to 1 */

/* What a recording has shown so far, in constant memory: stretches of words, each for or against clear speech. All zero at first. */
struct confidence_speech {
    size_t words; /* of the stretch under way */
    double evidence;
    size_t stretches, clear_stretches;
};
void confidence_heard(struct confidence_speech *speech, const struct confidence_word *word, double confidence);
/* One stretch that was clear is enough: the words of the others are unsure, and look so. */
bool confidence_clear(const struct confidence_speech *speech);

#endif
