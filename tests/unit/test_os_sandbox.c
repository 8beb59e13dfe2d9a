/* Each program's sandbox from inside: what it must not do is refused or deadly, what it needs still works.
   Proves SEC-119 (no exec where requests are handled), SEC-124 and TM-04 (a hostile file that took over the worker). */
#include "os/landlock.h"
#include "os/sandbox.h"
#include "sandbox_attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MIB = 1024 * 1024 };

static char folder[] = "/tmp/medscribe-test-XXXXXX";
static int stream[2];

static const char *const program_names[] = {"front", "core", "vault", "worker"};

static struct err enter(enum sandbox_program program)
{
    const char *const paths[] = {folder};
    struct sandbox_paths p = {0};
    if (program == SANDBOX_CORE) p = (struct sandbox_paths){.writable = paths, .writable_count = 1};
    if (program == SANDBOX_WORKER) p = (struct sandbox_paths){.readable = paths, .readable_count = 1};
    return sandbox_enter(program, &p);
}

/* The wait status of a child that entered the sandbox and then did `function`. */
static int in_sandbox(enum sandbox_program program, long (*function)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        if (err_failed(enter(program))) _exit(NOT_ENTERED);
        _exit(function() < 0 ? REFUSED : DONE);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void escapes_are_refused(void **state)
{
    (void)state;
    for (unsigned program = SANDBOX_FRONT; program <= SANDBOX_WORKER; program++)
        for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
            if (program == SANDBOX_CORE && (attempts[i].core_may || landlock_abi() == 0)) continue;
            int status = in_sandbox(program, attempts[i].function);
            bool held = (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
            if (!held) fail_msg("%s: %s was possible (status %x)", program_names[program], attempts[i].name, (unsigned)status);
        }
}

/* ---- what must go on working */

static void *thread_body(void *arg)
{
    free(malloc(100000));
    return arg;
}
static long threads_work(void)
{
    pthread_t thread;
    void *result = NULL;
    if (pthread_create(&thread, NULL, thread_body, stream) != 0 || pthread_join(thread, &result) != 0) return -1;
    return result == stream ? 0 : -1;
}
static long basics_work(void)
{
    char byte = 'x', random[16];
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct stat st;
    for (int i = 0; i < 200; i++) free(memset(malloc(100000), i, 100000));
    bool ok = epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, stream[1], &event) == 0 && write(stream[0], &byte, 1) == 1 &&
              epoll_wait(epoll, &event, 1, 1000) == 1 && read(stream[1], &byte, 1) == 1 && fstat(stream[0], &st) == 0 &&
              syscall(SYS_getrandom, random, sizeof random, 0) == sizeof random && send(stream[0], &byte, 1, MSG_NOSIGNAL) == 1;
    return ok ? 0 : -1;
}
static long core_files_work(void)
{
    char path[160], moved[160];
    snprintf(path, sizeof path, "%s/new", folder);
    snprintf(moved, sizeof moved, "%s/moved", folder);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool ok = fd >= 0 && pwrite(fd, "abc", 3, 0) == 3 && fcntl(fd, F_SETLK, &lock) == 0 && fsync(fd) == 0 && ftruncate(fd, 4096) == 0;
    void *p = ok ? mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    ok = ok && p != MAP_FAILED && rename(path, moved) == 0 && unlink(moved) == 0 && mkdir(path, 0700) == 0 && rmdir(path) == 0;
    return ok ? 0 : -1;
}
static long worker_reads_its_models(void) { return open(inside, O_RDONLY); }
static long worker_writes_its_models(void) { return open(inside, O_RDWR); }

