#include "media/speech.h"

#include "media/confidence.h"

#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <sphinxbase/ngram_model.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MS_PER_FRAME = 10,
    PATH_BYTES = 4096,
    PHONES_TEXT_BYTES = 256,
    UTTERANCE_WORDS_MAX = SEGMENT_MAX_SAMPLES / SEGMENT_RATE * 1000 / MS_PER_FRAME / 3, /* no word is shorter than three frames */
};

/* Speech fills the time with words, even when little of it is understood; music and noise let out one now and then. The word
   that may be missing: a single one stands between pauses that count as well. */
#define LEAST_SPOKEN 0.25
#define LEAST_WORDS_A_SECOND 1.0
#define ONE_WORD 1

/* A word of the utterance just heard; the decoder owns `text`. */
struct heard {
    struct span text;
    int from, to; /* frames */
};
struct utterance {
    struct heard words[UTTERANCE_WORDS_MAX];
    struct confidence_word scores[UTTERANCE_WORDS_MAX];
    size_t count;
};

struct speech {
    cmd_ln_t *config;
    ps_decoder_t *decoder;
    bool clinic, started;
    struct buf *evidence; /* developers: what each word's confidence is made of */
    struct confidence_speech so_far;
    struct utterance utterance;
};

static bool path_in(char path[static PATH_BYTES], const char *folder, const char *name)
{
    int n = snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    return n > 0 && n < PATH_BYTES;
}

static struct err configure(struct speech *speech, const struct speech_models *models)
{
    char acoustic[PATH_BYTES], dictionary[PATH_BYTES];
    if (!path_in(acoustic, models->general, "en-us") || !path_in(dictionary, models->general, "cmudict-en-us.dict"))
        return FAIL(ENGINE);
    /* Utterances are cut before they come here, so the decoder's own silence removal is off and frame n is n * 10 ms.
       More Gaussians a codebook and a lighter language weight than stock hear better; narrower histogram pruning pays for it. */
    speech->config = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", acoustic, "-dict", dictionary, "-cmn", "batch", "-remove_silence", "no",
                                 "-topn", "8", "-lw", "5.8", "-fwdflatlw", "8", "-bestpathlw", "9", "-maxhmmpf", "10000", "-maxwpf", "20",
                                 "-logfn", "/dev/null", NULL);
    if (speech->config == NULL) return FAIL(ENGINE);
    speech->decoder = ps_init(speech->config);
    return speech->decoder == NULL ? FAIL(ENGINE) : OK;
}

static struct err add_pronunciations(struct speech *speech, const char *folder)
{
    char path[PATH_BYTES], line[PHONES_TEXT_BYTES];
    FILE *file = path_in(path, folder, "clinic.dict") ? fopen(path, "re") : NULL;
    if (file == NULL) return FAIL(ENGINE);
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = 0;
        char *space = strchr(line, ' ');
        if (space == NULL || line[0] == '#') continue;
        *space = 0;
        ps_add_word(speech->decoder, line, space + 1, FALSE); /* a word that the dictionary has already is refused: fine */
    }
    fclose(file);
    return OK;
}

/* Words, their sounds and what follows what: the clinic's mixture when there is one, else the general model. */
static struct err add_language(struct speech *speech, const struct speech_models *models)
{
    char path[PATH_BYTES];
    const char *folder = models->clinic != NULL ? models->clinic : models->general;
    if (!path_in(path, folder, models->clinic != NULL ? "clinic.lm.bin" : "en-us.lm.bin")) return FAIL(ENGINE);
    if (models->clinic != NULL) TRY(add_pronunciations(speech, models->clinic));
    ngram_model_t *model = ngram_model_read(speech->config, path, NGRAM_AUTO, ps_get_logmath(speech->decoder));
    if (model == NULL) return FAIL(ENGINE);
    bool set = ps_set_lm(speech->decoder, "speech", model) == 0 && ps_set_search(speech->decoder, "speech") == 0;
    ngram_model_free(model); /* the decoder holds its own reference */
    speech->clinic = models->clinic != NULL;
    return set ? OK : FAIL(ENGINE);
}

struct err speech_open(const struct speech_models *models, struct speech **speech_out)
{
    *speech_out = NULL;
    err_set_logfp(NULL);
    struct speech *speech = calloc(1, sizeof *speech);
    if (speech == NULL) return FAIL(OUT_OF_MEMORY);
    struct err e = configure(speech, models);
    if (!err_failed(e)) e = add_language(speech, models);
    if (err_failed(e)) {
        speech_close(&speech);
        return e;
    }
    *speech_out = speech;
    return OK;
}

void speech_close(struct speech **speech_in)
{
    struct speech *speech = *speech_in;
    *speech_in = NULL;
    if (speech == NULL) return;
    if (speech->decoder != NULL) ps_free(speech->decoder);
    if (speech->config != NULL) cmd_ln_free_r(speech->config);
    free(speech);
}

