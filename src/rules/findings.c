#include "rules/findings.h"

#include "rules/consent.h"
#include "wire/frame.h"

/* --- what a worker said */

/* A place between two characters, so that a page can cut the text there. */
static bool is_between(struct span text, size_t at) { return at >= text.n || (text.p[at] & 0xc0) != 0x80; }

struct err findings_read(struct arena *arena, struct span packed, struct span draft, struct findings *out)
{
    *out = (struct findings){.count = packed.n / WORKER_FINDING_BYTES};
    if (packed.n % WORKER_FINDING_BYTES != 0 || out->count > WORKER_FINDINGS_MAX) return FAIL(BAD_FRAME);
    out->list = arena_array(arena, out->count + 1, sizeof *out->list);
    if (out->list == NULL) return FAIL(OUT_OF_MEMORY);
    struct wire_reader r = {.rest = packed};
    for (size_t i = 0; i < out->count; i++) {
        struct finding *f = &out->list[i];
        f->number = (int64_t)i + 1;
        f->kind = wire_u8(&r);
        f->at = wire_u32(&r);
        f->length = wire_u32(&r);
        bool whole = f->at <= draft.n && f->length <= draft.n - f->at && is_between(draft, f->at) && is_between(draft, f->at + f->length);
        bool place = f->kind == FINDING_UNCHECKED ? f->at == 0 && f->length == 0 : f->length > 0;
        if (f->kind >= FINDING_KINDS || !whole || !place || (i > 0 && f->at < f[-1].at)) return FAIL(BAD_FRAME);
    }
    return wire_end(&r);
}

struct err findings_unchecked(struct arena *arena, struct findings *out)
{
    *out = (struct findings){.list = arena_array(arena, 1, sizeof *out->list), .count = 1};
    if (out->list == NULL) return FAIL(OUT_OF_MEMORY);
    out->list[0] = (struct finding){.number = 1, .kind = FINDING_UNCHECKED};
    return OK;
}

/* --- from one version to the next */

static struct span words_of(const struct finding *f, struct span text) { return span_sub(text, f->at, f->length); }

static bool same(const struct finding *a, struct span text_a, const struct finding *b, struct span text_b)
{
    return a->kind == b->kind && span_equal(words_of(a, text_a), words_of(b, text_b));
}

/* Each old confirmation counts once: "5 mg" confirmed in one line says nothing about another "5 mg" that was added. */
static void take_over(const struct findings *before, struct span text_before, struct findings *after, struct span text_after)
{
    size_t next = 0; /* old ones are used in their order */
    for (size_t i = 0; i < after->count; i++) {
        struct finding *f = &after->list[i];
        for (size_t k = next; k < before->count; k++) {
            const struct finding *old = &before->list[k];
            if (!same(old, text_before, f, text_after)) continue;
            f->confirmed = old->confirmed;
            f->by = old->by;
            f->confirmed_us = old->confirmed_us;
            next = k + 1;
            break;
        }
    }
}

/* Where the line stands as a line of its own; SIZE_MAX = nowhere from `from` on. */
static size_t find_line(struct span text, struct span line, size_t from)
{
    while (line.n > 0 && from + line.n <= text.n) {
        const uint8_t *p = memmem(text.p + from, text.n - from, line.p, line.n);
        if (p == NULL) break;
        size_t at = (size_t)(p - text.p);
        bool begins = at == 0 || text.p[at - 1] == '\n', ends = at + line.n == text.n || text.p[at + line.n] == '\n';
        if (begins && ends) return at;
        from = at + 1;
    }
    return SIZE_MAX;
}

static bool is_there(const struct findings *list, enum worker_finding kind, size_t at)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->list[i].kind == kind && list->list[i].at == at) return true;
    return false;
}

static void insert_at_place(struct findings *list, struct finding f)
{
    size_t i = list->count++;
    for (; i > 0 && list->list[i - 1].at > f.at; i--) list->list[i] = list->list[i - 1];
    list->list[i] = f;
}

