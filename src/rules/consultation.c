/* One consultation: whole, its recording, its progress. */
#include "os/config.h"
#include "rules/consent.h"
#include "rules/consultations.h"
#include "rules/handlers.h"
#include "rules/jobs.h"
#include "rules/notes.h"
#include "rules/original.h"
#include "rules/progress.h"
#include "rules/submissions.h"
#include "rules/texts.h"
#include "rules/upload.h"

enum { NOTES_SHOWN = 100 };

/* --- whole */

enum { WHOLE_NAME, WHOLE_TITLE, WHOLE_EVIDENCE, WHOLE_TEXTS };

struct whole {
    struct id id;
    struct rows row, media, evidence, notes;
    struct span text[WHOLE_TEXTS];
};

static struct err load(struct call *call, struct whole *w)
{
    w->id = request_field_id(&call->request, 0);
    const struct value value = value_id(&w->id), notes[] = {value, value_number(NOTES_SHOWN)};
    TRY(consultation_find(call, w->id, &w->row));
    TRY(call_query(call, SQL_media_of, &value, 1, &w->media));
    TRY(call_query(call, SQL_notes_of_consultation, notes, 2, &w->notes));
    return call_query(call, SQL_evidence_one, &value, 1, &w->evidence);
}

static struct err open_texts(struct call *call, struct whole *w, const struct receipt *receipt)
{
    const struct rows *r = &w->row;
    struct id subject = rows_id(r, 0, CONSULTATION_SUBJECT);
    struct span key = rows_bytes(r, 0, CONSULTATION_KEY);
    bool open = !consultation_is_closed(call, r, 0);
    const struct vault_request all[WHOLE_TEXTS] = {
        [WHOLE_NAME] = submission_open(PURPOSE_CONSULTATION_NAME, w->id, subject, key, 0, rows_bytes(r, 0, CONSULTATION_NAME)),
        [WHOLE_TITLE] = submission_open(PURPOSE_CONSULTATION_TITLE, w->id, subject, key, 0, open ? rows_bytes(r, 0, CONSULTATION_TITLE) : SPAN_NONE),
        [WHOLE_EVIDENCE] = submission_open(PURPOSE_EVIDENCE, w->id, subject, key, 0, open && w->evidence.count > 0 ? rows_bytes(&w->evidence, 0, 0) : SPAN_NONE),
    };
    return texts_open(call, receipt, RESOURCE_CONSULTATION, w->id, all, WHOLE_TEXTS, w->text);
}

static void put_notes(struct json *j, const struct rows *n)
{
    json_key(j, "notes");
    json_array(j);
    for (size_t i = 0; i < n->count; i++) {
        json_object(j);
        json_put_id(j, "id", rows_id(n, i, 0));
        json_put_word(j, "template", note_template_word(rows_number(n, i, 1)));
        json_put_word(j, "status", note_status_word(rows_number(n, i, 2)));
        json_put_i64(j, "version", rows_number(n, i, 3));
        json_put_time(j, "updated_at", rows_number(n, i, 4));
        json_object_end(j);
    }
    json_array_end(j);
}

static void put_media(struct json *j, const struct rows *media)
{
    json_key(j, "media");
    if (media->count == 0) {
        json_null(j);
        return;
    }
    json_object(j);
    json_put_id(j, "id", rows_id(media, 0, 0));
    json_put_word(j, "type", media_type_name((unsigned)rows_number(media, 0, 1)));
    json_put_i64(j, "bytes", rows_number(media, 0, 2));
    json_object_end(j);
}

struct err consultations_one(struct call *call)
{
    struct whole w = {0};
    struct audit_entry entry;
    struct receipt receipt;
    TRY(load(call, &w));
    TRY(audit_entry_for(call, AUDIT_CONSULTATION_READ, true, &entry));
    entry.resource_type = RESOURCE_CONSULTATION;
    entry.resource = w.id;
    TRY(audit_commit(call, &entry, &receipt));
    TRY(open_texts(call, &w, &receipt));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON, .version = (uint64_t)rows_number(&w.row, 0, CONSULTATION_VERSION)});
    json_object(j);
    consultation_put(j, &w.row, 0, &(struct consultation_shown){.name = w.text[WHOLE_NAME], .title = w.text[WHOLE_TITLE],
                                                                .closed = consultation_is_closed(call, &w.row, 0)});
    json_key(j, "evidence");
    if (w.text[WHOLE_EVIDENCE].n > 0) json_raw(j, w.text[WHOLE_EVIDENCE]);
    else json_null(j);
    put_media(j, &w.media);
    put_notes(j, &w.notes);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

/* --- its recording */

