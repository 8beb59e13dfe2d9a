/* Stands in for core and for medscribed so that front can be tested and measured alone:
       fakecore FRONT LISTEN LOOPS [setting=value …]
   starts FRONT, answers its frames (one thread a loop), and ends with it. Most routes answer what front understood, as JSON;
   the bearer token chooses what else may happen:
       quota, denied   problems as soon as the request is known     slow   every body chunk is acknowledged after 20 ms
       hold            no body chunk is ever acknowledged           late   the answer comes after 300 ms
       quiet           an event stream that says nothing            broken a file that ends too early */
#include "base/clock.h"
#include "base/json.h"
#include "os/channel.h"
#include "os/child.h"
#include "wire/routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXCHANGES = 4096, LATER = 1024, FILE_BYTES = 1 << 20, EVENTS = 3 };

struct exchange {
    uint64_t id, bytes, sum, from, left;
    struct request fields;
    uint8_t store[16384];
    size_t stored;
    bool slow, hold, broken, quiet;
    unsigned events;
};
struct later {
    int64_t due_us;
    uint64_t id;
    uint8_t what;
};
enum { CREDIT, ANSWER, EVENT };
struct core {
    int fd;
    struct buf out;
    struct exchange exchange[EXCHANGES];
    struct later later[LATER];
};

static struct buf big; /* a body as /get_result has it */

static struct exchange *find(struct core *core, uint64_t id)
{
    for (unsigned i = 0; i < EXCHANGES; i++)
        if (core->exchange[i].id == id) return &core->exchange[i];
    return NULL;
}

static void in_a_while(struct core *core, uint64_t id, uint8_t what, int64_t wait_us)
{
    for (unsigned i = 0; i < LATER; i++) {
        if (core->later[i].due_us != 0) continue;
        core->later[i] = (struct later){clock_monotonic_us() + wait_us, id, what};
        return;
    }
    abort();
}

static void problem(struct core *core, uint64_t id, enum err_code code)
{
    struct response head = {.kind = RESPONSE_PROBLEM, .error = (uint16_t)code};
    frame_end(&core->out, response_begin(&core->out, id, &head));
}

static void put_field(struct json *j, const struct field *field, struct span value)
{
    struct wire_reader r = {.rest = value};
    json_key(j, field->name);
    switch ((enum field_type)field->type) {
    case FIELD_INTEGER: case FIELD_VERSION: json_i64(j, (int64_t)wire_u64(&r)); break;
    case FIELD_WORD: json_text(j, span_text(field->words[wire_u8(&r)])); break;
    case FIELD_AUDIO: case FIELD_PICTURE: json_text(j, span_text(media_type_name(wire_u8(&r)))); break;
    case FIELD_ID: {
        struct id id;
        memcpy(id.b, value.p, sizeof id.b);
        json_id(j, id);
        break;
    }
    case FIELD_RANGE:
        json_array(j);
        json_i64(j, (int64_t)wire_u64(&r));
        json_i64(j, (int64_t)wire_u64(&r));
        json_array_end(j);
        break;
    default: json_text(j, value);
    }
}

/* What was understood, as the answer. */
static void echo(struct core *core, uint64_t id, const struct request *request, const struct exchange *x)
{
    static const char *const auths[] = {"none", "bearer", "cookie"};
    const struct route *route = &route_table[request->route];
    struct response head = {.kind = RESPONSE_JSON, .status = route->success};
    size_t place = response_begin(&core->out, id, &head);
    struct json j = JSON_TO(&core->out);
    json_object(&j);
    json_put_word(&j, "route", route->path);
    json_put_word(&j, "auth", auths[request->auth]);
    json_put_text(&j, "token", request->token);
    json_put_text(&j, "csrf", request->csrf);
    json_put_text(&j, "user_agent", request->user_agent);
    json_key(&j, "fields");
    json_object(&j);
    for (unsigned i = 0; i < route->field_count; i++)
        if (request_has(request, i)) put_field(&j, &route->fields[i], request->field[i]);
    json_object_end(&j);
    if (x != NULL) {
        json_put_i64(&j, "bytes", (int64_t)x->bytes);
        json_put_i64(&j, "sum", (int64_t)(x->sum & 0xffffffff));
    }
    json_object_end(&j);
    frame_end(&core->out, place);
}

static void me(struct core *core, uint64_t id)
{
    static const char body[] = "{\"id\":\"6f1c2a34-9d52-4c11-8b3e-0a1b2c3d4e5f\",\"username\":\"patient one\",\"email\":\"patient@example.org\","
                               "\"user_type\":\"patient\",\"role_state\":\"active\",\"created_at\":\"2026-11-22T19:04:05.123456Z\"}";
    struct response head = {.kind = RESPONSE_JSON, .status = 200};
    size_t place = response_begin(&core->out, id, &head);
    buf_put(&core->out, body, sizeof body - 1);
    frame_end(&core->out, place);
}

