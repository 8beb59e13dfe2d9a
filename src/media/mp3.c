#include "media/mp3.h"

size_t mp3_frame_bytes(const uint8_t p[static MP3_HEADER_BYTES])
{
    static const uint16_t kbit[2][15] = {{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
                                         {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}};
    static const uint16_t rates[3] = {44100, 48000, 32000};
    unsigned version = p[1] >> 3 & 3u, layer = p[1] >> 1 & 3u, bitrate = p[2] >> 4, rate = p[2] >> 2 & 3u;
    if (p[0] != 0xff || (p[1] & 0xe0) != 0xe0 || version == 1 || layer != 1 || rate == 3 || bitrate == 0 || bitrate == 15) return 0;
    bool first = version == 3;
    size_t hertz = (size_t)rates[rate] >> (first ? 0 : version == 2 ? 1 : 2);
    return (first ? 144000u : 72000u) * kbit[first][bitrate] / hertz + (p[2] >> 1 & 1u);
}
