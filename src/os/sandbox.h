/* What each program may still do, put on before its first foreign byte: no new privileges, not dumpable, Landlock (as far as
   the kernel knows it), then a seccomp allow-list with SCMP_ACT_KILL_PROCESS for the rest. Fail closed: ERR_SANDBOX.
   The list of each program stands beside its name in sandbox.c with the reason for every call that is not plain memory,
   time, or reading and writing of descriptors it already has. */
#ifndef MEDSCRIBE_OS_SANDBOX_H
#define MEDSCRIBE_OS_SANDBOX_H
#include "base/err.h"
#include <stddef.h>

enum sandbox_program {
    SANDBOX_FRONT,  /* accept, socket I/O, epoll, threads; no file, no connect, no exec */
    SANDBOX_CORE,   /* files below its folders (Landlock), sqlite locks and mmap, sendmsg/recvmsg with descriptors,
                       connect only where `allow_connect` (PostgreSQL); no exec */
    SANDBOX_VAULT,  /* read, write, epoll, getrandom, memory; nothing else */
    SANDBOX_WORKER, /* read, write, memory, threads; opens only readable_paths, and nothing where the kernel has no Landlock:
                       so load what can be loaded before entering */
    SANDBOX_FOREIGN, /* a program that is not ours (pdftoppm), entered just before it is executed: as the worker, but it opens
                       readable_paths, maps libraries, executes `program` and nothing else, and has no thread.
                       Nowhere but with Landlock */
    SANDBOX_COURIER, /* outgoing TCP and what looks names up; reads readable_paths (the resolver's); no file written, no socket
                       of this machine, nothing listens, no exec. connect_ports where the kernel can tell (Landlock 4) */
};

struct sandbox_paths {
    const char *const *readable; /* files or folders, read only */
    size_t readable_count;
    const char *const *writable; /* folders: everything below */
    size_t writable_count;
    int allow_connect; /* core with PostgreSQL: sockets to reach it */
    int allow_connect_here; /* core with a virus scanner: unix sockets only */
    const uint16_t *connect_ports; /* courier: TCP to these and nowhere else */
    size_t connect_port_count;
    const char *program; /* foreign: what it becomes; execve() with this very pointer */
};

/* Before any further thread is started: Landlock holds for the calling thread and those it starts later. */
struct err sandbox_enter(enum sandbox_program program, const struct sandbox_paths *paths);
/* Limits that hold for the whole life of a worker; 0 = leave. */
struct err sandbox_limits(uint64_t memory_bytes, uint64_t cpu_seconds, uint64_t file_bytes, uint64_t descriptors);
/* Below that limit, one that a worker moves itself as its work proves longer: at `cpu_seconds` of this process's life SIGPROF ends
   it, wherever it hangs. For files that keep a decoder busy; who took over a worker is held by sandbox_limits. */
struct err sandbox_cpu_budget(uint64_t cpu_seconds);

#endif
