#include "clinic/section.h"

static const char *const headers[] = {
#define L(name) name,
#include "clinic/section_weights.def"
#undef L
};
enum { HEADERS = sizeof headers / sizeof *headers, KEY_MAX = 48 };

struct row {
    const char *key;
    int8_t weight[HEADERS];
};
static const struct row rows[] = {
#define W(key, ...) {key, {__VA_ARGS__}},
#include "clinic/section_weights.def"
#undef W
};
enum { ROWS = sizeof rows / sizeof *rows };

struct sum {
    int total[HEADERS];
    bool *seen; /* each word counts once */
};

static void add(struct sum *sum, const char *key)
{
    size_t low = 0, high = ROWS;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(key, rows[middle].key);
        if (order == 0) {
            if (!sum->seen[middle])
                for (size_t i = 0; i < HEADERS; i++) sum->total[i] += rows[middle].weight[i];
            sum->seen[middle] = true;
            return;
        }
        if (order < 0) high = middle;
        else low = middle + 1;
    }
}

static bool is_part(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' || c >= 0x80; }

struct err section_of(struct arena *arena, struct span dialogue, const char **header)
{
    struct sum sum = {.seen = arena_array(arena, ROWS, sizeof(bool))};
    if (sum.seen == NULL) return FAIL(FULL);
    char pair[2 * KEY_MAX + 2], word[KEY_MAX];
    size_t before = 0;
    for (size_t i = 0; i < dialogue.n; i++) {
        size_t n = 0;
        for (; i < dialogue.n; i++) {
            uint8_t c = dialogue.p[i];
            if (c >= 'A' && c <= 'Z') c = (uint8_t)(c - 'A' + 'a');
            if (!is_part(c)) break;
            if (n + 1 < KEY_MAX) word[n++] = (char)c;
        }
        if (n == 0) continue;
        word[n] = '\0';
        add(&sum, word);
        if (before > 0) {
            pair[before] = ' ';
            memcpy(pair + before + 1, word, n + 1);
            add(&sum, pair);
        }
        memcpy(pair, word, n);
        before = n;
    }
    size_t best = HEADERS;
    for (size_t i = 0; i < HEADERS; i++)
        if (sum.total[i] > (best == HEADERS ? 0 : sum.total[best])) best = i;
    *header = best == HEADERS ? "GENHX" : headers[best];
    return OK;
}