static void needed_things_work(void **state)
{
    (void)state;
    for (unsigned program = SANDBOX_FRONT; program <= SANDBOX_WORKER; program++) {
        int status = in_sandbox(program, basics_work);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != DONE) fail_msg("%s cannot do its basics (status %x)", program_names[program], (unsigned)status);
        if (program == SANDBOX_VAULT) continue;
        status = in_sandbox(program, threads_work);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != DONE) fail_msg("%s cannot have threads (status %x)", program_names[program], (unsigned)status);
    }
    assert_int_equal(WEXITSTATUS(in_sandbox(SANDBOX_CORE, core_files_work)), DONE);
}

static void worker_opens_models_only_where_landlock_can_tell(void **state)
{
    (void)state;
    int wanted = landlock_abi() > 0 ? DONE : REFUSED;
    assert_int_equal(WEXITSTATUS(in_sandbox(SANDBOX_WORKER, worker_reads_its_models)), wanted);
    assert_int_equal(WEXITSTATUS(in_sandbox(SANDBOX_WORKER, worker_writes_its_models)), REFUSED);
}

static long core_to_postgresql(void) { return socket(AF_INET, SOCK_STREAM, 0); }

static void core_connects_only_where_it_may(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        if (err_failed(sandbox_enter(SANDBOX_CORE, &(struct sandbox_paths){.allow_connect = 1}))) _exit(NOT_ENTERED);
        _exit(core_to_postgresql() < 0 ? REFUSED : DONE);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(WEXITSTATUS(status), DONE);
}

/* A virus scanner is reached by a unix socket, and nothing beyond this machine with it. */
static void core_with_a_scanner_stays_on_this_machine(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        if (err_failed(sandbox_enter(SANDBOX_CORE, &(struct sandbox_paths){.allow_connect_here = 1}))) _exit(NOT_ENTERED);
        if (socket(AF_UNIX, SOCK_STREAM, 0) < 0) _exit(NOT_ENTERED);
        _exit(socket(AF_INET, SOCK_STREAM, 0) < 0 ? REFUSED : DONE);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGSYS : WEXITSTATUS(status) == REFUSED);
}

/* ---- courier: a way out, and nothing else */

static uint16_t open_port, other_port;

static long try_listen(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&any, sizeof any) != 0) return -1;
    return listen(fd, 1);
}
static int connect_to(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof to);
}
/* Ways to a TCP server that are not connect() on a TCP socket: the kernel's rules about ports do not know them. */
static long try_fast_open(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(other_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof to);
}
static long try_fast_open_message(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(other_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct iovec part = {"x", 1};
    struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &part, .msg_iovlen = 1};
    return sendmsg(socket(AF_INET, SOCK_STREAM, 0), &message, MSG_FASTOPEN);
}
static long try_fast_open_messages(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(other_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct iovec part = {"x", 1};
    struct mmsghdr message = {.msg_hdr = {.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &part, .msg_iovlen = 1}};
    return sendmmsg(socket(AF_INET, SOCK_STREAM, 0), &message, 1, MSG_FASTOPEN) == 1 ? 0 : -1;
}
static long try_multipath(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(other_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&to, sizeof to);
}
static long try_audit_netlink(void) { return socket(AF_NETLINK, SOCK_RAW, 9 /* NETLINK_AUDIT */); }
static long reach_the_server(void) { return connect_to(open_port); }
static long reach_another(void) { return connect_to(other_port); }
static long resolve_names(void)
{
    struct addrinfo *list = NULL;
    return getaddrinfo("localhost", NULL, NULL, &list) == 0 ? 0 : -1;
}
static long wake_a_thread(void)
{
    int pair[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static int in_couriers_sandbox(long (*function)(void))
{
    static const char *const wanted[] = {"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf"};
    pid_t pid = fork();
    if (pid == 0) {
        const char *there[3];
        struct sandbox_paths paths = {.readable = there, .connect_ports = &open_port, .connect_port_count = 1};
        for (size_t i = 0; i < 3; i++)
            if (access(wanted[i], R_OK) == 0) there[paths.readable_count++] = wanted[i];
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        if (err_failed(sandbox_enter(SANDBOX_COURIER, &paths))) _exit(NOT_ENTERED);
        _exit(function() < 0 ? REFUSED : DONE);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int listener(uint16_t *port_out)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 8) == 0 && getsockname(fd, (struct sockaddr *)&at, &n) == 0);
    *port_out = ntohs(at.sin_port);
    return fd;
}

/* SEC-089, TM-37: whoever takes over the only program with a way out gets that way and nothing of this machine. */
static void courier_only_reaches_out(void **state)
{
    (void)state;
    static long (*const works[])(void) = {reach_the_server, resolve_names, wake_a_thread, basics_work, threads_work};
    int fds[] = {listener(&open_port), listener(&other_port)};
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++) {
        int status = in_couriers_sandbox(works[i]);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != DONE) fail_msg("courier cannot do what it needs (%zu, status %x)", i, (unsigned)status);
    }
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        if (attempts[i].function == try_socket || attempts[i].function == try_connect) continue; /* its work, but with no socket of this machine: see "unix socket" */
        int status = in_couriers_sandbox(attempts[i].function);
        bool held = (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        if (!held) fail_msg("courier: %s was possible (status %x)", attempts[i].name, (unsigned)status);
    }
    int status = in_couriers_sandbox(try_listen);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == REFUSED);
    if (landlock_abi() >= 4) assert_int_equal(WEXITSTATUS(in_couriers_sandbox(reach_another)), REFUSED);
    static long (*const ways_round[])(void) = {try_fast_open, try_fast_open_message, try_fast_open_messages, try_multipath, try_audit_netlink};
    for (size_t i = 0; i < sizeof ways_round / sizeof ways_round[0]; i++) {
        status = in_couriers_sandbox(ways_round[i]);
        bool held = (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        if (!held) fail_msg("courier: way round %zu was possible (status %x)", i, (unsigned)status);
    }
    for (size_t i = 0; i < 2; i++) close(fds[i]);
}

