/* A client that means harm (TM-05): wrong shapes, bounds at every edge, kinds that a purpose has not, bytes that change while
   the vault works, and too many persons. */
#include "base/clock.h"
#include "crypt/audit_chain.h"
#include "crypt/vault.h"
#include "crypt/vault_pace.h"
#include "test_vault_area.h"

#include <pthread.h>
#include <stdatomic.h>

static struct vault *vault;
static uint8_t *area;
static struct hex wrapped;

static int set_up(void **state)
{
    (void)state;
    struct span out;
    vault = new_vault(0);
    area = new_area();
    struct vault_op op = {.kind = VAULT_NEW_PERSON, .person = id_counting(1)};
    assert_int_equal(ask(vault, area, op, SPAN_NONE, SPAN_NONE, &out), VAULT_DONE);
    wrapped = keep(out);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vault_free(vault);
    free(area);
    return 0;
}

static struct vault_op good_seal(void)
{
    return (struct vault_op){.kind = VAULT_SEAL, .purpose = PURPOSE_DRAFT, .person = id_counting(1), .row = id_counting(2)};
}

static void counts(void **state)
{
    (void)state;
    memset(area, 0xff, VAULT_OPS_MAX * sizeof(struct vault_op));
    assert_int_equal(vault_serve_batch(vault, area, 0, 0), 0);
    assert_int_equal(vault_serve_batch(vault, area, VAULT_OPS_MAX + 1, 0), 0);
    assert_int_equal(vault_serve_batch(vault, area, UINT32_MAX, 0), 0);
    assert_int_equal(vault_serve_batch(vault, area, VAULT_OPS_MAX, 0), VAULT_OPS_MAX);
    for (uint32_t i = 0; i < VAULT_OPS_MAX; i++) {
        assert_int_equal(op_in(area, i)->status, VAULT_MALFORMED);
        assert_int_equal(op_in(area, i)->out_bytes, 0);
    }
}

/* Every kind with every purpose: only the pairs of vault.h are done. */
static void kinds_and_purposes(void **state)
{
    (void)state;
    unsigned done = 0, refused = 0;
    uint8_t message[AUDIT_CHECKPOINT_BYTES];
    audit_chain_message(&(struct audit_checkpoint){0}, message);
    for (unsigned kind = 0; kind < 256; kind++)
        for (unsigned purpose = 0; purpose < 300; purpose++) {
            struct span in = SPAN_LITERAL("{}"), key = SPAN_NONE, out;
            struct vault_op op = {.kind = (uint8_t)kind, .purpose = (uint16_t)purpose};
            if (kind == VAULT_SEAL || kind == VAULT_OPEN || kind == VAULT_NEW_PERSON) op.person = id_counting(1);
            if (kind == VAULT_SEAL || kind == VAULT_OPEN) key = kept(&wrapped);
            if (kind == VAULT_NEW_PERSON || kind == VAULT_PUBLIC_KEY) in = SPAN_NONE;
            if (kind == VAULT_SIGN) in = span_of(message, sizeof message);
            uint8_t status = ask(vault, area, op, in, key, &out);
            done += status == VAULT_DONE;
            refused += status == VAULT_REFUSED; /* allowed, but "{}" does not open */
            if (status != VAULT_DONE && status != VAULT_REFUSED) assert_int_equal(status, VAULT_MALFORMED);
        }
    assert_int_equal(done, 13 + 2 + 2 + 4 + 6); /* seals, system seals, indexes, MACs; the six of NONE and PASSWORD */
    assert_int_equal(refused, 13 + 2);
}

static void offsets(void **state)
{
    (void)state;
    static const uint32_t edges[] = {0, 1, 71, 72, 73, VAULT_AREA_BYTES - 1, VAULT_AREA_BYTES, VAULT_AREA_BYTES + 1, 0x7fffffff,
                                     0x80000000, UINT32_MAX - 1, UINT32_MAX};
    enum { EDGES = sizeof edges / sizeof *edges };
    for (size_t at = 0; at < EDGES; at++)
        for (size_t n = 0; n < EDGES; n++)
            for (int which = 0; which < 3; which++) {
                struct vault_op *op = lay(area, 0, good_seal(), SPAN_LITERAL("text"), kept(&wrapped));
                uint32_t *place = which == 0 ? &op->in_at : which == 1 ? &op->out_at : &op->key_at;
                uint32_t *size = which == 0 ? &op->in_bytes : which == 1 ? &op->out_max : &op->key_bytes;
                *place = edges[at];
                *size = edges[n];
                uint32_t from = edges[at], bytes = edges[n];
                bool inside = bytes == 0 || (from >= sizeof *op && (uint64_t)from + bytes <= VAULT_AREA_BYTES);
                assert_int_equal(vault_serve_batch(vault, area, 1, 0), 1);
                if (!inside) assert_int_equal(op->status, VAULT_MALFORMED);
                if (which == 0 && inside && bytes < AREA_STEP - VAULT_ENVELOPE_BYTES) assert_int_equal(op->status, VAULT_DONE);
            }
}

