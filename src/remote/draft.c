#include "remote/draft.h"

#include "base/json.h"

struct err draft_put(const struct answer_draft *draft, const struct heard_engine *engine, struct buf *out)
{
    struct json j = JSON_TO(out);
    json_object(&j);
    json_put_i64(&j, "version", 1);
    heard_put_engine(engine, &j);
    json_put_i64(&j, "left_out", (int64_t)draft->left_out);
    json_key(&j, "lines");
    json_array(&j);
    for (size_t i = 0; i < draft->count; i++) {
        const struct answer_line *line = &draft->lines[i];
        json_object(&j);
        json_put_text(&j, "text", line->text);
        json_put_word(&j, "section", line->section);
        json_key(&j, "words");
        json_array(&j);
        json_i64(&j, (int64_t)line->first);
        json_i64(&j, (int64_t)line->last);
        json_array_end(&j);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    return buf_check(out);
}
