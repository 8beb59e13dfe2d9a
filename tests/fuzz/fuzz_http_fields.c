/* Heads, paths, queries, headers, hosts and credentials: the input is the text of a request's head, without its body.
   Whatever it says, the answer is a code; what passes must satisfy the check that core makes. */
#include "http/ascii.h"
#include "http/fields.h"
#include "http/gate.h"
#include "http/head.h"
#include "http/match.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_head(struct span *rest, struct head *head)
{
    while (rest->n > 0) {
        struct span line = ascii_cut(rest, '\n');
        if (line.n > 0 && line.p[line.n - 1] == '\r') line.n--;
        if (line.n == 0) return;
        struct span name = ascii_cut(&line, ':');
        head_add(head, name, line);
    }
}

static void check_fields(const struct match *match, struct span query, const struct head *head)
{
    struct request request = {.route = match->route};
    const struct route *route = &route_table[match->route];
    struct fields fields;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    fields_begin(&fields, route, &request, &arena);
    struct err err = fields_path(&fields, match->part);
    if (!err_failed(err)) err = fields_query(&fields, query);
    if (!err_failed(err)) err = fields_headers(&fields, head->if_match, head->range);
    if (!err_failed(err)) err = fields_end(&fields);
    if (!err_failed(err) && !route->multipart && err_failed(route_check_request(&request))) abort();
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct gate gate;
    struct span rest = span_of(data, size), line = ascii_cut(&rest, '\n'), method = ascii_cut(&line, ' '), query = ascii_cut(&line, ' ');
    struct span path = ascii_cut(&query, '?');
    struct head head = HEAD_EMPTY;
    struct gate_pass pass;
    struct match match;
    if (gate.host_count == 0 && err_failed(gate_init(&gate, "127.0.0.1:8443", "https://clinic.example", false))) abort();
    read_head(&rest, &head);
    if (err_failed(head_end(&head, false)) || err_failed(gate_host(&gate, head.host))) return 0;
    if (err_failed(match_find(method, path, &match))) return 0;
    if (err_failed(gate_check(&gate, &route_table[match.route], !span_is(method, "GET"), &head, &pass))) return 0;
    if (pass.token.n > FRAME_TOKEN_MAX || (pass.auth == AUTH_NONE) != (pass.token.n == 0)) abort();
    check_fields(&match, query, &head);
    return 0;
}