/* The data of a batch lies behind its operations: an answer never rewrites one that is still to come. */
static void answers_never_reach_operations(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 3; count++) {
        for (uint32_t i = 0; i < count; i++) lay(area, i, good_seal(), SPAN_LITERAL("text"), kept(&wrapped));
        op_in(area, 0)->out_at = count * (uint32_t)sizeof(struct vault_op) - 1;
        vault_serve_batch(vault, area, count, 0);
        assert_int_equal(op_in(area, 0)->status, VAULT_MALFORMED);
        op_in(area, 0)->out_at++;
        vault_serve_batch(vault, area, count, 0);
        assert_int_equal(op_in(area, 0)->status, VAULT_DONE);
    }
}

static void no_room_and_wrong_persons(void **state)
{
    (void)state;
    struct vault_op *op = lay(area, 0, good_seal(), SPAN_LITERAL("text"), kept(&wrapped));
    op->out_max = 4 + VAULT_ENVELOPE_BYTES - 1;
    memset(area + op->out_at, 0x55, AREA_STEP);
    vault_serve_batch(vault, area, 1, 0);
    assert_int_equal(op->status, VAULT_MALFORMED);
    for (size_t i = 0; i < AREA_STEP; i++) assert_int_equal(area[op->out_at + i], 0x55);
    struct span out;
    struct vault_op nobody = good_seal();
    nobody.person = (struct id){{0}};
    assert_int_equal(ask(vault, area, nobody, SPAN_LITERAL("text"), kept(&wrapped), &out), VAULT_MALFORMED);
    assert_int_equal(ask(vault, area, good_seal(), SPAN_LITERAL("text"), SPAN_NONE, &out), VAULT_MALFORMED);
    struct vault_op system = {.kind = VAULT_SEAL_SYSTEM, .purpose = PURPOSE_PASSWORD, .person = id_counting(1)};
    assert_int_equal(ask(vault, area, system, SPAN_LITERAL("text"), SPAN_NONE, &out), VAULT_MALFORMED);
    system.person = (struct id){{0}};
    assert_int_equal(ask(vault, area, system, SPAN_LITERAL("text"), kept(&wrapped), &out), VAULT_MALFORMED);
    uint8_t long_input[AREA_STEP];
    memset(long_input, '{', sizeof long_input);
    op = lay(area, 0, (struct vault_op){.kind = VAULT_JWT}, span_of(long_input, sizeof long_input), SPAN_NONE);
    op->in_bytes = VAULT_JWT_MAX + 1;
    vault_serve_batch(vault, area, 1, 0);
    assert_int_equal(op->status, VAULT_MALFORMED);
}

/* What did not open leaves the room for the answer as it was: no byte that was not authenticated. */
static void nothing_leaks_from_what_does_not_open(void **state)
{
    (void)state;
    struct span out;
    assert_int_equal(ask(vault, area, good_seal(), SPAN_LITERAL("the secret text of somebody"), kept(&wrapped), &out), VAULT_DONE);
    struct hex envelope = keep(out);
    envelope.p[envelope.n - 1] ^= 1;
    struct vault_op op = good_seal();
    op.kind = VAULT_OPEN;
    struct vault_op *laid = lay(area, 0, op, kept(&envelope), kept(&wrapped));
    memset(area + laid->out_at, 0xaa, AREA_STEP);
    vault_serve_batch(vault, area, 1, 0);
    assert_int_equal(laid->status, VAULT_REFUSED);
    for (size_t i = 0; i < AREA_STEP; i++) assert_int_equal(area[laid->out_at + i], 0xaa);
}

