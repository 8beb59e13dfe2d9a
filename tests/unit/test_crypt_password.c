#include "crypt/password.h"
#include "test_vault_area.h"

static const struct span peppered = {(const uint8_t *)"3NUtlD5Kq0PThpjIo40wDHJMv3OdgQpel6tcuxQyS3NIFbcnfmHfhB3o1deVCHCh", 64};

static bool matches(const char *stored, enum password_scheme scheme, struct span password, struct span pepper, bool *rehash)
{
    bool match = true;
    assert_false(err_failed(password_verify(span_text(stored), scheme, password, pepper, &match, rehash)));
    return match;
}

static void own_scheme(enum password_scheme scheme, const char *prefix, enum password_scheme other)
{
    bool match, rehash;
    struct buf one = BUF_WITH_MAX(256), two = BUF_WITH_MAX(256);
    assert_false(err_failed(password_hash(scheme, peppered, &one)));
    assert_false(err_failed(password_hash(scheme, peppered, &two)));
    assert_true(span_starts(buf_span(&one), span_text(prefix)));
    assert_false(span_equal(buf_span(&one), buf_span(&two)));
    assert_false(err_failed(password_verify(buf_span(&one), scheme, SPAN_NONE, peppered, &match, &rehash)));
    assert_true(match && !rehash);
    assert_false(err_failed(password_verify(buf_span(&one), other, SPAN_NONE, peppered, &match, &rehash)));
    assert_true(match && rehash);
    assert_false(err_failed(password_verify(buf_span(&one), scheme, SPAN_NONE, span_sub(peppered, 0, 63), &match, &rehash)));
    assert_false(match || rehash);
    one.p[one.n - 2] ^= 1; /* in the hash, never the last bits of base64 */
    assert_false(err_failed(password_verify(buf_span(&one), scheme, SPAN_NONE, peppered, &match, &rehash)));
    assert_false(match);
    buf_free(&one);
    buf_free(&two);
}

static void own_bcrypt(void **state)
{
    (void)state;
    own_scheme(PASSWORD_BCRYPT, "$ms$bcrypt$$2b$12$", PASSWORD_PBKDF2);
}
static void own_argon2id(void **state)
{
    (void)state;
    own_scheme(PASSWORD_ARGON2ID, "$ms$argon2id$$argon2id$v=19$m=65536,t=3,p=1$", PASSWORD_BCRYPT);
}
static void own_pbkdf2(void **state)
{
    (void)state;
    own_scheme(PASSWORD_PBKDF2, "$ms$pbkdf2$i=600000$", PASSWORD_ARGON2ID);
}