struct err findings_carry(struct arena *arena, const struct findings *before, struct span text_before, struct findings *after, struct span text_after)
{
    struct findings all = {.list = arena_array(arena, before->count + after->count + 1, sizeof *all.list), .count = after->count};
    if (all.list == NULL) return FAIL(OUT_OF_MEMORY);
    if (after->count > 0) memcpy(all.list, after->list, after->count * sizeof *all.list);
    /* questions are the draft's own: the guard sees only the text, and cannot ask them again */
    size_t from = 0;
    for (size_t i = 0; i < before->count && all.count < WORKER_FINDINGS_MAX; i++) {
        if (before->list[i].kind != FINDING_NOT_UNDERSTOOD) continue;
        struct span line = words_of(&before->list[i], text_before);
        size_t at = find_line(text_after, line, from);
        if (at == SIZE_MAX) continue;
        from = at + line.n;
        if (!is_there(&all, FINDING_NOT_UNDERSTOOD, at)) insert_at_place(&all, (struct finding){.kind = FINDING_NOT_UNDERSTOOD, .at = at, .length = line.n});
    }
    take_over(before, text_before, &all, text_after);
    for (size_t i = 0; i < all.count; i++) all.list[i].number = (int64_t)i + 1;
    *after = all;
    return OK;
}

/* --- kept */

struct err findings_insert(struct db_conn *writer, const struct findings_place *place, const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->list[i];
        const struct value values[] = {
            value_id(&place->resource), value_id(&place->clinic), value_number(place->version), value_number(f->number), value_number((int64_t)f->kind),
            value_number((int64_t)f->at), value_number((int64_t)f->length), f->confirmed ? value_id(&f->by) : value_null(),
            f->confirmed ? value_number(f->confirmed_us) : value_null()};
        TRY(db_exec(writer, SQL_finding_insert, NULL, values, 9));
    }
    return OK;
}

struct err findings_load(struct call *call, struct id resource, int64_t version, struct findings *out)
{
    const struct value values[] = {value_id(&resource), value_number(version)};
    struct rows r;
    TRY(call_query(call, SQL_findings_of, values, 2, &r));
    *out = (struct findings){.list = arena_array(&call->arena, r.count + 1, sizeof *out->list), .count = r.count};
    if (out->list == NULL) return FAIL(OUT_OF_MEMORY);
    for (size_t i = 0; i < r.count; i++)
        out->list[i] = (struct finding){
            .number = rows_number(&r, i, 0), .kind = (enum worker_finding)rows_number(&r, i, 1), .at = (size_t)rows_number(&r, i, 2),
            .length = (size_t)rows_number(&r, i, 3), .confirmed = !rows_is_null(&r, i, 5), .by = rows_id(&r, i, 4), .confirmed_us = rows_number(&r, i, 5)};
    return OK;
}

static const char *kind_word(enum worker_finding kind)
{
    static const char *const words[FINDING_KINDS] = {
        [FINDING_MEDICINE] = "medicine", [FINDING_DOSE] = "dose", [FINDING_NUMBER] = "number", [FINDING_LATERALITY] = "laterality",
        [FINDING_NEGATION] = "negation", [FINDING_NOT_UNDERSTOOD] = "not_understood", [FINDING_UNCHECKED] = "unchecked"};
    return kind < FINDING_KINDS ? words[kind] : "unchecked";
}

void findings_put_json(struct json *j, const struct findings *findings, struct span text)
{
    json_key(j, "findings");
    json_array(j);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->list[i];
        json_object(j);
        json_put_i64(j, "number", f->number);
        json_put_word(j, "kind", kind_word(f->kind));
        json_put_i64(j, "at", (int64_t)f->at);
        json_put_i64(j, "length", (int64_t)f->length);
        json_put_text(j, "text", words_of(f, text));
        json_put_word(j, "resolution", f->confirmed ? "confirmed" : NULL);
        if (f->confirmed) json_put_id(j, "by", f->by);
        else json_put_null(j, "by");
        if (f->confirmed) json_put_time(j, "resolved_at", f->confirmed_us);
        else json_put_null(j, "resolved_at");
        json_object_end(j);
    }
    json_array_end(j);
}