/* Texts as long as the area, in place, which the vault takes through memory it gives back. */
static void as_long_as_it_gets(void **state)
{
    (void)state;
    const uint32_t at = 64 * 1024, n = VAULT_AREA_BYTES - 64 * 1024 - VAULT_ENVELOPE_BYTES - 1024;
    memcpy(area + 1024, wrapped.p, wrapped.n);
    for (uint32_t i = 0; i < n; i++) area[at + i] = (uint8_t)(i * 7);
    struct vault_op op = good_seal();
    op.in_at = op.out_at = at;
    op.in_bytes = n;
    op.out_max = n + VAULT_ENVELOPE_BYTES;
    op.key_at = 1024;
    op.key_bytes = (uint32_t)wrapped.n;
    *op_in(area, 0) = op;
    vault_serve_batch(vault, area, 1, 0);
    assert_int_equal(op_in(area, 0)->status, VAULT_DONE);
    op.kind = VAULT_OPEN;
    op.in_bytes = op_in(area, 0)->out_bytes;
    *op_in(area, 0) = op;
    vault_serve_batch(vault, area, 1, 0);
    assert_int_equal(op_in(area, 0)->status, VAULT_DONE);
    assert_int_equal(op_in(area, 0)->out_bytes, n);
    for (uint32_t i = 0; i < n; i++)
        if (area[at + i] != (uint8_t)(i * 7)) fail_msg("byte %u", i);
}

/* Another thread changes operations and a message while the vault works. */
static atomic_bool stop;
static void *meddle(void *unused)
{
    (void)unused;
    volatile uint8_t *ops = area, *message = area + AREA_DATA_AT + AUDIT_CHECKPOINT_BYTES - 8;
    uint64_t noise = 88172645463325252u;
    while (!atomic_load(&stop)) {
        noise ^= noise << 13, noise ^= noise >> 7, noise ^= noise << 17;
        ops[2 * sizeof(struct vault_op) + noise % (6 * sizeof(struct vault_op))] = (uint8_t)(noise >> 32);
        for (unsigned i = 0; i < 64; i++) *message = (uint8_t)(noise >> (i & 31));
    }
    return NULL;
}

/* Ed25519 reads its message twice. Were it changed in between, the signature would fit a message under the nonce of another,
   and two of those give the signing key away. The signature of a message is unique, so every one that is made must be one of
   the 256 that were made in peace. */
static void changing_while_the_vault_works(void **state)
{
    (void)state;
    static uint8_t peaceful[256][AUDIT_SIGNATURE_BYTES];
    struct span out;
    uint8_t message[AUDIT_CHECKPOINT_BYTES];
    pthread_t thread;
    for (unsigned i = 0; i < 256; i++) {
        audit_chain_message(&(struct audit_checkpoint){.seq = 1, .time_us = i}, message);
        assert_int_equal(ask(vault, area, (struct vault_op){.kind = VAULT_SIGN}, span_of(message, sizeof message), SPAN_NONE, &out),
                         VAULT_DONE);
        memcpy(peaceful[i], out.p, sizeof peaceful[i]);
    }
    for (uint32_t i = 1; i < 8; i++) lay(area, i, good_seal(), SPAN_LITERAL("text"), kept(&wrapped));
    struct vault_op *op = lay(area, 0, (struct vault_op){.kind = VAULT_SIGN}, span_of(message, sizeof message), SPAN_NONE);
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&thread, NULL, meddle, NULL), 0);
    bool all_known = true;
    for (int round = 0; round < 5000 && all_known; round++) {
        assert_int_equal(vault_serve_batch(vault, area, 8, 0), 8);
        assert_int_equal(op->status, VAULT_DONE);
        bool known = false;
        for (unsigned i = 0; i < 256; i++) known = known || memcmp(peaceful[i], area + op->out_at, sizeof peaceful[i]) == 0;
        all_known = known;
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    assert_true(all_known);
}

/* TM-05: the 61st person within a minute. */
static void pace(void **state)
{
    (void)state;
    struct vault_pace *p;
    struct id person = id_counting(1);
    int64_t now = SECONDS_US(1000);
    assert_false(err_failed(vault_pace_new(60, &p)));
    for (uint8_t i = 0; i < 60; i++) {
        person.b[0] = i;
        assert_true(vault_pace_allows(p, person, now + i));
        assert_true(vault_pace_allows(p, person, now + i));
    }
    person.b[0] = 60;
    assert_false(vault_pace_allows(p, person, now + SECONDS_US(1)));
    assert_false(vault_pace_allows(p, person, now + SECONDS_US(60) - 1));
    person.b[0] = 1; /* seen again: counts for another minute */
    assert_true(vault_pace_allows(p, person, now + SECONDS_US(59)));
    person.b[0] = 60;
    assert_true(vault_pace_allows(p, person, now + SECONDS_US(60))); /* person 0 is forgotten */
    person.b[0] = 61;
    assert_false(vault_pace_allows(p, person, now + SECONDS_US(60)));
    person.b[0] = 1;
    assert_true(vault_pace_allows(p, person, now + SECONDS_US(100)));
    vault_pace_free(p);
    assert_false(err_failed(vault_pace_new(0, &p)));
    assert_true(vault_pace_allows(p, person, now));
    assert_true(err_failed(vault_pace_new(UINT32_MAX, &p)));
}

