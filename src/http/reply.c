/* Answers: from core's frames, or front's own, to the library. */
#include "http/ascii.h"
#include "http/library.h"
#include "http/loop.h"
#include "http/page.h"

enum { COPIED_BYTES = 2048 /* shorter bodies are copied, so that they do not hold core's block */ };

/* The library's older signatures lack const; it does not write there. */
static void *as_void(const void *p) { return (void *)(uintptr_t)p; }

static struct answer *begin(struct exchange *x, unsigned status)
{
    struct answer *answer = &x->loop->answer;
    answer_begin(answer, &x->loop->settings->rules, status, x->request_id);
    if (x->loop->stopping) answer_put(answer, "Connection", "close");
    if (x->match.old_path != NULL) answer_put_old_path(answer, &x->loop->settings->rules, x->path);
    if (x->limit.counted) {
        answer_put_number(answer, "RateLimit-Limit", x->limit.limit);
        answer_put_number(answer, "RateLimit-Remaining", x->limit.remaining);
        answer_put_number(answer, "RateLimit-Reset", x->limit.reset_s);
    }
    return answer;
}

/* Hands the answer over; takes `response` over. Outside of the library's calls a failure shows as a closed connection. */
static enum MHD_Result say(struct exchange *x, struct MHD_Response *response)
{
    struct MHD_Response *whole = library_response(&x->loop->answer, response);
    if (whole == NULL) return MHD_NO;
    exchange_stage(x, STAGE_REPLY);
    x->reply_since_us = x->loop->now_us;
    x->loop->progress = true;
    bool suspended = x->suspended;
    enum MHD_Result result = library_queue(x->connection, x->loop->answer.status, whole);
    MHD_destroy_response(whole);
    if (suspended) exchange_resume(x);
    return result;
}

/* Not before the body's end, unless the client waits to be asked for it, or the connection is to be closed at once. */
static bool library_takes(const struct exchange *x)
{
    if (x->opening) return x->damaged || x->head.expect.n > 0;
    return x->stage == STAGE_READY || x->stage == STAGE_FLUSH || x->stage == STAGE_WAIT;
}

static enum MHD_Result say_text(struct exchange *x)
{
    struct server *loop = x->loop;
    if (library_takes(x))
        return say(x, MHD_create_response_from_buffer(loop->text.n, loop->text.p, MHD_RESPMEM_MUST_COPY));
    struct buf whole = BUF_WITH_MAX(64 * 1024);
    answer_write(&loop->answer, buf_span(&loop->text), &whole);
    if (!whole.failed) library_speak(x->connection, x->peer->fd, buf_span(&whole));
    buf_free(&whole);
    exchange_stage(x, STAGE_SPOKEN);
    x->peer->linger_until_us = loop->now_us + LOOP_LINGER_US; /* closing at once would take the answer back from a client still sending */
    exchange_resume(x);
    return MHD_YES;
}

static enum MHD_Result problem(struct exchange *x, const struct response *head)
{
    struct server *loop = x->loop;
    unsigned code = head->error;
    buf_reset(&loop->text);
    answer_put_problem(&loop->text, x->request_id, head);
    struct answer *answer = begin(x, err_http_status(code));
    answer_api(answer, "application/problem+json");
    answer_put_response(answer, head);
    if (code == ERR_METHOD_NOT_ALLOWED) {
        struct buf allow = BUF_WITH_MAX(100);
        match_put_allow(&allow, x->path);
        if (allow.n == 0) buf_put_text(&allow, "GET, HEAD");
        answer_put_span(answer, "Allow", buf_span(&allow));
        buf_free(&allow);
    }
    if (code == ERR_RANGE && head->file_bytes > 0) {
        struct buf range = BUF_WITH_MAX(64);
        buf_put_text(&range, "bytes */");
        buf_put_u64(&range, head->file_bytes);
        answer_put_span(answer, "Content-Range", buf_span(&range));
        buf_free(&range);
    }
    return say_text(x);
}

enum MHD_Result reply_problem(struct exchange *x, struct err err, struct span field, struct span detail)
{
    struct response head = {.kind = RESPONSE_PROBLEM, .error = err.code, .field = field, .detail = detail};
    if (err.code == ERR_RATE_LIMITED) head.retry_after_s = (uint16_t)x->limit.reset_s;
    return problem(x, &head);
}

enum MHD_Result reply_fault(struct exchange *x, struct err err)
{
    return reply_problem(x, err, span_text(x->blamed), SPAN_NONE);
}

enum MHD_Result reply_openapi(struct exchange *x)
{
    struct span text = x->loop->settings->openapi;
    answer_api(begin(x, 200), "application/json");
    return say(x, MHD_create_response_from_buffer_with_free_callback_cls(text.n, as_void(text.p), NULL, NULL));
}

static enum MHD_Result reply_asset(struct exchange *x, const struct page_asset *asset)
{
    bool known = x->head.if_none_match.n > 0 &&
                 memmem(x->head.if_none_match.p, x->head.if_none_match.n, asset->etag, strlen(asset->etag)) != NULL;
    answer_asset(begin(x, known ? 304 : 200), asset->type, asset->etag, asset->immutable);
    size_t n = known ? 0 : (size_t)(asset->to - asset->from);
    return say(x, MHD_create_response_from_buffer_with_free_callback_cls(n, as_void(asset->from), NULL, NULL));
}

