/* Connections, and the once-a-second look at each of them: the library's own time-out is one of silence only, so a client
   that sends or reads a byte now and then would stay for ever. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "http/loop.h"

static void read_address(struct MHD_Connection *connection, uint8_t ip[static 16])
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr == NULL) return;
    if (info->client_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, info->client_addr, sizeof six);
        memcpy(ip, &six.sin6_addr, 16);
    } else if (info->client_addr->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, info->client_addr, sizeof four);
        ip[10] = ip[11] = 0xff;
        memcpy(ip + 12, &four.sin_addr, 4);
    }
}

static struct peer *peer_new(struct server *loop, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL || info == NULL) {
        free(peer);
        return NULL;
    }
    peer->loop = loop;
    peer->fd = info->connect_fd;
    peer->since_us = loop->now_us;
    read_address(connection, peer->ip);
    peer->next = loop->peers;
    if (loop->peers != NULL) loop->peers->previous = peer;
    loop->peers = peer;
    return peer;
}

void peer_notify(void *cls, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code)
{
    struct server *loop = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = peer_new(loop, connection);
        return;
    }
    struct peer *peer = *context;
    if (peer == NULL) return;
    if (peer->exchange != NULL) peer->exchange->peer = NULL;
    if (peer->next != NULL) peer->next->previous = peer->previous;
    if (peer->previous != NULL) peer->previous->next = peer->next;
    else loop->peers = peer->next;
    free(peer);
    *context = NULL;
}

static bool tcp_info(const struct peer *peer, struct tcp_info *info_out)
{
    socklen_t n = sizeof *info_out;
    *info_out = (struct tcp_info){.tcpi_state = 0};
    return getsockopt(peer->fd, IPPROTO_TCP, TCP_INFO, info_out, &n) == 0;
}

void peer_end(struct peer *peer)
{
    shutdown(peer->fd, SHUT_RDWR); /* the library sees the end and cleans up */
    if (peer->exchange != NULL) exchange_resume(peer->exchange);
}

void peer_request_done(struct peer *peer)
{
    peer->exchange = NULL;
    peer->has_asked = true;
    peer->since_us = 0;
    peer->received = 0;
}

/* Between requests: nothing has come (the library counts that), or the beginning of a head, which then has 10 s. */
static void look_at_idle(struct peer *peer, int64_t now_us)
{
    if (peer->has_asked && peer->since_us == 0) {
        struct tcp_info info;
        if (!tcp_info(peer, &info)) return;
        if (peer->received == 0) peer->received = info.tcpi_bytes_received;
        if (info.tcpi_bytes_received != peer->received) peer->since_us = now_us;
        return;
    }
    if (now_us - peer->since_us > LOOP_HEAD_US) peer_end(peer);
}

static void look_at_body(struct exchange *x, int64_t now_us)
{
    if (x->suspended) {
        if (x->paused_us == 0) x->paused_us = now_us; /* we make the client wait; that is not its fault */
        return;
    }
    if (x->paused_us != 0) x->body_since_us += now_us - x->paused_us;
    x->paused_us = 0;
    int64_t taken_us = now_us - x->body_since_us;
    if (taken_us > LOOP_BODY_GRACE_US && x->body_seen < (uint64_t)(taken_us / SECONDS_US(1)) * LOOP_MIN_RATE)
        reply_fault(x, FAIL(SLOW_CLIENT));
}

static void look_at_reply(struct peer *peer, const struct exchange *x, int64_t now_us)
{
    struct tcp_info info;
    if (!tcp_info(peer, &info)) return;
    bool waits = info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0;
    if (!waits || info.tcpi_bytes_acked != peer->acked || peer->moved_us < x->reply_since_us) {
        peer->acked = info.tcpi_bytes_acked;
        peer->moved_us = now_us;
        return;
    }
    if (now_us - peer->moved_us > LOOP_STALL_US) peer_end(peer);
}

static void look_at(struct peer *peer, int64_t now_us)
{
    struct exchange *x = peer->exchange;
    if (peer->linger_until_us != 0) {
        if (now_us > peer->linger_until_us) peer_end(peer);
    } else if (x == NULL || x->stage == STAGE_HEAD) {
        look_at_idle(peer, now_us);
    } else if (x->stage == STAGE_BODY || x->stage == STAGE_UPLOAD) {
        look_at_body(x, now_us);
    } else if (x->stage == STAGE_REPLY) {
        if (x->stream.events && !x->stream.ended && now_us - x->stream.said_us >= LOOP_HEARTBEAT_US) reply_heartbeat(x);
        look_at_reply(peer, x, now_us);
    }
}

void peer_sweep(struct server *loop)
{
    struct peer *next;
    for (struct peer *peer = loop->peers; peer != NULL; peer = next) {
        next = peer->next;
        look_at(peer, loop->now_us);
    }
}
