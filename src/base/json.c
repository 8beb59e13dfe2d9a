#include "base/json.h"

#include "base/clock.h"

static void value_begins(struct json *j)
{
    if (j->comma) buf_put_byte(j->out, ',');
    j->comma = true;
}

static void open_with(struct json *j, uint8_t c)
{
    value_begins(j);
    buf_put_byte(j->out, c);
    j->comma = false;
}

static void close_with(struct json *j, uint8_t c)
{
    buf_put_byte(j->out, c);
    j->comma = true;
}

void json_object(struct json *j) { open_with(j, '{'); }
void json_object_end(struct json *j) { close_with(j, '}'); }
void json_array(struct json *j) { open_with(j, '['); }
void json_array_end(struct json *j) { close_with(j, ']'); }

void json_key(struct json *j, const char *key)
{
    value_begins(j);
    buf_put_byte(j->out, '"');
    buf_put_text(j->out, key);
    buf_put(j->out, "\":", 2);
    j->comma = false;
}

/* What stands behind the backslash for a byte that cannot stand for itself; 0 = it can. */
static char escape_of(uint8_t c)
{
    switch (c) {
    case '\b': return 'b';
    case '\t': return 't';
    case '\n': return 'n';
    case '\f': return 'f';
    case '\r': return 'r';
    case '"': return '"';
    case '\\': return '\\';
    case '<': case 0x7f: return 'u';
    default: return c < 0x20 ? 'u' : 0;
    }
}

/* Sixteen bytes at a time: is there one that needs escaping? Texts hold few, and they are most of every answer. */
typedef uint8_t block __attribute__((vector_size(16)));

static bool block_is_plain(const uint8_t *p)
{
    block b;
    uint64_t halves[2];
    memcpy(&b, p, sizeof b);
    block found = (block)((b < 0x20) | (b == '"') | (b == '\\') | (b == '<') | (b == 0x7f));
    memcpy(halves, &found, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}

/* Where the next byte stands that needs escaping, else the end. */
static size_t plain_until(struct span text, size_t at)
{
    while (at + sizeof(block) <= text.n && block_is_plain(text.p + at)) at += sizeof(block);
    while (at < text.n && escape_of(text.p[at]) == 0) at++;
    return at;
}

void json_text(struct json *j, struct span text)
{
    static const char digits[] = "0123456789abcdef";
    value_begins(j);
    buf_put_byte(j->out, '"');
    for (size_t from = 0; text.n > 0;) {
        size_t i = plain_until(text, from);
        buf_put(j->out, text.p + from, i - from);
        if (i == text.n) break;
        char escape = escape_of(text.p[i]);
        from = i + 1;
        if (escape == 'u') {
            const char hex[6] = {'\\', 'u', '0', '0', digits[text.p[i] >> 4], digits[text.p[i] & 15]};
            buf_put(j->out, hex, sizeof hex);
        } else {
            const char pair[2] = {'\\', escape};
            buf_put(j->out, pair, sizeof pair);
        }
    }
    buf_put_byte(j->out, '"');
}

void json_i64(struct json *j, int64_t value)
{
    value_begins(j);
    buf_put_i64(j->out, value);
}

void json_bool(struct json *j, bool value)
{
    value_begins(j);
    buf_put_text(j->out, value ? "true" : "false");
}

void json_null(struct json *j)
{
    value_begins(j);
    buf_put(j->out, "null", 4);
}

void json_id(struct json *j, struct id id)
{
    value_begins(j);
    buf_put_byte(j->out, '"');
    id_put(j->out, id);
    buf_put_byte(j->out, '"');
}

void json_time(struct json *j, int64_t time_us)
{
    value_begins(j);
    buf_put_byte(j->out, '"');
    clock_put_rfc3339(j->out, time_us);
    buf_put_byte(j->out, '"');
}

void json_raw(struct json *j, struct span value)
{
    value_begins(j);
    buf_put_span(j->out, value);
}

void json_put_text(struct json *j, const char *key, struct span value)
{
    json_key(j, key);
    json_text(j, value);
}

void json_put_word(struct json *j, const char *key, const char *value)
{
    json_key(j, key);
    if (value == NULL) json_null(j);
    else json_text(j, span_text(value));
}

void json_put_i64(struct json *j, const char *key, int64_t value)
{
    json_key(j, key);
    json_i64(j, value);
}

void json_put_bool(struct json *j, const char *key, bool value)
{
    json_key(j, key);
    json_bool(j, value);
}

void json_put_null(struct json *j, const char *key)
{
    json_key(j, key);
    json_null(j);
}

void json_put_id(struct json *j, const char *key, struct id id)
{
    json_key(j, key);
    json_id(j, id);
}

void json_put_time(struct json *j, const char *key, int64_t time_us)
{
    json_key(j, key);
    json_time(j, time_us);
}
