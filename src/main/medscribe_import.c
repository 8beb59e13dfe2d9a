/* medscribe import: JSON lines of an older system, many requests under way at once. Rows that were imported before are
   counted and left as they are, so that a broken import is simply run again. */
#include "main/medscribe.h"

#include "base/clock.h"
#include "os/channel.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { UNDER_WAY_MAX = 512, LINE_MAX_BYTES = 4 * 1024 * 1024, OUT_MAX = 64 * 1024 * 1024, IN_MAX = 64 * 1024 * 1024, OUT_ENOUGH = 1024 * 1024, COMPLAINTS_MAX = 10 };
enum { AGAIN_MAX = 600, AGAIN_AFTER_MS = 100 };

/* A row that was sent, kept until its answer: a busy server is asked again. The frame's id is the slot's place. */
struct slot {
    bool used;
    uint64_t line;
    unsigned attempts;
    int64_t again_us; /* 0: sent; else when to send it again */
    struct buf frame;
};

struct import {
    const struct options *options;
    struct link *link;
    enum route_id route;
    FILE *file;
    char *line;
    size_t line_room;
    uint64_t line_number, under_way, window; /* window: how many may be under way; shrinks while the server is busy */
    struct slot slots[UNDER_WAY_MAX];
    struct import_count count;
    bool at_end, broken;
    struct buf out;
    struct draft draft;
    int64_t told_us;
};

/* The old system's word for a field of ours. */
static const char *key_of(const char *field)
{
    if (strcmp(field, "external_id") == 0) return "id";
    if (strcmp(field, "user_external_id") == 0) return "user_id";
    return field;
}

static void complain(struct import *m, uint64_t line, const char *why, struct span more)
{
    if (m->count.refused++ >= COMPLAINTS_MAX) return;
    fprintf(stderr, "%s.jsonl, line %llu: %s", m->count.what, (unsigned long long)line, why);
    if (more.n > 0) fprintf(stderr, ": %.*s", (int)(more.n > 200 ? 200 : more.n), (const char *)more.p);
    fputs(m->count.refused == COMPLAINTS_MAX ? "\n(further refusals are only counted)\n" : "\n", stderr);
}

static struct err put_value(struct draft *draft, const struct field *field, json_t *value)
{
    int64_t time_us;
    if (value == NULL || json_is_null(value)) return OK;
    if (field->type == FIELD_INTEGER && json_is_integer(value)) return medscribe_request_integer(draft, field->name, json_integer_value(value));
    if (!json_is_string(value)) return FAIL(WRONG_TYPE);
    struct span text = span_of(json_string_value(value), json_string_length(value));
    if (field->type == FIELD_INTEGER) /* a time */
        return clock_parse_rfc3339(text, &time_us) ? medscribe_request_integer(draft, field->name, time_us) : FAIL(BAD_VALUE);
    if (strcmp(field->name, "status") == 0 && span_is(text, "pending_review")) text = SPAN_LITERAL("draft");
    return medscribe_request_text(draft, field->name, text);
}

static void send_row(struct import *m, const struct draft *draft)
{
    size_t place = 0;
    while (m->slots[place].used) place++; /* there is one: fewer are under way than there are slots */
    struct slot *slot = &m->slots[place];
    *slot = (struct slot){.used = true, .line = m->line_number, .frame = BUF_WITH_MAX(FRAME_PAYLOAD_MAX)};
    request_put(&slot->frame, place, &draft->request);
    buf_put_span(&m->out, buf_span(&slot->frame));
    m->broken = m->broken || slot->frame.failed;
    m->under_way++;
}

/* Rows that met a busy server, as soon as their pause is over. */
static void send_again(struct import *m)
{
    int64_t now = clock_monotonic_us();
    for (size_t i = 0; i < UNDER_WAY_MAX; i++) {
        struct slot *slot = &m->slots[i];
        if (!slot->used || slot->again_us == 0 || slot->again_us > now) continue;
        slot->again_us = 0;
        buf_put_span(&m->out, buf_span(&slot->frame));
    }
}

static void put_row(struct import *m, json_t *row)
{
    struct draft *draft = &m->draft;
    const struct route *route = &route_table[m->route];
    medscribe_request_again(draft, m->route);
    for (unsigned i = 0; i < route->field_count; i++) {
        const char *key = key_of(route->fields[i].name);
        struct err e = put_value(draft, &route->fields[i], json_object_get(row, key));
        if (!err_failed(e)) continue;
        complain(m, m->line_number, err_title(e.code), span_text(key));
        return;
    }
    const char *missing = medscribe_request_missing(draft);
    if (missing != NULL) {
        complain(m, m->line_number, err_title(ERR_MISSING_FIELD), span_text(key_of(missing)));
        return;
    }
    send_row(m, draft);
}

static void next_line(struct import *m)
{
    ssize_t n = getline(&m->line, &m->line_room, m->file);
    if (n < 0) {
        m->at_end = true;
        return;
    }
    m->line_number++;
    while (n > 0 && (m->line[n - 1] == '\n' || m->line[n - 1] == '\r')) n--;
    if (n == 0) return;
    if (n > LINE_MAX_BYTES) {
        complain(m, m->line_number, "this line is too long", SPAN_NONE);
        return;
    }
    json_error_t error;
    json_t *row = json_loadb(m->line, (size_t)n, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(row)) complain(m, m->line_number, "not a JSON object", span_text(row == NULL ? error.text : ""));
    else put_row(m, row);
    json_decref(row);
}

