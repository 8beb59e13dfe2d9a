/* Speech to words, by PocketSphinx. Reads its models when opened (from the folders given, nothing else), then needs no file.
   One recogniser serves one recording, utterance by utterance; memory does not grow with the recording's length. */
#ifndef MEDSCRIBE_MEDIA_SPEECH_H
#define MEDSCRIBE_MEDIA_SPEECH_H
#include "media/segment.h"
#include "media/words.h"

#define SPEECH_ENGINE_NAME "pocketsphinx"
#define SPEECH_ENGINE_VERSION "5prealpha"

struct speech_models {
    const char *general; /* folder with PocketSphinx's en-us model, dictionary and language model */
    const char *clinic;  /* folder with clinic.lm.bin (a mixture with the general model) and clinic.dict; NULL: without */
};

struct speech;

struct err speech_open(const struct speech_models *models, struct speech **speech_out); /* ENGINE: a model is missing or damaged */
void speech_close(struct speech **speech); /* NULL-safe; sets NULL */
const char *speech_model_name(const struct speech *speech); /* "en-us", "en-us+clinic" */
/* Appends the words of one utterance with their times in the whole recording. */
struct err speech_recognise(struct speech *speech, const struct segment *segment, struct words *words);
/* Was it clear speech, and English? Noise, music and other languages also give words. `words`: all of the recording; `heard_ms`:
   the length of all utterances. */
bool speech_was_clear(const struct speech *speech, const struct words *words, int64_t heard_ms);
/* Developers, for tools/train_confidence.py: from now on `to` gets a line for each word, tab-separated, under a head of names. */
void speech_show_evidence(struct speech *speech, struct buf *to);

#endif