static void cookie(struct core *core, uint64_t id, const struct request *request)
{
    struct response head = {.kind = RESPONSE_JSON, .status = 200, .cookie = COOKIE_SET_ACCESS, .max_age_s = 86400,
                            .cookie_value = SPAN_LITERAL("abcDEF123-_abcDEF123-_abcDEF123-_abcDEF123-")};
    if (request->route == ROUTE_AUTH_LOGIN) head.cookie = COOKIE_SET_REFRESH;
    if (request->route == ROUTE_LOGOUT) {
        head = (struct response){.kind = RESPONSE_EMPTY, .status = 204, .cookie = COOKIE_CLEAR};
        frame_end(&core->out, response_begin(&core->out, id, &head));
        return;
    }
    size_t place = response_begin(&core->out, id, &head);
    buf_put_text(&core->out, "{\"csrf_token\":\"x\"}");
    frame_end(&core->out, place);
}

static uint8_t pattern(uint64_t at) { return (uint8_t)(at * 31 + (at >> 8)); }

static void file(struct core *core, struct exchange *x, const struct request *request)
{
    struct response head = {.kind = RESPONSE_FILE, .status = 200, .media_type = MEDIA_WAV, .file_bytes = FILE_BYTES,
                            .range_bytes = FILE_BYTES};
    if (request_has(request, 1)) {
        struct wire_reader r = {.rest = request->field[1]};
        uint64_t from = wire_u64(&r), to = wire_u64(&r);
        if (from == UINT64_MAX) {
            from = to > FILE_BYTES ? 0 : FILE_BYTES - to;
            to = FILE_BYTES - 1;
        }
        if (from >= FILE_BYTES) {
            struct response none = {.kind = RESPONSE_PROBLEM, .error = ERR_RANGE, .file_bytes = FILE_BYTES};
            frame_end(&core->out, response_begin(&core->out, x->id, &none));
            x->id = 0;
            return;
        }
        if (to >= FILE_BYTES) to = FILE_BYTES - 1;
        head.status = 206;
        head.range_from = from;
        head.range_bytes = to - from + 1;
    }
    x->from = head.range_from;
    x->left = head.range_bytes;
    frame_end(&core->out, response_begin(&core->out, x->id, &head));
}

static void pulled(struct core *core, struct exchange *x)
{
    uint8_t part[FRAME_CHUNK_MAX];
    size_t n = x->left < sizeof part ? (size_t)x->left : sizeof part;
    bool breaks = x->broken && x->left <= FILE_BYTES / 2;
    for (size_t i = 0; i < n; i++) part[i] = pattern(x->from + i);
    if (n > 0 && !breaks) frame_put(&core->out, FRAME_CHUNK, x->id, span_of(part, n));
    x->from += n;
    x->left -= n;
    if (x->left > 0 && !breaks) return;
    frame_put(&core->out, FRAME_CHUNK_END, x->id, span_of(breaks ? "\0" : "\1", 1));
    x->id = 0;
}

static struct exchange *keep(struct core *core, uint64_t id, const struct request *request)
{
    struct exchange *x = find(core, 0);
    if (x == NULL) abort();
    *x = (struct exchange){.id = id, .fields = *request};
    x->slow = span_is(request->token, "slow");
    x->hold = span_is(request->token, "hold");
    x->broken = span_is(request->token, "broken");
    x->quiet = span_is(request->token, "quiet");
    for (unsigned i = 0; i < FRAME_FIELDS_MAX; i++) {
        struct span *value = &x->fields.field[i];
        if (!request_has(request, i) || value->n > sizeof x->store - x->stored) continue;
        memcpy(x->store + x->stored, value->p, value->n);
        value->p = x->store + x->stored;
        x->stored += value->n;
    }
    x->fields.token = x->fields.csrf = x->fields.user_agent = SPAN_NONE;
    return x;
}

static void stream(struct core *core, uint64_t id, const struct request *request)
{
    struct exchange *x = keep(core, id, request);
    if (request->route == ROUTE_MEDIA) {
        file(core, x, request);
        return;
    }
    struct response head = {.kind = RESPONSE_EVENTS, .status = 200};
    frame_end(&core->out, response_begin(&core->out, id, &head));
    if (!x->quiet) in_a_while(core, id, EVENT, 100000);
}

