#include "main/medscribed.h"

#include "base/clock.h"
#include "os/channel.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_FIRST_SECONDS = 1, WAIT_DOUBLINGS = 5 }; /* 1, 2, 4 … 32 seconds */
enum { TICK_MS = 250, RESTARTS_MAX = 5, RESTART_WINDOW_SECONDS = 60, EXIT_FAIL_STOP = 70 };
enum { COURIER_AGAIN_SECONDS = 1, COURIER_STOP_SECONDS = 3, FRONT_STOP_SECONDS = 5, CORE_STOP_SECONDS = 15, VAULT_STOP_SECONDS = 3 };

/* ---- start: who is connected with whom */

struct wires {
    struct child vault, core, front;
    int to_close[3 * CHILD_FDS_MAX];
    size_t close_count;
};

static int closed_later(struct wires *w, int fd) { return w->to_close[w->close_count++] = fd; }

static struct err wire_front(struct wires *w, unsigned loops)
{
    for (unsigned i = 0; i < loops; i++) {
        int pair[2];
        TRY(medscribed_sockets_pair(SOCK_STREAM, pair));
        child_add(&w->front, CHILD_FD_CORE, i, closed_later(w, pair[0]));
        child_add(&w->core, CHILD_FD_FRONT, i, closed_later(w, pair[1]));
    }
    return OK;
}

static struct err wire_vault(struct wires *w, unsigned clients)
{
    for (unsigned i = 0; i < clients; i++) {
        int pair[2], area;
        TRY(medscribed_sockets_pair(SOCK_SEQPACKET, pair));
        child_add(&w->core, CHILD_FD_VAULT, i, closed_later(w, pair[0]));
        child_add(&w->vault, CHILD_FD_CLIENT, i, closed_later(w, pair[1]));
        TRY(medscribed_sockets_area(&area));
        child_add(&w->core, CHILD_FD_VAULT_AREA, i, closed_later(w, area));
        child_add(&w->vault, CHILD_FD_VAULT_AREA, i, area);
    }
    return OK;
}

static struct err wire_files(struct service *s, struct wires *w)
{
    int key, certificate, certificate_key;
    TRY(medscribed_folder_root_key(s->config, &s->folder, &key, &s->message));
    child_add(&w->vault, CHILD_FD_ROOT_KEY, 0, closed_later(w, key));
    child_add(&w->core, CHILD_FD_CONTROL, 0, s->control);
    if (s->offline) return OK;
    TRY(medscribed_certificate(s->config, &s->folder, &certificate, &certificate_key, &s->message));
    child_add(&w->front, CHILD_FD_CERTIFICATE, 0, closed_later(w, certificate));
    child_add(&w->front, CHILD_FD_CERTIFICATE_KEY, 0, closed_later(w, certificate_key));
    for (unsigned i = 0; i < s->loops; i++) child_add(&w->front, CHILD_FD_LISTEN, i, s->listen[i]);
    return OK;
}

/* Before core, which gets the other end. */
static struct err wire_courier(struct service *s, struct wires *w)
{
    int pair[2];
    fd_close(&s->courier.calls);
    s->courier.again_us = 0;
    if (s->offline || !medscribed_courier_wanted(s->config)) return OK;
    TRY(medscribed_sockets_pair(SOCK_SEQPACKET, pair));
    child_add(&w->core, CHILD_FD_COURIER, 0, closed_later(w, pair[0]));
    s->courier.calls = pair[1];
    return medscribed_courier_start(s->public_config, s->directory, &s->courier, &s->processes[PROGRAM_COURIER], &s->message);
}

static struct err start_one(struct service *s, enum program program, const struct child *child)
{
    struct process_start start = {
        .program = program, .directory = s->directory, .child = child,
        /* The folder stays locked until the last program that writes to it has ended. */
        .keep = program == PROGRAM_CORE ? s->folder.lock : -1,
    };
    return medscribed_process_start(&start, &s->processes[program]);
}

struct err medscribed_service_start(struct service *s)
{
    unsigned front_loops = s->offline ? 0 : s->loops, clients = s->loops + CHILD_VAULT_CLIENTS_EXTRA;
    struct wires w = {.vault = {.config = s->public_config, .loops = s->loops, .vault_clients = clients},
                      .core = {.config = s->config, .loops = s->loops, .vault_clients = clients},
                      .front = {.config = s->public_config, .loops = s->loops, .vault_clients = clients}};
    struct err e = wire_files(s, &w);
    if (!err_failed(e)) e = wire_vault(&w, clients);
    if (!err_failed(e)) e = wire_front(&w, front_loops);
    if (!err_failed(e)) e = wire_courier(s, &w);
    if (!err_failed(e)) e = start_one(s, PROGRAM_VAULT, &w.vault);
    if (!err_failed(e)) e = start_one(s, PROGRAM_CORE, &w.core);
    if (!err_failed(e) && !s->offline) e = start_one(s, PROGRAM_FRONT, &w.front);
    while (w.close_count > 0) fd_close(&w.to_close[--w.close_count]);
    s->broken = s->wanted = false;
    return e;
}

