#include "main/medscribed.h"

#include "base/clock.h"
#include "os/channel.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    GRACE_SECONDS = 1, /* between a worker's last word and its end */
    KEEP_SECONDS = 600,
    TIMES_USED = 10, /* a worker at work gets one second of processor time in ten at least */
};

static struct err check_language(struct span language, struct buf *message)
{
    char path[128] = "/usr/share/tesseract-ocr/5/tessdata/", package[64] = "";
    for (size_t i = 0; i < language.n && i < sizeof package - 1; i++) package[i] = language.p[i] == '_' ? '-' : (char)language.p[i];
    snprintf(path + strlen(path), sizeof path - strlen(path), "%.*s.traineddata", (int)language.n, (const char *)language.p);
    if (access(path, R_OK) == 0) return OK;
    buf_reset(message);
    buf_put_text(message, "language: pages in \"");
    buf_put_span(message, language);
    buf_put_text(message, "\" cannot be read; apt install tesseract-ocr-");
    buf_put_text(message, package);
    buf_put_text(message, ", or correct the setting");
    return FAIL(CONFIG);
}

struct err medscribed_workers_check(const struct config *config, struct buf *message)
{
    struct span rest = span_text(config_text(config, CONFIG_language));
    if (config_integer(config, CONFIG_workers) == 0) return OK; /* another machine reads */
    while (rest.n > 0) {
        const uint8_t *plus = memchr(rest.p, '+', rest.n);
        struct span language = plus == NULL ? rest : span_of(rest.p, (size_t)(plus - rest.p));
        if (language.n > 0) TRY(check_language(language, message));
        rest = span_sub(rest, language.n + 1, rest.n);
    }
    return OK;
}

/* Waiting for input counts as well, so generously more than its processor time; and more again the more of that it has used: a
   long recording on a busy machine takes hours, a worker that hangs or sleeps uses none. */
static bool out_of_time(const struct workers *workers, const struct worker *worker, int64_t now_us)
{
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(worker->pid, &clock) == 0) clock_gettime(clock, &used);
    int64_t limit = 2 * config_integer(workers->config, CONFIG_worker_seconds) + 60 + TIMES_USED * used.tv_sec;
    return now_us > worker->started_us + SECONDS_US(limit);
}

static struct worker *find(struct workers *workers, pid_t pid)
{
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (workers->table[i].pid == pid && pid != 0) return &workers->table[i];
    return NULL;
}

/* A free place, or that of the worker that ended longest ago and was never asked about. */
static struct worker *place(struct workers *workers)
{
    struct worker *oldest = NULL;
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct worker *w = &workers->table[i];
        if (w->pid == 0) return w;
        if (!w->running && (oldest == NULL || w->ended_us < oldest->ended_us)) oldest = w;
    }
    return oldest;
}

static void answer_spawn(int core, uint32_t pid, int fd)
{
    uint8_t message[5] = {CHILD_SPAWNED};
    memcpy(message + 1, &pid, sizeof pid);
    IGNORE(channel_send(core, span_of(message, sizeof message), &fd, fd >= 0 ? 1 : 0));
}

static void answer_end(int core, enum child_end end)
{
    IGNORE(channel_send(core, span_of((const uint8_t[]){CHILD_WORKER_ENDED, (uint8_t)end}, 2), NULL, 0));
}

static struct err spawn(struct workers *workers, struct worker *worker, int *fd_out)
{
    int pair[2] = {-1, -1};
    TRY(medscribed_sockets_pair(SOCK_STREAM, pair));
    struct child child = {.config = (struct config *)(uintptr_t)workers->config};
    struct process_start start = {.program = PROGRAM_WORKER, .directory = workers->directory, .keep = -1, .child = &child};
    bool ok = child_add(&child, CHILD_FD_WORKER, 0, pair[1]);
    *worker = (struct worker){.process = {.socket = -1, .log = {.fd = -1}}};
    struct err e = ok ? medscribed_process_start(&start, &worker->process) : FAIL(INTERNAL);
    fd_close(&pair[1]);
    if (worker->process.pid != 0) {
        worker->pid = worker->process.pid;
        worker->running = true;
        worker->started_us = clock_monotonic_us();
    }
    if (err_failed(e)) fd_close(&pair[0]);
    else *fd_out = pair[0];
    return e;
}

