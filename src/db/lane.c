#include "db/lane.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

struct lane {
    struct db_conn *writer;
    struct lane_hooks hooks;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wanted;
    struct lane_work *first, **last;
    bool stopping;
};

/* The work and its audit row stand or fall together. `spoilt_out`: what failed could not be undone alone. */
static struct err run_one(struct lane *lane, struct lane_work *work, struct err *spoilt_out)
{
    struct err e = OK;
    if (work->apply != NULL) {
        *spoilt_out = db_savepoint(lane->writer);
        if (err_failed(*spoilt_out)) return *spoilt_out;
        e = work->apply(lane->writer, work->arg);
    }
    if (!err_failed(e) && work->audit != NULL) {
        e = lane->hooks.seal(lane->writer, lane->hooks.arg, work->audit, &work->receipt.seq);
        /* An entry that is too large was refused before anything was written; after all else nobody knows the chain's end. */
        if (err_failed(e) && e.code != ERR_FULL && e.code != ERR_TOO_LARGE) *spoilt_out = e;
    }
    if (work->apply == NULL || err_failed(*spoilt_out)) return e;
    if (err_failed(e)) *spoilt_out = db_rollback_to(lane->writer);
    if (!err_failed(*spoilt_out)) *spoilt_out = db_release(lane->writer);
    return err_failed(e) ? e : *spoilt_out;
}

static struct err run_all(struct lane *lane, struct lane_work *batch)
{
    TRY(db_begin(lane->writer));
    struct err e = lane->hooks.begin(lane->writer, lane->hooks.arg);
    for (struct lane_work *work = batch; work != NULL && !err_failed(e); work = work->next) work->result = run_one(lane, work, &e);
    if (!err_failed(e)) e = lane->hooks.end(lane->writer, lane->hooks.arg);
    if (!err_failed(e)) e = db_commit(lane->writer);
    if (err_failed(e)) db_rollback(lane->writer);
    return e;
}

static void settle(struct lane *lane, struct lane_work *batch)
{
    struct err e = run_all(lane, batch);
    lane->hooks.settled(lane->hooks.arg, !err_failed(e));
    while (batch != NULL) {
        struct lane_work *work = batch;
        batch = work->next; /* done() may free the work */
        if (err_failed(e)) work->result = e;
        if (err_failed(work->result)) work->receipt = (struct receipt){0};
        else work->receipt.lane = lane;
        work->done(work);
    }
}

static void *lane_thread(void *arg)
{
    struct lane *lane = arg;
    pthread_mutex_lock(&lane->mutex);
    for (;;) {
        while (lane->first == NULL && !lane->stopping) pthread_cond_wait(&lane->wanted, &lane->mutex);
        struct lane_work *batch = lane->first;
        if (batch == NULL) break;
        lane->first = NULL;
        lane->last = &lane->first;
        pthread_mutex_unlock(&lane->mutex);
        settle(lane, batch);
        pthread_mutex_lock(&lane->mutex);
    }
    pthread_mutex_unlock(&lane->mutex);
    return NULL;
}

struct err lane_start(struct db *db, const struct lane_hooks *hooks, struct lane **lane_out)
{
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL) return FAIL(OUT_OF_MEMORY);
    lane->hooks = *hooks;
    lane->last = &lane->first;
    struct err e = db_connect(db, DB_WRITER, &lane->writer);
    if (err_failed(e)) {
        free(lane);
        return e;
    }
    pthread_mutex_init(&lane->mutex, NULL);
    pthread_cond_init(&lane->wanted, NULL);
    if (pthread_create(&lane->thread, NULL, lane_thread, lane) != 0) return FAIL(OUT_OF_MEMORY);
    *lane_out = lane;
    return OK;
}

void lane_stop(struct lane *lane)
{
    if (lane == NULL) return;
    pthread_mutex_lock(&lane->mutex);
    lane->stopping = true;
    pthread_cond_signal(&lane->wanted);
    pthread_mutex_unlock(&lane->mutex);
    pthread_join(lane->thread, NULL);
    db_disconnect(lane->writer);
    free(lane);
}

void lane_submit(struct lane *lane, struct lane_work *first)
{
    if (first == NULL) return;
    pthread_mutex_lock(&lane->mutex);
    *lane->last = first;
    while (*lane->last != NULL) {
        (*lane->last)->receipt = (struct receipt){0};
        lane->last = &(*lane->last)->next;
    }
    pthread_cond_signal(&lane->wanted);
    pthread_mutex_unlock(&lane->mutex);
}

static void wake(struct lane_work *work) { sem_post(work->owner); }

struct err lane_run(struct lane *lane, struct lane_work *work)
{
    sem_t ready;
    sem_init(&ready, 0, 0);
    work->owner = &ready;
    work->done = wake;
    work->next = NULL;
    lane_submit(lane, work);
    while (sem_wait(&ready) != 0) continue;
    sem_destroy(&ready);
    return work->result;
}
