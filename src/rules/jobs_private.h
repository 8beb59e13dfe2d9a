/* Shared by jobs.c, chores.c and the kinds of jobs (job_*.c) only. */
#ifndef MEDSCRIBE_RULES_JOBS_PRIVATE_H
#define MEDSCRIBE_RULES_JOBS_PRIVATE_H
#include "crypt/vault_client.h"
#include "rules/audit.h"
#include "rules/jobs.h"
#include "rules/worker.h"

struct runner {
    struct core *core;
    struct vault_client vault;
    struct db_conn *conn;
    struct arena arena; /* of the job under way */
    pthread_t thread;
};
struct err runner_open(struct runner *runner, struct core *core, int vault_fd, int vault_area);
void *jobs_runner(void *arg);
void jobs_wait(struct core *core, unsigned seen, int64_t seconds); /* until jobs_wanted is no longer `seen` */

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_WAITING };

/* A claimed job, on its runner's thread. */
struct job {
    struct runner *runner;
    struct id id, clinic;
    struct id resource; /* what it is about: a submission's id, … */
    int64_t kind, attempts, now_us, lease_us, percent, progress_us;
    struct span stage;
    /* set by describe() */
    struct id subject;   /* the person whose key seals all of it */
    struct span key;     /* wrapped */
    bool begun;          /* a worker or server has seen some of it */
    unsigned consents;   /* what that person must allow for it, all the way (rules/consent.h) */
    struct rows about;   /* the kind's own row */
    struct worker_answer answer;
    void *own;           /* the kind's, in the runner's arena */
    void *outside;       /* job_hear's own */
};

/* What a kind of job does. All three run on the runner's thread; errors are our own trouble, and the job is tried again. */
struct job_kind {
    struct err (*describe)(struct job *job); /* reads what it is about; ERR_NOT_FOUND: that is gone */
    struct err (*work)(struct job *job);     /* on record first, then the work; fills job->answer */
    struct err (*settle)(struct job *job);   /* keeps the answer, or why there is none */
    struct err (*wait)(struct db_conn *writer, const struct job *job); /* inside the lane: it waits for a consent now; NULL: nothing shows it */
    enum audit_resource resource;
};
extern const struct job_kind job_submission;   /* a recording or page to text and draft */
extern const struct job_kind job_consultation; /* a recording to text */
extern const struct job_kind job_note;         /* a consultation's words to a draft */

/* --- for the kinds */
struct err job_in_lane(struct job *job, struct err (*apply)(struct db_conn *, void *), const struct audit_entry *audit, struct receipt *receipt_out);
struct audit_entry job_audit_entry(const struct job *job, enum audit_action action, enum audit_resource type, bool success);
/* Sends the sealed file as WORKER_DATA; the receipt proves that it is on record. */
struct err job_send_file(struct job *job, int fd, struct id media, uint64_t bytes, const struct receipt *receipt);
/* Sends the clinic's own medicines as WORKER_LEXICON; before the data. */
struct err job_send_lexicon(struct job *job, int fd);
struct err job_seal(struct job *job, const struct vault_request *ask, struct span *sealed_out);      /* into the runner's arena */
/* Talks to a worker: progress goes to the job's row. `document` is the job as JSON; the input is sent by send_input(job, fd). */
struct err job_converse(struct job *job, struct span document, unsigned needs, struct err (*send_input)(void *job, int fd));
/* The same of one that only decodes: its sound goes to `sound(arg, samples)`, whose error (not CLOSED, IO or BAD_FRAME) ends it. */
struct err job_converse_sound(struct job *job, struct span document, struct err (*send_input)(void *job, int fd), struct err (*sound)(void *arg, struct span samples), void *arg);
/* The document of a job for a worker. `input`: what the input is, where the kind does not say it; else NULL. */
void job_document(const struct job *job, const char *kind, const char *input, const char *media_type, struct buf *out);
/* Progress on the job's row, and its lease with it; for whoever waits long. As worker_talk.progress: `job` is the argument. */
struct err job_report(void *job, unsigned percent, struct span stage);
/* As job_converse about a recording, but by the speech and text servers that are set, where the person allows it
   (job_hear.c). `kind`: "audio" or "consultation", of which no draft is made. */
struct job_hearing {
    const char *kind, *media_type;
    bool drafts;
    enum audit_resource resource;
    struct err (*send_file)(void *job, int fd);
};
struct err job_hear(struct job *job, const struct job_hearing *hearing, unsigned needs);
/* Of the words that a document holds: a draft that the text server proposes, for WORKER_PROPOSAL; nothing where none is set, the person
   does not allow it, or it failed and this machine shall do it. When job->answer.reason is set it failed for good. */
struct err job_propose(struct job *job, enum audit_resource resource, struct span words, struct buf *proposal);
enum { JOB_ATTEMPTS_MAX = 3 };
/* Inside the lane: before the first thing that is done for the job, ERR_CONSENT_REQUIRED. Passed on by work(), the job waits. */
struct err job_allowed_in(struct db_conn *writer, const struct job *job);
/* What was sealed for it and does not open was changed: no further try will help, and the job fails. Any other error stays one. */
struct err job_heed_tampering(struct job *job, struct err e);
/* Inside the lane: the last thing of every job; ERR_CANCELLED when another runner has it meanwhile, ERR_CONSENT_REQUIRED when it is
   no longer allowed: then the answer is dropped and the job waits. */
struct err job_finish(struct db_conn *writer, const struct job *job, enum job_state state, struct value error);

#endif
