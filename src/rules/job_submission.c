/* A submission's job: its recording or page to text, draft and evidence. */
#include "rules/findings.h"
#include "rules/consent.h"
#include "rules/jobs_private.h"
#include "rules/submissions.h"

enum { ABOUT_SUBJECT, ABOUT_USER, ABOUT_KEY, ABOUT_MEDIA, ABOUT_MEDIA_TYPE, ABOUT_BYTES }; /* columns of SQL_job_subject */

enum { NEEDS = WORKER_NEEDS_TEXT | WORKER_NEEDS_DRAFT | WORKER_NEEDS_FINDINGS };
enum { DRAFT_VERSION = 2 }; /* queued submissions are version 1; the machine's draft is the next */

/* What is kept of the answer, sealed. */
struct kept {
    struct span recognised, draft, document;
    struct findings findings;
};

static struct err describe(struct job *job)
{
    const struct value value = value_id(&job->resource);
    TRY(db_query(job->runner->conn, SQL_job_subject, NULL, &value, 1, &job->runner->arena, &job->about));
    if (job->about.count != 1) return FAIL(NOT_FOUND);
    job->subject = rows_id(&job->about, 0, ABOUT_SUBJECT);
    job->key = rows_bytes(&job->about, 0, ABOUT_KEY);
    job->consents = CONSENT(DATA_PROCESSING);
    return OK;
}

static struct err put_history(struct db_conn *writer, const struct job *job, int64_t version, int64_t status)
{
    const struct value values[] = {value_id(&job->resource), value_id(&job->clinic), value_number(version), value_number(status),
                                   value_number(job->now_us), value_null()};
    return db_exec(writer, SQL_history_insert, NULL, values, 6);
}

static struct err mark_processing(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    TRY(job_allowed_in(writer, job));
    const struct value values[] = {value_id(&job->resource), value_number(job->now_us)};
    TRY(db_exec(writer, SQL_submission_processing, NULL, values, 2));
    return put_history(writer, job, 1, STATUS_PROCESSING);
}

static struct err send_input(void *arg, int fd)
{
    struct job *job = arg;
    TRY(job_send_lexicon(job, fd));
    return job_send_file(job, fd, rows_id(&job->about, 0, ABOUT_MEDIA), (uint64_t)rows_number(&job->about, 0, ABOUT_BYTES), job->own);
}

static struct err read_page(struct job *job, const char *media_type)
{
    struct buf document = BUF_WITH_MAX(WORKER_JOB_MAX);
    job_document(job, submission_type_word(TYPE_PRESCRIPTION), NULL, media_type, &document);
    struct err e = buf_check(&document);
    if (!err_failed(e)) e = job_converse(job, buf_span(&document), NEEDS, send_input);
    buf_free(&document);
    return e;
}

static struct err work(struct job *job)
{
    struct receipt receipt;
    struct audit_entry entry = job_audit_entry(job, AUDIT_JOB_READ, RESOURCE_SUBMISSION, true);
    TRY(job_in_lane(job, mark_processing, &entry, &receipt));
    const char *media_type = media_type_name((unsigned)rows_number(&job->about, 0, ABOUT_MEDIA_TYPE));
    const struct job_hearing hearing = {.kind = submission_type_word(TYPE_AUDIO), .media_type = media_type, .drafts = true, .resource = RESOURCE_SUBMISSION, .send_file = send_input};
    job->own = &receipt;
    struct err e = job->kind == TYPE_AUDIO ? job_hear(job, &hearing, NEEDS) : read_page(job, media_type);
    job->own = NULL;
    return job_heed_tampering(job, e);
}

