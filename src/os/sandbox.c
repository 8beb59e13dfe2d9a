/* The allow-lists. What stands in `everywhere` is plain memory, time, threads' housekeeping, and reading and writing of
   descriptors that the program already has. Everything else has its reason beside it. What is on no list kills the program
   (SIGSYS); what is on `refused` merely fails, because libc or a library tries it and copes. */
#include "os/sandbox.h"

#include "os/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CALLS(...) (const int[]){__VA_ARGS__, END}
enum { END = -100000 }; /* no system call; libseccomp's own negative numbers are "not on this machine" */
#define CALL(name) SCMP_SYS(name)
/* what an argument must be */
#define EQUAL(place, value) ((struct scmp_arg_cmp){(place), SCMP_CMP_EQ, (value), 0})
#define OTHER(place, value) ((struct scmp_arg_cmp){(place), SCMP_CMP_NE, (value), 0})
#define MASKED(place, mask, value) ((struct scmp_arg_cmp){(place), SCMP_CMP_MASKED_EQ, (mask), (value)})

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

static const int *const everywhere = CALLS(
    CALL(read), CALL(write), CALL(readv), CALL(writev), CALL(close), CALL(lseek), CALL(fstat),
    CALL(recvfrom), CALL(recvmsg), CALL(shutdown),
    CALL(munmap), CALL(mremap), CALL(madvise), CALL(brk),
    CALL(futex), CALL(sched_yield), CALL(sched_getaffinity), CALL(set_robust_list), CALL(rseq), CALL(membarrier),
    CALL(clock_gettime), CALL(clock_getres), CALL(clock_nanosleep), CALL(nanosleep), CALL(gettimeofday), CALL(time),
    CALL(getrandom), CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sigaltstack), CALL(restart_syscall),
    CALL(exit), CALL(exit_group), CALL(getpid), CALL(gettid), CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid),
    CALL(poll), CALL(ppoll), CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait), CALL(eventfd2),
    CALL(timerfd_create), CALL(timerfd_settime), CALL(timerfd_gettime),
    CALL(uname), CALL(sysinfo), CALL(getrusage));

/* Tried by libraries that go on without: opening (glibc asks /proc and /sys for tuning), terminals, scheduling hints. */
static const struct {
    int call, error;
} refused[] = {
    {CALL(open), EACCES}, {CALL(openat), EACCES}, {CALL(openat2), EACCES}, {CALL(stat), EACCES}, {CALL(lstat), EACCES},
    {CALL(statx), EACCES}, {CALL(access), EACCES}, {CALL(faccessat), EACCES}, {CALL(faccessat2), EACCES},
    {CALL(readlink), EACCES}, {CALL(readlinkat), EACCES}, {CALL(getcwd), EACCES},
    {CALL(clone3), ENOSYS} /* glibc then uses clone, whose flags can be looked at */,
    {CALL(ioctl), ENOTTY}, {CALL(keyctl), ENOSYS}, {CALL(sched_setaffinity), EPERM}, {CALL(sched_setscheduler), EPERM},
    {CALL(setpriority), EPERM}, {CALL(mbind), EPERM}, {CALL(set_mempolicy), EPERM}, {CALL(get_mempolicy), EPERM},
    {CALL(umask), EPERM}, {CALL(fchown), EPERM} /* SQLite when it runs as root */, {CALL(prctl), EPERM},
    {CALL(prlimit64), EPERM}, {CALL(sched_getparam), EPERM}, {CALL(sched_getscheduler), EPERM},
};

static const int *const front_calls = CALLS(
    CALL(accept4), CALL(getsockname), CALL(getpeername), CALL(setsockopt), CALL(getsockopt), /* its listening sockets */
    CALL(pipe2), /* libmicrohttpd wakes its threads */
    CALL(sendmmsg), CALL(recvmmsg), CALL(epoll_pwait2));

static const int *const core_calls = CALLS(
    CALL(accept4), CALL(getpeername), CALL(getsockname), CALL(getsockopt), CALL(setsockopt), /* the control socket */
    CALL(sendmmsg), CALL(recvmmsg), CALL(epoll_pwait2), CALL(pipe2),
    CALL(socketpair), /* a fresh stream to courier for each call */
    CALL(open), CALL(openat), CALL(stat), CALL(lstat), CALL(statx), CALL(access), CALL(faccessat), CALL(faccessat2),
    CALL(readlink), CALL(readlinkat), CALL(getcwd), CALL(getdents64), /* its folders, and only them: Landlock */
    CALL(unlink), CALL(unlinkat), CALL(rename), CALL(renameat), CALL(renameat2), CALL(mkdir), CALL(mkdirat), CALL(rmdir),
    CALL(link), CALL(linkat), /* a sealed file appears whole */
    CALL(pread64), CALL(pwrite64), CALL(preadv), CALL(pwritev), CALL(fsync), CALL(fdatasync), CALL(sync_file_range),
    CALL(ftruncate), CALL(fallocate), CALL(fadvise64), CALL(flock), CALL(fchmod), CALL(utimensat), CALL(msync),
    CALL(statfs), CALL(fstatfs), /* is there room left? */
    CALL(mlock), CALL(mlock2), CALL(munlock), CALL(umask), CALL(sendfile), CALL(memfd_create));

