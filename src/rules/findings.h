/* What the guard found in a draft and not in its source, kept beside the version of the text that it stands in (submissions and
   notes alike). A text is final only when each finding is dealt with: edited away, or confirmed by the doctor as right. Where the
   guard cannot run, the one finding is `unchecked`: it blocks as well. */
#ifndef MEDSCRIBE_RULES_FINDINGS_H
#define MEDSCRIBE_RULES_FINDINGS_H
#include "rules/audit.h"
#include "wire/worker.h"

struct finding {
    int64_t number; /* from 1, in the order of the text */
    enum worker_finding kind;
    size_t at, length; /* bytes of the text */
    bool confirmed;
    struct id by;
    int64_t confirmed_us;
};
struct findings { /* at most WORKER_FINDINGS_MAX, in an arena */
    struct finding *list;
    size_t count;
};

/* --- where they come from */
/* WORKER_FINDINGS as a worker sent them, checked against the draft that they are about. ERR_BAD_FRAME. */
struct err findings_read(struct arena *arena, struct span packed, struct span draft, struct findings *out);
struct err findings_unchecked(struct arena *arena, struct findings *out);

/* The guard over a text that a person edited: a fresh worker, on a slow thread. What cannot be checked is `unchecked`; only want
   of memory is an error. The texts must stay the caller's while this waits. */
struct guarding {
    bool page; /* the source is the text of a page, else of a talk */
    struct span source, draft;
};
struct err findings_guard(struct call *call, const struct guarding *what, struct findings *out);

/* Confirmations of the text before go over to findings of the same kind on the same words, and what was not understood stays
   so as long as its line stands there. */
struct err findings_carry(struct arena *arena, const struct findings *before, struct span text_before, struct findings *after, struct span text_after);

/* --- where they are kept: on one version of one text */
struct findings_place {
    struct id resource, clinic;
    int64_t version;
};
/* Inside the lane, in the transaction that writes the version. */
struct err findings_insert(struct db_conn *writer, const struct findings_place *place, const struct findings *findings);
/* Of the actor's clinic. */
struct err findings_load(struct call *call, struct id resource, int64_t version, struct findings *out);
/* The member `findings` of an answer about the text that they stand in. */
void findings_put_json(struct json *j, const struct findings *findings, struct span text);

/* --- dealing with them */
/* Answers 409 findings_open with the numbers while there are open ones; *refused_out tells. The conditional UPDATE that makes a text
   final must ask again (NOT EXISTS ... resolved_us IS NULL): this is only what people are told. */
struct err findings_refuse_open(struct call *call, struct id resource, int64_t version, bool *refused_out);
/* The doctor says that one is right: on record with number and kind; twice is once. ERR_NOT_FOUND: there is no such finding.
   Answers how many are still open. The caller has checked who may, and that this version was opened. */
struct findings_about {
    enum audit_resource type;
    struct id resource, subject; /* subject: the person, whose consent to processing is asked in the lane */
    int64_t version;
};
struct err findings_confirm(struct call *call, const struct findings_about *about, int64_t number);

#endif
