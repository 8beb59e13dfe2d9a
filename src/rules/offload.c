#include "rules/offload.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS_MAX = 16 };

struct offload {
    pthread_mutex_t mutex;
    pthread_cond_t wanted;
    struct offload_task *first, **last;
    unsigned queued, queue_max, thread_count;
    int stopping;
    pthread_t threads[THREADS_MAX];
};

static void *work(void *arg)
{
    struct offload *pool = arg;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (pool->first == NULL && !pool->stopping) pthread_cond_wait(&pool->wanted, &pool->mutex);
        struct offload_task *task = pool->first;
        if (task == NULL) break;
        pool->first = task->next;
        if (pool->first == NULL) pool->last = &pool->first;
        pool->queued--;
        pthread_mutex_unlock(&pool->mutex);
        task->done(task, task->function(task->arg));
        pthread_mutex_lock(&pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

struct err offload_start(unsigned threads, unsigned queue_max, struct offload **pool_out)
{
    struct offload *pool = calloc(1, sizeof *pool);
    if (pool == NULL) return FAIL(OUT_OF_MEMORY);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wanted, NULL);
    pool->last = &pool->first;
    pool->queue_max = queue_max;
    for (; pool->thread_count < threads && pool->thread_count < THREADS_MAX; pool->thread_count++)
        if (pthread_create(&pool->threads[pool->thread_count], NULL, work, pool) != 0) return FAIL(OUT_OF_MEMORY);
    *pool_out = pool;
    return OK;
}

struct err offload_submit(struct offload *pool, struct offload_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&pool->mutex);
    int full = pool->queued >= pool->queue_max;
    if (!full) {
        *pool->last = task;
        pool->last = &task->next;
        pool->queued++;
        pthread_cond_signal(&pool->wanted);
    }
    pthread_mutex_unlock(&pool->mutex);
    return full ? FAIL(OVERLOADED) : OK;
}

void offload_stop(struct offload *pool)
{
    if (pool == NULL) return;
    pthread_mutex_lock(&pool->mutex);
    pool->stopping = 1;
    pthread_cond_broadcast(&pool->wanted);
    pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->thread_count; i++) pthread_join(pool->threads[i], NULL);
    free(pool);
}
