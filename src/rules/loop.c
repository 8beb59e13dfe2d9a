/* The machinery of a loop: descriptors, channels, fibers, and the hand-overs that are done once for all who wait. */
#include "rules/loop.h"

#include "base/clock.h"
#include "os/channel.h"
#include "os/fiber.h"
#include "rules/handlers.h"
#include "rules/loop_private.h"
#include "rules/offload.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct core *loop_core(struct loop *loop) { return loop->core; }
struct core *call_core(struct call *call) { return call->loop->core; }
struct audit_clients *loop_audit_clients(struct loop *loop) { return loop->audit_clients; }

/* --- calls */

static struct call *call_new(struct channel *channel, uint64_t id)
{
    struct loop *loop = channel->loop;
    struct call *call = loop->free_calls;
    if (call != NULL) {
        loop->free_calls = call->next;
        struct arena arena = call->arena;
        *call = (struct call){.arena = arena};
    } else {
        call = calloc(1, sizeof *call);
        if (call == NULL) return NULL;
        arena_init(&call->arena, ARENA_BYTES_MAX);
    }
    call->loop = loop;
    call->channel = channel;
    call->id = id;
    call->body_last = &call->body_first;
    call->next_active = channel->active;
    if (channel->active != NULL) channel->active->previous_active = call;
    channel->active = call;
    return call;
}

static void call_free(struct call *call)
{
    struct loop *loop = call->loop;
    if (call->previous_active != NULL) call->previous_active->next_active = call->next_active;
    else call->channel->active = call->next_active;
    if (call->next_active != NULL) call->next_active->previous_active = call->previous_active;
    while (call->body_first != NULL) {
        struct body_chunk *chunk = call->body_first;
        call->body_first = chunk->next;
        free(chunk);
    }
    if (call->holds_stream) loop->streams--;
    arena_reset(&call->arena);
    call->next = loop->free_calls;
    loop->free_calls = call;
}

static struct call *find(struct channel *channel, uint64_t id)
{
    for (struct call *call = channel->active; call != NULL; call = call->next_active)
        if (call->id == id) return call;
    return NULL;
}

struct err call_stream_begin(struct call *call)
{
    if (call->loop->streams >= STREAMS_MAX) return FAIL(OVERLOADED);
    call->loop->streams++;
    call->holds_stream = true;
    return OK;
}

static void call_main(void *arg)
{
    struct call *call = arg;
    call->fiber = fiber_current(call->loop->fibers);
    handlers_run(call);
    call_free(call);
}

void loop_ready(struct loop *loop, struct call *call)
{
    call->next = NULL;
    *loop->ready_last = call;
    loop->ready_last = &call->next;
}

void loop_post(struct loop *loop, struct call *call)
{
    pthread_mutex_lock(&loop->posted_mutex);
    call->next = loop->posted;
    loop->posted = call;
    bool first = call->next == NULL;
    pthread_mutex_unlock(&loop->posted_mutex);
    if (first) loop_stop(loop);
}

