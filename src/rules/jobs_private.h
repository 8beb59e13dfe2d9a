/* Shared by jobs.c and chores.c only. */
#ifndef MEDSCRIBE_RULES_JOBS_PRIVATE_H
#define MEDSCRIBE_RULES_JOBS_PRIVATE_H
#include "crypt/vault_client.h"
#include "rules/audit.h"
#include "rules/jobs.h"

struct runner {
    struct core *core;
    struct vault_client vault;
    struct db_conn *conn;
    struct arena arena;
    pthread_t thread;
};
struct err runner_open(struct runner *runner, struct core *core, int vault_fd, int vault_area);
void *jobs_runner(void *arg);
void jobs_wait(struct core *core, unsigned seen, int64_t seconds); /* until jobs_wanted is no longer `seen` */

#endif
