/* One conversation with one fresh worker process (src/wire/worker.h): job document and input out, progress and an answer back.
   Everything a worker says is checked: it has read a stranger's file. Blocks: for runners and slow threads, never for a loop. */
#ifndef MEDSCRIBE_RULES_WORKER_H
#define MEDSCRIBE_RULES_WORKER_H
#include "base/buf.h"
#include "os/child.h"
#include "wire/worker.h"

/* What must have come before WORKER_RESULT. */
enum worker_needs { WORKER_NEEDS_TEXT = 1, WORKER_NEEDS_DRAFT = 2, WORKER_NEEDS_FINDINGS = 4 };

struct worker_talk {
    const struct child *child;
    struct span document; /* the job, JSON */
    unsigned needs;       /* enum worker_needs */
    int patience_ms;      /* for its whole answer; 0: as long as the parent lets it run */
    /* Sends the input in frames (worker_send); WORKER_END follows by itself. NULL: there is none. An error that is not the socket's is ours
       and ends the conversation with it. */
    struct err (*send_input)(void *arg, int fd);
    /* Now and then; `stage` is a checked word. NULL: nobody looks. An error (ERR_CANCELLED) ends the conversation with it. */
    struct err (*progress)(void *arg, unsigned percent, struct span stage);
    /* Is the answer still wanted? Asked about once a second; an error ends the worker and the conversation. NULL: always. */
    struct err (*wanted)(void *arg);
    void *arg;
    struct err (*sound)(void *arg, struct span samples); /* decoded sound, piece by piece; NULL: none may come. Errors as of progress. */
    void *sound_arg;
};

struct worker_answer {
    struct buf text, draft, document;
    struct buf findings;                /* packed, as WORKER_FINDINGS; a whole number of them */
    bool has_findings;                  /* they came, perhaps none */
    int64_t sound_ms;                   /* length of the recording; 0: not said */
    char reason[WORKER_REASON_MAX + 1]; /* why there is no document; empty: there is one */
    bool killed;                        /* the process did not end by itself; `reason` says how */
};

/* OK also when the worker failed (then `reason` is set); an error is our own trouble. Release with worker_answer_free. */
struct err worker_converse(const struct worker_talk *talk, struct worker_answer *answer_out);
void worker_answer_free(struct worker_answer *answer);
/* Sets the reason; one that is neither a worker's nor courier's (src/wire) becomes engine_failed. */
void worker_answer_fail(struct worker_answer *answer, struct span reason);

struct err worker_send(int fd, enum worker_message type, struct span payload);

#endif
