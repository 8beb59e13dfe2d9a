#include "main/medscribed.h"

#include "os/channel.h"
#include "wire/frame.h"
#include "wire/routes.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

enum { ANSWER_MAX = 64 * 1024, WAIT_SECONDS = 5 };

static struct err connect_control(const struct folder *folder, int *fd_out)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "/proc/self/fd/%d/control.sock", folder->fd);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval wait = {.tv_sec = WAIT_SECONDS};
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
        connect(fd, (struct sockaddr *)&to, sizeof to) == 0) {
        *fd_out = fd;
        return OK;
    }
    fd_close(&fd);
    return FAIL(CLOSED);
}

static struct err exchange(int fd, struct buf *answer, struct response *response_out)
{
    struct request request = {.route = ROUTE_HOST_SETUP_TOKEN, .auth = AUTH_NONE, .request_id = id_random()};
    struct frame frame;
    size_t used = 0;
    struct buf question = BUF_WITH_MAX(1024);
    request_put(&question, 1, &request);
    struct err e = channel_write(fd, buf_span(&question));
    buf_free(&question);
    while (!err_failed(e) && used == 0) {
        uint8_t *to = buf_reserve(answer, 4096);
        ssize_t n = to != NULL ? recv(fd, to, 4096, 0) : -1;
        if (n <= 0) return FAIL(CLOSED);
        buf_added(answer, (size_t)n);
        e = frame_next(buf_span(answer), &frame, &used);
    }
    if (!err_failed(e) && frame.type != FRAME_RESPONSE) e = FAIL(BAD_FRAME);
    return err_failed(e) ? e : response_read(frame.payload, response_out);
}

/* The token of {"token":"…"}; only what may stand in an address without an escape. */
static struct span token_of(struct span body)
{
    const struct span start = SPAN_LITERAL("{\"token\":\"");
    if (!span_starts(body, start)) return SPAN_NONE;
    struct span rest = span_sub(body, start.n, body.n);
    size_t n = 0;
    while (n < rest.n && (rest.p[n] == '-' || rest.p[n] == '_' || (rest.p[n] >= '0' && rest.p[n] <= '9') ||
                          ((rest.p[n] | 32) >= 'a' && (rest.p[n] | 32) <= 'z')))
        n++;
    return n > 0 && n < rest.n && rest.p[n] == '"' ? span_sub(rest, 0, n) : SPAN_NONE;
}

static void put_address(const struct config *config, struct buf *out)
{
    struct address address;
    if (config_text(config, CONFIG_origin)[0] != '\0') {
        buf_put_text(out, config_text(config, CONFIG_origin));
        return;
    }
    if (!address_parse(config_text(config, CONFIG_listen), &address)) return;
    buf_put_text(out, config_bool(config, CONFIG_plain_http) ? "http://" : "https://");
    if (address.is_loopback || address.is_any) buf_put_text(out, "localhost");
    else if (address.is_ipv6) buf_put_byte(out, '['), buf_put_text(out, address.host), buf_put_byte(out, ']');
    else buf_put_text(out, address.host);
    buf_put_byte(out, ':');
    buf_put_u64(out, address.port);
}

void medscribed_announce(const struct config *config, const struct folder *folder)
{
    struct buf text = BUF_WITH_MAX(4096), answer = BUF_WITH_MAX(ANSWER_MAX);
    struct response response;
    int fd = -1;
    buf_put_text(&text, "MedScribe answers at ");
    put_address(config, &text);
    buf_put_byte(&text, '\n');
    struct err e = connect_control(folder, &fd);
    if (!err_failed(e)) e = exchange(fd, &answer, &response);
    if (err_failed(e)) {
        medscribed_log("core did not say whether there is an administrator (%s)", err_name(e.code));
    } else if (response.kind == RESPONSE_JSON && token_of(response.body).n > 0) {
        buf_put_text(&text, "Make the first administrator here, once: ");
        put_address(config, &text);
        buf_put_text(&text, "/setup#token=");
        buf_put_span(&text, token_of(response.body));
        buf_put_byte(&text, '\n');
    }
    if (!text.failed) IGNORE(channel_write(1, buf_span(&text)));
    fd_close(&fd);
    buf_free(&text);
    buf_free(&answer);
}
