#include "main/medscribe.h"

#include "http/fields.h"

enum { VALUES_MAX = 4 * 1024 * 1024 };

void medscribe_request_init(struct draft *draft, enum route_id route)
{
    *draft = (struct draft){0};
    arena_init(&draft->arena, VALUES_MAX);
    medscribe_request_again(draft, route);
}

void medscribe_request_again(struct draft *draft, enum route_id route)
{
    arena_reset(&draft->arena);
    draft->request = (struct request){.route = (uint16_t)route, .auth = AUTH_NONE, .request_id = id_random()};
}

void medscribe_request_free(struct draft *draft) { arena_free(&draft->arena); }

static const struct field *find(const struct draft *draft, const char *name, unsigned *at_out)
{
    const struct route *route = &route_table[draft->request.route];
    for (unsigned i = 0; i < route->field_count; i++) {
        if (strcmp(route->fields[i].name, name) != 0) continue;
        *at_out = i;
        return &route->fields[i];
    }
    return NULL;
}

static void set(struct draft *draft, unsigned at, struct span value)
{
    draft->request.field[at] = value;
    draft->request.has_field |= 1u << at;
}

struct err medscribe_request_text(struct draft *draft, const char *name, struct span text)
{
    unsigned at = 0;
    const struct field *field = find(draft, name, &at);
    struct span value;
    if (field == NULL) return FAIL(UNKNOWN_FIELD);
    TRY(fields_value(field, text, &draft->arena, &value)); /* the same check and the same form as front's */
    set(draft, at, value);
    return OK;
}

struct err medscribe_request_integer(struct draft *draft, const char *name, int64_t number)
{
    unsigned at = 0;
    const struct field *field = find(draft, name, &at);
    if (field == NULL || field->type != FIELD_INTEGER) return FAIL(WRONG_TYPE);
    uint8_t *bytes = arena_alloc(&draft->arena, 8);
    if (bytes == NULL) return FAIL(OUT_OF_MEMORY);
    for (unsigned i = 0; i < 8; i++) bytes[i] = (uint8_t)((uint64_t)number >> (8 * i));
    set(draft, at, span_of(bytes, 8));
    return OK;
}

const char *medscribe_request_missing(const struct draft *draft)
{
    const struct route *route = &route_table[draft->request.route];
    for (unsigned i = 0; i < route->field_count; i++)
        if (route->fields[i].required && !request_has(&draft->request, i)) return route->fields[i].name;
    return NULL;
}
