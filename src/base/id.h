/* Ids are random UUIDs (version 4, RFC 9562): 16 bytes inside, 36 characters outside. */
#ifndef MEDSCRIBE_BASE_ID_H
#define MEDSCRIBE_BASE_ID_H
#include "base/buf.h"

enum { ID_BYTES = 16, ID_TEXT = 36 };
struct id {
    uint8_t b[ID_BYTES];
};

struct id id_random(void); /* getrandom(2); aborts when the kernel has no randomness */
bool id_is_zero(struct id id);
bool id_equal(struct id a, struct id b);
bool id_parse(struct span text, struct id *id_out); /* only the canonical lower-case form */
void id_write(struct id id, char text_out[static ID_TEXT]);
void id_put(struct buf *b, struct id id);
void random_bytes(void *p, size_t n); /* getrandom(2); aborts on failure: a guessable token is worse than none */

#endif
