/* The program that strangers talk to: HTTP, TLS, JSON, forms. Owns nothing but its sockets; what it understood goes to core as
   typed messages. `front --openapi` and `front --matrix` print what the route table says and end. */
#include "base/buf.h"
#include "http/json_in.h"
#include "http/openapi.h"
#include "http/server.h"
#include "os/child.h"
#include "os/sandbox.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LOOPS_MAX = 64, PEM_MAX = 256 * 1024 };

static atomic_bool stop; /* free of locks, so a signal may set it */

struct loop_thread {
    pthread_t thread;
    struct server *server;
    struct err result;
};

static void on_term(int signal_number)
{
    (void)signal_number;
    atomic_store(&stop, true);
}

/* One line that names what is wrong and the mend; never data. */
static _Noreturn void give_up(int code, const char *line)
{
    fprintf(stderr, "front: %s\n", line);
    exit(code);
}

static int print(void (*put)(struct buf *out))
{
    struct buf text = BUF_WITH_MAX(OPENAPI_MAX);
    put(&text);
    if (text.failed) give_up(EXIT_FAILURE, "out of memory");
    bool written = fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0;
    buf_free(&text);
    return written ? EXIT_SUCCESS : EXIT_FAILURE;
}

static char *read_pem(int fd)
{
    struct buf text = BUF_WITH_MAX(PEM_MAX);
    uint8_t part[4096];
    ssize_t got;
    while ((got = read(fd, part, sizeof part)) > 0) buf_put(&text, part, (size_t)got);
    explicit_bzero(part, sizeof part);
    buf_put_byte(&text, 0);
    if (got < 0 || text.failed || text.n < 2) give_up(EXIT_FAILURE, "the certificate or its key could not be read");
    return (char *)text.p; /* for the life of the program */
}

static void load_certificate(const struct child *child, struct server_settings *settings)
{
    if (config_bool(child->config, CONFIG_plain_http)) return;
    int certificate = child_fd(child, CHILD_FD_CERTIFICATE, 0), key = child_fd(child, CHILD_FD_CERTIFICATE_KEY, 0);
    if (certificate < 0 || key < 0) give_up(EXIT_FAILURE, "no certificate was given");
    settings->certificate = read_pem(certificate);
    settings->certificate_key = read_pem(key);
}

static void load_settings(const struct child *child, struct server_settings *settings)
{
    const struct config *config = child->config;
    bool plain = config_bool(config, CONFIG_plain_http);
    struct buf openapi = BUF_WITH_MAX(OPENAPI_MAX);
    openapi_put(&openapi);
    *settings = (struct server_settings){.openapi = buf_span(&openapi)};
    if (openapi.failed) give_up(EXIT_FAILURE, "out of memory");
    if (err_failed(gate_init(&settings->gate, config_text(config, CONFIG_listen), config_text(config, CONFIG_origin), plain)))
        give_up(CONFIG_EXIT, "origin: write it as https://clinic.example, and listen as 127.0.0.1:8443 or [::]:8443");
    if (err_failed(answer_rules_init(&settings->rules, plain, config_text(config, CONFIG_sunset))))
        give_up(CONFIG_EXIT, "sunset: write a day as 2027-12-31");
    settings->max_audio_bytes = (uint64_t)config_integer(config, CONFIG_max_audio_mib) << 20;
    settings->max_picture_bytes = (uint64_t)config_integer(config, CONFIG_max_picture_mib) << 20;
    settings->connections = (unsigned)config_integer(config, CONFIG_connections) / child->loops + 1;
    if (config_bool(config, CONFIG_limits) && (settings->limiter = limiter_new()) == NULL) give_up(EXIT_FAILURE, "out of memory");
    load_certificate(child, settings);
}

/* As many descriptors as the connections need, or as the host allows. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void make_loops(const struct child *child, const struct server_settings *settings, struct loop_thread *threads)
{
    for (unsigned i = 0; i < child->loops; i++) {
        int listener = child_fd(child, CHILD_FD_LISTEN, i), core = child_fd(child, CHILD_FD_CORE, i);
        if (listener < 0 || core < 0) give_up(EXIT_FAILURE, "sockets are missing: front is started by medscribed");
        if (err_failed(server_new(settings, listener, core, &threads[i].server)))
            give_up(EXIT_FAILURE, "the server could not be set up (do certificate and key belong together?)");
    }
}

static void *run(void *argument)
{
    struct loop_thread *thread = argument;
    thread->result = server_run(thread->server, &stop);
    atomic_store(&stop, true); /* one loop cannot go on: none should pretend */
    return NULL;
}

static int serve(struct loop_thread *threads, unsigned loops)
{
    int code = EXIT_SUCCESS;
    for (unsigned i = 1; i < loops; i++)
        if (pthread_create(&threads[i].thread, NULL, run, &threads[i]) != 0) give_up(EXIT_FAILURE, "no thread could be started");
    run(&threads[0]);
    for (unsigned i = 0; i < loops; i++) {
        if (i > 0) pthread_join(threads[i].thread, NULL);
        if (!err_failed(threads[i].result)) continue;
        fprintf(stderr, "front: loop %u: %s (%s:%u)\n", i, err_name(threads[i].result.code), threads[i].result.file, threads[i].result.line);
        code = EXIT_FAILURE;
    }
    return code;
}

int main(int count, char **arguments)
{
    static struct loop_thread threads[LOOPS_MAX];
    static struct server_settings settings;
    struct child child;
    if (count == 2 && strcmp(arguments[1], "--openapi") == 0) return print(openapi_put);
    if (count == 2 && strcmp(arguments[1], "--matrix") == 0) return print(openapi_put_matrix);
    if (err_failed(child_start(&child))) give_up(EXIT_FAILURE, "this program is started by medscribed");
    if (child.loops == 0 || child.loops > LOOPS_MAX) give_up(EXIT_FAILURE, "a wrong number of loops");
    struct sigaction action = {.sa_handler = on_term};
    sigaction(SIGTERM, &action, NULL);
    mallopt(M_ARENA_MAX, (int)child.loops);
    raise_descriptors();
    json_in_init();
    load_settings(&child, &settings);
    make_loops(&child, &settings, threads);
    const struct sandbox_paths nothing = {0};
    if (err_failed(sandbox_enter(SANDBOX_FRONT, &nothing))) give_up(EXIT_FAILURE, "the sandbox could not be put on");
    if (err_failed(child_ready(&child))) give_up(EXIT_FAILURE, "medscribed is gone");
    int code = serve(threads, child.loops);
    fflush(stderr);
    _exit(code); /* connections and their memory end with the process */
}
