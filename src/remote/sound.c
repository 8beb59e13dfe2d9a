#include "remote/sound.h"

enum { STEP_SAMPLES = COURIER_RATE / 50, QUIET_STEPS = 16 /* 20 ms each */ };

static void put_u32(uint8_t *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (8 * i));
}

void sound_wav_header(uint32_t sample_bytes, uint8_t header_out[static SOUND_WAV_HEADER_BYTES])
{
    memcpy(header_out, "RIFF....WAVEfmt ", 16);
    put_u32(header_out + 4, sample_bytes + SOUND_WAV_HEADER_BYTES - 8);
    put_u32(header_out + 16, 16);                     /* bytes of the format */
    put_u32(header_out + 20, 1 | 1 << 16);            /* PCM, one channel */
    put_u32(header_out + 24, COURIER_RATE);
    put_u32(header_out + 28, COURIER_RATE * SOUND_SAMPLE_BYTES);
    put_u32(header_out + 32, SOUND_SAMPLE_BYTES | 16 << 16); /* bytes a frame, bits a sample */
    memcpy(header_out + 36, "data", 4);
    put_u32(header_out + 40, sample_bytes);
}

static uint64_t loudness(struct span samples, size_t step)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < STEP_SAMPLES; i++) {
        const uint8_t *at = samples.p + (step * STEP_SAMPLES + i) * SOUND_SAMPLE_BYTES;
        int sample = (int16_t)(uint16_t)(at[0] | at[1] << 8);
        sum += (uint64_t)(sample < 0 ? -sample : sample);
    }
    return sum;
}

size_t sound_cut(struct span samples)
{
    const size_t step_bytes = STEP_SAMPLES * SOUND_SAMPLE_BYTES, search = (size_t)SOUND_SEARCH_SECONDS * COURIER_RATE * SOUND_SAMPLE_BYTES;
    size_t steps = samples.n / step_bytes, first = samples.n > search ? (samples.n - search) / step_bytes : 0;
    uint64_t window = 0, best = UINT64_MAX;
    size_t cut = samples.n / SOUND_SAMPLE_BYTES * SOUND_SAMPLE_BYTES;
    if (steps < first + QUIET_STEPS) return cut;
    for (size_t i = first; i < first + QUIET_STEPS; i++) window += loudness(samples, i);
    for (size_t i = first; i + QUIET_STEPS <= steps; i++) {
        if (window <= best) { /* of equals the last: pieces as long as they may be */
            best = window;
            cut = (i + QUIET_STEPS / 2) * step_bytes;
        }
        if (i + QUIET_STEPS < steps) window += loudness(samples, i + QUIET_STEPS) - loudness(samples, i);
    }
    return cut;
}
