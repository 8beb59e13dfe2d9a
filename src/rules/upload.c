/* Taking in a recording or a picture: sealed chunk by chunk as it comes, memory constant, then one commit for the
   submission, its file, its job and its audit row. */
#include "os/config.h"
#include "rules/files.h"
#include "rules/handlers.h"
#include "rules/jobs.h"
#include "rules/offload.h"
#include "rules/submissions.h"

#include <stdlib.h>

struct upload {
    struct call *call;
    enum submission_type type;
    struct id submission, media, job;
    struct sealed_file file;
    uint64_t max_bytes, space_left; /* of one file; of this user's files together */
    uint8_t *plain; /* FILE_CHUNK_BYTES */
    size_t plain_n;
    struct span notes; /* sealed */
};

static struct err seal_chunk(struct upload *u, bool last)
{
    const struct vault_request ask = sealed_file_seal(&u->file, span_of(u->plain, u->plain_n), last);
    struct span sealed;
    TRY(call_vault(u->call, &ask, 1, &sealed, NULL));
    TRY(sealed_file_write(&u->file, sealed, u->plain_n));
    u->plain_n = 0;
    return OK;
}

/* A full chunk is kept until it is known whether it is the last. */
static struct err take_bytes(struct upload *u, struct span bytes)
{
    uint64_t total = u->file.bytes + u->plain_n + bytes.n;
    if (total > u->max_bytes) return FAIL(TOO_LARGE);
    if (total > u->space_left) return FAIL(QUOTA);
    while (bytes.n > 0) {
        if (u->plain_n == FILE_CHUNK_BYTES) TRY(seal_chunk(u, false));
        size_t n = FILE_CHUNK_BYTES - u->plain_n < bytes.n ? FILE_CHUNK_BYTES - u->plain_n : bytes.n;
        memcpy(u->plain + u->plain_n, bytes.p, n);
        u->plain_n += n;
        bytes = span_sub(bytes, n, bytes.n);
    }
    return OK;
}

static struct err take_body(struct upload *u)
{
    for (;;) {
        struct body_chunk *chunk;
        TRY(call_body(u->call, &chunk));
        if (chunk == NULL) break;
        struct err e = take_bytes(u, span_of(chunk->bytes, chunk->n));
        explicit_bzero(chunk->bytes, chunk->n);
        free(chunk);
        TRY(e);
    }
    if (!u->call->body_complete) return FAIL(BAD_MULTIPART);
    if (u->file.bytes + u->plain_n == 0) return FAIL(EMPTY_FILE);
    TRY(seal_chunk(u, true));
    return call_offload(u->call, call_core(u->call)->files, sealed_file_sync, &u->file);
}

static struct err seal_notes(struct upload *u)
{
    struct span notes = request_text(&u->call->request, 1);
    if (notes.n == 0) return OK;
    const struct vault_request ask = submission_seal(PURPOSE_NOTES, u->submission, u->call->actor.subject, u->call->actor.key, 0, notes);
    struct span sealed;
    TRY(call_vault(u->call, &ask, 1, &sealed, NULL));
    u->notes = arena_copy(&u->call->arena, sealed);
    return u->notes.p == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

static struct err insert(struct db_conn *writer, void *arg)
{
    const struct upload *u = arg;
    const struct actor *a = &u->call->actor;
    const struct value now = value_number(u->call->now_us), none = value_null();
    const struct value submission[] = {
        value_id(&u->submission), value_id(&a->db.clinic), value_id(&a->db.user), value_id(&a->subject), value_number(u->type),
        value_number(STATUS_QUEUED), value_bytes_or_null(u->notes), none, none, none, none, now, now, none,
    };
    TRY(db_exec(writer, SQL_submission_insert, NULL, submission, 14));
    const struct value media[] = {
        value_id(&u->media), value_id(&a->db.clinic), value_id(&a->subject), value_id(&a->db.user), value_id(&u->submission),
        value_number(u->call->request.field[0].p[0]), value_number((int64_t)u->file.bytes), now,
    };
    TRY(db_exec(writer, SQL_media_insert, NULL, media, 8));
    const struct value history[] = {value_id(&u->submission), value_id(&a->db.clinic), value_number(1), value_number(STATUS_QUEUED), now, value_id(&a->db.user)};
    TRY(db_exec(writer, SQL_history_insert, NULL, history, 6));
    const struct value job[] = {value_id(&u->job), value_id(&a->db.clinic), value_number(u->type), value_id(&u->submission), now};
    return db_exec(writer, SQL_job_insert, NULL, job, 5);
}

static struct err check_quota(struct upload *u)
{
    struct rows used;
    uint64_t most = (uint64_t)config_integer(call_core(u->call)->config, CONFIG_max_user_mib) << 20;
    TRY(call_query(u->call, SQL_media_used, NULL, 0, &used));
    uint64_t taken = (uint64_t)rows_number(&used, 0, 0);
    u->space_left = taken >= most ? 0 : most - taken;
    return u->space_left == 0 ? FAIL(QUOTA) : OK;
}

static struct err take_upload(struct upload *u)
{
    struct call *call = u->call;
    TRY(check_quota(u));
    TRY(sealed_file_create(call_core(call)->files_dir, u->media, call->actor.subject, call->actor.key, &u->file));
    u->plain = malloc(FILE_CHUNK_BYTES);
    struct err e = u->plain == NULL ? FAIL(OUT_OF_MEMORY) : take_body(u);
    if (u->plain != NULL) explicit_bzero(u->plain, FILE_CHUNK_BYTES);
    free(u->plain);
    if (!err_failed(e)) e = seal_notes(u);
    struct audit_entry entry;
    if (!err_failed(e)) e = audit_entry_for(call, AUDIT_SUBMIT, true, &entry);
    if (!err_failed(e)) {
        entry.resource_type = RESOURCE_SUBMISSION;
        entry.resource = u->submission;
        audit_detail_text(&entry, DETAIL_KIND, span_text(submission_type_word(u->type)));
        e = call_commit(call, insert, u, &entry, NULL);
    }
    /* When it is not known whether the commit happened the file must stay. */
    if (err_failed(e) && e.code != ERR_WRITE_UNCERTAIN) sealed_file_discard(&u->file);
    else sealed_file_close(&u->file);
    return e;
}

static struct err submit(struct call *call, enum submission_type type)
{
    int64_t mib = config_integer(call_core(call)->config, type == TYPE_AUDIO ? CONFIG_max_audio_mib : CONFIG_max_picture_mib);
    struct upload u = {.call = call, .type = type, .submission = id_random(), .media = id_random(), .job = id_random(),
                       .max_bytes = (uint64_t)mib << 20};
    TRY(take_upload(&u));
    jobs_wake(call_core(call));
    char location[sizeof "/submissions/" + ID_TEXT] = "/submissions/";
    id_write(u.submission, location + sizeof "/submissions/" - 1);
    struct json *j = call_answer(call, &(struct response){.status = 201, .kind = RESPONSE_JSON, .version = 1,
                                                          .location = span_of(location, sizeof "/submissions/" - 1 + ID_TEXT)});
    json_object(j);
    json_put_id(j, "id", u.submission);
    json_put_id(j, "submission_id", u.submission);
    json_put_word(j, "type", submission_type_word(type));
    json_put_word(j, "status", "queued");
    json_put_i64(j, "version", 1);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

struct err upload_audio(struct call *call) { return submit(call, TYPE_AUDIO); }
struct err upload_prescription(struct call *call) { return submit(call, TYPE_PRESCRIPTION); }
