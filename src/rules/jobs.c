/* Runners: claim a job, hand its file to a worker, keep what comes back. Reading the file is on record before it happens;
   a worker that dies fails its job with a reason, and nothing else notices. */
#include "rules/jobs.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/utf8.h"
#include "os/channel.h"
#include "rules/files.h"
#include "rules/jobs_private.h"
#include "rules/submissions.h"
#include "wire/worker.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { IDLE_S = 5, IDLE_SHARED_S = 1, LEASE_MARGIN_S = 120, RETRY_S = 10, ATTEMPTS_MAX = 3, PROGRESS_EVERY_US = 500000, JOB_ARENA = 64 << 20 };

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

/* --- one job */

struct job {
    struct runner *runner;
    struct rows claim, about;
    struct id id, clinic, submission, subject;
    struct span key;
    int64_t now_us, lease_us;
    int percent;
    struct span stage;
    int64_t progress_us;
    struct buf text, draft, document; /* what the worker said */
    struct span recognised_sealed, draft_sealed, document_sealed;
    int64_t version; /* the new one */
    char reason[WORKER_REASON_MAX + 1];
    bool killed;
};

static int64_t lease(const struct core *core, int64_t now)
{
    return now + SECONDS_US(config_integer(core->config, CONFIG_worker_seconds) + LEASE_MARGIN_S);
}

static struct err claim(struct db_conn *writer, void *arg)
{
    struct job *job = arg;
    const struct value values[] = {value_number(job->now_us), value_number(job->lease_us)};
    return db_query(writer, SQL_job_claim, NULL, values, 2, &job->runner->arena, &job->claim);
}

static struct err run_in_lane(struct job *job, struct err (*apply)(struct db_conn *, void *), const struct audit_entry *audit, struct receipt *receipt_out)
{
    struct lane_work work = {.apply = apply, .arg = job, .audit = audit};
    struct err e = lane_run(job->runner->core->lane, &work);
    if (receipt_out != NULL) *receipt_out = work.receipt;
    return e;
}

static struct err put_history(struct db_conn *writer, const struct job *job, int64_t version, int64_t status)
{
    const struct value values[] = {value_id(&job->submission), value_id(&job->clinic), value_number(version), value_number(status),
                                   value_number(job->now_us), value_null()};
    return db_exec(writer, SQL_history_insert, NULL, values, 6);
}

static struct err mark_processing(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct value values[] = {value_id(&job->submission), value_number(job->now_us)};
    TRY(db_exec(writer, SQL_submission_processing, NULL, values, 2));
    return put_history(writer, job, 1, STATUS_PROCESSING);
}

static struct audit_entry entry_for(const struct job *job, enum audit_action action, bool success)
{
    return (struct audit_entry){.clinic = job->clinic, .request_id = job->id, .action = action, .success = success,
                                .resource_type = RESOURCE_SUBMISSION, .resource = job->submission};
}

/* --- talking to the worker */

static struct err send(int fd, uint32_t type, struct span bytes)
{
    uint8_t head[WORKER_HEADER_BYTES];
    for (size_t i = 0; i < 4; i++) {
        head[i] = (uint8_t)(bytes.n >> (8 * i));
        head[4 + i] = (uint8_t)(type >> (8 * i));
    }
    TRY(channel_write(fd, span_of(head, sizeof head)));
    return channel_write(fd, bytes);
}

static struct err send_job(struct job *job, int fd)
{
    const struct rows *about = &job->about;
    const char *media = media_type_name((unsigned)rows_number(about, 0, 4));
    struct buf text = BUF_WITH_MAX(WORKER_JOB_MAX);
    struct json j = JSON_TO(&text);
    json_object(&j);
    json_put_word(&j, "kind", submission_type_word(rows_number(&job->claim, 0, 3)));
    json_put_word(&j, "media_type", media);
    json_put_word(&j, "language", config_text(job->runner->core->config, CONFIG_language));
    json_put_null(&j, "form");
    json_object_end(&j);
    struct err e = send(fd, WORKER_JOB, buf_span(&text));
    buf_free(&text);
    return e;
}

