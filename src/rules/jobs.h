/* Long work: rows of `jobs`, leased, each given to a fresh worker process; and the regular chores. */
#ifndef MEDSCRIBE_RULES_JOBS_H
#define MEDSCRIBE_RULES_JOBS_H
#include "rules/core.h"

/* jobs.kind; the first two are enum submission_type. Stored: never renumber. */
enum job_number { JOB_KIND_AUDIO, JOB_KIND_PRESCRIPTION, JOB_KIND_CONSULTATION, JOB_KIND_NOTE };
const char *job_kind_word(int64_t kind);

struct jobs;
/* `threads` runners (0: none), each with a vault client of its own (fds[i], areas[i]), and one for chores (the last). */
struct err jobs_start(struct core *core, unsigned threads, const int *vault_fds, const int *vault_areas, struct jobs **jobs_out);
void jobs_stop(struct jobs *jobs);
void jobs_wake(struct core *core); /* a job was added */

#endif
