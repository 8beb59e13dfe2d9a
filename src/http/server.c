#include "http/server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "http/library.h"
#include "http/loop.h"

/* TLS 1.3 and, for older clients, 1.2 with forward secrecy and authenticated ciphers only; no resumption, so no ticket key. */
static const char priorities[] = "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+ECDHE-ECDSA:+ECDHE-RSA:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD:+SHA384:"
                                 "+GROUP-X25519:+GROUP-SECP384R1:+GROUP-SECP256R1:+SIGN-ALL:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:"
                                 "-SIGN-DSA-SHA1:+COMP-NULL:+CTYPE-X509:%SERVER_PRECEDENCE:%NO_TICKETS:%SAFE_RENEGOTIATION";

void loop_random(struct server *loop, void *to, size_t n)
{
    if (loop->secrets_left < n) {
        random_bytes(loop->secrets, sizeof loop->secrets);
        loop->secrets_left = sizeof loop->secrets;
    }
    loop->secrets_left -= n;
    memcpy(to, loop->secrets + loop->secrets_left, n);
    explicit_bzero(loop->secrets + loop->secrets_left, n);
}

struct id loop_id(struct server *loop)
{
    struct id id;
    loop_random(loop, id.b, sizeof id.b);
    id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x40);
    id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
    return id;
}

/* The address is taken as it stands; paths and queries are read by our own rules. */
static size_t leave_encoded(void *unused, struct MHD_Connection *connection, char *text)
{
    (void)unused;
    (void)connection;
    return strlen(text);
}

static struct MHD_Daemon *start_library(struct server *loop, int listen_fd)
{
    const struct server_settings *settings = loop->settings;
    const bool tls = settings->certificate != NULL;
    struct MHD_OptionItem tls_options[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, settings->certificate}, {MHD_OPTION_HTTPS_MEM_KEY, 0, settings->certificate_key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities}, {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem no_options[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0u);
    return MHD_start_daemon(flags, 0, NULL, NULL, exchange_on_call, loop, MHD_OPTION_LISTEN_SOCKET, listen_fd,
                            MHD_OPTION_CONNECTION_LIMIT, settings->connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)LOOP_POOL_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LOOP_IDLE_S,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_NOTIFY_COMPLETED,
                            exchange_on_end, loop, MHD_OPTION_NOTIFY_CONNECTION, peer_notify, loop, MHD_OPTION_URI_LOG_CALLBACK,
                            exchange_on_uri, loop, MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL, MHD_OPTION_ARRAY,
                            tls ? tls_options : no_options, MHD_OPTION_END);
}

static struct err watch(struct server *loop, int fd, uint32_t events, int how)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(loop->epoll, how, fd, &event) == 0 ? OK : FAIL(IO);
}

static int library_fd(const struct server *loop)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info == NULL ? -1 : info->listen_fd;
}

struct err server_new(const struct server_settings *settings, int listen_fd, int core_fd, struct server **server_out)
{
    struct server *loop = calloc(1, sizeof *loop);
    if (loop == NULL) return FAIL(OUT_OF_MEMORY);
    loop->settings = settings;
    loop->core = core_fd;
    loop->out = BUF_WITH_MAX(LOOP_OUT_MAX);
    loop->text = BUF_WITH_MAX(1024 * 1024);
    arena_init(&loop->scratch, 512 * 1024);
    loop->now_us = clock_monotonic_us();
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->daemon = start_library(loop, listen_fd);
    *server_out = loop;
    if (!library_init() || loop->epoll < 0 || loop->daemon == NULL) return FAIL(IO);
    TRY(watch(loop, core_fd, EPOLLIN, EPOLL_CTL_ADD));
    loop->library_watched = true;
    return watch(loop, library_fd(loop), EPOLLIN, EPOLL_CTL_ADD);
}

static struct err take_frame(struct server *loop, const struct frame *frame)
{
    struct exchange *x = exchange_find(loop, frame->id);
    switch (frame->type) {
    case FRAME_RESPONSE: return x == NULL ? OK : reply_response(x, frame->payload);
    case FRAME_CREDIT:
        if (x != NULL) transfer_credit(x);
        return OK;
    case FRAME_CHUNK:
        if (x != NULL) reply_chunk(x, frame->payload);
        return OK;
    case FRAME_CHUNK_END:
        if (frame->payload.n != 1) return FAIL(BAD_FRAME);
        if (x != NULL) reply_chunk_end(x, frame->payload.p[0] != 0);
        return OK;
    default: return FAIL(BAD_FRAME);
    }
}