/* --- dealt with */

static struct err load_open(struct call *call, struct id resource, int64_t version, struct rows *rows_out)
{
    const struct value values[] = {value_id(&resource), value_number(version)};
    return call_query(call, SQL_findings_open, values, 2, rows_out);
}

struct err findings_refuse_open(struct call *call, struct id resource, int64_t version, bool *refused_out)
{
    struct rows open;
    TRY(load_open(call, resource, version, &open));
    *refused_out = open.count > 0;
    if (open.count == 0) return OK;
    struct json *j = call_answer(call, &(struct response){.kind = RESPONSE_PROBLEM, .status = (uint16_t)err_http_status(ERR_FINDINGS_OPEN), .error = ERR_FINDINGS_OPEN});
    json_key(j, "findings");
    json_array(j);
    for (size_t i = 0; i < open.count; i++) json_i64(j, rows_number(&open, i, 0));
    json_array_end(j);
    call_answer_end(call);
    return OK;
}

struct confirmation {
    struct call *call;
    const struct findings_about *about;
    int64_t number;
};

static bool is_open(const struct rows *open, int64_t number)
{
    for (size_t i = 0; i < open->count; i++)
        if (rows_number(open, i, 0) == number) return true;
    return false;
}

/* No row: somebody else confirmed it first, and their row is the evidence; or the text is no longer the draft that was seen. */
static struct err confirm_in(struct db_conn *writer, const struct confirmation *c, struct arena *arena)
{
    const struct db_actor *actor = &c->call->actor.db;
    struct rows rows, open;
    const struct value values[] = {value_id(&c->about->resource), value_number(c->about->version), value_number(c->number), value_id(&actor->user),
                                   value_number(c->call->now_us)};
    TRY(db_query(writer, SQL_finding_confirm, actor, values, 5, arena, &rows));
    if (rows.count > 0) return OK;
    TRY(db_query(writer, SQL_findings_open, actor, values, 2, arena, &open));
    return is_open(&open, c->number) ? FAIL(VERSION_CHANGED) : OK;
}

static struct err write_confirmation(struct db_conn *writer, void *arg)
{
    const struct confirmation *c = arg;
    struct arena arena;
    TRY(consent_required_in(writer, c->about->subject, CONSENT(DATA_PROCESSING), &c->call->consent_missing));
    arena_init(&arena, 1 << 18);
    struct err e = confirm_in(writer, c, &arena);
    arena_free(&arena);
    return e;
}

struct err findings_confirm(struct call *call, const struct findings_about *about, int64_t number)
{
    const struct id resource = about->resource;
    const int64_t version = about->version;
    struct findings all;
    struct rows open;
    const struct finding *meant = NULL;
    TRY(findings_load(call, resource, version, &all));
    for (size_t i = 0; i < all.count; i++)
        if (all.list[i].number == number) meant = &all.list[i];
    if (meant == NULL) return FAIL(NOT_FOUND);
    if (!meant->confirmed) {
        struct confirmation c = {.call = call, .about = about, .number = number};
        struct audit_entry entry;
        TRY(audit_entry_for(call, AUDIT_FINDING_CONFIRMED, true, &entry));
        entry.resource_type = about->type;
        entry.resource = resource;
        audit_detail_number(&entry, DETAIL_VERSION, version);
        audit_detail_number(&entry, DETAIL_COUNT, number);
        audit_detail_text(&entry, DETAIL_KIND, span_text(kind_word(meant->kind)));
        TRY(call_commit(call, write_confirmation, &c, &entry, NULL));
    }
    TRY(load_open(call, resource, version, &open));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON, .version = (uint64_t)version});
    json_object(j);
    json_put_id(j, "id", resource);
    json_put_i64(j, "version", version);
    json_put_i64(j, "finding", number);
    json_put_i64(j, "findings_open", (int64_t)open.count);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}
