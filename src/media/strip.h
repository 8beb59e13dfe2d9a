/* What a file says beside its picture or its sound (where and with what it was taken, who speaks, what it is called) is taken
   out while the bytes pass by; pixels and samples stay as they are, to the bit. Depends on base (and sniff's names) only. All
   input is hostile; memory is constant, nothing is allocated but by `out`. One file for each container, strip_*.c.

   JPEG  kept: tables, frames, scans, the JFIF header without its thumbnail, colour profiles, Adobe's colour transform; of Exif
         the orientation alone, written anew. Whatever follows the end of the picture is dropped.
   PNG   kept: IHDR PLTE IDAT IEND and gAMA cHRM sRGB sBIT tRNS pHYs bKGD of their lawful sizes.
   MP3   kept: frames; tags (ID3, APE, anything between frames) are dropped.
   WebP, WAV, FLAC, M4A: their sizes and offsets must stay right, so what is taken out is blanked where it is, as the format's own
         padding of zeros. M4A also loses the times in its headers.
   Ogg, WebM, TIFF, HEIC and PDF pass unchanged: what they say stands at places that only the whole file tells. So do a timed
         metadata track in the samples of an MP4, the pixels themselves, and a WAV's sound that claims no length (all that
         follows is sound). */
#ifndef MEDSCRIBE_MEDIA_STRIP_H
#define MEDSCRIBE_MEDIA_STRIP_H
#include "base/buf.h"
#include "media/sniff.h"

enum {
    STRIP_MORE_BYTES = 64,    /* all that came out is never longer than all that went in and this */
    STRIP_HELD_BYTES = 4096,  /* what may wait for its fate between two calls */
    STRIP_DEPTH_MAX = 8
};

struct strip { /* its fields are strip's own (strip_private.h) */
    enum sniff_kind kind;
    uint8_t doing, state;
    bool seen, over, lost, failed;
    unsigned depth;
    size_t need, n;
    uint64_t left, at;
    uint64_t ends[STRIP_DEPTH_MAX];
    uint8_t held[STRIP_HELD_BYTES]; /* may hold what must not be kept: wipe the whole when done */
};

/* kind: as sniff_kind() has it. */
void strip_begin(struct strip *strip, enum sniff_kind kind);
/* UNPROCESSABLE_MEDIA: the structure does not hold, so nothing more can be told apart; nothing comes out from then on.
   FULL, OUT_OF_MEMORY: of `out`. */
struct err strip_feed(struct strip *strip, struct span in, struct buf *out);
/* The file is over: what was held back, if it may pass. UNPROCESSABLE_MEDIA also: it ended before its picture or sound began. */
struct err strip_end(struct strip *strip, struct buf *out);

#endif
