/* The inside of a loop, shared by loop*.c only. */
#ifndef MEDSCRIBE_RULES_LOOP_PRIVATE_H
#define MEDSCRIBE_RULES_LOOP_PRIVATE_H
#include "rules/audit.h"
#include "rules/loop.h"

enum {
    FIBERS_MAX = 1024,
    STREAMS_MAX = 512, /* event streams; they must never take all fibers */
    CHANNELS_MAX = 9, /* front and eight command lines */
    EVENTS_MAX = 32,
    READ_BYTES = 256 * 1024,
    OUT_BYTES_MAX = 256 * 1024 * 1024,
    OUT_KEEP_BYTES = 4 * 1024 * 1024,
    ARENA_BYTES_MAX = 32 * 1024 * 1024,
    DATABASE_CONNS_MAX = 8,         /* PostgreSQL connections of one loop */
    DATABASE_WAIT_US = 2 * 1000000, /* for a free one; then 503 */
    DATABASE_SILENCE_US = 7 * 1000000, /* longer than the server lets a statement run: then it is gone */
};

enum source_kind { SOURCE_POSTED, SOURCE_VAULT, SOURCE_CONTROL, SOURCE_CHANNEL, SOURCE_DATABASE };
struct source {
    enum source_kind kind;
    void *owner;
};

struct channel {
    struct source source;
    struct loop *loop;
    int fd;
    bool host, writable_wanted;
    struct buf in, out;
    size_t out_at;
    struct call *active;
};

/* One connection to the database; on SQLite there is one a loop and nobody waits for it. */
struct database_slot {
    struct source source;
    struct db_conn *conn;
    struct call *user;  /* who has it, or who is handed it next */
    int registered_fd; /* in epoll, -1: none */
    bool armed, silent; /* its user waits for the server; the wait ended without a word */
    int64_t give_up_us;
};

struct loop {
    struct core *core;
    unsigned index;
    int epoll_fd, event_fd, control_fd;
    int64_t now_us;
    struct fiber_pool *fibers;
    unsigned streams;
    struct source sources[3];
    struct channel channels[CHANNELS_MAX];
    struct call *free_calls;
    struct call *ready, **ready_last;
    struct call *sleepers;
    struct lane_work *lane_first, **lane_last;
    pthread_mutex_t posted_mutex;
    struct call *posted;
    struct vault_client vault;
    bool vault_busy; /* a batch is under way or being read */
    struct call *vault_batch, *vault_waiting, **vault_waiting_last;
    struct database_slot slots[DATABASE_CONNS_MAX];
    unsigned slot_count;
    struct call *database_waiting;
    struct audit_clients *audit_clients;
};

void call_park(struct call *call);
void loop_ready(struct loop *loop, struct call *call); /* same thread */
void loop_post(struct loop *loop, struct call *call);  /* any thread */
void call_stream_event(struct call *call);             /* something came for a call that may wait for it */

void loop_vault_send(struct loop *loop);
void loop_vault_answered(struct loop *loop);
struct err loop_database_open(struct loop *loop);
void loop_database_close(struct loop *loop);
void loop_database_ready(struct loop *loop, struct database_slot *slot);
void loop_database_expire(struct loop *loop); /* gives up waiting for a connection after DATABASE_WAIT_US */
void loop_reads_begin(struct loop *loop);
void loop_reads_end(struct loop *loop);

#endif
