#include "media/speech.h"

#include <math.h>
#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <sphinxbase/ngram_model.h>
#include <stdio.h>
#include <stdlib.h>

enum { MS_PER_FRAME = 10, PATH_BYTES = 4096, PHONES_TEXT_BYTES = 256 };

/* Speech, even when little of it is understood, fills the time with words; music and noise let out a doubtful one now and then. */
#define LEAST_WORDS_BELIEVED 0.5
#define LEAST_BELIEF 0.08
#define LEAST_SPOKEN 0.25

struct speech {
    cmd_ln_t *config;
    ps_decoder_t *decoder;
    bool clinic, started;
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

static double confidence_of(const struct speech *speech, double posterior)
{
    (void)speech;
    return posterior < 0 ? 0 : posterior > 1 ? 1 : posterior;
}

static struct err take_words(struct speech *speech, const struct segment *segment, struct words *words)
{
    bool first = segment->after_pause && words_count(words) > 0;
    struct err e = OK;
    for (ps_seg_t *at = ps_seg_iter(speech->decoder); at != NULL; at = ps_seg_next(at)) {
        struct span text = spelling(ps_seg_word(at));
        if (text.n == 0 || err_failed(e)) continue; /* to the end all the same: that frees the iterator */
        int from = 0, to = 0;
        int32 acoustic = 0, language = 0, backoff = 0;
        ps_seg_frames(at, &from, &to);
        int32 posterior = ps_seg_prob(at, &acoustic, &language, &backoff);
        int64_t start_ms = segment->start_sample * 1000 / SEGMENT_RATE;
        struct word word = {.text = text, .start_ms = start_ms + (int64_t)from * MS_PER_FRAME,
                            .end_ms = start_ms + ((int64_t)to + 1) * MS_PER_FRAME, .new_line = first,
                            .confidence = confidence_of(speech, logmath_exp(ps_get_logmath(speech->decoder), posterior))};
        first = false;
        e = words_add(words, &word);
    }
    return e;
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

bool speech_was_clear(const struct words *words, int64_t heard_ms)
{
    double believed = 0;
    int64_t spoken_ms = 0;
    size_t n = words_count(words);
    for (size_t i = 0; i < n; i++) {
        const struct word *word = words_at(words, i);
        believed += word->confidence;
        spoken_ms += word->end_ms - word->start_ms;
    }
    return believed >= LEAST_WORDS_BELIEVED && believed >= LEAST_BELIEF * (double)n && (double)spoken_ms >= LEAST_SPOKEN * (double)heard_ms;
}
