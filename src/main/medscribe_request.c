#include "main/medscribe.h"

void medscribe_request_init(struct draft *draft, enum route_id route)
{
    *draft = (struct draft){.request = {.route = (uint16_t)route, .auth = AUTH_NONE, .request_id = id_random()}};
}

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

bool medscribe_request_text(struct draft *draft, const char *name, const char *text, size_t n)
{
    unsigned at = 0;
    const struct field *field = find(draft, name, &at);
    if (text == NULL) return true;
    if (field == NULL) return false;
    if (field->type != FIELD_WORD) {
        set(draft, at, span_of(text, n));
        return true;
    }
    for (uint8_t i = 0; field->words[i] != NULL; i++) {
        if (!span_is(span_of(text, n), field->words[i])) continue;
        draft->numbers[at][0] = i;
        set(draft, at, span_of(draft->numbers[at], 1));
        return true;
    }
    return false;
}

bool medscribe_request_integer(struct draft *draft, const char *name, int64_t value)
{
    unsigned at = 0;
    const struct field *field = find(draft, name, &at);
    if (field == NULL || field->type != FIELD_INTEGER) return false;
    for (unsigned i = 0; i < 8; i++) draft->numbers[at][i] = (uint8_t)((uint64_t)value >> (8 * i));
    set(draft, at, span_of(draft->numbers[at], 8));
    return true;
}

const char *medscribe_request_missing(const struct draft *draft)
{
    const struct route *route = &route_table[draft->request.route];
    for (unsigned i = 0; i < route->field_count; i++)
        if (route->fields[i].required && !request_has(&draft->request, i)) return route->fields[i].name;
    return NULL;
}
