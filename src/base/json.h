/* Writing JSON (RFC 8259) into a buffer; commas are its business. Reading JSON is jansson's, in front and worker only. */
#ifndef MEDSCRIBE_BASE_JSON_H
#define MEDSCRIBE_BASE_JSON_H
#include "base/buf.h"
#include "base/id.h"

struct json {
    struct buf *out;
    bool comma; /* the next value needs one */
};

#define JSON_TO(buffer) ((struct json){.out = (buffer)})

void json_object(struct json *j);
void json_object_end(struct json *j);
void json_array(struct json *j);
void json_array_end(struct json *j);
void json_key(struct json *j, const char *key); /* keys are our own ASCII words */
void json_text(struct json *j, struct span valid_utf8); /* also escapes '<' so that no answer can close a script */
void json_i64(struct json *j, int64_t value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);
void json_id(struct json *j, struct id id);
void json_time(struct json *j, int64_t time_us);
void json_raw(struct json *j, struct span value); /* one JSON value that we wrote earlier */
/* key and value at once */
void json_put_text(struct json *j, const char *key, struct span value);
void json_put_word(struct json *j, const char *key, const char *value); /* NULL → null */
void json_put_i64(struct json *j, const char *key, int64_t value);
void json_put_bool(struct json *j, const char *key, bool value);
void json_put_null(struct json *j, const char *key);
void json_put_id(struct json *j, const char *key, struct id id);
void json_put_time(struct json *j, const char *key, int64_t time_us);

/* Is this exactly one JSON value (RFC 8259), in valid UTF-8, nested at most 32 deep? For documents that we pass on. */
bool json_valid(struct span text);

#endif
