#include "media/outside_in.h"

#include <jansson.h>

enum { NAME_MAX_BYTES = 256, PROPOSED_MAX = 1000, PROPOSED_TEXT_MAX = 4096, LINE_GAP_MS = 1000 };
/* Where the engine does not say how sure it is: not sure. */
static const double unknown_confidence = 0.5;

static struct span text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return span_of(json_string_value(value), json_string_length(value));
}

static const char *name_of(struct arena *arena, const json_t *engine, const char *key)
{
    struct span name = text_of(engine, key);
    return name.n > NAME_MAX_BYTES ? "" : arena_text(arena, name);
}

static struct err add_word(const json_t *item, int64_t duration_ms, int64_t *last_ms, bool first, struct words *words)
{
    const json_t *start = json_object_get(item, "start_ms"), *end = json_object_get(item, "end_ms"), *confidence = json_object_get(item, "confidence");
    struct word word = {.text = text_of(item, "text"), .start_ms = json_integer_value(start), .end_ms = json_integer_value(end),
                        .confidence = json_is_number(confidence) ? json_number_value(confidence) : unknown_confidence};
    bool good = json_is_integer(start) && json_is_integer(end) && word.text.n > 0 && word.text.n <= WORDS_TEXT_MAX_BYTES && word.start_ms >= *last_ms &&
                word.end_ms >= word.start_ms && word.end_ms <= duration_ms && word.confidence >= 0 && word.confidence <= 1;
    if (!good) return FAIL(BAD_VALUE);
    if (!first) word.new_line = word.start_ms - words_at(words, words_count(words) - 1)->end_ms >= LINE_GAP_MS;
    *last_ms = word.start_ms;
    return words_add(words, &word);
}

static struct err read_words(struct arena *arena, const json_t *root, int64_t longest_ms, struct words *words, struct outside_words *out)
{
    const json_t *engine = json_object_get(root, "engine"), *list = json_object_get(root, "words"), *duration = json_object_get(root, "duration_ms");
    size_t i;
    json_t *item;
    int64_t last_ms = 0;
    if (duration == NULL) duration = json_object_get(json_object_get(root, "media"), "duration_ms");
    *out = (struct outside_words){.name = name_of(arena, engine, "name"), .version = name_of(arena, engine, "version"), .model = name_of(arena, engine, "model"),
                                  .duration_ms = json_integer_value(duration)};
    if (out->name == NULL || out->version == NULL || out->model == NULL) return FAIL(FULL);
    if (!json_is_array(list) || json_array_size(list) > WORDS_MAX || !json_is_integer(duration) || out->duration_ms < 0 || out->duration_ms > longest_ms) return FAIL(BAD_VALUE);
    json_array_foreach(list, i, item) TRY(add_word(item, out->duration_ms, &last_ms, i == 0, words));
    return OK;
}

struct err outside_in_words(struct arena *arena, struct span document, int64_t longest_ms, struct words *words, struct outside_words *out)
{
    json_t *root = json_loadb((const char *)document.p, document.n, JSON_REJECT_DUPLICATES, NULL);
    struct err e = read_words(arena, root, longest_ms, words, out);
    json_decref(root);
    return e;
}

static struct err read_line(struct arena *arena, const json_t *item, struct clinic_proposed *out)
{
    const json_t *words = json_object_get(item, "words");
    const json_t *first = json_array_get(words, 0), *last = json_array_get(words, 1);
    struct span text = text_of(item, "text");
    if (json_array_size(words) != 2 || !json_is_integer(first) || !json_is_integer(last) || text.n == 0 || text.n > PROPOSED_TEXT_MAX) return FAIL(BAD_VALUE);
    if (json_integer_value(first) < 0 || json_integer_value(last) < 0) return FAIL(BAD_VALUE);
    *out = (struct clinic_proposed){.text = arena_copy(arena, text), .section = arena_copy(arena, text_of(item, "section")),
                                    .first = (size_t)json_integer_value(first), .last = (size_t)json_integer_value(last)};
    return arena->failed ? FAIL(FULL) : OK;
}

static struct err read_proposal(struct arena *arena, const json_t *root, struct clinic_proposal *out)
{
    const json_t *lines = json_object_get(root, "lines"), *engine = json_object_get(root, "engine");
    size_t i;
    json_t *item;
    if (!json_is_array(lines) || json_array_size(lines) > PROPOSED_MAX) return FAIL(BAD_VALUE);
    struct clinic_proposed *list = arena_array(arena, json_array_size(lines) + 1, sizeof *list);
    if (list == NULL) return FAIL(FULL);
    json_array_foreach(lines, i, item) TRY(read_line(arena, item, &list[i]));
    *out = (struct clinic_proposal){.lines = list, .count = json_array_size(lines), .name = span_text(name_of(arena, engine, "name")),
                                    .version = span_text(name_of(arena, engine, "version")), .model = span_text(name_of(arena, engine, "model"))};
    return arena->failed ? FAIL(FULL) : OK;
}

struct err outside_in_proposal(struct arena *arena, struct span document, struct clinic_proposal *out)
{
    json_t *root = json_loadb((const char *)document.p, document.n, JSON_REJECT_DUPLICATES, NULL);
    struct err e = read_proposal(arena, root, out);
    json_decref(root);
    return e;
}
