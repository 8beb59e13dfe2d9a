#include "remote/answer.h"

#include "base/utf8.h"

#include <jansson.h>
#include <math.h>

/* Recognisers round, and see a little beyond both ends. */
static const double slack_s = 1.0;

static struct span text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return span_of(json_string_value(value), json_string_length(value));
}

static bool number_of(const json_t *object, const char *key, double *number_out)
{
    const json_t *value = json_object_get(object, key);
    *number_out = json_number_value(value);
    return json_is_number(value) && isfinite(*number_out);
}

static struct err load(struct span json, json_t **root_out)
{
    *root_out = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    return json_is_object(*root_out) ? OK : FAIL(BAD_VALUE);
}

/* ---- speech */

struct speech_answer {
    const json_t *root;
    int64_t offset_ms, duration_ms;
    struct heard *heard;
    double last_s;
};

static int64_t clamped(const struct speech_answer *answer, double seconds)
{
    int64_t ms = seconds <= 0 ? 0 : (int64_t)(seconds * 1000 + 0.5);
    return answer->offset_ms + (ms > answer->duration_ms ? answer->duration_ms : ms);
}

/* start and end: in order, within the sound. */
static struct err times_of(struct speech_answer *answer, const json_t *item, struct heard_piece *piece)
{
    double start, end;
    if (!number_of(item, "start", &start) || !number_of(item, "end", &end)) return FAIL(BAD_VALUE);
    double limit = (double)answer->duration_ms / 1000 + slack_s;
    if (start < -slack_s || end > limit || start > limit || end < start - slack_s || start < answer->last_s - slack_s) return FAIL(BAD_VALUE);
    if (start > answer->last_s) answer->last_s = start;
    piece->start_ms = clamped(answer, start);
    piece->end_ms = clamped(answer, end < start ? start : end);
    return OK;
}

static int hundredths(double probability) { return probability <= 0 ? 0 : probability >= 1 ? 100 : (int)(probability * 100 + 0.5); }

/* How sure a segment was: the mean of its words' logarithms. */
static int confidence_of_segment(const json_t *segment)
{
    double mean;
    return number_of(segment, "avg_logprob", &mean) ? hundredths(exp(mean)) : HEARD_UNKNOWN;
}

/* Of the segment in which a word begins, when the word itself does not say. Both are in order: *at only moves on. */
static int confidence_at(const json_t *segments, double start, size_t *at)
{
    double end;
    while (*at + 1 < json_array_size(segments) && (!number_of(json_array_get(segments, *at), "end", &end) || end < start)) (*at)++;
    return confidence_of_segment(json_array_get(segments, *at));
}

/* Does this list tell pieces of words, with a space before those that begin one? */
static bool tells_pieces(const json_t *words)
{
    size_t i;
    json_t *word;
    json_array_foreach(words, i, word) if (text_of(word, "word").n > 1 && text_of(word, "word").p[0] == ' ') return true;
    return false;
}

static struct err add_words(struct speech_answer *answer, const json_t *words, const json_t *segments, int otherwise)
{
    size_t i, segment = 0;
    json_t *word;
    bool pieces = tells_pieces(words);
    if (json_array_size(words) > HEARD_WORDS_MAX) return FAIL(BAD_VALUE);
    json_array_foreach(words, i, word)
    {
        double probability, start = json_number_value(json_object_get(word, "start"));
        struct heard_piece piece = {.text = text_of(word, "word"), .exact = true};
        if (!json_is_string(json_object_get(word, "word"))) return FAIL(BAD_VALUE);
        TRY(times_of(answer, word, &piece));
        piece.confidence = number_of(word, "probability", &probability) ? hundredths(probability) : segments != NULL ? confidence_at(segments, start, &segment) : otherwise;
        if (pieces && i > 0 && piece.text.n > 0 && piece.text.p[0] != ' ') TRY(heard_join(answer->heard, &piece));
        else TRY(heard_add(answer->heard, &piece));
    }
    return OK;
}

static bool has_timed_words(const json_t *holder)
{
    const json_t *words = json_object_get(holder, "words");
    return json_array_size(words) > 0 && json_object_get(json_array_get(words, 0), "start") != NULL;
}

