#include "os/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FDS_A_MESSAGE = 64, MESSAGE_MAX = 256 * 1024 };

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * FDS_A_MESSAGE)];
};

void fd_close(int *fd)
{
    if (*fd < 0) return;
    close(*fd);
    *fd = -1;
}

static struct err socket_error(void)
{
    return errno == EPIPE || errno == ECONNRESET ? FAIL(CLOSED) : FAIL(IO);
}

/* Waits out EINTR and, on a non-blocking descriptor, EAGAIN. False: errno tells a real failure. */
static bool try_again(int fd, short events)
{
    if (errno == EINTR) return true;
    if (errno != EAGAIN) return false;
    struct pollfd p = {.fd = fd, .events = events};
    return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

struct err channel_send(int fd, struct span message, const int *fds, size_t count)
{
    if (message.n == 0 || count > FDS_A_MESSAGE) return FAIL(BAD_FRAME); /* an empty message looks like the end */
    union control control = {.bytes = {0}};
    struct iovec part = {.iov_base = (void *)(uintptr_t)message.p, .iov_len = message.n};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
    }
    for (;;) {
        ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);
        if (n == (ssize_t)message.n) return OK;
        if (n >= 0) return FAIL(IO); /* not a socket of whole messages */
        if (!try_again(fd, POLLOUT)) return socket_error();
    }
}

/* Takes the descriptors of a message into fds_out; what has no room is closed, and then it fails. */
static struct err take_fds(struct msghdr *m, int *fds_out, size_t *count_inout)
{
    size_t room = *count_inout, taken = 0;
    bool lost = (m->msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (taken < room) fds_out[taken++] = fd;
            else fd_close(&fd), lost = true;
        }
    }
    if (!lost) {
        *count_inout = taken;
        return OK;
    }
    while (taken > 0) fd_close(&fds_out[--taken]);
    *count_inout = 0;
    return FAIL(BAD_FRAME);
}

struct err channel_receive(int fd, struct buf *message_out, int *fds_out, size_t *count_inout)
{
    size_t none = 0;
    if (count_inout == NULL) count_inout = &none;
    ssize_t size;
    while ((size = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC)) < 0)
        if (!try_again(fd, POLLIN)) return socket_error();
    if (size == 0) return FAIL(CLOSED);
    if (size > MESSAGE_MAX) return FAIL(BAD_FRAME);
    uint8_t *to = buf_reserve(message_out, (size_t)size);
    if (to == NULL) return FAIL(FULL);

    union control control;
    struct iovec part = {.iov_base = to, .iov_len = (size_t)size};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t n;
    while ((n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC)) < 0)
        if (!try_again(fd, POLLIN)) return socket_error();
    TRY(take_fds(&m, fds_out, count_inout));
    if (n == 0) return FAIL(CLOSED);
    buf_added(message_out, (size_t)n);
    return buf_check(message_out);
}

struct err channel_write(int fd, struct span bytes)
{
    bool is_socket = true;
    while (bytes.n > 0) {
        ssize_t n = is_socket ? send(fd, bytes.p, bytes.n, MSG_NOSIGNAL) : write(fd, bytes.p, bytes.n);
        if (n >= 0) bytes = span_sub(bytes, (size_t)n, bytes.n);
        else if (errno == ENOTSOCK && is_socket) is_socket = false;
        else if (!try_again(fd, POLLOUT)) return socket_error();
    }
    return OK;
}

struct err channel_read(int fd, void *to, size_t n)
{
    uint8_t *at = to;
    while (n > 0) {
        ssize_t got = read(fd, at, n);
        if (got == 0) return FAIL(CLOSED);
        if (got < 0) {
            if (!try_again(fd, POLLIN)) return socket_error();
            continue;
        }
        at += got;
        n -= (size_t)got;
    }
    return OK;
}

enum { FRAME_HEAD_BYTES = 8 };

struct err channel_put_frame(int fd, uint32_t type, struct span bytes)
{
    uint8_t head[FRAME_HEAD_BYTES];
    for (size_t i = 0; i < 4; i++) {
        head[i] = (uint8_t)(bytes.n >> (8 * i));
        head[4 + i] = (uint8_t)(type >> (8 * i));
    }
    TRY(channel_write(fd, span_of(head, sizeof head)));
    return channel_write(fd, bytes);
}

struct err channel_take_frame(int fd, size_t max, uint32_t *type_out, struct buf *into)
{
    uint8_t head[FRAME_HEAD_BYTES] = {0};
    uint32_t n = 0, type = 0;
    TRY(channel_read(fd, head, sizeof head));
    for (size_t i = 4; i-- > 0;) {
        n = n << 8 | head[i];
        type = type << 8 | head[4 + i];
    }
    *type_out = type;
    if (n == 0) return OK;
    uint8_t *to = n <= max ? buf_reserve(into, n) : NULL;
    if (to == NULL) return FAIL(BAD_FRAME);
    TRY(channel_read(fd, to, n));
    buf_added(into, n);
    return OK;
}
