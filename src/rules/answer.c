/* Answers: rendered straight into the channel's buffer, between two waits, so that nothing is copied. */
#include "rules/loop_private.h"

struct json *call_answer(struct call *call, const struct response *head)
{
    struct buf *out = &call->channel->out;
    struct response full = *head;
    if (full.kind == RESPONSE_EMPTY && full.status != 204) full.kind = RESPONSE_JSON;
    call->answering = true;
    call->answer_place = response_begin(out, call->id, &full);
    call->json = JSON_TO(out);
    return &call->json;
}

void call_answer_end(struct call *call)
{
    struct buf *out = &call->channel->out;
    if (out->failed || out->n - call->answer_place > FRAME_PAYLOAD_MAX + FRAME_HEADER_BYTES) { /* a smaller page will do */
        call_answer_abandon(call);
        call_problem(call, FAIL(TOO_LARGE), SPAN_NONE, SPAN_NONE);
        return;
    }
    frame_end(out, call->answer_place);
    call->answering = false;
    call->answered = true;
}

void call_answer_abandon(struct call *call)
{
    if (!call->answering) return;
    call->channel->out.n = call->answer_place;
    call->channel->out.failed = false;
    call->answering = false;
}

void call_answer_empty(struct call *call, const struct response *head)
{
    struct buf *out = &call->channel->out;
    struct response full = *head;
    full.kind = RESPONSE_EMPTY;
    size_t place = response_begin(out, call->id, &full);
    frame_end(out, place);
    call->answered = true;
}

void call_problem(struct call *call, struct err e, struct span field, struct span detail)
{
    struct buf *out = &call->channel->out;
    struct response head = {.kind = RESPONSE_PROBLEM, .status = (uint16_t)err_http_status(e.code), .error = e.code, .field = field, .detail = detail};
    if (e.code == ERR_CONSENT_REQUIRED) head.consent_missing = (uint8_t)call->consent_missing;
    if (head.status == 503 || head.status == 429) head.retry_after_s = 2;
    size_t place = response_begin(out, call->id, &head);
    frame_end(out, place);
    call->answered = true;
}

void call_chunk(struct call *call, struct span bytes) { frame_put(&call->channel->out, FRAME_CHUNK, call->id, bytes); }

void call_chunk_end(struct call *call, bool complete)
{
    const uint8_t byte = complete;
    frame_put(&call->channel->out, FRAME_CHUNK_END, call->id, span_of(&byte, 1));
}
