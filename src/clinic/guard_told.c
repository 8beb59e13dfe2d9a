/* From which words of the source a sentence of the draft was told: the sentence of the source that shares most with it, word beside
   word in the same order. What differs between two neighbours that are the same in both is what the draft changed. */
#include "clinic/guard_private.h"

/* SHARE: of what a sentence says, so many of a hundred must stand in the source's; ALIKE: other sentences that share nearly as much
   as the best count as well; STILL_RARE: words that stand in the source more often lead nowhere. */
enum { SHARE = 60, ALIKE = 90, STILL_RARE = 64, BACK = 8, LENGTHS = 64, DENIAL = 6, ANSWER = 1, CONTENT = 4, OTHER = 2 };

/* What a rare word says of where a sentence comes from. */
static unsigned rarity(const struct guard *g, int id)
{
    unsigned n = 0;
    for (int at = id; at != GUARD_NONE && n <= STILL_RARE; at = g->source.words[at].next_same) n++;
    return n > STILL_RARE ? 0 : n > 16 ? 1 : n > 4 ? 2 : n > 1 ? 3 : 4;
}

/* Words that a summary brings along. */
static bool is_ours(const struct guard_word *w)
{
    static const char *const ours[] = {"the", "patient", "patient's", "he", "she", "his", "her", "they", "their", "him", "them", "reports", "states", "notes", "has", "any", "is", "was", "does", "did",
                                       "not", "denies", "a", "an", "and", "i", "we", "will", "of", "to", "that", "it"};
    return w->denial || GUARD_IN(w->text, ours);
}

/* The sentences of the source that share most with the draft's, best first. */
static void find_candidates(struct guard *g, struct guard_told *told, unsigned best[static GUARD_PATHS], size_t *count)
{
    size_t touched = 0;
    *count = 0;
    for (size_t i = told->from; i < told->to; i++) {
        unsigned weight = g->here[i] == GUARD_NONE || is_ours(&g->draft.words[i]) ? 0 : rarity(g, g->here[i]) * LENGTHS;
        int at = weight == 0 ? GUARD_NONE : g->here[i];
        for (; at != GUARD_NONE && touched < GUARD_TOUCHED; at = g->source.words[at].next_same, g->work++) {
            unsigned s = g->source.words[at].sentence;
            if (g->shared[s] == 0) g->touched[touched++] = s;
            g->shared[s] += weight;
        }
    }
    for (size_t k = 0; k < touched; k++) {
        unsigned s = g->touched[k];
        size_t at = *count, length = g->source.sentences[s].to - g->source.sentences[s].from;
        g->shared[s] += LENGTHS - (unsigned)(length < LENGTHS ? length : LENGTHS); /* of two that share as much the shorter */
        for (; at > 0 && g->shared[s] > g->shared[best[at - 1]]; at--)
            if (at < GUARD_PATHS) best[at] = best[at - 1];
        if (at == GUARD_PATHS) continue;
        best[at] = s;
        if (*count < GUARD_PATHS) ++*count;
    }
    for (size_t k = 0; k < touched; k++) g->shared[g->touched[k]] = 0;
}

static bool is_stem(struct span a, struct span b)
{
    static const char *const endings[] = {"s", "es", "d", "ed", "ing"};
    struct span rest = span_sub(b, a.n, b.n);
    return a.n >= 3 && b.n > a.n && memcmp(a.p, b.p, a.n) == 0 && GUARD_IN(rest, endings);
}

/* "there's no pain": "there is no pain". */
static bool is_short(struct span a, struct span b) { return b.n > a.n + 1 && b.p[a.n] == '\'' && span_equal(span_sub(b, 0, a.n), a); }

/* How much it says that two words are the same; 0: they are not. A "no" that only answers is hardly one that denies. */
static unsigned same(const struct guard *g, size_t i, size_t j)
{
    const struct guard_word *draft = &g->draft.words[i], *source = &g->source.words[j];
    if (source->speaker) return 0;
    if (draft->number || source->number) return draft->number && source->number && draft->value == source->value ? CONTENT : 0;
    if (draft->denial) return !source->denial ? 0 : source->denies ? DENIAL : ANSWER;
    if (g->here[i] == source->id) return draft->content ? CONTENT : OTHER;
    const struct span a = draft->text, b = source->text;
    return is_stem(a, b) || is_stem(b, a) || is_short(a, b) || is_short(b, a) ? OTHER : 0;
}

/* In the sentence itself, not what stands around it. */
static bool is_inside(const struct guard_path *path, size_t place) { return place >= path->begin && place < path->end; }

