/* What all loops of one core process share. */
#ifndef MEDSCRIBE_RULES_CORE_H
#define MEDSCRIBE_RULES_CORE_H
#include "db/lane.h"
#include "os/child.h"

#include <pthread.h>
#include <stdatomic.h>

struct audit_chain;
struct offload;

struct core {
    const struct child *child;
    const struct config *config;
    struct db *db;
    struct lane *lane;
    struct audit_chain *chain;
    struct offload *hashing; /* password slots: processors − 1, at least 1 */
    struct offload *files;   /* fsync and other waits for the disk */
    struct offload *scanning; /* waits for the virus scanner; NULL: there is none */
    struct offload *guards;  /* waits for the worker that guards an edited text */
    struct id clinic;
    int files_dir;           /* descriptor of the folder of sealed files */
    atomic_bool stopping, degraded;
    atomic_uint jobs_wanted; /* a futex: changes whenever a job was added */
    void (*log)(const char *level, const char *text); /* the one logger, in src/main */
};

#endif
