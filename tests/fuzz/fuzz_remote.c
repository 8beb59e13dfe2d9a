/* What model servers answer: whatever it is, what courier makes of it is in order, in time and clean, is valid JSON, is read again by
   courier, and is taken by the worker's own reader. */
#include "base/json.h"
#include "base/utf8.h"
#include "media/outside_in.h"
#include "remote/draft.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OFFSET_MS = 600000, DURATION_MS = 5000, WORDS = 40, ARENA = 8 << 20, OUT_MAX = 8 << 20 };

static void check_words(const struct heard *heard)
{
    int64_t last_ms = OFFSET_MS;
    for (size_t i = 0, n = heard_count(heard); i < n; i++) {
        const struct heard_word *word = heard_at(heard, i);
        struct span text = heard_text(heard, i);
        if (word->start_ms < last_ms || word->end_ms < word->start_ms || word->end_ms > OFFSET_MS + DURATION_MS || word->confidence > 100) abort();
        if (text.n == 0 || !utf8_valid(text)) abort();
        for (size_t at = 0; at < text.n;)
            if (utf8_is_control(utf8_next(text, &at))) abort();
        last_ms = word->start_ms;
    }
}

static void check_document(const struct heard *heard)
{
    struct buf out = BUF_WITH_MAX(OUT_MAX);
    struct heard again;
    struct words words;
    struct outside_words about;
    struct arena arena;
    arena_init(&arena, ARENA);
    heard_init(&again);
    words_init(&words, &arena);
    if (err_failed(heard_put(heard, &(struct heard_engine){"host", "", "model"}, OFFSET_MS + DURATION_MS, &out)) || !json_valid(buf_span(&out))) abort();
    if (err_failed(answer_read_words(buf_span(&out), &again)) || heard_count(&again) != heard_count(heard)) abort();
    if (err_failed(outside_in_words(&arena, buf_span(&out), OFFSET_MS + DURATION_MS, &words, &about)) || words_count(&words) != heard_count(heard)) abort();
    words_free(&words);
    heard_free(&again);
    arena_free(&arena);
    buf_free(&out);
}

static void speech(struct span json)
{
    struct heard heard;
    heard_init(&heard);
    heard.last_ms = OFFSET_MS;
    if (!err_failed(answer_read_speech(json, OFFSET_MS, DURATION_MS, &heard))) {
        check_words(&heard);
        check_document(&heard);
    }
    heard_free(&heard);
}

static void draft(struct span json)
{
    struct arena arena;
    struct answer_draft answer;
    arena_init(&arena, ARENA);
    if (!err_failed(answer_read_draft(json, WORDS, &arena, &answer))) {
        struct buf out = BUF_WITH_MAX(OUT_MAX);
        struct clinic_proposal proposal;
        for (size_t i = 0; i < answer.count; i++)
            if (answer.lines[i].first > answer.lines[i].last || answer.lines[i].last >= WORDS || !utf8_valid(answer.lines[i].text)) abort();
        if (err_failed(draft_put(&answer, &(struct heard_engine){"host", answer.version, answer.model}, &out)) || !json_valid(buf_span(&out))) abort();
        if (err_failed(outside_in_proposal(&arena, buf_span(&out), &proposal)) || proposal.count != answer.count) abort();
        buf_free(&out);
    }
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span json = span_of(data, size);
    bool listed;
    if (size > 1 << 17 || !json_valid(json)) return 0; /* as courier looks before it reads */
    speech(json);
    draft(json);
    IGNORE(answer_read_models(json, "m", &listed));
    struct heard heard;
    heard_init(&heard);
    IGNORE(answer_read_words(json, &heard));
    heard_free(&heard);
    return 0;
}
