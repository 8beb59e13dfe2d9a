/* Submitting a recording or a picture: the file, then one commit for the submission, its file, its job and its audit row. */
#include "os/config.h"
#include "rules/consent.h"
#include "rules/handlers.h"
#include "rules/jobs.h"
#include "rules/submissions.h"
#include "rules/upload.h"

struct submit {
    struct upload upload; /* first: keep() gets back from it to here */
    enum submission_type type;
    struct id submission, job;
    struct span notes; /* sealed */
};

static struct err seal_notes(struct submit *s)
{
    struct call *call = s->upload.call;
    struct span notes = request_text(&call->request, 1);
    if (notes.n == 0) return OK;
    const struct vault_request ask = submission_seal(PURPOSE_NOTES, s->submission, call->actor.subject, call->actor.key, 0, notes);
    struct span sealed;
    TRY(call_vault(call, &ask, 1, &sealed, NULL));
    s->notes = arena_copy(&call->arena, sealed);
    return s->notes.p == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

static struct err insert(struct db_conn *writer, void *arg)
{
    struct submit *s = arg;
    const struct call *call = s->upload.call;
    const struct actor *a = &call->actor;
    const struct value now = value_number(call->now_us), none = value_null();
    const struct value submission[] = {
        value_id(&s->submission), value_id(&a->db.clinic), value_id(&a->db.user), value_id(&a->subject), value_number(s->type),
        value_number(STATUS_QUEUED), value_bytes_or_null(s->notes), none, none, none, none, now, now, none,
    };
    TRY(db_exec(writer, SQL_submission_insert, NULL, submission, 14));
    TRY(upload_insert_media(writer, &s->upload, s->submission, call->request.field[0].p[0]));
    const struct value history[] = {value_id(&s->submission), value_id(&a->db.clinic), value_number(1), value_number(STATUS_QUEUED), now, value_id(&a->db.user)};
    TRY(db_exec(writer, SQL_history_insert, NULL, history, 6));
    const struct value job[] = {value_id(&s->job), value_id(&a->db.clinic), value_number(s->type), value_id(&s->submission), now};
    TRY(db_exec(writer, SQL_job_insert, NULL, job, 5));
    const struct consent_entry who = {.subject = a->subject, .account = a->db.user, .at_us = call->now_us};
    return consent_park_in(writer, &who);
}

static struct err keep(struct upload *upload)
{
    struct submit *s = (struct submit *)upload;
    struct audit_entry entry;
    TRY(seal_notes(s));
    TRY(audit_entry_for(upload->call, AUDIT_SUBMIT, true, &entry));
    entry.resource_type = RESOURCE_SUBMISSION;
    entry.resource = s->submission;
    audit_detail_text(&entry, DETAIL_KIND, span_text(submission_type_word(s->type)));
    return call_commit(upload->call, insert, s, &entry, NULL);
}

static struct err submit(struct call *call, enum submission_type type)
{
    unsigned consents = type == TYPE_AUDIO ? CONSENT(RECORDING) | CONSENT(DATA_STORAGE) : CONSENT(DATA_STORAGE);
    int64_t mib = config_integer(call_core(call)->config, type == TYPE_AUDIO ? CONFIG_max_audio_mib : CONFIG_max_picture_mib);
    struct submit s = {.upload = {.call = call, .subject = call->actor.subject, .key = call->actor.key, .max_bytes = (uint64_t)mib << 20, .consents = consents},
                       .type = type, .submission = id_random(), .job = id_random()};
    TRY(upload_take(&s.upload, keep));
    jobs_wake(call_core(call));
    char location[sizeof "/submissions/" + ID_TEXT] = "/submissions/";
    id_write(s.submission, location + sizeof "/submissions/" - 1);
    struct json *j = call_answer(call, &(struct response){.status = 201, .kind = RESPONSE_JSON, .version = 1,
                                                          .location = span_of(location, sizeof "/submissions/" - 1 + ID_TEXT)});
    json_object(j);
    json_put_id(j, "id", s.submission);
    json_put_id(j, "submission_id", s.submission);
    json_put_word(j, "type", submission_type_word(type));
    json_put_word(j, "status", "queued");
    json_put_i64(j, "version", 1);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

struct err submit_audio(struct call *call) { return submit(call, TYPE_AUDIO); }
struct err submit_prescription(struct call *call) { return submit(call, TYPE_PRESCRIPTION); }
