/* base: caps that hold, numbers and times that are taken whole or not at all, JSON that is written and checked exactly. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/num.h"
#include "base/utf8.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TEXT(literal) SPAN_LITERAL(literal)

static void assert_buf(const struct buf *b, const char *text)
{
    if (!span_is(buf_span(b), text)) fail_msg("\"%.*s\" is not \"%s\"", (int)b->n, (const char *)b->p, text);
}

/* --- spans */

static void span_sub_never_passes_the_end(void **state)
{
    (void)state;
    struct span s = TEXT("abcdef");
    assert_true(span_is(span_sub(s, 2, 3), "cde"));
    assert_true(span_is(span_sub(s, 4, SIZE_MAX), "ef"));
    assert_int_equal(span_sub(s, 7, 1).n, 0);
    assert_int_equal(span_sub(s, SIZE_MAX, SIZE_MAX).n, 0);
    assert_int_equal(span_sub(SPAN_NONE, 0, 5).n, 0);
    assert_true(span_starts(s, TEXT("abc")));
    assert_false(span_starts(s, TEXT("abcdefg")));
}

/* --- buf */

static void buf_stops_at_its_cap(void **state)
{
    (void)state;
    struct buf b = BUF_WITH_MAX(10);
    buf_put_text(&b, "0123456789");
    assert_false(err_failed(buf_check(&b)));
    buf_put_byte(&b, 'x');
    assert_int_equal(buf_check(&b).code, ERR_FULL);
    assert_buf(&b, "0123456789");
    buf_put_text(&b, "more"); /* harmless once failed */
    assert_buf(&b, "0123456789");
    assert_null(buf_reserve(&b, 1));
    buf_reset(&b);
    assert_false(err_failed(buf_check(&b)));
    buf_put_text(&b, "ok");
    assert_buf(&b, "ok");
    buf_free(&b);
    buf_free(&b);
    assert_int_equal(b.max, 10);
}

static void buf_refuses_sizes_that_overflow(void **state)
{
    (void)state;
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2 + 1, (size_t)1 << 63, ((size_t)1 << 32) + 1, (size_t)1 << 32, 1025};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct buf b = BUF_WITH_MAX(1024);
        buf_put_byte(&b, 1);
        assert_null(buf_reserve(&b, sizes[i]));
        assert_true(b.failed);
        assert_int_equal(b.n, 1);
        buf_free(&b);
    }
    struct buf none = BUF_WITH_MAX(0);
    buf_put_byte(&none, 1);
    assert_true(none.failed);
    assert_int_equal(none.n, 0);
    buf_free(&none);
}

static void buf_grows_and_keeps(void **state)
{
    (void)state;
    struct buf b = BUF_WITH_MAX(100000);
    for (int i = 0; i < 100000; i++) buf_put_byte(&b, (uint8_t)(i * 7));
    assert_false(b.failed);
    for (int i = 0; i < 100000; i++) assert_int_equal(b.p[i], (uint8_t)(i * 7));
    buf_drop_front(&b, 99990);
    assert_int_equal(b.n, 10);
    assert_int_equal(b.p[0], (uint8_t)(99990 * 7));
    buf_drop_front(&b, 11);
    assert_int_equal(b.n, 0);
    buf_free(&b);
}

static void buf_added_beyond_the_reserve_is_a_failure(void **state)
{
    (void)state;
    struct buf b = BUF_WITH_MAX(4096);
    assert_non_null(buf_reserve(&b, 16));
    buf_added(&b, b.cap + 1);
    assert_true(b.failed);
    buf_free(&b);
}

static void buf_numbers(void **state)
{
    (void)state;
    struct buf b = BUF_WITH_MAX(256);
    buf_put_u64(&b, 0);
    buf_put_byte(&b, ' ');
    buf_put_u64(&b, UINT64_MAX);
    buf_put_byte(&b, ' ');
    buf_put_i64(&b, INT64_MIN);
    buf_put_byte(&b, ' ');
    buf_put_i64(&b, -1);
    assert_buf(&b, "0 18446744073709551615 -9223372036854775808 -1");
    buf_free(&b);
}

/* --- arena */

