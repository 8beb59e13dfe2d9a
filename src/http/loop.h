/* What the files of one loop share; nobody outside includes this. */
#ifndef MEDSCRIBE_HTTP_LOOP_H
#define MEDSCRIBE_HTTP_LOOP_H
#include <microhttpd.h>

#include "base/clock.h"
#include "http/fields.h"
#include "http/intake.h"
#include "http/match.h"
#include "http/server.h"
#include "http/upload.h"

enum {
    LOOP_POOL_BYTES = 16 * 1024,      /* a connection's memory in the library: its head, then its answer's head */
    LOOP_OUT_MAX = 16 * 1024 * 1024,
    LOOP_OUT_UPLOADS = 1024 * 1024,   /* more than this waits for core: uploads wait */
    LOOP_OUT_FULL = 4 * 1024 * 1024,  /* and than this: nothing new is read */
    LOOP_OUT_REFUSE = 8 * 1024 * 1024, /* and than this: what was read already is refused */
    LOOP_PATIENCE = 8,                /* runs of the library a request waits in place before it is suspended */
    LOOP_RUNS = 16,                   /* of the library at most before core is heard again */
    LOOP_EVENTS_MAX = 256 * 1024,
    LOOP_SECRETS = 4096,              /* random bytes fetched at once */
};
#define LOOP_IDLE_S 60
#define LOOP_HEAD_US SECONDS_US(10)
#define LOOP_BODY_GRACE_US SECONDS_US(5)
#define LOOP_STALL_US SECONDS_US(20)
#define LOOP_LINGER_US SECONDS_US(2)
#define LOOP_HEARTBEAT_US SECONDS_US(15)
#define LOOP_STOP_US SECONDS_US(5)
enum { LOOP_MIN_RATE = 1024 /* bytes a second */ };

struct exchange;

/* One connection. */
struct peer {
    struct peer *next, *previous;
    struct server *loop;
    struct exchange *exchange; /* the request under way */
    int fd;
    uint8_t ip[16];
    bool has_asked;       /* it has sent a whole request before */
    int64_t since_us;     /* accepted; or when part of the next head was first seen, 0 = not yet */
    uint64_t received;    /* bytes received when the last request was done */
    int64_t linger_until_us;
    uint64_t acked;       /* of our answer, when last looked */
    int64_t moved_us;     /* when that last changed */
};

enum stage {
    STAGE_HEAD,    /* only the request line is known */
    STAGE_READY,   /* no body follows */
    STAGE_BODY, STAGE_UPLOAD,
    STAGE_FLUSH,   /* the upload is in, core has not taken all of it */
    STAGE_WAIT,    /* for core's answer */
    STAGE_REPLY,   /* the library has the answer */
    STAGE_SPOKEN,  /* answered before the body's end, past the library; the rest is thrown away */
};

/* Pieces of a streamed answer on their way from core to the client. */
struct stream {
    struct buf bytes;
    size_t taken;
    bool active, events, ended, complete, pulled;
    uint64_t left; /* of a file: bytes core has yet to send */
    int64_t said_us;
};

struct exchange {
    struct server *loop;
    struct peer *peer;
    struct MHD_Connection *connection;
    struct exchange *next_free;
    uint32_t slot, generation;
    uint8_t stage;
    bool suspended, asked /* core owes an end to this */, opening /* in the library's first call */;
    bool is_head, is_page, unsafe, damaged /* where this request ends is not sure: answer and close */;
    unsigned recalls, under_way;
    const char *raw_uri; /* where it stood in the library's buffer */
    size_t uri_bytes;
    struct buf uri;
    struct span path, query;
    struct head head;
    struct match match;
    struct gate_pass pass;
    struct id request_id;
    struct limiter_verdict limit;
    struct err fault;
    char blamed[FIELDS_NAME_MAX + 1];
    struct buf body;
    struct upload *upload;
    struct stream stream;
    uint64_t body_seen;
    int64_t body_since_us, paused_us, reply_since_us;
};

struct server {
    const struct server_settings *settings;
    struct MHD_Daemon *daemon;
    int core, epoll;
    bool core_blocked, library_watched, stopping;
    bool uploads_wait; /* some could not pass on a chunk, only because too much waits for core */
    bool progress;    /* the library has more to do, though no socket has news for it */
    unsigned waiting; /* requests that wait for core in the library's own list */
    struct buf out;
    struct intake intake;
    struct exchange **slots;
    uint32_t slot_count, slot_room;
    struct exchange *free_exchanges;
    struct peer *peers;
    struct arena scratch;
    struct answer answer;
    struct buf text; /* bodies that front writes */
    uint8_t secrets[LOOP_SECRETS];
    size_t secrets_left;
    int64_t now_us, swept_us;
};

/* server.c */
void loop_random(struct server *loop, void *to, size_t n);
struct id loop_id(struct server *loop);

/* peer.c */
void peer_notify(void *loop, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code);
void peer_sweep(struct server *loop);
void peer_request_done(struct peer *peer);
void peer_end(struct peer *peer);

/* exchange.c */
void *exchange_on_uri(void *loop, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_on_call(void *loop, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *data, size_t *size, void **context);
void exchange_on_end(void *loop, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode why);
struct exchange *exchange_find(struct server *loop, uint64_t id);
uint64_t exchange_id(const struct exchange *x);
void exchange_stage(struct exchange *x, enum stage stage);
void exchange_suspend(struct exchange *x);
void exchange_resume(struct exchange *x);
void exchange_free_all(struct server *loop);

/* opening.c: the head of a request */
struct err opening_check(struct exchange *x, const char *method, const char *version);

struct err transfer_request(struct exchange *x);

/* transfer.c: uploads towards core */
struct err transfer_begin(struct exchange *x);
void transfer_body(struct exchange *x, struct span bytes);
enum MHD_Result transfer_finish(struct exchange *x);
void transfer_credit(struct exchange *x);
void transfer_go_on(struct server *loop); /* there is room towards core again */

/* reply.c: answers */
enum MHD_Result reply_problem(struct exchange *x, struct err err, struct span field, struct span detail);
enum MHD_Result reply_fault(struct exchange *x, struct err err);
enum MHD_Result reply_page(struct exchange *x);
enum MHD_Result reply_openapi(struct exchange *x);
struct err reply_response(struct exchange *x, struct span payload);
void reply_chunk(struct exchange *x, struct span bytes);
void reply_chunk_end(struct exchange *x, bool complete);
void reply_heartbeat(struct exchange *x);

#endif
