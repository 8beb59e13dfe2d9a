/* wire: frames and messages from a sender that may lie. Everything that does not fit is refused, nothing is read beyond its end. */
#include "wire/frame.h"
#include "wire/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct id some_id = {{1, 2, 3, 4, 5, 6, 0x47, 8, 0x89, 10, 11, 12, 13, 14, 15, 16}};

/* A copy that ends where its allocation ends, so that a sanitizer sees one byte further. */
static struct span exactly(struct span s)
{
    uint8_t *p = malloc(s.n + (s.n == 0));
    assert_non_null(p);
    if (s.n > 0) memcpy(p, s.p, s.n);
    return span_of(p, s.n);
}

static void release(struct span s) { free((void *)(uintptr_t)s.p); }

/* --- frames */

static void frames_come_in_any_pieces(void **state)
{
    (void)state;
    struct buf b = BUF_WITH_MAX(1 << 20);
    frame_put(&b, FRAME_CHUNK, 7, SPAN_LITERAL("abc"));
    frame_put(&b, FRAME_PULL, UINT64_MAX, SPAN_NONE);
    for (size_t n = 0; n < b.n; n++) {
        struct span cut = exactly(span_sub(buf_span(&b), 0, n));
        struct frame frame;
        size_t used;
        assert_false(err_failed(frame_next(cut, &frame, &used)));
        assert_int_equal(used, n < FRAME_HEADER_BYTES + 3 ? 0 : FRAME_HEADER_BYTES + 3);
        release(cut);
    }
    struct frame frame;
    size_t used;
    assert_false(err_failed(frame_next(buf_span(&b), &frame, &used)));
    assert_int_equal(frame.type, FRAME_CHUNK);
    assert_int_equal(frame.id, 7);
    assert_true(span_is(frame.payload, "abc"));
    assert_false(err_failed(frame_next(span_sub(buf_span(&b), used, SIZE_MAX), &frame, &used)));
    assert_true(frame.id == UINT64_MAX);
    assert_int_equal(frame.payload.n, 0);
    buf_free(&b);
}

static void header_is(uint32_t length, uint16_t type, uint16_t flags, bool good)
{
    struct buf b = BUF_WITH_MAX(64);
    struct frame frame;
    size_t used;
    wire_put_u32(&b, length);
    wire_put_u16(&b, type);
    wire_put_u16(&b, flags);
    wire_put_u64(&b, 1);
    struct err e = frame_next(buf_span(&b), &frame, &used);
    assert_int_equal(e.code, good ? ERR_OK : ERR_BAD_FRAME);
    if (length > 0) assert_int_equal(used, 0);
    buf_free(&b);
}

static void frames_that_cannot_be(void **state)
{
    (void)state;
    header_is(0, FRAME_REQUEST, 0, true);
    header_is(FRAME_PAYLOAD_MAX, FRAME_REQUEST, 0, true);
    const uint32_t lengths[] = {FRAME_PAYLOAD_MAX + 1, INT32_MAX, (uint32_t)INT32_MAX + 1, UINT32_MAX - 16, UINT32_MAX - 15, UINT32_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) header_is(lengths[i], FRAME_REQUEST, 0, false);
    header_is(0, 0, 0, false);
    header_is(0, FRAME_TYPE_COUNT, 0, false);
    header_is(0, 0xffff, 0, false);
    header_is(0, FRAME_REQUEST, 1, false);
    header_is(0, FRAME_REQUEST, 0x8000, false);
}

static void a_frame_too_large_is_not_written(void **state)
{
    (void)state;
    struct buf b = BUF_WITH_MAX((size_t)FRAME_PAYLOAD_MAX * 2);
    uint8_t *much = calloc(1, FRAME_PAYLOAD_MAX + 1);
    assert_non_null(much);
    frame_put(&b, FRAME_CHUNK, 1, span_of(much, FRAME_PAYLOAD_MAX));
    assert_false(b.failed);
    buf_reset(&b);
    frame_put(&b, FRAME_CHUNK, 1, span_of(much, FRAME_PAYLOAD_MAX + 1));
    assert_true(b.failed);
    free(much);
    buf_free(&b);
}

/* --- primitives */