static void arena_stops_at_its_cap(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1000);
    uint8_t *p = arena_alloc(&a, 1000);
    assert_non_null(p);
    for (size_t i = 0; i < 1000; i++) assert_int_equal(p[i], 0);
    assert_null(arena_alloc(&a, 1));
    assert_true(a.failed);
    arena_reset(&a);
    assert_false(a.failed);
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_array(&a, SIZE_MAX / 2, 3));
    assert_null(arena_copy(&a, span_of("x", 1001)).p);
    arena_free(&a);
    arena_free(&a);
}

static void arena_memory_is_aligned_and_fresh(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    for (int round = 0; round < 3; round++) {
        for (size_t n = 0; n < 3000; n += 7) {
            uint8_t *p = arena_alloc(&a, n);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
            memset(p, 0xee, n);
        }
        arena_reset(&a);
        assert_int_equal(a.used, 0);
    }
    assert_string_equal(arena_text(&a, TEXT("word")), "word");
    struct span copy = arena_copy(&a, SPAN_NONE);
    assert_non_null(copy.p); /* an empty copy is no failure */
    assert_int_equal(copy.n, 0);
    arena_free(&a);
}

static void arena_rewinds_to_a_mark(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    char *before = arena_text(&a, TEXT("kept"));
    struct arena_mark mark = arena_mark(&a);
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < 20; i++) assert_non_null(arena_alloc(&a, 5000));
        arena_rewind(&a, mark);
    }
    assert_int_equal(a.used, mark.used);
    assert_string_equal(before, "kept");
    uint8_t *p = arena_alloc(&a, 64);
    for (int i = 0; i < 64; i++) assert_int_equal(p[i], 0);
    arena_free(&a);
    arena_init(&a, 1 << 20);
    mark = arena_mark(&a); /* of an empty arena */
    assert_non_null(arena_alloc(&a, 100000));
    arena_rewind(&a, mark);
    assert_int_equal(a.used, 0);
    assert_non_null(arena_alloc(&a, 1000000));
    arena_free(&a);
}

/* --- numbers */

static void numbers_whole_or_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max;
        bool good;
        uint64_t value;
    } cases[] = {
        {"0", 10, true, 0}, {"10", 10, true, 10}, {"11", 10, false, 0}, {"007", 10, true, 7}, {"", 10, false, 0}, {" 1", 10, false, 0},
        {"1 ", 10, false, 0}, {"+1", 10, false, 0}, {"-0", 10, false, 0}, {"-1", UINT64_MAX, false, 0}, {"1e1", 100, false, 0},
        {"0x1", 100, false, 0}, {"1.0", 100, false, 0}, {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0}, {"99999999999999999999", UINT64_MAX, false, 0},
        {"100000000000000000000", UINT64_MAX, false, 0}, {"4294967296", UINT32_MAX, false, 0}, {"4294967295", UINT32_MAX, true, UINT32_MAX},
        {"\xd9\xa1", 10, false, 0}, /* ARABIC-INDIC DIGIT ONE */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t value = 77;
        bool good = num_u64(span_text(cases[i].text), cases[i].max, &value);
        if (good != cases[i].good) fail_msg("\"%s\"", cases[i].text);
        assert_int_equal(value, good ? cases[i].value : 77);
    }
    uint64_t value;
    assert_false(num_u64(span_of("1\0", 2), 100, &value));
}

static void signed_numbers(void **state)
{
    (void)state;
    int64_t value = 5;
    assert_true(num_i64(TEXT("-5"), -10, 10, &value));
    assert_int_equal(value, -5);
    assert_false(num_i64(TEXT("-11"), -10, 10, &value));
    assert_false(num_i64(TEXT("--5"), -10, 10, &value));
    assert_false(num_i64(TEXT("-"), -10, 10, &value));
    assert_true(num_i64(TEXT("9223372036854775807"), 0, INT64_MAX, &value));
    assert_int_equal(value, INT64_MAX);
    assert_true(num_i64(TEXT("-9223372036854775808"), INT64_MIN, 0, &value));
    assert_true(value == INT64_MIN);
    assert_false(num_i64(TEXT("9223372036854775808"), INT64_MIN, INT64_MAX, &value));
    assert_false(num_i64(TEXT("-9223372036854775809"), INT64_MIN, INT64_MAX, &value));
}

