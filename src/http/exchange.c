/* The life of one request: from its address to the library's word that it is over. */
#include <stdlib.h>

#include "http/ascii.h"
#include "http/json_in.h"
#include "http/loop.h"
#include "http/page.h"

static struct exchange *slot_new(struct server *loop)
{
    if (loop->slot_count == loop->slot_room) {
        uint32_t room = loop->slot_room == 0 ? 64 : loop->slot_room * 2;
        struct exchange **slots = reallocarray(loop->slots, room, sizeof(struct exchange *));
        if (slots == NULL) return NULL;
        loop->slots = slots;
        loop->slot_room = room;
    }
    struct exchange *x = calloc(1, sizeof *x);
    if (x == NULL) return NULL;
    x->loop = loop;
    x->slot = loop->slot_count;
    x->uri = BUF_WITH_MAX(HEAD_URI_MAX + 1);
    loop->slots[loop->slot_count++] = x;
    return x;
}

/* Everything of the request before is gone but its memory; the generation makes its late frames strangers. */
static struct exchange *take(struct server *loop)
{
    struct exchange *x = loop->free_exchanges;
    if (x == NULL) return slot_new(loop);
    loop->free_exchanges = x->next_free;
    struct buf uri = x->uri;
    uint32_t slot = x->slot, generation = x->generation;
    *x = (struct exchange){.loop = loop, .slot = slot, .generation = generation + 1, .uri = uri};
    buf_reset(&x->uri);
    return x;
}

/* Suspending and resuming costs four system calls. Most answers of core come sooner than that pays: so a request first waits
   in the library's list of those with something to do, where each run calls us once more. */
static void change(struct exchange *x, enum stage stage, bool suspended)
{
    bool waited = !x->suspended && (x->stage == STAGE_WAIT || x->stage == STAGE_FLUSH);
    bool waits = !suspended && (stage == STAGE_WAIT || stage == STAGE_FLUSH);
    x->loop->waiting += (waits ? 1u : 0u) - (waited ? 1u : 0u);
    x->stage = (uint8_t)stage;
    x->suspended = suspended;
}

static void give_back(struct exchange *x)
{
    if (x->upload != NULL) {
        upload_done(x->upload);
        free(x->upload);
        x->upload = NULL;
    }
    change(x, STAGE_REPLY, false);
    buf_free(&x->body);
    buf_free(&x->stream.bytes);
    x->peer = NULL;
    x->connection = NULL;
    x->next_free = x->loop->free_exchanges;
    x->loop->free_exchanges = x;
}

uint64_t exchange_id(const struct exchange *x) { return (uint64_t)x->generation << 32 | (x->slot + 1u); }

struct exchange *exchange_find(struct server *loop, uint64_t id)
{
    uint32_t slot = (uint32_t)id - 1;
    if (slot >= loop->slot_count) return NULL;
    struct exchange *x = loop->slots[slot];
    return x->connection != NULL && x->asked && x->generation == (uint32_t)(id >> 32) ? x : NULL;
}

void exchange_stage(struct exchange *x, enum stage stage) { change(x, stage, x->suspended); }

void exchange_suspend(struct exchange *x)
{
    if (x->suspended) return;
    change(x, x->stage, true);
    MHD_suspend_connection(x->connection);
}

void exchange_resume(struct exchange *x)
{
    if (!x->suspended) return;
    change(x, x->stage, false);
    MHD_resume_connection(x->connection);
}

void *exchange_on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct server *loop = cls;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct peer *peer = info == NULL ? NULL : info->socket_context;
    struct exchange *x = peer == NULL ? NULL : take(loop);
    if (x == NULL) return NULL;
    x->peer = peer;
    x->connection = connection;
    x->request_id = loop_id(loop);
    x->raw_uri = uri;
    x->uri_bytes = uri == NULL ? 0 : strlen(uri);
    buf_put(&x->uri, uri, x->uri_bytes);
    peer->exchange = x;
    if (peer->has_asked && peer->since_us == 0) peer->since_us = loop->now_us;
    return x;
}

void exchange_on_end(void *cls, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode why)
{
    struct exchange *x = *context;
    (void)cls;
    (void)connection;
    (void)why;
    if (x == NULL) return;
    *context = NULL;
    if (x->asked) frame_put(&x->loop->out, FRAME_CANCEL, exchange_id(x), SPAN_NONE);
    if (x->peer != NULL) peer_request_done(x->peer);
    x->loop->progress = true; /* the next request may be in its buffer already */
    give_back(x);
}

static struct span sane_user_agent(struct exchange *x)
{
    struct span raw = span_sub(x->head.user_agent, 0, FRAME_USER_AGENT_MAX);
    uint8_t *to = arena_alloc(&x->loop->scratch, raw.n + 1);
    if (to == NULL) return SPAN_NONE;
    for (size_t i = 0; i < raw.n; i++) to[i] = raw.p[i] >= 0x20 && raw.p[i] < 0x7f ? raw.p[i] : '?';
    return span_of(to, raw.n);
}

