/* What a call may wait for: the lane, the vault, the database, a slow thread, its client, time. */
#include "base/clock.h"
#include "os/fiber.h"
#include "rules/loop_private.h"
#include "rules/offload.h"

#include <stdlib.h>
#include <sys/epoll.h>

/* --- commit lane */

static void committed(struct lane_work *work) { loop_post(((struct call *)work->owner)->loop, work->owner); }

struct err call_commit(struct call *call, struct err (*apply)(struct db_conn *writer, void *arg), void *arg,
                       const struct audit_entry *audit, struct receipt *receipt_out)
{
    struct loop *loop = call->loop;
    call->work = (struct lane_work){.apply = apply, .arg = arg, .audit = audit, .done = committed, .owner = call};
    *loop->lane_last = &call->work;
    loop->lane_last = &call->work.next;
    call_park(call);
    if (receipt_out != NULL) *receipt_out = call->work.receipt;
    uint16_t code = call->work.result.code;
    if (code == ERR_STORAGE || code == ERR_DATABASE || code == ERR_WRITE_UNCERTAIN) atomic_store(&loop->core->degraded, true);
    return call->work.result;
}

/* --- vault */

static void wait_for_vault(struct call *call)
{
    call->next = NULL;
    *call->loop->vault_waiting_last = call;
    call->loop->vault_waiting_last = &call->next;
    call_park(call);
}

/* All of a call's operations go into one batch; a batch that has no room for them is sent first. */
static struct err add_all(struct call *call, const struct vault_request *requests, size_t count, uint32_t *first_out)
{
    struct vault_client *vault = &call->loop->vault;
    for (;;) {
        while (call->loop->vault_busy) wait_for_vault(call);
        uint32_t ops = vault->op_count, used = vault->data_used;
        struct err e = OK;
        for (size_t i = 0; i < count && !err_failed(e); i++) {
            uint32_t number;
            e = vault_client_add(vault, &requests[i], &number);
        }
        *first_out = ops;
        if (!err_failed(e)) return OK;
        vault->op_count = ops;
        vault->data_used = used;
        if (e.code != ERR_FULL || ops == 0) return e.code == ERR_FULL ? FAIL(TOO_LARGE) : e;
        loop_vault_send(call->loop);
    }
}

static bool medical(enum vault_purpose purpose)
{
    switch (purpose) {
    case PURPOSE_RECOGNISED: case PURPOSE_DRAFT: case PURPOSE_EVIDENCE: case PURPOSE_MEDIA_CHUNK: case PURPOSE_NOTES:
    case PURPOSE_QUESTION: return true;
    default: return false;
    }
}

static struct err ask_vault(struct call *call, const struct vault_request *requests, size_t count, struct span *out, struct err *status)
{
    uint32_t first;
    if (count == 0) return OK;
    TRY(add_all(call, requests, count, &first));
    call->next = call->loop->vault_batch;
    call->loop->vault_batch = call;
    call_park(call);
    struct err worst = OK;
    for (size_t i = 0; i < count; i++) {
        struct err e = vault_client_answer(&call->loop->vault, first + (uint32_t)i, &out[i]);
        if (err_failed(e)) out[i] = SPAN_NONE;
        if (status != NULL) status[i] = e;
        if (err_failed(e) && (status == NULL || e.code == ERR_VAULT)) worst = e;
    }
    return worst;
}

struct err call_vault(struct call *call, const struct vault_request *requests, size_t count, struct span *out, struct err *status)
{
    for (size_t i = 0; i < count; i++)
        if (requests[i].kind == VAULT_OPEN && medical(requests[i].purpose)) return FAIL(INTERNAL);
    return ask_vault(call, requests, count, out, status);
}

struct err call_vault_medical(struct call *call, const struct receipt *receipt, const struct vault_request *requests, size_t count,
                              struct span *out, struct err *status)
{
    if (receipt == NULL || receipt->lane != call->loop->core->lane || receipt->seq <= 0) return FAIL(INTERNAL);
    return ask_vault(call, requests, count, out, status);
}

