/* Who looked at whose record: an index over the audit log, kept up in the background and before it is read. */
#ifndef MEDSCRIBE_RULES_ACCESS_LOG_H
#define MEDSCRIBE_RULES_ACCESS_LOG_H
#include "db/db.h"

/* For the commit lane; arg: int64_t, set to 0 when all audit rows are in, else to 1. */
struct err access_log_catch_up(struct db_conn *writer, void *arg);

#endif
