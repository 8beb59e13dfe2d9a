#include "http/upload.h"

#include <stdlib.h>

#include "http/ascii.h"
#include "media/sniff.h"

enum { ARENA_MAX = 64 * 1024, TEXT_MAX = 16 * 1024, PENDING_MAX = 3 * FRAME_CHUNK_MAX + STRIP_HELD_BYTES };

static struct err on_part(void *context, const struct multipart_part *part);
static struct err on_data(void *context, struct span bytes);
static struct err on_part_end(void *context);

struct err upload_init(struct upload *u, const struct route *route, struct span content_type, uint64_t max_bytes)
{
    *u = (struct upload){.max_bytes = max_bytes, .field = -1, .text = BUF_WITH_MAX(TEXT_MAX),
                         .head = BUF_WITH_MAX(SNIFF_HEAD_BYTES), .pending = BUF_WITH_MAX(PENDING_MAX)};
    arena_init(&u->arena, ARENA_MAX);
    fields_begin(&u->fields, route, &u->request, &u->arena);
    fields_begin(&u->late_fields, route, &u->late, &u->arena);
    struct multipart_user user = {.part = on_part, .data = on_data, .part_end = on_part_end, .context = u};
    return multipart_init(&u->form, content_type, user);
}

void upload_done(struct upload *u)
{
    multipart_done(&u->form);
    buf_free(&u->text);
    buf_free(&u->head);
    buf_free(&u->pending);
    if (u->tail != NULL) explicit_bzero(u->tail, SNIFF_TAIL_BYTES);
    free(u->tail);
    u->tail = NULL;
    explicit_bzero(&u->strip, sizeof u->strip);
    arena_free(&u->arena);
}

static bool is_file(const struct field *field) { return field->type == FIELD_AUDIO || field->type == FIELD_PICTURE; }

static void blame(struct upload *u, const char *name)
{
    size_t n = strlen(name);
    if (n > FIELDS_NAME_MAX) n = FIELDS_NAME_MAX;
    memcpy(u->blamed, name, n);
    u->blamed[n] = '\0';
}

static struct err on_part(void *context, const struct multipart_part *part)
{
    struct upload *u = context;
    const struct route *route = u->fields.route;
    u->field = fields_find(route, part->name, IN_BODY);
    if (u->field < 0) {
        IGNORE(fields_form(&u->late_fields, part->name, SPAN_NONE)); /* cleans the name up */
        blame(u, u->late_fields.blamed);
        return FAIL(UNKNOWN_FIELD);
    }
    blame(u, route->fields[u->field].name);
    u->in_file = is_file(&route->fields[u->field]);
    if (u->in_file != part->has_file_name) return FAIL(WRONG_TYPE);
    if (!u->in_file) return OK;
    if (u->begun || u->file_bytes > 0 || u->file_done) return FAIL(DUPLICATE_KEY);
    u->declared_type = arena_copy(&u->arena, part->type);
    u->file_name = arena_copy(&u->arena, part->file_name);
    return u->arena.failed ? FAIL(BAD_MULTIPART) : OK;
}

/* The kind shows in the head; sender, route and bytes must agree on it. */
static struct err begin(struct upload *u)
{
    struct span head = buf_span(&u->head);
    const struct field *field = &u->fields.route->fields[u->field];
    enum sniff_kind kind = sniff_kind(head);
    if (u->file_done) TRY(sniff_check(head, head, u->file_bytes, &kind));
    if (kind == SNIFF_NONE || sniff_is_audio(kind) != (field->type == FIELD_AUDIO)) return FAIL(FILE_MISMATCH);
    if (!sniff_type_fits(kind, u->declared_type) || !sniff_name_fits(kind, u->file_name)) return FAIL(FILE_MISMATCH);
    uint8_t type = (uint8_t)kind;
    u->request.field[u->field] = arena_copy(&u->arena, span_of(&type, 1));
    if (u->arena.failed) return FAIL(OUT_OF_MEMORY);
    u->request.has_field |= 1u << u->field;
    u->request.has_upload = true;
    u->begun = true;
    strip_begin(&u->strip, kind);
    return strip_feed(&u->strip, head, &u->pending);
}