static struct err take_answers(struct server *loop)
{
    bool more = true, found = true;
    while (more) {
        TRY(intake_read(&loop->intake, loop->core, &more));
        for (found = true; found;) {
            struct frame frame;
            TRY(intake_next(&loop->intake, &frame, &found));
            if (found) TRY(take_frame(loop, &frame));
        }
    }
    return OK;
}

/* One write for all that gathered; what core does not take now waits, and so do new requests when it is much. */
static struct err flush(struct server *loop)
{
    if (loop->out.failed) return FAIL(FULL);
    if (loop->out.n > 0) {
        ssize_t sent = send(loop->core, loop->out.p, loop->out.n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return FAIL(CLOSED);
        if (sent > 0) buf_drop_front(&loop->out, (size_t)sent);
    }
    if (loop->uploads_wait && loop->out.n <= LOOP_OUT_UPLOADS / 2) transfer_go_on(loop);
    bool blocked = loop->out.n > 0;
    if (blocked != loop->core_blocked) {
        loop->core_blocked = blocked;
        TRY(watch(loop, loop->core, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD));
    }
    bool reads = loop->out.n <= LOOP_OUT_FULL;
    if (reads == loop->library_watched) return OK;
    loop->library_watched = reads;
    return watch(loop, library_fd(loop), EPOLLIN, reads ? EPOLL_CTL_ADD : EPOLL_CTL_DEL);
}

/* Does the library say that it could go on without news from a socket? With requests waiting in its list it always does. */
static bool library_pending(const struct server *loop)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    return loop->waiting == 0 && MHD_get_timeout(loop->daemon, &wait_ms) == MHD_YES && wait_ms == 0;
}

static struct err run_library(struct server *loop)
{
    loop->progress = true;
    for (int i = 0; i < LOOP_RUNS && loop->library_watched && (loop->progress || library_pending(loop)); i++) {
        loop->progress = false;
        MHD_run(loop->daemon);
        TRY(flush(loop));
    }
    return flush(loop);
}

/* While requests wait in the library's list, what it may have left over cannot be told; it gets its turn after a moment. */
static int patience_ms(const struct server *loop)
{
    if (!loop->library_watched) return 1000;
    if (loop->waiting > 0) return 1;
    return loop->progress || library_pending(loop) ? 0 : 1000;
}

static struct err pass(struct server *loop)
{
    struct epoll_event events[4];
    int count = epoll_wait(loop->epoll, events, 4, patience_ms(loop));
    if (count < 0 && errno != EINTR) return FAIL(IO);
    loop->now_us = clock_monotonic_us();
    for (int i = 0; i < count; i++)
        if (events[i].data.fd == loop->core && (events[i].events & ~(uint32_t)EPOLLOUT) != 0) TRY(take_answers(loop));
    if (loop->now_us - loop->swept_us >= SECONDS_US(1)) {
        loop->swept_us = loop->now_us;
        peer_sweep(loop);
    }
    return run_library(loop);
}

static bool is_idle(const struct server *loop)
{
    for (const struct peer *peer = loop->peers; peer != NULL; peer = peer->next)
        if (peer->exchange != NULL) return false;
    return true;
}

static void begin_stop(struct server *loop)
{
    loop->stopping = true;
    MHD_quiesce_daemon(loop->daemon);
    for (uint32_t i = 0; i < loop->slot_count; i++)
        if (loop->slots[i]->peer != NULL && loop->slots[i]->stream.events) reply_chunk_end(loop->slots[i], true);
}

struct err server_run(struct server *loop, const atomic_bool *stop)
{
    int64_t stop_by_us = 0;
    for (;;) {
        if (atomic_load_explicit(stop, memory_order_relaxed) && !loop->stopping) {
            begin_stop(loop);
            stop_by_us = clock_monotonic_us() + LOOP_STOP_US;
        }
        if (loop->stopping && (is_idle(loop) || loop->now_us > stop_by_us)) return OK;
        TRY(pass(loop));
    }
}
