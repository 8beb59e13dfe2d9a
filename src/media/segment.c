#include "media/segment.h"

#include <sphinxbase/cmd_ln.h>
#include <sphinxbase/fe.h>
#include <stdlib.h>

enum {
    BEFORE_SAMPLES = SEGMENT_RATE * 3 / 10, /* kept from before the detector fired: it needs a moment, plosives are short */
    LONGEST_CUT_BACK = SEGMENT_RATE * 8,    /* how far back a cut may look for a quiet place */
    QUIET_WINDOW = SEGMENT_RATE / 10,
    SHORTEST_SAMPLES = SEGMENT_RATE / 5,
    FRAMES_AT_ONCE = 256,
    CEPSTRA_MAX = 64,
};

struct segmenter {
    cmd_ln_t *config;
    fe_t *detector;
    mfcc_t cepstra[FRAMES_AT_ONCE][CEPSTRA_MAX];
    int16_t buffer[SEGMENT_MAX_SAMPLES + SEGMENT_PIECE_SAMPLES];
    size_t count;
    size_t handed; /* samples at the front of the buffer that the caller has; they go at the next call */
    int64_t buffer_start; /* of the whole recording */
    bool in_speech, after_pause;
};

struct err segmenter_new(struct segmenter **segmenter_out)
{
    *segmenter_out = NULL;
    struct segmenter *s = calloc(1, sizeof *s);
    if (s == NULL) return FAIL(OUT_OF_MEMORY);
    s->after_pause = true;
    s->config = cmd_ln_init(NULL, fe_get_args(), TRUE, "-samprate", "16000", "-nfilt", "25", "-lowerf", "130", "-upperf", "6800",
                            "-transform", "dct", "-lifter", "22", "-remove_silence", "yes", "-vad_postspeech", "90", NULL);
    s->detector = s->config == NULL ? NULL : fe_init_auto_r(s->config);
    if (s->detector == NULL || fe_get_output_size(s->detector) > CEPSTRA_MAX) {
        segmenter_free(&s);
        return FAIL(ENGINE);
    }
    fe_start_stream(s->detector);
    fe_start_utt(s->detector);
    *segmenter_out = s;
    return OK;
}

void segmenter_free(struct segmenter **segmenter)
{
    struct segmenter *s = *segmenter;
    *segmenter = NULL;
    if (s == NULL) return;
    if (s->detector != NULL) fe_free(s->detector);
    if (s->config != NULL) cmd_ln_free_r(s->config);
    explicit_bzero(s->buffer, sizeof s->buffer);
    free(s);
}

static bool hear_voice(struct segmenter *s, const int16_t *samples, size_t count)
{
    mfcc_t *rows[FRAMES_AT_ONCE];
    for (size_t i = 0; i < FRAMES_AT_ONCE; i++) rows[i] = s->cepstra[i];
    const int16_t *at = samples;
    size_t left = count;
    while (left > 0) {
        int32 frames = FRAMES_AT_ONCE, skipped = 0;
        size_t before = left;
        if (fe_process_frames(s->detector, &at, &left, rows, &frames, &skipped) < 0 || left == before) break;
    }
    return fe_get_vad_state(s->detector) != 0;
}

static void drop_front(struct segmenter *s, size_t n)
{
    memmove(s->buffer, s->buffer + n, (s->count - n) * sizeof *s->buffer);
    s->count -= n;
    s->buffer_start += (int64_t)n;
}

/* The quietest tenth of a second near the end: where a cut hurts least. */
static size_t quietest_place(const struct segmenter *s)
{
    size_t from = s->count > LONGEST_CUT_BACK ? s->count - LONGEST_CUT_BACK : 0, best = s->count;
    int64_t best_energy = INT64_MAX, energy = 0;
    for (size_t i = from; i < s->count; i++) {
        energy += (int64_t)s->buffer[i] * s->buffer[i];
        if (i < from + QUIET_WINDOW) continue;
        energy -= (int64_t)s->buffer[i - QUIET_WINDOW] * s->buffer[i - QUIET_WINDOW];
        if (energy < best_energy) {
            best_energy = energy;
            best = i - QUIET_WINDOW / 2;
        }
    }
    return best;
}

static bool hand_out(struct segmenter *s, size_t count, struct segment *segment_out)
{
    *segment_out = (struct segment){.samples = s->buffer, .count = count, .start_sample = s->buffer_start, .after_pause = s->after_pause};
    s->handed = count;
    return count >= SHORTEST_SAMPLES;
}

struct err segmenter_put(struct segmenter *s, const int16_t *samples, size_t count, bool *ready_out, struct segment *segment_out)
{
    *ready_out = false;
    if (count > SEGMENT_PIECE_SAMPLES) return FAIL(TOO_LONG);
    drop_front(s, s->handed);
    s->handed = 0;
    memcpy(s->buffer + s->count, samples, count * sizeof *samples);
    s->count += count;
    bool was_in_speech = s->in_speech;
    s->in_speech = hear_voice(s, samples, count);
    if (!was_in_speech && !s->in_speech && s->count > BEFORE_SAMPLES) drop_front(s, s->count - BEFORE_SAMPLES);
    if (was_in_speech && !s->in_speech) {
        *ready_out = hand_out(s, s->count, segment_out);
        s->after_pause = true;
    } else if (s->in_speech && s->count > SEGMENT_MAX_SAMPLES - SEGMENT_PIECE_SAMPLES) {
        *ready_out = hand_out(s, quietest_place(s), segment_out);
        s->after_pause = false;
    }
    return OK;
}

struct err segmenter_end(struct segmenter *s, bool *ready_out, struct segment *segment_out)
{
    drop_front(s, s->handed);
    s->handed = 0;
    *ready_out = s->in_speech && hand_out(s, s->count, segment_out);
    s->in_speech = false;
    return OK;
}
