#include "base/arena.h"

#include <stdlib.h>

enum { FIRST_BLOCK_BYTES = 16 * 1024, BLOCK_BYTES_MAX = 256 * 1024, ALIGN = 16 };

struct arena_block {
    struct arena_block *next;
    size_t used, cap;
    size_t pad; /* keeps data aligned to 16 */
    uint8_t data[];
};

void arena_init(struct arena *a, size_t max_bytes) { *a = (struct arena){.max = max_bytes}; }

static struct arena_block *add_block(struct arena *a, size_t n)
{
    size_t cap = a->head == NULL ? FIRST_BLOCK_BYTES : a->head->cap * 2; /* few blocks also for a large page */
    if (cap > BLOCK_BYTES_MAX) cap = BLOCK_BYTES_MAX;
    if (cap < n) cap = n;
    struct arena_block *block = malloc(sizeof *block + cap);
    if (block == NULL) return NULL;
    *block = (struct arena_block){.next = a->head, .cap = cap};
    a->head = block;
    return block;
}

static void *take(struct arena *a, size_t n)
{
    if (n > a->max || a->used > a->max - n) {
        a->failed = true;
        return NULL;
    }
    size_t size = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct arena_block *block = a->head;
    if (block == NULL || size > block->cap - block->used) block = add_block(a, size);
    if (block == NULL) {
        a->failed = true;
        return NULL;
    }
    void *p = block->data + block->used;
    block->used += size;
    a->used += size;
    return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *p = take(a, n);
    return p == NULL ? NULL : memset(p, 0, n);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        a->failed = true;
        return NULL;
    }
    return arena_alloc(a, bytes);
}

struct span arena_copy(struct arena *a, struct span s)
{
    uint8_t *p = take(a, s.n == 0 ? 1 : s.n);
    if (p == NULL) return SPAN_NONE;
    if (s.n > 0) memcpy(p, s.p, s.n);
    return (struct span){p, s.n};
}

char *arena_text(struct arena *a, struct span s)
{
    char *p = arena_alloc(a, s.n + 1);
    if (p != NULL && s.n > 0) memcpy(p, s.p, s.n);
    return p;
}

static void drop(struct arena *a, struct arena_block *keep)
{
    struct arena_block *block = a->head;
    while (block != NULL && block != keep) {
        struct arena_block *next = block->next;
        explicit_bzero(block->data, block->used);
        free(block);
        block = next;
    }
    if (keep != NULL) {
        explicit_bzero(keep->data, keep->used);
        keep->used = 0;
    }
    a->head = keep;
    a->used = 0;
    a->failed = false;
}

void arena_reset(struct arena *a)
{
    struct arena_block *first = a->head;
    while (first != NULL && first->next != NULL) first = first->next;
    drop(a, first != NULL && first->cap == FIRST_BLOCK_BYTES ? first : NULL);
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){.head = a->head, .block_used = a->head == NULL ? 0 : a->head->used, .used = a->used};
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    while (a->head != mark.head) {
        struct arena_block *block = a->head;
        a->head = block->next;
        explicit_bzero(block->data, block->used);
        free(block);
    }
    if (mark.head != NULL) {
        explicit_bzero(mark.head->data + mark.block_used, mark.head->used - mark.block_used);
        mark.head->used = mark.block_used;
    }
    a->used = mark.used;
    a->failed = false;
}

void arena_free(struct arena *a) { drop(a, NULL); }
