/* Settings: precedence, each kind of wrong value, and messages that name the setting and the mend. */
#include "os/address.h"
#include "os/config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/medscribe-config-XXXXXX";

static void write_file(const char *text)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* The message of a file that must be refused, or "" when it was taken. */
static const char *complaint(const char *text)
{
    static char copy[8192];
    struct config *config = NULL;
    struct buf message = BUF_WITH_MAX(8192);
    write_file(text);
    struct err e = config_load(path, &config, &message);
    snprintf(copy, sizeof copy, "%.*s", err_failed(e) ? (int)message.n : 0, err_failed(e) ? (const char *)message.p : "");
    if (!err_failed(e)) config_free(config);
    else assert_int_equal(e.code, ERR_CONFIG);
    assert_null(strchr(copy, '\n'));
    buf_free(&message);
    return copy;
}

static void wrong_files_are_named(void **state)
{
    (void)state;
    const struct {
        const char *text, *names, *mends;
    } wrong[] = {
        {"loops = many\n", "loops", "from 0 to 16"},
        {"loops = -1\n", "loops", "from 0 to 16"},
        {"session_hours = 25\n", "session_hours", "from 1 to 24"},
        {"profile = lax\n", "profile", "standard, strict"},
        {"plain_http = true\n", "plain_http", "yes or no"},
        {"listen = nowhere\n", "listen", "127.0.0.1:8443"},
        {"listen = 127.0.0.1:0\n", "listen", "port"},
        {"origin = https://a.example/path\n", "origin", "without a path"},
        {"database = mysql://x\n", "database", "postgresql://"},
        {"sunset = tomorrow\n", "sunset", "2027-12-31"},
        {"language = ../../etc\n", "language", "eng+hin"},
        {"data =\n", "data", "folder"},
        {"colour = blue\n", "colour", "no such setting"},
        {"loops = 1\nloops = 2\n", "loops", "given twice"},
        {"[server]\nloops = 1\n", "server", "no sections"},
        {"loops\n", "line 1", "name = value"},
        {"origin = https://\x01.example\n", "origin", "origin"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *said = complaint(wrong[i].text);
        if (strstr(said, wrong[i].names) == NULL || strstr(said, wrong[i].mends) == NULL) fail_msg("%s -> %s", wrong[i].text, said);
    }
    assert_string_equal(complaint("# a remark\n; another\n\nloops = 3\nlisten = [::1]:9000\n"), "");
}

static void secrets_are_not_repeated(void **state)
{
    (void)state;
    assert_null(strstr(complaint("database = mysql://u:hunter2@h/d\n"), "hunter2"));
}

static void long_values_stay_whole(void **state)
{
    (void)state;
    char text[1200] = "database = postgresql://";
    struct config *config = NULL;
    struct buf message = BUF_WITH_MAX(8192);
    memset(text + strlen(text), 'x', 1000);
    write_file(text);
    assert_false(err_failed(config_load(path, &config, &message)));
    assert_int_equal(strlen(config_text(config, CONFIG_database)), 13 + 1000);
    config_free(config);
    memset(text + strlen(text), 'x', 100);
    assert_non_null(strstr(complaint(text), "1024 bytes"));
    buf_free(&message);
}

static void file_then_environment_then_default(void **state)
{
    (void)state;
    struct config *config = NULL;
    struct buf message = BUF_WITH_MAX(8192);
    setenv("MEDSCRIBE_LOOPS", "5", 1);
    setenv("MEDSCRIBE_WORKERS", "6", 1);
    const char *kept = getenv("MEDSCRIBE_WORKERS");
    write_file("loops = 3\n");
    assert_false(err_failed(config_load(path, &config, &message)));
    assert_int_equal(config_integer(config, CONFIG_loops), 3);
    assert_int_equal(config_integer(config, CONFIG_workers), 6);
    assert_int_equal(config_integer(config, CONFIG_session_hours), 24);
    assert_string_equal(config_text(config, CONFIG_profile), "standard");
    assert_int_equal(kept[0], '\0'); /* wiped */
    assert_null(getenv("MEDSCRIBE_WORKERS"));
    assert_null(getenv("MEDSCRIBE_LOOPS"));
    config_free(config);
    setenv("MEDSCRIBE_WORKERS", "no", 1);
    assert_int_equal(config_load(NULL, &config, &message).code, ERR_CONFIG);
    assert_non_null(strstr((const char *)message.p, "MEDSCRIBE_WORKERS"));
    assert_null(getenv("MEDSCRIBE_WORKERS"));
    buf_free(&message);
}

static void handing_on_keeps_every_value(void **state)
{
    (void)state;
    struct config *config = NULL, *copy = NULL;
    struct buf message = BUF_WITH_MAX(8192), bytes = BUF_WITH_MAX(65536), again = BUF_WITH_MAX(65536);
    assert_false(err_failed(config_load(NULL, &config, &message)));
    assert_false(err_failed(config_set(config, "origin", "https://clinic.example", &message)));
    assert_false(err_failed(config_set(config, "limits", "no", &message)));
    config_put(config, &bytes);
    assert_false(err_failed(config_take(buf_span(&bytes), &copy)));
    config_put(copy, &again);
    assert_true(span_equal(buf_span(&bytes), buf_span(&again)));
    assert_false(config_bool(copy, CONFIG_limits));
    config_free(copy);
    for (size_t cut = 1; cut < bytes.n; cut += 7) { /* cut anywhere: refused or a value less, never past the end */
        struct err e = config_take(span_sub(buf_span(&bytes), 0, cut), &copy);
        if (!err_failed(e)) config_free(copy);
    }
    assert_true(err_failed(config_take(SPAN_LITERAL("loops\0many\0"), &copy)));
    config_free(config);
    buf_free(&message);
    buf_free(&bytes);
    buf_free(&again);
}

static void values_must_fit_together(void **state)
{
    (void)state;
    struct config *config = NULL;
    struct buf message = BUF_WITH_MAX(8192);
    assert_false(err_failed(config_load(NULL, &config, &message)));
    assert_false(err_failed(config_check(config, &message)));
    assert_false(err_failed(config_set(config, "plain_http", "yes", &message)));
    assert_false(err_failed(config_check(config, &message)));
    assert_false(err_failed(config_set(config, "listen", "0.0.0.0:8443", &message)));
    assert_true(err_failed(config_check(config, &message)));
    assert_non_null(strstr((const char *)message.p, "loopback"));
    assert_false(err_failed(config_set(config, "plain_http", "no", &message)));
    assert_false(err_failed(config_set(config, "tls_key", "/k", &message)));
    assert_true(err_failed(config_check(config, &message)));
    assert_int_equal(config_set(config, "nothing", "x", &message).code, ERR_CONFIG);
    config_free(config);
    config_free(NULL);
    buf_free(&message);
}

static void addresses(void **state)
{
    (void)state;
    struct address a;
    assert_true(address_parse("127.0.0.1:8443", &a) && a.is_loopback && !a.is_any && a.port == 8443);
    assert_true(address_parse("localhost:1", &a) && a.is_loopback);
    assert_true(address_parse("[::]:65535", &a) && a.is_ipv6 && a.is_any && !a.is_loopback);
    assert_true(address_parse("[::1]:80", &a) && a.is_loopback);
    assert_true(address_parse("0.0.0.0:80", &a) && a.is_any);
    const char *const wrong[] = {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "[::1:80", "clinic.example:443", "[127.0.0.1]:80", "1.2.3:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (address_parse(wrong[i], &a)) fail_msg("taken: %s", wrong[i]);
}

static void reference_names_every_setting(void **state)
{
    (void)state;
    struct buf text = BUF_WITH_MAX(65536), example = BUF_WITH_MAX(65536);
    config_put_reference(&text);
    config_put_example(&example);
    buf_put_byte(&text, 0);
    buf_put_byte(&example, 0);
    assert_false(text.failed || example.failed);
#define S(name, ...) assert_non_null(strstr((const char *)text.p, "| `" #name "` |")); assert_non_null(strstr((const char *)example.p, "\n#" #name " = "));
#include "os/config.def"
#undef S
    buf_free(&text);
    buf_free(&example);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}
static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_files_are_named), cmocka_unit_test(secrets_are_not_repeated), cmocka_unit_test(long_values_stay_whole),
        cmocka_unit_test(file_then_environment_then_default), cmocka_unit_test(handing_on_keeps_every_value),
        cmocka_unit_test(values_must_fit_together), cmocka_unit_test(addresses), cmocka_unit_test(reference_names_every_setting),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
