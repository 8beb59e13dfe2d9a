#include "main/medscribe.h"

#include "base/clock.h"
#include "os/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MEDSCRIBE_SBIN
#error "the build names the folder of the installed programs"
#endif

enum { ANSWER_MAX = FRAME_PAYLOAD_MAX + FRAME_HEADER_BYTES, START_SECONDS = 60, READ_BYTES = 64 * 1024 };

static int connect_to(const char *folder)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int place = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = place >= 0 ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    snprintf(to.sun_path, sizeof to.sun_path, "/proc/self/fd/%d/control.sock", place);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        int error = errno;
        fd_close(&fd);
        errno = error;
    }
    int error = errno;
    fd_close(&place);
    errno = error;
    return fd;
}

bool medscribe_link_try(const struct options *options, struct link *link_out)
{
    *link_out = (struct link){.fd = connect_to(config_text(options->config, CONFIG_data)), .server_log = -1, .in = BUF_WITH_MAX(ANSWER_MAX)};
    return link_out->fd >= 0;
}

/* medscribed from our own folder (a build, or all installed in one place), else from where it is installed. */
static _Noreturn void become_server(const struct options *options, int log)
{
    char own[1024], path[1100], data[CONFIG_TEXT_MAX + 8];
    const char *arguments[8] = {"medscribed", "--offline"};
    size_t n = 2;
    snprintf(data, sizeof data, "data=%s", config_text(options->config, CONFIG_data));
    arguments[n++] = "--set";
    arguments[n++] = data;
    if (options->config_file != NULL) {
        arguments[n++] = "--config";
        arguments[n++] = options->config_file;
    }
    ssize_t got = readlink("/proc/self/exe", own, sizeof own - 1);
    own[got > 0 ? got : 0] = '\0';
    char *slash = strrchr(own, '/');
    if (slash != NULL) *slash = '\0';
    setpgid(0, 0);
    if (dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0) {
        char *const *list = (char *const *)(uintptr_t)arguments;
        snprintf(path, sizeof path, "%s/medscribed", own);
        execve(path, list, options->environment);
        execve(MEDSCRIBE_SBIN "/medscribed", list, options->environment);
    }
    _exit(EXIT_NO_SERVER);
}

static void print_server_log(const struct link *link)
{
    char bytes[4096];
    off_t at = 0;
    for (ssize_t n; (n = pread(link->server_log, bytes, sizeof bytes, at)) > 0; at += n)
        IGNORE(channel_write(STDERR_FILENO, span_of(bytes, (size_t)n)));
}

static bool start_server(const struct options *options, struct link *link)
{
    link->server_log = memfd_create("server-log", MFD_CLOEXEC);
    link->server = fork();
    if (link->server == 0) become_server(options, link->server_log);
    int64_t deadline = clock_monotonic_us() + SECONDS_US(START_SECONDS);
    while (link->server > 0 && clock_monotonic_us() < deadline) {
        link->fd = connect_to(config_text(options->config, CONFIG_data));
        if (link->fd >= 0) return true;
        if (waitpid(link->server, NULL, WNOHANG) == link->server) {
            link->server = 0;
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    }
    fputs("medscribe: no server is running, and none could be started:\n", stderr);
    print_server_log(link);
    medscribe_link_close(link);
    return false;
}

bool medscribe_link_open(const struct options *options, struct link *link_out)
{
    if (medscribe_link_try(options, link_out)) return true;
    if (errno == EACCES || errno == EPERM) {
        fprintf(stderr, "medscribe: %s belongs to another user; run this command as its owner or as root\n", config_text(options->config, CONFIG_data));
        return false;
    }
    return start_server(options, link_out);
}

void medscribe_link_close(struct link *link)
{
    fd_close(&link->fd);
    if (link->server > 0) {
        kill(link->server, SIGTERM);
        waitpid(link->server, NULL, 0);
        link->server = 0;
    }
    fd_close(&link->server_log);
    buf_free(&link->in);
}

static bool lost(const struct link *link)
{
    fputs("medscribe: the server closed the connection\n", stderr);
    if (link->server_log >= 0) print_server_log(link);
    return false;
}

bool medscribe_link_call(struct link *link, const struct request *request, struct response *response_out)
{
    struct buf out = BUF_WITH_MAX(ANSWER_MAX);
    struct frame frame;
    size_t used = 0;
    buf_reset(&link->in);
    request_put(&out, 1, request);
    struct err e = buf_check(&out);
    if (!err_failed(e)) e = channel_write(link->fd, buf_span(&out));
    buf_free(&out);
    while (!err_failed(e) && used == 0) {
        uint8_t *to = buf_reserve(&link->in, READ_BYTES);
        ssize_t n = to != NULL ? read(link->fd, to, READ_BYTES) : -1;
        if (n <= 0) return lost(link);
        buf_added(&link->in, (size_t)n);
        e = frame_next(buf_span(&link->in), &frame, &used);
    }
    if (!err_failed(e) && frame.type != FRAME_RESPONSE) e = FAIL(BAD_FRAME);
    if (!err_failed(e)) e = response_read(frame.payload, response_out);
    return err_failed(e) ? lost(link) : true;
}
