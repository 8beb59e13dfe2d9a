/* What a file is, by its own bytes. Depends on base only: front refuses by it, core files by it, the worker trusts nothing
   else. All input is hostile; nothing here reads outside the spans, allocates, or takes longer than a few passes over them.

   A polyglot (a picture that is also a web page, a recording that is also an archive) is refused as far as the bytes that
   are given tell: other formats' openings and endings are looked for, and the kind's own first structures must hold. */
#ifndef MEDSCRIBE_MEDIA_SNIFF_H
#define MEDSCRIBE_MEDIA_SNIFF_H
#include "base/err.h"
#include "base/span.h"

/* The same order as enum media_type of src/wire/routes.h. */
enum sniff_kind {
    SNIFF_NONE, SNIFF_WAV, SNIFF_FLAC, SNIFF_MP3, SNIFF_M4A, SNIFF_OGG, SNIFF_WEBM,
    SNIFF_JPEG, SNIFF_PNG, SNIFF_WEBP, SNIFF_TIFF, SNIFF_HEIC, SNIFF_PDF, SNIFF_KIND_COUNT
};
enum {
    SNIFF_HEAD_BYTES = 64 * 1024, /* what sniff_check likes to see of the beginning ... */
    SNIFF_TAIL_BYTES = 64 * 1024, /* ... and of the end; a zip's end may lie this far before the file's */
    SNIFF_ID3_MAX_BYTES = 16 * 1024 * 1024
};

/* By magic number alone; SNIFF_NONE when unknown. `head` is the beginning, the more the better. */
enum sniff_kind sniff_kind(struct span head);

/* The kind of a file of `whole_bytes`, when it may be taken in. `head` and `tail` may overlap; each is at least as long as
   the smaller of its constant and the file. Errors: EMPTY_FILE; FILE_MISMATCH: not a kind that is taken;
   UNPROCESSABLE_MEDIA: too short to be anything, its first structures do not hold, it lies about its size, or a polyglot. */
struct err sniff_check(struct span head, struct span tail, uint64_t whole_bytes, enum sniff_kind *kind_out);

bool sniff_is_audio(enum sniff_kind kind);
const char *sniff_media_type(enum sniff_kind kind); /* "audio/wav" ...; NULL for SNIFF_NONE */

/* Does what the sender says agree? `declared` is a Content-Type without parameters, `file_name` any name; case does not
   matter. An empty or generic type (application/octet-stream) and a name without extension agree with every kind. */
bool sniff_type_fits(enum sniff_kind kind, struct span declared);
bool sniff_name_fits(enum sniff_kind kind, struct span file_name);

#endif