static struct err keep_result(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct kept *kept = job->own;
    const struct value now = value_number(job->now_us);
    const struct value texts[] = {value_id(&job->resource), value_bytes(kept->recognised), value_bytes(kept->draft), now};
    TRY(job_finish(writer, job, JOB_DONE, value_null()));
    TRY(db_exec(writer, SQL_submission_recognised, NULL, texts, 4));
    const struct value evidence[] = {value_id(&job->resource), value_id(&job->clinic), now, value_bytes(kept->document)};
    TRY(db_exec(writer, SQL_evidence_insert, NULL, evidence, 4));
    const struct value version[] = {value_id(&job->resource), value_id(&job->clinic), value_number(DRAFT_VERSION), value_bytes(kept->draft), now, value_null()};
    TRY(db_exec(writer, SQL_version_insert, NULL, version, 6));
    const struct findings_place place = {.resource = job->resource, .clinic = job->clinic, .version = DRAFT_VERSION};
    TRY(findings_insert(writer, &place, &kept->findings));
    return put_history(writer, job, DRAFT_VERSION, STATUS_DRAFT);
}

static struct err keep_failure(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct value reason = value_text(span_text(job->answer.reason));
    const struct value values[] = {value_id(&job->resource), reason, value_number(job->now_us)};
    TRY(job_finish(writer, job, JOB_FAILED, reason));
    TRY(db_exec(writer, SQL_submission_failed, NULL, values, 3));
    return put_history(writer, job, 1, STATUS_FAILED);
}

static struct err wait_for_consent(struct db_conn *writer, const struct job *job)
{
    struct arena arena;
    struct rows rows;
    arena_init(&arena, 4096);
    const struct value values[] = {value_id(&job->resource), value_number(job->now_us)};
    struct err e = db_query(writer, SQL_submission_wait, NULL, values, 2, &arena, &rows);
    bool waits = !err_failed(e) && rows.count == 1;
    arena_free(&arena);
    return waits && job->begun ? put_history(writer, job, 1, STATUS_QUEUED) : e;
}

static struct err seal_answer(struct job *job, struct kept *kept)
{
    const struct worker_answer *a = &job->answer;
    const struct vault_request text = submission_seal(PURPOSE_RECOGNISED, job->resource, job->subject, job->key, 0, buf_span(&a->text));
    const struct vault_request draft = submission_seal(PURPOSE_DRAFT, job->resource, job->subject, job->key, draft_seal_version(DRAFT_VERSION, STATUS_DRAFT), buf_span(&a->draft));
    const struct vault_request document = submission_seal(PURPOSE_EVIDENCE, job->resource, job->subject, job->key, 0, buf_span(&a->document));
    TRY(job_seal(job, &text, &kept->recognised));
    TRY(job_seal(job, &draft, &kept->draft));
    return job_seal(job, &document, &kept->document);
}

static struct err settle(struct job *job)
{
    if (job->answer.reason[0] == '\0') {
        struct kept kept = {0};
        TRY(seal_answer(job, &kept));
        struct err unfit = findings_read(&job->runner->arena, buf_span(&job->answer.findings), buf_span(&job->answer.draft), &kept.findings);
        if (err_failed(unfit)) TRY(findings_unchecked(&job->runner->arena, &kept.findings)); /* the draft is kept, and blocks */
        struct audit_entry entry = job_audit_entry(job, AUDIT_RECOGNISED, RESOURCE_SUBMISSION, true);
        audit_detail_number(&entry, DETAIL_VERSION, DRAFT_VERSION);
        job->own = &kept;
        struct err e = job_in_lane(job, keep_result, &entry, NULL);
        job->own = NULL;
        return e;
    }
    struct audit_entry entry = job_audit_entry(job, job->answer.killed ? AUDIT_PARSER_KILLED : AUDIT_JOB_FAILED, RESOURCE_SUBMISSION, false);
    audit_detail_text(&entry, DETAIL_REASON, span_text(job->answer.reason));
    return job_in_lane(job, keep_failure, &entry, NULL);
}

const struct job_kind job_submission = {.describe = describe, .work = work, .settle = settle, .wait = wait_for_consent, .resource = RESOURCE_SUBMISSION};
