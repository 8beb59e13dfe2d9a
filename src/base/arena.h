/* Memory of one request: capped, freed and wiped as a whole. Never returns NULL memory as success: arena_alloc gives NULL
   at the cap and remembers it in `failed`. Not for more than one thread. */
#ifndef MEDSCRIBE_BASE_ARENA_H
#define MEDSCRIBE_BASE_ARENA_H
#include "base/err.h"
#include "base/span.h"

struct arena_block;
struct arena {
    struct arena_block *head;
    size_t used, max; /* bytes */
    bool failed;
};

void arena_init(struct arena *a, size_t max_bytes);
void *arena_alloc(struct arena *a, size_t n);                  /* zeroed, aligned to 16 */
void *arena_array(struct arena *a, size_t count, size_t size); /* overflow checked */
struct span arena_copy(struct arena *a, struct span s);        /* SPAN_NONE at the cap */
char *arena_text(struct arena *a, struct span s);              /* NUL-terminated copy */
/* A long-lived call gives back what one round took. Marks are rewound in the order opposite to their making. */
struct arena_mark {
    struct arena_block *head;
    size_t block_used, used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark); /* wipes and frees all since */
void arena_reset(struct arena *a);                             /* wipes; keeps the first block */
void arena_free(struct arena *a);                              /* wipes and frees all */

#endif
