/* From bytes of a request to the typed fields of its route. Knows nothing of the HTTP library, so that it can be fuzzed.

   A fault says what is wrong and which field is to blame; `field` is what the client called it, cut to 64 bytes, valid UTF-8. */
#ifndef MEDSCRIBE_HTTP_FIELDS_H
#define MEDSCRIBE_HTTP_FIELDS_H
#include "base/arena.h"
#include "wire/routes.h"

enum { FIELDS_NAME_MAX = 64, FIELDS_JSON_MAX = 64 * 1024, FIELDS_JSON_DEPTH = 16, FIELDS_JSON_KEYS = 256 };

struct fields {
    const struct route *route;
    struct request *request; /* has_field and field[] are set here */
    struct arena *arena;     /* owns the values */
    char blamed[FIELDS_NAME_MAX + 1];
};

void fields_begin(struct fields *fields, const struct route *route, struct request *request, struct arena *arena);
/* `raw` as it stood in the address after '?', still encoded. */
struct err fields_query(struct fields *fields, struct span raw);
/* The part of the address that the route marks {…}. What cannot be there is not found. */
struct err fields_path(struct fields *fields, struct span text);
/* If-Match and Range, where the route has them; empty = absent. A Range that says nothing clear is as if absent (RFC 9110 14.2). */
struct err fields_headers(struct fields *fields, struct span if_match, struct span range);
/* One object, or nothing at all when no field is needed. */
struct err fields_json(struct fields *fields, struct span body);
/* A text field of a form; each at most once. */
struct err fields_form(struct fields *fields, struct span name, struct span value);
/* Index of the route's field of that name in the body, -1 when unknown. */
int fields_find(const struct route *route, struct span name, enum field_where where);
/* Is every required field there? For uploads the file itself is asked for elsewhere. */
struct err fields_end(struct fields *fields);

/* Checks one text value and brings it into canonical form; the value of the wire. The arena owns it. */
struct err fields_value(const struct field *field, struct span text, struct arena *arena, struct span *value_out);

#endif
