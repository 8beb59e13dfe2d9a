/* Sound from bytes in memory: mono, 16 kHz, 16 bits, piece by piece in constant memory, whatever the file's length.
   Only the demuxer and decoders of the sniffed kind are tried, no other file or protocol is ever opened.
   The bytes are hostile: what FFmpeg's libraries may do here is bounded by AUDIO_* and by the sandbox around us. */
#ifndef MEDSCRIBE_MEDIA_AUDIO_H
#define MEDSCRIBE_MEDIA_AUDIO_H
#include "base/err.h"
#include "base/span.h"
#include "media/sniff.h"

enum {
    AUDIO_RATE = 16000,
    AUDIO_MAX_SECONDS = 4 * 3600,
    AUDIO_MAX_CHANNELS = 8,
    AUDIO_MIN_SOURCE_RATE = 6000,
    AUDIO_MAX_SOURCE_RATE = 192000,
};

struct audio;

/* `file` must stay where it is until audio_close. Errors: UNPROCESSABLE_MEDIA: cannot be read, or has no sound in it;
   UNSUPPORTED_TYPE: a codec, rate or number of channels that is not taken; TOO_LONG; OUT_OF_MEMORY. */
struct err audio_open(struct span file, enum sniff_kind kind, struct audio **audio_out);
/* What the file says of its length; 0 = it does not say. Never to be trusted, good for progress. */
int64_t audio_declared_ms(const struct audio *audio);
/* How much of it has been read, 0 to 100: of the length where it says one, else of the bytes. */
unsigned audio_percent_read(const struct audio *audio);
/* The next samples, at most `capacity` (>= 1); *count_out = 0 at the end. Errors as audio_open: TOO_LONG when the sound passes
   AUDIO_MAX_SECONDS, UNPROCESSABLE_MEDIA when most of it is damaged or it ends well before the length that it declares. */
struct err audio_read(struct audio *audio, int16_t *samples, size_t capacity, size_t *count_out);
void audio_close(struct audio **audio); /* NULL-safe; sets NULL */

#endif