/* One step forward, inside the lane: the conditional UPDATE decides. */
static struct err advance(struct db_conn *writer, const struct call *call, enum statement statement, struct id id)
{
    struct arena arena;
    struct rows rows;
    const struct value values[] = {value_id(&id), value_number(call->now_us)};
    arena_init(&arena, 4096);
    struct err e = db_query(writer, statement, &call->actor.db, values, 2, &arena, &rows);
    if (!err_failed(e) && rows.count == 0) e = FAIL(WRONG_STATE);
    arena_free(&arena);
    return e;
}

static struct err insert_job(struct db_conn *writer, const struct call *call, struct id id)
{
    const struct id job = id_random();
    const struct value values[] = {value_id(&job), value_id(&call->actor.db.clinic), value_number(JOB_KIND_CONSULTATION), value_id(&id), value_number(call->now_us)};
    return db_exec(writer, SQL_job_insert, NULL, values, 5);
}

static struct err answer_state(struct call *call, struct id id, uint16_t status)
{
    const struct value value = value_id(&id);
    struct rows now;
    TRY(call_query(call, SQL_consultation_state, &value, 1, &now));
    if (now.count != 1) return FAIL(NOT_FOUND);
    struct json *j = call_answer(call, &(struct response){.status = status, .kind = RESPONSE_JSON, .version = (uint64_t)rows_number(&now, 0, 0)});
    json_object(j);
    json_put_id(j, "id", id);
    json_put_word(j, "status", consultation_status_word(rows_number(&now, 0, 1)));
    json_put_i64(j, "version", rows_number(&now, 0, 0));
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

struct recording {
    struct upload upload; /* first: keep_recording() gets back from it to here */
    struct id id;
};

static struct err insert_recording(struct db_conn *writer, void *arg)
{
    struct recording *r = arg;
    const struct call *call = r->upload.call;
    TRY(advance(writer, call, SQL_consultation_recorded, r->id));
    TRY(upload_insert_media(writer, &r->upload, r->id, call->request.field[0].p[0]));
    return insert_job(writer, call, r->id);
}

static struct err keep_recording(struct upload *upload)
{
    struct recording *r = (struct recording *)upload;
    struct audit_entry entry;
    TRY(audit_entry_for(upload->call, AUDIT_CONSULTATION_RECORD, true, &entry));
    entry.resource_type = RESOURCE_CONSULTATION;
    entry.resource = r->id;
    return call_commit(upload->call, insert_recording, r, &entry, NULL);
}

struct err consultations_record(struct call *call)
{
    struct recording r = {.id = request_field_id(&call->request, 1)};
    struct rows row;
    TRY(consultation_find(call, r.id, &row));
    int64_t status = rows_number(&row, 0, CONSULTATION_STATUS);
    if (status != CONSULTATION_OPEN && status != CONSULTATION_FAILED) return FAIL(WRONG_STATE);
    r.upload = (struct upload){.call = call, .subject = rows_id(&row, 0, CONSULTATION_SUBJECT), .key = rows_bytes(&row, 0, CONSULTATION_KEY),
                               .consents = CONSENT(RECORDING) | CONSENT(DATA_STORAGE),
                               .max_bytes = (uint64_t)config_integer(call_core(call)->config, CONFIG_max_audio_mib) << 20};
    TRY(upload_take(&r.upload, keep_recording));
    jobs_wake(call_core(call));
    return answer_state(call, r.id, 201);
}

static struct err write_again(struct db_conn *writer, void *arg)
{
    const struct call *call = arg;
    struct id id = request_field_id(&call->request, 0);
    TRY(advance(writer, call, SQL_consultation_again, id));
    return insert_job(writer, call, id);
}

struct err consultations_transcribe(struct call *call)
{
    struct id id = request_field_id(&call->request, 0);
    struct rows row;
    struct audit_entry entry;
    TRY(consultation_find(call, id, &row));
    TRY(consent_check(call, rows_id(&row, 0, CONSULTATION_SUBJECT), CONSENT(DATA_PROCESSING)));
    TRY(audit_entry_for(call, AUDIT_CONSULTATION_TRANSCRIBE, true, &entry));
    entry.resource_type = RESOURCE_CONSULTATION;
    entry.resource = id;
    TRY(call_commit(call, write_again, call, &entry, NULL));
    jobs_wake(call_core(call));
    return answer_state(call, id, 202);
}

struct err consultations_media(struct call *call)
{
    struct rows row;
    TRY(consultation_find(call, request_field_id(&call->request, 0), &row));
    TRY(consent_check(call, rows_id(&row, 0, CONSULTATION_SUBJECT), CONSENT(DATA_PROCESSING)));
    return original_send(call, RESOURCE_CONSULTATION, rows_id(&row, 0, CONSULTATION_SUBJECT), rows_bytes(&row, 0, CONSULTATION_KEY));
}

struct err consultations_events(struct call *call)
{
    static const struct progress_kind kind = {SQL_consultation_state, consultation_status_word, CONSULTATION_READY};
    struct id id = request_field_id(&call->request, 0);
    struct rows row;
    TRY(consultation_find(call, id, &row));
    return progress_stream(call, id, &kind);
}
