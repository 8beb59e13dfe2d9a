/* Progress of long work as server-sent events, until it is settled or the client goes away. */
#ifndef MEDSCRIBE_RULES_PROGRESS_H
#define MEDSCRIBE_RULES_PROGRESS_H
#include "rules/loop.h"

struct progress_kind {
    enum statement state; /* SYSTEM: id → version, status */
    const char *(*word)(int64_t status);
    int64_t settled; /* statuses from this one on end the stream */
};
/* Of something that the actor may see: the caller has looked. Its jobs are those of this id. */
struct err progress_stream(struct call *call, struct id id, const struct progress_kind *kind);

#endif
