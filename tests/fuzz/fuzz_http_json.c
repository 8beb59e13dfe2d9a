/* JSON bodies against every route that takes one: first byte chooses the route. What is accepted must satisfy the check that
   core makes of front's frames, and what was text must have come out as valid UTF-8. */
#include "base/utf8.h"
#include "http/fields.h"
#include "http/json_in.h"

#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    json_in_init();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request request = {0};
    struct fields fields;
    struct arena arena;
    if (size == 0) return 0;
    const struct route *route = &route_table[data[0] % ROUTE_COUNT];
    request.route = data[0] % ROUTE_COUNT;
    arena_init(&arena, 1 << 20);
    fields_begin(&fields, route, &request, &arena);
    struct err err = fields_json(&fields, span_of(data + 1, size - 1));
    if (!utf8_valid(span_text(fields.blamed))) abort();
    if (!err_failed(err)) err = fields_end(&fields);
    bool by_body = true; /* then every required field can be there */
    for (unsigned i = 0; i < route->field_count; i++) by_body = by_body && route->fields[i].where == IN_BODY;
    if (!err_failed(err) && by_body && !route->multipart && err_failed(route_check_request(&request))) abort();
    arena_free(&arena);
    IGNORE(json_in_check(span_of(data + 1, size - 1)));
    return 0;
}
