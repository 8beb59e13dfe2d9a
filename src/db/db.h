/* The database: one interface, two engines. A connection belongs to one thread (or one fiber at a time).

   Errors of every call: ERR_UNIQUE (a unique index refused), ERR_STORAGE (disk full or failing), ERR_DATABASE (not
   reachable, too slow, damaged), ERR_WRITE_UNCERTAIN (the connection was lost during COMMIT: it may or may not have
   happened), ERR_OUT_OF_MEMORY (the arena's cap). */
#ifndef MEDSCRIBE_DB_DB_H
#define MEDSCRIBE_DB_DB_H
#include "db/statements.h"
#include "db/value.h"

struct db;
struct db_conn;

/* Who acts; what own-data and clinic statements are bound to. */
struct db_actor {
    struct id user, clinic;
};

/* url: empty = SQLite files in `folder`; else postgresql://…  Brings the schema up to date (migrations run once, also when
   several instances start at once) and prepares every statement: ERR_SCHEMA names a mismatch in message_out. */
struct err db_open(const char *url, const char *folder, struct db **db_out, struct buf *message_out);
void db_close(struct db *db);
bool db_is_shared(const struct db *db); /* several instances may use it (PostgreSQL) */
const char *db_engine(const struct db *db); /* "sqlite 3.40.1" */

enum db_mode { DB_READER, DB_WRITER };
struct err db_connect(struct db *db, enum db_mode mode, struct db_conn **conn_out);
void db_disconnect(struct db_conn *conn);
/* How a connection waits for its server: by default it blocks. `wait` is called with the socket and must come back with true
   when it may be readable (or writable, if want_write), with false when the server has been silent for too long: then the
   connection is given up. Engines without a socket never call it. */
void db_set_wait(struct db_conn *conn, bool (*wait)(void *arg, int fd, bool want_write), void *arg);

/* Runs one statement. `values` are the statement's parameters without the scope's first one, which comes from the actor (NULL
   for SYSTEM statements). All rows are copied to the arena; rows_out may be NULL. */
struct err db_query(struct db_conn *conn, enum statement statement, const struct db_actor *actor, const struct value *values,
                    size_t count, struct arena *arena, struct rows *rows_out);
/* The same without rows. */
struct err db_exec(struct db_conn *conn, enum statement statement, const struct db_actor *actor, const struct value *values,
                   size_t count);
/* Several reads that may share one snapshot lie between these two; costs nothing when nothing is read. */
void db_reads_begin(struct db_conn *conn);
void db_reads_end(struct db_conn *conn);

struct err db_begin(struct db_conn *conn);
struct err db_commit(struct db_conn *conn);
void db_rollback(struct db_conn *conn);
struct err db_savepoint(struct db_conn *conn);
struct err db_release(struct db_conn *conn);     /* keeps what was done since the savepoint */
struct err db_rollback_to(struct db_conn *conn); /* undoes it; when it fails the whole transaction is spoilt */

/* The plan of a statement as the engine describes it, for the test that refuses full scans. */
struct err db_explain(struct db_conn *conn, enum statement statement, struct buf *plan_out);

#endif
