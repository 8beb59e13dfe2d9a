#include "clinic/guard.h"

#include "clinic/draft.h"
#include "clinic/guard_private.h"
#include "clinic/medicine.h"
#include "clinic/template.h"

enum { SIDE_REACH = 8, WIDE_MAX = 4 << 20 };

/* --- medicines */

/* Named in the source, and in talk where the same is said about it. */
static bool source_names(struct guard *g, size_t i)
{
    struct guard_company company;
    int at = g->here[i];
    if (at == GUARD_NONE || g->page) return at != GUARD_NONE;
    guard_company_of(g, i, &company);
    for (size_t n = 0; at != GUARD_NONE && n < GUARD_PLACES; n++, at = g->source.words[at].next_same)
        if (guard_supported(g, &company, (size_t)at)) return true;
    return false;
}

static bool is_medicine(const struct guard_word *word) { return word->medicine; }

static void check_medicine(struct guard *g, size_t i)
{
    if (g->draft.words[i].medicine && (!source_names(g, i) || guard_replaced(g, i, is_medicine))) guard_found(g, CLINIC_FINDING_MEDICINE, i, i);
}

/* --- left and right */

static const char *side_of(struct span word)
{
    if (span_is(word, "left") || span_is(word, "lt")) return "left";
    if (span_is(word, "right") || span_is(word, "rt")) return "right";
    return span_is(word, "bilateral") || span_is(word, "bilaterally") || span_is(word, "both") ? "both" : NULL;
}

static bool is_organ(struct span word)
{
    static const char *const organs[] = {"eye", "ear", "nostril", "arm", "leg", "hand", "foot", "knee", "shoulder", "hip", "thigh", "elbow", "wrist", "ankle", "finger", "toe", "breast",
                                         "lung", "kidney", "chest", "side", "sided", "flank", "groin", "neck", "thumb", "forearm", "calf", "heel", "shin", "jaw", "cheek", "temple", "ovary", "testicle",
                                         "tooth", "quadrant", "upper", "lower", "index", "middle", "ring", "eyes", "ears", "arms", "legs", "hands", "feet", "knees", "shoulders", "hips", "ankles",
                                         "lungs", "kidneys", "breasts", "fingers", "toes", "wrists", "elbows", "extremity", "extremities", "eyelid", "lobe", "buttock", "palm", "sole", "rib", "ribs"};
    return GUARD_IN(word, organs);
}

static bool same_stem(struct span a, struct span b)
{
    if (span_equal(a, b)) return true;
    return (a.n == b.n + 1 && a.p[b.n] == 's' && span_equal(span_sub(a, 0, b.n), b)) || (b.n == a.n + 1 && b.p[a.n] == 's' && span_equal(span_sub(b, 0, a.n), a));
}

static bool organ_near(struct guard *g, struct span organ, size_t place)
{
    size_t from = place > SIDE_REACH ? place - SIDE_REACH : 0;
    g->work += 2 * SIDE_REACH;
    for (size_t k = from; k <= place + SIDE_REACH && k < g->source.count; k++)
        if (same_stem(g->source.words[k].text, organ)) return true;
    return false;
}

/* This side, of this organ (SPAN_NONE: none is named), where the same is said about it. */
static bool source_has_side(struct guard *g, size_t i, struct span organ)
{
    const char *side = side_of(g->draft.words[i].text);
    struct guard_company company;
    guard_company_of(g, i, &company);
    for (size_t n = 0; n < g->side_count && g->work < GUARD_WORK; n++) {
        size_t place = g->sides[n];
        g->work++;
        if (side_of(g->source.words[place].text) != side) continue; /* of one list: the same word is the same place */
        if (organ.n > 0 && !organ_near(g, organ, place)) continue;
        if (guard_supported(g, &company, place)) return true;
    }
    return false;
}

/* "on the left"; but "right now" and "all right" are no sides. */
static bool is_place(const struct guard_text *t, size_t i)
{
    static const char *const before[] = {"on", "to", "in"};
    return i >= 2 && span_is(t->words[i - 1].text, "the") && GUARD_IN(t->words[i - 2].text, before) && !t->words[i - 1].ends && !t->words[i - 2].ends;
}

static bool is_side(const struct guard_word *word) { return word->side; }

static void check_side(struct guard *g, size_t i)
{
    const struct guard_text *t = &g->draft;
    if (!t->words[i].side) return;
    for (size_t k = i + 1; k < i + 4 && k < t->count && !t->words[k - 1].ends; k++) {
        if (!is_organ(t->words[k].text)) continue;
        if (!source_has_side(g, i, t->words[k].text) || guard_replaced(g, i, is_side)) guard_found(g, CLINIC_FINDING_LATERALITY, i, k);
        return;
    }
    if (is_place(t, i) && (guard_replaced(g, i, is_side) || !source_has_side(g, i, SPAN_NONE))) guard_found(g, CLINIC_FINDING_LATERALITY, i, i);
}

/* --- lines that are marked */

