#include "rules/outside.h"

#include "base/clock.h"
#include "base/json.h"
#include "os/channel.h"

#include <errno.h>
#include <poll.h>

enum { TURN_MS = 500 };

struct err outside_open(struct outside *outside, enum courier_message call, struct span opening)
{
    outside->fd = -1;
    outside->asked_us = clock_monotonic_us();
    TRY(child_call_courier(outside->child, &outside->fd));
    return channel_put_frame(outside->fd, call, opening);
}

void outside_close(struct outside *outside) { fd_close(&outside->fd); }

/* Until one of `events` can be done. */
static struct err wait_for(struct outside *outside, short events, short *ready_out)
{
    for (;;) {
        struct pollfd p = {.fd = outside->fd, .events = events};
        int ready = poll(&p, 1, TURN_MS);
        if (ready < 0 && errno != EINTR) return FAIL(IO);
        int64_t now = clock_monotonic_us();
        if (now - outside->asked_us >= TURN_MS * INT64_C(1000)) {
            TRY(outside->wanted(outside->arg));
            outside->asked_us = now;
        }
        *ready_out = ready > 0 ? p.revents : 0;
        if (ready > 0) return OK;
    }
}

/* What is written when the socket takes anything at all fits into it whole: frames are far smaller than its buffer. */
struct err outside_send(struct outside *outside, struct span bytes)
{
    for (; bytes.n > 0; bytes = span_sub(bytes, COURIER_DATA_MAX, bytes.n)) {
        short ready;
        TRY(wait_for(outside, POLLOUT, &ready));
        if ((ready & (POLLHUP | POLLERR)) != 0) return FAIL(ENGINE);
        TRY(channel_put_frame(outside->fd, COURIER_DATA, span_sub(bytes, 0, COURIER_DATA_MAX)));
    }
    return OK;
}

struct err outside_end(struct outside *outside, struct buf *document_out, enum courier_failure *failure_out)
{
    struct err e = channel_put_frame(outside->fd, COURIER_END, SPAN_NONE);
    if (err_failed(e) && e.code != ERR_CLOSED) return e;
    for (;;) {
        short ready;
        uint32_t type = 0;
        buf_reset(document_out);
        TRY(wait_for(outside, POLLIN, &ready));
        TRY(channel_take_frame(outside->fd, COURIER_RESULT_MAX, &type, document_out));
        struct span payload = buf_span(document_out);
        if (type == COURIER_PROGRESS) continue;
        if (type == COURIER_RESULT && json_valid(payload)) {
            *failure_out = FAILURE_NONE;
            return OK;
        }
        if (type != COURIER_FAILED || payload.n == 0 || payload.p[0] == FAILURE_NONE || payload.p[0] >= FAILURE_COUNT) return FAIL(BAD_FRAME);
        *failure_out = payload.p[0];
        return OK;
    }
}
