/* What an attacker tries who took a program over; shared by the test of the sandboxes and by the program that is a prisoner in one
   (sandbox_prisoner.c). */
#ifndef MEDSCRIBE_TESTS_SANDBOX_ATTEMPTS_H
#define MEDSCRIBE_TESTS_SANDBOX_ATTEMPTS_H
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum { REFUSED = 40, DONE = 41, NOT_ENTERED = 42, PRISONERS_SOCKET = 100 };

static char inside[128], outside[] = "/etc/passwd";
static int spare_socket;

/* What an attacker tries: 0 or more = it worked, negative = an error. */
static long try_open(void) { return open(outside, O_RDONLY); }
static long try_open_write(void) { return open("/tmp/medscribe-escaped", O_WRONLY | O_CREAT, 0600); }
static long try_open_proc(void) { return open("/proc/self/mem", O_RDWR); }
static long try_open_raw(void) { return syscall(SYS_open, outside, O_RDONLY); }
static long try_openat2(void) { return syscall(SYS_openat2, AT_FDCWD, outside, (uint64_t[3]){O_RDONLY}, 24); }
static long try_open_by_handle(void) { return syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, O_RDONLY); }
static long try_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static long try_socket_unix(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static long try_socket_raw(void) { return socket(AF_PACKET, SOCK_RAW, 0); }
static long try_connect(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/run/dbus/system_bus_socket"};
    long result = connect(spare_socket, (struct sockaddr *)&to, sizeof to);
    return result == 0 || errno == ENOENT || errno == ECONNREFUSED ? 0 : result; /* getting so far is too far */
}
static long try_bind(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/tmp/medscribe-escaped.sock"};
    return bind(spare_socket, (struct sockaddr *)&to, sizeof to);
}
static long try_fork(void)
{
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    return pid;
}
static long try_vfork(void) { return syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0); }
static long try_exec(void) { return execl("/bin/true", "true", NULL); }
static long try_execveat(void) { return syscall(SYS_execveat, AT_FDCWD, "/bin/true", (char *[]){NULL}, (char *[]){NULL}, 0); }
static long try_ptrace(void) { return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL); }
static long try_peek(void)
{
    char byte;
    struct iovec mine = {&byte, 1}, theirs = {outside, 1};
    return process_vm_readv(getppid(), &mine, 1, &theirs, 1, 0);
}
static long try_kill(void) { return kill(getppid(), 0); }
static long try_tgkill(void) { return syscall(SYS_tgkill, getppid(), getppid(), 0); }
static long try_uring(void) { return syscall(SYS_io_uring_setup, 4, &(struct io_uring_params){0}); }
static long try_unshare(void) { return unshare(CLONE_NEWUSER); }
static long try_exec_memory(void) { return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0; }
static long try_make_exec(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}
static long try_dumpable(void) { return prctl(PR_SET_DUMPABLE, 1); }
static long try_bpf(void) { return syscall(SYS_bpf, 0, NULL, 0); }
static long try_perf(void) { return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0); }
static long try_userfaultfd(void) { return syscall(SYS_userfaultfd, 0); }
static long try_mount(void) { return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL); }
static long try_setuid(void) { return setresuid(1, 1, 1); }
static long try_limit(void) { return setrlimit(RLIMIT_CPU, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}); }
static long try_chmod(void) { return chmod(inside, 0777); }
static long try_unlink(void) { return unlink("/etc/hostname-that-is-not-there") == 0 || errno == ENOENT ? 0 : -1; }
static long try_symlink(void) { return symlink("/etc", "/tmp/medscribe-escaped-link"); }
static long try_pidfd(void) { return syscall(SYS_pidfd_open, getppid(), 0); }
static long try_reboot(void) { return syscall(SYS_reboot, 0, 0, 0, NULL); }
#ifdef __x86_64__
static long try_old_calls(void) /* the 32-bit door: getpid there is another number */
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
    return result;
}
#endif

static const struct attempt {
    const char *name;
    long (*function)(void);
    bool core_may; /* in its folders: not an escape there, tested by the file cases below */
} attempts[] = {
    {"open a file", try_open, false}, {"create a file", try_open_write, false}, {"open /proc/self/mem", try_open_proc, false},
    {"open by the old call", try_open_raw, false}, {"openat2", try_openat2, false}, {"open by handle", try_open_by_handle, false},
    {"socket", try_socket, false}, {"unix socket", try_socket_unix, false}, {"packet socket", try_socket_raw, false},
    {"connect", try_connect, false}, {"bind", try_bind, false}, {"fork", try_fork, false}, {"vfork", try_vfork, false},
    {"exec", try_exec, false}, {"execveat", try_execveat, false}, {"ptrace the parent", try_ptrace, false},
    {"read the parent's memory", try_peek, false}, {"signal the parent", try_kill, false}, {"signal a thread of the parent", try_tgkill, false},
    {"io_uring", try_uring, false}, {"unshare", try_unshare, false}, {"executable memory", try_exec_memory, false},
    {"make memory executable", try_make_exec, false}, {"become dumpable", try_dumpable, false}, {"bpf", try_bpf, false},
    {"perf", try_perf, false}, {"userfaultfd", try_userfaultfd, false}, {"mount", try_mount, false}, {"setuid", try_setuid, false},
    {"raise a limit", try_limit, false}, {"chmod", try_chmod, false}, {"unlink", try_unlink, true}, {"symlink", try_symlink, false},
    {"pidfd", try_pidfd, false}, {"reboot", try_reboot, false},
#ifdef __x86_64__
    {"32-bit calls", try_old_calls, false},
#endif
};

#endif
