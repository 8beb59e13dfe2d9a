#include "wire/frame.h"

#include "wire/routes.h"

void wire_put_u8(struct buf *b, uint8_t v) { buf_put_byte(b, v); }
void wire_put_u16(struct buf *b, uint16_t v) { buf_put(b, (const uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8)}, 2); }
void wire_put_u32(struct buf *b, uint32_t v)
{
    buf_put(b, (const uint8_t[]){(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)}, 4);
}
void wire_put_u64(struct buf *b, uint64_t v)
{
    wire_put_u32(b, (uint32_t)v);
    wire_put_u32(b, (uint32_t)(v >> 32));
}
void wire_put_span(struct buf *b, struct span s)
{
    if (s.n > UINT32_MAX) {
        b->failed = true;
        return;
    }
    wire_put_u32(b, (uint32_t)s.n);
    buf_put_span(b, s);
}

struct span wire_bytes(struct wire_reader *r, size_t n)
{
    if (r->failed || n > r->rest.n) {
        r->failed = true;
        return SPAN_NONE;
    }
    struct span s = span_sub(r->rest, 0, n);
    r->rest = span_sub(r->rest, n, r->rest.n);
    return s;
}

static uint64_t number(struct wire_reader *r, size_t bytes)
{
    struct span s = wire_bytes(r, bytes);
    uint64_t value = 0;
    for (size_t i = s.n; i-- > 0;) value = value << 8 | s.p[i];
    return value;
}
uint8_t wire_u8(struct wire_reader *r) { return (uint8_t)number(r, 1); }
uint16_t wire_u16(struct wire_reader *r) { return (uint16_t)number(r, 2); }
uint32_t wire_u32(struct wire_reader *r) { return (uint32_t)number(r, 4); }
uint64_t wire_u64(struct wire_reader *r) { return number(r, 8); }

struct span wire_span(struct wire_reader *r, size_t max)
{
    uint32_t n = wire_u32(r);
    if (n > max) {
        r->failed = true;
        return SPAN_NONE;
    }
    return wire_bytes(r, n);
}

struct err wire_end(const struct wire_reader *r) { return r->failed || r->rest.n > 0 ? FAIL(BAD_FRAME) : OK; }

size_t frame_begin(struct buf *out, enum frame_type type, uint64_t id)
{
    size_t place = out->n;
    wire_put_u32(out, 0);
    wire_put_u16(out, (uint16_t)type);
    wire_put_u16(out, 0);
    wire_put_u64(out, id);
    return place;
}

void frame_end(struct buf *out, size_t place)
{
    if (out->failed) return;
    size_t n = out->n - place - FRAME_HEADER_BYTES;
    if (n > FRAME_PAYLOAD_MAX) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < 4; i++) out->p[place + i] = (uint8_t)(n >> (8 * i));
}

void frame_put(struct buf *out, enum frame_type type, uint64_t id, struct span payload)
{
    size_t place = frame_begin(out, type, id);
    buf_put_span(out, payload);
    frame_end(out, place);
}

struct err frame_next(struct span bytes, struct frame *frame_out, size_t *used_out)
{
    *used_out = 0;
    if (bytes.n < FRAME_HEADER_BYTES) return OK;
    struct wire_reader r = {.rest = bytes};
    uint32_t n = wire_u32(&r);
    uint16_t type = wire_u16(&r);
    uint16_t flags = wire_u16(&r);
    uint64_t id = wire_u64(&r);
    if (n > FRAME_PAYLOAD_MAX || type == 0 || type >= FRAME_TYPE_COUNT || flags != 0) return FAIL(BAD_FRAME);
    if (r.rest.n < n) return OK;
    *frame_out = (struct frame){.type = type, .id = id, .payload = span_sub(r.rest, 0, n)};
    *used_out = FRAME_HEADER_BYTES + n;
    return OK;
}

static void put_fields(struct buf *out, const struct request *request)
{
    wire_put_u32(out, request->has_field);
    for (unsigned i = 0; i < FRAME_FIELDS_MAX; i++)
        if ((request->has_field >> i & 1u) != 0) wire_put_span(out, request->field[i]);
}

static void read_fields(struct wire_reader *r, struct request *request)
{
    uint32_t has = wire_u32(r);
    if (has >> FRAME_FIELDS_MAX != 0) r->failed = true;
    for (unsigned i = 0; i < FRAME_FIELDS_MAX && !r->failed; i++)
        if ((has >> i & 1u) != 0) request->field[i] = wire_span(r, FRAME_PAYLOAD_MAX);
    request->has_field |= has;
}

