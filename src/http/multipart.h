/* Forms with files (multipart/form-data, RFC 7578) as a stream: any cut of the input gives the same parts.
   Why not the HTTP library's own: that one forgives what must be refused here (missing ends, bare line feeds, nested forms),
   and it cannot be fuzzed without a connection. All that is not plain and whole is BAD_MULTIPART. */
#ifndef MEDSCRIBE_HTTP_MULTIPART_H
#define MEDSCRIBE_HTTP_MULTIPART_H
#include "base/buf.h"

enum { MULTIPART_BOUNDARY_MAX = 70, MULTIPART_HEAD_MAX = 4096, MULTIPART_PARTS_MAX = 32 };

struct multipart_part { /* spans live during the call */
    struct span name, file_name, type;
    bool has_file_name;
};
struct multipart_user {
    struct err (*part)(void *context, const struct multipart_part *part);
    struct err (*data)(void *context, struct span bytes);
    struct err (*part_end)(void *context);
    void *context;
};
struct multipart {
    struct multipart_user user;
    char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* CR LF - - boundary */
    size_t delimiter_bytes, matched;
    uint8_t state;
    unsigned parts;
    struct buf head;
};

bool multipart_is_form(struct span content_type);
/* BAD_MULTIPART: no usable boundary. */
struct err multipart_init(struct multipart *multipart, struct span content_type, struct multipart_user user);
struct err multipart_push(struct multipart *multipart, struct span bytes);
/* Was it whole? */
struct err multipart_end(const struct multipart *multipart);
void multipart_done(struct multipart *multipart);

#endif
