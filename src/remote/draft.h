/* The proposal of a draft that courier, core and worker pass on (docs/architecture.md). */
#ifndef MEDSCRIBE_REMOTE_DRAFT_H
#define MEDSCRIBE_REMOTE_DRAFT_H
#include "remote/answer.h"

struct err draft_put(const struct answer_draft *draft, const struct heard_engine *engine, struct buf *out);

#endif
