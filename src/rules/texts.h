/* The sealed texts of one record, opened together. */
#ifndef MEDSCRIBE_RULES_TEXTS_H
#define MEDSCRIBE_RULES_TEXTS_H
#include "rules/audit.h"

/* Opens those of `requests` that have an input, in one batch; out[i] belongs to requests[i], SPAN_NONE where there was nothing, and is valid until
   the call waits again. When one does not open that is on record, and nothing is shown: ERR_INTEGRITY. */
struct err texts_open(struct call *call, const struct receipt *receipt, enum audit_resource type, struct id resource,
                      const struct vault_request *requests, size_t count, struct span *out);

#endif
