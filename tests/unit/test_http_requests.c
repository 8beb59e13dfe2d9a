/* Heads, hosts, authentication, routes and typed fields, without a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/ascii.h"
#include "http/fields.h"
#include "http/gate.h"
#include "http/head.h"
#include "http/json_in.h"
#include "http/match.h"
#include "http/text.h"

#define S(text) SPAN_LITERAL(text)

/* ---- heads ---- */

static struct head head_of(const char *const *lines)
{
    struct head head = HEAD_EMPTY;
    for (; *lines != NULL; lines += 2) head_add(&head, span_text(lines[0]), span_text(lines[1]));
    return head;
}
#define HEAD(...) head_of((const char *const[]){"Host", "localhost", __VA_ARGS__ __VA_OPT__(, ) NULL})

static unsigned head_code(struct head head, bool is_http_1_0) { return head_end(&head, is_http_1_0).code; }

static void heads(void **state)
{
    (void)state;
    assert_int_equal(head_code(HEAD(), false), ERR_OK);
    assert_int_equal(head_code(HEAD("HOST", "x"), false), ERR_BAD_REQUEST);
    assert_int_equal(head_code(HEAD("Content-Length", "5"), false), ERR_OK);
    assert_int_equal(head_code(HEAD("content-length", "5", "Content-Length", "5"), false), ERR_BAD_REQUEST);
    assert_int_equal(head_code(HEAD("Content-Length", "5", "Transfer-Encoding", "chunked"), false), ERR_BAD_REQUEST);
    assert_int_equal(head_code(HEAD("Transfer-Encoding", "Chunked"), false), ERR_OK);
    assert_int_equal(head_code(HEAD("Transfer-Encoding", "chunked"), true), ERR_BAD_REQUEST);
    assert_int_equal(head_code(HEAD("Transfer-Encoding", "chunked, chunked"), false), ERR_BAD_REQUEST);
    assert_int_equal(head_code(HEAD("Transfer-Encoding", ""), false), ERR_BAD_REQUEST);
    static const char *const lengths[] = {"+5", "-5", "0x5", "5,5", "5 5", "", " ", "5.0", "5\t"};
    for (unsigned i = 0; i + 1 < sizeof lengths / sizeof lengths[0]; i++)
        assert_int_equal(head_code(HEAD("Content-Length", lengths[i]), false), ERR_BAD_REQUEST);
    assert_int_equal(head_code(HEAD("Content-Length", "18446744073709551616"), false), ERR_TOO_LARGE);
    assert_int_equal(head_code(HEAD("Content-Length", "9223372036854775808"), false), ERR_TOO_LARGE);
    assert_int_equal(head_code(HEAD("X A", "b"), false), ERR_BAD_REQUEST);
    assert_int_equal(head_code(HEAD("", "b"), false), ERR_BAD_REQUEST);
    assert_int_equal(head_code(HEAD("X", "a\rb"), false), ERR_BAD_REQUEST);
    assert_int_equal(head_code(HEAD("X", "a\tb\xc3\xa9"), false), ERR_OK);
    assert_int_equal(head_code(HEAD("Expect", "100-Continue"), false), ERR_OK);
    assert_int_equal(head_code(HEAD("Expect", "x"), false), ERR_BAD_REQUEST);
    assert_int_equal(head_code(HEAD("Content-Encoding", "gzip"), false), ERR_UNSUPPORTED_ENCODING);
    struct head none = HEAD_EMPTY;
    assert_int_equal(head_code(none, false), ERR_BAD_HOST);
    struct head many = HEAD();
    for (int i = 0; i < HEAD_LINES_MAX; i++) head_add(&many, S("X"), S("y"));
    assert_int_equal(head_code(many, false), ERR_HEADERS_TOO_LARGE);
}

/* ---- hosts and knocking ---- */

