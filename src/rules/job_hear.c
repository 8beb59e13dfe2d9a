/* A recording to words and draft: by this machine, or by the speech and text servers that are set. Outside only what the person
   allowed goes, and only after it is on record: the consent is read in the transaction that writes the record, and again every
   half second while something is under way. What comes back is bytes to core; a worker reads them as a stranger's. */
#include "base/clock.h"
#include "rules/consent.h"
#include "rules/jobs_private.h"
#include "rules/outside.h"
#include "os/server.h"

enum { OUTSIDE_CONSENTS = CONSENT(DATA_PROCESSING) | CONSENT(EXTERNAL_PROCESSING), REPORT_EVERY_US = 10 * 1000000, HEARING_PERCENT = 40, DRAFTING_PERCENT = 90, TRIES_BEFORE_FALLBACK = 2 };

struct way {
    struct job *job;
    const struct job_hearing *hearing;
    unsigned needs;
    struct outside call;
    struct buf words, proposal;
    enum courier_failure failure; /* of the last call */
    int64_t reported_us;
    unsigned percent;
};

static const struct config *config_of(const struct job *job) { return job->runner->core->config; }
static bool is_set(const struct job *job, enum config_name name) { return config_text(config_of(job), name)[0] != '\0'; }

/* ---- by this machine */

static struct err converse(struct way *way, const char *kind, unsigned needs, struct err (*send_input)(void *job, int fd))
{
    struct buf document = BUF_WITH_MAX(WORKER_JOB_MAX);
    job_document(way->job, kind, way->hearing->kind, way->hearing->media_type, &document);
    struct err e = buf_check(&document);
    if (!err_failed(e)) e = job_converse(way->job, buf_span(&document), needs, send_input);
    buf_free(&document);
    return e;
}

static struct err hear_here(struct way *way) { return converse(way, way->hearing->kind, way->needs, way->hearing->send_file); }

/* ---- leave to go outside */

static struct err check_in_lane(struct db_conn *writer, void *arg)
{
    const struct job *job = arg;
    return consent_required_in(writer, job->subject, OUTSIDE_CONSENTS, NULL);
}

/* ERR_CONSENT_REQUIRED: nothing is sent. */
static struct err put_on_record(const struct way *way, enum config_name server)
{
    struct server_url url;
    if (!server_url_parse(config_text(config_of(way->job), server), &url)) return FAIL(CONFIG);
    struct audit_entry entry = job_audit_entry(way->job, AUDIT_SENT_OUTSIDE, way->hearing->resource, true);
    audit_detail_text(&entry, DETAIL_ENGINE, span_text(url.host));
    return job_in_lane(way->job, check_in_lane, &entry, NULL);
}

static struct err still_wanted(void *arg)
{
    struct way *way = arg;
    bool allowed = false;
    int64_t now = clock_monotonic_us();
    if (atomic_load(&way->job->runner->core->stopping)) return FAIL(CANCELLED);
    TRY(consent_allows(way->job->runner->conn, way->job->subject, OUTSIDE_CONSENTS, &allowed));
    if (!allowed) return FAIL(CONSENT_REQUIRED);
    if (now - way->reported_us < REPORT_EVERY_US) return OK;
    way->reported_us = now;
    return job_report(way->job, way->percent, way->percent < DRAFTING_PERCENT ? SPAN_LITERAL("recognising") : SPAN_LITERAL("drafting"));
}

/* "eng" as this setting names it, "en" as servers do; nothing when several or another are set: then the server finds out. */
static const char *language_of(const struct job *job)
{
    static const char *const names[][2] = {{"eng", "en"}, {"hin", "hi"}, {"ben", "bn"}, {"tam", "ta"}, {"tel", "te"}, {"mar", "mr"}, {"guj", "gu"}, {"kan", "kn"}, {"mal", "ml"},
                                           {"pan", "pa"}, {"urd", "ur"}, {"deu", "de"}, {"fra", "fr"}, {"spa", "es"}, {"por", "pt"}, {"ita", "it"}};
    const char *language = config_text(config_of(job), CONFIG_language);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(language, names[i][0]) == 0) return names[i][1];
    return "";
}

static struct err open_call(struct way *way, enum courier_message message, unsigned percent)
{
    struct buf opening = BUF_WITH_MAX(1 + COURIER_LANGUAGE_MAX);
    way->call = (struct outside){.child = way->job->runner->core->child, .wanted = still_wanted, .arg = way};
    way->percent = percent;
    way->reported_us = clock_monotonic_us();
    if (message == COURIER_CHAT) buf_put_byte(&opening, way->hearing->drafts ? COURIER_SUMMARY : COURIER_NOTE);
    buf_put_text(&opening, language_of(way->job));
    struct err e = outside_open(&way->call, message, buf_span(&opening));
    buf_free(&opening);
    return e;
}

/* Courier itself going away is a failure like a server's; all else is ours. */
static struct err settle_call(struct way *way, struct err e)
{
    outside_close(&way->call);
    if (e.code != ERR_CLOSED && e.code != ERR_IO && e.code != ERR_BAD_FRAME) return e;
    way->failure = FAILURE_FAILED;
    return OK;
}

/* ---- sound out, words back */

static struct err pass_sound(void *arg, struct span samples)
{
    struct way *way = arg;
    struct err e = outside_send(&way->call, samples);
    return e.code == ERR_CLOSED || e.code == ERR_IO ? FAIL(ENGINE) : e; /* those two would be taken for the worker's */
}

static struct err decode(struct way *way)
{
    struct buf document = BUF_WITH_MAX(WORKER_JOB_MAX);
    job_document(way->job, "decode", NULL, way->hearing->media_type, &document);
    struct err e = buf_check(&document);
    if (!err_failed(e)) e = job_converse_sound(way->job, buf_span(&document), way->hearing->send_file, pass_sound, way);
    buf_free(&document);
    return e;
}

