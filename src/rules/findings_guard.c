/* The guard over an edited text: a worker process of its own, because core parses no text. Slow threads only wait for it. */
#include "rules/core.h"
#include "rules/findings.h"
#include "rules/medicines.h"
#include "rules/offload.h"
#include "rules/worker.h"

#include <stdio.h>

enum { PATIENCE_MS = 10000, DOCUMENT_MAX = 256 };

struct errand {
    const struct core *core;
    const struct guarding *what;
    struct span medicines; /* of the clinic */
    struct worker_answer answer;
};

static struct err send_texts(void *arg, int fd)
{
    const struct errand *errand = arg;
    if (errand->medicines.n > 0) TRY(worker_send(fd, WORKER_LEXICON, errand->medicines));
    TRY(worker_send(fd, WORKER_SOURCE, errand->what->source));
    return worker_send(fd, WORKER_PROPOSAL, errand->what->draft);
}

static struct err run_errand(void *arg)
{
    struct errand *errand = arg;
    struct buf document = BUF_WITH_MAX(DOCUMENT_MAX);
    struct json j = JSON_TO(&document);
    json_object(&j);
    json_put_word(&j, "kind", "guard");
    json_put_word(&j, "input", errand->what->page ? "prescription" : "audio");
    json_put_word(&j, "language", config_text(errand->core->config, CONFIG_language));
    json_object_end(&j);
    const struct worker_talk talk = {.child = errand->core->child, .document = buf_span(&document), .needs = WORKER_NEEDS_FINDINGS,
                                     .patience_ms = PATIENCE_MS, .send_input = send_texts, .arg = errand};
    struct err e = buf_check(&document);
    if (!err_failed(e)) e = worker_converse(&talk, &errand->answer);
    buf_free(&document);
    return e;
}

static void log_failure(const struct core *core, const struct errand *errand, struct err e)
{
    char line[128];
    snprintf(line, sizeof line, "guard: %s", err_failed(e) ? err_name(e.code) : errand->answer.reason);
    if (core->log != NULL) core->log("error", line);
}

struct err findings_guard(struct call *call, const struct guarding *what, struct findings *out)
{
    const struct core *core = call_core(call);
    struct errand errand = {.core = core, .what = what};
    struct err e = OK;
    if (what->source.n > WORKER_TEXT_MAX || what->draft.n > WORKER_TEXT_MAX) e = FAIL(TOO_LARGE);
    if (!err_failed(e)) e = medicines_for_call(call, &errand.medicines);
    if (!err_failed(e)) e = call_offload(call, core->guards, run_errand, &errand);
    bool ran = !err_failed(e) && errand.answer.reason[0] == '\0';
    if (ran) e = findings_read(&call->arena, buf_span(&errand.answer.findings), what->draft, out);
    if (err_failed(e) || !ran) {
        log_failure(core, &errand, e);
        e = e.code == ERR_OUT_OF_MEMORY && ran ? e : findings_unchecked(&call->arena, out);
    }
    worker_answer_free(&errand.answer);
    return e;
}