/* --- time */

static void time_is(int64_t us, const char *text)
{
    struct buf b = BUF_WITH_MAX(64);
    int64_t back = -1;
    clock_put_rfc3339(&b, us);
    assert_buf(&b, text);
    if (text[0] != '0' || text[3] != '0') {
        assert_true(clock_parse_rfc3339(buf_span(&b), &back));
        assert_true(back == us);
    }
    buf_free(&b);
}

static void times_round_trip(void **state)
{
    (void)state;
    time_is(0, "1970-01-01T00:00:00.000000Z");
    time_is(-1, "1969-12-31T23:59:59.999999Z");
    time_is(951782400000000, "2000-02-29T00:00:00.000000Z");  /* a century that is a leap year */
    time_is(951868800000000, "2000-03-01T00:00:00.000000Z");
    time_is(4107542400000000, "2100-03-01T00:00:00.000000Z"); /* one that is not */
    time_is(4107456000000000, "2100-02-28T00:00:00.000000Z");
    time_is(1709164800123456, "2024-02-29T00:00:00.123456Z");
    time_is(253402300799999999, "9999-12-31T23:59:59.999999Z");
    for (int64_t day = -719000; day < 2900000; day += 17) {
        struct buf b = BUF_WITH_MAX(64);
        int64_t us = DAYS_US(day) + (day * 7919 % 86400) * 1000000, back = 0;
        clock_put_rfc3339(&b, us);
        assert_true(clock_parse_rfc3339(buf_span(&b), &back));
        assert_true(back == us);
        buf_free(&b);
    }
}

static void times_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "2026-11-22", "2026-11-22T10:00:00", "2026-11-22 10:00:00Z", "2026-11-22T10:00:00z", "2026-11-22T10:00:00+00:00",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00,5Z", "0000-01-01T00:00:00Z", "+026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.1 Z", "2026-01-01T 0:00:00Z", "99999-01-01T00:00:00Z",
    };
    int64_t us = 42;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (clock_parse_rfc3339(span_text(bad[i]), &us)) fail_msg("%s was taken", bad[i]);
    assert_int_equal(us, 42);
    assert_true(clock_parse_rfc3339(TEXT("2024-02-29T00:00:00.5Z"), &us));
    assert_true(us == 1709164800500000);
    assert_true(clock_parse_rfc3339(TEXT("2024-02-29T00:00:00.123456789Z"), &us));
    assert_true(us == 1709164800123456);
}

/* --- UTF-8 */

