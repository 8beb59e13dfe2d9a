/* Shared by the files of strip only: the engine, and what a format tells it. One engine for all formats: a few bytes are collected and a
   step decides what they are and what happens to those that follow; when that is done, `next` says what is expected then. */
#ifndef MEDSCRIBE_MEDIA_STRIP_PRIVATE_H
#define MEDSCRIBE_MEDIA_STRIP_PRIVATE_H
#include "media/strip.h"

enum strip_doing { STRIP_COLLECT, STRIP_COPY, STRIP_BLANK, STRIP_DROP, STRIP_WATCH };
#define STRIP_TO_THE_END UINT64_MAX

struct strip_format {
    size_t need; /* bytes that are collected first, in the format's state 0 */
    bool lost;   /* at the beginning */
    struct err (*step)(struct strip *s, struct buf *out); /* s->need bytes are in s->held */
    void (*next)(struct strip *s);                        /* a run has come to its end */
    size_t (*watch)(struct strip *s, struct span in, struct buf *out); /* STRIP_WATCH: takes so many bytes of `in`; NULL: never */
    bool (*end)(struct strip *s, struct buf *out);        /* the file is over: false when it ended too early */
};
extern const struct strip_format strip_jpeg, strip_png, strip_riff, strip_flac, strip_mp4, strip_mp3;

/* What the steps say to the engine. */
void strip_collect(struct strip *s, uint8_t state, size_t need);
void strip_collect_more(struct strip *s, uint8_t state, size_t need); /* what is held stays in front */
void strip_run(struct strip *s, enum strip_doing doing, uint64_t bytes);
void strip_let_pass(const struct strip *s, size_t n, struct buf *out); /* of what is held */
void strip_put_zeros(struct buf *out, size_t n);
bool strip_is_seen(struct strip *s, struct buf *out); /* an `end` that only wants to have seen picture or sound */

static inline uint32_t strip_big16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static inline uint32_t strip_big32(const uint8_t *p) { return strip_big16(p) << 16 | strip_big16(p + 2); }
static inline uint32_t strip_little16(const uint8_t *p) { return (uint32_t)p[1] << 8 | p[0]; }
static inline uint32_t strip_little32(const uint8_t *p) { return strip_little16(p + 2) << 16 | strip_little16(p); }
bool strip_is_one_of(const uint8_t type[static 4], const char *four_letters_each);

#endif
