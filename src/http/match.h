/* From method and path to a row of the route table. Paths match byte for byte: no decoding, no dot segments, no ending
   slash, so nothing can be said in two ways. */
#ifndef MEDSCRIBE_HTTP_MATCH_H
#define MEDSCRIBE_HTTP_MATCH_H
#include "base/buf.h"
#include "wire/routes.h"

struct match {
    uint16_t route;       /* enum route_id */
    struct span part;     /* what stands at {…} */
    const char *old_path; /* the alias that matched, NULL otherwise */
};

/* NOT_FOUND; METHOD_NOT_ALLOWED: match_put_allow() says what there is. HEAD finds what GET finds. */
struct err match_find(struct span method, struct span path, struct match *match_out);
/* "GET, HEAD, PUT" of all that answers at this path. */
void match_put_allow(struct buf *out, struct span path);
/* Is it a place of the API (answers problems), not of the pages? */
bool match_is_api(struct span path);

#endif
