#include "os/fiber.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

enum { GUARD_BYTES = 4096 };

struct fiber {
    ucontext_t context;
    struct fiber_pool *pool;
    void (*function)(void *arg);
    void *arg;
    uint8_t *stack; /* guard page first */
    void *shadow;   /* the sanitizers' notion of this stack */
    struct fiber *next;
};

struct fiber_pool {
    ucontext_t home;
    void *home_shadow;
    const void *home_bottom;
    size_t home_bytes;
    struct fiber *free, *running;
    unsigned made, max, busy;
};

struct err fiber_pool_new(unsigned max, struct fiber_pool **pool_out)
{
    struct fiber_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) return FAIL(OUT_OF_MEMORY);
    pool->max = max;
#ifdef WITH_TSAN
    pool->home_shadow = __tsan_get_current_fiber();
#endif
    *pool_out = pool;
    return OK;
}

/* Tells the sanitizers that the stack changes, changes it, and tells them again on the other side. */
static void switch_to_fiber(struct fiber_pool *pool, struct fiber *fiber)
{
    pool->running = fiber;
#ifdef WITH_ASAN
    __sanitizer_start_switch_fiber(&pool->home_shadow, fiber->stack + GUARD_BYTES, FIBER_STACK_BYTES);
#endif
#ifdef WITH_TSAN
    pool->home_shadow = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber->shadow, 0);
#endif
    (void)swapcontext(&pool->home, &fiber->context);
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(pool->home_shadow, NULL, NULL);
#endif
    pool->running = NULL;
}

static void switch_home(struct fiber_pool *pool, struct fiber *fiber)
{
#ifdef WITH_ASAN
    __sanitizer_start_switch_fiber(&fiber->shadow, pool->home_bottom, pool->home_bytes);
#endif
#ifdef WITH_TSAN
    __tsan_switch_to_fiber(pool->home_shadow, 0);
#endif
    (void)swapcontext(&fiber->context, &pool->home);
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(fiber->shadow, &pool->home_bottom, &pool->home_bytes);
#endif
}

/* makecontext passes ints only: the pointer comes in two halves. */
static void fiber_main(unsigned high, unsigned low)
{
    struct fiber *fiber = (struct fiber *)((uintptr_t)high << 32 | low); // NOLINT: the only way through makecontext
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(fiber->shadow, &fiber->pool->home_bottom, &fiber->pool->home_bytes);
#endif
    for (;;) {
        fiber->function(fiber->arg);
        fiber->next = fiber->pool->free;
        fiber->pool->free = fiber;
        fiber->pool->busy--;
        switch_home(fiber->pool, fiber);
    }
}

/* getcontext() returns twice as far as the compiler knows: kept apart from what it could clobber. */
static bool set_context(struct fiber *fiber)
{
    if (getcontext(&fiber->context) != 0) return false;
    fiber->context.uc_stack.ss_sp = fiber->stack + GUARD_BYTES;
    fiber->context.uc_stack.ss_size = FIBER_STACK_BYTES;
    uintptr_t place = (uintptr_t)fiber;
    makecontext(&fiber->context, (void (*)(void))fiber_main, 2, (unsigned)(place >> 32), (unsigned)place);
    return true;
}

static void unmake(struct fiber *fiber)
{
    if (fiber->stack != NULL) munmap(fiber->stack, GUARD_BYTES + FIBER_STACK_BYTES);
    free(fiber);
}

static struct fiber *make(struct fiber_pool *pool)
{
    struct fiber *fiber = calloc(1, sizeof *fiber);
    if (fiber == NULL) return NULL;
    void *stack = mmap(NULL, GUARD_BYTES + FIBER_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    fiber->stack = stack == MAP_FAILED ? NULL : stack;
    fiber->pool = pool;
    if (fiber->stack == NULL || mprotect(stack, GUARD_BYTES, PROT_NONE) != 0 || !set_context(fiber)) {
        unmake(fiber);
        return NULL;
    }
#ifdef WITH_TSAN
    fiber->shadow = __tsan_create_fiber(0);
#endif
    pool->made++;
    return fiber;
}

struct err fiber_start(struct fiber_pool *pool, void (*function)(void *arg), void *arg)
{
    struct fiber *fiber = pool->free;
    if (fiber != NULL) pool->free = fiber->next;
    else if (pool->made < pool->max) fiber = make(pool);
    if (fiber == NULL) return FAIL(OVERLOADED);
    fiber->function = function;
    fiber->arg = arg;
    pool->busy++;
    switch_to_fiber(pool, fiber);
    return OK;
}

struct fiber *fiber_current(struct fiber_pool *pool) { return pool->running; }
void fiber_park(struct fiber_pool *pool) { switch_home(pool, pool->running); }
void fiber_resume(struct fiber_pool *pool, struct fiber *fiber) { switch_to_fiber(pool, fiber); }
unsigned fiber_free_count(const struct fiber_pool *pool) { return pool->max - pool->busy; }

void fiber_pool_free(struct fiber_pool *pool)
{
    while (pool->free != NULL) {
        struct fiber *fiber = pool->free;
        pool->free = fiber->next;
#ifdef WITH_TSAN
        __tsan_destroy_fiber(fiber->shadow);
#endif
        unmake(fiber);
    }
    free(pool);
}
