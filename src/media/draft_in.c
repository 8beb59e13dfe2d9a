#include "media/draft_in.h"

#include <jansson.h>

static struct span text_of(struct arena *arena, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? arena_copy(arena, span_of(json_string_value(value), json_string_length(value))) : SPAN_NONE;
}

static struct err read_draft(struct arena *arena, const json_t *draft, struct draft_in *out)
{
    const json_t *lines = json_object_get(draft, "lines"), *line;
    size_t i;
    if (!json_is_string(json_object_get(draft, "text")) || !json_is_array(lines)) return FAIL(BAD_VALUE);
    out->text = text_of(arena, draft, "text");
    out->count = json_array_size(lines);
    out->lines = arena_array(arena, out->count + 1, sizeof *out->lines);
    if (out->lines == NULL) return FAIL(FULL);
    json_array_foreach(lines, i, line)
        out->lines[i] = (struct draft_line){.text = text_of(arena, line, "text"),
                                            .open = json_is_false(json_object_get(line, "understood")) || json_is_string(json_object_get(line, "question"))};
    return arena->failed ? FAIL(FULL) : OK;
}

struct err draft_in_read(struct arena *arena, struct span document, struct draft_in *out)
{
    *out = (struct draft_in){0};
    json_t *root = json_loadb((const char *)document.p, document.n, 0, NULL);
    const json_t *draft = json_object_get(root, "draft");
    struct err e = read_draft(arena, draft != NULL ? draft : root, out);
    json_decref(root);
    return e;
}