static struct err add_segment(struct speech_answer *answer, const json_t *segment)
{
    struct heard_piece piece = {.text = text_of(segment, "text"), .confidence = confidence_of_segment(segment)};
    if (!json_is_string(json_object_get(segment, "text"))) return FAIL(BAD_VALUE);
    if (has_timed_words(segment)) return add_words(answer, json_object_get(segment, "words"), NULL, piece.confidence);
    TRY(times_of(answer, segment, &piece));
    return heard_add(answer->heard, &piece);
}

static struct err read_speech(struct speech_answer *answer)
{
    const json_t *words = json_object_get(answer->root, "words"), *segments = json_object_get(answer->root, "segments"), *text = json_object_get(answer->root, "text");
    size_t i;
    json_t *segment;
    if ((words != NULL && !json_is_array(words) && !json_is_null(words)) || (segments != NULL && !json_is_array(segments) && !json_is_null(segments))) return FAIL(BAD_VALUE);
    if (!json_is_string(text) && !json_is_array(segments)) return FAIL(BAD_VALUE);
    if (has_timed_words(answer->root)) return add_words(answer, words, segments, HEARD_UNKNOWN);
    json_array_foreach(segments, i, segment) TRY(add_segment(answer, segment));
    if (json_array_size(segments) > 0) return OK;
    struct heard_piece whole = {.text = text_of(answer->root, "text"), .start_ms = answer->offset_ms, .end_ms = answer->offset_ms + answer->duration_ms,
                                .confidence = HEARD_UNKNOWN};
    return heard_add(answer->heard, &whole);
}

struct err answer_read_speech(struct span json, int64_t offset_ms, int64_t duration_ms, struct heard *heard)
{
    json_t *root = NULL;
    struct err e = load(json, &root);
    struct speech_answer answer = {.root = root, .offset_ms = offset_ms, .duration_ms = duration_ms, .heard = heard};
    if (!err_failed(e)) e = read_speech(&answer);
    json_decref(root);
    return e;
}

/* ---- our own document of words */

static struct err read_words(const json_t *root, struct heard *heard)
{
    const json_t *words = json_object_get(root, "words");
    size_t i;
    json_t *word;
    if (!json_is_array(words) || json_array_size(words) > HEARD_WORDS_MAX) return FAIL(BAD_VALUE);
    json_array_foreach(words, i, word)
    {
        const json_t *start = json_object_get(word, "start_ms"), *end = json_object_get(word, "end_ms");
        struct heard_piece piece = {.text = text_of(word, "text"), .confidence = HEARD_UNKNOWN, .exact = true};
        if (!json_is_integer(start) || !json_is_integer(end) || piece.text.n == 0) return FAIL(BAD_VALUE);
        piece.start_ms = json_integer_value(start);
        piece.end_ms = json_integer_value(end);
        TRY(heard_add(heard, &piece));
        if (heard_count(heard) != i + 1) return FAIL(BAD_VALUE); /* no word, or more than one: numbers would not fit any more */
    }
    return OK;
}

struct err answer_read_words(struct span json, struct heard *heard)
{
    json_t *root = NULL;
    struct err e = load(json, &root);
    if (!err_failed(e)) e = read_words(root, heard);
    json_decref(root);
    return e;
}

/* ---- drafts */

const char *const answer_sections[] = {"subjective", "objective", "assessment", "plan", NULL};

static const char *section_of(struct span word)
{
    size_t i = 0;
    while (answer_sections[i] != NULL && !span_is(word, answer_sections[i])) i++;
    return answer_sections[i];
}

/* One line: white space becomes one space, control characters the sign for what cannot be shown. */
static struct err clean_line(struct span text, struct arena *arena, struct span *out)
{
    struct buf clean = BUF_WITH_MAX(3 * ANSWER_LINE_BYTES);
    if (text.n == 0 || text.n > ANSWER_LINE_BYTES) return FAIL(BAD_VALUE);
    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        uint32_t c = utf8_next(text, &at);
        if (c == '\n' || c == '\r' || c == '\t') buf_put_byte(&clean, ' ');
        else if (utf8_is_control(c) || utf8_is_bidi_control(c)) buf_put_text(&clean, "\xef\xbf\xbd");
        else buf_put_span(&clean, span_sub(text, from, at - from));
    }
    *out = arena_copy(arena, buf_span(&clean));
    struct err e = clean.failed || out->p == NULL ? FAIL(FULL) : OK;
    buf_free(&clean);
    return e;
}

