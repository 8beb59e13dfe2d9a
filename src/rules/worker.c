#include "rules/worker.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/utf8.h"
#include "os/channel.h"
#include "wire/courier.h"
#include "wire/frame.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { WANTED_EVERY_MS = 1000 };

struct err worker_send(int fd, enum worker_message type, struct span payload)
{
    uint8_t head[WORKER_HEADER_BYTES];
    for (size_t i = 0; i < 4; i++) {
        head[i] = (uint8_t)(payload.n >> (8 * i));
        head[4 + i] = (uint8_t)((uint32_t)type >> (8 * i));
    }
    TRY(channel_write(fd, span_of(head, sizeof head)));
    return channel_write(fd, payload);
}

/* A stage is a word of the worker's own; nothing else is passed on to the database. */
static bool is_word(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < 'a' || s.p[i] > 'z') && s.p[i] != '_' && s.p[i] != ' ') return false;
    return s.n <= 31;
}

static bool known_reason(struct span reason)
{
    static const char *const words[] = {"no_speech", "no_text", "too_dark", "too_short", "too_long", "unreadable_media", "unsupported_media",
                                        "too_large", "engine_failed", "killed_memory", "killed_time", "killed_forbidden"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (span_is(reason, words[i])) return true;
    for (enum courier_failure i = FAILURE_NONE + 1; i < FAILURE_COUNT; i++)
        if (span_is(reason, courier_failure_word(i))) return true;
    return false;
}

void worker_answer_fail(struct worker_answer *answer, struct span reason)
{
    if (!known_reason(reason)) reason = SPAN_LITERAL("engine_failed");
    memcpy(answer->reason, reason.p, reason.n);
    answer->reason[reason.n] = '\0';
}

static struct err take_progress(const struct worker_talk *talk, struct span payload)
{
    struct wire_reader r = {.rest = payload};
    unsigned percent = wire_u8(&r);
    if (r.failed || percent > 100 || !is_word(r.rest)) return FAIL(BAD_FRAME);
    return talk->progress == NULL ? OK : talk->progress(talk->arg, percent, r.rest);
}

static struct err take_text(struct buf *to, struct span payload)
{
    if (!utf8_valid(payload)) return FAIL(BAD_FRAME);
    buf_reset(to);
    buf_put_span(to, payload);
    return buf_check(to);
}

static struct err take_findings(struct worker_answer *answer, struct span payload)
{
    if (payload.n % WORKER_FINDING_BYTES != 0) return FAIL(BAD_FRAME);
    buf_reset(&answer->findings);
    buf_put_span(&answer->findings, payload);
    answer->has_findings = true;
    return err_failed(buf_check(&answer->findings)) ? FAIL(BAD_FRAME) : OK;
}

static struct err take_result(const struct worker_talk *talk, struct span payload, struct worker_answer *answer)
{
    bool text_missing = (talk->needs & WORKER_NEEDS_TEXT) != 0 && answer->text.n == 0;
    bool draft_missing = (talk->needs & WORKER_NEEDS_DRAFT) != 0 && answer->draft.n == 0;
    bool findings_missing = (talk->needs & WORKER_NEEDS_FINDINGS) != 0 && !answer->has_findings;
    if (text_missing || draft_missing || findings_missing || !json_valid(payload)) return FAIL(BAD_FRAME);
    buf_put_span(&answer->document, payload);
    return buf_check(&answer->document);
}

static struct err take_length(struct worker_answer *answer, struct span payload)
{
    struct wire_reader r = {.rest = payload};
    uint64_t ms = wire_u64(&r);
    if (r.failed || r.rest.n > 0 || ms > INT64_MAX / 1000) return FAIL(BAD_FRAME);
    answer->sound_ms = (int64_t)ms;
    return OK;
}

/* One message; *end_out after the last. */
static struct err take_message(const struct worker_talk *talk, uint32_t type, struct span payload, struct worker_answer *answer, bool *end_out)
{
    switch (type) {
    case WORKER_PROGRESS: return take_progress(talk, payload);
    case WORKER_TEXT: return take_text(&answer->text, payload);
    case WORKER_DRAFT: return take_text(&answer->draft, payload);
    case WORKER_SOUND: return talk->sound != NULL ? talk->sound(talk->sound_arg, payload) : FAIL(BAD_FRAME);
    case WORKER_FINDINGS: return take_findings(answer, payload);
    case WORKER_LENGTH: return take_length(answer, payload);
    case WORKER_FAILED:
        *end_out = true;
        worker_answer_fail(answer, payload);
        return OK;
    case WORKER_RESULT:
        *end_out = true;
        return take_result(talk, payload, answer);
    default: return FAIL(BAD_FRAME);
    }
}

/* channel_read that waits until `until_us` at most (0: for ever). */
static struct err read_until(int fd, void *to, size_t n, int64_t until_us)
{
    uint8_t *at = to;
    if (until_us == 0) return channel_read(fd, to, n);
    while (n > 0) {
        int64_t left_us = until_us - clock_monotonic_us();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (left_us <= 0 || poll(&p, 1, (int)(left_us / 1000) + 1) == 0) return FAIL(CLOSED); /* it is ended as one that hangs */
        ssize_t got = recv(fd, at, n, MSG_DONTWAIT);
        if (got == 0) return FAIL(CLOSED);
        if (got < 0 && errno != EAGAIN && errno != EINTR) return FAIL(IO);
        if (got < 0) continue;
        at += got;
        n -= (size_t)got;
    }
    return OK;
}

/* Until the worker says something; meanwhile, and when it says much, is it still wanted? */
static struct err wait_for_word(int fd, const struct worker_talk *talk, int64_t *asked_us, int64_t until_us)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    for (;;) {
        int64_t now = clock_monotonic_us();
        bool nearly = until_us != 0 && until_us - now < WANTED_EVERY_MS * INT64_C(1000);
        int ready = poll(&p, 1, !nearly ? WANTED_EVERY_MS : until_us > now ? (int)((until_us - now) / 1000) + 1 : 0);
        if (ready < 0 && errno != EINTR) return FAIL(IO);
        now = clock_monotonic_us();
        if (talk->wanted != NULL && now - *asked_us >= WANTED_EVERY_MS * INT64_C(1000)) {
            TRY(talk->wanted(talk->arg));
            *asked_us = now;
        }
        if (ready > 0 || (until_us != 0 && now >= until_us)) return OK;
    }
}