static struct err keep_tail(struct upload *u, struct span bytes)
{
    if (u->tail == NULL && (u->tail = malloc(SNIFF_TAIL_BYTES)) == NULL) return FAIL(OUT_OF_MEMORY);
    uint64_t at = u->file_bytes;
    while (bytes.n > 0) {
        size_t place = (size_t)(at % SNIFF_TAIL_BYTES), room = SNIFF_TAIL_BYTES - place;
        size_t n = bytes.n < room ? bytes.n : room;
        memcpy(u->tail + place, bytes.p, n);
        bytes = span_sub(bytes, n, bytes.n);
        at += n;
    }
    return OK;
}

static struct err file_data(struct upload *u, struct span bytes)
{
    if (bytes.n > u->max_bytes - u->file_bytes) return FAIL(TOO_LARGE);
    TRY(keep_tail(u, bytes));
    u->file_bytes += bytes.n;
    if (!u->begun) {
        struct span part = span_sub(bytes, 0, SNIFF_HEAD_BYTES - u->head.n);
        buf_put_span(&u->head, part);
        bytes = span_sub(bytes, part.n, bytes.n);
        TRY(buf_check(&u->head));
        if (u->head.n == SNIFF_HEAD_BYTES) TRY(begin(u));
    }
    return u->begun ? strip_feed(&u->strip, bytes, &u->pending) : OK;
}

static struct err on_data(void *context, struct span bytes)
{
    struct upload *u = context;
    if (u->in_file) return file_data(u, bytes);
    for (size_t i = 0; i < bytes.n; i++) { /* forms send every line end as CR LF */
        if (bytes.p[i] == '\n' && u->text.n > 0 && u->text.p[u->text.n - 1] == '\r') u->text.n--;
        buf_put_byte(&u->text, bytes.p[i]);
    }
    return u->text.failed ? FAIL(TOO_LONG) : OK;
}

static struct err on_part_end(void *context)
{
    struct upload *u = context;
    if (!u->in_file) {
        struct fields *fields = u->begun || u->file_done ? &u->late_fields : &u->fields;
        bool twice = request_has(&u->request, (unsigned)u->field);
        struct span value = arena_copy(&u->arena, buf_span(&u->text));
        buf_reset(&u->text);
        if (u->arena.failed) return FAIL(TOO_LONG);
        return twice ? FAIL(DUPLICATE_KEY) : fields_form(fields, span_text(u->fields.route->fields[u->field].name), value);
    }
    u->in_file = false;
    u->file_done = true;
    if (u->file_bytes == 0) return FAIL(EMPTY_FILE);
    if (!u->begun) TRY(begin(u));
    return strip_end(&u->strip, &u->pending);
}

struct err upload_push(struct upload *u, struct span bytes) { return multipart_push(&u->form, bytes); }

static struct err check_whole(struct upload *u)
{
    enum sniff_kind kind;
    if (u->file_bytes <= SNIFF_HEAD_BYTES) return OK; /* seen whole in begin() */
    size_t place = (size_t)(u->file_bytes % SNIFF_TAIL_BYTES);
    uint8_t *straight = malloc(SNIFF_TAIL_BYTES);
    if (straight == NULL) return FAIL(OUT_OF_MEMORY);
    memcpy(straight, u->tail + place, SNIFF_TAIL_BYTES - place);
    memcpy(straight + SNIFF_TAIL_BYTES - place, u->tail, place);
    struct err err = sniff_check(buf_span(&u->head), span_of(straight, SNIFF_TAIL_BYTES), u->file_bytes, &kind);
    explicit_bzero(straight, SNIFF_TAIL_BYTES);
    free(straight);
    return err;
}

struct err upload_end(struct upload *u)
{
    u->blamed[0] = '\0';
    TRY(multipart_end(&u->form));
    blame(u, "file");
    if (!u->file_done) return FAIL(MISSING_FILE);
    TRY(check_whole(u));
    u->request.has_field |= u->late.has_field; /* only to see that nothing is missing */
    struct err err = fields_end(&u->fields);
    blame(u, u->fields.blamed);
    return err;
}

struct span upload_chunk(const struct upload *u)
{
    if (!u->begun || (u->pending.n < FRAME_CHUNK_MAX && !u->file_done)) return SPAN_NONE;
    return span_sub(buf_span(&u->pending), 0, FRAME_CHUNK_MAX);
}

void upload_take_chunk(struct upload *u, size_t n) { buf_drop_front(&u->pending, n); }

bool upload_is_full(const struct upload *u) { return u->pending.n >= 2 * FRAME_CHUNK_MAX; }
