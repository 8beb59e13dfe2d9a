/* The commit lane: the one writer. Whoever wants to write hands over a piece of work; the lane takes all that wait, runs each
   in a savepoint, lets `seal` append the audit rows of those that succeeded, commits once and wakes all. There is no timer:
   alone, a piece of work is committed at once; under load one fsync serves dozens.

   lane_submit() is the only source of receipts, and nothing medical is opened without one. */
#ifndef MEDSCRIBE_DB_LANE_H
#define MEDSCRIBE_DB_LANE_H
#include "db/db.h"

/* Proof that the audit rows of a piece of work are on disk. Cannot be made outside lane.c. */
struct receipt {
    const struct lane *lane; /* NULL: not committed */
    int64_t seq;             /* of the last audit row */
};

struct lane_work {
    /* What to write; NULL when there are only audit rows. Runs on the lane's thread inside a savepoint; an error undoes this
       piece of work alone and is its result. */
    struct err (*apply)(struct db_conn *writer, void *arg);
    void *arg;
    const void *audit; /* what seal() appends after success; NULL: nothing */
    /* Called once on the lane's thread when the result stands. */
    void (*done)(struct lane_work *work);
    void *owner; /* the caller's */
    struct err result;
    struct receipt receipt;
    struct lane_work *next;
};

struct lane_hooks {
    struct err (*begin)(struct db_conn *writer, void *arg);                              /* reads the chain's head, locking it */
    struct err (*seal)(struct db_conn *writer, void *arg, const void *audit, int64_t *seq_out); /* appends one work's rows */
    struct err (*end)(struct db_conn *writer, void *arg);                                /* writes the new head */
    void (*settled)(void *arg, bool committed);                                          /* after COMMIT or ROLLBACK */
    void *arg;
};

struct lane;
struct err lane_start(struct db *db, const struct lane_hooks *hooks, struct lane **lane_out);
void lane_stop(struct lane *lane); /* finishes what was submitted */
/* Hands over a list (linked by next) at one go; any thread. */
void lane_submit(struct lane *lane, struct lane_work *first);
/* For plain threads: submits one piece and blocks until its result stands. */
struct err lane_run(struct lane *lane, struct lane_work *work);

#endif
