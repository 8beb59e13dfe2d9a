/* What the vault's tests share: hexadecimal, an area, and putting operations into it. */
#ifndef MEDSCRIBE_TEST_VAULT_AREA_H
#define MEDSCRIBE_TEST_VAULT_AREA_H
#include "crypt/vault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { HEX_MAX = 512, AREA_DATA_AT = 64 * 1024, AREA_STEP = 4096 };

/* Fixed, so that answers can be compared with those of another implementation (hashlib, hmac, cryptography of Python). */
static const char test_root[] = "cb3184b443d79c5169c0d0ff74efc99444364c5d9b2b27d09dfe6afce80f66d6\n";

struct hex {
    uint8_t p[HEX_MAX];
    size_t n;
};

static inline struct hex from_hex(const char *text)
{
    struct hex out = {.n = strlen(text) / 2};
    assert_true(out.n <= sizeof out.p);
    for (size_t i = 0; i < out.n; i++) {
        char two[3] = {text[2 * i], text[2 * i + 1], 0};
        out.p[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    return out;
}

static inline void assert_hex(const uint8_t *got, size_t n, const char *expected)
{
    struct hex e = from_hex(expected);
    assert_int_equal(n, e.n);
    assert_memory_equal(got, e.p, n);
}

static inline struct id id_counting(uint8_t from)
{
    struct id id;
    for (uint8_t i = 0; i < ID_BYTES; i++) id.b[i] = (uint8_t)(from + i);
    return id;
}

static inline struct vault *new_vault(uint32_t people_per_minute)
{
    struct vault *vault;
    uint8_t root[VAULT_ROOT_BYTES];
    assert_false(err_failed(vault_keys_read_root(span_text(test_root), root)));
    assert_false(err_failed(vault_new(root, people_per_minute, &vault)));
    return vault;
}

static inline uint8_t *new_area(void)
{
    uint8_t *area = calloc(1, VAULT_AREA_BYTES);
    assert_non_null(area);
    return area;
}

static inline struct vault_op *op_in(uint8_t *area, uint32_t number) { return (struct vault_op *)(void *)area + number; }

/* Lays `in` and `key` of operation `number` and room for its answer into the area. */
static inline struct vault_op *lay(uint8_t *area, uint32_t number, struct vault_op op, struct span in, struct span key)
{
    uint32_t at = AREA_DATA_AT + number * 3 * AREA_STEP;
    assert_true(in.n <= AREA_STEP && key.n <= AREA_STEP);
    if (in.n > 0) memcpy(area + at, in.p, in.n);
    if (key.n > 0) memcpy(area + at + AREA_STEP, key.p, key.n);
    op.in_at = at;
    op.in_bytes = (uint32_t)in.n;
    op.key_at = at + AREA_STEP;
    op.key_bytes = (uint32_t)key.n;
    op.out_at = at + 2 * AREA_STEP;
    op.out_max = AREA_STEP;
    *op_in(area, number) = op;
    return op_in(area, number);
}

/* One operation alone; the answer stays in the area. */
static inline uint8_t ask(struct vault *vault, uint8_t *area, struct vault_op op, struct span in, struct span key, struct span *out)
{
    struct vault_op *laid = lay(area, 0, op, in, key);
    assert_int_equal(vault_serve_batch(vault, area, 1, 0), 1);
    *out = span_of(area + laid->out_at, laid->out_bytes);
    assert_true(laid->status == VAULT_DONE || laid->out_bytes == 0);
    return laid->status;
}

/* Keeps an answer before the next operation. */
static inline struct hex keep(struct span s)
{
    struct hex out = {.n = s.n};
    assert_true(s.n <= sizeof out.p);
    memcpy(out.p, s.p, s.n);
    return out;
}
static inline struct span kept(const struct hex *h) { return span_of(h->p, h->n); }

#endif