void loop_vault_send(struct loop *loop)
{
    if (loop->vault_busy || loop->vault.op_count == 0) return;
    loop->vault_busy = true;
    if (!err_failed(vault_client_send(&loop->vault))) return;
    atomic_store(&loop->core->stopping, true); /* no keys, no service: the parent restarts all */
}

/* Each call reads its answers before the area is wiped for the next batch. */
void loop_vault_answered(struct loop *loop)
{
    if (!loop->vault_busy || err_failed(vault_client_wait(&loop->vault))) {
        atomic_store(&loop->core->stopping, true);
        return;
    }
    struct call *batch = loop->vault_batch;
    loop->vault_batch = NULL;
    while (batch != NULL) {
        struct call *next = batch->next;
        fiber_resume(loop->fibers, batch->fiber);
        batch = next;
    }
    vault_client_next(&loop->vault);
    loop->vault_busy = false;
    struct call *waiting = loop->vault_waiting;
    loop->vault_waiting = NULL;
    loop->vault_waiting_last = &loop->vault_waiting;
    while (waiting != NULL) {
        struct call *next = waiting->next;
        loop_ready(loop, waiting);
        waiting = next;
    }
}

/* --- database */

static bool wait_for_server(void *arg, int fd, bool want_write)
{
    struct database_slot *slot = arg;
    struct call *call = slot->user;
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT | (want_write ? (unsigned)EPOLLOUT : 0u), .data.ptr = &slot->source};
    bool again = slot->registered_fd == fd;
    if (epoll_ctl(call->loop->epoll_fd, again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0 &&
        epoll_ctl(call->loop->epoll_fd, again ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0)
        return false;
    slot->registered_fd = fd;
    slot->armed = true;
    slot->silent = false;
    slot->give_up_us = clock_monotonic_us() + DATABASE_SILENCE_US;
    call_park(call);
    return !slot->silent;
}

/* A server that says nothing for so long will not: its call goes on without it. */
static void give_up_silent(struct loop *loop, int64_t now)
{
    for (unsigned i = 0; loop->slot_count > 1 && i < loop->slot_count; i++) {
        struct database_slot *slot = &loop->slots[i];
        if (!slot->armed || slot->give_up_us > now) continue;
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, slot->registered_fd, NULL);
        slot->registered_fd = -1;
        slot->armed = false;
        slot->silent = true;
        loop_ready(loop, slot->user);
    }
}

void loop_database_ready(struct loop *loop, struct database_slot *slot)
{
    if (!slot->armed) return; /* it was given up in the same moment */
    slot->armed = false;
    loop_ready(loop, slot->user);
}

struct err loop_database_open(struct loop *loop)
{
    bool shared = db_is_shared(loop->core->db);
    loop->slot_count = shared ? DATABASE_CONNS_MAX : 1;
    for (unsigned i = 0; i < loop->slot_count; i++) {
        struct database_slot *slot = &loop->slots[i];
        *slot = (struct database_slot){.source = {SOURCE_DATABASE, slot}, .registered_fd = -1};
        TRY(db_connect(loop->core->db, DB_READER, &slot->conn));
        if (shared) db_set_wait(slot->conn, wait_for_server, slot);
    }
    return OK;
}

void loop_database_close(struct loop *loop)
{
    for (unsigned i = 0; i < loop->slot_count; i++) db_disconnect(loop->slots[i].conn);
}

void loop_reads_begin(struct loop *loop)
{
    if (loop->slot_count == 1) db_reads_begin(loop->slots[0].conn);
}

void loop_reads_end(struct loop *loop)
{
    if (loop->slot_count == 1) db_reads_end(loop->slots[0].conn);
}

static struct database_slot *free_slot(struct loop *loop)
{
    for (unsigned i = 0; i < loop->slot_count; i++)
        if (loop->slots[i].user == NULL) return &loop->slots[i];
    return NULL;
}

