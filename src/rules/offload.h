/* A few threads for work that takes long on purpose (password hashing) or waits for the disk. */
#ifndef MEDSCRIBE_RULES_OFFLOAD_H
#define MEDSCRIBE_RULES_OFFLOAD_H
#include "base/err.h"

struct offload;
struct offload_task {
    struct err (*function)(void *arg);
    void *arg;
    void (*done)(struct offload_task *task, struct err result); /* on the pool's thread */
    struct offload_task *next;
};
struct err offload_start(unsigned threads, unsigned queue_max, struct offload **pool_out);
/* ERR_OVERLOADED when the queue is full. */
struct err offload_submit(struct offload *pool, struct offload_task *task);
void offload_stop(struct offload *pool); /* finishes what was submitted */

#endif