static struct err send_file(struct job *job, int fd, const struct receipt *receipt)
{
    struct sealed_file file;
    struct err e = OK;
    if (receipt->lane == NULL) return FAIL(INTERNAL);
    TRY(sealed_file_open(job->runner->core->files_dir, rows_id(&job->about, 0, 3), job->subject, job->key, (uint64_t)rows_number(&job->about, 0, 5), &file));
    struct buf plain = BUF_WITH_MAX(FILE_CHUNK_BYTES);
    for (uint64_t chunk = 0; chunk < file.chunks && !err_failed(e); chunk++) {
        struct vault_request ask;
        buf_reset(&plain);
        e = sealed_file_chunk(&file, chunk, &ask);
        if (!err_failed(e)) e = vault_client_call(&job->runner->vault, &ask, &plain);
        if (!err_failed(e)) e = send(fd, WORKER_DATA, buf_span(&plain));
    }
    buf_free(&plain);
    sealed_file_close(&file);
    return err_failed(e) ? e : send(fd, WORKER_END, SPAN_NONE);
}

static struct err put_progress(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct value values[] = {value_id(&job->id), value_number(job->percent), value_text(job->stage), value_number(job->now_us), value_number(job->lease_us)};
    return db_exec(writer, SQL_job_progress, NULL, values, 5);
}

/* A stage is a word of the worker's own; it has read a stranger's file, so nothing else is passed on to the database. */
static bool is_word(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < 'a' || s.p[i] > 'z') && s.p[i] != '_' && s.p[i] != ' ') return false;
    return s.n <= 31;
}

static struct err take_progress(struct job *job, struct span payload)
{
    struct wire_reader r = {.rest = payload};
    int percent = wire_u8(&r);
    int64_t now = clock_now_us();
    if (r.failed || percent > 100 || !is_word(r.rest)) return FAIL(BAD_FRAME);
    if (now - job->progress_us < PROGRESS_EVERY_US) return OK;
    job->progress_us = job->now_us = now;
    job->lease_us = lease(job->runner->core, now);
    job->percent = percent;
    job->stage = r.rest;
    IGNORE(run_in_lane(job, put_progress, NULL, NULL)); /* a bar that stands still is no reason to lose the work */
    return OK;
}

