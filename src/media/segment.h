/* Cuts sound into utterances at its pauses, in constant memory. What is speech and what is not is told by the voice
   activity detector of sphinxbase's front end; an utterance that finds no pause is cut at its quietest place. */
#ifndef MEDSCRIBE_MEDIA_SEGMENT_H
#define MEDSCRIBE_MEDIA_SEGMENT_H
#include "base/err.h"
#include "base/span.h"

enum {
    SEGMENT_RATE = 16000,
    SEGMENT_MAX_SAMPLES = 20 * SEGMENT_RATE,
    SEGMENT_PIECE_SAMPLES = 800, /* 50 ms: the step in which voice is told from silence */
};

struct segmenter;
struct segment {
    const int16_t *samples; /* the segmenter's, until the next call */
    size_t count;
    int64_t start_sample; /* in the whole recording */
    bool after_pause;     /* false: it goes on where the one before was cut */
};

struct err segmenter_new(struct segmenter **segmenter_out);
void segmenter_free(struct segmenter **segmenter); /* NULL-safe; sets NULL */
/* Takes in at most SEGMENT_PIECE_SAMPLES. *ready_out: an utterance is complete and in *segment_out. */
struct err segmenter_put(struct segmenter *segmenter, const int16_t *samples, size_t count, bool *ready_out, struct segment *segment_out);
/* After the last sample: what is left, if any. */
struct err segmenter_end(struct segmenter *segmenter, bool *ready_out, struct segment *segment_out);

#endif