const char *speech_model_name(const struct speech *speech) { return speech->clinic ? "en-us+clinic" : "en-us"; }

/* "read(2)" is the second pronunciation of "read"; <sil>, [NOISE] and their like are no words. */
static struct span spelling(const char *entry)
{
    if (entry == NULL || entry[0] == '<' || entry[0] == '[' || entry[0] == '+') return SPAN_NONE;
    return span_of(entry, strcspn(entry, "("));
}

static void take_utterance(struct speech *speech, struct utterance *utterance)
{
    logmath_t *logarithms = ps_get_logmath(speech->decoder);
    utterance->count = 0;
    for (ps_seg_t *at = ps_seg_iter(speech->decoder); at != NULL; at = ps_seg_next(at)) { /* to the end: that frees the iterator */
        struct span text = spelling(ps_seg_word(at));
        if (text.n == 0 || utterance->count == UTTERANCE_WORDS_MAX) continue;
        struct heard *word = &utterance->words[utterance->count];
        int32 acoustic = 0, language = 0, order = 0;
        word->text = text;
        ps_seg_frames(at, &word->from, &word->to);
        double posterior = logmath_exp(logarithms, ps_seg_prob(at, &acoustic, &language, &order));
        utterance->scores[utterance->count++] = (struct confidence_word){.letters = text.n, .frames = word->to - word->from + 1,
            .acoustic = acoustic, .language = language, .order = order, .posterior = posterior};
    }
}

static void show_evidence(struct buf *to, const struct heard *word, const double features[CONFIDENCE_FEATURES], double confidence)
{
    char number[32];
    buf_put_span(to, word->text);
    for (size_t i = 0; i <= CONFIDENCE_FEATURES; i++) {
        snprintf(number, sizeof number, "\t%.4f", i == 0 ? confidence : features[i - 1]);
        buf_put_text(to, number);
    }
    buf_put_byte(to, '\n');
}

static struct err take_words(struct speech *speech, const struct segment *segment, struct words *words)
{
    struct utterance *utterance = &speech->utterance;
    int64_t start_ms = segment->start_sample * 1000 / SEGMENT_RATE;
    take_utterance(speech, utterance);
    for (size_t i = 0; i < utterance->count; i++) {
        double features[CONFIDENCE_FEATURES];
        const struct heard *heard = &utterance->words[i];
        confidence_features(utterance->scores, utterance->count, i, features);
        struct word word = {.text = heard->text, .start_ms = start_ms + (int64_t)heard->from * MS_PER_FRAME,
                            .end_ms = start_ms + ((int64_t)heard->to + 1) * MS_PER_FRAME,
                            .new_line = i == 0 && segment->after_pause && words_count(words) > 0, .confidence = confidence_of(features)};
        confidence_heard(&speech->so_far, &utterance->scores[i], word.confidence);
        if (speech->evidence != NULL) show_evidence(speech->evidence, heard, features, word.confidence);
        TRY(words_add(words, &word));
    }
    return OK;
}

struct err speech_recognise(struct speech *speech, const struct segment *segment, struct words *words)
{
    /* The decoder's estimate of the room's noise lives on from utterance to utterance. */
    if (!speech->started && ps_start_stream(speech->decoder) < 0) return FAIL(ENGINE);
    speech->started = true;
    if (ps_start_utt(speech->decoder) < 0) return FAIL(ENGINE);
    int frames = ps_process_raw(speech->decoder, segment->samples, segment->count, FALSE, TRUE);
    if (ps_end_utt(speech->decoder) < 0 || frames < 0) return FAIL(ENGINE);
    int32 score = 0;
    if (ps_get_hyp(speech->decoder, &score) == NULL) return OK;
    return take_words(speech, segment, words);
}

bool speech_was_clear(const struct speech *speech, const struct words *words, int64_t heard_ms)
{
    int64_t spoken_ms = 0;
    size_t n = words_count(words);
    for (size_t i = 0; i < n; i++) spoken_ms += words_at(words, i)->end_ms - words_at(words, i)->start_ms;
    bool filled = (double)spoken_ms >= LEAST_SPOKEN * (double)heard_ms && (double)n > LEAST_WORDS_A_SECOND * (double)heard_ms / 1000 - ONE_WORD;
    return filled && confidence_clear(&speech->so_far);
}

void speech_show_evidence(struct speech *speech, struct buf *to)
{
    speech->evidence = to;
    buf_put_text(to, "word\tconfidence");
#define WORD(name, weight) buf_put_text(to, "\t" #name);
#define SPEECH(name, weight)
#include "media/confidence_weights.def"
#undef WORD
#undef SPEECH
    buf_put_byte(to, '\n');
}
