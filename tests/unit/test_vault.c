/* The vault's operations, called straight: what opens, what must not, and the answers of another implementation. */
#include "crypt/audit_chain.h"
#include "crypt/vault.h"
#include "crypt/vault_pace.h"
#include "test_vault_area.h"

#include "base/clock.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
    struct vault *vault;
    uint8_t *area;
    struct hex wrapped; /* key of person 1 … 16 */
};

static struct vault_op about(enum vault_op_kind kind, enum vault_purpose purpose, bool person)
{
    struct vault_op op = {.kind = (uint8_t)kind, .purpose = (uint16_t)purpose, .row = id_counting(17), .version = 7};
    if (person) op.person = id_counting(1);
    return op;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->vault = new_vault(0);
    f->area = new_area();
    struct span out;
    assert_int_equal(ask(f->vault, f->area, about(VAULT_NEW_PERSON, PURPOSE_NONE, true), SPAN_NONE, SPAN_NONE, &out), VAULT_DONE);
    f->wrapped = keep(out);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    vault_free(f->vault);
    free(f->area);
    free(f);
    return 0;
}

static const enum vault_purpose personal[] = {
    PURPOSE_USER_PROFILE, PURPOSE_RECOGNISED, PURPOSE_EVIDENCE, PURPOSE_MEDIA_CHUNK, PURPOSE_SESSION_CLIENT, PURPOSE_DRAFT,
    PURPOSE_NOTES, PURPOSE_QUESTION, PURPOSE_REGISTRATION,
    PURPOSE_CONSULTATION_NAME, PURPOSE_CONSULTATION_TITLE, PURPOSE_NOTE, PURPOSE_NOTE_ADDENDUM,
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct hex seal(struct fixture *f, enum vault_purpose purpose, struct span plain)
{
    struct span out;
    assert_int_equal(ask(f->vault, f->area, about(VAULT_SEAL, purpose, true), plain, kept(&f->wrapped), &out), VAULT_DONE);
    assert_int_equal(out.n, plain.n + VAULT_ENVELOPE_BYTES);
    return keep(out);
}

static void round_trips(void **state)
{
    struct fixture *f = *state;
    uint8_t plain[HEX_MAX - VAULT_ENVELOPE_BYTES];
    struct span out;
    for (size_t i = 0; i < sizeof plain; i++) plain[i] = (uint8_t)(i * 31);
    for (size_t p = 0; p < COUNT(personal); p++)
        for (size_t n = 0; n <= sizeof plain; n += n < 40 ? 1 : 97) {
            struct hex envelope = seal(f, personal[p], span_of(plain, n));
            assert_int_equal(ask(f->vault, f->area, about(VAULT_OPEN, personal[p], true), kept(&envelope), kept(&f->wrapped), &out),
                             VAULT_DONE);
            assert_true(span_equal(out, span_of(plain, n)));
        }
    static const enum vault_purpose system[] = {PURPOSE_PASSWORD, PURPOSE_AUDIT_CLIENT};
    for (size_t p = 0; p < COUNT(system); p++) {
        assert_int_equal(ask(f->vault, f->area, about(VAULT_SEAL_SYSTEM, system[p], false), SPAN_LITERAL("$ms$"), SPAN_NONE, &out),
                         VAULT_DONE);
        struct hex envelope = keep(out);
        assert_int_equal(ask(f->vault, f->area, about(VAULT_OPEN_SYSTEM, system[p], false), kept(&envelope), SPAN_NONE, &out),
                         VAULT_DONE);
        assert_true(span_is(out, "$ms$"));
        assert_int_equal(ask(f->vault, f->area, about(VAULT_OPEN_SYSTEM, system[1 - p], false), kept(&envelope), SPAN_NONE, &out),
                         VAULT_REFUSED);
    }
}

/* SEC-101: any changed byte, of the envelope or of the wrapped key, and nothing opens. */
static void every_changed_byte_is_refused(void **state)
{
    struct fixture *f = *state;
    struct span out;
    struct hex envelope = seal(f, PURPOSE_DRAFT, SPAN_LITERAL("Paracetamol 500 mg twice a day"));
    struct vault_op op = about(VAULT_OPEN, PURPOSE_DRAFT, true);
    for (size_t i = 0; i < envelope.n * 8; i++) {
        envelope.p[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_int_equal(ask(f->vault, f->area, op, kept(&envelope), kept(&f->wrapped), &out), VAULT_REFUSED);
        envelope.p[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t n = 0; n < envelope.n; n++) {
        assert_int_equal(ask(f->vault, f->area, op, span_of(envelope.p, n), kept(&f->wrapped), &out), VAULT_REFUSED);
    }
    for (size_t i = 0; i < f->wrapped.n * 8; i++) { /* the good key is in the cache meanwhile */
        struct hex key = f->wrapped;
        key.p[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_int_equal(ask(f->vault, f->area, op, kept(&envelope), kept(&key), &out), VAULT_REFUSED);
    }
    for (size_t n = 1; n < f->wrapped.n; n++)
        assert_int_equal(ask(f->vault, f->area, op, kept(&envelope), span_of(f->wrapped.p, n), &out), VAULT_REFUSED);
    assert_int_equal(ask(f->vault, f->area, op, kept(&envelope), kept(&f->wrapped), &out), VAULT_DONE);
}

/* SEC-101: moved to another row, person, version or column. */
static void another_place_is_refused(void **state)
{
    struct fixture *f = *state;
    struct span out;
    struct hex envelope = seal(f, PURPOSE_DRAFT, SPAN_LITERAL("text"));
    struct vault_op op = about(VAULT_OPEN, PURPOSE_DRAFT, true);
    for (size_t i = 0; i < ID_BYTES; i++) {
        op.row.b[i] ^= 1;
        assert_int_equal(ask(f->vault, f->area, op, kept(&envelope), kept(&f->wrapped), &out), VAULT_REFUSED);
        op.row.b[i] ^= 1;
        op.person.b[i] ^= 0x40;
        assert_int_equal(ask(f->vault, f->area, op, kept(&envelope), kept(&f->wrapped), &out), VAULT_REFUSED);
        op.person.b[i] ^= 0x40;
    }
    for (unsigned bit = 0; bit < 64; bit++) {
        op.version ^= 1ull << bit;
        assert_int_equal(ask(f->vault, f->area, op, kept(&envelope), kept(&f->wrapped), &out), VAULT_REFUSED);
        op.version ^= 1ull << bit;
    }
    for (size_t p = 0; p < COUNT(personal); p++) {
        op.purpose = (uint16_t)personal[p];
        uint8_t expected = personal[p] == PURPOSE_DRAFT ? VAULT_DONE : VAULT_REFUSED;
        assert_int_equal(ask(f->vault, f->area, op, kept(&envelope), kept(&f->wrapped), &out), expected);
    }
}

/* The key of one person laid beside another (TM-05, SEC-101): neither seals nor opens. */
static void key_of_another_person_is_refused(void **state)
{
    struct fixture *f = *state;
    struct span out;
    struct hex envelope = seal(f, PURPOSE_NOTES, SPAN_LITERAL("text"));
    struct vault_op other = about(VAULT_NEW_PERSON, PURPOSE_NONE, true);
    other.person = id_counting(99);
    assert_int_equal(ask(f->vault, f->area, other, SPAN_NONE, SPAN_NONE, &out), VAULT_DONE);
    struct hex other_key = keep(out);
    struct vault_op op = about(VAULT_OPEN, PURPOSE_NOTES, true);
    assert_int_equal(ask(f->vault, f->area, op, kept(&envelope), kept(&other_key), &out), VAULT_REFUSED);
    op.person = other.person;
    assert_int_equal(ask(f->vault, f->area, op, kept(&envelope), kept(&f->wrapped), &out), VAULT_REFUSED);
    assert_int_equal(ask(f->vault, f->area, op, kept(&envelope), kept(&other_key), &out), VAULT_REFUSED);
    op.kind = VAULT_SEAL;
    assert_int_equal(ask(f->vault, f->area, op, SPAN_LITERAL("text"), kept(&f->wrapped), &out), VAULT_REFUSED);
    assert_int_equal(ask(f->vault, f->area, op, SPAN_LITERAL("text"), kept(&other_key), &out), VAULT_DONE);
}

/* Two installations share nothing (SEC-108, SEC-110). */
static void another_root_opens_nothing(void **state)
{
    struct fixture *f = *state;
    struct span out;
    struct vault *stranger;
    uint8_t root[VAULT_ROOT_BYTES];
    random_bytes(root, sizeof root);
    assert_false(err_failed(vault_new(root, 0, &stranger)));
    struct hex envelope = seal(f, PURPOSE_NOTES, SPAN_LITERAL("text"));
    assert_int_equal(ask(stranger, f->area, about(VAULT_OPEN, PURPOSE_NOTES, true), kept(&envelope), kept(&f->wrapped), &out),
                     VAULT_REFUSED);
    struct vault_op index = {.kind = VAULT_INDEX, .purpose = PURPOSE_INDEX_EMAIL};
    assert_int_equal(ask(stranger, f->area, index, SPAN_LITERAL("a@b.example"), SPAN_NONE, &out), VAULT_DONE);
    struct hex theirs = keep(out);
    assert_int_equal(ask(f->vault, f->area, index, SPAN_LITERAL("a@b.example"), SPAN_NONE, &out), VAULT_DONE);
    assert_int_equal(out.n, 32);
    assert_false(span_equal(out, kept(&theirs)));
    vault_free(stranger);
}

static void known_answers(void **state)
{
    struct fixture *f = *state;
    static const struct { uint8_t kind; uint16_t purpose; const char *answer; } macs[] = {
        {VAULT_INDEX, PURPOSE_INDEX_USERNAME, "c3312d46def10de74df0b68289073ebaefdacd300979cfb63697859f55527155"},
        {VAULT_INDEX, PURPOSE_INDEX_EMAIL, "cc3ea7e40779937243f7e546e36522af21745c497fdc565bd88d7cafd9ccfbd1"},
        {VAULT_MAC, PURPOSE_APPROVAL, "d52a8a90ade51828822ad7d98655a154128a368ff3ad30044411ed4f2d950567"},
        {VAULT_MAC, PURPOSE_CSRF, "e8a445088e138f17de6aeeb469e95c8a5a986be1babd32564926310e3d4a9284"},
        {VAULT_MAC, PURPOSE_CURSOR, "d60a01db7e0233e78a9536a290970ced51547ac78f18c75e5fbc322a1a722abf"},
        {VAULT_MAC, PURPOSE_SETUP, "66c1c8de6faf13fe70ffe97d774c7da9857f64b2afc6cabfc8c7036142042b5c"},
        {VAULT_PUBLIC_KEY, PURPOSE_NONE, "296835bead9e3ce1b1c98451b3e2fb581fe8fc585dce781ac11985b82c8c1ddd"},
    };
    struct span out, hello = SPAN_LITERAL("hello");
    for (size_t i = 0; i < COUNT(macs); i++) {
        struct vault_op op = {.kind = macs[i].kind, .purpose = macs[i].purpose};
        struct span in = op.kind == VAULT_PUBLIC_KEY ? SPAN_NONE : hello;
        assert_int_equal(ask(f->vault, f->area, op, in, SPAN_NONE, &out), VAULT_DONE);
        assert_hex(out.p, out.n, macs[i].answer);
    }
    struct vault_op pepper = {.kind = VAULT_PEPPER};
    for (int again = 0; again < 2; again++, pepper.purpose = PURPOSE_PASSWORD) {
        assert_int_equal(ask(f->vault, f->area, pepper, hello, SPAN_NONE, &out), VAULT_DONE);
        assert_true(span_is(out, "3NUtlD5Kq0PThpjIo40wDHJMv3OdgQpel6tcuxQyS3NIFbcnfmHfhB3o1deVCHCh"));
    }
    assert_int_equal(ask(f->vault, f->area, (struct vault_op){.kind = VAULT_JWT}, SPAN_LITERAL("{\"sub\":\"a\"}"), SPAN_NONE, &out),
                     VAULT_DONE);
    assert_true(span_is(out, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IjEifQ.eyJzdWIiOiJhIn0."
                             "cjDBIpBUh3Es6zFIxSb7LQZLmK8dWesC386G33OgCzo"));
}

/* Key, wrap, AAD and envelope as written down, made by another implementation. */
static void envelopes_of_another_implementation(void **state)
{
    struct fixture *f = *state;
    struct span out;
    struct hex key = from_hex("0101000000ef0a1978f72b0d54cb625a22c113f20b7743cc50edbc2ddcdef8cb58bcd4a015d83cf4f8386d2fa4");
    struct hex field = from_hex("0101000102030405060708090a0b2cc39e1818cddf96909fbaacf8b50665432b6413b8f2e6cb0c741d4bb777d93ccf76");
    struct hex system = from_hex("0101000102030405060708090a0b154e8598383fa3328e737db6941e496e19177bed");
    assert_int_equal(ask(f->vault, f->area, about(VAULT_OPEN, PURPOSE_RECOGNISED, true), kept(&field), kept(&key), &out), VAULT_DONE);
    assert_true(span_is(out, "Paracetamol 500 mg"));
    assert_int_equal(ask(f->vault, f->area, about(VAULT_OPEN_SYSTEM, PURPOSE_PASSWORD, false), kept(&system), SPAN_NONE, &out),
                     VAULT_DONE);
    assert_true(span_is(out, "hash"));
}

/* SEC-017, SEC-018: what bcrypt cannot see lies behind the pepper: byte 73 counts, a NUL is a byte like any other. */
static void pepper_sees_the_whole_password(void **state)
{
    struct fixture *f = *state;
    struct vault_op op = {.kind = VAULT_PEPPER};
    uint8_t password[80];
    struct span out;
    memset(password, 'a', sizeof password);
    assert_int_equal(ask(f->vault, f->area, op, span_of(password, sizeof password), SPAN_NONE, &out), VAULT_DONE);
    struct hex whole = keep(out);
    assert_int_equal(whole.n, VAULT_PEPPERED_BYTES);
    for (size_t i = 0; i < sizeof password; i++) {
        password[i] = 0;
        assert_int_equal(ask(f->vault, f->area, op, span_of(password, sizeof password), SPAN_NONE, &out), VAULT_DONE);
        assert_false(span_equal(out, kept(&whole)));
        assert_null(memchr(out.p, 0, out.n));
        password[i] = 'a';
        assert_int_equal(ask(f->vault, f->area, op, span_of(password, i + (i == 0)), SPAN_NONE, &out), VAULT_DONE);
        assert_false(span_equal(out, kept(&whole)));
    }
}

static void signs_checkpoints_only(void **state)
{
    struct fixture *f = *state;
    struct span out;
    uint8_t message[AUDIT_CHECKPOINT_BYTES], public_key[32];
    struct audit_checkpoint point = {.seq = 5, .hash = {9}, .time_us = 1};
    struct vault_op op = {.kind = VAULT_SIGN};
    assert_int_equal(ask(f->vault, f->area, (struct vault_op){.kind = VAULT_PUBLIC_KEY}, SPAN_NONE, SPAN_NONE, &out), VAULT_DONE);
    memcpy(public_key, out.p, 32);
    audit_chain_message(&point, message);
    assert_int_equal(ask(f->vault, f->area, op, span_of(message, sizeof message), SPAN_NONE, &out), VAULT_DONE);
    assert_int_equal(out.n, 64);
    assert_true(audit_chain_verify(&point, public_key, out.p));
    assert_int_equal(ask(f->vault, f->area, op, span_of(message, sizeof message - 1), SPAN_NONE, &out), VAULT_MALFORMED);
    message[0] ^= 1;
    assert_int_equal(ask(f->vault, f->area, op, span_of(message, sizeof message), SPAN_NONE, &out), VAULT_MALFORMED);
    assert_int_equal(ask(f->vault, f->area, op, SPAN_LITERAL("anything"), SPAN_NONE, &out), VAULT_MALFORMED);
    assert_int_equal(ask(f->vault, f->area, (struct vault_op){.kind = VAULT_JWT}, SPAN_LITERAL("no object"), SPAN_NONE, &out),
                     VAULT_MALFORMED);
}

/* TM-34: MEDSCRIBE_NONCES=1000000 for the long run. */
static int by_bytes(const void *a, const void *b) { return memcmp(a, b, 12); }
static void nonces_never_repeat(void **state)
{
    struct fixture *f = *state;
    const char *wanted = getenv("MEDSCRIBE_NONCES");
    size_t count = wanted != NULL ? strtoul(wanted, NULL, 10) : 100000, have = 0;
    uint8_t(*nonces)[12] = calloc(count, sizeof *nonces);
    assert_non_null(nonces);
    const uint32_t batch = 64;
    while (have < count) {
        for (uint32_t i = 0; i < batch; i++)
            lay(f->area, i, about(VAULT_SEAL, PURPOSE_NOTES, true), SPAN_LITERAL("x"), kept(&f->wrapped));
        assert_int_equal(vault_serve_batch(f->vault, f->area, batch, 0), batch);
        for (uint32_t i = 0; i < batch && have < count; i++) memcpy(nonces[have++], f->area + op_in(f->area, i)->out_at + 2, 12);
    }
    qsort(nonces, count, sizeof *nonces, by_bytes);
    for (size_t i = 1; i < count; i++) assert_memory_not_equal(nonces[i - 1], nonces[i], 12);
    free(nonces);
}

/* TM-34: a fork cannot go on with the parent's nonces or keys; the memory is not there. */
static void fork_gets_no_keys(void **state)
{
    struct fixture *f = *state;
    pid_t pid = fork();
    if (pid == 0) {
        lay(f->area, 0, about(VAULT_SEAL, PURPOSE_NOTES, true), SPAN_LITERAL("x"), kept(&f->wrapped));
        signal(SIGSEGV, SIG_DFL);
        vault_serve_batch(f->vault, f->area, 1, 0);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/* More persons than the cache has places: everything still opens, and a wrong key still does not. */
static void cache_overflows_quietly(void **state)
{
    struct fixture *f = *state;
    enum { PEOPLE = 3 * VAULT_CACHE_SETS * VAULT_CACHE_WAYS };
    struct stored { uint8_t key[VAULT_WRAPPED_BYTES], envelope[8 + VAULT_ENVELOPE_BYTES]; } *stored = calloc(PEOPLE, sizeof *stored);
    struct span out;
    for (int pass = 0; pass < 3; pass++)
        for (uint32_t i = 0; i < PEOPLE; i++) {
            struct vault_op op = about(VAULT_NEW_PERSON, PURPOSE_NONE, true);
            uint64_t number = i;
            memcpy(op.person.b + 4, &number, sizeof number);
            if (pass == 0) {
                assert_int_equal(ask(f->vault, f->area, op, SPAN_NONE, SPAN_NONE, &out), VAULT_DONE);
                memcpy(stored[i].key, out.p, out.n);
                op.kind = VAULT_SEAL;
                op.purpose = PURPOSE_DRAFT;
                assert_int_equal(ask(f->vault, f->area, op, span_of(&number, 8), span_of(stored[i].key, sizeof stored[i].key), &out),
                                 VAULT_DONE);
                memcpy(stored[i].envelope, out.p, out.n);
                continue;
            }
            op.kind = VAULT_OPEN;
            op.purpose = PURPOSE_DRAFT;
            struct span envelope = span_of(stored[i].envelope, sizeof stored[i].envelope);
            assert_int_equal(ask(f->vault, f->area, op, envelope, span_of(stored[i].key, sizeof stored[i].key), &out), VAULT_DONE);
            assert_memory_equal(out.p, &number, 8);
            uint32_t other = (i + 1) % PEOPLE;
            assert_int_equal(ask(f->vault, f->area, op, envelope, span_of(stored[other].key, sizeof stored[other].key), &out),
                             VAULT_REFUSED);
        }
    free(stored);
}

static void root_keys(void **state)
{
    (void)state;
    uint8_t root[VAULT_ROOT_BYTES];
    static const char *const weak[] = {
        "", "secret", "cb3184b443d79c5169c0d0ff74efc99444364c5d9b2b27d09dfe6afce80f66",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "0000000000000000000000000000000000000000000000000000000000000000",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100",
        "cb3184b443d79c5169c0d0ff74efc994cb3184b443d79c5169c0d0ff74efc994", "cb3184b443d79c5169c0d0ff74efc99444364c5d9b2b27d09dfe6afce80f66dg",
        "cb3184b443d79c5169c0d0ff74efc99444364c5d9b2b27d09dfe6afce80f66d6 ", " cb3184b443d79c5169c0d0ff74efc99444364c5d9b2b27d09dfe6afce80f66d6",
        "cb3184b443d79c5169c0d0ff74efc99444364c5d9b2b27d09dfe6afce80f66d6\n\n",
    };
    for (size_t i = 0; i < COUNT(weak); i++) assert_int_equal(vault_keys_read_root(span_text(weak[i]), root).code, ERR_BAD_VALUE);
    assert_false(err_failed(vault_keys_read_root(span_text(test_root), root)));
    assert_false(err_failed(vault_keys_read_root(span_of(test_root, 64), root)));
    for (int i = 0; i < 10000; i++) { /* what a random generator gives is never called weak */
        char text[65];
        random_bytes(root, sizeof root);
        for (size_t b = 0; b < sizeof root; b++) snprintf(text + 2 * b, 3, "%02x", root[b]);
        assert_false(err_failed(vault_keys_read_root(span_of(text, 64), root)));
    }
}

/* No label is the beginning of another: no two derivations can meet. */
static void labels_are_unique(void **state)
{
    (void)state;
    for (unsigned a = 0; a < VAULT_INFO_COUNT; a++)
        for (unsigned b = 0; b < VAULT_INFO_COUNT; b++)
            if (a != b) assert_false(span_starts(span_text(vault_keys_label(a)), span_text(vault_keys_label(b))));
    assert_null(vault_keys_label(VAULT_INFO_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips), cmocka_unit_test(every_changed_byte_is_refused), cmocka_unit_test(another_place_is_refused),
        cmocka_unit_test(key_of_another_person_is_refused), cmocka_unit_test(another_root_opens_nothing),
        cmocka_unit_test(known_answers), cmocka_unit_test(envelopes_of_another_implementation),
        cmocka_unit_test(pepper_sees_the_whole_password), cmocka_unit_test(signs_checkpoints_only),
        cmocka_unit_test(nonces_never_repeat), cmocka_unit_test(fork_gets_no_keys), cmocka_unit_test(cache_overflows_quietly),
        cmocka_unit_test(root_keys), cmocka_unit_test(labels_are_unique),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