/* What does not depend on fields. */
static void fill_request(struct exchange *x, struct request *request)
{
    request->route = x->match.route;
    request->auth = x->pass.auth;
    request->request_id = x->request_id;
    request->token = x->pass.token;
    request->csrf = x->pass.csrf;
    request->user_agent = sane_user_agent(x);
    memcpy(request->ip, x->peer->ip, sizeof request->ip);
}

static struct err read_fields(struct exchange *x, struct fields *fields)
{
    TRY(fields_path(fields, x->match.part));
    TRY(fields_query(fields, x->query));
    TRY(fields_headers(fields, x->head.if_match, x->head.range));
    TRY(fields_json(fields, buf_span(&x->body)));
    return fields_end(fields);
}

/* All of the request is here: one frame to core. */
static enum MHD_Result ask(struct exchange *x)
{
    struct server *loop = x->loop;
    struct request request = {.route = x->match.route};
    struct fields fields;
    if (err_failed(x->fault)) return reply_fault(x, x->fault);
    if (x->is_page) return reply_page(x);
    if (x->match.route == ROUTE_OPENAPI) return reply_openapi(x);
    if (loop->out.n > LOOP_OUT_REFUSE) return reply_fault(x, FAIL(OVERLOADED));
    arena_reset(&loop->scratch);
    fields_begin(&fields, &route_table[x->match.route], &request, &loop->scratch);
    struct err err = read_fields(x, &fields);
    if (err_failed(err)) {
        memcpy(x->blamed, fields.blamed, sizeof x->blamed);
        return reply_fault(x, err);
    }
    fill_request(x, &request);
    request_put(&loop->out, exchange_id(x), &request);
    x->asked = true;
    exchange_stage(x, STAGE_WAIT);
    return MHD_YES;
}

struct err transfer_request(struct exchange *x)
{
    arena_reset(&x->loop->scratch);
    fill_request(x, &x->upload->request);
    request_put(&x->loop->out, exchange_id(x), &x->upload->request);
    x->asked = true;
    return OK;
}

static enum MHD_Result open_request(struct exchange *x, const char *method, const char *version)
{
    x->opening = true;
    x->fault = opening_check(x, method, version);
    bool has_body = head_has_body(&x->head);
    x->stage = has_body ? STAGE_BODY : STAGE_READY;
    x->body_since_us = x->loop->now_us;
    x->body = BUF_WITH_MAX(FIELDS_JSON_MAX);
    if (!has_body && !x->damaged) { /* the library comes again at once; an answer given now would cost the connection */
        x->opening = false;
        return MHD_YES;
    }
    if (!err_failed(x->fault) && x->match.route < ROUTE_COUNT && route_table[x->match.route].multipart) x->fault = transfer_begin(x);
    enum MHD_Result result = err_failed(x->fault) ? reply_fault(x, x->fault) : MHD_YES;
    x->opening = false;
    return result;
}

static void take_body(struct exchange *x, struct span bytes)
{
    x->body_seen += bytes.n;
    x->loop->progress = true;
    if (x->stage == STAGE_UPLOAD) transfer_body(x, bytes);
    else if (x->stage == STAGE_BODY) {
        buf_put_span(&x->body, bytes);
        if (x->body.failed) reply_fault(x, FAIL(TOO_LARGE));
    }
}

enum MHD_Result exchange_on_call(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *data, size_t *size, void **context)
{
    struct exchange *x = *context;
    (void)cls;
    (void)connection;
    (void)url;
    if (x == NULL || x->peer == NULL) return MHD_NO;
    if (x->stage == STAGE_HEAD) return open_request(x, method, version);
    if (*size > 0) {
        take_body(x, span_of(data, *size));
        *size = 0;
        return MHD_YES;
    }
    switch ((enum stage)x->stage) {
    case STAGE_READY: case STAGE_BODY:
        x->stage = STAGE_READY;
        return ask(x);
    case STAGE_UPLOAD: return transfer_finish(x);
    case STAGE_FLUSH: case STAGE_WAIT:
        if (++x->recalls > LOOP_PATIENCE) exchange_suspend(x);
        return MHD_YES;
    case STAGE_HEAD: case STAGE_REPLY: return MHD_YES;
    case STAGE_SPOKEN: return MHD_NO; /* all has been said; close */
    }
    return MHD_NO;
}

void exchange_free_all(struct server *loop)
{
    for (uint32_t i = 0; i < loop->slot_count; i++) {
        buf_free(&loop->slots[i]->uri);
        free(loop->slots[i]);
    }
    free(loop->slots);
}