void request_put(struct buf *out, uint64_t id, const struct request *request)
{
    size_t place = frame_begin(out, FRAME_REQUEST, id);
    wire_put_u16(out, request->route);
    wire_put_u8(out, request->auth);
    wire_put_u8(out, request->has_upload);
    buf_put(out, request->ip, sizeof request->ip);
    buf_put(out, request->request_id.b, ID_BYTES);
    wire_put_span(out, request->token);
    wire_put_span(out, request->csrf);
    wire_put_span(out, request->user_agent);
    put_fields(out, request);
    frame_end(out, place);
}

struct err request_read(struct span payload, struct request *request_out)
{
    struct wire_reader r = {.rest = payload};
    struct request *q = request_out;
    *q = (struct request){.route = wire_u16(&r)};
    q->auth = wire_u8(&r);
    uint8_t upload = wire_u8(&r);
    struct span ip = wire_bytes(&r, sizeof q->ip);
    struct span request_id = wire_bytes(&r, ID_BYTES);
    q->token = wire_span(&r, FRAME_TOKEN_MAX);
    q->csrf = wire_span(&r, FRAME_TOKEN_MAX);
    q->user_agent = wire_span(&r, FRAME_USER_AGENT_MAX);
    read_fields(&r, q);
    TRY(wire_end(&r));
    if (q->auth > AUTH_COOKIE || upload > 1) return FAIL(BAD_FRAME);
    q->has_upload = upload != 0;
    memcpy(q->ip, ip.p, sizeof q->ip);
    memcpy(q->request_id.b, request_id.p, ID_BYTES);
    return OK;
}

void body_end_put(struct buf *out, uint64_t id, bool complete, const struct request *late_fields)
{
    size_t place = frame_begin(out, FRAME_BODY_END, id);
    wire_put_u8(out, complete);
    if (late_fields != NULL) put_fields(out, late_fields);
    else wire_put_u32(out, 0);
    frame_end(out, place);
}

struct err body_end_read(struct span payload, bool *complete_out, struct request *merged)
{
    struct wire_reader r = {.rest = payload};
    *complete_out = wire_u8(&r) == 1;
    read_fields(&r, merged);
    return wire_end(&r);
}

size_t response_begin(struct buf *out, uint64_t id, const struct response *h)
{
    size_t place = frame_begin(out, FRAME_RESPONSE, id);
    wire_put_u16(out, h->status);
    wire_put_u8(out, h->kind);
    wire_put_u8(out, h->cookie);
    wire_put_u16(out, h->error);
    wire_put_u16(out, h->retry_after_s);
    wire_put_u32(out, h->max_age_s);
    wire_put_u8(out, h->media_type);
    wire_put_u64(out, h->version);
    wire_put_u64(out, h->file_bytes);
    wire_put_u64(out, h->range_from);
    wire_put_u64(out, h->range_bytes);
    wire_put_span(out, h->cookie_value);
    wire_put_span(out, h->location);
    wire_put_span(out, h->field);
    wire_put_span(out, h->detail);
    wire_put_u8(out, h->consent_missing);
    return place;
}

struct err response_read(struct span payload, struct response *o)
{
    struct wire_reader r = {.rest = payload};
    *o = (struct response){.status = wire_u16(&r)};
    o->kind = wire_u8(&r);
    o->cookie = wire_u8(&r);
    o->error = wire_u16(&r);
    o->retry_after_s = wire_u16(&r);
    o->max_age_s = wire_u32(&r);
    o->media_type = wire_u8(&r);
    o->version = wire_u64(&r);
    o->file_bytes = wire_u64(&r);
    o->range_from = wire_u64(&r);
    o->range_bytes = wire_u64(&r);
    o->cookie_value = wire_span(&r, 4096);
    o->location = wire_span(&r, 256);
    o->field = wire_span(&r, 64);
    o->detail = wire_span(&r, 1024);
    o->consent_missing = wire_u8(&r);
    if (r.failed || o->kind > RESPONSE_FILE || o->cookie > COOKIE_CLEAR || o->consent_missing >= 1 << CONSENT_TYPES) return FAIL(BAD_FRAME);
    o->body = r.rest;
    return OK;
}