static const int *const connecting_calls = CALLS(
    CALL(connect), CALL(bind), /* PostgreSQL; getaddrinfo's netlink socket is bound */
    CALL(getsockname), CALL(getsockopt), CALL(setsockopt), CALL(sendmmsg));

/* Whoever listens is no courier: no listen, no accept. */
static const int *const courier_calls = CALLS(
    CALL(connect), CALL(bind), /* servers; getaddrinfo's netlink socket is bound (Landlock: never a TCP port) */
    CALL(getsockname), CALL(getpeername), CALL(getsockopt), CALL(setsockopt), CALL(recvmmsg),
    CALL(socketpair), CALL(pipe2), /* libcurl wakes its waiting thread */
    CALL(pread64), CALL(getdents64), CALL(fadvise64));

static const int *const vault_calls = CALLS(
    CALL(mlock), CALL(mlock2), CALL(munlock) /* keys stay out of swap */);

static const int *const worker_calls = CALLS(
    CALL(pread64), CALL(preadv), CALL(getdents64), CALL(fadvise64), /* its models, as far as Landlock shows them */
    CALL(times), CALL(getcpu), CALL(pipe2), CALL(setitimer) /* its own budget of processor time, below the limit that it cannot move */,
    CALL(wait4) /* the one process it ever has: what makes pages of a PDF, started before */);

/* What the loader and fontconfig do besides reading files. No thread, no process, no socket of its own. */
static const int *const foreign_calls = CALLS(
    CALL(pread64), CALL(getdents64), CALL(fadvise64), CALL(fstatfs), CALL(statfs), CALL(arch_prctl), CALL(set_tid_address));

/* fontconfig would renew its cache; Landlock refuses as well. */
static const int *const foreign_tries = CALLS(
    CALL(mkdir), CALL(chmod), CALL(fchmod), CALL(unlink), CALL(rename), CALL(link), CALL(symlink), CALL(utimes), CALL(utimensat));

static const int *const worker_file_calls = CALLS(
    CALL(stat), CALL(lstat), CALL(statx), CALL(access), CALL(faccessat), CALL(faccessat2), CALL(readlink), CALL(readlinkat),
    CALL(getcwd));

static bool entered;

#if UNDER_SANITIZER
/* The leak checker would start a helper process at exit, which the sandbox forbids. */
int __lsan_is_turned_off(void);
__attribute__((visibility("default"))) int __lsan_is_turned_off(void) { return entered; }
#endif

#ifdef SANDBOX_TRACE
/* Builds for development: say which call it was, then die as in any build. */
static void tell(int signal_number, siginfo_t *info, void *context)
{
    (void)context;
    char line[96];
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, info->si_syscall);
    int n = snprintf(line, sizeof line, "sandbox: forbidden system call %s (%d)\n", name != NULL ? name : "?", info->si_syscall);
    ssize_t written = write(STDERR_FILENO, line, n > 0 ? (size_t)n : 0);
    (void)written;
    signal(signal_number, SIG_DFL);
    raise(signal_number); /* taken when this handler returns */
}
static const uint32_t otherwise = SCMP_ACT_TRAP;
#else
static const uint32_t otherwise = SCMP_ACT_KILL_PROCESS;
#endif

/* 0 or a negative error of libseccomp; a call that this architecture has not is no error. */
static int allow(scmp_filter_ctx filter, const int *calls)
{
    for (; *calls != END; calls++) {
        int e = *calls < 0 ? 0 : seccomp_rule_add(filter, SCMP_ACT_ALLOW, *calls, 0);
        if (e != 0) return e;
    }
    return 0;
}

static bool has(const int *calls, int call)
{
    for (; *calls != END; calls++)
        if (*calls == call) return true;
    return false;
}

#define RULE(action, call, ...) \
    do { \
        int rule_error_ = seccomp_rule_add(filter, (action), CALL(call), __VA_ARGS__); \
        if (rule_error_ != 0) return rule_error_; \
    } while (0)

