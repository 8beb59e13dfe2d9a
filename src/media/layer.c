#include "media/layer.h"

#include <math.h>
#include <stdlib.h>

enum { GROUP_TEXT_BYTES = 256 };
#define OVERLAP 0.3          /* of the smaller one, in both directions */
#define AGREED_CONFIDENCE 0.99
#define DIFFERING_CONFIDENCE 0.5

/* Words of both sides that share a place: "x 5" and "x5". Numbers are indices, the seen ones first. */
struct meeting {
    const struct word *word[2 * LAYER_MAX_WORDS];
    unsigned group[2 * LAYER_MAX_WORDS];
    bool told[2 * LAYER_MAX_WORDS]; /* by group */
    size_t seen, all;
};

static bool overlap(int a, int a_length, int b, int b_length)
{
    int from = a > b ? a : b, to = a + a_length < b + b_length ? a + a_length : b + b_length, smaller = a_length < b_length ? a_length : b_length;
    return to - from > OVERLAP * smaller;
}

static bool share_a_place(const struct word *a, const struct word *b)
{
    return overlap(a->x, a->width, b->x, b->width) && overlap(a->y, a->height, b->y, b->height);
}

static unsigned root(struct meeting *m, unsigned i)
{
    while (m->group[i] != i) i = m->group[i] = m->group[m->group[i]];
    return i;
}

static void find_groups(struct meeting *m)
{
    for (size_t i = 0; i < m->all; i++) m->group[i] = (unsigned)i;
    for (size_t i = 0; i < m->seen; i++)
        for (size_t j = m->seen; j < m->all; j++)
            if (share_a_place(m->word[i], m->word[j])) m->group[root(m, (unsigned)j)] = root(m, (unsigned)i);
    for (size_t i = 0; i < m->all; i++) m->group[i] = root(m, (unsigned)i);
}

/* --- do they say the same? --- */

static const struct {
    const char *sign, *as;
} look_alikes[] = {{"0", "o"}, {"@", "o"}, {"®", "o"}, {"I", "l"}, {"i", "l"}, {"1", "l"}, {"|", "l"}, {"!", "l"}, {"5", "s"}, {"§", "s"}, {",", "."}, {";", ":"},
                   {"–", "-"}, {"—", "-"}, {"‐", "-"}, {"‑", "-"}, {"−", "-"}, {"’", "'"}, {"‘", "'"}, {"“", "\""}, {"”", "\""}, {"ﬁ", "fl"}, {"ﬂ", "fl"}, {"×", "x"}};

/* Without case, and one sign for all that look alike. False: too long to compare. */
static bool fold(struct span text, char *to, size_t *n)
{
    for (size_t at = 0; at < text.n;) {
        struct span rest = span_sub(text, at, text.n);
        struct span as = span_sub(rest, 0, 1);
        size_t taken = 1;
        char low;
        for (size_t i = 0; i < sizeof look_alikes / sizeof *look_alikes; i++)
            if (span_starts(rest, span_text(look_alikes[i].sign))) {
                as = span_text(look_alikes[i].as);
                taken = strlen(look_alikes[i].sign);
                break;
            }
        if (as.n == 1 && as.p[0] >= 'A' && as.p[0] <= 'Z') {
            low = (char)(as.p[0] - 'A' + 'a');
            as = span_of(&low, 1);
        }
        if (*n + as.n > GROUP_TEXT_BYTES) return false;
        memcpy(to + *n, as.p, as.n);
        *n += as.n;
        at += taken;
    }
    return true;
}

/* Full stops and commas at the end are easily lost, and mean nothing there. */
static size_t without_end(const char *text, size_t n)
{
    while (n > 1 && (text[n - 1] == '.' || text[n - 1] == ':')) n--;
    return n;
}

static bool is_seen(const struct meeting *m, size_t i) { return i < m->seen; }

static bool group_agrees(const struct meeting *m, unsigned group)
{
    char text[2][GROUP_TEXT_BYTES];
    size_t n[2] = {0, 0};
    for (size_t i = 0; i < m->all; i++)
        if (m->group[i] == group && !fold(m->word[i]->text, text[is_seen(m, i)], &n[is_seen(m, i)])) return false;
    n[0] = without_end(text[0], n[0]);
    n[1] = without_end(text[1], n[1]);
    return n[0] == n[1] && memcmp(text[0], text[1], n[0]) == 0;
}

/* --- the page --- */

static struct err put_group(const struct meeting *m, unsigned group, bool agrees, const struct word *first, struct words *words)
{
    bool any_layer = false, begun = false;
    for (size_t i = m->seen; i < m->all; i++) any_layer |= m->group[i] == group;
    for (size_t i = 0; i < m->all; i++) {
        if (m->group[i] != group || (any_layer && agrees) == is_seen(m, i)) continue;
        struct word word = *m->word[i];
        if (!is_seen(m, i)) {
            word.line = first->line;
            word.confidence = AGREED_CONFIDENCE;
            word.new_line = !begun && first->new_line;
        } else if (any_layer) {
            word.confidence = fmin(word.confidence, DIFFERING_CONFIDENCE);
        }
        begun = true;
        TRY(words_add(words, &word));
    }
    return OK;
}

/* The share of the layer's letters that the picture bears out. */
static double share_seen(const struct meeting *m, const bool *agrees)
{
    double all = 0, seen = 0;
    for (size_t i = m->seen; i < m->all; i++) {
        all += (double)m->word[i]->text.n;
        if (agrees[m->group[i]]) seen += (double)m->word[i]->text.n;
    }
    return all > 0 ? seen / all : 0;
}

static struct err put_seen(const struct words *read, struct words *words)
{
    for (size_t i = 0, n = words_count(read); i < n; i++) TRY(words_add(words, words_at(read, i)));
    return OK;
}

static bool begin(struct meeting *m, const struct words *layer, unsigned page, const struct words *read)
{
    *m = (struct meeting){.seen = words_count(read)};
    if (m->seen > LAYER_MAX_WORDS) return false;
    for (size_t i = 0; i < m->seen; i++) m->word[m->all++] = words_at(read, i);
    for (size_t i = 0, n = words_count(layer); i < n; i++) {
        if (words_at(layer, i)->page != page) continue;
        if (m->all - m->seen == LAYER_MAX_WORDS) return false;
        m->word[m->all++] = words_at(layer, i);
    }
    return m->all > m->seen;
}

struct err layer_merge(const struct words *layer, unsigned page, const struct words *read, struct words *words, bool *used_out)
{
    static struct meeting m; /* one thread, one page at a time */
    static bool agrees[2 * LAYER_MAX_WORDS];
    *used_out = false;
    if (!begin(&m, layer, page, read)) return put_seen(read, words);
    find_groups(&m);
    for (size_t i = 0; i < m.all; i++) agrees[i] = m.group[i] == i && group_agrees(&m, (unsigned)i);
    *used_out = share_seen(&m, agrees) >= LAYER_TRUST;
    if (!*used_out) return put_seen(read, words);
    for (size_t i = 0; i < m.seen; i++) {
        unsigned group = m.group[i];
        if (m.told[group]) continue;
        m.told[group] = true;
        TRY(put_group(&m, group, agrees[group], m.word[i], words));
    }
    return OK;
}
