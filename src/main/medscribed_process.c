#include "main/medscribed.h"

#include "base/clock.h"
#include "os/channel.h"
#include "os/sandbox.h"
#include "wire/worker.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef MEDSCRIBE_LIBEXEC
#error "the build names the folder of the installed programs"
#endif

enum { KEPT = 4, WORKER_NICE = 10, WORKER_FILE_BYTES = 64 * 1024 * 1024, WORKER_DESCRIPTORS = 64, CANNOT_START = 127 };

static const char *const names[PROGRAM_COUNT] = {
    [PROGRAM_VAULT] = "vault", [PROGRAM_CORE] = "core", [PROGRAM_FRONT] = "front", [PROGRAM_COURIER] = "courier",
    [PROGRAM_WORKER] = "worker"};

const char *medscribed_process_name(enum program program) { return names[program]; }

/* A fresh environment: no setting, no secret, nothing of the caller's but what the sanitizers and the coverage of test builds need. */
static char **environment(void)
{
    static const char *const passed[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE",
                                         "GCOV_PREFIX", "GCOV_PREFIX_STRIP", "TESSDATA_PREFIX"};
    static char texts[sizeof passed / sizeof passed[0]][1024];
    static char *list[sizeof passed / sizeof passed[0] + 4];
    size_t n = 0;
    static char language[] = "LANG=C.UTF-8", path[] = "PATH=/usr/bin:/bin";
    static char threads[] = "OMP_THREAD_LIMIT=1"; /* Tesseract would start four that fight over the cores */
    list[n++] = path;
    list[n++] = threads;
    list[n++] = language;
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
        const char *value = getenv(passed[i]);
        if (value == NULL || strlen(value) > 900) continue;
        snprintf(texts[i], sizeof texts[i], "%s=%s", passed[i], value);
        list[n++] = texts[i];
    }
    list[n] = NULL;
    return list;
}

/* What the longest recording may earn (worker.c gives itself its share of this as it hears). */
uint64_t medscribed_worker_cpu_seconds(const struct config *config)
{
    return (uint64_t)config_integer(config, CONFIG_worker_seconds) + WORKER_SOUND_MAX_S;
}

static bool limit(enum program program, const struct config *config)
{
    const uint64_t mib = 1024 * 1024;
    if (program != PROGRAM_WORKER) return !err_failed(sandbox_limits(0, 0, 0, 0));
    setpriority(PRIO_PROCESS, 0, WORKER_NICE);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); /* first to go when memory is short */
    if (fd >= 0) IGNORE(channel_write(fd, SPAN_LITERAL("1000")));
    fd_close(&fd);
    return !err_failed(sandbox_limits((uint64_t)config_integer(config, CONFIG_worker_memory_mib) * mib,
                                      medscribed_worker_cpu_seconds(config), WORKER_FILE_BYTES, WORKER_DESCRIPTORS));
}

/* From the folder of medscribed itself (a build), else from the installed place. Returns only when it is in neither. */
static void execute(const struct process_start *start)
{
    const char *name = names[start->program];
    const char *const folders[] = {start->directory, MEDSCRIBE_LIBEXEC};
    char path[1200], title[32];
    snprintf(title, sizeof title, "medscribe-%s", name);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folders[i], title);
        execve(path, (char *[]){title, NULL}, environment());
        snprintf(path, sizeof path, "%s/%s", folders[i], name);
        execve(path, (char *[]){title, NULL}, environment());
    }
    IGNORE(channel_write(2, SPAN_LITERAL("the program is not installed; run make again, or reinstall the package\n")));
}

/* In the child, until it becomes the program. Only descriptors 0-3 (and 4 with `keep`) live on. */
static _Noreturn void become(const struct process_start *start, int socket, int errors, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0); /* a Ctrl-C goes to the parent, which stops everybody in order */
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* away from the low numbers, then into place */
    int high_socket = fcntl(socket, F_DUPFD, 16), high_errors = fcntl(errors, F_DUPFD, 16);
    int high_keep = start->keep >= 0 ? fcntl(start->keep, F_DUPFD, 16) : -1, high_nothing = fcntl(nothing, F_DUPFD, 16);
    bool ok = getppid() == parent && dup2(high_nothing, 0) == 0 && dup2(high_errors, 1) == 1 && dup2(high_errors, 2) == 2 &&
              dup2(high_socket, CHILD_SOCKET) == CHILD_SOCKET && (start->keep < 0 || dup2(high_keep, KEPT) == KEPT) &&
              close_range(start->keep >= 0 ? KEPT + 1 : KEPT, ~0u, 0) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0;
    prctl(PR_SET_DUMPABLE, 1); /* for oom_score_adj; the sandbox takes it away again */
    ok = ok && limit(start->program, start->child->config);
    if (ok) execute(start);
    _exit(CANNOT_START);
}

struct err medscribed_process_start(const struct process_start *start, struct process *process_out)
{
    int sockets[2] = {-1, -1}, errors[2] = {-1, -1};
    struct err e = medscribed_sockets_pair(SOCK_SEQPACKET, sockets);
    if (!err_failed(e) && pipe2(errors, O_CLOEXEC) != 0) e = FAIL(IO);
    pid_t parent = getpid(), pid = err_failed(e) ? -1 : fork();
    if (pid == 0) become(start, sockets[1], errors[1], parent);
    fd_close(&sockets[1]);
    fd_close(&errors[1]);
    if (pid < 0) {
        fd_close(&sockets[0]);
        fd_close(&errors[0]);
        return FAIL(IO);
    }
    char name[24];
    snprintf(name, sizeof name, start->program == PROGRAM_WORKER ? "%s[%d]" : "%s", names[start->program], (int)pid);
    *process_out = (struct process){.pid = pid, .socket = sockets[0]};
    medscribed_log_open(&process_out->log, name, errors[0]);
    return child_hand_over(sockets[0], start->child); /* when it fails, the program ends by itself and is reaped like any other */
}

void medscribed_process_forget(struct process *process)
{
    if (process->pid == 0) return;
    fd_close(&process->socket);
    if (process->log.fd >= 0) medscribed_log_read(&process->log);
    medscribed_log_close(&process->log);
    *process = (struct process){.socket = -1, .log = {.fd = -1}};
}
