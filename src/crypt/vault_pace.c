#include "crypt/vault_pace.h"

#include "base/clock.h"

#include <stdlib.h>

enum { NONE = UINT32_MAX };
#define WINDOW_US SECONDS_US(60)

struct place {
    struct id person;
    int64_t last_us;
    uint32_t next_in_bucket, older, newer;
};

/* Places form one list from oldest to newest use; the persons among them are found through buckets. */
struct vault_pace {
    uint32_t most, used, bucket_mask, oldest, newest, vacant;
    uint64_t seed[2];
    uint32_t *buckets;
    struct place *places;
};

struct err vault_pace_new(uint32_t most, struct vault_pace **pace_out)
{
    *pace_out = NULL;
    if (most == 0) return OK;
    if (most > UINT32_MAX / 2) return FAIL(BAD_VALUE);
    uint32_t bucket_count = 16;
    while (bucket_count < most) bucket_count *= 2;
    struct vault_pace *pace = calloc(1, sizeof *pace);
    uint32_t *buckets = calloc(bucket_count, sizeof *buckets);
    struct place *places = calloc(most, sizeof *places);
    if (pace == NULL || buckets == NULL || places == NULL) {
        free(pace);
        free(buckets);
        free(places);
        return FAIL(OUT_OF_MEMORY);
    }
    *pace = (struct vault_pace){.most = most, .bucket_mask = bucket_count - 1, .oldest = NONE, .newest = NONE, .vacant = NONE,
                                .buckets = buckets, .places = places};
    random_bytes(pace->seed, sizeof pace->seed);
    *pace_out = pace;
    return OK;
}

void vault_pace_free(struct vault_pace *pace)
{
    if (pace == NULL) return;
    free(pace->buckets);
    free(pace->places);
    free(pace);
}

/* Buckets hold place + 1, so that fresh zeroed memory means empty and is touched only where used. */
static uint32_t *bucket_of(struct vault_pace *pace, struct id person)
{
    uint64_t half[2];
    memcpy(half, person.b, sizeof half);
    __uint128_t mixed = (__uint128_t)(half[0] ^ pace->seed[0]) * (half[1] ^ pace->seed[1]);
    return &pace->buckets[(uint32_t)((uint64_t)mixed ^ (uint64_t)(mixed >> 64)) & pace->bucket_mask];
}

static void unlink_age(struct vault_pace *pace, uint32_t at)
{
    struct place *p = &pace->places[at];
    if (p->older != NONE) pace->places[p->older].newer = p->newer;
    else pace->oldest = p->newer;
    if (p->newer != NONE) pace->places[p->newer].older = p->older;
    else pace->newest = p->older;
}

static void link_newest(struct vault_pace *pace, uint32_t at, int64_t now_us)
{
    struct place *p = &pace->places[at];
    p->last_us = now_us;
    p->older = pace->newest;
    p->newer = NONE;
    if (pace->newest != NONE) pace->places[pace->newest].newer = at;
    else pace->oldest = at;
    pace->newest = at;
}

static void forget_oldest(struct vault_pace *pace)
{
    uint32_t at = pace->oldest;
    struct place *p = &pace->places[at];
    uint32_t *link = bucket_of(pace, p->person);
    while (*link != at + 1) link = &pace->places[*link - 1].next_in_bucket;
    *link = p->next_in_bucket;
    unlink_age(pace, at);
    p->next_in_bucket = pace->vacant;
    pace->vacant = at;
}

bool vault_pace_allows(struct vault_pace *pace, struct id person, int64_t now_us)
{
    if (pace == NULL) return true;
    while (pace->oldest != NONE && pace->places[pace->oldest].last_us <= now_us - WINDOW_US) forget_oldest(pace);
    uint32_t *bucket = bucket_of(pace, person);
    for (uint32_t at = *bucket; at != 0; at = pace->places[at - 1].next_in_bucket) {
        if (!id_equal(pace->places[at - 1].person, person)) continue;
        unlink_age(pace, at - 1);
        link_newest(pace, at - 1, now_us);
        return true;
    }
    uint32_t at = pace->vacant;
    if (at != NONE) pace->vacant = pace->places[at].next_in_bucket;
    else if (pace->used < pace->most) at = pace->used++;
    else return false;
    pace->places[at].person = person;
    pace->places[at].next_in_bucket = *bucket;
    *bucket = at + 1;
    link_newest(pace, at, now_us);
    return true;
}