/* True: the row waits for its next attempt. */
static bool is_put_off(struct import *m, struct slot *slot, const struct response *r)
{
    if (r->kind != RESPONSE_PROBLEM || err_http_status(r->error) != 503 || ++slot->attempts >= AGAIN_MAX)
        return false;
    slot->again_us = clock_monotonic_us() + AGAIN_AFTER_MS * (int64_t)1000;
    if (m->window > 1) m->window -= m->window / 4 + 1;
    if (m->window == 0) m->window = 1;
    return true;
}

static void take_answer(struct import *m, const struct frame *frame)
{
    struct response r;
    if (frame->type != FRAME_RESPONSE || err_failed(response_read(frame->payload, &r)) || frame->id >= UNDER_WAY_MAX ||
        !m->slots[frame->id].used || m->slots[frame->id].again_us != 0) {
        m->broken = true;
        return;
    }
    struct slot *slot = &m->slots[frame->id];
    if (is_put_off(m, slot, &r)) return;
    if (r.kind != RESPONSE_PROBLEM) m->count.imported++;
    else if (err_http_status(r.error) == 409) m->count.already++;
    else complain(m, slot->line, err_title(r.error), r.field.n > 0 ? r.field : r.detail);
    if (r.kind != RESPONSE_PROBLEM && m->window < UNDER_WAY_MAX) m->window++;
    buf_free(&slot->frame);
    slot->used = false;
    m->under_way--;
}

static void read_answers(struct import *m)
{
    struct buf *in = &m->link->in;
    uint8_t *to = buf_reserve(in, 256 * 1024);
    ssize_t n = to != NULL ? recv(m->link->fd, to, 256 * 1024, MSG_DONTWAIT) : -1;
    if (n <= 0) {
        m->broken = n == 0 || (errno != EAGAIN && errno != EINTR);
        return;
    }
    buf_added(in, (size_t)n);
    size_t done = 0, used = 1;
    while (used > 0 && !m->broken) {
        struct frame frame;
        if (err_failed(frame_next(span_sub(buf_span(in), done, in->n), &frame, &used))) m->broken = true;
        else if (used > 0) take_answer(m, &frame);
        done += m->broken ? 0 : used;
    }
    buf_drop_front(in, done);
}

static void write_requests(struct import *m)
{
    ssize_t n = send(m->link->fd, m->out.p, m->out.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) buf_drop_front(&m->out, (size_t)n);
    else if (errno != EAGAIN && errno != EINTR) m->broken = true;
}

static void tell_progress(struct import *m)
{
    int64_t now = clock_monotonic_us();
    if (m->options->json || now - m->told_us < SECONDS_US(2)) return;
    m->told_us = now;
    fprintf(stderr, "%s: %llu so far\n", m->count.what, (unsigned long long)(m->count.imported + m->count.already));
}

static bool run(struct import *m)
{
    char path[CONFIG_TEXT_MAX];
    snprintf(path, sizeof path, "%s/%s.jsonl", m->options->folder, m->count.what);
    m->file = fopen(path, "re");
    if (m->file == NULL) {
        fprintf(stderr, "medscribe: %s: %s; name the folder with users.jsonl and submissions.jsonl\n", path, strerror(errno));
        return false;
    }
    m->out = BUF_WITH_MAX(OUT_MAX);
    medscribe_request_init(&m->draft, m->route);
    m->told_us = clock_monotonic_us();
    m->window = UNDER_WAY_MAX;
    buf_free(&m->link->in);
    m->link->in = BUF_WITH_MAX(IN_MAX);
    while (!m->broken && !(m->at_end && m->under_way == 0)) {
        while (!m->at_end && m->under_way < m->window && m->out.n < OUT_ENOUGH && !m->out.failed) next_line(m);
        send_again(m);
        if (m->under_way == 0) continue;
        struct pollfd p = {.fd = m->link->fd, .events = (short)(m->out.n > 0 ? POLLIN | POLLOUT : POLLIN)};
        if (poll(&p, 1, AGAIN_AFTER_MS) < 0 && errno != EINTR) m->broken = true;
        if ((p.revents & POLLOUT) != 0) write_requests(m);
        if ((p.revents & (POLLIN | POLLHUP | POLLERR)) != 0) read_answers(m);
        m->broken = m->broken || m->out.failed;
        tell_progress(m);
    }
    if (m->broken) fprintf(stderr, "medscribe: the connection broke; run the same import again, it goes on where it stopped\n");
    fclose(m->file);
    free(m->line);
    for (size_t i = 0; i < UNDER_WAY_MAX; i++) buf_free(&m->slots[i].frame);
    buf_free(&m->out);
    medscribe_request_free(&m->draft);
    return !m->broken;
}

int medscribe_import(const struct options *options)
{
    struct link link;
    if (options->folder == NULL) {
        fputs("medscribe: --jsonl DIR is missing; see medscribe help\n", stderr);
        return EXIT_USAGE;
    }
    int64_t started = clock_monotonic_us();
    if (!medscribe_link_open(options, &link)) return EXIT_NO_SERVER;
    static struct import users, submissions;
    users = (struct import){.options = options, .link = &link, .route = ROUTE_HOST_IMPORT_USER, .count.what = "users"};
    submissions = (struct import){.options = options, .link = &link, .route = ROUTE_HOST_IMPORT_SUBMISSION, .count.what = "submissions"};
    bool whole = run(&users) && run(&submissions);
    medscribe_print_import(options, (const struct import_count[]){users.count, submissions.count}, 2, clock_monotonic_us() - started);
    medscribe_link_close(&link);
    return whole && users.count.refused == 0 && submissions.count.refused == 0 ? EXIT_DONE : EXIT_REFUSED;
}
