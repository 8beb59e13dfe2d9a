/* A loop: one thread that serves one channel of front (and control connections) with fibers. See docs/architecture.md.

   A request becomes a `struct call` on a fiber of its own; its handler is straight-line code that waits only through the
   functions below. Nothing here takes a lock on the way of a request but the one hand-over to the commit lane. */
#ifndef MEDSCRIBE_RULES_LOOP_H
#define MEDSCRIBE_RULES_LOOP_H
#include "base/json.h"
#include "crypt/vault_client.h"
#include "db/lane.h"
#include "rules/core.h"
#include "wire/routes.h"

enum role { ROLE_PATIENT, ROLE_DOCTOR, ROLE_ADMIN, ROLE_AUDITOR, ROLE_READONLY, ROLE_COUNT };
enum role_state { ROLE_ACTIVE, ROLE_PENDING, ROLE_DISABLED };

/* Who acts: the session row says it, not the token. */
struct actor {
    bool present;
    struct id session, subject;
    struct db_actor db; /* user and clinic */
    enum role role;
    enum role_state role_state;
    struct span profile, key; /* sealed profile and wrapped person key, in the call's arena */
    int64_t created_us, expires_us;
    unsigned kind; /* enum session_kind */
};

struct loop;
struct channel;
struct audit_entry;

struct body_chunk {
    struct body_chunk *next;
    size_t n;
    uint8_t bytes[];
};

struct call {
    struct loop *loop;
    struct channel *channel;
    uint64_t id; /* of the exchange on its channel */
    struct fiber *fiber;
    struct arena arena;
    struct request request;
    const struct route *route;
    struct actor actor;
    unsigned consent_missing; /* said with ERR_CONSENT_REQUIRED: a set of 1 << enum consent_type */
    int64_t now_us;
    /* answer */
    bool answering, answered, streaming, holds_stream;
    size_t answer_place;
    struct json json;
    /* streams */
    struct body_chunk *body_first, **body_last;
    bool body_ended, body_complete, waiting_stream;
    bool cancelled;
    unsigned pulls; /* chunks of a file asked for and not yet sent */
    /* waiting */
    struct lane_work work;
    int64_t wake_us;
    struct err offload_result;
    struct database_slot *database_slot;
    struct call *next;                /* in one waiting list */
    struct call *previous_active, *next_active; /* of the channel */
};

/* --- waiting; all of these may let other calls run */
/* One statement; OWN and CLINIC statements are bound to the call's actor. */
struct err call_query(struct call *call, enum statement statement, const struct value *values, size_t count, struct rows *rows_out);
/* Writes: apply(writer, arg) in the commit lane, with its audit entry (NULL: none). Comes back when it is on disk. */
struct err call_commit(struct call *call, struct err (*apply)(struct db_conn *writer, void *arg), void *arg,
                       const struct audit_entry *audit, struct receipt *receipt_out);
/* Operations of the vault, all in one batch; out[i] is valid until this call waits again. Each answer has its own result:
   status[i] (NULL: any failure is the function's). Medical purposes go through call_vault_medical only. */
struct err call_vault(struct call *call, const struct vault_request *requests, size_t count, struct span *out, struct err *status);
struct err call_vault_medical(struct call *call, const struct receipt *receipt, const struct vault_request *requests, size_t count,
                              struct span *out, struct err *status);
/* function(arg) on a thread of `pool`; ERR_OVERLOADED when its queue is full. */
struct err call_offload(struct call *call, struct offload *pool, struct err (*function)(void *arg), void *arg);
/* The next part of an upload; *end_out when there is no more (then body_complete tells whether the client finished).
   The bytes are the caller's until the next call. */
struct err call_body(struct call *call, struct body_chunk **chunk_out);
/* Until front asks for the next part of a file; ERR_CANCELLED when the client is gone. */
struct err call_pull(struct call *call);
struct err call_sleep(struct call *call, int64_t us); /* ERR_CANCELLED when the client went away */

/* --- answering: begin, write call->json, end; nothing may wait between begin and end */
struct json *call_answer(struct call *call, const struct response *head);
void call_answer_end(struct call *call);
void call_answer_abandon(struct call *call); /* forget what was begun, to answer a problem instead */
void call_answer_empty(struct call *call, const struct response *head);
void call_problem(struct call *call, struct err e, struct span field, struct span detail);
struct err call_stream_begin(struct call *call); /* before a stream that may last: ERR_OVERLOADED when there are many already */
void call_chunk(struct call *call, struct span bytes);
void call_chunk_end(struct call *call, bool complete);

/* --- the loop itself */
struct err loop_new(struct core *core, unsigned index, int front_fd, int vault_fd, int vault_area_fd, int control_fd, struct loop **loop_out);
void loop_run(struct loop *loop); /* until core->stopping, or front's channel closes (then stopping is set) */
void loop_stop(struct loop *loop); /* any thread: wakes it so that it sees core->stopping */
void loop_free(struct loop *loop);
struct core *loop_core(struct loop *loop);
struct core *call_core(struct call *call);
struct audit_clients *loop_audit_clients(struct loop *loop);

#endif
