/* MPEG audio layer III, as far as it is known without decoding. */
#ifndef MEDSCRIBE_MEDIA_MP3_H
#define MEDSCRIBE_MEDIA_MP3_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MP3_HEADER_BYTES = 4 };

/* Length of the frame whose header is at p; 0 when it is none. */
size_t mp3_frame_bytes(const uint8_t p[static MP3_HEADER_BYTES]);

#endif
