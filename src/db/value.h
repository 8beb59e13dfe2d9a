/* Values that go into statements and come out of them. The bytes of a value belong to whoever made it (parameters: the
   caller; results: the arena given to the query). */
#ifndef MEDSCRIBE_DB_VALUE_H
#define MEDSCRIBE_DB_VALUE_H
#include "base/arena.h"
#include "base/id.h"

enum value_type { VALUE_NULL, VALUE_NUMBER, VALUE_ID, VALUE_TEXT, VALUE_BYTES };

struct value {
    uint8_t type;
    int64_t number;
    struct span bytes; /* text, bytes; an id's 16 bytes */
};

/* A whole answer: rows × columns values. */
struct rows {
    struct value *values;
    size_t count;
    unsigned columns;
};

static inline struct value value_null(void) { return (struct value){.type = VALUE_NULL}; }
static inline struct value value_number(int64_t n) { return (struct value){.type = VALUE_NUMBER, .number = n}; }
static inline struct value value_id(const struct id *id)
{
    return (struct value){.type = VALUE_ID, .bytes = span_of(id->b, ID_BYTES)};
}
static inline struct value value_text(struct span s) { return (struct value){.type = VALUE_TEXT, .bytes = s}; }
static inline struct value value_bytes(struct span s) { return (struct value){.type = VALUE_BYTES, .bytes = s}; }
/* NULL for an empty span */
static inline struct value value_bytes_or_null(struct span s) { return s.n == 0 ? value_null() : value_bytes(s); }

static inline const struct value *rows_at(const struct rows *rows, size_t row, unsigned column)
{
    return &rows->values[row * rows->columns + column];
}
static inline int64_t rows_number(const struct rows *rows, size_t row, unsigned column)
{
    return rows_at(rows, row, column)->number;
}
static inline struct span rows_bytes(const struct rows *rows, size_t row, unsigned column)
{
    return rows_at(rows, row, column)->bytes;
}
static inline bool rows_is_null(const struct rows *rows, size_t row, unsigned column)
{
    return rows_at(rows, row, column)->type == VALUE_NULL;
}
static inline struct id rows_id(const struct rows *rows, size_t row, unsigned column)
{
    struct id id = {{0}};
    struct span bytes = rows_bytes(rows, row, column);
    if (bytes.n == ID_BYTES) memcpy(id.b, bytes.p, ID_BYTES);
    return id;
}

#endif