static void readers_fail_closed(void **state)
{
    (void)state;
    const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 0x88};
    struct wire_reader r = {.rest = span_of(bytes, sizeof bytes)};
    assert_true(wire_u64(&r) == 0x8807060504030201u);
    assert_false(err_failed(wire_end(&r)));
    assert_int_equal(wire_u8(&r), 0);
    assert_true(r.failed);
    r = (struct wire_reader){.rest = span_of(bytes, 3)};
    assert_int_equal(wire_u32(&r), 0);
    assert_int_equal(wire_u8(&r), 0); /* nothing more after the first failure */
    assert_true(err_failed(wire_end(&r)));
    const uint32_t lengths[] = {5, 0x7fffffff, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < 4; i++) {
        struct buf b = BUF_WITH_MAX(64);
        wire_put_u32(&b, lengths[i]);
        buf_put(&b, bytes, 4);
        r = (struct wire_reader){.rest = buf_span(&b)};
        struct span s = wire_span(&r, SIZE_MAX);
        assert_true(r.failed && s.n == 0);
        buf_free(&b);
    }
    r = (struct wire_reader){.rest = SPAN_NONE};
    assert_int_equal(wire_bytes(&r, SIZE_MAX).n, 0);
    assert_true(r.failed);
}

/* --- requests */

static struct request sample(void)
{
    struct request q = {.route = ROUTE_DRAFT, .auth = AUTH_COOKIE, .request_id = some_id, .token = SPAN_LITERAL("token"), .csrf = SPAN_LITERAL("csrf"),
                        .user_agent = SPAN_LITERAL("agent")};
    memset(q.ip, 9, sizeof q.ip);
    static const uint8_t version[8] = {3};
    q.has_field = 7;
    q.field[0] = span_of(some_id.b, ID_BYTES);
    q.field[1] = span_of(version, 8);
    q.field[2] = SPAN_LITERAL("the text");
    return q;
}

static struct span payload_of(struct buf *b)
{
    struct frame frame;
    size_t used;
    assert_false(err_failed(frame_next(buf_span(b), &frame, &used)));
    assert_int_equal(used, b->n);
    return frame.payload;
}

static void requests_round_trip(void **state)
{
    (void)state;
    struct buf b = BUF_WITH_MAX(1 << 16);
    struct request q = sample(), back;
    request_put(&b, 12, &q);
    struct span payload = exactly(payload_of(&b));
    assert_false(err_failed(request_read(payload, &back)));
    assert_int_equal(back.route, q.route);
    assert_int_equal(back.auth, q.auth);
    assert_memory_equal(back.ip, q.ip, 16);
    assert_true(id_equal(back.request_id, q.request_id));
    assert_true(span_equal(back.token, q.token) && span_equal(back.csrf, q.csrf) && span_equal(back.user_agent, q.user_agent));
    assert_int_equal(back.has_field, 7);
    for (unsigned i = 0; i < 3; i++) assert_true(span_equal(back.field[i], q.field[i]));
    assert_false(err_failed(route_check_request(&back)));
    assert_true(id_equal(request_field_id(&back, 0), some_id));
    assert_int_equal(request_integer(&back, 1, 0), 3);
    assert_true(span_is(request_text(&back, 2), "the text"));
    assert_int_equal(request_integer(&back, 5, 42), 42);
    assert_int_equal(request_text(&back, 5).n, 0);
    for (size_t n = 0; n < payload.n; n++) { /* truncated at every byte */
        struct span cut = exactly(span_sub(payload, 0, n));
        assert_int_equal(request_read(cut, &back).code, ERR_BAD_FRAME);
        release(cut);
    }
    uint8_t *longer = malloc(payload.n + 1); /* and with one byte too many */
    assert_non_null(longer);
    memcpy(longer, payload.p, payload.n);
    longer[payload.n] = 0;
    assert_int_equal(request_read(span_of(longer, payload.n + 1), &back).code, ERR_BAD_FRAME);
    free(longer);
    for (size_t at = 0; at < payload.n; at++) { /* any byte changed: refused, or read within its bounds and then typed */
        for (unsigned bit = 0; bit < 8; bit++) {
            struct span changed = exactly(payload);
            ((uint8_t *)(uintptr_t)changed.p)[at] ^= (uint8_t)(1u << bit);
            if (!err_failed(request_read(changed, &back))) IGNORE(route_check_request(&back));
            release(changed);
        }
    }
    release(payload);
    buf_free(&b);
}

