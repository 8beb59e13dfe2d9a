/* Reading JSON bodies (RFC 8259) with jansson, within narrow limits. */
#ifndef MEDSCRIBE_HTTP_JSON_IN_H
#define MEDSCRIBE_HTTP_JSON_IN_H
#include "base/err.h"
#include "base/span.h"

enum { JSON_IN_DEPTH_MAX = 16, JSON_IN_KEYS_MAX = 256, JSON_IN_NAME_MAX = 64 };
enum json_in_type { JSON_IN_TEXT, JSON_IN_INTEGER, JSON_IN_BOOL, JSON_IN_LIST, JSON_IN_OTHER };

struct json_in_member {
    struct span name, text; /* live until json_in_close */
    int64_t integer; /* of JSON_IN_BOOL: 0 or 1 */
    void *list;
    size_t items;
    uint8_t type;
};
struct json_in {
    void *root, *at;
    char blamed[JSON_IN_NAME_MAX + 1]; /* the member a fault is about, where that can be told */
};

/* Before the sandbox: jansson would open /dev/urandom for the seed of its hash tables otherwise. */
void json_in_init(void);
/* An object, or BAD_JSON, DUPLICATE_KEY, INVALID_UTF8, DEPTH, TOO_MANY_KEYS. Close it in either case. */
struct err json_in_open(struct json_in *in, struct span body);
bool json_in_next(struct json_in *in, struct json_in_member *member_out);
/* Text number `index` of a list; false when that is something else. */
bool json_in_item(const struct json_in_member *member, size_t index, struct span *text_out);
void json_in_close(struct json_in *in);
/* Any JSON value at all: for the conformance tests. */
struct err json_in_check(struct span text);

#endif