void loop_stop(struct loop *loop)
{
    uint64_t one = 1;
    ssize_t n;
    do
        n = write(loop->event_fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

void call_park(struct call *call) { fiber_park(call->loop->fibers); }

/* --- frames of a channel */

static struct err start_call(struct channel *channel, const struct frame *frame)
{
    struct call *call = call_new(channel, frame->id);
    if (call == NULL) return FAIL(OUT_OF_MEMORY);
    struct span payload = arena_copy(&call->arena, frame->payload);
    struct err e = payload.p == NULL ? FAIL(OUT_OF_MEMORY) : request_read(payload, &call->request);
    if (!err_failed(e)) e = route_check_request(&call->request);
    if (err_failed(e)) {
        call_free(call);
        return e; /* front does not make mistakes: whoever speaks here is not front any more */
    }
    call->route = &route_table[call->request.route];
    call->now_us = channel->loop->now_us;
    e = fiber_start(channel->loop->fibers, call_main, call);
    if (err_failed(e)) {
        call_problem(call, e, SPAN_NONE, SPAN_NONE);
        call_free(call);
    }
    return OK;
}

static struct err take_body(struct channel *channel, const struct frame *frame)
{
    struct call *call = find(channel, frame->id);
    if (call == NULL || call->body_ended) return OK; /* answered before it had all come */
    if (frame->type == FRAME_BODY_END) {
        struct span payload = arena_copy(&call->arena, frame->payload);
        if (payload.p == NULL) return FAIL(OUT_OF_MEMORY);
        TRY(body_end_read(payload, &call->body_complete, &call->request));
        TRY(route_check_request(&call->request));
        call->body_ended = true;
    } else {
        if (frame->payload.n == 0 || frame->payload.n > FRAME_CHUNK_MAX) return FAIL(BAD_FRAME);
        struct body_chunk *chunk = malloc(sizeof *chunk + frame->payload.n);
        if (chunk == NULL) return FAIL(OUT_OF_MEMORY);
        chunk->next = NULL;
        chunk->n = frame->payload.n;
        memcpy(chunk->bytes, frame->payload.p, chunk->n);
        *call->body_last = chunk;
        call->body_last = &chunk->next;
    }
    call_stream_event(call);
    return OK;
}

static struct err take_frame(struct channel *channel, const struct frame *frame)
{
    struct call *call;
    switch (frame->type) {
    case FRAME_REQUEST: return start_call(channel, frame);
    case FRAME_BODY: case FRAME_BODY_END: return take_body(channel, frame);
    case FRAME_PULL:
        call = find(channel, frame->id);
        if (call == NULL) return OK;
        call->pulls++;
        call_stream_event(call);
        return OK;
    case FRAME_CANCEL:
        call = find(channel, frame->id);
        if (call == NULL) return OK;
        call->cancelled = call->body_ended = true;
        call_stream_event(call);
        return OK;
    default: return FAIL(BAD_FRAME);
    }
}

static struct err take_frames(struct channel *channel)
{
    size_t at = 0;
    for (;;) { /* also when all fibers are busy: they may wait for what stands behind a request that then gets none (503) */
        struct frame frame;
        size_t used;
        TRY(frame_next(span_sub(buf_span(&channel->in), at, SIZE_MAX), &frame, &used));
        if (used == 0) break;
        at += used;
        TRY(take_frame(channel, &frame));
    }
    if (at > 0) buf_drop_front(&channel->in, at);
    return OK;
}

static struct err read_channel(struct channel *channel)
{
    uint8_t *to = buf_reserve(&channel->in, READ_BYTES);
    if (to == NULL) {
        buf_reset(&channel->in);
        return FAIL(BAD_FRAME);
    }
    ssize_t n = recv(channel->fd, to, READ_BYTES, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return OK;
    if (n <= 0) return FAIL(CLOSED);
    buf_added(&channel->in, (size_t)n);
    return take_frames(channel);
}

static struct err write_channel(struct channel *channel)
{
    while (channel->out.n > channel->out_at) {
        ssize_t n = send(channel->fd, channel->out.p + channel->out_at, channel->out.n - channel->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) break;
        if (n < 0) return FAIL(CLOSED);
        channel->out_at += (size_t)n;
    }
    bool all = channel->out.n == channel->out_at;
    if (all) {
        explicit_bzero(channel->out.p, channel->out.n);
        buf_reset(&channel->out);
        channel->out_at = 0;
        if (channel->out.cap > OUT_KEEP_BYTES) buf_free(&channel->out);
    }
    if (all != channel->writable_wanted) return OK;
    channel->writable_wanted = !all;
    struct epoll_event event = {.events = EPOLLIN | (all ? 0u : (unsigned)EPOLLOUT), .data.ptr = &channel->source};
    return epoll_ctl(channel->loop->epoll_fd, EPOLL_CTL_MOD, channel->fd, &event) == 0 ? OK : FAIL(IO);
}

/* Its calls go on: what they did is done; what they answer goes nowhere. */
static void close_channel(struct channel *channel)
{
    if (channel->fd < 0) return;
    epoll_ctl(channel->loop->epoll_fd, EPOLL_CTL_DEL, channel->fd, NULL);
    fd_close(&channel->fd);
    for (struct call *call = channel->active, *next; call != NULL; call = next) {
        next = call->next_active;
        call->cancelled = call->body_ended = true;
        call_stream_event(call);
    }
    if (!channel->host) atomic_store(&channel->loop->core->stopping, true); /* no front, no service: the parent restarts both */
}

static struct err add_source(struct loop *loop, int fd, struct source *source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? OK : FAIL(IO);
}

static struct err open_channel(struct loop *loop, struct channel *channel, int fd, bool host)
{
    struct buf in = channel->in, out = channel->out;
    *channel = (struct channel){.source = {SOURCE_CHANNEL, channel}, .loop = loop, .fd = fd, .host = host, .in = in, .out = out};
    channel->in.max = FRAME_PAYLOAD_MAX + FRAME_HEADER_BYTES + READ_BYTES;
    channel->out.max = OUT_BYTES_MAX;
    buf_reset(&channel->in);
    buf_reset(&channel->out);
    return add_source(loop, fd, &channel->source);
}

static void accept_control(struct loop *loop)
{
    int fd = accept4(loop->control_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) return;
    struct ucred peer;
    socklen_t n = sizeof peer;
    bool allowed = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && (peer.uid == 0 || peer.uid == getuid());
    for (size_t i = 1; allowed && i < CHANNELS_MAX; i++) {
        struct channel *channel = &loop->channels[i];
        if (channel->fd >= 0 || channel->active != NULL) continue;
        if (!err_failed(open_channel(loop, channel, fd, true))) return;
        channel->fd = -1; /* closed below */
        break;
    }
    close(fd);
}

/* --- one pass */

static void take_posted(struct loop *loop)
{
    uint64_t count;
    if (read(loop->event_fd, &count, sizeof count) < 0) return;
    pthread_mutex_lock(&loop->posted_mutex);
    struct call *call = loop->posted;
    loop->posted = NULL;
    pthread_mutex_unlock(&loop->posted_mutex);
    struct call *in_order = NULL; /* the list is last in, first out */
    while (call != NULL) {
        struct call *next = call->next;
        call->next = in_order;
        in_order = call;
        call = next;
    }
    while (in_order != NULL) {
        struct call *next = in_order->next;
        loop_ready(loop, in_order);
        in_order = next;
    }
}

static void run_ready(struct loop *loop)
{
    while (loop->ready != NULL) {
        struct call *call = loop->ready;
        loop->ready = call->next;
        if (loop->ready == NULL) loop->ready_last = &loop->ready;
        fiber_resume(loop->fibers, call->fiber);
    }
}

static void wake_sleepers(struct loop *loop)
{
    int64_t now = clock_monotonic_us();
    for (struct call **at = &loop->sleepers; *at != NULL;) {
        struct call *call = *at;
        if (call->wake_us > now && !call->cancelled) {
            at = &call->next;
            continue;
        }
        *at = call->next;
        loop_ready(loop, call);
    }
}

static int timeout_ms(const struct loop *loop)
{
    int64_t first = INT64_MAX;
    for (const struct call *call = loop->sleepers; call != NULL; call = call->next)
        if (call->wake_us < first) first = call->wake_us;
    if (loop->database_waiting != NULL && loop->database_waiting->wake_us < first) first = loop->database_waiting->wake_us;
    for (unsigned i = 0; loop->slot_count > 1 && i < loop->slot_count; i++)
        if (loop->slots[i].armed && loop->slots[i].give_up_us < first) first = loop->slots[i].give_up_us;
    if (first == INT64_MAX) return -1;
    int64_t us = first - clock_monotonic_us();
    return us <= 0 ? 0 : us > SECONDS_US(60) ? 60000 : (int)(us / 1000 + 1);
}

static void handle_event(struct loop *loop, const struct epoll_event *event)
{
    struct source *source = event->data.ptr;
    /* What arrives now may follow a commit that an open snapshot does not show. */
    if (source->kind == SOURCE_POSTED || source->kind == SOURCE_CHANNEL) {
        loop_reads_end(loop);
        loop_reads_begin(loop);
    }
    switch (source->kind) {
    case SOURCE_POSTED: take_posted(loop); break;
    case SOURCE_VAULT: loop_vault_answered(loop); break;
    case SOURCE_CONTROL: accept_control(loop); break;
    case SOURCE_DATABASE: loop_database_ready(loop, source->owner); break;
    case SOURCE_CHANNEL: {
        struct channel *channel = source->owner;
        if (channel->fd >= 0 && (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && err_failed(read_channel(channel)))
            close_channel(channel);
        break;
    }
    }
}

/* Frames that had to wait because all fibers were busy. */
static bool take_leftover(struct loop *loop)
{
    bool some = false;
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        struct channel *channel = &loop->channels[i];
        size_t before = channel->in.n;
        if (channel->fd < 0 || before == 0 || fiber_free_count(loop->fibers) == 0) continue;
        if (err_failed(take_frames(channel))) close_channel(channel);
        some |= channel->in.n != before;
    }
    return some;
}

static void hand_over(struct loop *loop)
{
    loop_vault_send(loop);
    lane_submit(loop->core->lane, loop->lane_first);
    loop->lane_first = NULL;
    loop->lane_last = &loop->lane_first;
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        struct channel *channel = &loop->channels[i];
        if (channel->fd < 0) {
            buf_free(&channel->out); /* answers to nobody */
            channel->out_at = 0;
            continue;
        }
        if ((channel->out.n > 0 || channel->writable_wanted) && err_failed(write_channel(channel))) close_channel(channel);
    }
}

void loop_run(struct loop *loop)
{
    struct epoll_event events[EVENTS_MAX];
    while (!atomic_load(&loop->core->stopping)) {
        int n = epoll_wait(loop->epoll_fd, events, EVENTS_MAX, timeout_ms(loop));
        loop->now_us = clock_now_us();
        loop_reads_begin(loop);
        for (int i = 0; i < n; i++) handle_event(loop, &events[i]);
        if (loop->sleepers != NULL) wake_sleepers(loop);
        loop_database_expire(loop);
        do run_ready(loop);
        while (take_leftover(loop));
        loop_reads_end(loop);
        hand_over(loop);
    }
}

struct err loop_new(struct core *core, unsigned index, int front_fd, int vault_fd, int vault_area_fd, int control_fd, struct loop **loop_out)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) return FAIL(OUT_OF_MEMORY);
    loop->core = core;
    loop->index = index;
    loop->ready_last = &loop->ready;
    loop->lane_last = &loop->lane_first;
    loop->vault_waiting_last = &loop->vault_waiting;
    loop->control_fd = control_fd;
    loop->sources[0] = (struct source){SOURCE_POSTED, loop};
    loop->sources[1] = (struct source){SOURCE_VAULT, loop};
    loop->sources[2] = (struct source){SOURCE_CONTROL, loop};
    pthread_mutex_init(&loop->posted_mutex, NULL);
    for (size_t i = 0; i < CHANNELS_MAX; i++) loop->channels[i].fd = -1;
    loop->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->event_fd < 0 || loop->epoll_fd < 0) return FAIL(IO);
    TRY(fiber_pool_new(FIBERS_MAX, &loop->fibers));
    TRY(vault_client_open(&loop->vault, vault_fd, vault_area_fd));
    TRY(loop_database_open(loop));
    TRY(audit_clients_new(&loop->audit_clients));
    TRY(add_source(loop, loop->event_fd, &loop->sources[0]));
    TRY(add_source(loop, vault_fd, &loop->sources[1]));
    if (control_fd >= 0) TRY(add_source(loop, control_fd, &loop->sources[2]));
    if (front_fd >= 0) TRY(open_channel(loop, &loop->channels[0], front_fd, false));
    *loop_out = loop;
    return OK;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL) return;
    loop_database_close(loop);
    vault_client_close(&loop->vault);
    audit_clients_free(loop->audit_clients);
    for (size_t i = 0; i < CHANNELS_MAX; i++) {
        fd_close(&loop->channels[i].fd);
        buf_free(&loop->channels[i].in);
        buf_free(&loop->channels[i].out);
    }
    fd_close(&loop->event_fd);
    fd_close(&loop->epoll_fd);
    free(loop);
}