static void on_request(struct core *core, uint64_t id, struct span payload)
{
    struct request request;
    if (err_failed(request_read(payload, &request)) || err_failed(route_check_request(&request))) {
        fprintf(stderr, "fakecore: a request that does not fit the table\n");
        exit(3);
    }
    if (span_is(request.token, "denied")) problem(core, id, ERR_TOKEN_INVALID);
    else if (span_is(request.token, "quota")) problem(core, id, ERR_QUOTA);
    else if (span_is(request.token, "storage")) problem(core, id, ERR_STORAGE);
    else if (request.has_upload) keep(core, id, &request);
    else if (request.route == ROUTE_ME && span_is(request.token, "late")) {
        in_a_while(core, id, ANSWER, 300000);
        fprintf(stderr, "fakecore: it answers later\n");
    } else if (request.route == ROUTE_ME) me(core, id);
    else if (request.route == ROUTE_MEDIA || request.route == ROUTE_EVENTS) stream(core, id, &request);
    else if (request.route == ROUTE_SESSION_CREATE || request.route == ROUTE_AUTH_LOGIN || request.route == ROUTE_LOGOUT) cookie(core, id, &request);
    else if (request.route == ROUTE_GET_RESULT && span_is(request.token, "big")) {
        struct response head = {.kind = RESPONSE_JSON, .status = 200};
        size_t place = response_begin(&core->out, id, &head);
        buf_put_span(&core->out, buf_span(&big));
        frame_end(&core->out, place);
    } else echo(core, id, &request, NULL);
}

static void on_body(struct core *core, struct exchange *x, struct span bytes)
{
    if (bytes.n == 0 || bytes.n > FRAME_CHUNK_MAX) abort();
    for (size_t i = 0; i < bytes.n; i++) x->sum = x->sum * 31 + bytes.p[i];
    x->bytes += bytes.n;
    if (x->slow) in_a_while(core, x->id, CREDIT, 20000);
    else if (!x->hold) frame_put(&core->out, FRAME_CREDIT, x->id, SPAN_NONE);
}

static void on_body_end(struct core *core, struct exchange *x, struct span payload)
{
    bool complete;
    if (err_failed(body_end_read(payload, &complete, &x->fields))) abort();
    fprintf(stderr, "fakecore: upload %s, %llu bytes\n", complete ? "whole" : "broken off", (unsigned long long)x->bytes);
    if (complete) echo(core, x->id, &x->fields, x);
    x->id = 0;
}

static void on_frame(struct core *core, const struct frame *frame)
{
    struct exchange *x = frame->type == FRAME_REQUEST ? NULL : find(core, frame->id);
    switch (frame->type) {
    case FRAME_REQUEST: on_request(core, frame->id, frame->payload); break;
    case FRAME_BODY: if (x != NULL) on_body(core, x, frame->payload); break;
    case FRAME_BODY_END: if (x != NULL) on_body_end(core, x, frame->payload); break;
    case FRAME_PULL: if (x != NULL) pulled(core, x); break;
    case FRAME_CANCEL:
        if (x == NULL) break;
        fprintf(stderr, "fakecore: cancelled\n");
        x->id = 0;
        break;
    default: abort();
    }
}

static void event(struct core *core, struct exchange *x)
{
    char text[200];
    int n = snprintf(text, sizeof text, "event: progress\ndata: {\"status\":\"processing\",\"percent\":%u}\n\n", ++x->events * 30);
    frame_put(&core->out, FRAME_CHUNK, x->id, span_of(text, (size_t)n));
    if (x->events < EVENTS) {
        in_a_while(core, x->id, EVENT, 100000);
        return;
    }
    frame_put(&core->out, FRAME_CHUNK_END, x->id, span_of("\1", 1));
    x->id = 0;
}

static int run_later(struct core *core)
{
    int64_t now_us = clock_monotonic_us();
    int wait_ms = -1;
    for (unsigned i = 0; i < LATER; i++) {
        struct later later = core->later[i];
        if (later.due_us == 0) continue;
        if (later.due_us > now_us) {
            int ms = (int)((later.due_us - now_us) / 1000) + 1;
            if (wait_ms < 0 || ms < wait_ms) wait_ms = ms;
            continue;
        }
        core->later[i].due_us = 0;
        struct exchange *x = find(core, later.id);
        if (later.what == ANSWER) me(core, later.id);
        else if (later.what == CREDIT && x != NULL) frame_put(&core->out, FRAME_CREDIT, x->id, SPAN_NONE);
        else if (later.what == EVENT && x != NULL) event(core, x);
        wait_ms = 0;
    }
    return wait_ms;
}

