#include "remote/heard.h"

#include "base/json.h"
#include "base/utf8.h"

void heard_init(struct heard *heard)
{
    *heard = (struct heard){.text = BUF_WITH_MAX(HEARD_TEXT_MAX), .words = BUF_WITH_MAX(HEARD_WORDS_MAX * sizeof(struct heard_word))};
}

void heard_free(struct heard *heard)
{
    buf_free(&heard->text);
    buf_free(&heard->words);
}

size_t heard_count(const struct heard *heard) { return heard->words.n / sizeof(struct heard_word); }

static struct heard_word *edit(struct heard *heard, size_t i) { return (struct heard_word *)(void *)heard->words.p + i; }

const struct heard_word *heard_at(const struct heard *heard, size_t i) { return (const struct heard_word *)(const void *)heard->words.p + i; }

struct span heard_text(const struct heard *heard, size_t i)
{
    const struct heard_word *word = heard_at(heard, i);
    return span_of(heard->text.p + word->at, word->n);
}

static bool is_space(uint32_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0xa0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200a); }

/* Appends what may stay of `text` and returns how much that is. */
static size_t put_clean(struct heard *heard, struct span text)
{
    size_t before = heard->text.n;
    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        uint32_t c = utf8_next(text, &at);
        if (is_space(c) || utf8_is_control(c) || utf8_is_bidi_control(c)) continue;
        if (heard->text.n - before + 4 > HEARD_WORD_BYTES) break;
        if (c == 0xfffd) buf_put_text(&heard->text, "\xef\xbf\xbd");
        else buf_put_span(&heard->text, span_sub(text, from, at - from));
    }
    return heard->text.n - before;
}

static struct err add_word(struct heard *heard, struct span text, const struct heard_piece *piece, int64_t start_ms, int64_t end_ms, bool exact)
{
    if (start_ms < heard->last_ms) start_ms = heard->last_ms;
    struct heard_word word = {.at = heard->text.n, .n = put_clean(heard, text), .start_ms = start_ms, .end_ms = end_ms < start_ms ? start_ms : end_ms,
                              .confidence = piece->confidence, .exact = exact};
    TRY(buf_check(&heard->text));
    if (word.n == 0) return OK;
    buf_put(&heard->words, &word, sizeof word);
    heard->last_ms = start_ms;
    return buf_check(&heard->words);
}

/* The next run of anything but white space at *at; false at the end. */
static bool next_run(struct span text, size_t *at, struct span *run_out)
{
    size_t from = *at, end = *at;
    bool inside = false;
    while (end < text.n) {
        size_t next = end;
        bool space = is_space(utf8_next(text, &next));
        if (inside && space) break;
        if (!inside && !space) from = end, inside = true;
        end = next;
    }
    *run_out = span_sub(text, from, end - from);
    *at = end;
    return inside;
}

struct err heard_add(struct heard *heard, const struct heard_piece *piece)
{
    struct span run;
    size_t runs = 0;
    int64_t length_ms = piece->end_ms - piece->start_ms;
    for (size_t at = 0; next_run(piece->text, &at, &run);) runs++;
    for (size_t at = 0, i = 0; next_run(piece->text, &at, &run); i++) {
        int64_t start = piece->start_ms + length_ms * (int64_t)i / (int64_t)runs, end = piece->start_ms + length_ms * (int64_t)(i + 1) / (int64_t)runs;
        TRY(add_word(heard, run, piece, start, end, piece->exact && runs == 1));
    }
    return OK;
}

struct err heard_join(struct heard *heard, const struct heard_piece *piece)
{
    size_t n = heard_count(heard);
    struct span run;
    size_t at = 0;
    if (n == 0 || !next_run(piece->text, &at, &run) || at < piece->text.n) return heard_add(heard, piece);
    struct heard_word *last = edit(heard, n - 1);
    if (last->n + run.n > HEARD_WORD_BYTES) return heard_add(heard, piece);
    last->n += put_clean(heard, run);
    if (piece->end_ms > last->end_ms) last->end_ms = piece->end_ms;
    if (piece->confidence < last->confidence) last->confidence = piece->confidence;
    return buf_check(&heard->text);
}

static void put_confidence(struct json *j, int hundredths)
{
    const uint8_t digits[] = {(uint8_t)('0' + hundredths / 100), '.', (uint8_t)('0' + hundredths / 10 % 10), (uint8_t)('0' + hundredths % 10)};
    json_key(j, "confidence");
    if (hundredths < 0) json_null(j);
    else json_raw(j, span_of(digits, sizeof digits));
}

void heard_put_engine(const struct heard_engine *engine, struct json *j)
{
    json_key(j, "engine");
    json_object(j);
    json_put_word(j, "name", engine->name);
    json_put_word(j, "version", engine->version);
    json_put_word(j, "model", engine->model);
    json_object_end(j);
}

struct err heard_put(const struct heard *heard, const struct heard_engine *engine, int64_t duration_ms, struct buf *out)
{
    struct json j = JSON_TO(out);
    json_object(&j);
    json_put_i64(&j, "version", 1);
    heard_put_engine(engine, &j);
    json_put_i64(&j, "duration_ms", duration_ms);
    json_key(&j, "words");
    json_array(&j);
    for (size_t i = 0, n = heard_count(heard); i < n; i++) {
        const struct heard_word *word = heard_at(heard, i);
        json_object(&j);
        json_put_text(&j, "text", heard_text(heard, i));
        json_put_i64(&j, "start_ms", word->start_ms);
        json_put_i64(&j, "end_ms", word->end_ms);
        put_confidence(&j, word->confidence);
        json_put_bool(&j, "exact", word->exact);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    return buf_check(out);
}
