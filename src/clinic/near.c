#include "clinic/near.h"

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

unsigned near_distance(struct span a, struct span b, unsigned limit)
{
    unsigned rows[3][NEAR_LONGEST + 1];
    if (a.n > NEAR_LONGEST || b.n > NEAR_LONGEST) return limit + 1;
    if (a.n > b.n + limit || b.n > a.n + limit) return limit + 1;
    for (unsigned j = 0; j <= b.n; j++) rows[0][j] = j;
    for (unsigned i = 1, lowest_before = 0; i <= a.n; i++) {
        unsigned *row = rows[i % 3], *before = rows[(i + 2) % 3], *before_that = rows[(i + 1) % 3];
        unsigned lowest = row[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            unsigned other = a.p[i - 1] == b.p[j - 1] ? 0 : 1;
            row[j] = least(before[j] + 1, row[j - 1] + 1, before[j - 1] + other);
            bool swapped = i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1];
            if (swapped && before_that[j - 2] + other < row[j]) row[j] = before_that[j - 2] + other;
            lowest = row[j] < lowest ? row[j] : lowest;
        }
        if (lowest > limit && lowest_before > limit) return limit + 1; /* no later row is lower */
        lowest_before = lowest;
    }
    unsigned distance = rows[a.n % 3][b.n];
    return distance > limit ? limit + 1 : distance;
}

bool near_transposed(struct span a, struct span b)
{
    if (a.n != b.n) return false;
    size_t i = 0;
    while (i < a.n && a.p[i] == b.p[i]) i++;
    if (i + 1 >= a.n || a.p[i] != b.p[i + 1] || a.p[i + 1] != b.p[i]) return false;
    return span_equal(span_sub(a, i + 2, a.n), span_sub(b, i + 2, b.n));
}

void near_keep(struct near_best *best, unsigned distance, struct span word)
{
    size_t at = best->count;
    while (at > 0 && best->distance[at - 1] > distance) at--;
    if (at == NEAR_BEST) return;
    if (best->count < NEAR_BEST) best->count++;
    for (size_t i = best->count - 1; i > at; i--) {
        best->word[i] = best->word[i - 1];
        best->distance[i] = best->distance[i - 1];
    }
    best->word[at] = word;
    best->distance[at] = distance;
}