static void requests_refused(void **state)
{
    (void)state;
    struct request q = sample(), back;
    struct buf b = BUF_WITH_MAX(1 << 16);
    uint8_t many[FRAME_TOKEN_MAX + 1] = {0};
    q.auth = AUTH_COOKIE + 1;
    request_put(&b, 1, &q);
    assert_int_equal(request_read(payload_of(&b), &back).code, ERR_BAD_FRAME);
    q = sample();
    q.token = span_of(many, sizeof many);
    buf_reset(&b);
    request_put(&b, 1, &q);
    assert_int_equal(request_read(payload_of(&b), &back).code, ERR_BAD_FRAME);
    q = sample();
    q.user_agent = span_of(many, FRAME_USER_AGENT_MAX + 1);
    buf_reset(&b);
    request_put(&b, 1, &q);
    assert_int_equal(request_read(payload_of(&b), &back).code, ERR_BAD_FRAME);
    q = sample();
    q.has_field = 1u << FRAME_FIELDS_MAX; /* no such field */
    buf_reset(&b);
    request_put(&b, 1, &q);
    assert_int_equal(request_read(payload_of(&b), &back).code, ERR_BAD_FRAME);
    buf_free(&b);
}

static void body_ends_round_trip(void **state)
{
    (void)state;
    struct buf b = BUF_WITH_MAX(4096);
    struct request late = {.has_field = 2}, merged = {.has_field = 1, .field[0] = SPAN_LITERAL("x")};
    late.field[1] = SPAN_LITERAL("remark");
    bool complete = false;
    body_end_put(&b, 3, true, &late);
    assert_false(err_failed(body_end_read(payload_of(&b), &complete, &merged)));
    assert_true(complete);
    assert_int_equal(merged.has_field, 3);
    assert_true(span_is(merged.field[0], "x") && span_is(merged.field[1], "remark"));
    struct span payload = exactly(payload_of(&b));
    for (size_t n = 0; n < payload.n; n++) {
        struct span cut = exactly(span_sub(payload, 0, n));
        struct request m = {0};
        assert_int_equal(body_end_read(cut, &complete, &m).code, ERR_BAD_FRAME);
        release(cut);
    }
    release(payload);
    buf_reset(&b);
    body_end_put(&b, 3, false, NULL);
    assert_false(err_failed(body_end_read(payload_of(&b), &complete, &merged)));
    assert_false(complete);
    buf_free(&b);
}

/* --- responses */

static void responses_round_trip(void **state)
{
    (void)state;
    struct buf b = BUF_WITH_MAX(1 << 16);
    const struct response head = {
        .status = 206, .kind = RESPONSE_FILE, .cookie = COOKIE_SET_REFRESH, .error = ERR_RANGE, .retry_after_s = 60000, .version = UINT64_MAX,
        .max_age_s = UINT32_MAX, .media_type = MEDIA_PDF, .file_bytes = UINT64_MAX - 1, .range_from = (uint64_t)1 << 63, .range_bytes = 5,
        .cookie_value = SPAN_LITERAL("value"), .location = SPAN_LITERAL("/submissions/1"), .field = SPAN_LITERAL("name"), .detail = SPAN_LITERAL("why"),
    };
    struct response back;
    size_t place = response_begin(&b, 9, &head);
    buf_put_text(&b, "{\"a\":1}");
    frame_end(&b, place);
    struct span payload = exactly(payload_of(&b));
    assert_false(err_failed(response_read(payload, &back)));
    assert_int_equal(back.status, 206);
    assert_int_equal(back.kind, RESPONSE_FILE);
    assert_int_equal(back.cookie, COOKIE_SET_REFRESH);
    assert_int_equal(back.error, ERR_RANGE);
    assert_int_equal(back.retry_after_s, 60000);
    assert_true(back.version == UINT64_MAX && back.max_age_s == UINT32_MAX && back.file_bytes == UINT64_MAX - 1);
    assert_true(back.range_from == (uint64_t)1 << 63 && back.range_bytes == 5 && back.media_type == MEDIA_PDF);
    assert_true(span_is(back.cookie_value, "value") && span_is(back.location, "/submissions/1") && span_is(back.field, "name"));
    assert_true(span_is(back.detail, "why") && span_is(back.body, "{\"a\":1}"));
    size_t head_bytes = payload.n - back.body.n;
    for (size_t n = 0; n < head_bytes; n++) {
        struct span cut = exactly(span_sub(payload, 0, n));
        assert_int_equal(response_read(cut, &back).code, ERR_BAD_FRAME);
        release(cut);
    }
    struct span wrong = exactly(payload);
    ((uint8_t *)(uintptr_t)wrong.p)[2] = RESPONSE_FILE + 1;
    assert_int_equal(response_read(wrong, &back).code, ERR_BAD_FRAME);
    ((uint8_t *)(uintptr_t)wrong.p)[2] = RESPONSE_FILE;
    ((uint8_t *)(uintptr_t)wrong.p)[3] = COOKIE_CLEAR + 1;
    assert_int_equal(response_read(wrong, &back).code, ERR_BAD_FRAME);
    release(wrong);
    release(payload);
    buf_free(&b);
}