static struct err read_line(const json_t *item, size_t word_count, struct arena *arena, struct answer_draft *draft)
{
    const json_t *words = json_object_get(item, "words");
    struct answer_line line = {.section = section_of(text_of(item, "section"))};
    if (json_object_size(item) != 3 || !json_is_string(json_object_get(item, "text")) || line.section == NULL) return FAIL(BAD_VALUE);
    if (json_array_size(words) != 2 || !json_is_integer(json_array_get(words, 0)) || !json_is_integer(json_array_get(words, 1))) return FAIL(BAD_VALUE);
    json_int_t first = json_integer_value(json_array_get(words, 0)), last = json_integer_value(json_array_get(words, 1));
    TRY(clean_line(text_of(item, "text"), arena, &line.text));
    if (first < 0 || last < first || (uint64_t)last >= word_count) {
        draft->left_out++;
        return OK;
    }
    line.first = (size_t)first;
    line.last = (size_t)last;
    draft->lines[draft->count++] = line;
    return OK;
}

static struct err read_lines(const json_t *content, size_t word_count, struct arena *arena, struct answer_draft *draft)
{
    const json_t *lines = json_object_get(content, "lines");
    size_t i;
    json_t *item;
    if (!json_is_object(content) || json_object_size(content) != 1 || !json_is_array(lines) || json_array_size(lines) > ANSWER_LINES_MAX) return FAIL(BAD_VALUE);
    draft->lines = arena_array(arena, json_array_size(lines) + 1, sizeof *draft->lines);
    if (draft->lines == NULL) return FAIL(OUT_OF_MEMORY);
    json_array_foreach(lines, i, item) TRY(read_line(item, word_count, arena, draft));
    return draft->count > 0 || draft->left_out == 0 ? OK : FAIL(BAD_VALUE);
}

/* A name of a model or a version: plain ASCII, or it is left out. */
static void take_name(const json_t *root, const char *key, char name_out[static ANSWER_NAME_BYTES + 1])
{
    struct span name = text_of(root, key);
    name_out[0] = '\0';
    if (name.n > ANSWER_NAME_BYTES) return;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~' || strchr("<>\"'&", name.p[i]) != NULL) return;
    if (name.n > 0) memcpy(name_out, name.p, name.n);
    name_out[name.n] = '\0';
}

static struct err read_chat(const json_t *root, size_t word_count, struct arena *arena, struct answer_draft *draft)
{
    const json_t *choice = json_array_get(json_object_get(root, "choices"), 0);
    struct span content = text_of(json_object_get(choice, "message"), "content");
    if (!span_is(text_of(choice, "finish_reason"), "stop") || content.n == 0) return FAIL(BAD_VALUE); /* cut off is not an answer */
    json_t *inner = json_loadb((const char *)content.p, content.n, JSON_REJECT_DUPLICATES, NULL);
    struct err e = read_lines(inner, word_count, arena, draft);
    json_decref(inner);
    take_name(root, "model", draft->model);
    take_name(root, "system_fingerprint", draft->version);
    return e;
}

struct err answer_read_draft(struct span json, size_t word_count, struct arena *arena, struct answer_draft *draft_out)
{
    json_t *root = NULL;
    *draft_out = (struct answer_draft){0};
    struct err e = load(json, &root);
    if (!err_failed(e)) e = read_chat(root, word_count, arena, draft_out);
    json_decref(root);
    return e;
}

struct err answer_read_models(struct span json, const char *model, bool *listed_out)
{
    json_t *root = NULL, *item;
    size_t i;
    *listed_out = false;
    struct err e = load(json, &root);
    const json_t *list = json_object_get(root, "data");
    if (!err_failed(e) && !json_is_array(list)) e = FAIL(BAD_VALUE);
    json_array_foreach(list, i, item) *listed_out = *listed_out || span_is(text_of(item, "id"), model);
    json_decref(root);
    return e;
}