static struct err receive(int fd, struct buf *message, uint32_t *type_out, int64_t until_us)
{
    uint8_t head[WORKER_HEADER_BYTES];
    TRY(read_until(fd, head, sizeof head, until_us));
    struct wire_reader r = {.rest = span_of(head, sizeof head)};
    uint32_t n = wire_u32(&r);
    *type_out = wire_u32(&r);
    buf_reset(message);
    if (n == 0) return OK;
    uint8_t *to = buf_reserve(message, n);
    if (to == NULL) return FAIL(BAD_FRAME);
    TRY(read_until(fd, to, n, until_us));
    buf_added(message, n);
    return OK;
}

/* The worker's own misbehaviour (a closed socket, a frame that breaks the protocol), or ours? */
static bool is_the_workers(struct err e) { return e.code == ERR_CLOSED || e.code == ERR_IO || e.code == ERR_BAD_FRAME; }

static struct err talk_over(int fd, const struct worker_talk *talk, struct worker_answer *answer)
{
    struct err e = worker_send(fd, WORKER_JOB, talk->document);
    if (!err_failed(e) && talk->send_input != NULL) e = talk->send_input(talk->arg, fd);
    if (!err_failed(e)) e = worker_send(fd, WORKER_END, SPAN_NONE);
    if (err_failed(e) && e.code != ERR_CLOSED) return e;
    struct buf message = BUF_WITH_MAX(WORKER_RESULT_MAX);
    int64_t until_us = talk->patience_ms > 0 ? clock_monotonic_us() + talk->patience_ms * (int64_t)1000 : 0;
    int64_t asked_us = clock_monotonic_us();
    e = OK; /* one that hung up on the input has perhaps said why */
    for (bool end = false; !end && !err_failed(e);) {
        uint32_t type = 0;
        e = wait_for_word(fd, talk, &asked_us, until_us);
        if (!err_failed(e)) e = receive(fd, &message, &type, until_us);
        if (!err_failed(e)) e = take_message(talk, type, buf_span(&message), answer, &end);
    }
    buf_free(&message);
    return e;
}

static void say_how_it_ended(const struct child *child, int pid, struct worker_answer *answer)
{
    static const char *const reasons[CHILD_ENDS] = {
        [CHILD_END_TIME] = "killed_time", [CHILD_END_MEMORY] = "killed_memory", [CHILD_END_FORBIDDEN] = "killed_forbidden"};
    enum child_end end = CHILD_END_NORMAL;
    if (err_failed(child_worker_end(child, pid, &end)) || end >= CHILD_ENDS) end = CHILD_END_CRASHED;
    answer->killed = true;
    worker_answer_fail(answer, reasons[end] != NULL ? span_text(reasons[end]) : SPAN_LITERAL("engine_failed"));
}

struct err worker_converse(const struct worker_talk *talk, struct worker_answer *answer_out)
{
    int fd = -1, pid = 0;
    *answer_out = (struct worker_answer){.text = BUF_WITH_MAX(WORKER_TEXT_MAX), .draft = BUF_WITH_MAX(WORKER_TEXT_MAX), .document = BUF_WITH_MAX(WORKER_RESULT_MAX),
                                         .findings = BUF_WITH_MAX(WORKER_FINDINGS_MAX * WORKER_FINDING_BYTES)};
    TRY(child_spawn_worker(talk->child, &fd, &pid));
    struct err e = talk_over(fd, talk, answer_out);
    fd_close(&fd);
    if (err_failed(e) && !is_the_workers(e)) {
        enum child_end end;
        IGNORE(child_worker_end(talk->child, pid, &end)); /* it works for nobody now: the question ends it */
    }
    if (!err_failed(e) || !is_the_workers(e)) return e;
    say_how_it_ended(talk->child, pid, answer_out);
    return OK;
}

void worker_answer_free(struct worker_answer *answer)
{
    buf_free(&answer->text);
    buf_free(&answer->draft);
    buf_free(&answer->document);
    buf_free(&answer->findings);
}
