/* courier: carries requests to model servers and brings answers back. The only program with a way out; it has no database, no
   file but the resolver's, no key but those of the servers, and knows nobody: what it is given holds no name.
   Order: read keys and authorities, start the libraries, put on the sandbox, and only then take a call. */
#include "os/channel.h"
#include "os/child.h"
#include "os/sandbox.h"
#include "remote/call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { KEY_MAX = 4096, AUTHORITIES_MAX = 4 << 20, IDLE_SECONDS = 30, DNS_PORT = 53, DESCRIPTORS = 256, LAST_TURNS = 100 };

static struct remote remote;
static struct buf authorities = {.max = AUTHORITIES_MAX};
static atomic_uint calls;

static int give_up(const char *why)
{
    fprintf(stderr, "error: %s\n", why);
    return CONFIG_EXIT;
}

static bool read_all(int fd, struct buf *out)
{
    for (;;) {
        uint8_t *to = buf_reserve(out, KEY_MAX);
        ssize_t n = to != NULL ? read(fd, to, KEY_MAX) : -1;
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n == 0;
        buf_added(out, (size_t)n);
    }
}

/* "Authorization: Bearer …" from the file's one line; *line_out stays NULL when no key is set. */
static bool read_key(int fd, char **line_out)
{
    static const char before[] = "Authorization: Bearer ";
    struct buf line = BUF_WITH_MAX(sizeof before + 2 * KEY_MAX);
    if (fd < 0) return true;
    buf_put_text(&line, before);
    bool ok = read_all(fd, &line);
    while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r')) line.n--;
    ok = ok && line.n >= sizeof before && line.n <= KEY_MAX;
    for (size_t i = sizeof before - 1; i < line.n; i++) ok = ok && line.p[i] > ' ' && line.p[i] <= '~';
    if (ok) *line_out = strndup((const char *)line.p, line.n);
    buf_free(&line);
    return ok && *line_out != NULL;
}

static bool read_authorities(int fd)
{
    int own = fd < 0 ? open("/etc/ssl/certs/ca-certificates.crt", O_RDONLY | O_CLOEXEC) : fd;
    bool ok = own >= 0 && read_all(own, &authorities) && authorities.n > 0;
    fd_close(&own);
    return ok;
}

static bool open_server(const struct child *child, enum courier_server which)
{
    static const struct {
        enum config_name address, model;
    } settings[COURIER_SERVERS] = {[COURIER_SPEECH] = {CONFIG_speech_server, CONFIG_speech_model}, [COURIER_TEXT] = {CONFIG_text_server, CONFIG_text_model}};
    struct remote_server *server = &remote.server[which];
    const char *hosts = config_text(child->config, CONFIG_remote_hosts), *address = config_text(child->config, settings[which].address);
    if (address[0] == '\0') return true;
    *server = (struct remote_server){
        .configured = server_url_parse(address, &server->url), .url = server->url, .model = config_text(child->config, settings[which].model),
        .authorities = buf_span(&authorities), .connect_ms = config_integer(child->config, CONFIG_remote_connect_seconds) * 1000,
        .answer_ms = config_integer(child->config, CONFIG_remote_answer_seconds) * 1000, .idle_ms = IDLE_SECONDS * 1000};
    breaker_init(&server->breaker, config_integer(child->config, CONFIG_remote_pause_seconds) * 1000000);
    return server->configured && (hosts[0] == '\0' || server_host_listed(server->url.host, hosts)) &&
           read_key(child_fd(child, CHILD_FD_SERVER_KEY, which), &server->authorization);
}

static struct err confine(void)
{
    static const char *const wanted[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
                                         "/etc/localtime", "/run/systemd/resolve"};
    const char *there[sizeof wanted / sizeof *wanted];
    uint16_t ports[COURIER_SERVERS + 1] = {DNS_PORT};
    struct sandbox_paths paths = {.readable = there, .connect_ports = ports, .connect_port_count = 1};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (access(wanted[i], R_OK) == 0) there[paths.readable_count++] = wanted[i];
    for (size_t i = 0; i < COURIER_SERVERS; i++)
        if (remote.server[i].configured) ports[paths.connect_port_count++] = remote.server[i].url.port;
    TRY(sandbox_limits(0, 0, 1, DESCRIPTORS));
    return sandbox_enter(SANDBOX_COURIER, &paths);
}

/* The resolver reads its files and finds its modules while it may. */
static void warm_up(void)
{
    struct addrinfo *list = NULL;
    if (getaddrinfo("localhost", NULL, NULL, &list) == 0) freeaddrinfo(list);
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS, NULL);
}

static void *serve_call(void *arg)
{
    static const char *const names[COURIER_SERVERS] = {[COURIER_SPEECH] = "speech_server", [COURIER_TEXT] = "text_server"};
    int channel = (int)(intptr_t)arg;
    char detail[COURIER_DETAIL_MAX + 1];
    enum courier_server server;
    enum courier_failure failure = remote_call(&remote, channel, &server, detail);
    if (failure != FAILURE_NONE && failure != FAILURE_CANCELLED)
        fprintf(stderr, "warning: %s %s (%s)%s%s\n", names[server], courier_failure_meaning(failure), courier_failure_word(failure), detail[0] != '\0' ? ": " : "", detail);
    fd_close(&channel);
    atomic_fetch_sub(&calls, 1);
    return NULL;
}

/* One message, one descriptor, one call. What is too much is closed, and tried again by its owner. */
static struct err take_call(int from)
{
    struct buf message = BUF_WITH_MAX(16);
    int fd = -1;
    size_t count = 1;
    pthread_t thread;
    TRY(channel_receive(from, &message, &fd, &count));
    buf_free(&message);
    if (count != 1) return OK;
    if (atomic_fetch_add(&calls, 1) < COURIER_CALLS && pthread_create(&thread, NULL, serve_call, (void *)(intptr_t)fd) == 0) {
        pthread_detach(thread);
        return OK;
    }
    atomic_fetch_sub(&calls, 1);
    fd_close(&fd);
    return OK;
}

int main(void)
{
    static struct child child;
    if (err_failed(child_start(&child))) return EXIT_FAILURE;
    int from = child_fd(&child, CHILD_FD_CALLS, 0);
    if (!read_authorities(child_fd(&child, CHILD_FD_AUTHORITIES, 0))) return give_up("no authorities to check certificates by: install ca-certificates, or set remote_ca");
    for (enum courier_server i = 0; i < COURIER_SERVERS; i++)
        if (!open_server(&child, i)) return give_up(i == COURIER_SPEECH ? "speech_server or speech_key is not right" : "text_server or text_key is not right");
    if (err_failed(remote_http_start())) return give_up("the HTTP library does not start");
    warm_up();
    if (err_failed(confine())) return give_up("the sandbox could not be put on");
    if (err_failed(child_ready(&child))) return EXIT_FAILURE;
    while (!err_failed(take_call(from))) {}
    for (unsigned i = 0; i < LAST_TURNS && atomic_load(&calls) > 0; i++) nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    return EXIT_SUCCESS; /* core is gone, and so its calls end by themselves */
}
