#include "main/medscribed.h"

#include "base/clock.h"
#include "os/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 4096 /* PIPE_BUF */, LINES_AT_ONCE = 400, LINES_A_SECOND = 50 };

/* Whoever reads our standard error may stop reading: lines are lost then, but neither we nor the children stand still.
   A pipe that is writable takes a line of this length whole. */
static bool is_read(void)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

static void put_line(const char *name, const char *text, size_t n)
{
    struct buf line = BUF_WITH_MAX(LINE_BYTES_MAX);
    if (!is_read()) return;
    clock_put_rfc3339(&line, clock_now_us());
    buf_put_byte(&line, ' ');
    buf_put_text(&line, name);
    buf_put_text(&line, ": ");
    for (size_t i = 0; i < n; i++) buf_put_byte(&line, (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : (uint8_t)text[i]);
    buf_put_byte(&line, '\n');
    if (!line.failed) IGNORE(channel_write(STDERR_FILENO, buf_span(&line)));
    buf_free(&line);
}

void medscribed_log(const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (n > 0) put_line("medscribed", text, strnlen(text, sizeof text));
}

void medscribed_log_open(struct log_source *source, const char *name, int fd)
{
    *source = (struct log_source){.fd = fd, .tokens = LINES_AT_ONCE, .refilled_us = clock_monotonic_us()};
    snprintf(source->name, sizeof source->name, "%s", name);
    fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void refill(struct log_source *s)
{
    int64_t now = clock_monotonic_us();
    int64_t seconds = (now - s->refilled_us) / SECONDS_US(1);
    if (seconds <= 0) return;
    s->refilled_us = now;
    if (seconds > LINES_AT_ONCE / LINES_A_SECOND) seconds = LINES_AT_ONCE / LINES_A_SECOND;
    s->tokens += (unsigned)seconds * LINES_A_SECOND;
    if (s->tokens > LINES_AT_ONCE) s->tokens = LINES_AT_ONCE;
}

static void end_line(struct log_source *s)
{
    refill(s);
    if (s->tokens == 0) {
        s->left_out++;
    } else {
        if (s->left_out > 0) {
            medscribed_log("%u lines of %s were left out: too many at once", s->left_out, s->name);
            s->left_out = 0;
        }
        s->tokens--;
        put_line(s->name, s->line, s->n);
    }
    s->n = 0;
}

void medscribed_log_read(struct log_source *s)
{
    char bytes[4096];
    for (;;) {
        ssize_t got = read(s->fd, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) break;
        for (ssize_t i = 0; i < got; i++) {
            if (bytes[i] != '\n') s->line[s->n++] = bytes[i];
            if (bytes[i] == '\n' || s->n == sizeof s->line) end_line(s);
        }
    }
    medscribed_log_close(s);
}

void medscribed_log_close(struct log_source *s)
{
    if (s->fd < 0) return;
    fd_close(&s->fd);
    if (s->n > 0) end_line(s);
    if (s->left_out > 0) medscribed_log("%u lines of %s were left out: too many at once", s->left_out, s->name);
    s->left_out = 0;
}

struct err medscribed_complain(struct buf *message, const char *setting, const char *path, const char *what)
{
    buf_reset(message);
    buf_put_text(message, setting);
    buf_put_text(message, ": ");
    buf_put_text(message, path);
    buf_put_text(message, " ");
    buf_put_text(message, what);
    return FAIL(CONFIG);
}
