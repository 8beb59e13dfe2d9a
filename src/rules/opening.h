/* Who opened which version of a text: nobody acts on what they have not seen, or what changed since. */
#ifndef MEDSCRIBE_RULES_OPENING_H
#define MEDSCRIBE_RULES_OPENING_H
#include "rules/loop.h"

/* For routes with If-Match as their second field: ERR_REVIEW_FIRST, ERR_VERSION_CHANGED. */
struct err opening_check(struct call *call, struct id id, int64_t version);
/* Inside the lane: the actor has seen this version. */
struct err opening_put(struct db_conn *writer, const struct call *call, struct id id, int64_t version);

#endif
