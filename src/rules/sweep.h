/* Sealed files that belong to nothing: a crash in the middle of an upload leaves one. They are removed once a day, some at a
   time, when they are a day old: by then no upload is still under way. */
#ifndef MEDSCRIBE_RULES_SWEEP_H
#define MEDSCRIBE_RULES_SWEEP_H
#include "rules/jobs_private.h"

#include <dirent.h>

struct sweep {
    DIR *folder; /* under way; NULL: not at the moment */
    int64_t begun_us, since_us, removed; /* since_us: when this database was made */
};

/* Looks at some files; call it now and then. On any failure the rest waits for the next day. */
void sweep_step(struct runner *runner, struct sweep *sweep, int64_t now_us);
void sweep_end(struct sweep *sweep);

#endif
