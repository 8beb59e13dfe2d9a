/* Uploads on their way to core: at most FRAME_BODY_WINDOW chunks that core has not acknowledged; then the client must wait,
   which TCP tells it. */
#include <stdlib.h>

#include "http/loop.h"

struct err transfer_begin(struct exchange *x)
{
    const struct server_settings *settings = x->loop->settings;
    uint64_t max = route_takes_audio(&route_table[x->match.route]) ? settings->max_audio_bytes : settings->max_picture_bytes;
    x->upload = calloc(1, sizeof *x->upload);
    if (x->upload == NULL) return FAIL(OUT_OF_MEMORY);
    x->stage = STAGE_UPLOAD;
    if (x->query.n > 0) return FAIL(UNKNOWN_FIELD);
    TRY(upload_init(x->upload, &route_table[x->match.route], x->head.content_type, max));
    return fields_path(&x->upload->fields, x->match.part);
}

static void pump(struct exchange *x)
{
    struct upload *upload = x->upload;
    if (upload->begun && !x->asked) IGNORE(transfer_request(x));
    while (x->under_way < FRAME_BODY_WINDOW) {
        struct span chunk = upload_chunk(upload);
        if (chunk.n == 0) return;
        if (x->loop->out.n > LOOP_OUT_UPLOADS) {
            x->loop->uploads_wait = true;
            return;
        }
        frame_put(&x->loop->out, FRAME_BODY, exchange_id(x), chunk);
        upload_take_chunk(upload, chunk.n);
        x->under_way++;
    }
}

static void fail(struct exchange *x, struct err err)
{
    memcpy(x->blamed, x->upload->blamed, sizeof x->blamed);
    if (x->asked) frame_put(&x->loop->out, FRAME_CANCEL, exchange_id(x), SPAN_NONE);
    x->asked = false;
    reply_fault(x, err);
}

void transfer_body(struct exchange *x, struct span bytes)
{
    struct err err = upload_push(x->upload, bytes);
    if (err_failed(err)) {
        fail(x, err);
        return;
    }
    pump(x);
    if (upload_is_full(x->upload)) exchange_suspend(x);
}

/* Everything has been read; what core has not taken yet follows as it gives credit. */
static void flush(struct exchange *x)
{
    pump(x);
    if (upload_chunk(x->upload).n > 0) return;
    body_end_put(&x->loop->out, exchange_id(x), true, &x->upload->late);
    exchange_stage(x, STAGE_WAIT);
}

enum MHD_Result transfer_finish(struct exchange *x)
{
    struct err err = upload_end(x->upload);
    exchange_stage(x, STAGE_FLUSH);
    if (err_failed(err)) fail(x, err);
    else flush(x);
    return MHD_YES;
}

static void go_on(struct exchange *x)
{
    if (x->stage == STAGE_FLUSH) {
        flush(x);
        return;
    }
    if (x->stage != STAGE_UPLOAD) return;
    pump(x);
    if (!upload_is_full(x->upload)) exchange_resume(x);
}

void transfer_credit(struct exchange *x)
{
    if (x->upload == NULL || x->under_way == 0) return;
    x->under_way--;
    go_on(x);
}

void transfer_go_on(struct server *loop)
{
    loop->uploads_wait = false;
    for (uint32_t i = 0; i < loop->slot_count; i++)
        if (loop->slots[i]->connection != NULL && loop->slots[i]->upload != NULL) go_on(loop->slots[i]);
}