static struct err hear_outside(struct way *way)
{
    TRY(put_on_record(way, CONFIG_speech_server));
    struct err e = open_call(way, COURIER_TRANSCRIBE, HEARING_PERCENT);
    if (err_failed(e)) return settle_call(way, e);
    e = decode(way);
    bool unheard = !err_failed(e) && way->job->answer.reason[0] != '\0'; /* the file itself cannot be heard: said already */
    if (unheard || (err_failed(e) && e.code != ERR_ENGINE)) {
        outside_close(&way->call);
        return e;
    }
    e = still_wanted(way);
    if (!err_failed(e)) e = outside_end(&way->call, &way->words, &way->failure);
    return settle_call(way, e);
}

/* ---- words out, draft back */

static struct err draft_outside(struct way *way)
{
    TRY(put_on_record(way, CONFIG_text_server));
    struct err e = open_call(way, COURIER_CHAT, DRAFTING_PERCENT);
    if (!err_failed(e)) e = outside_send(&way->call, buf_span(&way->words));
    if (!err_failed(e) || e.code == ERR_ENGINE) e = outside_end(&way->call, &way->proposal, &way->failure);
    return settle_call(way, e);
}

static struct err send_heard(void *arg, int fd)
{
    struct job *job = arg;
    const struct way *way = job->outside;
    struct span rest = buf_span(&way->words);
    TRY(job_send_lexicon(job, fd));
    for (; rest.n > 0; rest = span_sub(rest, WORKER_DATA_MAX, rest.n)) TRY(worker_send(fd, WORKER_DATA, span_sub(rest, 0, WORKER_DATA_MAX)));
    return way->proposal.n > 0 ? worker_send(fd, WORKER_PROPOSAL, buf_span(&way->proposal)) : OK;
}

/* ---- what to do when a server fails */

/* True: this machine does it. False: *e_out is what work() returns: tried again later, or given up with a reason that says why. */
static bool falls_back(struct way *way, struct err *e_out)
{
    bool fallback = config_bool(config_of(way->job), CONFIG_remote_fallback);
    int64_t tries = fallback ? TRIES_BEFORE_FALLBACK : JOB_ATTEMPTS_MAX;
    if (fallback && (way->failure == FAILURE_PAUSED || way->failure == FAILURE_INPUT || way->job->attempts >= tries)) return true;
    worker_answer_fail(&way->job->answer, span_text(courier_failure_word(way->failure)));
    *e_out = way->job->attempts < tries ? FAIL(ENGINE) : OK;
    return false;
}

static bool drafts_outside(const struct way *way) { return way->hearing->drafts && is_set(way->job, CONFIG_text_server); }

static struct err hear(struct way *way)
{
    struct job *job = way->job;
    struct err e = OK;
    if (is_set(job, CONFIG_speech_server)) e = hear_outside(way);
    else if (!err_failed(e = hear_here(way))) buf_put_span(&way->words, buf_span(&job->answer.document));
    if (e.code == ERR_CONSENT_REQUIRED) return hear_here(way);
    if (err_failed(e) || job->answer.reason[0] != '\0') return e;
    if (way->failure != FAILURE_NONE) return falls_back(way, &e) ? hear_here(way) : e;
    bool drafted = false;
    if (drafts_outside(way)) {
        e = draft_outside(way);
        drafted = !err_failed(e) && way->failure == FAILURE_NONE;
        if (!drafted) buf_reset(&way->proposal);
        if (err_failed(e) && e.code != ERR_CONSENT_REQUIRED) return e;
        if (way->failure != FAILURE_NONE && !falls_back(way, &e)) return e;
    }
    bool own_words = !is_set(job, CONFIG_speech_server);
    return own_words && !drafted ? OK : converse(way, "heard", way->needs, send_heard);
}

struct err job_hear(struct job *job, const struct job_hearing *hearing, unsigned needs)
{
    struct way way = {.job = job, .hearing = hearing, .needs = needs, .words = BUF_WITH_MAX(COURIER_RESULT_MAX), .proposal = BUF_WITH_MAX(WORKER_TEXT_MAX)};
    bool allowed = false;
    if (!is_set(job, CONFIG_speech_server) && !drafts_outside(&way)) return hear_here(&way);
    TRY(consent_allows(job->runner->conn, job->subject, OUTSIDE_CONSENTS, &allowed));
    if (!allowed) return hear_here(&way);
    job->outside = &way;
    struct err e = hear(&way);
    job->outside = NULL;
    buf_free(&way.words);
    buf_free(&way.proposal);
    return e;
}

struct err job_propose(struct job *job, enum audit_resource resource, struct span words, struct buf *proposal)
{
    const struct job_hearing hearing = {.resource = resource};
    struct way way = {.job = job, .hearing = &hearing, .words = BUF_WITH_MAX(COURIER_RESULT_MAX), .proposal = BUF_WITH_MAX(WORKER_TEXT_MAX)};
    buf_reset(proposal);
    if (!is_set(job, CONFIG_text_server)) return OK;
    buf_put_span(&way.words, words);
    struct err e = buf_check(&way.words);
    if (!err_failed(e)) e = draft_outside(&way);
    bool drafted = !err_failed(e) && way.failure == FAILURE_NONE;
    if (drafted) buf_put_span(proposal, buf_span(&way.proposal));
    else if (!err_failed(e) && falls_back(&way, &e)) e = OK;
    buf_free(&way.words);
    buf_free(&way.proposal);
    if (e.code == ERR_CONSENT_REQUIRED) return OK; /* not to this machine's own engine, which asks by itself */
    return err_failed(e) ? e : buf_check(proposal);
}
