/* Fibers: straight-line code that can wait without keeping a thread. Fibers of one pool run on one thread, one at a time; a
   fiber runs until it parks or ends, and goes on when the pool's owner resumes it. */
#ifndef MEDSCRIBE_OS_FIBER_H
#define MEDSCRIBE_OS_FIBER_H
#include "base/err.h"
#include <stddef.h>

struct fiber;
struct fiber_pool;

/* At most `max` fibers at a time; their stacks (FIBER_STACK_BYTES with a guard page below) are made at first use and kept. */
enum { FIBER_STACK_BYTES = 256 * 1024 };
struct err fiber_pool_new(unsigned max, struct fiber_pool **pool_out);
void fiber_pool_free(struct fiber_pool *pool); /* no fiber may be under way */
/* Starts function(arg) and comes back when it parks or ends. ERR_OVERLOADED when `max` fibers are under way. */
struct err fiber_start(struct fiber_pool *pool, void (*function)(void *arg), void *arg);
struct fiber *fiber_current(struct fiber_pool *pool); /* inside a fiber */
void fiber_park(struct fiber_pool *pool);             /* inside a fiber: back to the owner */
void fiber_resume(struct fiber_pool *pool, struct fiber *fiber); /* the owner: go on until it parks or ends */
unsigned fiber_free_count(const struct fiber_pool *pool);

#endif