/* No memory that is both ours to fill and to run; PROT_EXEC fails so that a library loader gives up in order. */
static int allow_memory(scmp_filter_ctx filter)
{
    RULE(SCMP_ACT_ALLOW, mmap, 1, MASKED(2, PROT_EXEC, 0));
    RULE(SCMP_ACT_ALLOW, mprotect, 1, MASKED(2, PROT_EXEC, 0));
    RULE(SCMP_ACT_ERRNO(EACCES), mmap, 1, MASKED(2, PROT_EXEC, PROT_EXEC));
    RULE(SCMP_ACT_ERRNO(EACCES), mprotect, 1, MASKED(2, PROT_EXEC, PROT_EXEC));
    return 0;
}

/* Libraries are mapped from files; nothing that is written becomes code, nor the other way about. */
static int allow_loading(scmp_filter_ctx filter)
{
    const uint64_t both = PROT_WRITE | PROT_EXEC;
    RULE(SCMP_ACT_ALLOW, mmap, 1, MASKED(2, both, 0));
    RULE(SCMP_ACT_ALLOW, mmap, 1, MASKED(2, both, PROT_WRITE));
    RULE(SCMP_ACT_ALLOW, mmap, 1, MASKED(2, both, PROT_EXEC));
    RULE(SCMP_ACT_ERRNO(EACCES), mmap, 1, MASKED(2, both, both));
    RULE(SCMP_ACT_ALLOW, mprotect, 1, MASKED(2, PROT_EXEC, 0));
    RULE(SCMP_ACT_ERRNO(EACCES), mprotect, 1, MASKED(2, PROT_EXEC, PROT_EXEC));
    return 0;
}

/* One execve: an address of this process says nothing in the next one. Who finds it again may only start the same program
   anew, by Landlock, under this same filter. */
static int allow_becoming(scmp_filter_ctx filter, const char *program)
{
    RULE(SCMP_ACT_ALLOW, execve, 1, EQUAL(0, (scmp_datum_t)(uintptr_t)program));
    for (const int *call = foreign_tries; *call != END; call++) {
        int e = *call < 0 ? 0 : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), *call, 0);
        if (e != 0) return e;
    }
    return 0;
}

/* fstat() of glibc; a thread, never a process; signals to itself only; harmless fcntl, prctl and asking for limits. */
static int allow_details(scmp_filter_ctx filter, bool threads, bool locks)
{
    const int fcntls[] = {F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD_CLOEXEC, F_GET_SEALS};
    const int lock_fcntls[] = {F_SETLK, F_SETLKW, F_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_OFD_GETLK};
    const uint64_t thread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
    const uint64_t space = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    RULE(SCMP_ACT_ALLOW, newfstatat, 1, MASKED(3, AT_EMPTY_PATH, AT_EMPTY_PATH));
    if (threads) RULE(SCMP_ACT_ALLOW, clone, 1, MASKED(0, thread | space, thread));
    RULE(SCMP_ACT_ALLOW, tgkill, 1, EQUAL(0, (scmp_datum_t)getpid()));
    for (size_t i = 0; i < sizeof fcntls / sizeof fcntls[0]; i++)
        RULE(SCMP_ACT_ALLOW, fcntl, 1, EQUAL(1, (scmp_datum_t)fcntls[i]));
    for (size_t i = 0; locks && i < sizeof lock_fcntls / sizeof lock_fcntls[0]; i++)
        RULE(SCMP_ACT_ALLOW, fcntl, 1, EQUAL(1, (scmp_datum_t)lock_fcntls[i]));
    RULE(SCMP_ACT_ALLOW, prctl, 1, EQUAL(0, PR_SET_NAME));
    RULE(SCMP_ACT_ALLOW, prlimit64, 2, EQUAL(0, 0), EQUAL(2, 0));
    return 0;
}

static int allow_sockets(scmp_filter_ctx filter)
{
    const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        RULE(SCMP_ACT_ALLOW, socket, 1, EQUAL(0, (scmp_datum_t)families[i]));
    return allow(filter, connecting_calls);
}

static int allow_unix_sockets(scmp_filter_ctx filter)
{
    RULE(SCMP_ACT_ALLOW, socket, 1, EQUAL(0, AF_UNIX));
    RULE(SCMP_ACT_ALLOW, connect, 0);
    return 0;
}

/* Landlock's rules about ports see connect() on a TCP socket. Data sent to open a connection (MSG_FASTOPEN), and TCP over several paths,
   which falls back to TCP, would pass them by: courier has neither. */
