#include "media/guarding.h"

#include "media/draft_in.h"

enum { FINDINGS_MAX = 1000 }; /* as many as the guard gives, and as core takes */

struct list {
    struct clinic_finding *list;
    size_t count;
};

static void put(struct buf *out, unsigned kind, size_t at, size_t length)
{
    const uint8_t packed[] = {(uint8_t)kind, (uint8_t)at, (uint8_t)(at >> 8), (uint8_t)(at >> 16), (uint8_t)(at >> 24),
                              (uint8_t)length, (uint8_t)(length >> 8), (uint8_t)(length >> 16), (uint8_t)(length >> 24)};
    buf_put(out, packed, sizeof packed);
}

void guarding_unchecked(struct buf *out)
{
    buf_reset(out);
    put(out, GUARDING_UNCHECKED, 0, 0);
}

/* Where the row stands that is or begins with `line`, from `from` on; SIZE_MAX = nowhere. */
static size_t find_row(struct span text, struct span line, size_t from)
{
    while (line.n > 0 && from < text.n) {
        const uint8_t *p = memmem(text.p + from, text.n - from, line.p, line.n);
        if (p == NULL) break;
        size_t at = (size_t)(p - text.p);
        if (at == 0 || text.p[at - 1] == '\n') return at;
        from = at + 1;
    }
    return SIZE_MAX;
}

static void insert(struct list *l, size_t at, size_t length)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->list[i].kind == CLINIC_FINDING_NOT_UNDERSTOOD && l->list[i].at == at) return; /* marked in the text as well */
    if (l->count == FINDINGS_MAX) return;
    size_t i = l->count++;
    for (; i > 0 && l->list[i - 1].at > at; i--) l->list[i] = l->list[i - 1];
    l->list[i] = (struct clinic_finding){.kind = CLINIC_FINDING_NOT_UNDERSTOOD, .at = at, .length = length};
}

/* Lines stand in the text in their order, each a row of its own. */
static void add_questions(const struct draft_in *draft, struct list *l)
{
    struct span text = draft->text;
    size_t from = 0;
    for (size_t i = 0; i < draft->count; i++) {
        size_t at = find_row(text, draft->lines[i].text, from);
        if (at == SIZE_MAX) continue;
        const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
        size_t length = end == NULL ? text.n - at : (size_t)(end - text.p) - at;
        from = at + length;
        if (draft->lines[i].open) insert(l, at, length);
    }
}

static struct err pack(const struct list *l, struct buf *out)
{
    for (size_t i = 0; i < l->count; i++) put(out, (unsigned)l->list[i].kind, l->list[i].at, l->list[i].length);
    return buf_check(out);
}

static struct err guard(struct arena *arena, const struct lexicon *lexicon, enum clinic_input kind, struct span source, const struct draft_in *draft, struct buf *out)
{
    struct clinic_finding *found;
    struct list l = {.list = arena_array(arena, FINDINGS_MAX, sizeof *l.list)};
    if (l.list == NULL) return FAIL(OUT_OF_MEMORY);
    TRY(clinic_guard(arena, lexicon, kind, source, draft->text, &found, &l.count));
    if (l.count > 0) memcpy(l.list, found, l.count * sizeof *found);
    add_questions(draft, &l);
    return pack(&l, out);
}

struct err guarding_text(const struct lexicon *lexicon, enum clinic_input kind, struct span source, struct span draft, struct buf *out)
{
    struct arena arena;
    arena_init(&arena, CLINIC_ARENA_BYTES);
    struct err e = guard(&arena, lexicon, kind, source, &(struct draft_in){.text = draft}, out);
    arena_free(&arena);
    return e;
}

struct err guarding_document(const struct lexicon *lexicon, enum clinic_input kind, struct span source, struct span document, struct buf *out)
{
    struct arena arena;
    struct draft_in draft;
    arena_init(&arena, CLINIC_ARENA_BYTES);
    struct err e = draft_in_read(&arena, document, &draft);
    if (!err_failed(e)) e = guard(&arena, lexicon, kind, source, &draft, out);
    arena_free(&arena);
    return e;
}
