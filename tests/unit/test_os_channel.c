/* Messages with descriptors, and the start of a child over them. */
#include "os/channel.h"
#include "os/child.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int pair[2];

static int open_pair(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}
static int close_pair(void **state)
{
    (void)state;
    fd_close(&pair[0]);
    fd_close(&pair[1]);
    return 0;
}

static int open_fds(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++) n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void message_carries_descriptors(void **state)
{
    (void)state;
    int pipe_fds[2], got[4] = {-1, -1, -1, -1};
    size_t count = 4;
    struct buf message = BUF_WITH_MAX(64);
    assert_int_equal(pipe(pipe_fds), 0);
    assert_false(err_failed(channel_send(pair[0], SPAN_LITERAL("hello"), pipe_fds, 2)));
    assert_false(err_failed(channel_receive(pair[1], &message, got, &count)));
    assert_int_equal(count, 2);
    assert_true(span_is(buf_span(&message), "hello"));
    assert_int_equal(fcntl(got[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(write(got[1], "x", 1), 1);
    char byte;
    assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
    for (int i = 0; i < 2; i++) close(got[i]), close(pipe_fds[i]);
    buf_free(&message);
}

static void surplus_descriptors_are_closed(void **state)
{
    (void)state;
    int fds[3] = {0, 0, 0}, got[1];
    size_t count = 1;
    struct buf message = BUF_WITH_MAX(64);
    int before = open_fds();
    assert_false(err_failed(channel_send(pair[0], SPAN_LITERAL("hello"), fds, 3)));
    assert_int_equal(channel_receive(pair[1], &message, got, &count).code, ERR_BAD_FRAME);
    assert_false(err_failed(channel_send(pair[0], SPAN_LITERAL("hello"), fds, 3)));
    assert_int_equal(channel_receive(pair[1], &message, NULL, NULL).code, ERR_BAD_FRAME);
    assert_int_equal(open_fds(), before);
    buf_free(&message);
}

static void ends_and_sizes(void **state)
{
    (void)state;
    struct buf small = BUF_WITH_MAX(4), message = BUF_WITH_MAX(64);
    assert_int_equal(channel_send(pair[0], SPAN_NONE, NULL, 0).code, ERR_BAD_FRAME);
    assert_false(err_failed(channel_send(pair[0], SPAN_LITERAL("too long"), NULL, 0)));
    assert_int_equal(channel_receive(pair[1], &small, NULL, NULL).code, ERR_FULL);
    assert_int_equal(small.n, 0);
    assert_false(err_failed(channel_receive(pair[1], &message, NULL, NULL)));
    fd_close(&pair[0]);
    assert_int_equal(channel_receive(pair[1], &message, NULL, NULL).code, ERR_CLOSED);
    assert_int_equal(channel_send(pair[1], SPAN_LITERAL("x"), NULL, 0).code, ERR_CLOSED);
    buf_free(&small);
    buf_free(&message);
}

static void streams_are_whole(void **state)
{
    (void)state;
    enum { MANY = 1 << 20 };
    int stream[2], status;
    char *bytes = calloc(1, MANY);
    assert_non_null(bytes);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, stream), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(stream[0]);
        _exit(err_failed(channel_write(stream[1], span_of(bytes, MANY))));
    }
    fd_close(&stream[1]);
    assert_false(err_failed(channel_read(stream[0], bytes, MANY)));
    assert_int_equal(channel_read(stream[0], bytes, 1).code, ERR_CLOSED);
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    fd_close(&stream[0]);
    free(bytes);
}

static struct config *settings(void)
{
    struct config *config = NULL;
    struct buf message = BUF_WITH_MAX(4096);
    assert_false(err_failed(config_load(NULL, &config, &message)));
    assert_false(err_failed(config_set(config, "workers", "7", &message)));
    buf_free(&message);
    return config;
}

/* The child's whole conversation, with this process as the parent. */
static int child_main(void)
{
    struct child child;
    int fd = -1, pid = 0;
    enum child_end end = CHILD_END_NORMAL;
    if (err_failed(child_start(&child))) return 1;
    if (child.loops != 2 || child.vault_clients != 6 || config_integer(child.config, CONFIG_workers) != 7) return 2;
    if (child_fd(&child, CHILD_FD_CORE, 1) < 0 || child_fd(&child, CHILD_FD_CORE, 2) >= 0 || child_fd(&child, CHILD_FD_PARENT, 0) != CHILD_SOCKET) return 3;
    if (err_failed(child_ready(&child))) return 4;
    if (err_failed(child_spawn_worker(&child, &fd, &pid)) || pid != 4711 || fd < 0) return 5;
    if (child_spawn_worker(&child, &fd, &pid).code != ERR_ENGINE) return 6;
    if (err_failed(child_worker_end(&child, pid, &end)) || end != CHILD_END_FORBIDDEN) return 7;
    if (child_worker_end(&child, pid, &end).code != ERR_NO_ROW) return 8;
    if (!err_failed(child_worker_end(&child, pid, &end))) return 9; /* nonsense */
    config_free(child.config);
    return 0;
}

static void expect_message(struct span wanted)
{
    struct buf message = BUF_WITH_MAX(64);
    assert_false(err_failed(channel_receive(pair[0], &message, NULL, NULL)));
    assert_true(span_equal(buf_span(&message), wanted));
    buf_free(&message);
}

static void answer(const uint8_t *bytes, size_t n, int fd)
{
    assert_false(err_failed(channel_send(pair[0], span_of(bytes, n), &fd, fd >= 0 ? 1 : 0)));
}

static void child_gets_what_it_may_have(void **state)
{
    (void)state;
    const uint32_t pid_number = 4711;
    uint8_t spawned[5] = {CHILD_SPAWNED}, failed[5] = {CHILD_SPAWNED}, question[5] = {CHILD_WORKER_END};
    memcpy(spawned + 1, &pid_number, sizeof pid_number);
    memcpy(question + 1, &pid_number, sizeof pid_number);
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(pair[1], CHILD_SOCKET) != CHILD_SOCKET) _exit(99);
        _exit(child_main());
    }
    struct child child = {.config = settings(), .loops = 2, .vault_clients = 6};
    assert_true(child_add(&child, CHILD_FD_CORE, 0, 0));
    assert_true(child_add(&child, CHILD_FD_CORE, 1, 0));
    assert_false(err_failed(child_hand_over(pair[0], &child)));
    expect_message(span_of((const uint8_t[]){CHILD_READY}, 1));
    expect_message(span_of((const uint8_t[]){CHILD_SPAWN}, 1));
    answer(spawned, sizeof spawned, 0);
    expect_message(span_of((const uint8_t[]){CHILD_SPAWN}, 1));
    answer(failed, sizeof failed, -1);
    expect_message(span_of(question, sizeof question));
    answer((const uint8_t[]){CHILD_WORKER_ENDED, CHILD_END_FORBIDDEN}, 2, -1);
    expect_message(span_of(question, sizeof question));
    answer((const uint8_t[]){CHILD_WORKER_ENDED, CHILD_ENDS}, 2, -1);
    expect_message(span_of(question, sizeof question));
    answer((const uint8_t[]){CHILD_START}, 1, -1);
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    config_free(child.config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(message_carries_descriptors, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(surplus_descriptors_are_closed, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(ends_and_sizes, open_pair, close_pair),
        cmocka_unit_test(streams_are_whole),
        cmocka_unit_test_setup_teardown(child_gets_what_it_may_have, open_pair, close_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
