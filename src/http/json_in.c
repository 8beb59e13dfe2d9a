#include "http/json_in.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/utf8.h"

/* Bodies carry passwords. */
static void wipe_and_free(void *p)
{
    if (p != NULL) explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

void json_in_init(void)
{
    json_set_alloc_funcs(malloc, wipe_and_free);
    size_t seed = 0;
    while (seed == 0) random_bytes(&seed, sizeof seed); /* 0 would mean: choose one yourself */
    json_object_seed(seed);
}

/* What can be told of a text without building it: its nesting, its members, and the member around a place. */
struct scan {
    unsigned depth, keys;
    struct err fault;
    struct span last_key; /* of the outermost object */
};

static size_t string_end(struct span text, size_t at)
{
    while (at < text.n && text.p[at] != '"') at += text.p[at] == '\\' ? 2 : 1;
    return at < text.n ? at : text.n;
}

static void scan(struct span text, size_t until, struct scan *scan)
{
    struct span word = SPAN_NONE;
    *scan = (struct scan){.fault = OK};
    for (size_t at = 0; at < text.n && at < until; at++) {
        uint8_t c = text.p[at];
        if (c == '"') {
            size_t end = string_end(text, at + 1);
            word = span_sub(text, at + 1, end - at - 1);
            at = end;
        } else if (c == '{' || c == '[') {
            if (++scan->depth > JSON_IN_DEPTH_MAX) scan->fault = FAIL(DEPTH);
        } else if (c == '}' || c == ']') {
            if (scan->depth > 0) scan->depth--;
        } else if (c == ':') {
            if (scan->depth == 1) scan->last_key = word;
            if (++scan->keys > JSON_IN_KEYS_MAX && !err_failed(scan->fault)) scan->fault = FAIL(TOO_MANY_KEYS);
        }
        if (err_failed(scan->fault)) return;
    }
}

static void blame(struct json_in *in, struct span name)
{
    if (!utf8_valid(name)) name = SPAN_NONE;
    name = utf8_cut(name, JSON_IN_NAME_MAX);
    if (name.n > 0) memcpy(in->blamed, name.p, name.n);
    in->blamed[name.n] = '\0';
}

/* jansson says: duplicate object key near '"name"' */
static struct span quoted(const char *message)
{
    const char *from = strstr(message, "near '\"");
    if (from == NULL) return SPAN_NONE;
    from += 7;
    const char *to = strrchr(from, '"');
    return to == NULL ? SPAN_NONE : span_of(from, (size_t)(to - from));
}

static struct err fault(struct json_in *in, struct span body, const json_error_t *error)
{
    struct scan before;
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        blame(in, quoted(error->text));
        return FAIL(DUPLICATE_KEY);
    case json_error_invalid_utf8:
        scan(body, error->position > 0 ? (size_t)error->position : 0, &before);
        blame(in, before.last_key);
        return FAIL(INVALID_UTF8);
    case json_error_out_of_memory: return FAIL(OUT_OF_MEMORY);
    default: return FAIL(BAD_JSON);
    }
}

/* A NUL byte is never JSON, but jansson reads over one that follows a number. "\u0000" is JSON; no field of ours takes it. */
static struct err load(struct json_in *in, struct span text, size_t flags)
{
    struct scan whole;
    json_error_t error;
    *in = (struct json_in){.root = NULL};
    scan(text, text.n, &whole);
    if (err_failed(whole.fault)) return whole.fault;
    if (text.n == 0 || memchr(text.p, 0, text.n) != NULL) return FAIL(BAD_JSON);
    in->root = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | flags, &error);
    return in->root == NULL ? fault(in, text, &error) : OK;
}

struct err json_in_open(struct json_in *in, struct span body)
{
    TRY(load(in, body, 0));
    if (!json_is_object((json_t *)in->root)) return FAIL(BAD_JSON);
    in->at = json_object_iter(in->root);
    return OK;
}

bool json_in_next(struct json_in *in, struct json_in_member *member_out)
{
    if (in->at == NULL) return false;
    const char *name = json_object_iter_key(in->at);
    json_t *value = json_object_iter_value(in->at);
    *member_out = (struct json_in_member){.name = span_of(name, json_object_iter_key_len(in->at)), .type = JSON_IN_OTHER};
    if (json_is_string(value)) {
        member_out->type = JSON_IN_TEXT;
        member_out->text = span_of(json_string_value(value), json_string_length(value));
    } else if (json_is_integer(value)) {
        member_out->type = JSON_IN_INTEGER;
        member_out->integer = json_integer_value(value);
    } else if (json_is_array(value)) {
        member_out->type = JSON_IN_LIST;
        member_out->list = value;
        member_out->items = json_array_size(value);
    } else if (json_is_boolean(value)) {
        member_out->type = JSON_IN_BOOL;
        member_out->integer = json_is_true(value);
    }
    in->at = json_object_iter_next(in->root, in->at);
    return true;
}

bool json_in_item(const struct json_in_member *member, size_t index, struct span *text_out)
{
    json_t *value = json_array_get(member->list, index);
    if (!json_is_string(value)) return false;
    *text_out = span_of(json_string_value(value), json_string_length(value));
    return true;
}

void json_in_close(struct json_in *in)
{
    json_decref(in->root);
    in->root = NULL;
}

struct err json_in_check(struct span text)
{
    struct json_in in;
    TRY(load(&in, text, JSON_DECODE_ANY));
    json_in_close(&in);
    return OK;
}
