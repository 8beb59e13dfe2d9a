#include "http/limiter.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "wire/routes.h"

enum { SETS = 4096, WAYS = 4 };

struct place {
    uint64_t key;
    int64_t since_us;
    uint32_t used;
    uint32_t kind;
};
struct limiter {
    pthread_mutex_t mutex;
    uint64_t secret[2]; /* nobody outside can choose keys that share a place */
    struct place place[SETS][WAYS];
};

static const struct {
    unsigned count;
    int64_t window_us;
} rules[] = {
    [LIMITER_FAILURES] = {1000, SECONDS_US(3600)}, /* guesses would be keys of their own otherwise */
    [LIMIT_GENERAL] = {1000, SECONDS_US(3600)}, [LIMIT_AUTH] = {10, SECONDS_US(60)}, [LIMIT_UPLOAD] = {20, SECONDS_US(3600)},
    [LIMIT_TRANSCRIPTION] = {100, SECONDS_US(3600)}, [LIMIT_SOAP] = {200, SECONDS_US(3600)},
};

struct limiter *limiter_new(void)
{
    struct limiter *limiter = calloc(1, sizeof *limiter);
    if (limiter == NULL) return NULL;
    if (pthread_mutex_init(&limiter->mutex, NULL) != 0) {
        free(limiter);
        return NULL;
    }
    random_bytes(limiter->secret, sizeof limiter->secret);
    return limiter;
}

void limiter_free(struct limiter *limiter)
{
    if (limiter == NULL) return;
    pthread_mutex_destroy(&limiter->mutex);
    free(limiter);
}

static uint64_t rotate(uint64_t x, unsigned by) { return x << by | x >> (64 - by); }

static void sip_round(uint64_t v[static 4])
{
    v[0] += v[1]; v[1] = rotate(v[1], 13) ^ v[0]; v[0] = rotate(v[0], 32);
    v[2] += v[3]; v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3]; v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1]; v[1] = rotate(v[1], 17) ^ v[2]; v[2] = rotate(v[2], 32);
}

/* SipHash-2-4 */
static uint64_t sip_hash(const uint64_t secret[static 2], struct span s)
{
    uint64_t v[4] = {secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du, secret[0] ^ 0x6c7967656e657261u,
                     secret[1] ^ 0x7465646279746573u};
    for (size_t at = 0; at <= s.n; at += 8) {
        uint64_t word = 0;
        size_t n = s.n - at < 8 ? s.n - at : 8;
        for (size_t i = 0; i < n; i++) word |= (uint64_t)s.p[at + i] << (8 * i);
        if (n < 8) word |= (uint64_t)(s.n & 0xff) << 56;
        v[3] ^= word;
        sip_round(v);
        sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++) sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The key's own place, or the one whose window is over or that was touched longest ago. */
static struct place *find(struct place set[static WAYS], uint64_t key, unsigned kind)
{
    struct place *oldest = &set[0];
    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].key == key && set[i].kind == kind && set[i].used > 0) return &set[i];
        if (set[i].since_us < oldest->since_us) oldest = &set[i];
    }
    *oldest = (struct place){.key = key, .kind = kind};
    return oldest;
}

bool limiter_is_spent(struct limiter *limiter, unsigned kind, struct span key, int64_t now_us)
{
    uint64_t hash = sip_hash(limiter->secret, key) + kind;
    bool spent = false;
    pthread_mutex_lock(&limiter->mutex);
    const struct place *set = limiter->place[hash % SETS];
    for (unsigned i = 0; i < WAYS; i++)
        if (set[i].key == hash && set[i].kind == kind && now_us - set[i].since_us < rules[kind].window_us)
            spent = set[i].used >= rules[kind].count;
    pthread_mutex_unlock(&limiter->mutex);
    return spent;
}

struct limiter_verdict limiter_take(struct limiter *limiter, unsigned kind, struct span key, int64_t now_us)
{
    if (limiter == NULL || kind >= sizeof rules / sizeof rules[0] || rules[kind].count == 0) return (struct limiter_verdict){.allowed = true};
    uint64_t hash = sip_hash(limiter->secret, key) + kind;
    pthread_mutex_lock(&limiter->mutex);
    struct place *place = find(limiter->place[hash % SETS], hash, kind);
    if (place->used == 0 || now_us - place->since_us >= rules[kind].window_us) {
        place->since_us = now_us;
        place->used = 0;
    }
    bool allowed = place->used < rules[kind].count;
    if (allowed) place->used++;
    struct limiter_verdict verdict = {.counted = true, .allowed = allowed, .limit = rules[kind].count};
    verdict.remaining = rules[kind].count - place->used;
    verdict.reset_s = (unsigned)((place->since_us + rules[kind].window_us - now_us + SECONDS_US(1) - 1) / SECONDS_US(1));
    pthread_mutex_unlock(&limiter->mutex);
    return verdict;
}

struct span limiter_address(const uint8_t ip[static 16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return span_of(ip, memcmp(ip, mapped, sizeof mapped) == 0 ? 16 : 8);
}