static void utf8_shortest_form_only(void **state)
{
    (void)state;
    static const char *const good[] = {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe0\xa0", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "a\xc3",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) assert_true(utf8_valid(span_text(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(utf8_valid(span_text(bad[i])));
}

static void utf8_walk_and_cut(void **state)
{
    (void)state;
    struct span text = TEXT("a\xc3\xa9\xe0\xa4\xb9\xf0\x9f\x99\x82!");
    size_t at = 0;
    assert_int_equal(utf8_count(text), 5);
    assert_int_equal(utf8_next(text, &at), 'a');
    assert_int_equal(utf8_next(text, &at), 0xe9);
    assert_int_equal(utf8_next(text, &at), 0x939);
    assert_int_equal(utf8_next(text, &at), 0x1f642);
    assert_int_equal(utf8_next(text, &at), '!');
    assert_int_equal(at, text.n);
    for (size_t max = 0; max <= text.n + 1; max++) {
        struct span cut = utf8_cut(text, max);
        assert_true(cut.n <= max && utf8_valid(cut));
    }
    at = 0;
    assert_int_equal(utf8_next(TEXT("\xff" "a"), &at), 0xfffd);
    assert_int_equal(at, 1);
    assert_true(utf8_is_control(0x85) && utf8_is_control(0x2028) && !utf8_is_control(' '));
    assert_true(utf8_is_bidi_control(0x202e) && utf8_is_bidi_control(0x2066) && !utf8_is_bidi_control('a'));
}

/* --- JSON */

static void json_writes_commas_and_escapes(void **state)
{
    (void)state;
    struct buf b = BUF_WITH_MAX(4096);
    struct json j = JSON_TO(&b);
    json_object(&j);
    json_put_text(&j, "t", TEXT("\"\\\b\f\n\r\t\x01\x1f\x7f</script>/\xc3\xa9"));
    json_put_word(&j, "none", NULL);
    json_key(&j, "list");
    json_array(&j);
    json_array(&j);
    json_array_end(&j);
    json_i64(&j, -7);
    json_bool(&j, true);
    json_null(&j);
    json_object(&j);
    json_object_end(&j);
    json_raw(&j, TEXT("[1]"));
    json_array_end(&j);
    json_put_bool(&j, "no", false);
    json_put_time(&j, "at", 0);
    json_object_end(&j);
    assert_buf(&b, "{\"t\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\\u003c/script>/\xc3\xa9\",\"none\":null,\"list\":[[],-7,true,null,{},[1]],"
                   "\"no\":false,\"at\":\"1970-01-01T00:00:00.000000Z\"}");
    assert_true(json_valid(buf_span(&b)));
    buf_free(&b);
}

static void json_every_byte_stays_valid(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 128; c++) {
        uint8_t text[3] = {'a', (uint8_t)c, 'z'};
        struct buf b = BUF_WITH_MAX(64);
        struct json j = JSON_TO(&b);
        json_text(&j, span_of(text, 3));
        assert_true(json_valid(buf_span(&b)));
        assert_null(memchr(b.p, '<', b.n));
        buf_free(&b);
    }
}

static void json_valid_cases(void **state)
{
    (void)state;
    static const char *const good[] = {
        "0", "-0", "-1", "1.5", "1e5", "1E+5", "1e-5", "-0.0e0", "123456789012345678901234567890", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\/\"",
        "true", "false", "null", " null ", "\t\r\n[]\n", "[1,2]", "[[],{}]", "{\"a\":1}", "{\"\":null}", "{\"a\":1,\"a\":2}", "{ \"a\" : [ 1 , 2 ] }",
        "\"\x7f\"", "\"\xe2\x80\xa8\"",
    };
    static const char *const bad[] = {
        "", " ", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "Infinity", "NaN", "tru", "True", "nulll", "\"", "\"\\\"", "\"\\", "\"\\x41\"", "\"\\u12\"",
        "\"\\u12g4\"", "\"\\u\"", "\"\n\"", "\"\x1f\"", "'a'", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}",
        "{a:1}", "{1:1}", "{\"a\" 1}", "{,}", "[1}", "{\"a\":1]", "1 2", "1,", "{}{}", "[]x", "// c\n1", "/**/1", "\xef\xbb\xbf{}", "\"\xff\"", "\"\xed\xa0\x80\"", "[\"a\",\n4\n,1,",
        "-a", "2.e3", "[1e]", "\"a\"\"b\"", "{\"a\":\"b\"]", "\x0c[]",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!json_valid(span_text(good[i]))) fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (json_valid(span_text(bad[i]))) fail_msg("taken: %s", bad[i]);
    assert_false(json_valid(span_of("1\0", 2)));
    assert_false(json_valid(span_of("\"a\0b\"", 5)));
    assert_false(json_valid(span_of("\0", 1)));
    assert_false(json_valid(SPAN_NONE));
}

static bool nested(unsigned depth, const char *inside)
{
    struct buf b = BUF_WITH_MAX(1 << 20);
    for (unsigned i = 0; i < depth; i++) buf_put_byte(&b, '[');
    buf_put_text(&b, inside);
    for (unsigned i = 0; i < depth; i++) buf_put_byte(&b, ']');
    bool valid = json_valid(buf_span(&b));
    buf_free(&b);
    return valid;
}

static void json_depth_is_limited(void **state)
{
    (void)state;
    assert_true(nested(32, ""));
    assert_true(nested(32, "1"));
    assert_false(nested(33, ""));
    assert_false(nested(33, "1"));
    assert_false(nested(100000, ""));
}

