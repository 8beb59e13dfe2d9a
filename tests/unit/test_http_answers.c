/* Forms, uploads, answers, limits, pages and the description of the interface, without a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "http/answer.h"
#include "http/limiter.h"
#include "http/match.h"
#include "http/multipart.h"
#include "http/openapi.h"
#include "http/page.h"
#include "http/shapes.h"
#include "http/upload.h"

#define S(text) SPAN_LITERAL(text)

/* ---- forms ---- */

struct seen {
    struct buf log;
};
static struct err on_part(void *context, const struct multipart_part *part)
{
    struct seen *seen = context;
    buf_put_byte(&seen->log, '[');
    buf_put_span(&seen->log, part->name);
    if (part->has_file_name) {
        buf_put_byte(&seen->log, '|');
        buf_put_span(&seen->log, part->file_name);
    }
    buf_put_byte(&seen->log, ':');
    return OK;
}
static struct err on_data(void *context, struct span bytes)
{
    struct seen *seen = context;
    buf_put_span(&seen->log, bytes);
    return OK;
}
static struct err on_part_end(void *context)
{
    struct seen *seen = context;
    buf_put_byte(&seen->log, ']');
    return OK;
}

/* The same log for every size of pieces. */
static unsigned form(const char *type, struct span body, const char *expected)
{
    unsigned code = ERR_OK;
    for (size_t size = 1; size <= body.n + 1; size++) {
        struct seen seen = {.log = BUF_WITH_MAX(100000)};
        struct multipart m;
        struct multipart_user user = {on_part, on_data, on_part_end, &seen};
        struct err err = multipart_init(&m, span_text(type), user);
        for (size_t at = 0; at < body.n && !err_failed(err); at += size) err = multipart_push(&m, span_sub(body, at, size));
        if (!err_failed(err)) err = multipart_end(&m);
        if (size > 1 && err.code != code) fail_msg("%.*s: pieces of %zu: %u, not %u", (int)body.n, body.p, size, err.code, code);
        code = err.code;
        if (expected != NULL) assert_true(span_is(buf_span(&seen.log), expected));
        multipart_done(&m);
        buf_free(&seen.log);
    }
    return code;
}

#define TYPE "multipart/form-data; boundary=b-"
#define NOTES "Content-Disposition: form-data; name=\"notes\""

static void forms(void **state)
{
    (void)state;
    assert_int_equal(form(TYPE, S("--b-\r\n" NOTES "\r\n\r\nhello\r\n--b---\r\n"), "[notes:hello]"), ERR_OK);
    assert_int_equal(form(TYPE, S("\r\n--b-\r\n" NOTES "\r\n\r\n\r\n--b---"), "[notes:]"), ERR_OK);
    assert_int_equal(form(TYPE, S("--b-\r\n" NOTES "\r\n\r\na\r\n--b\r\n\r\n-\r\r\n--b-\r\n" NOTES "; filename=\"x\\\"y\\z\"\r\n\r\n\r\n\r\n--b---\r\n"),
                          "[notes:a\r\n--b\r\n\r\n-\r][notes|x\\\"y\\z:\r\n]"), ERR_OK);
    assert_int_equal(form(TYPE, S("--b-\r\n" NOTES "\r\n\r\nhello\r\n--b-"), NULL), ERR_BAD_MULTIPART);
    assert_int_equal(form(TYPE, S("--b-\n" NOTES "\n\nhello\n--b---\n"), NULL), ERR_BAD_MULTIPART);
    assert_int_equal(form(TYPE, S("x--b-\r\n" NOTES "\r\n\r\nhello\r\n--b---\r\n"), NULL), ERR_BAD_MULTIPART);
    assert_int_equal(form(TYPE, S("--b---\r\n"), NULL), ERR_BAD_MULTIPART);
    assert_int_equal(form(TYPE, S("--b-\r\n\r\nx\r\n--b---\r\n"), NULL), ERR_BAD_MULTIPART);
    assert_int_equal(form(TYPE, S("--b-\r\n" NOTES "\r\n" NOTES "\r\n\r\nx\r\n--b---\r\n"), NULL), ERR_BAD_MULTIPART);
    assert_int_equal(form(TYPE, S("--b-\r\n" NOTES ";\r\n\r\nx\r\n--b---\r\n"), NULL), ERR_BAD_MULTIPART);
    static const char *const types[] = {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=\"a",
                                        "multipart/form-data; boundary=a\x01", "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=a; boundary=a"};
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) assert_int_equal(form(types[i], SPAN_NONE, NULL), ERR_BAD_MULTIPART);
}

