/* A consultation's job: its recording to words. No draft is made of it; notes are, when their doctor asks. */
#include "rules/consent.h"
#include "rules/consultations.h"
#include "rules/jobs_private.h"
#include "rules/submissions.h"

enum { ABOUT_SUBJECT, ABOUT_USER, ABOUT_KEY, ABOUT_MEDIA, ABOUT_MEDIA_TYPE, ABOUT_BYTES }; /* columns of SQL_job_consultation */

struct kept {
    struct span recognised, document; /* sealed */
};

static struct err describe(struct job *job)
{
    const struct value value = value_id(&job->resource);
    TRY(db_query(job->runner->conn, SQL_job_consultation, NULL, &value, 1, &job->runner->arena, &job->about));
    if (job->about.count != 1) return FAIL(NOT_FOUND);
    job->subject = rows_id(&job->about, 0, ABOUT_SUBJECT);
    job->key = rows_bytes(&job->about, 0, ABOUT_KEY);
    job->consents = CONSENT(DATA_PROCESSING);
    return OK;
}

static struct err mark_processing(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct value values[] = {value_id(&job->resource), value_number(job->now_us)};
    TRY(job_allowed_in(writer, job));
    return db_exec(writer, SQL_consultation_processing, NULL, values, 2);
}

static struct err send_input(void *arg, int fd)
{
    struct job *job = arg;
    return job_send_file(job, fd, rows_id(&job->about, 0, ABOUT_MEDIA), (uint64_t)rows_number(&job->about, 0, ABOUT_BYTES), job->own);
}

static struct err work(struct job *job)
{
    struct receipt receipt;
    struct audit_entry entry = job_audit_entry(job, AUDIT_JOB_READ, RESOURCE_CONSULTATION, true);
    TRY(job_in_lane(job, mark_processing, &entry, &receipt));
    const struct job_hearing hearing = {.kind = "consultation", .media_type = media_type_name((unsigned)rows_number(&job->about, 0, ABOUT_MEDIA_TYPE)),
                                        .resource = RESOURCE_CONSULTATION, .send_file = send_input};
    job->own = &receipt;
    struct err e = job_hear(job, &hearing, WORKER_NEEDS_TEXT);
    job->own = NULL;
    return job_heed_tampering(job, e);
}

static struct err keep_result(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct kept *kept = job->own;
    const struct value now = value_number(job->now_us);
    const struct value texts[] = {value_id(&job->resource), value_bytes(kept->recognised), value_number(job->answer.sound_ms), now};
    TRY(job_finish(writer, job, JOB_DONE, value_null()));
    TRY(db_exec(writer, SQL_consultation_recognised, NULL, texts, 4));
    const struct value evidence[] = {value_id(&job->resource), value_id(&job->clinic), now, value_bytes(kept->document)};
    return db_exec(writer, SQL_evidence_insert, NULL, evidence, 4);
}

static struct err keep_failure(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct value reason = value_text(span_text(job->answer.reason));
    const struct value values[] = {value_id(&job->resource), reason, value_number(job->now_us)};
    TRY(job_finish(writer, job, JOB_FAILED, reason));
    return db_exec(writer, SQL_consultation_failed, NULL, values, 3);
}

static struct err settle(struct job *job)
{
    const struct worker_answer *a = &job->answer;
    if (a->reason[0] != '\0') {
        struct audit_entry entry = job_audit_entry(job, a->killed ? AUDIT_PARSER_KILLED : AUDIT_CONSULTATION_FAILED, RESOURCE_CONSULTATION, false);
        audit_detail_text(&entry, DETAIL_REASON, span_text(a->reason));
        return job_in_lane(job, keep_failure, &entry, NULL);
    }
    struct kept kept = {0};
    const struct vault_request text = submission_seal(PURPOSE_RECOGNISED, job->resource, job->subject, job->key, 0, buf_span(&a->text));
    const struct vault_request document = submission_seal(PURPOSE_EVIDENCE, job->resource, job->subject, job->key, 0, buf_span(&a->document));
    TRY(job_seal(job, &text, &kept.recognised));
    TRY(job_seal(job, &document, &kept.document));
    struct audit_entry entry = job_audit_entry(job, AUDIT_CONSULTATION_RECOGNISED, RESOURCE_CONSULTATION, true);
    job->own = &kept;
    struct err e = job_in_lane(job, keep_result, &entry, NULL);
    job->own = NULL;
    return e;
}

static struct err wait_for_consent(struct db_conn *writer, const struct job *job)
{
    const struct value values[] = {value_id(&job->resource), value_number(job->now_us)};
    return db_exec(writer, SQL_consultation_wait, NULL, values, 2);
}

const struct job_kind job_consultation = {.describe = describe, .work = work, .settle = settle, .wait = wait_for_consent, .resource = RESOURCE_CONSULTATION};
