/* The parent program: what its parts share. Each part is one file medscribed_<part>.c. One thread, no sandbox, no foreign byte
   but the lines and the few fixed messages of its own children. */
#ifndef MEDSCRIBE_MAIN_MEDSCRIBED_H
#define MEDSCRIBE_MAIN_MEDSCRIBED_H
#include "os/address.h"
#include "os/child.h"
#include "os/config.h"

#include <sys/types.h>

/* ---- medscribed_log.c: lines to standard error, with time and name in front of each. A child cannot forge who it is,
   nor write control characters to a terminal, nor flood. */
struct log_source {
    int fd; /* -1: closed */
    char name[24];
    char line[2048];
    size_t n;
    int64_t refilled_us;
    unsigned tokens, left_out;
};
__attribute__((format(printf, 1, 2))) void medscribed_log(const char *format, ...); /* the parent's own */
/* "setting: path what" into *message; gives ERR_CONFIG. */
struct err medscribed_complain(struct buf *message, const char *setting, const char *path, const char *what);
void medscribed_log_open(struct log_source *source, const char *name, int fd);
void medscribed_log_read(struct log_source *source); /* when fd is readable; closes it at its end */
void medscribed_log_close(struct log_source *source); /* prints what is left */

/* ---- medscribed_folder.c: the data folder, its lock, the root key. Messages are whole lines; the program then exits 78. */
struct folder {
    int fd;   /* the folder, O_PATH-like use only */
    int lock; /* held as long as this program or core lives */
};
struct err medscribed_folder_open(const struct config *config, struct folder *folder_out, struct buf *message);
/* The key file, open for reading; made when it is missing and nothing is sealed with an earlier one. */
struct err medscribed_folder_root_key(const struct config *config, const struct folder *folder, int *fd_out, struct buf *message);
/* Writes a new file whole or not at all. */
struct err medscribed_folder_write(const struct folder *folder, const char *name, unsigned mode, struct span content);

/* ---- medscribed_certificate.c: the configured certificate checked, or a self-signed one made and renewed. */
struct err medscribed_certificate(const struct config *config, const struct folder *folder, int *certificate_out, int *key_out,
                                  struct buf *message);

/* ---- medscribed_sockets.c */
struct err medscribed_sockets_listen(const struct config *config, unsigned loops, int *fds_out, struct buf *message);
struct err medscribed_sockets_control(const struct folder *folder, int *fd_out, struct buf *message);
struct err medscribed_sockets_pair(int type, int fds_out[static 2]);
struct err medscribed_sockets_area(int *fd_out); /* memory shared by core and vault */

/* ---- medscribed_process.c: one child */
enum program { PROGRAM_VAULT, PROGRAM_CORE, PROGRAM_FRONT, PROGRAM_COURIER, PROGRAM_WORKER, PROGRAM_COUNT };
struct process {
    pid_t pid; /* 0: not running */
    int socket;
    struct log_source log;
    bool ready;
};
struct process_start {
    enum program program;
    const char *directory; /* where the programs lie */
    int keep;              /* a further descriptor that it holds without knowing, or -1 */
    const struct child *child;
};
struct err medscribed_process_start(const struct process_start *start, struct process *process_out);
void medscribed_process_forget(struct process *process); /* after it was reaped: closes what belonged to it */
const char *medscribed_process_name(enum program program);
uint64_t medscribed_worker_cpu_seconds(const struct config *config); /* the most that any worker may use */

/* ---- medscribed_workers.c: the table of workers */
/* Is there a model for each of the setting's languages? CONFIG says in *message which is missing and how to have it. */
struct err medscribed_workers_check(const struct config *config, struct buf *message);
enum { WORKERS_MAX = 128 };
struct worker {
    pid_t pid; /* 0: free place */
    bool running, asked, killed_for_time, killed_hung;
    enum child_end end;
    int64_t started_us, ask_deadline_us, ended_us;
    struct process process;
};
struct workers {
    struct worker table[WORKERS_MAX];
    const struct config *config; /* without secrets */
    const char *directory;
};
struct rusage;
void medscribed_workers_message(struct workers *workers, int core, struct span message); /* CHILD_SPAWN, CHILD_WORKER_END */
bool medscribed_workers_ended(struct workers *workers, int core, pid_t pid, int status, const struct rusage *usage);
void medscribed_workers_tick(struct workers *workers); /* kills who is over time */
void medscribed_workers_kill_all(struct workers *workers);

/* ---- medscribed_courier.c: courier, which only runs when a model server is set. What servers do to it must not end the service:
   it is started again alone, and the calls that wait for it stay in its socket. */
struct courier {
    int calls;         /* courier's end of the socket from core; kept here so that a fresh courier goes on with it */
    int64_t again_us;  /* when it is to be started again; 0: it runs, or is not wanted */
};
bool medscribed_courier_wanted(const struct config *config);
struct err medscribed_courier_start(const struct config *config, const char *directory, const struct courier *courier, struct process *process_out, struct buf *message);

/* ---- medscribed_announce.c: address and, for the first administrator, the one-time link, to standard output */
void medscribed_announce(const struct config *config, const struct folder *folder);

/* ---- medscribed_service.c: the programs together */
struct service {
    struct config *config, *public_config; /* the second one without database address and key file */
    struct folder folder;
    struct process processes[PROGRAM_WORKER];
    struct workers workers;
    struct courier courier;
    char directory[1024];
    int listen[CHILD_LOOPS_MAX], control, signals;
    unsigned loops;
    bool offline, stopping, broken, announced, wanted /* a restart by SIGHUP does not count as a failure */;
    int exit_status;
    int64_t restarts_us[5];
    unsigned waits;      /* restarts in a row that ended because of something outside, the database */
    int64_t not_before_us; /* the next restart */
    struct buf message;
};
/* fresh sockets and certificate, all programs */
struct err medscribed_service_start(struct service *service);
int medscribed_service_run(struct service *service);          /* until it is told to stop; the exit status */

#endif