static bool known_reason(struct span reason)
{
    static const char *const words[] = {"no_speech", "no_text", "too_dark", "too_short", "too_long", "unreadable_media", "unsupported_media",
                                        "too_large", "engine_failed", "killed_memory", "killed_time", "killed_forbidden"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (span_is(reason, words[i])) return true;
    return false;
}

static void fail_with(struct job *job, struct span reason)
{
    if (!known_reason(reason)) reason = SPAN_LITERAL("engine_failed");
    memcpy(job->reason, reason.p, reason.n);
    job->reason[reason.n] = '\0';
}

/* One message of the worker; *end_out after the last. Everything it says is checked: it has parsed a stranger's file. */
static struct err take_message(struct job *job, uint32_t type, struct span payload, bool *end_out)
{
    switch (type) {
    case WORKER_PROGRESS: return take_progress(job, payload);
    case WORKER_FAILED:
        fail_with(job, payload);
        *end_out = true;
        return OK;
    case WORKER_TEXT: buf_reset(&job->text); buf_put_span(&job->text, payload); return buf_check(&job->text);
    case WORKER_DRAFT: buf_reset(&job->draft); buf_put_span(&job->draft, payload); return buf_check(&job->draft);
    case WORKER_RESULT:
        if (job->text.n == 0 || job->draft.n == 0 || !json_valid(payload) || !utf8_valid(buf_span(&job->text)) || !utf8_valid(buf_span(&job->draft))) return FAIL(BAD_FRAME);
        buf_put_span(&job->document, payload);
        *end_out = true;
        return buf_check(&job->document);
    default: return FAIL(BAD_FRAME);
    }
}

static struct err receive_all(struct job *job, int fd)
{
    struct buf message = BUF_WITH_MAX(WORKER_RESULT_MAX);
    struct err e = OK;
    for (bool end = false; !end && !err_failed(e);) {
        uint8_t head[WORKER_HEADER_BYTES];
        e = channel_read(fd, head, sizeof head);
        if (err_failed(e)) break;
        struct wire_reader r = {.rest = span_of(head, sizeof head)};
        uint32_t n = wire_u32(&r);
        uint32_t type = wire_u32(&r);
        buf_reset(&message);
        uint8_t *to = n == 0 ? message.p : buf_reserve(&message, n);
        if (n > 0 && to == NULL) e = FAIL(BAD_FRAME);
        else if (n > 0) e = channel_read(fd, to, n);
        if (!err_failed(e) && n > 0) buf_added(&message, n);
        if (!err_failed(e)) e = take_message(job, type, buf_span(&message), &end);
    }
    buf_free(&message);
    return e;
}

/* --- keeping the result */

static struct err seal_result(struct job *job)
{
    struct vault_client *vault = &job->runner->vault;
    const struct vault_request ask[] = {
        submission_seal(PURPOSE_RECOGNISED, job->submission, job->subject, job->key, 0, buf_span(&job->text)),
        submission_seal(PURPOSE_DRAFT, job->submission, job->subject, job->key, draft_seal_version(job->version, STATUS_DRAFT), buf_span(&job->draft)),
        submission_seal(PURPOSE_EVIDENCE, job->submission, job->subject, job->key, 0, buf_span(&job->document)),
    };
    struct span *const out[] = {&job->recognised_sealed, &job->draft_sealed, &job->document_sealed};
    for (size_t i = 0; i < 3; i++) {
        struct buf sealed = BUF_WITH_MAX(WORKER_RESULT_MAX + VAULT_ENVELOPE_BYTES);
        struct err e = vault_client_call(vault, &ask[i], &sealed);
        if (!err_failed(e)) *out[i] = arena_copy(&job->runner->arena, buf_span(&sealed));
        buf_free(&sealed);
        TRY(e);
        if (out[i]->p == NULL) return FAIL(OUT_OF_MEMORY);
    }
    return OK;
}

static struct err finish_job(struct db_conn *writer, const struct job *job, int64_t state, struct value error)
{
    struct arena arena;
    struct rows rows;
    arena_init(&arena, 4096);
    const struct value values[] = {value_id(&job->id), value_number(state), error, value_number(job->now_us)};
    struct err e = db_query(writer, SQL_job_done, NULL, values, 4, &arena, &rows);
    if (!err_failed(e) && rows.count == 0) e = FAIL(CANCELLED); /* the lease was lost: another runner has it */
    arena_free(&arena);
    return e;
}

static struct err keep_result(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct value now = value_number(job->now_us);
    const struct value texts[] = {value_id(&job->submission), value_bytes(job->recognised_sealed), value_bytes(job->draft_sealed), now};
    TRY(finish_job(writer, job, 2, value_null()));
    TRY(db_exec(writer, SQL_submission_recognised, NULL, texts, 4));
    const struct value evidence[] = {value_id(&job->submission), value_id(&job->clinic), now, value_bytes(job->document_sealed)};
    TRY(db_exec(writer, SQL_evidence_insert, NULL, evidence, 4));
    const struct value version[] = {value_id(&job->submission), value_id(&job->clinic), value_number(job->version), value_bytes(job->draft_sealed), now, value_null()};
    TRY(db_exec(writer, SQL_version_insert, NULL, version, 6));
    return put_history(writer, job, job->version, STATUS_DRAFT);
}

static struct err keep_failure(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct value reason = value_text(span_text(job->reason));
    const struct value values[] = {value_id(&job->submission), reason, value_number(job->now_us)};
    TRY(finish_job(writer, job, 3, reason));
    TRY(db_exec(writer, SQL_submission_failed, NULL, values, 3));
    return put_history(writer, job, 1, STATUS_FAILED);
}

static struct err settle(struct job *job)
{
    job->now_us = clock_now_us();
    if (job->reason[0] == '\0') {
        job->version = 2; /* queued submissions are version 1; the machine's draft is the next */
        TRY(seal_result(job));
        struct audit_entry entry = entry_for(job, AUDIT_RECOGNISED, true);
        audit_detail_number(&entry, DETAIL_VERSION, job->version);
        return run_in_lane(job, keep_result, &entry, NULL);
    }
    struct audit_entry entry = entry_for(job, job->killed ? AUDIT_PARSER_KILLED : AUDIT_JOB_FAILED, false);
    audit_detail_text(&entry, DETAIL_REASON, span_text(job->reason));
    return run_in_lane(job, keep_failure, &entry, NULL);
}

static struct err work_on(struct job *job)
{
    struct core *core = job->runner->core;
    struct receipt receipt;
    int fd = -1, pid = 0;
    struct audit_entry entry = entry_for(job, AUDIT_JOB_READ, true);
    TRY(run_in_lane(job, mark_processing, &entry, &receipt));
    TRY(child_spawn_worker(core->child, &fd, &pid));
    struct err e = send_job(job, fd);
    if (!err_failed(e)) e = send_file(job, fd, &receipt);
    bool ours = err_failed(e) && e.code != ERR_CLOSED && e.code != ERR_IO; /* our own trouble, not the worker's */
    if (!ours) e = receive_all(job, fd);
    fd_close(&fd);
    if (ours && e.code == ERR_INTEGRITY) {
        fail_with(job, SPAN_LITERAL("unreadable_media"));
        return OK;
    }
    if (ours) return e;
    if (err_failed(e)) {
        job->killed = true;
        fail_with(job, SPAN_LITERAL("engine_failed"));
    }
    return OK;
}

static struct err describe(struct job *job)
{
    const struct rows *c = &job->claim;
    job->id = rows_id(c, 0, 0);
    job->clinic = rows_id(c, 0, 1);
    job->submission = rows_id(c, 0, 2);
    const struct value value = value_id(&job->submission);
    TRY(db_query(job->runner->conn, SQL_job_subject, NULL, &value, 1, &job->runner->arena, &job->about));
    if (job->about.count != 1) return FAIL(NOT_FOUND);
    job->subject = rows_id(&job->about, 0, 0);
    job->key = rows_bytes(&job->about, 0, 2);
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
    int64_t later = job->now_us + SECONDS_US(RETRY_S) * rows_number(&job->claim, 0, 4);
    const struct value values[] = {value_id(&job->id), value_number(later), value_text(SPAN_LITERAL("tried again")), value_number(job->now_us)};
    return db_exec(writer, SQL_job_retry, NULL, values, 4);
}

static struct err give_back(struct job *job)
{
    job->now_us = clock_now_us();
    if (rows_number(&job->claim, 0, 4) < ATTEMPTS_MAX) return run_in_lane(job, put_back, NULL, NULL);
    fail_with(job, SPAN_LITERAL("engine_failed"));
    return settle(job);
}

static struct err run_claimed(struct job *job)
{
    job->text = BUF_WITH_MAX(WORKER_TEXT_MAX);
    job->draft = BUF_WITH_MAX(WORKER_TEXT_MAX);
    job->document = BUF_WITH_MAX(WORKER_RESULT_MAX);
    struct err e = describe(job);
    if (!err_failed(e)) e = work_on(job);
    if (!err_failed(e)) e = settle(job);
    buf_free(&job->text);
    buf_free(&job->draft);
    buf_free(&job->document);
    if (!err_failed(e)) return OK;
    log_failure(job->runner->core, "job", e);
    if (e.code != ERR_CANCELLED) IGNORE(give_back(job)); /* where this fails too its lease runs out */
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
    TRY(run_in_lane(&job, claim, NULL, NULL));
    *found_out = job.claim.count > 0;
    return *found_out ? run_claimed(&job) : OK;
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