/* --- the table, and values that do not fit it */

static uint8_t room[4 * 200000 + 64];

/* A value that fits: the smallest one. */
static struct span fitting(const struct field *field)
{
    memset(room, 0, 64);
    switch ((enum field_type)field->type) {
    case FIELD_WORD: case FIELD_BOOL: return span_of(room, 1);
    case FIELD_ID: return span_of(some_id.b, ID_BYTES);
    case FIELD_INTEGER:
        for (unsigned i = 0; i < 8; i++) room[i] = (uint8_t)((uint64_t)field->min >> (8 * i));
        return span_of(room, 8);
    case FIELD_VERSION: case FIELD_TIME: return span_of(room, 8);
    case FIELD_WORDS: return span_of(room, 0);
    case FIELD_RANGE: return span_of(room, 16);
    case FIELD_AUDIO: room[0] = MEDIA_WAV; return span_of(room, 1);
    case FIELD_PICTURE: room[0] = MEDIA_JPEG; return span_of(room, 1);
    default:
        memset(room, 'a', (size_t)field->min + 1);
        return span_of(room, (size_t)field->min);
    }
}

static struct request whole(unsigned route, struct span *keep)
{
    struct request q = {.route = (uint16_t)route, .has_upload = route_table[route].multipart};
    for (unsigned i = 0; i < route_table[route].field_count; i++) {
        keep[i] = exactly(fitting(&route_table[route].fields[i]));
        q.field[i] = keep[i];
        q.has_field |= 1u << i;
    }
    return q;
}

static void refused(struct request q, unsigned field, struct span value)
{
    struct span exact = exactly(value);
    q.field[field] = exact;
    if (route_check_request(&q).code != ERR_BAD_FRAME)
        fail_msg("route %u field %s: a value of %zu bytes was taken", q.route, route_table[q.route].fields[field].name, value.n);
    release(exact);
}

static void refuse_integer(struct request q, unsigned i, int64_t value)
{
    for (unsigned n = 0; n < 8; n++) room[n] = (uint8_t)((uint64_t)value >> (8 * n));
    refused(q, i, span_of(room, 8));
}

static void misuse_value(struct request q, unsigned i)
{
    const struct field *field = &route_table[q.route].fields[i];
    memset(room, 0, 64);
    switch ((enum field_type)field->type) {
    case FIELD_WORD: {
        unsigned count = 0;
        while (field->words[count] != NULL) count++;
        const unsigned wrong[] = {count, count + 1, 127, 128, 255};
        for (size_t n = 0; n < 5; n++) {
            room[0] = (uint8_t)wrong[n];
            refused(q, i, span_of(room, 1));
        }
        refused(q, i, span_of(room, 0));
        refused(q, i, span_of(room, 2));
        return;
    }
    case FIELD_BOOL:
        refused(q, i, span_of(room, 0));
        refused(q, i, span_of(room, 2));
        for (unsigned n = 2; n < 256; n++) {
            room[0] = (uint8_t)n;
            refused(q, i, span_of(room, 1));
        }
        return;
    case FIELD_INTEGER:
        for (size_t n = 0; n < 17; n++)
            if (n != 8) refused(q, i, span_of(room, n));
        if (field->min > INT64_MIN) refuse_integer(q, i, field->min - 1);
        if (field->max < INT64_MAX) refuse_integer(q, i, field->max + 1);
        if (field->min >= 0) refuse_integer(q, i, INT64_MIN);
        return;
    case FIELD_ID: case FIELD_RANGE:
        for (size_t n = 0; n < 40; n++)
            if (n != 16) refused(q, i, span_of(room, n));
        return;
    case FIELD_WORDS: {
        const uint8_t twice[] = {1, 0, 1}, unknown[] = {0, 31}, far[] = {255};
        refused(q, i, span_of(twice, sizeof twice));
        refused(q, i, span_of(unknown, sizeof unknown));
        refused(q, i, span_of(far, sizeof far));
        return;
    }
    case FIELD_VERSION: case FIELD_TIME:
        for (size_t n = 0; n < 17; n++)
            if (n != 8) refused(q, i, span_of(room, n));
        return;
    case FIELD_AUDIO: case FIELD_PICTURE:
        for (unsigned type = 0; type < 256; type++) {
            room[0] = (uint8_t)type;
            bool audio = type >= MEDIA_WAV && type <= MEDIA_WEBM, picture = type >= MEDIA_JPEG && type <= MEDIA_PDF;
            if (!(field->type == FIELD_AUDIO ? audio : picture)) refused(q, i, span_of(room, 1));
        }
        room[0] = field->type == FIELD_AUDIO ? MEDIA_WAV : MEDIA_JPEG;
        refused(q, i, span_of(room, 0));
        refused(q, i, span_of(room, 2));
        return;
    default:
        memset(room, 'a', (size_t)field->max * 4 + 1);
        refused(q, i, span_of(room, (size_t)field->max * 4 + 1));
        if (field->min > 0) refused(q, i, span_of(room, (size_t)field->min - 1));
        memcpy(room, "abc\xff" "def\xc3\xa9", 9);
        refused(q, i, span_of(room, 9)); /* not UTF-8 */
        return;
    }
}

