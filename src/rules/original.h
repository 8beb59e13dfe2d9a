/* Sending an original as it was taken in, whole or one range of it, opened chunk by chunk as the client takes it. */
#ifndef MEDSCRIBE_RULES_ORIGINAL_H
#define MEDSCRIBE_RULES_ORIGINAL_H
#include "rules/audit.h"

/* For routes whose fields are {id} and Range: the file that belongs to the id, which the actor may see (the caller has looked),
   of the person whose key sealed it. The look is on record before a byte is opened. */
struct err original_send(struct call *call, enum audit_resource type, struct id subject, struct span key);

#endif