/* The longest common subsequence by weight, neighbours before words apart, and rather inside the sentence. */
static void align(struct guard *g, const struct guard_told *told, struct guard_path *path)
{
    uint16_t score[GUARD_TOLD + 1][GUARD_WINDOW + 1];
    uint8_t way[GUARD_TOLD + 1][GUARD_WINDOW + 1];
    size_t rows = told->to - told->from, columns = path->to - path->from;
    for (size_t i = 0; i <= rows; i++) score[i][0] = 0, way[i][0] = 0;
    for (size_t j = 0; j <= columns; j++) score[0][j] = 0, way[0][j] = 0;
    for (size_t i = 1; i <= rows; i++)
        for (size_t j = 1; j <= columns; j++) {
            unsigned up = score[i - 1][j], back = score[i][j - 1];
            unsigned weight = same(g, told->from + i - 1, path->from + j - 1);
            weight -= weight > 1 && !is_inside(path, path->from + j - 1);
            unsigned both = weight == 0 ? 0 : score[i - 1][j - 1] + weight + (way[i - 1][j - 1] == 'b');
            way[i][j] = both > 0 && both >= up && both >= back ? 'b' : up >= back ? 'u' : 'l';
            score[i][j] = (uint16_t)(way[i][j] == 'b' ? both : up >= back ? up : back);
        }
    g->work += rows * columns;
    for (size_t i = 0; i < rows; i++) path->match[i] = GUARD_NONE;
    for (size_t j = 0; j < columns; j++) path->back[j] = GUARD_NONE;
    for (size_t i = rows, j = columns; i > 0 && j > 0;) {
        if (way[i][j] == 'b') {
            path->match[i - 1] = (int)(path->from + j - 1);
            path->back[j - 1] = (int)(told->from + i - 1);
            i--, j--;
        } else if (way[i][j] == 'u') i--;
        else j--;
    }
}

/* Of what the draft's sentence says, how many of a hundred it shares; what a summary brings along is not counted. What stands around the
   sentence itself weighs half. */
static unsigned share_of(const struct guard *g, const struct guard_told *told, const struct guard_path *path, unsigned *weight_out)
{
    unsigned all = 0, here = 0, weighed = 0;
    for (size_t i = told->from; i < told->to; i++) {
        const struct guard_word *w = &g->draft.words[i];
        if (is_ours(w)) continue;
        unsigned weight = w->content || w->number ? 3 : 1;
        all += weight;
        int place = path->match[i - told->from];
        here += place == GUARD_NONE ? 0 : weight;
        weighed += place == GUARD_NONE ? 0 : is_inside(path, (size_t)place) ? 2 * weight : weight;
    }
    *weight_out = weighed;
    return all == 0 ? 0 : here * 100 / all;
}

/* A sentence, and those behind it that a longer one of the draft may have drawn into one. */
static void open_window(const struct guard *g, const struct guard_told *told, unsigned sentence, struct guard_path *path)
{
    const struct guard_text *s = &g->source;
    path->sentence = sentence;
    path->from = path->begin = s->sentences[sentence].from;
    path->to = path->end = s->sentences[sentence].to;
    for (size_t n = 0; !s->punctuated && n < BACK && path->from > 0 && s->words[path->from - 1].row == s->words[path->from].row; n++) path->from--;
    for (size_t k = sentence + 1u; k < s->sentence_count && path->to - path->from < told->to - told->from; k++) path->to = s->sentences[k].to;
    if (path->to - path->from > GUARD_WINDOW) path->to = path->from + GUARD_WINDOW;
    if (path->end > path->to) path->end = path->to;
}

void guard_tell(struct guard *g, size_t i)
{
    struct guard_told *told = &g->told;
    unsigned best[GUARD_PATHS], most = 0, weights[GUARD_PATHS];
    size_t count;
    told->from = i;
    told->to = i + 1;
    told->count = 0;
    told->denial = GUARD_NONE;
    while (told->to < g->draft.count && told->to - i < GUARD_TOLD && !g->draft.words[told->to - 1].ends) told->to++;
    if (g->page || g->work > GUARD_WORK) return;
    find_candidates(g, told, best, &count);
    for (size_t k = 0; k < count; k++) {
        struct guard_path *path = &told->paths[told->count];
        open_window(g, told, best[k], path);
        align(g, told, path);
        if (share_of(g, told, path, &weights[told->count]) < SHARE) continue;
        if (weights[told->count] > most) most = weights[told->count];
        told->count++;
    }
    size_t kept = 0;
    for (size_t k = 0; k < told->count; k++)
        if (weights[k] * 100 >= most * ALIKE) told->paths[kept++] = told->paths[k];
    told->count = (unsigned)kept;
    guard_compare_denials(g);
}

/* The nearest words around i that are told; the source's words between theirs. */
static void gap_of(const struct guard *g, const struct guard_path *path, size_t i, size_t *from, size_t *to)
{
    const struct guard_told *told = &g->told;
    *from = path->from;
    for (size_t k = i; k-- > told->from;)
        if (path->match[k - told->from] != GUARD_NONE) {
            *from = (size_t)path->match[k - told->from] + 1;
            break;
        }
    *to = path->end > *from ? path->end : *from;
    for (size_t k = i + 1; k < told->to; k++)
        if (path->match[k - told->from] != GUARD_NONE) {
            *to = (size_t)path->match[k - told->from];
            break;
        }
}

bool guard_replaced(struct guard *g, size_t i, bool (*same_kind)(const struct guard_word *))
{
    const struct guard_told *told = &g->told;
    for (unsigned k = 0; k < told->count; k++) {
        const struct guard_path *path = &told->paths[k];
        size_t from, to;
        bool other = false;
        if (path->match[i - told->from] != GUARD_NONE) return false;
        gap_of(g, path, i, &from, &to);
        g->work += GUARD_GAP;
        for (size_t at = from; at < to && at < from + GUARD_GAP; at++) {
            if (g->source.words[at].id == g->here[i]) return false;
            other = other || same_kind(&g->source.words[at]);
        }
        if (!other) return false;
    }
    return told->count > 0;
}
