#include "http/fields.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/utf8.h"
#include "http/ascii.h"
#include "http/json_in.h"
#include "http/text.h"

static void blame(struct fields *fields, struct span name)
{
    if (!utf8_valid(name)) name = SPAN_NONE;
    name = utf8_cut(name, FIELDS_NAME_MAX);
    if (name.n > 0) memcpy(fields->blamed, name.p, name.n);
    fields->blamed[name.n] = '\0';
}

void fields_begin(struct fields *fields, const struct route *route, struct request *request, struct arena *arena)
{
    fields->route = route;
    fields->request = request;
    fields->arena = arena;
    fields->blamed[0] = '\0';
}

int fields_find(const struct route *route, struct span name, enum field_where where)
{
    for (int i = 0; i < route->field_count; i++)
        if (route->fields[i].where == where && span_is(name, route->fields[i].name)) return i;
    return -1;
}

static struct err put_number(uint64_t first, uint64_t second, size_t count, struct arena *arena, struct span *value_out)
{
    uint8_t *p = arena_alloc(arena, 8 * count);
    if (p == NULL) return FAIL(OUT_OF_MEMORY);
    for (size_t i = 0; i < 8; i++) p[i] = (uint8_t)(first >> (8 * i));
    for (size_t i = 0; i < 8 && count > 1; i++) p[8 + i] = (uint8_t)(second >> (8 * i));
    *value_out = span_of(p, 8 * count);
    return OK;
}

static struct err put_byte(unsigned byte, struct arena *arena, struct span *value_out)
{
    uint8_t b = (uint8_t)byte;
    *value_out = arena_copy(arena, span_of(&b, 1));
    return arena->failed ? FAIL(OUT_OF_MEMORY) : OK;
}

static struct err check_length(const struct field *field, struct span text)
{
    size_t points = utf8_count(text);
    if (points > (size_t)field->max) return FAIL(TOO_LONG);
    return points < (size_t)field->min ? FAIL(TOO_SHORT) : OK;
}

/* What names a person may be a name or an address: then it must be found however it is spelled. */
static bool is_identity(const struct field *field)
{
    return strcmp(field->name, "login") == 0 || strcmp(field->name, "email") == 0 || strcmp(field->name, "username") == 0 ||
           strcmp(field->name, "patient") == 0 || strcmp(field->name, "patient_name") == 0 || strcmp(field->name, "user") == 0;
}

static struct err text_value(const struct field *field, struct span text, struct arena *arena, struct span *value_out)
{
    TRY(check_length(field, text));
    if (text_has_control(text, true)) return FAIL(BAD_VALUE);
    if (!is_identity(field)) {
        *value_out = text;
        return OK;
    }
    if (text_has_bidi(text)) return FAIL(BAD_VALUE);
    bool has_at = text.n > 0 && memchr(text.p, '@', text.n) != NULL;
    TRY(text_normal(text, has_at, arena, value_out));
    return value_out->n <= (size_t)field->max * 4 ? OK : FAIL(TOO_LONG);
}

static struct err name_value(const struct field *field, struct span text, struct arena *arena, struct span *value_out)
{
    TRY(check_length(field, text));
    if (text_has_control(text, false) || text_has_bidi(text)) return FAIL(BAD_VALUE);
    TRY(text_normal(text, field->type == FIELD_EMAIL, arena, value_out));
    TRY(check_length(field, *value_out));
    if (field->type == FIELD_EMAIL && value_out->n > 254) return FAIL(TOO_LONG);
    bool fits = field->type == FIELD_EMAIL ? text_is_email(*value_out) : text_is_name(*value_out);
    return fits ? OK : FAIL(BAD_VALUE);
}

static struct err password_value(const struct field *field, struct span text, struct arena *arena, struct span *value_out)
{
    TRY(check_length(field, text));
    if (text.n > 0 && memchr(text.p, 0, text.n) != NULL) return FAIL(BAD_VALUE);
    TRY(text_normal(text, false, arena, value_out)); /* the same password on every keyboard */
    return check_length(field, *value_out);
}

static struct err word_value(const struct field *field, struct span text, struct arena *arena, struct span *value_out)
{
    for (unsigned i = 0; field->words[i] != NULL; i++)
        if (span_is(text, field->words[i])) return put_byte(i, arena, value_out);
    return FAIL(BAD_VALUE);
}

static struct err opaque_value(const struct field *field, struct span text)
{
    if (text.n > (size_t)field->max) return FAIL(TOO_LONG);
    if (ascii_all(text, ascii_is_base64url)) return OK;
    return field->type == FIELD_CURSOR ? FAIL(BAD_CURSOR) : FAIL(BAD_VALUE);
}