/* Every prefix of a document and the document with any byte changed: an answer, never a read beyond the end. */
static void json_cut_and_changed(void **state)
{
    (void)state;
    static const char whole[] = "{\"a\":[1,-2.5e+3,\"x\\u00e9\\n\",true,false,null],\"b\":{\"c\":{}}}";
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        uint8_t *exact = malloc(n + 1); /* so that a sanitizer sees the end */
        assert_non_null(exact);
        memcpy(exact, whole, n);
        assert_false(json_valid(span_of(exact, n)));
        free(exact);
    }
    for (size_t at = 0; at < sizeof whole - 1; at++) {
        for (unsigned c = 0; c < 256; c++) {
            uint8_t changed[sizeof whole];
            memcpy(changed, whole, sizeof whole);
            changed[at] = (uint8_t)c;
            (void)json_valid(span_of(changed, sizeof whole - 1));
        }
    }
}

/* --- ids, errors */

static void ids_one_spelling(void **state)
{
    (void)state;
    struct id id, back;
    char text[ID_TEXT];
    for (int i = 0; i < 1000; i++) {
        id = id_random();
        id_write(id, text);
        assert_true(id_parse(span_of(text, sizeof text), &back));
        assert_true(id_equal(id, back));
        assert_int_equal(text[14], '4');
        assert_non_null(strchr("89ab", text[19]));
        assert_false(id_is_zero(id));
    }
    static const char *const bad[] = {
        "", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-0000000000000", "00000000-0000-4000-8000-00000000000G",
        "0A000000-0000-4000-8000-000000000000", "{0000000-0000-4000-8000-000000000000", "000000000000-4000-8000-000000000000-",
        "00000000_0000-4000-8000-000000000000", " 0000000-0000-4000-8000-000000000000",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(id_parse(span_text(bad[i]), &back));
}

/* Every getrandom(2) of this process fails from now on, as in a kernel or sandbox without it. */
static void take_randomness_away(int error)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = 4, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) _exit(3);
}

/* SEC-063: a guessable token is worse than none. */
static void without_randomness_the_program_ends(void **state)
{
    (void)state;
    static const int errors[] = {ENOSYS, EPERM, EAGAIN, EIO};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            const struct rlimit no_core = {0, 0};
            setrlimit(RLIMIT_CORE, &no_core);
            take_randomness_away(errors[i]);
            struct id id = id_random();
            _exit(id_is_zero(id) ? 1 : 2);
        }
        int status = 0;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

static void errors_have_a_public_face(void **state)
{
    (void)state;
    for (unsigned code = 0; code < ERR_COUNT; code++) {
        unsigned status = err_http_status(code);
        assert_true(status == 200 || (status >= 400 && status < 600));
        assert_non_null(err_public_code(code));
        assert_true(strlen(err_title(code)) > 1);
    }
    assert_string_equal(err_name(ERR_COUNT), "INTERNAL");
    assert_int_equal(err_http_status(0xffff), 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(span_sub_never_passes_the_end), cmocka_unit_test(buf_stops_at_its_cap), cmocka_unit_test(buf_refuses_sizes_that_overflow),
        cmocka_unit_test(buf_grows_and_keeps), cmocka_unit_test(buf_added_beyond_the_reserve_is_a_failure), cmocka_unit_test(buf_numbers),
        cmocka_unit_test(arena_stops_at_its_cap), cmocka_unit_test(arena_memory_is_aligned_and_fresh), cmocka_unit_test(arena_rewinds_to_a_mark),
        cmocka_unit_test(numbers_whole_or_nothing), cmocka_unit_test(signed_numbers), cmocka_unit_test(times_round_trip),
        cmocka_unit_test(times_refused), cmocka_unit_test(utf8_shortest_form_only), cmocka_unit_test(utf8_walk_and_cut),
        cmocka_unit_test(json_writes_commas_and_escapes), cmocka_unit_test(json_every_byte_stays_valid), cmocka_unit_test(json_valid_cases),
        cmocka_unit_test(json_depth_is_limited), cmocka_unit_test(json_cut_and_changed), cmocka_unit_test(ids_one_spelling),
        cmocka_unit_test(without_randomness_the_program_ends), cmocka_unit_test(errors_have_a_public_face),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