static void put_wav(struct buf *out, uint32_t data_bytes)
{
    static const uint8_t format[] = {16, 0, 0, 0, 1, 0, 1, 0, 0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 16, 0};
    buf_put_text(out, "RIFF");
    wire_put_u32(out, data_bytes + 36);
    buf_put_text(out, "WAVEfmt ");
    buf_put(out, format, sizeof format);
    buf_put_text(out, "data");
    wire_put_u32(out, data_bytes);
    for (uint32_t i = 0; i < data_bytes; i++) buf_put_byte(out, (uint8_t)(i * 7 + (i >> 9)));
}

static void uploads(void **state)
{
    (void)state;
    for (uint32_t size = 1000; size < 400000; size = size * 3 + 17) {
        struct buf body = BUF_WITH_MAX(1 << 20), got = BUF_WITH_MAX(1 << 20), file = BUF_WITH_MAX(1 << 20);
        put_wav(&file, size & ~1u);
        buf_put_text(&body, "--b-\r\n" NOTES "\r\n\r\nline\r\nline\r\n--b-\r\nContent-Disposition: form-data; name=\"file\"; filename=\"A.WAV\"\r\nContent-Type: audio/wav\r\n\r\n");
        buf_put_span(&body, buf_span(&file));
        buf_put_text(&body, "\r\n--b---\r\n");
        struct upload u;
        assert_int_equal(upload_init(&u, &route_table[ROUTE_SUBMIT_AUDIO], S(TYPE), 1 << 20).code, ERR_OK);
        u.request.route = ROUTE_SUBMIT_AUDIO;
        for (size_t at = 0; at < body.n; at += 9999) {
            assert_int_equal(upload_push(&u, span_sub(buf_span(&body), at, 9999)).code, ERR_OK);
            for (struct span chunk; (chunk = upload_chunk(&u)).n > 0; upload_take_chunk(&u, chunk.n)) buf_put_span(&got, chunk);
        }
        assert_int_equal(upload_end(&u).code, ERR_OK);
        assert_true(u.begun && span_equal(buf_span(&got), buf_span(&file)));
        assert_int_equal(u.request.field[0].p[0], MEDIA_WAV);
        assert_true(span_is(request_text(&u.request, 1), "line\nline"));
        assert_int_equal(route_check_request(&u.request).code, ERR_OK);
        upload_done(&u);
        assert_int_equal(upload_init(&u, &route_table[ROUTE_SUBMIT_AUDIO], S(TYPE), 900).code, ERR_OK);
        assert_int_equal(upload_push(&u, buf_span(&body)).code, ERR_TOO_LARGE);
        upload_done(&u);
        buf_free(&body);
        buf_free(&got);
        buf_free(&file);
    }
}

/* ---- answers ---- */

static const char *header(const struct answer *a, const char *name)
{
    for (unsigned i = 0; i < a->count; i++)
        if (strcmp(a->header[i].name, name) == 0) return a->header[i].value;
    return NULL;
}

static void answers(void **state)
{
    (void)state;
    static struct answer a;
    struct answer_rules rules;
    struct id id = {{0}};
    assert_int_equal(answer_rules_init(&rules, false, "2027-12-31").code, ERR_OK);
    assert_string_equal(rules.sunset, "Fri, 31 Dec 2027 23:59:59 GMT");
    assert_int_equal(answer_rules_init(&rules, false, "2027-13-31").code, ERR_CONFIG);
    assert_int_equal(answer_rules_init(&rules, false, "2027-12-31").code, ERR_OK);
    answer_begin(&a, &rules, 200, id);
    assert_string_equal(header(&a, "Strict-Transport-Security"), "max-age=63072000; includeSubDomains");
    assert_string_equal(header(&a, "X-Request-Id"), "00000000-0000-0000-0000-000000000000");
    struct response head = {.cookie = COOKIE_SET_ACCESS, .cookie_value = S("v"), .max_age_s = 600, .version = 7, .location = S("/submissions/x")};
    answer_put_response(&a, &head);
    assert_string_equal(header(&a, "Set-Cookie"), "__Host-at=v; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=600");
    assert_string_equal(header(&a, "ETag"), "\"v7\"");
    assert_string_equal(header(&a, "Location"), "/api/v1/submissions/x");
    assert_false(a.failed);
    answer_put_span(&a, "X", S("a\r\nSet-Cookie: b"));
    assert_true(a.failed);
    answer_begin(&a, &rules, 401, id);
    answer_put_response(&a, &(struct response){.cookie = COOKIE_CLEAR});
    assert_string_equal(header(&a, "Clear-Site-Data"), "\"cache\",\"cookies\",\"storage\"");
    assert_string_equal(header(&a, "WWW-Authenticate"), "Bearer error=\"invalid_token\"");
    static char long_value[5000];
    memset(long_value, 'x', sizeof long_value);
    answer_begin(&a, &rules, 200, id);
    answer_put_response(&a, &(struct response){.cookie = COOKIE_SET_ACCESS, .cookie_value = span_of(long_value, sizeof long_value)});
    assert_true(a.failed);
}