static void misuse_of_every_field_of_every_route(void **state)
{
    (void)state;
    for (unsigned route = 0; route < ROUTE_COUNT; route++) {
        const struct route *row = &route_table[route];
        struct span keep[FRAME_FIELDS_MAX];
        struct request q = whole(route, keep);
        assert_false(err_failed(route_check_request(&q)));
        for (unsigned i = 0; i < row->field_count; i++) {
            misuse_value(q, i);
            struct request without = q;
            without.has_field &= ~(1u << i);
            assert_int_equal(route_check_request(&without).code, row->fields[i].required ? ERR_BAD_FRAME : ERR_OK);
        }
        struct request more = q;
        more.has_field |= 1u << row->field_count; /* a field that the route does not have */
        assert_int_equal(route_check_request(&more).code, ERR_BAD_FRAME);
        more = q;
        more.has_upload = !q.has_upload;
        assert_int_equal(route_check_request(&more).code, ERR_BAD_FRAME);
        for (unsigned i = 0; i < row->field_count; i++) release(keep[i]);
    }
    struct request none = {.route = ROUTE_COUNT};
    assert_int_equal(route_check_request(&none).code, ERR_BAD_FRAME);
    none.route = UINT16_MAX;
    assert_int_equal(route_check_request(&none).code, ERR_BAD_FRAME);
}

static void the_route_table_is_whole(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROUTE_COUNT; i++) {
        const struct route *r = &route_table[i];
        assert_true(r->field_count <= FRAME_FIELDS_MAX);
        assert_int_not_equal(r->who, 0);
        assert_non_null(r->summary);
        if ((r->who & WHO_HOST) != 0) assert_null(r->path); /* never by HTTP */
        else assert_true(r->path != NULL && r->method != NULL && r->success >= 200 && r->success < 300);
        for (unsigned f = 0; f < r->field_count; f++) {
            assert_non_null(r->fields[f].name);
            if (r->fields[f].type == FIELD_WORD) assert_non_null(r->fields[f].words);
            for (unsigned g = 0; g < f; g++) assert_string_not_equal(r->fields[f].name, r->fields[g].name);
        }
        for (unsigned other = 0; other < i; other++)
            if (r->path != NULL && route_table[other].path != NULL && strcmp(r->path, route_table[other].path) == 0)
                assert_string_not_equal(r->method, route_table[other].method);
    }
    for (const struct route_alias *a = route_aliases; a->path != NULL; a++) assert_true(a->route < ROUTE_COUNT);
    for (unsigned type = 0; type < 300; type++) assert_true((media_type_name(type) != NULL) == (type > MEDIA_NONE && type < MEDIA_TYPE_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_in_any_pieces), cmocka_unit_test(frames_that_cannot_be), cmocka_unit_test(a_frame_too_large_is_not_written),
        cmocka_unit_test(readers_fail_closed), cmocka_unit_test(requests_round_trip), cmocka_unit_test(requests_refused),
        cmocka_unit_test(body_ends_round_trip), cmocka_unit_test(responses_round_trip), cmocka_unit_test(misuse_of_every_field_of_every_route),
        cmocka_unit_test(the_route_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