static int allow_sending(scmp_filter_ctx filter, bool courier)
{
    if (courier) {
        RULE(SCMP_ACT_ALLOW, sendto, 1, MASKED(3, MSG_FASTOPEN, 0));
        RULE(SCMP_ACT_ALLOW, sendmsg, 1, MASKED(2, MSG_FASTOPEN, 0));
        RULE(SCMP_ACT_ALLOW, sendmmsg, 1, MASKED(3, MSG_FASTOPEN, 0));
        return 0;
    }
    RULE(SCMP_ACT_ALLOW, sendto, 0);
    RULE(SCMP_ACT_ALLOW, sendmsg, 0);
    return 0;
}

/* The network only: a socket of this machine (a database, a bus) is refused, and the resolver copes. */
static int allow_network(scmp_filter_ctx filter)
{
    const int protocols[] = {0, IPPROTO_TCP, IPPROTO_UDP};
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        RULE(SCMP_ACT_ALLOW, socket, 2, EQUAL(0, AF_INET), EQUAL(2, (scmp_datum_t)protocols[i]));
        RULE(SCMP_ACT_ALLOW, socket, 2, EQUAL(0, AF_INET6), EQUAL(2, (scmp_datum_t)protocols[i]));
    }
    RULE(SCMP_ACT_ALLOW, socket, 2, EQUAL(0, AF_NETLINK), EQUAL(2, NETLINK_ROUTE)); /* getaddrinfo asks which addresses there are */
    RULE(SCMP_ACT_ERRNO(EAFNOSUPPORT), socket, 1, EQUAL(0, AF_UNIX));
    RULE(SCMP_ACT_ALLOW, ioctl, 1, EQUAL(1, FIONREAD)); /* glibc asks how long an answer is */
    return 0;
}

/* Read only, and nothing that creates; which files is Landlock's part. */
static int allow_reading_files(scmp_filter_ctx filter)
{
    const uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC;
    RULE(SCMP_ACT_ALLOW, openat, 1, MASKED(2, writing, O_RDONLY));
    RULE(SCMP_ACT_ALLOW, open, 1, MASKED(1, writing, O_RDONLY));
    RULE(SCMP_ACT_ALLOW, newfstatat, 1, MASKED(3, AT_EMPTY_PATH, 0));
    RULE(SCMP_ACT_ERRNO(EACCES), openat, 1, MASKED(2, O_ACCMODE, O_WRONLY));
    RULE(SCMP_ACT_ERRNO(EACCES), openat, 1, MASKED(2, O_ACCMODE, O_RDWR));
    RULE(SCMP_ACT_ERRNO(EACCES), openat, 1, MASKED(2, O_ACCMODE | O_CREAT, O_RDONLY | O_CREAT));
    return allow(filter, worker_file_calls);
}

static int refuse(scmp_filter_ctx filter, const int *own, bool reads_files)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        int call = refused[i].call, e = 0;
        if (call < 0 || has(own, call) || (reads_files && has(worker_file_calls, call))) continue;
        if (call == CALL(prctl))
            e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 1, OTHER(0, PR_SET_NAME));
        else if (call == CALL(ioctl) && own == courier_calls)
            e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), call, 1, OTHER(1, FIONREAD));
        else if (call == CALL(prlimit64))
            e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 1, OTHER(2, 0));
        else if (reads_files && (call == CALL(open) || call == CALL(openat)))
            continue;
        else
            e = seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)refused[i].error), call, 0);
        if (e != 0) return e;
    }
    return 0;
}

static int fill(scmp_filter_ctx filter, enum sandbox_program program, bool reads_files, const struct sandbox_paths *paths)
{
    static const int *const *const own_of[] = {
        [SANDBOX_FRONT] = &front_calls, [SANDBOX_CORE] = &core_calls, [SANDBOX_VAULT] = &vault_calls, [SANDBOX_WORKER] = &worker_calls,
        [SANDBOX_FOREIGN] = &foreign_calls, [SANDBOX_COURIER] = &courier_calls,
    };
    const int *own = *own_of[program];
    bool core = program == SANDBOX_CORE, foreign = program == SANDBOX_FOREIGN;
    bool threads = (program != SANDBOX_VAULT && !foreign) || UNDER_SANITIZER;
    int e = allow(filter, everywhere);
    if (e == 0) e = allow_sending(filter, program == SANDBOX_COURIER);
    if (e == 0) e = allow(filter, own);
    if (e == 0) e = foreign ? allow_loading(filter) : allow_memory(filter);
    if (e == 0 && foreign) e = allow_becoming(filter, paths->program);
    if (e == 0) e = allow_details(filter, threads, core);
    if (e == 0 && core) e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(newfstatat), 1, MASKED(3, AT_EMPTY_PATH, 0));
    if (e == 0 && reads_files) e = allow_reading_files(filter);
    if (e == 0 && !core && !reads_files)
        e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), CALL(newfstatat), 1, MASKED(3, AT_EMPTY_PATH, 0));
    if (e == 0 && paths->allow_connect) e = allow_sockets(filter);
    if (e == 0 && paths->allow_connect_here && !paths->allow_connect) e = allow_unix_sockets(filter);
    if (e == 0 && program == SANDBOX_COURIER) e = allow_network(filter);
    if (e == 0) e = refuse(filter, own, reads_files);
    return e;
}