static void problems(void **state)
{
    (void)state;
    struct id id = {{0}};
    for (unsigned code = 1; code < ERR_COUNT; code++) { /* every problem is valid JSON and says its own status */
        struct buf text = BUF_WITH_MAX(4096);
        json_error_t error;
        const struct response head = {.error = (uint16_t)code, .field = S("</script>\"\n"), .detail = S("d"), .consent_missing = 5};
        answer_put_problem(&text, id, &head);
        json_t *problem = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &error);
        assert_non_null(problem);
        assert_int_equal(json_integer_value(json_object_get(problem, "status")), err_http_status(code));
        assert_null(memmem(text.p, text.n, "<", 1));
        json_decref(problem);
        buf_free(&text);
    }
}

static void limits(void **state)
{
    (void)state;
    struct limiter *limiter = limiter_new();
    int64_t now = SECONDS_US(1000);
    for (int i = 0; i < 10; i++) assert_true(limiter_take(limiter, LIMIT_AUTH, S("a"), now + i).allowed);
    struct limiter_verdict over = limiter_take(limiter, LIMIT_AUTH, S("a"), now + SECONDS_US(20));
    assert_true(!over.allowed && over.remaining == 0 && over.reset_s == 40);
    assert_true(limiter_take(limiter, LIMIT_AUTH, S("b"), now).allowed);
    assert_true(limiter_take(limiter, LIMIT_GENERAL, S("a"), now).allowed);
    assert_true(limiter_take(limiter, LIMIT_AUTH, S("a"), now + SECONDS_US(60)).allowed);
    for (unsigned i = 0; i < 100000; i++) (void)limiter_take(limiter, LIMIT_GENERAL, span_of(&i, sizeof i), now); /* bounded whatever comes */
    limiter_free(limiter);
    const uint8_t six[16] = {0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5}, four[16] = {[10] = 0xff, [11] = 0xff, [12] = 127};
    assert_int_equal(limiter_address(six).n, 8);
    assert_int_equal(limiter_address(four).n, 16);
}

static void pages(void **state)
{
    (void)state;
    char nonce[PAGE_NONCE_TEXT + 1];
    uint8_t random[16];
    memset(random, 0xff, sizeof random);
    page_nonce(random, nonce);
    assert_string_equal(nonce, "_____________________w");
    struct buf text = BUF_WITH_MAX(1 << 20);
    page_put_index(&text, nonce);
    assert_false(text.failed);
    assert_null(memmem(text.p, text.n, "__CSP_NONCE__", 13));
    assert_non_null(memmem(text.p, text.n, nonce, 22));
    buf_free(&text);
    assert_true(page_exists(S("/")) && page_exists(S("/patient/x")) && page_exists(S("/login")) && page_exists(S("/setup")));
    assert_false(page_exists(S("/api/v1/me")) || page_exists(S("/me")) || page_exists(S("/x.js")) || page_exists(S("/logout")) || page_exists(S("/a%2fb")));
}

static void description(void **state)
{
    (void)state;
    struct buf text = BUF_WITH_MAX(OPENAPI_MAX);
    json_error_t error;
    openapi_put(&text);
    json_t *whole = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    if (whole == NULL) fail_msg("%s at %d", error.text, error.position);
    json_t *paths = json_object_get(whole, "paths");
    for (unsigned i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = &route_table[i];
        if (route->path == NULL) continue;
        assert_non_null(json_object_get(paths, route->path));
        bool plain = route->answer == NULL || route->events || strcmp(route->answer, "file") == 0 || strcmp(route->answer, "openapi") == 0;
        if (!plain && shapes_find(route->answer) == NULL) fail_msg("no shape %s", route->answer);
    }
    for (const struct shape *shape = shapes_table; shape->name != NULL; shape++)
        for (unsigned i = 0; i < shape->count; i++)
            if (shape->members[i].of != NULL && shapes_find(shape->members[i].of) == NULL) fail_msg("no shape %s", shape->members[i].of);
    json_decref(whole);
    buf_reset(&text);
    openapi_put_matrix(&text);
    assert_non_null(memmem(text.p, text.n, "GET,/api/v1/get_all_results,no,no,yes,no,no,no,no\n", 50));
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms), cmocka_unit_test(uploads), cmocka_unit_test(answers), cmocka_unit_test(problems),
        cmocka_unit_test(limits), cmocka_unit_test(pages), cmocka_unit_test(description),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