static struct err add_marked(struct arena *arena, struct guard *g, struct span draft)
{
    static const struct span mark = SPAN_LITERAL("[not understood]");
    struct clinic_finding *all = arena_array(arena, GUARD_FINDINGS, sizeof *all);
    size_t n = 0, next = 0;
    if (all == NULL) return FAIL(FULL);
    for (size_t from = 0; from < draft.n && n < GUARD_FINDINGS;) {
        const uint8_t *end = memchr(draft.p + from, '\n', draft.n - from);
        size_t length = end == NULL ? draft.n - from : (size_t)(end - draft.p) - from;
        if (length > 0 && memmem(draft.p + from, length, mark.p, mark.n) != NULL) {
            while (next < g->count && g->findings[next].at < from && n < GUARD_FINDINGS) all[n++] = g->findings[next++];
            if (n < GUARD_FINDINGS) all[n++] = (struct clinic_finding){.kind = CLINIC_FINDING_NOT_UNDERSTOOD, .at = from, .length = length};
        }
        from += length + 1;
    }
    while (next < g->count && n < GUARD_FINDINGS) all[n++] = g->findings[next++];
    g->findings = all;
    g->count = n;
    return OK;
}

/* Is this the first word of a row that is a heading of ours? */
static bool begins_heading(const struct guard_text *t, size_t i, struct span draft)
{
    const struct guard_word *w = &t->words[i];
    if (i > 0 && w[-1].row == w->row) return false;
    if (w->at > 0 && draft.p[w->at - 1] != '\n') return false;
    const uint8_t *end = memchr(draft.p + w->at, '\n', draft.n - w->at);
    return template_is_heading(span_sub(draft, w->at, end == NULL ? draft.n : (size_t)(end - draft.p) - w->at));
}

/* "Asked about fever or chills: not today": what was asked is neither affirmed nor denied. The word behind which the answer begins, or `i`. */
static size_t end_of_question(const struct guard_text *t, size_t i)
{
    const struct guard_word *w = &t->words[i];
    size_t k = i;
    if ((i > 0 && w[-1].row == w->row && !w[-1].ends) || !span_is(w->text, "asked") || i + 1 == t->count || !span_is(w[1].text, "about")) return i;
    while (k + 1 < t->count && t->words[k + 1].row == w->row && !t->words[k].colon && !t->words[k].ends) k++;
    return t->words[k].colon ? k : i;
}

/* --- all of it */

/* What our own grammar reads on a page stands there as well. */
static struct err widen(struct arena *arena, const struct lexicon *lexicon, struct span *source)
{
    struct page page;
    struct buf wide = BUF_WITH_MAX(WIDE_MAX);
    TRY(page_read(arena, *source, NULL, 0, &page));
    buf_put_span(&wide, *source);
    buf_put_byte(&wide, '\n');
    struct err e = draft_readings(lexicon, &page, true, &wide);
    if (!err_failed(e)) *source = arena_copy(arena, buf_span(&wide));
    buf_free(&wide);
    return err_failed(e) || source->p != NULL ? e : FAIL(FULL);
}

/* What each word is, said once. */
static void mark(const struct guard *g, struct guard_text *t)
{
    for (size_t i = 0; i < t->count; i++) {
        bool first = t->words[i].id == (int)i;
        t->words[i].medicine = first ? medicine_is_likely(g->lexicon, t->words[i].text) : t->words[t->words[i].id].medicine;
        t->words[i].side = side_of(t->words[i].text) != NULL;
    }
    guard_near_mark(t);
    guard_scope_mark(t);
}

static struct err find_words(struct arena *arena, struct guard *g)
{
    g->here = arena_array(arena, g->draft.count + 1, sizeof *g->here);
    g->findings = arena_array(arena, GUARD_FINDINGS, sizeof *g->findings);
    g->shared = arena_array(arena, g->source.sentence_count + 1, sizeof *g->shared);
    g->touched = arena_array(arena, GUARD_TOUCHED, sizeof *g->touched);
    if (g->here == NULL || g->findings == NULL || g->shared == NULL || g->touched == NULL) return FAIL(FULL);
    for (size_t i = 0; i < g->draft.count; i++) g->here[i] = guard_words_find(&g->source, g->draft.words[i].text);
    mark(g, &g->source);
    mark(g, &g->draft);
    TRY(guard_number_units(arena, g));
    for (size_t i = 0; i < g->source.count && g->side_count < GUARD_PLACES; i++)
        if (g->source.words[i].side) g->sides[g->side_count++] = i;
    return OK;
}

struct err guard_find(struct arena *arena, const struct lexicon *lexicon, enum clinic_input kind, struct span source, struct span draft, struct clinic_finding **findings, size_t *count)
{
    struct guard g = {.lexicon = lexicon, .page = kind == CLINIC_PRESCRIPTION};
    if (g.page) TRY(widen(arena, lexicon, &source));
    TRY(guard_words_read(arena, source, &g.source));
    TRY(guard_words_read(arena, draft, &g.draft));
    TRY(find_words(arena, &g));
    for (size_t i = 0, answer = 0; i < g.draft.count && g.count < GUARD_FINDINGS; i++) {
        if (i > 0 && g.draft.words[i - 1].ends) g.denial_told = false;
        if (begins_heading(&g.draft, i, draft)) {
            for (unsigned row = g.draft.words[i].row; i + 1 < g.draft.count && g.draft.words[i + 1].row == row;) i++;
            continue;
        }
        if (i >= g.told.to) guard_tell(&g, i);
        check_medicine(&g, i);
        guard_check_number(&g, i);
        check_side(&g, i);
        if (i >= answer) answer = end_of_question(&g.draft, i);
        if (i >= answer) guard_check_denial(&g, i);
    }
    TRY(add_marked(arena, &g, draft));
    *findings = g.findings;
    *count = g.count;
    return OK;
}