static struct err id_value(struct span text, struct arena *arena, struct span *value_out)
{
    struct id id;
    if (!id_parse(text, &id)) return FAIL(BAD_VALUE);
    *value_out = arena_copy(arena, span_of(id.b, sizeof id.b));
    return arena->failed ? FAIL(OUT_OF_MEMORY) : OK;
}

/* "v4": exactly one strong tag, as our ETag says it. */
static struct err version_value(struct span text, struct arena *arena, struct span *value_out)
{
    uint64_t version;
    if (text.n < 4 || !span_starts(text, SPAN_LITERAL("\"v")) || text.p[text.n - 1] != '"') return FAIL(BAD_REQUEST);
    if (!num_u64(span_sub(text, 2, text.n - 3), INT64_MAX, &version)) return FAIL(BAD_REQUEST);
    return put_number(version, 0, 1, arena, value_out);
}

struct err fields_value(const struct field *field, struct span text, struct arena *arena, struct span *value_out)
{
    *value_out = text;
    if (!utf8_valid(text)) return FAIL(INVALID_UTF8);
    switch ((enum field_type)field->type) {
    case FIELD_TEXT: return text_value(field, text, arena, value_out);
    case FIELD_NAME: case FIELD_EMAIL: return name_value(field, text, arena, value_out);
    case FIELD_PASSWORD: return password_value(field, text, arena, value_out);
    case FIELD_WORD: return word_value(field, text, arena, value_out);
    case FIELD_ID: return id_value(text, arena, value_out);
    case FIELD_INTEGER: {
        int64_t number;
        if (!num_i64(text, field->min, field->max, &number)) return FAIL(BAD_VALUE);
        return put_number((uint64_t)number, 0, 1, arena, value_out);
    }
    case FIELD_BOOL:
        if (!span_is(text, "true") && !span_is(text, "false")) return FAIL(BAD_VALUE);
        return put_byte(span_is(text, "true"), arena, value_out);
    case FIELD_VERSION: return version_value(text, arena, value_out);
    case FIELD_CURSOR: case FIELD_TOKEN: return opaque_value(field, text);
    case FIELD_TIME: {
        int64_t time_us;
        if (!clock_parse_rfc3339(text, &time_us)) return FAIL(BAD_VALUE);
        return put_number((uint64_t)time_us, 0, 1, arena, value_out);
    }
    case FIELD_WORDS: case FIELD_RANGE: case FIELD_AUDIO: case FIELD_PICTURE: return FAIL(WRONG_TYPE);
    }
    return FAIL(INTERNAL);
}

static struct err set(struct fields *fields, unsigned index, struct span text)
{
    const struct field *field = &fields->route->fields[index];
    blame(fields, span_text(field->name));
    if (request_has(fields->request, index)) return FAIL(DUPLICATE_KEY);
    TRY(fields_value(field, text, fields->arena, &fields->request->field[index]));
    fields->request->has_field |= 1u << index;
    return OK;
}

