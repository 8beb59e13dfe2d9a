/* A note's job: the words of its consultation to a draft with its lines and what the guard found. */
#include "base/json.h"
#include "rules/consent.h"
#include "rules/findings.h"
#include "rules/jobs_private.h"
#include "rules/notes.h"
#include "rules/submissions.h"

enum { ABOUT_SUBJECT, ABOUT_KEY, ABOUT_TEMPLATE, ABOUT_CONSULTATION, ABOUT_DOCUMENT }; /* columns of SQL_job_note */

struct kept {
    struct span text, document; /* sealed */
    struct findings findings;
};

static struct err describe(struct job *job)
{
    const struct value value = value_id(&job->resource);
    TRY(db_query(job->runner->conn, SQL_job_note, NULL, &value, 1, &job->runner->arena, &job->about));
    if (job->about.count != 1) return FAIL(NOT_FOUND);
    job->subject = rows_id(&job->about, 0, ABOUT_SUBJECT);
    job->key = rows_bytes(&job->about, 0, ABOUT_KEY);
    job->consents = CONSENT(DATA_PROCESSING);
    return OK;
}

static struct err begin(struct db_conn *writer, void *arg) { return job_allowed_in(writer, arg); }

static struct err send_words(int fd, struct span words)
{
    for (size_t at = 0; at < words.n; at += WORKER_DATA_MAX) {
        struct span piece = span_sub(words, at, WORKER_DATA_MAX);
        TRY(worker_send(fd, WORKER_DATA, piece));
    }
    return OK;
}

/* What the worker gets. */
struct input {
    struct buf words, proposal;
};

static struct err open_words(struct job *job, const struct receipt *receipt, struct buf *words)
{
    const struct vault_request ask = submission_open(PURPOSE_EVIDENCE, rows_id(&job->about, 0, ABOUT_CONSULTATION), job->subject, job->key, 0,
                                                     rows_bytes(&job->about, 0, ABOUT_DOCUMENT));
    return receipt->lane == NULL ? FAIL(INTERNAL) : vault_client_call(&job->runner->vault, &ask, words);
}

static struct err send_input(void *arg, int fd)
{
    struct job *job = arg;
    const struct input *input = job->own;
    TRY(job_send_lexicon(job, fd));
    TRY(send_words(fd, buf_span(&input->words)));
    return input->proposal.n > 0 ? worker_send(fd, WORKER_PROPOSAL, buf_span(&input->proposal)) : OK;
}

static void put_document(struct job *job, struct buf *text)
{
    struct json j = JSON_TO(text);
    json_object(&j);
    json_put_word(&j, "kind", "note");
    json_put_word(&j, "template", note_template_word(rows_number(&job->about, 0, ABOUT_TEMPLATE)));
    json_put_word(&j, "language", config_text(job->runner->core->config, CONFIG_language));
    json_object_end(&j);
}

/* A text server drafts in the sections of a SOAP note; the other kinds are always drafted here. */
static bool may_propose(const struct job *job) { return rows_number(&job->about, 0, ABOUT_TEMPLATE) == NOTE_SOAP; }

static struct err draft(struct job *job, struct input *input)
{
    struct buf document = BUF_WITH_MAX(WORKER_JOB_MAX);
    if (may_propose(job)) TRY(job_propose(job, RESOURCE_NOTE, buf_span(&input->words), &input->proposal));
    if (job->answer.reason[0] != '\0') return OK;
    put_document(job, &document);
    job->own = input;
    struct err e = buf_check(&document);
    if (!err_failed(e)) e = job_converse(job, buf_span(&document), WORKER_NEEDS_DRAFT | WORKER_NEEDS_FINDINGS, send_input);
    buf_free(&document);
    job->own = NULL;
    return e;
}

static struct err work(struct job *job)
{
    struct receipt receipt;
    struct input input = {.words = BUF_WITH_MAX(WORKER_RESULT_MAX), .proposal = BUF_WITH_MAX(WORKER_TEXT_MAX)};
    struct audit_entry entry = job_audit_entry(job, AUDIT_JOB_READ, RESOURCE_NOTE, true);
    TRY(job_in_lane(job, begin, &entry, &receipt));
    struct err e = open_words(job, &receipt, &input.words);
    if (!err_failed(e)) e = draft(job, &input);
    buf_free(&input.words);
    buf_free(&input.proposal);
    return job_heed_tampering(job, e);
}

static struct err keep_result(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct kept *kept = job->own;
    const struct value now = value_number(job->now_us);
    const struct value text[] = {value_id(&job->resource), value_bytes(kept->text), now};
    TRY(job_finish(writer, job, JOB_DONE, value_null()));
    TRY(db_exec(writer, SQL_note_drafted, NULL, text, 3));
    const struct value evidence[] = {value_id(&job->resource), value_id(&job->clinic), now, value_bytes(kept->document)};
    TRY(db_exec(writer, SQL_evidence_insert, NULL, evidence, 4));
    const struct value version[] = {value_id(&job->resource), value_id(&job->clinic), value_number(NOTE_FIRST_DRAFT), value_bytes(kept->text), now, value_null()};
    TRY(db_exec(writer, SQL_note_version_insert, NULL, version, 6));
    const struct findings_place place = {.resource = job->resource, .clinic = job->clinic, .version = NOTE_FIRST_DRAFT};
    return findings_insert(writer, &place, &kept->findings);
}

static struct err keep_failure(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    const struct value reason = value_text(span_text(job->answer.reason));
    const struct value values[] = {value_id(&job->resource), reason, value_number(job->now_us)};
    TRY(job_finish(writer, job, JOB_FAILED, reason));
    return db_exec(writer, SQL_note_failed, NULL, values, 3);
}

static struct err settle(struct job *job)
{
    const struct worker_answer *a = &job->answer;
    if (a->reason[0] != '\0') {
        struct audit_entry entry = job_audit_entry(job, a->killed ? AUDIT_PARSER_KILLED : AUDIT_NOTE_FAILED, RESOURCE_NOTE, false);
        audit_detail_text(&entry, DETAIL_REASON, span_text(a->reason));
        return job_in_lane(job, keep_failure, &entry, NULL);
    }
    struct kept kept = {0};
    const struct vault_request text = submission_seal(PURPOSE_NOTE, job->resource, job->subject, job->key, note_seal_version(NOTE_FIRST_DRAFT, NOTE_DRAFT), buf_span(&a->draft));
    const struct vault_request document = submission_seal(PURPOSE_EVIDENCE, job->resource, job->subject, job->key, 0, buf_span(&a->document));
    TRY(job_seal(job, &text, &kept.text));
    TRY(job_seal(job, &document, &kept.document));
    struct err unfit = findings_read(&job->runner->arena, buf_span(&a->findings), buf_span(&a->draft), &kept.findings);
    if (err_failed(unfit)) TRY(findings_unchecked(&job->runner->arena, &kept.findings)); /* the draft is kept, and blocks */
    struct audit_entry entry = job_audit_entry(job, AUDIT_NOTE_DRAFTED, RESOURCE_NOTE, true);
    audit_detail_number(&entry, DETAIL_VERSION, NOTE_FIRST_DRAFT);
    job->own = &kept;
    struct err e = job_in_lane(job, keep_result, &entry, NULL);
    job->own = NULL;
    return e;
}

const struct job_kind job_note = {.describe = describe, .work = work, .settle = settle, .resource = RESOURCE_NOTE};
