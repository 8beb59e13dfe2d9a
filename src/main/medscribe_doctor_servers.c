#include "main/medscribe_doctor.h"
#include "main/medscribed.h"

#include "os/channel.h"
#include "wire/courier.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAY medscribe_doctor_say

enum { MARGIN_SECONDS = 30 };

/* What an operator does about it. */
static const char *mend_of(enum courier_failure failure)
{
    switch (failure) {
    case FAILURE_CERTIFICATE: return "look at the host's name in the address and at the clock; name a private authority's certificate in remote_ca";
    case FAILURE_ADDRESS: return "ask who answers for this name; for a server on this machine write http://127.0.0.1:PORT/v1";
    case FAILURE_KEY: return "put the right key into the key file";
    case FAILURE_REDIRECT: return "set the address that it sends to, if it is the right one";
    case FAILURE_UNREACHABLE: case FAILURE_TIMEOUT: return "is it running, and does a firewall let this machine through?";
    default: return "look at that server's log";
    }
}

static void say_failure(struct findings *f, const char *word, const char *host, struct span payload)
{
    enum courier_failure failure = payload.n > 0 && payload.p[0] < FAILURE_COUNT ? payload.p[0] : FAILURE_FAILED;
    struct span detail = span_sub(payload, 1, payload.n);
    SAY(f, VERDICT_WRONG, word, mend_of(failure), "%s %s%s%.*s", host, courier_failure_meaning(failure), detail.n > 0 ? ": " : "", (int)detail.n,
        detail.n > 0 ? (const char *)detail.p : "");
}

static void say_answer(struct findings *f, const char *word, const char *host, const char *model, struct span document)
{
    const char *warning = strncmp(host, "http:", 5) == 0 ? " (on this machine, without TLS)" : "";
    if (span_is(document, "{\"model\":\"listed\"}")) SAY(f, VERDICT_OK, word, NULL, "%s answers and has the model %s%s", host, model, warning);
    else if (span_is(document, "{\"model\":\"missing\"}"))
        SAY(f, VERDICT_WARNING, word, "set the model to a name from that server's list", "%s answers, but does not list the model %s%s", host, model, warning);
    else SAY(f, VERDICT_OK, word, NULL, "%s answers%s; it does not tell which models it has", host, warning);
}

static void probe(struct findings *f, const struct child *core, enum courier_server which)
{
    static const struct {
        enum config_name address, model;
        const char *word;
    } servers[COURIER_SERVERS] = {[COURIER_SPEECH] = {CONFIG_speech_server, CONFIG_speech_model, "speech server"},
                                  [COURIER_TEXT] = {CONFIG_text_server, CONFIG_text_model, "text server"}};
    const struct config *config = f->options->config;
    const char *address = config_text(config, servers[which].address), *word = servers[which].word;
    struct timeval wait = {.tv_sec = config_integer(config, CONFIG_remote_connect_seconds) + config_integer(config, CONFIG_remote_answer_seconds) + MARGIN_SECONDS};
    struct buf answer = BUF_WITH_MAX(COURIER_DETAIL_MAX + 64);
    uint32_t type = 0;
    int fd = -1;
    if (address[0] == '\0') return;
    struct err e = child_call_courier(core, &fd);
    if (!err_failed(e)) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (!err_failed(e)) e = channel_put_frame(fd, COURIER_PROBE, span_of((const uint8_t[]){(uint8_t)which}, 1));
    if (!err_failed(e)) e = channel_take_frame(fd, answer.max, &type, &answer);
    if (err_failed(e)) SAY(f, VERDICT_WRONG, word, "reinstall the package", "courier did not answer");
    else if (type == COURIER_RESULT) say_answer(f, word, address, config_text(config, servers[which].model), buf_span(&answer));
    else say_failure(f, word, address, buf_span(&answer));
    fd_close(&fd);
    buf_free(&answer);
}

static bool is_ready(const struct process *process)
{
    struct timeval wait = {.tv_sec = MARGIN_SECONDS};
    struct buf message = BUF_WITH_MAX(64);
    setsockopt(process->socket, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    bool ready = !err_failed(channel_receive(process->socket, &message, NULL, NULL)) && message.p[0] == CHILD_READY;
    buf_free(&message);
    return ready;
}

static void run_courier(struct findings *f, const char *directory)
{
    int pair[2];
    struct buf message = BUF_WITH_MAX(8192);
    struct process process = {.socket = -1, .log = {.fd = -1}};
    struct child core = {0};
    if (err_failed(medscribed_sockets_pair(SOCK_SEQPACKET, pair))) return;
    child_add(&core, CHILD_FD_COURIER, 0, pair[0]);
    struct err e = medscribed_courier_start(f->options->config, directory, &(struct courier){.calls = pair[1]}, &process, &message);
    fd_close(&pair[1]);
    if (e.code == ERR_CONFIG) SAY(f, VERDICT_WRONG, "model servers", "change that setting or that file", "%.*s", (int)message.n, (const char *)message.p);
    else if (err_failed(e) || !is_ready(&process)) SAY(f, VERDICT_WRONG, "model servers", "look at the key files, at remote_ca and at ca-certificates; else reinstall the package", "courier does not start");
    else
        for (enum courier_server i = 0; i < COURIER_SERVERS; i++) probe(f, &core, i);
    fd_close(&pair[0]); /* and so it ends */
    if (process.pid != 0) waitpid(process.pid, NULL, 0);
    fd_close(&process.socket);
    fd_close(&process.log.fd); /* what it said there is said above */
    buf_free(&message);
}

void medscribe_doctor_servers(struct findings *f)
{
    char directory[1024];
    if (!medscribed_courier_wanted(f->options->config)) {
        SAY(f, VERDICT_OK, "model servers", NULL, "none is set: recordings and texts stay on this machine");
        return;
    }
    ssize_t n = readlink("/proc/self/exe", directory, sizeof directory - 1);
    directory[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(directory, '/');
    if (slash != NULL) *slash = '\0';
    signal(SIGPIPE, SIG_IGN);
    run_courier(f, directory);
}
