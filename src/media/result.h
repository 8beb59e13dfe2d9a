/* The result document, version 1 (docs/architecture.md). */
#ifndef MEDSCRIBE_MEDIA_RESULT_H
#define MEDSCRIBE_MEDIA_RESULT_H
#include "clinic/clinic.h"
#include "media/words.h"

enum { RESULT_MAX_PAGES = 20 };

struct result_engine {
    const char *name, *version, *model;
};
struct result_page {
    int width, height; /* upright as it came */
};
struct result_media {
    int64_t duration_ms;                      /* sound */
    struct result_page page[RESULT_MAX_PAGES]; /* picture */
    unsigned page_count;
};

/* The words as src/clinic takes them; NULL when the arena is full. */
struct clinic_word *result_clinic_words(struct arena *arena, const struct words *words);
/* Writes the document without a draft. ERR_FULL past the buffer's limit. */
struct err result_write_words(enum clinic_input kind, const struct result_engine *engine, const struct result_media *media,
                              const struct words *words, struct buf *out);
/* Writes the whole document with the draft that src/clinic makes of it. ERR_FULL past the buffer's limit. */
struct err result_write(enum clinic_input kind, const struct lexicon *lexicon, const char *language, const struct result_engine *engine, const struct result_media *media,
                        const struct words *words, struct buf *out);
/* The same of a transcript, with a draft that another engine proposed. */
struct err result_write_proposed(const struct lexicon *lexicon, const struct result_engine *engine, const struct result_media *media, const struct words *words,
                                 const struct clinic_proposal *proposal, struct buf *out);

#endif