/* Made with other programs: htpasswd's form, Django's, and the 32-byte salt with 100,000 rounds (Python's hashlib). */
static void imported(void **state)
{
    (void)state;
    bool rehash;
    const char django[] = "pbkdf2_sha256$100000$seasalt$IJyo3qluNcyxZU2oAj6VeKJxpPALrEOwIMNzdZJVr3M=";
    const char plain[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f:ee3dd661e872b8540c29268e74d90a541a49e3a82e9ff827a07638053e4102c4";
    const struct span password = SPAN_LITERAL("Correct-Horse-7");
    assert_true(matches(django, PASSWORD_BCRYPT, password, peppered, &rehash));
    assert_true(rehash);
    assert_true(matches(plain, PASSWORD_PBKDF2, password, peppered, &rehash));
    assert_true(rehash);
    assert_false(matches(django, PASSWORD_BCRYPT, SPAN_LITERAL("correct-Horse-7"), peppered, &rehash));
    assert_false(matches(plain, PASSWORD_BCRYPT, SPAN_LITERAL("Correct-Horse-7 "), peppered, &rehash));
    assert_false(rehash);
}

static void imported_bcrypt(void **state)
{
    (void)state;
    bool rehash;
    /* Openwall's test vectors */
    const char stored[] = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    assert_true(matches(stored, PASSWORD_BCRYPT, SPAN_LITERAL("U*U"), peppered, &rehash));
    assert_true(rehash);
    assert_false(matches(stored, PASSWORD_BCRYPT, SPAN_LITERAL("U*V"), peppered, &rehash));
    assert_false(matches(stored, PASSWORD_BCRYPT, SPAN_LITERAL("U*U\0x"), peppered, &rehash)); /* no library cuts at NUL */
    assert_false(matches(stored, PASSWORD_BCRYPT, SPAN_NONE, peppered, &rehash));
    assert_true(matches("$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", PASSWORD_BCRYPT, SPAN_LITERAL("U*U*U"),
                        peppered, &rehash));
    const char longest[] = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    const char password[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored";
    assert_true(matches(longest, PASSWORD_BCRYPT, span_text(password), peppered, &rehash)); /* as the old system did */
    assert_true(matches(longest, PASSWORD_BCRYPT, span_of(password, 72), peppered, &rehash));
    assert_false(matches(longest, PASSWORD_BCRYPT, span_of(password, 71), peppered, &rehash));
}

/* With our own form the 72nd byte is no border: the pepper stands before it (the vault's part is in test_vault). */
static void nothing_strange_matches(void **state)
{
    (void)state;
    static const char *const strange[] = {
        "x", "$2b$12$", "$ms$", "$ms$bcrypt$", "$ms$bcrypt$$2b$12$short", "$ms$argon2id$", "$ms$argon2id$$argon2i$v=19$m=8,t=1,p=1$",
        "$ms$pbkdf2$", "$ms$pbkdf2$i=0$AAAA$AAAA", "$ms$pbkdf2$i=600000$AAAA$", "$ms$pbkdf2$i=600000$AAAA$AAAA",
        "$ms$pbkdf2$i=99999999999$AAAA$AAAA", "pbkdf2_sha256$100000$salt$", "pbkdf2_sha256$-1$salt$AAAA", "pbkdf2_sha256$1$$AAAA",
        "00:00", ":", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$ms$bcrypt$$1$abc", "$1$abcdefgh$", "plain text",
    };
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        bool match = true, rehash = true;
        IGNORE(password_verify(span_text(strange[i]), PASSWORD_BCRYPT, SPAN_LITERAL("x"), peppered, &match, &rehash));
        assert_false(match || rehash);
    }
    bool match, rehash;
    char long_text[300];
    memset(long_text, 'a', sizeof long_text);
    assert_true(err_failed(password_verify(span_of(long_text, sizeof long_text), PASSWORD_BCRYPT, SPAN_NONE, peppered, &match, &rehash)));
    assert_true(err_failed(password_verify(SPAN_NONE, PASSWORD_BCRYPT, SPAN_NONE, peppered, &match, &rehash)));
    struct buf out = BUF_WITH_MAX(10);
    assert_true(err_failed(password_hash(PASSWORD_PBKDF2, peppered, &out)));
    assert_true(err_failed(password_hash(PASSWORD_BCRYPT, SPAN_NONE, &out)));
    buf_free(&out);
}

static void nobody_costs_the_same(void **state)
{
    (void)state;
    password_verify_nobody(PASSWORD_BCRYPT, peppered);
}

static void assert_rule(const char *password, unsigned code)
{
    struct err e = password_rule(span_text(password));
    if (e.code != code) fail_msg("%s: %s, not %s", password, err_name(e.code), err_name(code));
}

static void rule_composition(void **state)
{
    (void)state;
    char longest[4 * 129 + 1];
    assert_rule("Ab1!xyq", ERR_WEAK_PASSWORD);
    assert_rule("ab1!xyqz", ERR_WEAK_PASSWORD);
    assert_rule("AB1!XYQZ", ERR_WEAK_PASSWORD);
    assert_rule("Abc!xyqz", ERR_WEAK_PASSWORD);
    assert_rule("Abc1xyqz", ERR_WEAK_PASSWORD);
    assert_rule("", ERR_WEAK_PASSWORD);
    assert_rule("Ab1!xyqz", ERR_OK);
    assert_rule("Ab1 xyqz", ERR_OK);       /* a space is special */
    assert_rule("Ab1\xc3\xa9xyqz", ERR_OK); /* so is é */
    assert_rule("Ab1!xyq\xff", ERR_INVALID_UTF8);
    memcpy(longest, "Ab1!", 4);
    for (size_t i = 4; i < 129; i++) longest[i] = (char)('a' + i * 7 % 26);
    longest[128] = 0;
    assert_rule(longest, ERR_OK);
    longest[128] = 'q';
    longest[129] = 0;
    assert_rule(longest, ERR_WEAK_PASSWORD);
    size_t n = 4; /* 128 code points of three bytes */
    for (int i = 0; i < 124; i++, n += 3) memcpy(longest + n, i % 2 == 0 ? "\xe0\xa4\x85" : "\xe0\xa4\xa8", 3);
    longest[n] = 0;
    assert_rule(longest, ERR_OK);
}

static void rule_common(void **state)
{
    (void)state;
    static const char *const common[] = {
        "Password1!", "PASSWORd123!", "P@ssw0rd1!", "P@$$w0rd1!", "p@ssW0rd!", "Qwerty123!", "Qwertyuiop1!", "Abcd1234!", "Abcdef1!",
        "Welcome@2024", "We1come!2024", "Admin@123", "Letmein1!", "Iloveyou2!", "Medscribe1!", "Doctor#2025", "Hospital1$", "1!Password",
        "123Qwerty!", "Aa123456!", "Aaaa1111!!", "Aa1!Aa1!", "Monkey123!", "Dragon!1", "PasswordPassword1!", "Trustno1!", "Zxcvbnm1!",
        "Summer2024!", "Test1234!", "Ch@ngeme1",
    };
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) assert_rule(common[i], ERR_COMMON_PASSWORD);
    static const char *const fine[] = {
        "Correct-Horse-7", "Violet!Tram42", "Gr\xc3\xbcnerTee#91", "K7!mqpVx2", "Rain&Stone88", "Password-is-Long-1", "Xy84719305!",
        "aB3$kLm9", "L0gin!!!1x",
    };
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) assert_rule(fine[i], ERR_OK);
}

/* The rule looks words up by halving. */
static void rule_words_are_in_order(void **state)
{
    (void)state;
    static const char *const words[] = {
#define W(word) word,
#include "crypt/password_words.def"
#undef W
    };
    const size_t count = sizeof words / sizeof *words;
    for (size_t i = 0; i < count; i++) {
        if (i > 0) assert_true(strcmp(words[i - 1], words[i]) < 0);
        char password[64] = "7#";
        strcat(strcat(password, words[i]), "#19!$(%");
        password[2] = (char)(password[2] - 'a' + 'A');
        assert_rule(password, ERR_COMMON_PASSWORD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_bcrypt), cmocka_unit_test(own_argon2id), cmocka_unit_test(own_pbkdf2), cmocka_unit_test(imported),
        cmocka_unit_test(imported_bcrypt), cmocka_unit_test(nothing_strange_matches), cmocka_unit_test(nobody_costs_the_same),
        cmocka_unit_test(rule_composition), cmocka_unit_test(rule_common),
        cmocka_unit_test(rule_words_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
