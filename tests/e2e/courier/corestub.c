/* Stands in for core and for medscribed so that courier can be tested alone:
       corestub COURIER transcribe|chat|probe CHOICE TIMES [setting=value …] < data
   starts COURIER and makes the same call TIMES times, one after the other; prints what came of each as a line of JSON:
       {"result":…} or {"failed":"word","detail":"…"}; {"ended":status} when courier did not start.
   CHOICE: a language, summary|note, speech|text. Settings that are none of courier's: cancel_ms (give the call up after so long),
   pause_ms (between calls), key0=FILE, key1=FILE, authorities=FILE. */
#include "base/clock.h"
#include "base/json.h"
#include "base/num.h"
#include "os/channel.h"
#include "os/child.h"
#include "wire/courier.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INPUT_MAX = 256 << 20 };

static struct child child;
static struct child core;
static struct buf input = {.max = INPUT_MAX};
static uint64_t cancel_ms, pause_ms;

static void send_frame(int fd, uint32_t type, struct span bytes) { IGNORE(channel_put_frame(fd, type, bytes)); }

static void print(struct buf *line)
{
    buf_put_byte(line, '\n');
    fwrite(line->p, 1, line->n, stdout);
    fflush(stdout);
    buf_free(line);
}

static void print_failure(const char *word, struct span detail)
{
    struct buf line = BUF_WITH_MAX(4096);
    struct json j = JSON_TO(&line);
    json_object(&j);
    json_put_word(&j, "failed", word);
    json_put_text(&j, "detail", detail);
    json_object_end(&j);
    print(&line);
}

/* One frame; true when it was the last. */
static bool take_frame(int fd)
{
    struct buf payload = BUF_WITH_MAX(COURIER_RESULT_MAX);
    uint32_t type = 0;
    if (err_failed(channel_take_frame(fd, COURIER_RESULT_MAX, &type, &payload))) {
        print_failure("closed", SPAN_NONE);
        return true;
    }
    struct span p = buf_span(&payload);
    if (type == COURIER_RESULT) {
        struct buf line = BUF_WITH_MAX(COURIER_RESULT_MAX + 100);
        if (!json_valid(p)) abort();
        buf_put_text(&line, "{\"result\":");
        buf_put_span(&line, p);
        buf_put_byte(&line, '}');
        print(&line);
    } else if (type == COURIER_FAILED) {
        print_failure(courier_failure_word(p.p[0]), span_sub(p, 1, p.n));
    }
    buf_free(&payload);
    return type != COURIER_PROGRESS;
}

static void call(uint32_t type, struct span opening)
{
    int fd = -1;
    int64_t end_us = clock_monotonic_us() + (int64_t)cancel_ms * 1000;
    if (err_failed(child_call_courier(&core, &fd))) {
        print_failure("closed", SPAN_NONE);
        return;
    }
    send_frame(fd, type, opening);
    for (size_t at = 0; at < input.n && type != COURIER_PROBE; at += COURIER_DATA_MAX) send_frame(fd, COURIER_DATA, span_sub(buf_span(&input), at, COURIER_DATA_MAX));
    if (type != COURIER_PROBE) send_frame(fd, COURIER_END, SPAN_NONE);
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left_ms = (end_us - clock_monotonic_us()) / 1000;
        if (cancel_ms > 0 && (left_ms <= 0 || poll(&p, 1, (int)left_ms) == 0)) {
            print_failure("given up", SPAN_NONE);
            break;
        }
        if (take_frame(fd)) break;
    }
    fd_close(&fd);
}

static pid_t start(const char *program, int socket)
{
    pid_t pid = fork();
    if (pid != 0) return pid;
    dup2(socket, CHILD_SOCKET);
    fcntl(CHILD_SOCKET, F_SETFD, 0);
    execl(program, program, (char *)NULL);
    _exit(127);
}

static bool set(struct config *config, char *word)
{
    struct buf message = BUF_WITH_MAX(4096);
    char *value = strchr(word, '=');
    if (value == NULL) return false;
    *value++ = '\0';
    if (strcmp(word, "cancel_ms") == 0) return num_u64(span_text(value), 1000000, &cancel_ms);
    if (strcmp(word, "pause_ms") == 0) return num_u64(span_text(value), 1000000, &pause_ms);
    if (strcmp(word, "key0") == 0 || strcmp(word, "key1") == 0) return child_add(&child, CHILD_FD_SERVER_KEY, word[3] == '1', open(value, O_RDONLY | O_CLOEXEC));
    if (strcmp(word, "authorities") == 0) return child_add(&child, CHILD_FD_AUTHORITIES, 0, open(value, O_RDONLY | O_CLOEXEC));
    if (!err_failed(config_set(config, word, value, &message))) return true;
    fprintf(stderr, "corestub: %.*s\n", (int)message.n, message.p);
    return false;
}

static bool is_ready(int parent)
{
    struct buf message = BUF_WITH_MAX(16);
    bool ready = !err_failed(channel_receive(parent, &message, NULL, NULL)) && message.p[0] == CHILD_READY;
    buf_free(&message);
    return ready;
}

static bool read_input(void)
{
    for (;;) {
        uint8_t *to = buf_reserve(&input, 1 << 16);
        ssize_t n = to != NULL ? read(STDIN_FILENO, to, 1 << 16) : -1;
        if (n <= 0) return n == 0;
        buf_added(&input, (size_t)n);
    }
}

/* The opening frame of the call. */
static uint32_t opening(const char *what, const char *choice, struct buf *out)
{
    if (strcmp(what, "chat") == 0) {
        buf_put_byte(out, strcmp(choice, "note") == 0 ? COURIER_NOTE : COURIER_SUMMARY);
        buf_put_text(out, "en");
        return COURIER_CHAT;
    }
    if (strcmp(what, "probe") == 0) {
        buf_put_byte(out, strcmp(choice, "text") == 0 ? COURIER_TEXT : COURIER_SPEECH);
        return COURIER_PROBE;
    }
    buf_put_text(out, choice);
    return COURIER_TRANSCRIBE;
}

int main(int count, char **argument)
{
    struct buf message = BUF_WITH_MAX(1000), first = BUF_WITH_MAX(1000);
    int parent[2], calls[2], status = 0;
    uint64_t times;
    signal(SIGPIPE, SIG_IGN);
    if (count < 5 || !num_u64(span_text(argument[4]), 1000, &times) || err_failed(config_load(NULL, &child.config, &message))) return 2;
    for (int i = 5; i < count; i++)
        if (!set(child.config, argument[i])) return 2;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, parent) != 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, calls) != 0) return 2;
    child_add(&child, CHILD_FD_CALLS, 0, calls[1]);
    child_add(&core, CHILD_FD_COURIER, 0, calls[0]);
    pid_t pid = start(argument[1], parent[1]);
    close(parent[1]);
    if (!read_input() || err_failed(child_hand_over(parent[0], &child))) return 2;
    for (size_t i = 0; i < child.fd_count; i++) close(child.fds[i].fd);
    uint32_t type = opening(argument[2], argument[3], &first);
    bool ready = is_ready(parent[0]);
    for (uint64_t i = 0; i < times && ready; i++) {
        if (i > 0) poll(NULL, 0, (int)pause_ms);
        call(type, buf_span(&first));
    }
    close(calls[0]); /* core ends, and so does courier */
    waitpid(pid, &status, 0);
    if (!ready || status != 0) printf("{\"ended\":%d}\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
    config_free(child.config);
    buf_free(&input);
    buf_free(&first);
    return 0;
}
