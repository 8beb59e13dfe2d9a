/* Who looked at whose record: an index over the audit log, kept up in the background and before it is read. */
#ifndef MEDSCRIBE_RULES_ACCESS_LOG_H
#define MEDSCRIBE_RULES_ACCESS_LOG_H
#include "rules/loop.h"

/* Takes in the next audit rows, for the commit lane; small, so that no answer waits long behind it. arg: int64_t, set to 0 when
   all rows are in, else to 1. */
struct err access_log_step(struct db_conn *writer, void *arg);
/* Before rows are deleted by which it is known whose record was looked at: first the call, then in the transaction what came meanwhile. */
struct err access_log_catch_up(struct call *call);
struct err access_log_catch_up_in(struct db_conn *writer);

#endif
