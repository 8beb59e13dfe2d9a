/* Runners: claim a job, have its kind do it, keep what comes back. Reading medical text is on record before it happens;
   a worker that dies fails its job with a reason, and nothing else notices. */
#include "rules/jobs.h"

#include "base/clock.h"
#include "base/json.h"
#include "rules/consent.h"
#include "rules/files.h"
#include "rules/jobs_private.h"
#include "rules/medicines.h"
#include "rules/submissions.h"

#include <linux/futex.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { IDLE_S = 5, IDLE_SHARED_S = 1, LEASE_MARGIN_S = 120, RETRY_S = 10, PROGRESS_EVERY_US = 500000, JOB_ARENA = 64 << 20 };

static const struct {
    const char *word;
    const struct job_kind *kind;
} kinds[] = {
    [JOB_KIND_AUDIO] = {"audio", &job_submission},
    [JOB_KIND_PRESCRIPTION] = {"prescription", &job_submission},
    [JOB_KIND_CONSULTATION] = {"consultation", &job_consultation},
    [JOB_KIND_NOTE] = {"note", &job_note},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

const char *job_kind_word(int64_t kind) { return kind >= 0 && kind < KINDS && kinds[kind].word != NULL ? kinds[kind].word : "unknown"; }

void jobs_wake(struct core *core)
{
    atomic_fetch_add(&core->jobs_wanted, 1);
    syscall(SYS_futex, &core->jobs_wanted, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void jobs_wait(struct core *core, unsigned seen, int64_t seconds)
{
    struct timespec limit = {.tv_sec = (time_t)seconds};
    syscall(SYS_futex, &core->jobs_wanted, FUTEX_WAIT_PRIVATE, seen, &limit, NULL, 0);
}

/* --- for the kinds */

static int64_t lease(const struct core *core, int64_t now)
{
    return now + SECONDS_US(config_integer(core->config, CONFIG_worker_seconds) + LEASE_MARGIN_S);
}

struct err job_in_lane(struct job *job, struct err (*apply)(struct db_conn *, void *), const struct audit_entry *audit, struct receipt *receipt_out)
{
    struct lane_work work = {.apply = apply, .arg = job, .audit = audit};
    struct err e = lane_run(job->runner->core->lane, &work);
    if (receipt_out != NULL) *receipt_out = work.receipt;
    return e;
}

struct audit_entry job_audit_entry(const struct job *job, enum audit_action action, enum audit_resource type, bool success)
{
    return (struct audit_entry){.clinic = job->clinic, .request_id = job->id, .action = action, .success = success,
                                .resource_type = type, .resource = job->resource};
}

struct err job_send_file(struct job *job, int fd, struct id media, uint64_t bytes, const struct receipt *receipt)
{
    struct sealed_file file;
    struct err e = OK;
    if (receipt->lane == NULL) return FAIL(INTERNAL);
    TRY(sealed_file_open(job->runner->core->files_dir, media, job->subject, job->key, bytes, &file));
    struct buf plain = BUF_WITH_MAX(FILE_CHUNK_BYTES);
    for (uint64_t chunk = 0; chunk < file.chunks && !err_failed(e); chunk++) {
        struct vault_request ask;
        buf_reset(&plain);
        e = sealed_file_chunk(&file, chunk, &ask);
        if (!err_failed(e)) e = vault_client_call(&job->runner->vault, &ask, &plain);
        if (!err_failed(e)) e = worker_send(fd, WORKER_DATA, buf_span(&plain));
    }
    buf_free(&plain);
    sealed_file_close(&file);
    return e;
}

struct err job_send_lexicon(struct job *job, int fd)
{
    struct buf names = BUF_WITH_MAX(WORKER_LEXICON_MAX);
    struct err e = medicines_list(job->runner->conn, job->clinic, &job->runner->arena, &names);
    if (!err_failed(e) && names.n > 0) e = worker_send(fd, WORKER_LEXICON, buf_span(&names));
    buf_free(&names);
    return e;
}

struct err job_heed_tampering(struct job *job, struct err e)
{
    if (e.code != ERR_INTEGRITY) return e;
    worker_answer_fail(&job->answer, SPAN_LITERAL("unreadable_media"));
    return OK;
}

struct err job_seal(struct job *job, const struct vault_request *ask, struct span *sealed_out)
{
    struct buf sealed = BUF_WITH_MAX(WORKER_RESULT_MAX + VAULT_ENVELOPE_BYTES);
    struct err e = vault_client_call(&job->runner->vault, ask, &sealed);
    if (!err_failed(e)) *sealed_out = arena_copy(&job->runner->arena, buf_span(&sealed));
    buf_free(&sealed);
    TRY(e);
    return sealed_out->p == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

static struct err put_progress(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct value values[] = {value_id(&job->id), value_number(job->percent), value_text(job->stage), value_number(job->now_us), value_number(job->lease_us)};
    return db_exec(writer, SQL_job_progress, NULL, values, 5);
}

struct err job_report(void *arg, unsigned percent, struct span stage)
{
    struct job *job = arg;
    int64_t now = clock_now_us();
    if (now - job->progress_us < PROGRESS_EVERY_US) return OK;
    job->progress_us = job->now_us = now;
    job->lease_us = lease(job->runner->core, now);
    job->percent = percent;
    job->stage = stage;
    IGNORE(job_in_lane(job, put_progress, NULL, NULL)); /* a bar that stands still is no reason to lose the work */
    return OK;
}

static struct err still_allowed(void *arg)
{
    const struct job *job = arg;
    bool allowed = true;
    if (job->consents == 0 || err_failed(consent_allows(job->runner->conn, job->subject, job->consents, &allowed))) return OK; /* job_finish() decides */
    return allowed ? OK : FAIL(CONSENT_REQUIRED);
}

struct err job_allowed_in(struct db_conn *writer, const struct job *job)
{
    return job->consents == 0 ? OK : consent_required_in(writer, job->subject, job->consents, NULL);
}

void job_document(const struct job *job, const char *kind, const char *input, const char *media_type, struct buf *out)
{
    struct json j = JSON_TO(out);
    json_object(&j);
    json_put_word(&j, "kind", kind);
    json_put_word(&j, "input", input);
    json_put_word(&j, "media_type", media_type);
    json_put_word(&j, "language", config_text(job->runner->core->config, CONFIG_language));
    json_put_null(&j, "form");
    json_object_end(&j);
}

static struct err talk_over(struct job *job, const struct worker_talk *about)
{
    struct worker_talk talk = *about;
    talk.child = job->runner->core->child;
    talk.wanted = still_allowed;
    talk.progress = job_report;
    talk.arg = job;
    worker_answer_free(&job->answer);
    job->begun = true;
    return worker_converse(&talk, &job->answer);
}

struct err job_converse(struct job *job, struct span document, unsigned needs, struct err (*send_input)(void *job, int fd))
{
    return talk_over(job, &(struct worker_talk){.document = document, .needs = needs, .send_input = send_input});
}

struct err job_converse_sound(struct job *job, struct span document, struct err (*send_input)(void *job, int fd), struct err (*sound)(void *arg, struct span samples), void *arg)
{
    return talk_over(job, &(struct worker_talk){.document = document, .send_input = send_input, .sound = sound, .sound_arg = arg});
}

struct err job_finish(struct db_conn *writer, const struct job *job, enum job_state state, struct value error)
{
    struct arena arena;
    struct rows rows;
    TRY(job_allowed_in(writer, job));
    arena_init(&arena, 4096);
    const struct value values[] = {value_id(&job->id), value_number(state), error, value_number(job->now_us)};
    struct err e = db_query(writer, SQL_job_done, NULL, values, 4, &arena, &rows);
    if (!err_failed(e) && rows.count == 0) e = FAIL(CANCELLED); /* the lease was lost: another runner has it */
    arena_free(&arena);
    return e;
}

/* --- one job */

struct claim {
    struct job *job;
    struct rows rows;
};

static struct err claim(struct db_conn *writer, void *arg)
{
    struct claim *c = arg;
    const struct value values[] = {value_number(c->job->now_us), value_number(c->job->lease_us)};
    return db_query(writer, SQL_job_claim, NULL, values, 2, &c->job->runner->arena, &c->rows);
}

static struct err take_one(struct job *job, bool *found_out)
{
    struct claim c = {.job = job};
    struct lane_work work = {.apply = claim, .arg = &c};
    TRY(lane_run(job->runner->core->lane, &work));
    *found_out = c.rows.count > 0;
    if (!*found_out) return OK;
    job->id = rows_id(&c.rows, 0, 0);
    job->clinic = rows_id(&c.rows, 0, 1);
    job->resource = rows_id(&c.rows, 0, 2);
    job->kind = rows_number(&c.rows, 0, 3);
    job->attempts = rows_number(&c.rows, 0, 4);
    return OK;
}

static void log_failure(struct core *core, const char *what, struct err e)
{
    char line[128];
    snprintf(line, sizeof line, "%s: %s at %s:%u", what, err_name(e.code), e.file, e.line);
    if (core->log != NULL) core->log("error", line);
}

/* Our own trouble (no worker to be had, no database): tried again a little later, and given up after some times. */
static struct err put_back(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    int64_t later = job->now_us + SECONDS_US(RETRY_S) * job->attempts;
    const struct value values[] = {value_id(&job->id), value_number(later), value_text(SPAN_LITERAL("tried again")), value_number(job->now_us)};
    return db_exec(writer, SQL_job_retry, NULL, values, 4);
}

static struct err settle(struct job *job)
{
    job->now_us = clock_now_us();
    return kinds[job->kind].kind->settle(job);
}

static struct err give_back(struct job *job)
{
    job->now_us = clock_now_us();
    if (job->attempts < JOB_ATTEMPTS_MAX) return job_in_lane(job, put_back, NULL, NULL);
    if (job->answer.reason[0] == '\0') worker_answer_fail(&job->answer, SPAN_LITERAL("engine_failed"));
    return settle(job);
}

/* Not allowed (any more): what came of it is dropped, and the job waits until it is; at once again when it was allowed meanwhile. */
static struct err wait_in(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    struct arena arena;
    struct rows rows;
    bool allowed = true;
    const struct value wait[] = {value_id(&job->id), value_id(&job->subject), value_number(job->attempts), value_number(job->now_us)};
    arena_init(&arena, 4096);
    struct err e = db_query(writer, SQL_job_wait, NULL, wait, 4, &arena, &rows);
    bool ours = !err_failed(e) && rows.count == 1; /* else another runner has it, and knows by itself */
    arena_free(&arena);
    if (ours && kinds[job->kind].kind->wait != NULL) e = kinds[job->kind].kind->wait(writer, job);
    if (ours && !err_failed(e)) e = consent_allows(writer, job->subject, job->consents, &allowed);
    if (!ours || err_failed(e) || !allowed) return e;
    const struct value resume[] = {value_id(&job->subject), value_number(job->now_us)};
    return db_exec(writer, SQL_jobs_resume_of, NULL, resume, 2);
}

static struct err wait_for_consent(struct job *job)
{
    enum audit_action action = job->begun ? AUDIT_JOB_DISCARDED : AUDIT_JOB_WAITS_CONSENT;
    struct audit_entry entry = job_audit_entry(job, action, kinds[job->kind].kind->resource, true);
    audit_detail_text(&entry, DETAIL_REASON, span_text(err_public_code(ERR_CONSENT_REQUIRED)));
    job->now_us = clock_now_us();
    return job_in_lane(job, wait_in, &entry, NULL);
}

static struct err run_claimed(struct job *job)
{
    const struct job_kind *kind = kinds[job->kind].kind;
    struct err e = kind->describe(job);
    if (!err_failed(e)) e = kind->work(job);
    if (!err_failed(e)) e = settle(job);
    if (e.code == ERR_CONSENT_REQUIRED) e = wait_for_consent(job);
    if (err_failed(e)) {
        log_failure(job->runner->core, "job", e);
        if (e.code != ERR_CANCELLED) IGNORE(give_back(job)); /* where this fails too its lease runs out */
    }
    worker_answer_free(&job->answer);
    return e;
}

/* Claims and runs one job; *found_out tells whether there was one. */
static struct err run_one(struct runner *runner, bool *found_out)
{
    struct job job = {.runner = runner, .now_us = clock_now_us()};
    job.lease_us = lease(runner->core, job.now_us);
    arena_reset(&runner->arena);
    struct rows waiting;
    const struct value now = value_number(job.now_us);
    TRY(db_query(runner->conn, SQL_job_waiting, NULL, &now, 1, &runner->arena, &waiting));
    *found_out = waiting.count > 0;
    if (!*found_out) return OK;
    TRY(take_one(&job, found_out));
    if (!*found_out) return OK;
    if (job.kind < 0 || job.kind >= KINDS || kinds[job.kind].kind == NULL) return FAIL(SCHEMA);
    return run_claimed(&job);
}

void *jobs_runner(void *arg)
{
    struct runner *runner = arg;
    struct core *core = runner->core;
    int64_t idle_s = db_is_shared(core->db) ? IDLE_SHARED_S : IDLE_S;
    while (!atomic_load(&core->stopping)) {
        unsigned seen = atomic_load(&core->jobs_wanted);
        bool found = false;
        struct err e = run_one(runner, &found);
        if (err_failed(e) || !found) jobs_wait(core, seen, idle_s);
    }
    return NULL;
}

struct err runner_open(struct runner *runner, struct core *core, int vault_fd, int vault_area)
{
    *runner = (struct runner){.core = core};
    arena_init(&runner->arena, JOB_ARENA);
    TRY(vault_client_open(&runner->vault, vault_fd, vault_area));
    return db_connect(core->db, DB_READER, &runner->conn);
}