/* ---- a program of others (pdftoppm, pdftotext): it becomes another program inside, and what that one tries fails as well */

static int in_a_foreign_sandbox(const char *attempt)
{
    static const char *const wanted[] = {"/usr", "/lib", "/lib64", "/etc/ld.so.cache"};
    const char *program = getenv("SANDBOX_PRISONER"), *there[4];
    pid_t pid = fork();
    if (pid == 0) {
        struct sandbox_paths paths = {.readable = there, .program = program};
        for (size_t i = 0; i < 4; i++)
            if (access(wanted[i], R_OK) == 0) there[paths.readable_count++] = wanted[i];
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        if (dup2(spare_socket, PRISONERS_SOCKET) < 0 || setrlimit(RLIMIT_NPROC, &(struct rlimit){0}) != 0 || err_failed(sandbox_enter(SANDBOX_FOREIGN, &paths))) _exit(NOT_ENTERED);
        execve(program, (char *[]){(char *)(uintptr_t)program, (char *)(uintptr_t)attempt, NULL}, (char *[]){NULL});
        _exit(NOT_ENTERED);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void foreign_programs_are_held_as_well(void **state)
{
    (void)state;
    if (landlock_abi() == 0) { /* then they are not started at all */
        assert_true(WEXITSTATUS(in_a_foreign_sandbox("0")) == NOT_ENTERED);
        return;
    }
    int status = in_a_foreign_sandbox("none");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != DONE) fail_msg("the prisoner does not start (status %x)", (unsigned)status);
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        char number[8];
        snprintf(number, sizeof number, "%zu", i);
        status = in_a_foreign_sandbox(number);
        bool held = (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        if (!held) fail_msg("foreign program: %s was possible (status %x)", attempts[i].name, (unsigned)status);
    }
}

static bool is_refused(enum sandbox_program program, struct sandbox_paths paths)
{
    return sandbox_enter(program, &paths).code == ERR_SANDBOX;
}

/* In a child, because entering may go half the way before it is refused. */
static void wrong_rights_are_not_entered(void **state)
{
    (void)state;
    const char *const paths[] = {folder}, *const missing[] = {"/nowhere/at/all"};
    pid_t pid = fork();
    if (pid == 0) {
        bool ok = is_refused(SANDBOX_VAULT, (struct sandbox_paths){.writable = paths, .writable_count = 1}) &&
                  is_refused(SANDBOX_FRONT, (struct sandbox_paths){.allow_connect = 1}) &&
                  is_refused(SANDBOX_COURIER, (struct sandbox_paths){0}) /* a way out to nowhere in particular */ &&
                  is_refused(SANDBOX_WORKER, (struct sandbox_paths){.connect_ports = &open_port, .connect_port_count = 1}) &&
                  is_refused((enum sandbox_program)99, (struct sandbox_paths){0}) &&
                  (landlock_abi() == 0 || is_refused(SANDBOX_WORKER, (struct sandbox_paths){.readable = missing, .readable_count = 1}));
        _exit(ok ? DONE : REFUSED);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(WEXITSTATUS(status), DONE);
}

/* ---- limits of a worker */

static int limited(uint64_t memory, uint64_t seconds, uint64_t file, long (*function)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        if (err_failed(sandbox_limits(memory, seconds, file, 0)) || err_failed(enter(SANDBOX_WORKER))) _exit(NOT_ENTERED);
        _exit(function() < 0 ? REFUSED : DONE);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return status;
}

static long take_a_gib(void)
{
    void *p = mmap(NULL, 1024 * (size_t)MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? -1 : 0;
}
static long loop_for_a_minute(void)
{
    for (volatile uint64_t i = 0; i < UINT64_C(1) << 60; i++) {}
    return 0;
}
/* What it gives itself ends it long before its limit; it may give itself more as it goes on. */
static long loop_on_a_budget(void)
{
    if (err_failed(sandbox_cpu_budget(1)) || err_failed(sandbox_cpu_budget(2))) return -1;
    return loop_for_a_minute();
}
static int output = -1;
static long write_much(void)
{
    static char bytes[MIB];
    for (int i = 0; i < 100; i++)
        if (write(output, bytes, sizeof bytes) < 0) return -1;
    return 0;
}

static void limits_hold(void **state)
{
    (void)state;
    int status = limited(0, 1, 0, loop_for_a_minute);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
    struct rusage before, after;
    getrusage(RUSAGE_CHILDREN, &before);
    status = limited(0, 60, 0, loop_on_a_budget);
    getrusage(RUSAGE_CHILDREN, &after);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF);
    assert_in_range(after.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_utime.tv_sec - before.ru_stime.tv_sec, 1, 4);
    output = open(inside, O_WRONLY);
    status = limited(0, 0, 64 * (uint64_t)MIB, write_much);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
    close(output);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_int_equal(WEXITSTATUS(limited(256 * (uint64_t)MIB, 0, 0, take_a_gib)), REFUSED);
#else
    (void)take_a_gib;
#endif
}

static int prepare(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) return -1;
    snprintf(inside, sizeof inside, "%s/model", folder);
    int fd = open(inside, O_WRONLY | O_CREAT, 0600);
    spare_socket = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd >= 0 && close(fd) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, stream) == 0 ? 0 : -1;
}

static int clean(void **state)
{
    (void)state;
    return unlink(inside) == 0 && rmdir(folder) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_rights_are_not_entered), cmocka_unit_test(escapes_are_refused),
        cmocka_unit_test(needed_things_work), cmocka_unit_test(worker_opens_models_only_where_landlock_can_tell),
        cmocka_unit_test(core_connects_only_where_it_may), cmocka_unit_test(core_with_a_scanner_stays_on_this_machine), cmocka_unit_test(courier_only_reaches_out), cmocka_unit_test(foreign_programs_are_held_as_well),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, prepare, clean);
}