static void on_spawn(struct workers *workers, int core)
{
    int fd = -1;
    struct worker *worker = place(workers);
    if (worker == NULL || err_failed(spawn(workers, worker, &fd))) {
        medscribed_log("a worker could not be started");
        answer_spawn(core, 0, -1);
        return;
    }
    answer_spawn(core, (uint32_t)worker->pid, fd);
    fd_close(&fd);
}

static void on_end_question(struct workers *workers, int core, pid_t pid)
{
    struct worker *worker = find(workers, pid);
    if (worker == NULL) {
        answer_end(core, CHILD_ENDS);
    } else if (worker->running) {
        worker->asked = true;
        worker->ask_deadline_us = clock_monotonic_us() + SECONDS_US(GRACE_SECONDS);
    } else {
        answer_end(core, worker->end);
        worker->pid = 0;
    }
}

void medscribed_workers_message(struct workers *workers, int core, struct span message)
{
    uint32_t pid;
    if (message.n == 1 && message.p[0] == CHILD_SPAWN) {
        on_spawn(workers, core);
    } else if (message.n == 1 + sizeof pid && message.p[0] == CHILD_WORKER_END) {
        memcpy(&pid, message.p + 1, sizeof pid);
        on_end_question(workers, core, (pid_t)pid);
    }
}

static enum child_end judge(const struct workers *workers, const struct worker *worker, int status, const struct rusage *usage)
{
    if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? CHILD_END_NORMAL : CHILD_END_CRASHED;
    if (worker->killed_hung) return CHILD_END_CRASHED;
    uint64_t seconds = (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec);
    int64_t memory_kib = config_integer(workers->config, CONFIG_worker_memory_mib) * 1024;
    switch (WTERMSIG(status)) {
    case SIGSYS: return CHILD_END_FORBIDDEN;
    case SIGXCPU: case SIGPROF: return CHILD_END_TIME;
    case SIGKILL: /* ours, the hard limit on processor time, or the kernel's for want of memory */
        return worker->killed_for_time || seconds >= medscribed_worker_cpu_seconds(workers->config) ? CHILD_END_TIME : CHILD_END_MEMORY;
    default: return usage->ru_maxrss > memory_kib / 2 ? CHILD_END_MEMORY : CHILD_END_CRASHED;
    }
}

bool medscribed_workers_ended(struct workers *workers, int core, pid_t pid, int status, const struct rusage *usage)
{
    struct worker *worker = find(workers, pid);
    if (worker == NULL || !worker->running) return false;
    worker->running = false;
    worker->end = judge(workers, worker, status, usage);
    worker->ended_us = clock_monotonic_us();
    medscribed_process_forget(&worker->process);
    if (worker->asked) {
        answer_end(core, worker->end);
        worker->pid = 0;
    }
    return true;
}

void medscribed_workers_tick(struct workers *workers)
{
    int64_t now = clock_monotonic_us();
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct worker *w = &workers->table[i];
        if (w->pid == 0) continue;
        if (w->running && out_of_time(workers, w, now)) w->killed_for_time = true;
        if (w->running && w->asked && now > w->ask_deadline_us) w->killed_hung = true;
        if (w->running && (w->killed_for_time || w->killed_hung)) kill(w->pid, SIGKILL);
        if (!w->running && now - w->ended_us > SECONDS_US(KEEP_SECONDS)) w->pid = 0;
    }
}

void medscribed_workers_kill_all(struct workers *workers)
{
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        struct worker *w = &workers->table[i];
        if (w->running) kill(w->pid, SIGKILL);
        w->asked = false;
        if (!w->running) w->pid = 0;
    }
}
