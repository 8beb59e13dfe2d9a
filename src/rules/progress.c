#include "rules/progress.h"

#include "base/json.h"

enum { EVENT_EVERY_US = 400000 };

struct progress {
    int64_t version, status, percent, position;
    char stage[32];
};

static struct err read_progress(struct call *call, struct id id, const struct progress_kind *kind, struct progress *out)
{
    const struct value value = value_id(&id);
    struct rows now, job, before;
    *out = (struct progress){0};
    TRY(call_query(call, kind->state, &value, 1, &now));
    if (now.count != 1) return FAIL(NOT_FOUND);
    out->version = rows_number(&now, 0, 0);
    out->status = rows_number(&now, 0, 1);
    TRY(call_query(call, SQL_job_of, &value, 1, &job));
    if (job.count != 1) return OK;
    out->percent = rows_number(&job, 0, 1);
    struct span stage = span_sub(rows_bytes(&job, 0, 2), 0, sizeof out->stage - 1);
    memcpy(out->stage, stage.p, stage.n);
    if (rows_number(&job, 0, 0) != 0) return OK;
    const struct value since = value_number(rows_number(&job, 0, 3));
    TRY(call_query(call, SQL_jobs_before, &since, 1, &before));
    out->position = rows_number(&before, 0, 0);
    return OK;
}

static void send_progress(struct call *call, const struct progress_kind *kind, const struct progress *p)
{
    struct buf text = BUF_WITH_MAX(1024);
    buf_put_text(&text, "event: progress\ndata: ");
    struct json j = JSON_TO(&text);
    json_object(&j);
    json_put_word(&j, "status", kind->word(p->status));
    json_put_i64(&j, "percent", p->percent);
    json_put_word(&j, "stage", p->stage);
    json_put_i64(&j, "position", p->position);
    json_put_i64(&j, "version", p->version);
    json_object_end(&j);
    buf_put_text(&text, "\n\n");
    call_chunk(call, buf_span(&text));
    buf_free(&text);
}

struct err progress_stream(struct call *call, struct id id, const struct progress_kind *kind)
{
    TRY(call_stream_begin(call));
    call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_EVENTS});
    call_answer_end(call);
    call->streaming = true;
    struct progress last = {.version = -1};
    for (;;) {
        struct progress now;
        struct arena_mark mark = arena_mark(&call->arena); /* a stream may last for hours */
        TRY(read_progress(call, id, kind, &now));
        arena_rewind(&call->arena, mark);
        if (memcmp(&now, &last, sizeof now) != 0) send_progress(call, kind, &now);
        last = now;
        if (now.status >= kind->settled) break;
        struct err e = call_sleep(call, EVENT_EVERY_US);
        if (e.code == ERR_CANCELLED) return OK;
        TRY(e);
    }
    call_chunk_end(call, true);
    return OK;
}
