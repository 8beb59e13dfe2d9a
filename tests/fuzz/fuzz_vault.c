/* The vault against any area: four bytes of count, four of time, then what the area begins with. The input is laid at the start,
   where the operations are, and once more behind them, where offsets that are small find data.
       clang -fsanitize=fuzzer,address,undefined …; run: fuzz_vault -max_len=8192 corpus/ */
#include "crypt/vault.h"

#include <stdlib.h>

enum { DATA_AT = 4096, REACH = 64 * 1024 };

static struct vault *vault;
static uint8_t *area;
static uint8_t wrapped[VAULT_WRAPPED_BYTES];

/* The leak checker does not look into mmap, where the vault keeps its pointers. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; }

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    uint8_t root[VAULT_ROOT_BYTES];
    for (size_t i = 0; i < sizeof root; i++) root[i] = (uint8_t)(i * i * 37 + i);
    area = calloc(1, VAULT_AREA_BYTES); /* its end is the end of the allocation: one byte further is a report */
    if (area == NULL || err_failed(vault_new(root, 5, &vault))) abort();
    struct vault_op *op = (struct vault_op *)(void *)area;
    *op = (struct vault_op){.kind = VAULT_NEW_PERSON, .person = {{1}}, .out_at = DATA_AT, .out_max = VAULT_WRAPPED_BYTES};
    if (vault_serve_batch(vault, area, 1, 0) != 1 || op->status != VAULT_DONE) abort();
    memcpy(wrapped, area + DATA_AT, sizeof wrapped);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t count, seconds;
    if (size < 8) return 0;
    memcpy(&count, data, sizeof count);
    memcpy(&seconds, data + 4, sizeof seconds);
    data += 8;
    size -= 8;
    if (size > REACH - DATA_AT) return 0;
    memset(area, 0, REACH);
    memcpy(area + DATA_AT, data, size);
    if (size < DATA_AT) memcpy(area + REACH - DATA_AT, data, size);
    memcpy(area, data, size);
    memcpy(area + REACH - sizeof wrapped, wrapped, sizeof wrapped); /* a key that works, for whoever finds it */
    if (vault_serve_batch(vault, area, count, seconds) != (count <= VAULT_OPS_MAX ? count : 0)) abort();
    const struct vault_op *op = (const struct vault_op *)(const void *)area;
    for (uint32_t i = 0; i < count && count <= VAULT_OPS_MAX; i++)
        if (op[i].status > VAULT_MALFORMED || (op[i].status != VAULT_DONE && op[i].out_bytes != 0)) abort();
    return 0;
}
