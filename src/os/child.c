#include "os/child.h"

#include "os/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_MAX = 256 * 1024, ANSWER_MAX = 16 };

/* The messages never leave this machine and this version, so numbers go as they lie in memory. */
static void put_u32(struct buf *b, uint32_t value) { buf_put(b, &value, sizeof value); }

static bool take(struct span *rest, void *to, size_t n)
{
    if (rest->n < n) return false;
    memcpy(to, rest->p, n);
    *rest = span_sub(*rest, n, rest->n);
    return true;
}

static pthread_mutex_t conversation = PTHREAD_MUTEX_INITIALIZER; /* one question and its answer at a time */

bool child_add(struct child *child, enum child_fd_kind kind, unsigned index, int fd)
{
    if (child->fd_count >= CHILD_FDS_MAX || index > UINT8_MAX) return false;
    child->fds[child->fd_count++] = (struct child_fd){.kind = (uint8_t)kind, .index = (uint8_t)index, .fd = fd};
    return true;
}

int child_fd(const struct child *child, enum child_fd_kind kind, unsigned index)
{
    for (size_t i = 0; i < child->fd_count; i++)
        if (child->fds[i].kind == kind && child->fds[i].index == index) return child->fds[i].fd;
    return -1;
}

struct err child_hand_over(int socket, const struct child *child)
{
    struct buf message = BUF_WITH_MAX(MESSAGE_MAX);
    int fds[CHILD_FDS_MAX];
    buf_put_byte(&message, CHILD_START);
    put_u32(&message, child->loops);
    put_u32(&message, child->vault_clients);
    buf_put_byte(&message, (uint8_t)child->fd_count);
    for (size_t i = 0; i < child->fd_count; i++) {
        buf_put_byte(&message, child->fds[i].kind);
        buf_put_byte(&message, child->fds[i].index);
        fds[i] = child->fds[i].fd;
    }
    config_put(child->config, &message);
    struct err e = buf_check(&message);
    if (!err_failed(e)) e = channel_send(socket, buf_span(&message), fds, child->fd_count);
    buf_free(&message);
    return e;
}

static struct err read_start(struct span message, const int *fds, size_t fd_count, struct child *child)
{
    uint8_t kind = 0, index = 0, count = 0;
    if (!take(&message, &kind, 1) || kind != CHILD_START) return FAIL(BAD_FRAME);
    if (!take(&message, &child->loops, sizeof child->loops) || child->loops > CHILD_LOOPS_MAX) return FAIL(BAD_FRAME);
    if (!take(&message, &child->vault_clients, sizeof child->vault_clients)) return FAIL(BAD_FRAME);
    if (!take(&message, &count, 1) || count != fd_count) return FAIL(BAD_FRAME);
    for (size_t i = 0; i < count; i++) {
        if (!take(&message, &kind, 1) || !take(&message, &index, 1)) return FAIL(BAD_FRAME);
        if (kind >= CHILD_FD_KINDS || !child_add(child, kind, index, fds[i])) return FAIL(BAD_FRAME);
    }
    return config_take(message, &child->config);
}

struct err child_start(struct child *child_out)
{
    *child_out = (struct child){0};
    signal(SIGPIPE, SIG_IGN);
    if (fcntl(CHILD_SOCKET, F_SETFD, FD_CLOEXEC) != 0) return FAIL(CLOSED);
    struct buf message = BUF_WITH_MAX(MESSAGE_MAX);
    int fds[CHILD_FDS_MAX - 1];
    size_t fd_count = sizeof fds / sizeof fds[0];
    struct err e = channel_receive(CHILD_SOCKET, &message, fds, &fd_count);
    if (!err_failed(e)) {
        child_add(child_out, CHILD_FD_PARENT, 0, CHILD_SOCKET);
        e = read_start(buf_span(&message), fds, fd_count, child_out);
    }
    buf_free(&message);
    return e;
}

struct err child_ready(const struct child *child)
{
    return channel_send(child_fd(child, CHILD_FD_PARENT, 0), span_of((const uint8_t[]){CHILD_READY}, 1), NULL, 0);
}

/* One question to the parent; the answer must begin with `expected`. */
static struct err ask(const struct child *child, const struct buf *question, enum child_message expected, struct buf *answer,
                      int *fds, size_t *fd_count)
{
    int parent = child_fd(child, CHILD_FD_PARENT, 0);
    pthread_mutex_lock(&conversation);
    struct err e = channel_send(parent, buf_span(question), NULL, 0);
    if (!err_failed(e)) e = channel_receive(parent, answer, fds, fd_count);
    pthread_mutex_unlock(&conversation);
    if (!err_failed(e) && answer->p[0] != expected) e = FAIL(BAD_FRAME);
    return e;
}

struct err child_spawn_worker(const struct child *child, int *fd_out, int *pid_out)
{
    struct buf question = BUF_WITH_MAX(ANSWER_MAX), answer = BUF_WITH_MAX(ANSWER_MAX);
    int fd = -1;
    size_t fd_count = 1;
    uint32_t pid = 0;
    buf_put_byte(&question, CHILD_SPAWN);
    struct err e = ask(child, &question, CHILD_SPAWNED, &answer, &fd, &fd_count);
    struct span rest = span_sub(buf_span(&answer), 1, answer.n);
    if (!err_failed(e) && (!take(&rest, &pid, sizeof pid) || rest.n > 0)) e = FAIL(BAD_FRAME);
    if (!err_failed(e) && (pid == 0 || fd_count != 1)) e = FAIL(ENGINE);
    if (err_failed(e)) {
        fd_close(&fd);
    } else {
        *fd_out = fd;
        *pid_out = (int)pid;
    }
    buf_free(&question);
    buf_free(&answer);
    return e;
}

struct err child_worker_end(const struct child *child, int pid, enum child_end *end_out)
{
    struct buf question = BUF_WITH_MAX(ANSWER_MAX), answer = BUF_WITH_MAX(ANSWER_MAX);
    uint8_t end = CHILD_ENDS;
    buf_put_byte(&question, CHILD_WORKER_END);
    put_u32(&question, (uint32_t)pid);
    struct err e = ask(child, &question, CHILD_WORKER_ENDED, &answer, NULL, NULL);
    struct span rest = span_sub(buf_span(&answer), 1, answer.n);
    if (!err_failed(e) && (!take(&rest, &end, sizeof end) || rest.n > 0)) e = FAIL(BAD_FRAME);
    if (!err_failed(e) && end >= CHILD_ENDS) e = FAIL(NO_ROW);
    if (!err_failed(e)) *end_out = end;
    buf_free(&question);
    buf_free(&answer);
    return e;
}

struct err child_call_courier(const struct child *child, int *fd_out)
{
    int pair[2], courier = child_fd(child, CHILD_FD_COURIER, 0);
    if (courier < 0) return FAIL(CLOSED);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return FAIL(IO);
    struct err e = channel_send(courier, span_of((const uint8_t[]){1}, 1), &pair[1], 1);
    fd_close(&pair[1]);
    if (err_failed(e)) fd_close(&pair[0]);
    else *fd_out = pair[0];
    return e;
}
