/* What an engine does for db.c. Private to src/db. */
#ifndef MEDSCRIBE_DB_ENGINE_H
#define MEDSCRIBE_DB_ENGINE_H
#include "db/db.h"

enum transaction_word { WORD_BEGIN, WORD_COMMIT, WORD_ROLLBACK, WORD_SAVEPOINT, WORD_RELEASE, WORD_ROLLBACK_TO, WORD_COUNT };

struct engine {
    struct err (*connect)(struct db *db, enum db_mode mode, struct db_conn **conn_out);
    void (*disconnect)(struct db_conn *conn);
    struct err (*run)(struct db_conn *conn, enum statement statement, const struct value *values, size_t count,
                      struct arena *arena, struct rows *rows_out);
    struct err (*script)(struct db_conn *conn, const char *sql); /* several statements, no parameters: migrations */
    struct err (*word)(struct db_conn *conn, enum transaction_word word);
    void (*reads)(struct db_conn *conn, bool begin);
    struct err (*migration_lock)(struct db_conn *conn, bool take);
    struct err (*schema_version)(struct db_conn *conn, int64_t *version_out); /* 0: nothing there yet */
    struct err (*check)(struct db_conn *conn, enum statement statement, struct buf *message_out); /* prepares, compares */
    struct err (*explain)(struct db_conn *conn, enum statement statement, struct buf *plan_out);
    const char *const (*words)[2]; /* {"ID", "BLOB"} …, ends with NULL */
};

struct db {
    const struct engine *engine;
    char *url, *folder;
    bool shared;
    char version[64];
};

/* Every engine's connection begins with this. */
struct db_conn {
    struct db *db;
    bool (*wait)(void *arg, int fd, bool want_write);
    void *wait_arg;
    bool reads_open, reads_wanted;
};

extern const struct engine engine_sqlite, engine_postgres;
/* SQL with {WORDS} replaced; the result is NUL-terminated in `out`. */
struct err engine_translate(const struct engine *engine, const char *sql, struct buf *out);

struct migration {
    int64_t number;
    const char *name, *sql;
};
extern const struct migration migrations[]; /* ends with number 0; made from sql/ at build time */

#endif
