/* Uploads: two bytes choose the size of the pieces and the route, a line is the Content-Type, the rest the body. The same body
   in one piece and in small ones must end alike, and what is streamed on must be what was counted. */
#include "http/ascii.h"
#include "http/upload.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    unsigned code;
    uint64_t bytes, sum;
};

static void drain(struct upload *u, struct outcome *outcome)
{
    for (struct span chunk; (chunk = upload_chunk(u)).n > 0; upload_take_chunk(u, chunk.n)) {
        if (chunk.n > FRAME_CHUNK_MAX || !u->begun) abort();
        for (size_t i = 0; i < chunk.n; i++) outcome->sum = outcome->sum * 31 + chunk.p[i];
        outcome->bytes += chunk.n;
    }
}

static struct outcome run(unsigned route, struct span type, struct span body, size_t piece)
{
    struct outcome outcome = {0};
    struct upload u;
    struct err err = upload_init(&u, &route_table[route], type, 200000);
    u.request.route = (uint16_t)route;
    for (size_t at = 0; at < body.n && !err_failed(err); at += piece) {
        err = upload_push(&u, span_sub(body, at, piece));
        if (!err_failed(err)) drain(&u, &outcome);
    }
    if (!err_failed(err)) err = upload_end(&u);
    if (!err_failed(err) && (outcome.bytes != u.file_bytes || err_failed(route_check_request(&u.request)))) abort();
    if (err_failed(err)) outcome = (struct outcome){0};
    outcome.code = err.code;
    upload_done(&u);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) return 0;
    struct span body = span_of(data + 2, size - 2), type = ascii_cut(&body, '\n');
    unsigned route = (data[0] & 1) != 0 ? ROUTE_SUBMIT_AUDIO : ROUTE_SUBMIT_PRESCRIPTION;
    struct outcome whole = run(route, type, body, 8192), pieces = run(route, type, body, 1u + data[1]);
    if (whole.code != pieces.code || whole.bytes != pieces.bytes || whole.sum != pieces.sum) abort();
    return 0;
}
