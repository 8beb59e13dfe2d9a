/* Jobs whose input is a document: words and a draft of an engine elsewhere, a stored recording of which a note is drafted, a text that a
   person edited. Whatever stands in them, the worker answers with a valid document or a reason, and its findings lie within its draft.
   The first byte is the kind, the second what the job says; the rest is data, proposal, source and the clinic's names, byte 1 between. */
#include "base/json.h"
#include "media/draft_in.h"
#include "media/job.h"
#include "wire/worker.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA = 64 << 20 };

static struct span next_part(struct span *rest)
{
    const uint8_t *end = rest->n == 0 ? NULL : memchr(rest->p, 1, rest->n);
    size_t n = end == NULL ? rest->n : (size_t)(end - rest->p);
    struct span part = span_sub(*rest, 0, n);
    *rest = span_sub(*rest, n + 1, rest->n);
    return part;
}

/* Bytes of the text that the findings are about; a guard's is what it was given. */
static size_t draft_bytes(const struct job *job, const struct job_input *input, struct span document)
{
    if (job->kind == JOB_GUARD) return input->proposal.n;
    struct arena arena;
    struct draft_in draft;
    arena_init(&arena, ARENA);
    size_t n = err_failed(draft_in_read(&arena, document, &draft)) ? 0 : draft.text.n;
    arena_free(&arena);
    return n;
}

static uint32_t u32_at(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

static void check(const struct job *job, const struct job_input *input, const struct job_output *output)
{
    struct span document = buf_span(&output->document), findings = buf_span(&output->findings);
    if (!json_valid(document) || findings.n % WORKER_FINDING_BYTES != 0 || (!output->guarded && findings.n > 0)) abort();
    size_t bytes = draft_bytes(job, input, document);
    for (size_t at = 0; at < findings.n; at += WORKER_FINDING_BYTES)
        if ((uint64_t)u32_at(findings.p + at + 1) + u32_at(findings.p + at + 5) > bytes) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum job_kind kinds[] = {JOB_HEARD, JOB_NOTE, JOB_GUARD};
    static const char *const templates[] = {"soap", "progress", "referral", "after_visit"};
    if (size < 2) return 0;
    struct job job = {.kind = kinds[data[0] % 3]};
    strcpy(job.template, templates[data[1] % 4]);
    strcpy(job.input, job.kind == JOB_GUARD ? (data[1] & 4 ? "prescription" : "audio") : data[1] & 4 ? "consultation" : "");
    strcpy(job.language, data[1] & 8 ? "hi" : "en");
    struct span rest = span_of(data + 2, size - 2);
    struct job_input input = {.data = next_part(&rest)};
    input.proposal = next_part(&rest);
    input.source = next_part(&rest);
    input.lexicon = rest;
    struct job_models models = {0};
    struct job_engines *engines = NULL;
    struct job_output output = {.document = BUF_WITH_MAX(WORKER_RESULT_MAX), .findings = BUF_WITH_MAX(WORKER_FINDINGS_MAX * WORKER_FINDING_BYTES)};
    const char *reason = NULL;
    if (err_failed(job_prepare(job.kind, &models, &engines))) abort();
    struct err e = job_run(engines, &job, &input, (struct job_progress){0}, &output, &reason);
    if (err_failed(e) != (reason != NULL)) abort();
    if (!err_failed(e)) check(&job, &input, &output);
    job_engines_free(&engines);
    buf_free(&output.document);
    buf_free(&output.findings);
    return 0;
}
