/* What happens regularly: audit checkpoints, sessions that ran out, jobs whose lease ran out, files that belong to
   nothing, who-looked index. */
#include "base/clock.h"
#include "rules/access_log.h"
#include "rules/jobs_private.h"
#include "rules/sweep.h"

#include <stdlib.h>

enum { TICK_S = 1, CHECKPOINT_S = 300, CHECKPOINT_ROWS = 1000, CLEAN_S = 60, CLEAN_ROWS = 1000, QUIET_ROWS = 100, ACCESS_STEPS = 50, THREADS_MAX = 64 };

struct jobs {
    struct runner runners[THREADS_MAX];
    unsigned count; /* the last one does the chores */
};

static struct err clean(struct db_conn *writer, void *arg)
{
    const int64_t *now = arg;
    struct arena arena;
    struct rows rows;
    const struct value expired[] = {value_number(*now - DAYS_US(30)), value_number(CLEAN_ROWS)};
    TRY(db_exec(writer, SQL_sessions_expired_delete, NULL, expired, 2));
    arena_init(&arena, 1 << 20);
    const struct value value = value_number(*now);
    struct err e = db_query(writer, SQL_jobs_expired_requeue, NULL, &value, 1, &arena, &rows);
    arena_free(&arena);
    return e;
}

static struct err requeue_orphans(struct db_conn *writer, void *arg)
{
    const int64_t *now = arg;
    const struct value value = value_number(*now);
    return db_exec(writer, SQL_jobs_orphans_requeue, NULL, &value, 1);
}

static struct err head_seq(struct runner *runner, int64_t *seq_out)
{
    struct rows rows;
    arena_reset(&runner->arena);
    TRY(db_query(runner->conn, SQL_audit_head_read, NULL, NULL, 0, &runner->arena, &rows));
    *seq_out = rows.count == 1 ? rows_number(&rows, 0, 0) : 0;
    return OK;
}

struct chores {
    int64_t signed_seq, signed_us, cleaned_us, last_seq, indexed_seq;
    struct sweep sweep;
};

/* After a commit has failed: the log's first row behind the gap says that there was one. Fails as long as nothing can be written. */
static struct err resume(struct core *core)
{
    struct audit_entry entry = {.clinic = core->clinic, .request_id = id_random(), .action = AUDIT_RESUMED, .resource_type = RESOURCE_SYSTEM, .success = true};
    struct lane_work work = {.audit = &entry};
    return lane_run(core->lane, &work);
}

static void index_looks(struct core *core, struct chores *c, int64_t seq)
{
    int64_t left = 1;
    for (unsigned i = 0; i < ACCESS_STEPS && left != 0; i++) {
        struct lane_work work = {.apply = access_log_step, .arg = &left};
        if (err_failed(lane_run(core->lane, &work))) return;
    }
    if (left == 0) c->indexed_seq = seq;
}

static void tick(struct runner *runner, struct chores *c)
{
    struct core *core = runner->core;
    int64_t now = clock_now_us(), seq = 0;
    struct err e = head_seq(runner, &seq);
    if (!err_failed(e) && atomic_load(&core->degraded)) e = resume(core);
    atomic_store(&core->degraded, err_failed(e));
    if (err_failed(e)) return;
    if (seq > c->signed_seq && (seq - c->signed_seq >= CHECKPOINT_ROWS || now - c->signed_us >= SECONDS_US(CHECKPOINT_S))) {
        if (!err_failed(audit_checkpoint(core, &runner->vault))) c->signed_seq = seq;
        c->signed_us = now;
    }
    if (now - c->cleaned_us >= SECONDS_US(CLEAN_S)) {
        struct lane_work work = {.apply = clean, .arg = &now};
        IGNORE(lane_run(core->lane, &work));
        c->cleaned_us = now;
    }
    sweep_step(runner, &c->sweep, now);
    /* In a busy second the index waits: whoever asks for it brings it up to date. */
    bool quiet = seq - c->last_seq < QUIET_ROWS;
    c->last_seq = seq;
    if (quiet && seq > c->indexed_seq) index_looks(core, c, seq);
}

static void *chores_thread(void *arg)
{
    struct runner *runner = arg;
    struct chores c = {.signed_us = clock_now_us(), .cleaned_us = 0};
    if (!db_is_shared(runner->core->db)) {
        int64_t now = clock_now_us();
        struct lane_work work = {.apply = requeue_orphans, .arg = &now}; /* nobody else runs jobs: those under way died with us */
        IGNORE(lane_run(runner->core->lane, &work));
    }
    while (!atomic_load(&runner->core->stopping)) {
        tick(runner, &c);
        struct timespec pause = {.tv_sec = TICK_S};
        for (unsigned i = 0; i < 10 && !atomic_load(&runner->core->stopping); i++) {
            pause = (struct timespec){.tv_nsec = TICK_S * 100000000};
            nanosleep(&pause, NULL);
        }
    }
    sweep_end(&c.sweep);
    IGNORE(audit_checkpoint(runner->core, &runner->vault)); /* what happened until now can no longer be cut off unseen */
    return NULL;
}

struct err jobs_start(struct core *core, unsigned threads, const int *vault_fds, const int *vault_areas, struct jobs **jobs_out)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);
    if (jobs == NULL) return FAIL(OUT_OF_MEMORY);
    if (threads > THREADS_MAX - 1) threads = THREADS_MAX - 1;
    for (unsigned i = 0; i <= threads; i++) {
        TRY(runner_open(&jobs->runners[i], core, vault_fds[i], vault_areas[i]));
        if (pthread_create(&jobs->runners[i].thread, NULL, i == threads ? chores_thread : jobs_runner, &jobs->runners[i]) != 0)
            return FAIL(OUT_OF_MEMORY);
        jobs->count++;
    }
    *jobs_out = jobs;
    return OK;
}

void jobs_stop(struct jobs *jobs)
{
    if (jobs == NULL) return;
    for (unsigned i = 0; i < jobs->count; i++) jobs_wake(jobs->runners[i].core);
    for (unsigned i = 0; i < jobs->count; i++) {
        pthread_join(jobs->runners[i].thread, NULL);
        db_disconnect(jobs->runners[i].conn);
        vault_client_close(&jobs->runners[i].vault);
        arena_free(&jobs->runners[i].arena);
    }
    free(jobs);
}