/* ---- events */

static void say_end(enum program program, int status)
{
    const char *name = medscribed_process_name(program);
    if (WIFEXITED(status)) medscribed_log("%s ended with exit status %d", name, WEXITSTATUS(status));
    else if (WTERMSIG(status) == SIGSYS) medscribed_log("%s was ended by its sandbox: it tried a system call that is not on its list", name);
    else medscribed_log("%s was ended by signal %d (%s)", name, WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
}

/* It has said why. At the first start trying again mends nothing; a service that ran with these settings waits until what it
   needs (the database) is there again. */
static void on_outside_trouble(struct service *s)
{
    if (!s->announced) {
        s->stopping = true;
        s->exit_status = CONFIG_EXIT;
        return;
    }
    int seconds = WAIT_FIRST_SECONDS << (s->waits < WAIT_DOUBLINGS ? s->waits : WAIT_DOUBLINGS);
    s->waits++;
    s->not_before_us = clock_monotonic_us() + SECONDS_US(seconds);
    medscribed_log("trying again in %d seconds", seconds);
}

static void on_end(struct service *s, pid_t pid, int status, const struct rusage *usage)
{
    if (medscribed_workers_ended(&s->workers, s->processes[PROGRAM_CORE].socket, pid, status, usage)) return;
    for (unsigned i = 0; i < PROGRAM_WORKER; i++) {
        if (s->processes[i].pid != pid) continue;
        medscribed_process_forget(&s->processes[i]);
        bool in_order = WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGTERM;
        if (s->stopping && in_order) return;
        say_end((enum program)i, status);
        if (i == PROGRAM_COURIER && !(WIFEXITED(status) && WEXITSTATUS(status) == CONFIG_EXIT)) {
            s->courier.again_us = clock_monotonic_us() + SECONDS_US(COURIER_AGAIN_SECONDS);
            return;
        }
        if (!s->broken && WIFEXITED(status) && WEXITSTATUS(status) == CONFIG_EXIT) on_outside_trouble(s);
        s->broken = true;
    }
}

static void reap(struct service *s)
{
    struct rusage usage;
    int status;
    for (pid_t pid; (pid = wait4(-1, &status, WNOHANG, &usage)) > 0;) on_end(s, pid, status, &usage);
}

static void on_signal(struct service *s)
{
    struct signalfd_siginfo info;
    if (read(s->signals, &info, sizeof info) != sizeof info) return;
    if (info.ssi_signo == SIGCHLD) reap(s);
    else if (info.ssi_signo != SIGHUP) s->stopping = true;
    else if (!s->stopping) {
        medscribed_log("reading the certificate again");
        s->broken = s->wanted = true;
    }
}

static void on_message(struct service *s, enum program program)
{
    struct buf message = BUF_WITH_MAX(1024);
    struct process *process = &s->processes[program];
    struct err e = channel_receive(process->socket, &message, NULL, NULL);
    if (err_failed(e)) {
        fd_close(&process->socket); /* it ends, or talks nonsense; its end is seen by SIGCHLD */
        if (e.code != ERR_CLOSED) kill(process->pid, SIGKILL);
    } else if (message.n == 1 && message.p[0] == CHILD_READY) {
        process->ready = true;
    } else if (program == PROGRAM_CORE) {
        medscribed_workers_message(&s->workers, process->socket, buf_span(&message));
    }
    buf_free(&message);
}

static struct log_source *source_of(struct service *s, size_t i)
{
    return i < PROGRAM_WORKER ? &s->processes[i].log : &s->workers.table[i - PROGRAM_WORKER].process.log;
}

/* Waits a moment for whatever happens and deals with it. */
static void turn(struct service *s)
{
    enum { SOURCES = PROGRAM_WORKER + WORKERS_MAX };
    struct pollfd polls[1 + PROGRAM_WORKER + SOURCES];
    struct pollfd *messages = polls + 1, *logs = messages + PROGRAM_WORKER;
    polls[0] = (struct pollfd){.fd = s->signals, .events = POLLIN};
    for (size_t i = 0; i < PROGRAM_WORKER; i++) messages[i] = (struct pollfd){.fd = s->processes[i].pid != 0 ? s->processes[i].socket : -1, .events = POLLIN};
    for (size_t i = 0; i < SOURCES; i++) {
        bool open = i < PROGRAM_WORKER ? s->processes[i].pid != 0 : s->workers.table[i - PROGRAM_WORKER].running;
        logs[i] = (struct pollfd){.fd = open ? source_of(s, i)->fd : -1, .events = POLLIN};
    }
    if (poll(polls, sizeof polls / sizeof polls[0], TICK_MS) > 0) {
        for (size_t i = 0; i < SOURCES; i++)
            if (logs[i].revents != 0) medscribed_log_read(source_of(s, i));
        for (size_t i = 0; i < PROGRAM_WORKER; i++)
            if (messages[i].revents != 0) on_message(s, (enum program)i);
        if (polls[0].revents != 0) on_signal(s);
    }
    medscribed_workers_tick(&s->workers);
    if (s->courier.again_us == 0 || s->stopping || s->broken || clock_monotonic_us() < s->courier.again_us) return;
    s->courier.again_us = 0;
    struct err e = medscribed_courier_start(s->public_config, s->directory, &s->courier, &s->processes[PROGRAM_COURIER], &s->message);
    if (err_failed(e)) s->courier.again_us = clock_monotonic_us() + SECONDS_US(COURIER_STOP_SECONDS);
}

/* ---- stop and start again */

static void stop_one(struct service *s, enum program program, int seconds)
{
    struct process *process = &s->processes[program];
    int64_t deadline = clock_monotonic_us() + SECONDS_US(seconds);
    if (process->pid == 0) return;
    kill(process->pid, SIGTERM);
    while (process->pid != 0 && clock_monotonic_us() < deadline) turn(s);
    if (process->pid == 0) return;
    medscribed_log("%s did not end in %d seconds and is killed", medscribed_process_name(program), seconds);
    kill(process->pid, SIGKILL);
    while (process->pid != 0) turn(s);
}

/* First who takes requests, last who holds the keys. */
static void stop_all(struct service *s)
{
    bool was_stopping = s->stopping;
    s->stopping = true;
    stop_one(s, PROGRAM_FRONT, FRONT_STOP_SECONDS);
    stop_one(s, PROGRAM_CORE, CORE_STOP_SECONDS);
    stop_one(s, PROGRAM_COURIER, COURIER_STOP_SECONDS);
    stop_one(s, PROGRAM_VAULT, VAULT_STOP_SECONDS);
    medscribed_workers_kill_all(&s->workers);
    s->stopping = was_stopping;
}

/* False when it happened too often: better no service than one that flickers. */
static bool may_restart(struct service *s)
{
    int64_t now = clock_monotonic_us(), oldest = s->restarts_us[0];
    if (s->wanted || s->waits > 0) return true;
    if (oldest != 0 && now - oldest < SECONDS_US(RESTART_WINDOW_SECONDS)) return false;
    memmove(s->restarts_us, s->restarts_us + 1, sizeof s->restarts_us - sizeof s->restarts_us[0]);
    s->restarts_us[RESTARTS_MAX - 1] = now;
    return true;
}

static void restart(struct service *s)
{
    stop_all(s);
    if (s->stopping || clock_monotonic_us() < s->not_before_us) return;
    if (!may_restart(s)) {
        medscribed_log("stopping for good: %d restarts within %d seconds; the lines above say what ended", RESTARTS_MAX, RESTART_WINDOW_SECONDS);
        s->exit_status = EXIT_FAIL_STOP;
        s->stopping = true;
        return;
    }
    struct err e = medscribed_service_start(s);
    if (!err_failed(e)) {
        medscribed_log("all programs are started again");
        return;
    }
    medscribed_log("could not start again: %.*s", s->message.n > 0 ? (int)s->message.n : 8, s->message.n > 0 ? (const char *)s->message.p : "no means");
    s->broken = true;
    nanosleep(&(struct timespec){.tv_nsec = 500 * 1000 * 1000}, NULL);
}

static bool all_ready(const struct service *s)
{
    bool courier_ready = s->courier.calls < 0 || s->processes[PROGRAM_COURIER].ready;
    return s->processes[PROGRAM_VAULT].ready && s->processes[PROGRAM_CORE].ready && (s->offline || s->processes[PROGRAM_FRONT].ready) && courier_ready;
}

int medscribed_service_run(struct service *s)
{
    while (!s->stopping) {
        turn(s);
        if (s->stopping) break;
        if (s->broken) restart(s);
        else if (s->waits > 0 && all_ready(s)) s->waits = 0;
        else if (!s->announced && all_ready(s)) {
            s->announced = true;
            if (!s->offline) medscribed_announce(s->config, &s->folder);
        }
    }
    s->stopping = true;
    stop_all(s);
    unlinkat(s->folder.fd, "control.sock", 0);
    return s->exit_status;
}