static void *run(void *argument)
{
    struct core *core = argument;
    size_t n = 0, room = 32 * 1024 * 1024;
    uint8_t *in = malloc(room);
    if (in == NULL) abort();
    for (;;) {
        if (core->out.n > 0 && err_failed(channel_write(core->fd, buf_span(&core->out)))) break;
        buf_reset(&core->out);
        int wait_ms = run_later(core);
        if (core->out.n > 0) continue;
        struct pollfd poll_fd = {.fd = core->fd, .events = POLLIN};
        if (wait_ms >= 0 && poll(&poll_fd, 1, wait_ms) <= 0) continue;
        ssize_t got = recv(core->fd, in + n, room - n, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        n += (size_t)got;
        size_t at = 0, used = 1;
        while (used > 0) {
            struct frame frame;
            if (err_failed(frame_next(span_of(in + at, n - at), &frame, &used))) abort();
            if (used > 0) on_frame(core, &frame);
            at += used;
        }
        memmove(in, in + at, n - at);
        n -= at;
    }
    return NULL;
}

static int listener(const char *address)
{
    char host[64];
    const char *colon = strrchr(address, ':');
    if (colon == NULL || (size_t)(colon - address) >= sizeof host) exit(2);
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = '\0';
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(colon + 1))};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (inet_pton(AF_INET, host, &to.sin_addr) != 1 || bind(fd, (struct sockaddr *)&to, sizeof to) != 0 || listen(fd, 1024) != 0) {
        perror("fakecore: listen");
        exit(2);
    }
    return fd;
}

static pid_t start(const char *program, int socket)
{
    pid_t pid = fork();
    if (pid != 0) return pid;
    dup2(socket, 3);
    fcntl(3, F_SETFD, 0);
    execl(program, program, (char *)NULL);
    _exit(127);
}

static void set(struct config *config, const char *name, const char *value)
{
    struct buf message = BUF_WITH_MAX(1000);
    if (!err_failed(config_set(config, name, value, &message))) return;
    fprintf(stderr, "fakecore: %.*s\n", (int)message.n, message.p);
    exit(2);
}

static pid_t child_pid;
static void pass_on(int signal_number) { kill(child_pid, signal_number); }

int main(int count, char **argument)
{
    static struct core cores[8];
    struct buf message = BUF_WITH_MAX(1000);
    struct child child = {.loops = 1};
    int pair[2];
    if (count < 4 || err_failed(config_load(NULL, &child.config, &message))) return 2;
    signal(SIGPIPE, SIG_IGN);
    set(child.config, "listen", argument[2]);
    child.loops = (unsigned)atoi(argument[3]);
    if (child.loops < 1 || child.loops > 8) return 2;
    buf_init(&big, 100000);
    for (int i = 0; i < 20; i++) buf_put_text(&big, i == 0 ? "{\"results\":[" : ",");
    while (big.n < 20000) buf_put_text(&big, "\"0123456789 abcdefghijklmnopqrstuvwxyz\",");
    for (int i = 4; i < count; i++) {
        char *value = strchr(argument[i], '=');
        if (value == NULL) return 2;
        *value++ = '\0';
        if (strcmp(argument[i], "certificate") == 0) child_add(&child, CHILD_FD_CERTIFICATE, 0, open(value, O_RDONLY | O_CLOEXEC));
        else if (strcmp(argument[i], "key") == 0) child_add(&child, CHILD_FD_CERTIFICATE_KEY, 0, open(value, O_RDONLY | O_CLOEXEC));
        else set(child.config, argument[i], value);
    }
    for (unsigned i = 0; i < child.loops; i++) {
        child_add(&child, CHILD_FD_LISTEN, i, listener(argument[2]));
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
        child_add(&child, CHILD_FD_CORE, i, pair[0]);
        cores[i].fd = pair[1];
        buf_init(&cores[i].out, 64 * 1024 * 1024);
    }
    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
    child_pid = start(argument[1], pair[1]);
    close(pair[1]);
    if (err_failed(child_hand_over(pair[0], &child))) return 2;
    for (size_t i = 0; i < child.fd_count; i++) close(child.fds[i].fd);
    signal(SIGTERM, pass_on);
    uint8_t ready;
    if (recv(pair[0], &ready, 1, 0) != 1) return 3;
    for (unsigned i = 0; i < child.loops; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run, &cores[i]) != 0) return 3;
        pthread_detach(thread);
    }
    printf("ready %d\n", (int)child_pid);
    fflush(stdout);
    int status;
    while (waitpid(child_pid, &status, 0) < 0 && errno == EINTR) {}
    if (WIFSIGNALED(status)) fprintf(stderr, "fakecore: front died of signal %d\n", WTERMSIG(status));
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99); /* threads still use what they were given */
}