static struct err enter_seccomp(enum sandbox_program program, bool reads_files, const struct sandbox_paths *paths)
{
    scmp_filter_ctx filter = seccomp_init(otherwise);
    if (filter == NULL) return FAIL(SANDBOX);
    int e = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (e == 0) e = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a balanced tree: a few steps a call, not fifty */
    if (e == 0) e = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (e == 0) e = fill(filter, program, reads_files, paths);
    if (e == 0) e = seccomp_load(filter);
    seccomp_release(filter);
    return e == 0 ? OK : FAIL(SANDBOX);
}

struct err sandbox_enter(enum sandbox_program program, const struct sandbox_paths *paths)
{
    static const struct sandbox_paths no_paths = {0};
    if (paths == NULL) paths = &no_paths;
    if (program > SANDBOX_COURIER || (program == SANDBOX_FOREIGN) != (paths->program != NULL)) return FAIL(SANDBOX);
    if ((program == SANDBOX_COURIER) != (paths->connect_port_count > 0)) return FAIL(SANDBOX);
    if (program != SANDBOX_CORE && (paths->writable_count > 0 || paths->allow_connect || paths->allow_connect_here)) return FAIL(SANDBOX);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return FAIL(SANDBOX);
#ifdef SANDBOX_TRACE
    struct sigaction action = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
    if (sigaction(SIGSYS, &action, NULL) != 0) return FAIL(SANDBOX);
#endif
    bool confined = false;
    TRY(landlock_enter(paths, &confined));
    /* Without Landlock nothing tells a model from the key file: then a worker opens nothing at all any more. */
    bool reads_files = program >= SANDBOX_WORKER && paths->readable_count > 0 && confined;
    if (program == SANDBOX_FOREIGN && !confined) return FAIL(SANDBOX);
    entered = true;
    return enter_seccomp(program, reads_files, paths);
}

static bool limit(int resource, uint64_t soft, uint64_t hard)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)resource, &now) != 0) return false;
    struct rlimit to = {.rlim_cur = soft, .rlim_max = hard};
    if (now.rlim_max != RLIM_INFINITY && to.rlim_max > now.rlim_max) to.rlim_max = now.rlim_max;
    if (to.rlim_cur > to.rlim_max) to.rlim_cur = to.rlim_max;
    return setrlimit((__rlimit_resource_t)resource, &to) == 0;
}

struct err sandbox_limits(uint64_t memory_bytes, uint64_t cpu_seconds, uint64_t file_bytes, uint64_t descriptors)
{
    bool ok = limit(RLIMIT_CORE, 0, 0);
    /* A sanitizer reserves terabytes of addresses. */
    if (memory_bytes > 0 && !UNDER_SANITIZER) ok = ok && limit(RLIMIT_AS, memory_bytes, memory_bytes);
    /* SIGXCPU tells time from crash; the hard limit kills a second later whatever a handler does. */
    if (cpu_seconds > 0) ok = ok && limit(RLIMIT_CPU, cpu_seconds, cpu_seconds + 1);
    if (file_bytes > 0) ok = ok && limit(RLIMIT_FSIZE, file_bytes, file_bytes);
    if (descriptors > 0) ok = ok && limit(RLIMIT_NOFILE, descriptors, descriptors);
    return ok ? OK : FAIL(SANDBOX);
}

struct err sandbox_cpu_budget(uint64_t cpu_seconds)
{
    struct rusage used;
    if (getrusage(RUSAGE_SELF, &used) != 0) return FAIL(SANDBOX);
    uint64_t spent = (uint64_t)used.ru_utime.tv_sec + (uint64_t)used.ru_stime.tv_sec;
    time_t left = cpu_seconds > spent ? (time_t)(cpu_seconds - spent) : 0;
    struct itimerval timer = {.it_value = {.tv_sec = left, .tv_usec = left == 0}}; /* all zero would mean: no limit */
    return setitimer(ITIMER_PROF, &timer, NULL) == 0 ? OK : FAIL(SANDBOX);
}
