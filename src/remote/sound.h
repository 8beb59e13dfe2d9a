/* Sound on its way to a speech server, piece by piece in constant memory. */
#ifndef MEDSCRIBE_REMOTE_SOUND_H
#define MEDSCRIBE_REMOTE_SOUND_H
#include "base/buf.h"
#include "wire/courier.h"

enum {
    SOUND_PIECE_SECONDS = 600,
    SOUND_SEARCH_SECONDS = 60, /* a pause is looked for in so much of a piece's end */
    SOUND_SAMPLE_BYTES = 2,
    SOUND_PIECE_BYTES = SOUND_PIECE_SECONDS * COURIER_RATE * SOUND_SAMPLE_BYTES,
    SOUND_WAV_HEADER_BYTES = 44,
};

/* The header of a WAV file with so many bytes of samples. */
void sound_wav_header(uint32_t sample_bytes, uint8_t header_out[static SOUND_WAV_HEADER_BYTES]);
/* Where to cut a full piece: in the middle of the quietest third of a second near its end; bytes, a whole number of samples. */
size_t sound_cut(struct span samples);

#endif
