/* The shapes of answers, closed: a member that is not listed here must not leave. OpenAPI prints them, tests hold answers to
   them. docs/api tells the same in words. */
#ifndef MEDSCRIBE_HTTP_SHAPES_H
#define MEDSCRIBE_HTTP_SHAPES_H
#include <stdbool.h>
#include <stdint.h>

enum shape_type {
    SHAPE_TEXT, SHAPE_ID, SHAPE_TIME, SHAPE_INTEGER, SHAPE_NUMBER, SHAPE_BOOL,
    SHAPE_WORD, /* one of `words` */
    SHAPE_OF,   /* the shape `of` */
    SHAPE_LIST, /* of the shape `of`; of `words`, or of ids, when that is NULL */
    SHAPE_DOCUMENT, /* an object whose inside is described elsewhere */
};
struct shape_member {
    const char *name;
    uint8_t type;
    bool nullable, optional;
    const char *of;
    const char *const *words;
};
struct shape {
    const char *name, *summary;
    const struct shape_member *members;
    uint8_t count;
};
extern const struct shape shapes_table[]; /* ends with a NULL name */
const struct shape *shapes_find(const char *name); /* NULL when there is none */

#endif
