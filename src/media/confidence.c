#include "media/confidence.h"

#include <math.h>

enum { STRETCH_WORDS = 100 };

/* Units that bring every feature to about 1. */
static const double acoustic_unit = 10000, language_unit = 300, usual_frames = 30, usual_letters = 4, posterior_least = 0.01;

static double per_frame(double acoustic, double frames) { return -acoustic / (frames < 1 ? 1 : frames) / acoustic_unit; }

static double log_odds(double p)
{
    p = p < posterior_least ? posterior_least : p > 1 - posterior_least ? 1 - posterior_least : p;
    return log(p / (1 - p));
}

void confidence_features(const struct confidence_word *words, size_t count, size_t index, double f[CONFIDENCE_FEATURES])
{
    const struct confidence_word *w = &words[index];
    double acoustic = 0, frames = 0, odds = 0, order = 0;
    for (size_t i = 0; i < count; i++) {
        acoustic += words[i].acoustic;
        frames += words[i].frames;
        odds += log_odds(words[i].posterior) / (double)count;
        order += words[i].order / (double)count;
    }
    f[CONFIDENCE_BIAS] = 1;
    f[CONFIDENCE_POSTERIOR] = log_odds(w->posterior);
    f[CONFIDENCE_ACOUSTIC] = per_frame(w->acoustic, w->frames);
    f[CONFIDENCE_LANGUAGE] = -w->language / language_unit;
    f[CONFIDENCE_TRIGRAM] = w->order == 3;
    f[CONFIDENCE_LENGTH] = log((w->frames < 1 ? 1 : w->frames) / usual_frames);
    f[CONFIDENCE_LETTERS] = log((w->letters < 1 ? 1 : (double)w->letters) / usual_letters);
    f[CONFIDENCE_UTTERANCE_ACOUSTIC] = per_frame(acoustic, frames);
    f[CONFIDENCE_UTTERANCE_POSTERIOR] = odds;
    f[CONFIDENCE_UTTERANCE_ORDER] = order;
    f[CONFIDENCE_POSTERIOR_BEFORE] = index > 0 ? log_odds(words[index - 1].posterior) : odds;
    f[CONFIDENCE_POSTERIOR_AFTER] = index + 1 < count ? log_odds(words[index + 1].posterior) : odds;
}

double confidence_of(const double features[CONFIDENCE_FEATURES])
{
    static const double weights[CONFIDENCE_FEATURES] = {
#define WORD(name, weight) [CONFIDENCE_##name] = weight,
#define SPEECH(name, weight)
#include "media/confidence_weights.def"
#undef WORD
#undef SPEECH
    };
    double sum = 0;
    for (size_t i = 0; i < CONFIDENCE_FEATURES; i++) sum += weights[i] * features[i];
    return 1 / (1 + exp(-sum));
}

enum speech_weight {
#define WORD(name, weight)
#define SPEECH(name, weight) SPEECH_##name,
#include "media/confidence_weights.def"
#undef WORD
#undef SPEECH
    SPEECH_WEIGHTS
};
static const double speech_weights[SPEECH_WEIGHTS] = {
#define WORD(name, weight)
#define SPEECH(name, weight) [SPEECH_##name] = weight,
#include "media/confidence_weights.def"
#undef WORD
#undef SPEECH
};

static bool stretch_is_clear(const struct confidence_speech *speech) { return speech_weights[SPEECH_BIAS] + speech->evidence >= 0; }

void confidence_heard(struct confidence_speech *speech, const struct confidence_word *word, double confidence)
{
    speech->evidence += speech_weights[SPEECH_WORD] + speech_weights[SPEECH_CONFIDENCE] * confidence +
                        speech_weights[SPEECH_ACOUSTIC] * per_frame(word->acoustic, word->frames);
    if (++speech->words < STRETCH_WORDS) return;
    speech->stretches++;
    speech->clear_stretches += stretch_is_clear(speech);
    speech->words = 0;
    speech->evidence = 0;
}

bool confidence_clear(const struct confidence_speech *speech)
{
    return speech->stretches > 0 ? speech->clear_stretches > 0 : speech->words > 0 && stretch_is_clear(speech);
}
