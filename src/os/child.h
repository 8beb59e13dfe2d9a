/* How a program gets what it may have. The parent re-executes each program with standard error and descriptor 3, a
   SOCK_SEQPACKET socket; the first message on it carries the configuration and named descriptors (SCM_RIGHTS).
   Later the socket serves the few requests that a child may make of the parent (core: "start a worker"). */
#ifndef MEDSCRIBE_OS_CHILD_H
#define MEDSCRIBE_OS_CHILD_H
#include "os/config.h"

enum child_fd_kind {
    CHILD_FD_PARENT,        /* descriptor 3 itself */
    CHILD_FD_LISTEN,        /* front: listening TCP socket of loop i (SO_REUSEPORT) */
    CHILD_FD_FRONT,         /* core: stream socket to front's loop i */
    CHILD_FD_CORE,          /* front: stream socket to core's loop i */
    CHILD_FD_VAULT,         /* core: SOCK_SEQPACKET to the vault, client i */
    CHILD_FD_VAULT_AREA,    /* core and vault: memfd of VAULT_AREA_BYTES, sealed against shrinking, client i */
    CHILD_FD_CLIENT,        /* vault: the other end of CHILD_FD_VAULT i */
    CHILD_FD_CONTROL,       /* core: listening unix socket for the command line (mode 0600 in the data folder) */
    CHILD_FD_ROOT_KEY,      /* vault: the root key file, open for reading */
    CHILD_FD_CERTIFICATE, CHILD_FD_CERTIFICATE_KEY, /* front: PEM files, open for reading */
    CHILD_FD_WORKER,        /* worker: stream socket to core */
    CHILD_FD_COURIER,       /* core: SOCK_SEQPACKET to courier, one end of a stream for each call (wire/courier.h) */
    CHILD_FD_CALLS,         /* courier: the other end of it */
    CHILD_FD_SERVER_KEY,    /* courier: file with the key of server i (enum courier_server), open for reading */
    CHILD_FD_AUTHORITIES,   /* courier: PEM of the authorities of servers, open for reading */
    CHILD_FD_KINDS
};

enum { CHILD_FDS_MAX = 64, CHILD_VAULT_CLIENTS_EXTRA = 4 /* beside one a loop: lane, jobs, slots, spare */ };
enum { CHILD_LOOPS_MAX = 16 /* so that every descriptor of one program fits into one message */ };

struct child_fd {
    uint8_t kind, index;
    int fd;
};

struct child {
    struct config *config;
    struct child_fd fds[CHILD_FDS_MAX];
    size_t fd_count;
    unsigned loops;         /* front loops = core loops */
    unsigned vault_clients; /* loops + CHILD_VAULT_CLIENTS_EXTRA */
};

/* First thing in every child's main(). Also ignores SIGPIPE. */
struct err child_start(struct child *child_out);
int child_fd(const struct child *child, enum child_fd_kind kind, unsigned index); /* -1 when it was not given */
/* Tell the parent that this program is serving; medscribed prints its address once all are. */
struct err child_ready(const struct child *child);

/* Core only, any thread: a fresh sandboxed worker; *fd_out is the stream socket to it, *pid_out for the log. */
struct err child_spawn_worker(const struct child *child, int *fd_out, int *pid_out);

/* Core only, any thread: how a worker ended, asked after its socket closed. A worker that still runs is killed by the
   question. ERR_NO_ROW: the parent never started it, or was asked before. */
enum child_end { CHILD_END_NORMAL, CHILD_END_TIME, CHILD_END_MEMORY, CHILD_END_FORBIDDEN, CHILD_END_CRASHED, CHILD_ENDS };
struct err child_worker_end(const struct child *child, int pid, enum child_end *end_out);

/* Core, and who stands in for it, any thread: a fresh stream to courier for one call (wire/courier.h). ERR_CLOSED when there is none. */
struct err child_call_courier(const struct child *child, int *fd_out);

/* The parent's side. */
enum { CHILD_SOCKET = 3 };
enum child_message { /* first byte of a message; then: */
    CHILD_START = 1,      /* parent → child: u32 loops | u32 vault clients | u8 count | count × (u8 kind, u8 index) | config */
    CHILD_READY,          /* child → parent */
    CHILD_SPAWN,          /* core → parent; answer CHILD_SPAWNED: u32 pid (0: it failed), with the socket */
    CHILD_SPAWNED,
    CHILD_WORKER_END,     /* core → parent: u32 pid; answer CHILD_WORKER_ENDED: u8 enum child_end, CHILD_ENDS: unknown */
    CHILD_WORKER_ENDED,
};
struct err child_hand_over(int socket, const struct child *child); /* sends CHILD_START; the descriptors stay the caller's */
bool child_add(struct child *child, enum child_fd_kind kind, unsigned index, int fd); /* false: no room */

#endif