static void hosts(void **state)
{
    (void)state;
    struct gate gate;
    assert_int_equal(gate_init(&gate, "[::]:8443", "https://Clinic.example/", false).code, ERR_OK);
    static const struct {
        const char *host;
        unsigned code;
    } cases[] = {
        {"localhost:8443", ERR_OK}, {"LocalHost:8443", ERR_OK}, {"127.0.0.1:8443", ERR_OK}, {"[::1]:8443", ERR_OK},
        {"clinic.example", ERR_OK}, {"clinic.example:443", ERR_OK}, {"clinic.example:8443", ERR_MISDIRECTED},
        {"localhost", ERR_MISDIRECTED}, {"evil", ERR_MISDIRECTED}, {"localhost:evil", ERR_BAD_HOST}, {"a b", ERR_BAD_HOST},
        {"localhost:8443:1", ERR_BAD_HOST}, {"[::1", ERR_BAD_HOST}, {"[::1]8443", ERR_BAD_HOST}, {"[]:8443", ERR_BAD_HOST},
        {":8443", ERR_BAD_HOST}, {"localhost:0", ERR_BAD_HOST}, {"localhost:65536", ERR_BAD_HOST}, {"user@localhost:8443", ERR_BAD_HOST},
        {"localhost:", ERR_BAD_HOST}, {"localhost:08443", ERR_MISDIRECTED},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (gate_host(&gate, span_text(cases[i].host)).code != cases[i].code) fail_msg("host %s", cases[i].host);
    assert_int_equal(gate_init(&gate, "127.0.0.1:8443", "clinic.example", false).code, ERR_CONFIG);
    assert_int_equal(gate_init(&gate, "127.0.0.1", "", false).code, ERR_CONFIG);
    assert_int_equal(gate_init(&gate, "127.0.0.1:443", "", false).code, ERR_OK);
    assert_int_equal(gate_host(&gate, S("localhost")).code, ERR_OK);
    assert_int_equal(gate_host(&gate, S("localhost:443")).code, ERR_OK);
}

static unsigned knock(enum route_id route, bool unsafe, struct head head, struct gate_pass *pass)
{
    struct gate gate;
    assert_int_equal(gate_init(&gate, "127.0.0.1:8443", "https://clinic.example", false).code, ERR_OK);
    return gate_check(&gate, &route_table[route], unsafe, &head, pass).code;
}

static void knocking(void **state)
{
    (void)state;
    struct gate_pass pass;
    assert_int_equal(knock(ROUTE_ME, false, HEAD(), &pass), ERR_TOKEN_INVALID);
    assert_int_equal(knock(ROUTE_HEALTH, false, HEAD(), &pass), ERR_OK);
    assert_int_equal(knock(ROUTE_ME, false, HEAD("Authorization", "bearer  a.b-c_d~e+f/g=="), &pass), ERR_OK);
    assert_true(pass.auth == AUTH_BEARER && span_is(pass.token, "a.b-c_d~e+f/g=="));
    assert_int_equal(knock(ROUTE_ME, false, HEAD("Authorization", "Bearer a", "Cookie", "__Host-at=b"), &pass), ERR_AMBIGUOUS_AUTH);
    assert_int_equal(knock(ROUTE_ME, false, HEAD("Cookie", "x; __Host-at=b ;y=z"), &pass), ERR_OK);
    assert_true(pass.auth == AUTH_COOKIE && span_is(pass.token, "b"));
    assert_int_equal(knock(ROUTE_ME, false, HEAD("Cookie", "__Host-at=b;__Host-at=c"), &pass), ERR_AMBIGUOUS_AUTH);
    assert_int_equal(knock(ROUTE_ME, false, HEAD("Cookie", "__host-at=b; x__Host-at=c"), &pass), ERR_TOKEN_INVALID);
    assert_int_equal(knock(ROUTE_LOGOUT, true, HEAD("Cookie", "__Host-at=b"), &pass), ERR_CSRF);
    assert_int_equal(knock(ROUTE_LOGOUT, true, HEAD("Cookie", "__Host-at=b", "X-CSRF-Token", "t"), &pass), ERR_OK);
    assert_true(span_is(pass.csrf, "t"));
    assert_int_equal(knock(ROUTE_LOGOUT, true, HEAD("Cookie", "__Host-at=b", "X-CSRF-Token", "t", "Origin", "https://evil"), &pass), ERR_CSRF);
    assert_int_equal(knock(ROUTE_LOGOUT, true, HEAD("Cookie", "__Host-at=b", "X-CSRF-Token", "t", "Origin", "https://clinic.example"), &pass), ERR_OK);
    assert_int_equal(knock(ROUTE_LOGOUT, true, HEAD("Cookie", "__Host-at=b", "X-CSRF-Token", "t", "Sec-Fetch-Site", "same-site"), &pass), ERR_CSRF);
    assert_int_equal(knock(ROUTE_SESSION_CREATE, true, HEAD("Cookie", "__Host-at=b"), &pass), ERR_OK);
    assert_int_equal(pass.auth, AUTH_NONE);
}

/* ---- routes ---- */

static void routes(void **state)
{
    (void)state;
    struct match match;
    const char id[] = "6f1c2a34-9d52-4c11-8b3e-0a1b2c3d4e5f";
    assert_int_equal(match_find(S("GET"), S("/api/v1/me"), &match).code, ERR_OK);
    assert_true(match.route == ROUTE_ME && match.old_path == NULL);
    assert_int_equal(match_find(S("HEAD"), S("/me"), &match).code, ERR_OK);
    assert_true(match.route == ROUTE_ME && match.old_path != NULL);
    struct buf path = BUF_WITH_MAX(200);
    buf_put_text(&path, "/api/v1/submissions/");
    buf_put_text(&path, id);
    assert_int_equal(match_find(S("GET"), buf_span(&path), &match).code, ERR_OK);
    assert_true(match.route == ROUTE_SUBMISSION && span_is(match.part, id));
    buf_put_text(&path, "/media");
    assert_int_equal(match_find(S("GET"), buf_span(&path), &match).code, ERR_OK);
    assert_int_equal(match.route, ROUTE_MEDIA);
    buf_free(&path);
    static const char *const nowhere[] = {"", "/", "/api/v1", "/api/v1/", "/api/v1me", "/api/v1/me/", "/ME", "/api/v1/submissions/", "/api/v1/submissions//media", "/approve/", "/approve/a/b"};
    for (unsigned i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++)
        assert_int_equal(match_find(S("GET"), span_text(nowhere[i]), &match).code, ERR_NOT_FOUND);
    assert_int_equal(match_find(S("get"), S("/me"), &match).code, ERR_METHOD_NOT_ALLOWED);
    assert_int_equal(match_find(S("HEAD"), S("/login"), &match).code, ERR_METHOD_NOT_ALLOWED);
    for (unsigned i = 0; i < ROUTE_COUNT; i++) { /* every row can be reached, and only by its own method */
        if (route_table[i].path == NULL) continue;
        struct buf whole = BUF_WITH_MAX(200);
        buf_put_text(&whole, "/api/v1");
        for (const char *p = route_table[i].path; *p != '\0'; p++)
            if (*p == '{') {
                buf_put_text(&whole, id);
                p += 3;
            } else buf_put_byte(&whole, (uint8_t)*p);
        assert_int_equal(match_find(span_text(route_table[i].method), buf_span(&whole), &match).code, ERR_OK);
        assert_int_equal(match.route, i);
        buf_free(&whole);
    }
}

/* ---- fields ---- */

struct try {
    struct request request;
    struct arena arena;
    struct fields fields;
    struct err err;
};
static struct try try_begin(enum route_id route)
{
    struct try try = {.request = {.route = (uint16_t)route}};
    arena_init(&try.arena, 1 << 20);
    return try;
}
#define TRIED(name, route) struct try name = try_begin(route); fields_begin(&name.fields, &route_table[route], &name.request, &name.arena)

static unsigned json(enum route_id route, struct span body, const char *field)
{
    TRIED(try, route);
    try.err = fields_json(&try.fields, body);
    if (!err_failed(try.err)) try.err = fields_end(&try.fields);
    if (field != NULL) assert_string_equal(try.fields.blamed, field);
    if (!err_failed(try.err)) assert_int_equal(route_check_request(&try.request).code, ERR_OK);
    arena_free(&try.arena);
    return try.err.code;
}

static void json_fields(void **state)
{
    (void)state;
    assert_int_equal(json(ROUTE_LOGIN, S("{\"username\":\"a\",\"password\":\"b\"}"), ""), ERR_OK);
    assert_int_equal(json(ROUTE_LOGIN, S(" { } "), "username"), ERR_MISSING_FIELD);
    assert_int_equal(json(ROUTE_LOGIN, S("{\"username\":\"a\",\"password\":\"b\",\"x\":1}"), "x"), ERR_UNKNOWN_FIELD);
    assert_int_equal(json(ROUTE_LOGIN, S("{\"username\":\"a\",\"username\":\"b\"}"), "username"), ERR_DUPLICATE_KEY);
    assert_int_equal(json(ROUTE_LOGIN, S("{\"username\":{\"a\":1,\"a\":2}}"), "a"), ERR_DUPLICATE_KEY);
    assert_int_equal(json(ROUTE_LOGIN, S("{\"password\":\"\xc3\x28\"}"), "password"), ERR_INVALID_UTF8);
    assert_int_equal(json(ROUTE_LOGIN, S("{\"username\":1.0}"), "username"), ERR_WRONG_TYPE);
    assert_int_equal(json(ROUTE_LOGIN, S("{\"username\":true}"), "username"), ERR_WRONG_TYPE);
    assert_int_equal(json(ROUTE_LOGIN, S("{\"username\":1e400}"), NULL), ERR_BAD_JSON);
    assert_int_equal(json(ROUTE_LOGIN, S("{\"username\":\"a\",}"), NULL), ERR_BAD_JSON);
    assert_int_equal(json(ROUTE_LOGIN, S("\xef\xbb\xbf{}"), NULL), ERR_BAD_JSON);
    assert_int_equal(json(ROUTE_LOGOUT, S("{}"), ""), ERR_OK);
#define REGISTER(list) S("{\"username\":\"anna\",\"email\":\"a@b.example\",\"password\":\"b\",\"user_type\":\"patient\",\"consents\":" list "}")
    assert_int_equal(json(ROUTE_REGISTER, REGISTER("[]"), ""), ERR_OK);
    assert_int_equal(json(ROUTE_REGISTER, REGISTER("[\"data_storage\",\"recording\"]"), ""), ERR_OK);
    assert_int_equal(json(ROUTE_REGISTER, REGISTER("[\"recording\",\"recording\"]"), "consents"), ERR_DUPLICATE_KEY);
    assert_int_equal(json(ROUTE_REGISTER, REGISTER("[\"Recording\"]"), "consents"), ERR_BAD_VALUE);
    assert_int_equal(json(ROUTE_REGISTER, REGISTER("[1]"), "consents"), ERR_WRONG_TYPE);
    assert_int_equal(json(ROUTE_REGISTER, REGISTER("[[]]"), "consents"), ERR_WRONG_TYPE);
    assert_int_equal(json(ROUTE_REGISTER, REGISTER("\"recording\""), "consents"), ERR_WRONG_TYPE);
    assert_int_equal(json(ROUTE_CONSENT_GRANT, S("{\"expires_at\":\"2027-02-30T00:00:00Z\"}"), "expires_at"), ERR_BAD_VALUE);
    assert_int_equal(json(ROUTE_CONSENT_GRANT, S("{\"expires_at\":7}"), "expires_at"), ERR_WRONG_TYPE);
    assert_int_equal(json(ROUTE_LOGOUT, SPAN_NONE, ""), ERR_OK);
    assert_int_equal(json(ROUTE_HOST_IMPORT_USER, S("{\"external_id\":-1}"), "external_id"), ERR_BAD_VALUE);
    assert_int_equal(json(ROUTE_HOST_IMPORT_USER, S("{\"external_id\":\"1\"}"), "external_id"), ERR_WRONG_TYPE);
    assert_int_equal(json(ROUTE_SETUP, S("{\"token\":\"a b\"}"), "token"), ERR_BAD_VALUE);
    char deep[80];
    for (unsigned depth = 15; depth <= 17; depth++) { /* 16 with the object around it */
        memset(deep, '[', depth);
        memset(deep + depth, ']', depth);
        struct buf body = BUF_WITH_MAX(200);
        buf_put_text(&body, "{\"username\":");
        buf_put(&body, deep, 2 * depth);
        buf_put_byte(&body, '}');
        assert_int_equal(json(ROUTE_LOGIN, buf_span(&body), NULL), depth == 15 ? ERR_WRONG_TYPE : ERR_DEPTH);
        buf_free(&body);
    }
}

static unsigned value(const struct field *field, struct span text, const char *expected)
{
    struct arena arena;
    struct span result;
    arena_init(&arena, 1 << 20);
    struct err err = fields_value(field, text, &arena, &result);
    if (expected != NULL) assert_true(!err_failed(err) && span_is(result, expected));
    arena_free(&arena);
    return err.code;
}

static void names_and_addresses(void **state)
{
    (void)state;
    const struct field name = {.name = "username", .type = FIELD_NAME, .min = 3, .max = 64};
    const struct field mail = {.name = "email", .type = FIELD_EMAIL, .min = 3, .max = 254};
    const struct field login = {.name = "login", .type = FIELD_TEXT, .min = 1, .max = 254};
    value(&name, S("Asha Rao"), "Asha Rao");
    value(&name, S("Jose\xcc\x81"), "Jos\xc3\xa9");
    value(&name, S("\xe0\xa4\x86\xe0\xa4\xb6\xe0\xa4\xbe"), "\xe0\xa4\x86\xe0\xa4\xb6\xe0\xa4\xbe"); /* Devanagari with a vowel sign */
    static const char *const bad_names[] = {" ab", "ab ", "a  b", "a\tb", "a@b", "a/b", "<b>", "a\xe2\x80\xae" "b", "a\xe2\x80\x8b" "b", "a\xc2\xa0" "b"};
    for (unsigned i = 0; i < sizeof bad_names / sizeof bad_names[0]; i++)
        assert_int_equal(value(&name, span_text(bad_names[i]), NULL), ERR_BAD_VALUE);
    assert_int_equal(value(&name, S("ab"), NULL), ERR_TOO_SHORT);
    assert_int_equal(value(&name, S("abc\xff"), NULL), ERR_INVALID_UTF8);
    value(&mail, S("A.B+c@EXAMPLE.Com"), "a.b+c@example.com");
    value(&login, S("A@B.example"), "a@b.example");
    value(&login, S("Asha Rao"), "Asha Rao");
    static const char *const bad_mails[] = {"a@b", "@b.c", "abc@", "a@b.c.", "a@.b.c", "a@@b.c", "a b@c.d", ".a@b.c", "a.@b.c", "a..b@c.d", "a@-b.c", "a@b-.c",
                                            "a@b..c", "\"a\"@b.c", "a@[127.0.0.1]", "a,b@c.d", "a@b.c\n", "a\xe2\x80\xae@b.c"};
    for (unsigned i = 0; i < sizeof bad_mails / sizeof bad_mails[0]; i++)
        if (value(&mail, span_text(bad_mails[i]), NULL) != ERR_BAD_VALUE) fail_msg("accepted %s", bad_mails[i]);
    const struct field password = {.name = "password", .type = FIELD_PASSWORD, .min = 1, .max = 128};
    value(&password, S("Cafe\xcc\x81 \t7!"), "Caf\xc3\xa9 \t7!");
    assert_int_equal(value(&password, span_of("a\0b", 3), NULL), ERR_BAD_VALUE);
    const struct field text = {.name = "text", .type = FIELD_TEXT, .min = 1, .max = 5};
    value(&text, S("e\xcc\x81\n"), "e\xcc\x81\n"); /* clinical text stays as it is */
    assert_int_equal(value(&text, S("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"), NULL), ERR_TOO_LONG);
    assert_int_equal(value(&text, S("a\rb"), NULL), ERR_BAD_VALUE);
    assert_int_equal(value(&text, S("a\x1b"), NULL), ERR_BAD_VALUE);
}

static unsigned query(struct span raw, const char *field)
{
    TRIED(try, ROUTE_SUBMISSIONS);
    try.err = fields_query(&try.fields, raw);
    if (field != NULL) assert_string_equal(try.fields.blamed, field);
    arena_free(&try.arena);
    return try.err.code;
}

static void queries(void **state)
{
    (void)state;
    assert_int_equal(query(S("limit=%31&&status=draft&cursor=a_-"), NULL), ERR_OK);
    assert_int_equal(query(S("limit="), "limit"), ERR_BAD_VALUE);
    assert_int_equal(query(S("limit"), "limit"), ERR_BAD_VALUE);
    assert_int_equal(query(S("limit=1&limit=1"), "limit"), ERR_DUPLICATE_KEY);
    assert_int_equal(query(S("limit=%3"), NULL), ERR_BAD_REQUEST);
    assert_int_equal(query(S("limit=%zz"), NULL), ERR_BAD_REQUEST);
    assert_int_equal(query(S("li%6dit=1"), NULL), ERR_OK);
    assert_int_equal(query(S("%ff=1"), ""), ERR_UNKNOWN_FIELD);
    assert_int_equal(query(S("cursor=a=b"), "cursor"), ERR_BAD_CURSOR);
}

static bool range(struct span text, uint64_t *from, uint64_t *to)
{
    TRIED(try, ROUTE_MEDIA);
    assert_int_equal(fields_headers(&try.fields, SPAN_NONE, text).code, ERR_OK);
    bool there = request_has(&try.request, 1);
    struct wire_reader r = {.rest = request_text(&try.request, 1)};
    if (there) {
        *from = wire_u64(&r);
        *to = wire_u64(&r);
    }
    arena_free(&try.arena);
    return there;
}

static void ranges(void **state)
{
    (void)state;
    uint64_t from, to;
    assert_true(range(S("bytes=0-0"), &from, &to) && from == 0 && to == 0);
    assert_true(range(S("Bytes= 5 - 9 "), &from, &to) && from == 5 && to == 9);
    assert_true(range(S("bytes=5-"), &from, &to) && from == 5 && to == INT64_MAX);
    assert_true(range(S("bytes=-5"), &from, &to) && from == UINT64_MAX && to == 5);
    assert_true(range(S("bytes=-0"), &from, &to) && to == 0);
    static const char *const none[] = {"", "bytes=", "bytes=-", "bytes=5-2", "bytes=1-2,3-4", "bytes=a-b", "bytes=1", "lines=1-2", "bytes=--1", "bytes=+1-2",
                                       "bytes=18446744073709551616-", "bytes=1-18446744073709551616", "bytes=9223372036854775808-"};
    for (unsigned i = 0; i < sizeof none / sizeof none[0]; i++) assert_false(range(span_text(none[i]), &from, &to));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads), cmocka_unit_test(hosts), cmocka_unit_test(knocking), cmocka_unit_test(routes),
        cmocka_unit_test(json_fields), cmocka_unit_test(names_and_addresses), cmocka_unit_test(queries), cmocka_unit_test(ranges),
    };
    json_in_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