/* Against a plain count over a list, many persons, many minutes. */
static void pace_is_exact(void **state)
{
    (void)state;
    enum { PEOPLE = 50, MOST = 20 };
    int64_t seen[PEOPLE], now = 0;
    struct vault_pace *p;
    assert_false(err_failed(vault_pace_new(MOST, &p)));
    for (size_t i = 0; i < PEOPLE; i++) seen[i] = -SECONDS_US(1000);
    srandom(1);
    for (int step = 0; step < 100000; step++) {
        now += random() % SECONDS_US(4);
        unsigned who = (unsigned)random() % PEOPLE, others = 0;
        for (unsigned i = 0; i < PEOPLE; i++) others += i != who && seen[i] > now - SECONDS_US(60);
        bool known = seen[who] > now - SECONDS_US(60);
        struct id person = {{(uint8_t)(who + 1)}};
        bool allowed = vault_pace_allows(p, person, now);
        assert_int_equal(allowed, known || others < MOST);
        if (allowed) seen[who] = now;
    }
    vault_pace_free(p);
}

static void pace_in_the_vault(void **state)
{
    (void)state;
    struct vault *limited = new_vault(2);
    struct span out;
    uint8_t status[4];
    for (uint8_t i = 0; i < 4; i++) {
        struct vault_op op = {.kind = VAULT_NEW_PERSON, .person = id_counting((uint8_t)(i + 1))};
        assert_int_equal(ask(limited, area, op, SPAN_NONE, SPAN_NONE, &out), VAULT_DONE);
        struct hex key = keep(out);
        op = (struct vault_op){.kind = VAULT_SEAL, .purpose = i == 3 ? PURPOSE_USER_PROFILE : PURPOSE_EVIDENCE, .person = op.person};
        assert_int_equal(ask(limited, area, op, SPAN_LITERAL("x"), kept(&key), &out), VAULT_DONE); /* sealing is free */
        struct hex envelope = keep(out);
        op.kind = VAULT_OPEN;
        status[i] = ask(limited, area, op, kept(&envelope), kept(&key), &out);
    }
    assert_int_equal(status[0], VAULT_DONE);
    assert_int_equal(status[1], VAULT_DONE);
    assert_int_equal(status[2], VAULT_LIMITED);
    assert_int_equal(status[3], VAULT_DONE); /* a name is no medical record */
    vault_free(limited);
}

/* TM-05: 100,000 malformed frames, and the vault still works. */
static void noise(void **state)
{
    (void)state;
    struct span out;
    uint64_t x = 88172645463325252u;
    for (int round = 0; round < 100000 / 16; round++) {
        for (size_t i = 0; i < 16 * sizeof(struct vault_op); i += 8) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            memcpy(area + i, &x, 8);
        }
        for (uint32_t i = 0; i < 16; i++) {
            struct vault_op *op = op_in(area, i);
            op->kind %= VAULT_OP_COUNT;
            op->purpose %= PURPOSE_COUNT;
            if ((x >> i & 1) != 0) op->in_at %= VAULT_AREA_BYTES, op->in_bytes %= 8192, op->out_at %= VAULT_AREA_BYTES, op->out_max %= 8192;
            if ((x >> i & 2) != 0) op->key_at %= VAULT_AREA_BYTES, op->key_bytes %= 64;
        }
        assert_int_equal(vault_serve_batch(vault, area, 16, round), 16);
    }
    assert_int_equal(ask(vault, area, good_seal(), SPAN_LITERAL("text"), kept(&wrapped), &out), VAULT_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts), cmocka_unit_test(kinds_and_purposes), cmocka_unit_test(offsets),
        cmocka_unit_test(answers_never_reach_operations), cmocka_unit_test(no_room_and_wrong_persons),
        cmocka_unit_test(nothing_leaks_from_what_does_not_open), cmocka_unit_test(as_long_as_it_gets),
        cmocka_unit_test(changing_while_the_vault_works), cmocka_unit_test(pace), cmocka_unit_test(pace_is_exact),
        cmocka_unit_test(pace_in_the_vault), cmocka_unit_test(noise),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
