/* What arrives on a channel: frames, and in them requests, ends of uploads and responses, typed by the route table. Whatever was
   taken is written again and must come out the same: nothing is understood in two ways. */
#include "wire/frame.h"
#include "wire/routes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) abort();
}

/* Every value that a handler may ask for. */
static void touch(const struct request *q)
{
    const struct route *route = &route_table[q->route];
    uint64_t sum = 0;
    for (unsigned i = 0; i < route->field_count; i++) {
        struct span text = request_text(q, i);
        for (size_t n = 0; n < text.n; n++) sum += text.p[n];
        switch ((enum field_type)route->fields[i].type) {
        case FIELD_ID: sum += request_field_id(q, i).b[0]; break;
        case FIELD_INTEGER: case FIELD_VERSION: {
            int64_t number = request_integer(q, i, route->fields[i].min);
            if (route->fields[i].type == FIELD_INTEGER) must(number >= route->fields[i].min && number <= route->fields[i].max);
            break;
        }
        case FIELD_WORD: {
            int64_t word = request_word(q, i, 0);
            for (int64_t w = 0; w <= word; w++) must(route->fields[i].words[w] != NULL);
            break;
        }
        case FIELD_AUDIO: case FIELD_PICTURE: must(!request_has(q, i) || media_type_name(text.p[0]) != NULL); break;
        default: break;
        }
    }
    volatile uint64_t used = sum;
    (void)used;
}

static void again(const struct buf *b, struct span payload, bool tail)
{
    struct frame frame;
    size_t used;
    must(!b->failed && !err_failed(frame_next(buf_span(b), &frame, &used)) && used == b->n);
    must(tail ? span_starts(payload, frame.payload) : span_equal(frame.payload, payload));
}

static void take_request(const struct frame *frame)
{
    struct request q;
    if (err_failed(request_read(frame->payload, &q))) return;
    struct buf b = BUF_WITH_MAX(FRAME_PAYLOAD_MAX * 2);
    request_put(&b, frame->id, &q);
    again(&b, frame->payload, false);
    buf_free(&b);
    if (!err_failed(route_check_request(&q))) touch(&q);
}

static void take_end(const struct frame *frame)
{
    struct request q = {.route = ROUTE_SUBMIT_AUDIO, .has_upload = true};
    bool complete;
    if (err_failed(body_end_read(frame->payload, &complete, &q))) return;
    if (!err_failed(route_check_request(&q))) touch(&q);
}

static void take_response(const struct frame *frame)
{
    struct response r;
    if (err_failed(response_read(frame->payload, &r))) return;
    struct buf b = BUF_WITH_MAX(FRAME_PAYLOAD_MAX * 2);
    size_t place = response_begin(&b, frame->id, &r);
    frame_end(&b, place);
    again(&b, frame->payload, true); /* the body follows */
    (void)err_http_status(r.error);
    (void)media_type_name(r.media_type);
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = span_of(data, size);
    for (;;) {
        struct frame frame;
        size_t used;
        if (err_failed(frame_next(rest, &frame, &used)) || used == 0) return 0;
        must(used >= FRAME_HEADER_BYTES && used <= rest.n && frame.payload.n == used - FRAME_HEADER_BYTES);
        if (frame.type == FRAME_REQUEST) take_request(&frame);
        if (frame.type == FRAME_BODY_END) take_end(&frame);
        if (frame.type == FRAME_RESPONSE) take_response(&frame);
        rest = span_sub(rest, used, rest.n);
    }
}