enum MHD_Result reply_page(struct exchange *x)
{
    struct server *loop = x->loop;
    const struct page_asset *asset = page_find(x->path);
    uint8_t random[16];
    char nonce[PAGE_NONCE_TEXT + 1];
    if (asset != NULL) return reply_asset(x, asset);
    loop_random(loop, random, sizeof random);
    page_nonce(random, nonce);
    buf_reset(&loop->text);
    page_put_index(&loop->text, nonce);
    if (loop->text.failed) return reply_fault(x, FAIL(INTERNAL));
    answer_page(begin(x, 200), nonce);
    return say(x, MHD_create_response_from_buffer(loop->text.n, loop->text.p, MHD_RESPMEM_MUST_COPY));
}

static struct MHD_Response *body_response(struct server *loop, struct span body)
{
    if (body.n <= COPIED_BYTES) return MHD_create_response_from_buffer(body.n, as_void(body.p), MHD_RESPMEM_MUST_COPY);
    void *held = intake_hold(&loop->intake);
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback_cls(body.n, as_void(body.p), intake_release, held);
    if (response == NULL) intake_release(held);
    return response;
}

static enum MHD_Result reply_json(struct exchange *x, const struct response *head)
{
    struct answer *answer = begin(x, head->status);
    answer_api(answer, head->kind == RESPONSE_JSON ? "application/json" : NULL);
    answer_put_response(answer, head);
    return say(x, body_response(x->loop, head->body));
}

/* ---- streams ---- */

static void pull(struct exchange *x)
{
    struct stream *s = &x->stream;
    if (s->events || s->pulled || s->left == 0 || !x->asked || s->bytes.n - s->taken > FRAME_CHUNK_MAX) return;
    frame_put(&x->loop->out, FRAME_PULL, exchange_id(x), SPAN_NONE);
    s->pulled = true;
}

static ssize_t read_stream(void *cls, uint64_t position, char *to, size_t max)
{
    struct exchange *x = cls;
    struct stream *s = &x->stream;
    (void)position;
    struct span ready = span_sub(buf_span(&s->bytes), s->taken, max);
    if (ready.n > 0) {
        memcpy(to, ready.p, ready.n);
        s->taken += ready.n;
        if (s->taken == s->bytes.n) {
            buf_reset(&s->bytes);
            s->taken = 0;
        }
        pull(x);
        x->loop->progress = true;
        return (ssize_t)ready.n;
    }
    if (s->ended) return s->complete ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
    pull(x);
    exchange_suspend(x);
    return 0;
}

static enum MHD_Result reply_stream(struct exchange *x, const struct response *head)
{
    bool events = head->kind == RESPONSE_EVENTS;
    struct stream *s = &x->stream;
    *s = (struct stream){.active = true, .events = events, .left = events ? 0 : head->range_bytes, .said_us = x->loop->now_us};
    s->bytes = BUF_WITH_MAX(events ? LOOP_EVENTS_MAX : 3 * FRAME_CHUNK_MAX);
    struct answer *answer = begin(x, head->status);
    if (events) answer_api(answer, "text/event-stream");
    else answer_file(answer, head);
    answer_put_response(answer, head);
    if (x->is_head || (!events && head->range_bytes == 0)) {
        frame_put(&x->loop->out, FRAME_CANCEL, exchange_id(x), SPAN_NONE);
        x->asked = false;
    }
    pull(x);
    uint64_t size = events ? MHD_SIZE_UNKNOWN : head->range_bytes;
    return say(x, MHD_create_response_from_callback(size, events ? 4096 : 32768, read_stream, x, NULL));
}

void reply_chunk(struct exchange *x, struct span bytes)
{
    struct stream *s = &x->stream;
    if (!s->active || s->ended) return;
    if (s->taken > 0) {
        buf_drop_front(&s->bytes, s->taken);
        s->taken = 0;
    }
    bool too_much = !s->events && bytes.n > s->left;
    if (!too_much) buf_put_span(&s->bytes, bytes);
    if (too_much || s->bytes.failed) s->ended = true; /* not complete */
    s->left -= s->events || too_much ? 0 : bytes.n;
    s->pulled = false;
    s->said_us = x->loop->now_us;
    pull(x);
    exchange_resume(x);
}

void reply_chunk_end(struct exchange *x, bool complete)
{
    x->asked = false;
    if (!x->stream.active || x->stream.ended) return;
    x->stream.ended = true;
    x->stream.complete = complete && (x->stream.events || x->stream.left == 0);
    exchange_resume(x);
}

void reply_heartbeat(struct exchange *x)
{
    if (x->stream.bytes.n > 0) return; /* it is not silence but a slow reader */
    buf_put_text(&x->stream.bytes, ":\n\n");
    x->stream.said_us = x->loop->now_us;
    exchange_resume(x);
}

struct err reply_response(struct exchange *x, struct span payload)
{
    struct response head;
    TRY(response_read(payload, &head));
    if (x->stage != STAGE_WAIT && x->stage != STAGE_FLUSH && x->stage != STAGE_UPLOAD) return FAIL(BAD_FRAME);
    bool streams = head.kind == RESPONSE_EVENTS || head.kind == RESPONSE_FILE;
    x->asked = streams;
    if (head.kind == RESPONSE_PROBLEM) {
        if (head.error == ERR_TOKEN_INVALID && x->limit.counted)
            (void)limiter_take(x->loop->settings->limiter, LIMITER_FAILURES, limiter_address(x->peer->ip), x->loop->now_us);
        (void)problem(x, &head);
        return OK;
    }
    if (!library_takes(x) || head.status < 200 || head.status > 299) return FAIL(BAD_FRAME); /* half an upload cannot succeed */
    enum MHD_Result result = streams ? reply_stream(x, &head) : reply_json(x, &head);
    if (result != MHD_YES) peer_end(x->peer);
    return OK;
}