static struct err take_slot(struct call *call, struct database_slot **slot_out)
{
    struct loop *loop = call->loop;
    struct database_slot *slot = free_slot(loop);
    if (slot == NULL) {
        call->wake_us = clock_monotonic_us() + DATABASE_WAIT_US;
        call->next = NULL;
        struct call **last = &loop->database_waiting;
        while (*last != NULL) last = &(*last)->next;
        *last = call;
        call_park(call);
        call->wake_us = 0;
        slot = call->database_slot; /* handed over by give_slot(); NULL: waited too long */
        call->database_slot = NULL;
        if (slot == NULL) return FAIL(OVERLOADED);
    }
    slot->user = call;
    *slot_out = slot;
    return OK;
}

static void give_slot(struct loop *loop, struct database_slot *slot)
{
    struct call *next = loop->database_waiting;
    slot->user = next;
    if (next == NULL) return;
    loop->database_waiting = next->next;
    next->database_slot = slot;
    loop_ready(loop, next);
}

void loop_database_expire(struct loop *loop)
{
    int64_t now = clock_monotonic_us();
    give_up_silent(loop, now);
    while (loop->database_waiting != NULL && loop->database_waiting->wake_us <= now) {
        struct call *call = loop->database_waiting;
        loop->database_waiting = call->next;
        loop_ready(loop, call);
    }
}

struct err call_query(struct call *call, enum statement statement, const struct value *values, size_t count, struct rows *rows_out)
{
    struct database_slot *slot;
    TRY(take_slot(call, &slot));
    const struct db_actor *actor = statement_table[statement].scope == SCOPE_SYSTEM ? NULL : &call->actor.db;
    struct err e = db_query(slot->conn, statement, actor, values, count, &call->arena, rows_out);
    give_slot(call->loop, slot);
    return e;
}

/* --- slow threads */

struct offloaded {
    struct offload_task task;
    struct call *call;
};

static void offload_done(struct offload_task *task, struct err result)
{
    struct offloaded *o = (struct offloaded *)task;
    o->call->offload_result = result;
    loop_post(o->call->loop, o->call);
}

struct err call_offload(struct call *call, struct offload *pool, struct err (*function)(void *arg), void *arg)
{
    struct offloaded o = {.task = {.function = function, .arg = arg, .done = offload_done}, .call = call};
    TRY(offload_submit(pool, &o.task));
    call_park(call);
    return call->offload_result;
}

/* --- the client */

void call_stream_event(struct call *call)
{
    if (!call->waiting_stream) return;
    call->waiting_stream = false;
    if (call->wake_us == 0) loop_ready(call->loop, call); /* a sleeper is found by wake_sleepers() */
}

struct err call_body(struct call *call, struct body_chunk **chunk_out)
{
    while (call->body_first == NULL && !call->body_ended) {
        call->wake_us = 0;
        call->waiting_stream = true;
        call_park(call);
    }
    struct body_chunk *chunk = call->body_first;
    *chunk_out = chunk;
    if (chunk == NULL) return call->cancelled ? FAIL(CANCELLED) : OK;
    call->body_first = chunk->next;
    if (call->body_first == NULL) call->body_last = &call->body_first;
    if (call->channel->fd >= 0) frame_put(&call->channel->out, FRAME_CREDIT, call->id, SPAN_NONE);
    return OK;
}

struct err call_pull(struct call *call)
{
    while (call->pulls == 0 && !call->cancelled) {
        call->wake_us = 0;
        call->waiting_stream = true;
        call_park(call);
    }
    if (call->cancelled) return FAIL(CANCELLED);
    call->pulls--;
    return OK;
}

struct err call_sleep(struct call *call, int64_t us)
{
    if (call->cancelled) return FAIL(CANCELLED);
    call->wake_us = clock_monotonic_us() + us;
    call->waiting_stream = true;
    call->next = call->loop->sleepers;
    call->loop->sleepers = call;
    call_park(call);
    call->waiting_stream = false;
    call->now_us = call->loop->now_us;
    return call->cancelled ? FAIL(CANCELLED) : OK;
}