static int hex_digit(uint8_t c)
{
    if (ascii_is_digit(c)) return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoding of one part of a query; '+' is a blank there. */
static struct err decode(struct fields *fields, struct span raw, struct span *text_out)
{
    uint8_t *to = arena_alloc(fields->arena, raw.n + 1);
    size_t n = 0;
    if (to == NULL) return FAIL(OUT_OF_MEMORY);
    for (size_t i = 0; i < raw.n; i++) {
        uint8_t c = raw.p[i] == '+' ? ' ' : raw.p[i];
        if (c == '%') {
            int high = raw.n - i > 2 ? hex_digit(raw.p[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(raw.p[i + 2]) : -1;
            if (low < 0) return FAIL(BAD_REQUEST);
            c = (uint8_t)(high << 4 | low);
            i += 2;
        }
        to[n++] = c;
    }
    *text_out = span_of(to, n);
    return OK;
}

struct err fields_query(struct fields *fields, struct span raw)
{
    while (raw.n > 0) {
        struct span part = ascii_cut(&raw, '&'), name, value;
        if (part.n == 0) continue;
        TRY(decode(fields, ascii_cut(&part, '='), &name));
        TRY(decode(fields, part, &value));
        int index = fields_find(fields->route, name, IN_QUERY);
        blame(fields, name);
        if (index < 0) return FAIL(UNKNOWN_FIELD);
        TRY(set(fields, (unsigned)index, value));
    }
    return OK;
}

struct err fields_path(struct fields *fields, struct span text)
{
    unsigned index = 0;
    while (index < fields->route->field_count && fields->route->fields[index].where != IN_PATH) index++;
    if (index == fields->route->field_count) return OK;
    struct err err = set(fields, index, text);
    fields->blamed[0] = '\0';
    return err.code == ERR_BAD_VALUE || err.code == ERR_INVALID_UTF8 ? FAIL(NOT_FOUND) : err;
}

/* One range of bytes, as the wire says it; false when there is nothing clear to keep to. */
static bool parse_range(struct span text, uint64_t *from_out, uint64_t *to_out)
{
    if (!ascii_starts(text, "bytes=")) return false;
    struct span to = ascii_trim(span_sub(text, 6, text.n));
    if (to.n == 0 || memchr(to.p, '-', to.n) == NULL) return false;
    struct span from = ascii_trim(ascii_cut(&to, '-'));
    to = ascii_trim(to);
    if (from.n == 0) {
        *from_out = UINT64_MAX;
        return num_u64(to, INT64_MAX, to_out);
    }
    *to_out = INT64_MAX;
    if (!num_u64(from, INT64_MAX, from_out) || (to.n > 0 && !num_u64(to, INT64_MAX, to_out))) return false;
    return *from_out <= *to_out;
}

static struct err range_header(struct fields *fields, unsigned index, struct span text)
{
    uint64_t from, to;
    if (!parse_range(text, &from, &to)) return OK;
    TRY(put_number(from, to, 2, fields->arena, &fields->request->field[index]));
    fields->request->has_field |= 1u << index;
    return OK;
}

struct err fields_headers(struct fields *fields, struct span if_match, struct span range)
{
    for (unsigned i = 0; i < fields->route->field_count; i++) {
        const struct field *field = &fields->route->fields[i];
        if (field->where != IN_HEADER) continue;
        if (field->type == FIELD_RANGE) TRY(range_header(fields, i, range));
        else if (field->type == FIELD_VERSION && if_match.n > 0) TRY(set(fields, i, if_match));
    }
    return OK;
}

/* A list: a byte each. */
static struct err set_words(struct fields *fields, unsigned index, const struct json_in_member *member)
{
    const struct field *field = &fields->route->fields[index];
    if (member->type != JSON_IN_LIST) return FAIL(WRONG_TYPE);
    uint8_t *words = arena_alloc(fields->arena, member->items + 1);
    if (words == NULL) return FAIL(OUT_OF_MEMORY);
    for (size_t i = 0; i < member->items; i++) {
        struct span text, word;
        if (!json_in_item(member, i, &text)) return FAIL(WRONG_TYPE);
        TRY(word_value(field, text, fields->arena, &word));
        if (i > 0 && memchr(words, word.p[0], i) != NULL) return FAIL(DUPLICATE_KEY);
        words[i] = word.p[0];
    }
    fields->request->field[index] = span_of(words, member->items);
    fields->request->has_field |= 1u << index;
    return OK;
}

static struct err set_json(struct fields *fields, const struct json_in_member *member)
{
    int index = fields_find(fields->route, member->name, IN_BODY);
    blame(fields, member->name);
    if (index < 0) return FAIL(UNKNOWN_FIELD);
    if (fields->route->fields[index].type == FIELD_WORDS) return set_words(fields, (unsigned)index, member);
    bool number = fields->route->fields[index].type == FIELD_INTEGER, yes_or_no = fields->route->fields[index].type == FIELD_BOOL;
    if (member->type != (number ? JSON_IN_INTEGER : yes_or_no ? JSON_IN_BOOL : JSON_IN_TEXT)) return FAIL(WRONG_TYPE);
    if (yes_or_no) return set(fields, (unsigned)index, span_text(member->integer != 0 ? "true" : "false"));
    if (!number) return set(fields, (unsigned)index, arena_copy(fields->arena, member->text));
    struct buf digits = BUF_WITH_MAX(32);
    buf_put_i64(&digits, member->integer);
    struct err err = set(fields, (unsigned)index, buf_span(&digits));
    buf_free(&digits);
    return err;
}

struct err fields_json(struct fields *fields, struct span body)
{
    struct json_in in;
    if (body.n == 0) return OK;
    struct err err = json_in_open(&in, body);
    blame(fields, span_text(in.blamed));
    struct json_in_member member;
    while (!err_failed(err) && json_in_next(&in, &member)) err = set_json(fields, &member);
    json_in_close(&in);
    return err;
}

struct err fields_form(struct fields *fields, struct span name, struct span value)
{
    int index = fields_find(fields->route, name, IN_BODY);
    blame(fields, name);
    if (index < 0) return FAIL(UNKNOWN_FIELD);
    return set(fields, (unsigned)index, value);
}

struct err fields_end(struct fields *fields)
{
    for (unsigned i = 0; i < fields->route->field_count; i++) {
        const struct field *field = &fields->route->fields[i];
        if (!field->required || request_has(fields->request, i)) continue;
        if (field->type == FIELD_AUDIO || field->type == FIELD_PICTURE) continue;
        blame(fields, span_text(field->name));
        return field->type == FIELD_VERSION ? FAIL(VERSION_REQUIRED) : FAIL(MISSING_FIELD);
    }
    fields->blamed[0] = '\0';
    return OK;
}
