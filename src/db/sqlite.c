/* SQLite: one file for the records (medscribe.db), one for the persons' wrapped keys (keys.db, attached as `vault`). */
#include "db/engine.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* Pages stay checked (cell_size_check) while they stay in the cache: memory mapping would check them anew at each use. */
enum { BUSY_MS = 5000, CACHE_KIB_READER = 12 * 1024, CACHE_KIB_WRITER = 4096, CACHE_KIB_KEYS = 1024, PARAMETERS_MAX = 20 };

struct sqlite_conn {
    struct db_conn base;
    sqlite3 *handle;
    sqlite3_stmt *statement[SQL_COUNT];
    uint8_t place[SQL_COUNT][PARAMETERS_MAX]; /* `$3` is a name to SQLite: its place depends on where it stands first */
    sqlite3_stmt *word[WORD_COUNT];
    sqlite3_stmt *snapshot;
};

static struct sqlite_conn *of(struct db_conn *conn) { return (struct sqlite_conn *)conn; }

static struct err error_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK: case SQLITE_ROW: case SQLITE_DONE: return OK;
    case SQLITE_CONSTRAINT: return FAIL(UNIQUE);
    case SQLITE_FULL: case SQLITE_IOERR: case SQLITE_READONLY: case SQLITE_CANTOPEN: return FAIL(STORAGE);
    case SQLITE_NOMEM: return FAIL(OUT_OF_MEMORY);
    default: return FAIL(DATABASE);
    }
}

static struct err script(struct db_conn *conn, const char *sql)
{
    return error_of(sqlite3_exec(of(conn)->handle, sql, NULL, NULL, NULL));
}

static void disconnect(struct db_conn *conn)
{
    struct sqlite_conn *c = of(conn);
    for (size_t i = 0; i < SQL_COUNT; i++) sqlite3_finalize(c->statement[i]);
    for (size_t i = 0; i < WORD_COUNT; i++) sqlite3_finalize(c->word[i]);
    sqlite3_finalize(c->snapshot);
    sqlite3_close(c->handle);
    free(c);
}

static struct err settings(struct sqlite_conn *c, enum db_mode mode)
{
    char sql[1024];
    int n = snprintf(sql, sizeof sql,
                     "PRAGMA vault.journal_mode=WAL; PRAGMA main.journal_mode=WAL;"
                     "PRAGMA main.synchronous=FULL; PRAGMA vault.synchronous=FULL; PRAGMA foreign_keys=ON;"
                     "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA main.secure_delete=FAST;"
                     "PRAGMA vault.secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA main.cache_size=-%d;"
                     "PRAGMA vault.cache_size=-%d; PRAGMA wal_autocheckpoint=2000; %s",
                     mode == DB_WRITER ? CACHE_KIB_WRITER : CACHE_KIB_READER, CACHE_KIB_KEYS,
                     mode == DB_READER ? "PRAGMA query_only=1;" : "");
    if (n < 0 || (size_t)n >= sizeof sql) return FAIL(INTERNAL);
    return script(&c->base, sql);
}

static struct err attach_keys(struct sqlite_conn *c, const char *folder)
{
    char path[4200];
    int n = snprintf(path, sizeof path, "%s/keys.db", folder);
    if (n < 0 || (size_t)n >= sizeof path) return FAIL(CONFIG);
    sqlite3_stmt *attach = NULL;
    int code = sqlite3_prepare_v2(c->handle, "ATTACH DATABASE $1 AS vault", -1, &attach, NULL);
    if (code == SQLITE_OK) code = sqlite3_bind_text(attach, 1, path, -1, SQLITE_STATIC);
    if (code == SQLITE_OK) code = sqlite3_step(attach);
    sqlite3_finalize(attach);
    return error_of(code);
}

/* A connection never leaves its thread, and nobody asks how much memory SQLite uses: both cost a lock a call. */
static void configure(void)
{
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static struct err connect_to(struct db *db, enum db_mode mode, struct db_conn **conn_out)
{
    struct sqlite_conn *c = calloc(1, sizeof *c);
    if (c == NULL) return FAIL(OUT_OF_MEMORY);
    c->base.db = db;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure);
    snprintf(db->version, sizeof db->version, "sqlite %s", sqlite3_libversion());
    char path[4200];
    int n = snprintf(path, sizeof path, "%s/medscribe.db", db->folder);
    struct err e = n < 0 || (size_t)n >= sizeof path ? FAIL(CONFIG) : OK;
    if (!err_failed(e))
        e = error_of(sqlite3_open_v2(path, &c->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
    if (!err_failed(e)) {
        sqlite3_busy_timeout(c->handle, BUSY_MS);
        sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(c->handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
        e = attach_keys(c, db->folder);
    }
    if (!err_failed(e)) e = settings(c, mode);
    if (err_failed(e)) disconnect(&c->base);
    else *conn_out = &c->base;
    return e;
}

static void find_places(struct sqlite_conn *c, enum statement statement)
{
    for (size_t i = 0; i < strlen(statement_table[statement].in); i++) {
        char name[8];
        snprintf(name, sizeof name, "$%u", (unsigned)(i + 1) % 100);
        c->place[statement][i] = (uint8_t)sqlite3_bind_parameter_index(c->statement[statement], name);
    }
}

static struct err prepared(struct sqlite_conn *c, enum statement statement, sqlite3_stmt **out)
{
    if (c->statement[statement] == NULL) {
        struct buf sql = BUF_WITH_MAX(8192);
        struct err e = engine_translate(&engine_sqlite, statement_table[statement].sql, &sql);
        if (!err_failed(e))
            e = error_of(sqlite3_prepare_v3(c->handle, (const char *)sql.p, -1, SQLITE_PREPARE_PERSISTENT,
                                            &c->statement[statement], NULL));
        buf_free(&sql);
        TRY(e);
        find_places(c, statement);
    }
    *out = c->statement[statement];
    return OK;
}

static int bind(sqlite3_stmt *s, int place, const struct value *v)
{
    switch (v->type) {
    case VALUE_NUMBER: return sqlite3_bind_int64(s, place, v->number);
    case VALUE_TEXT: return sqlite3_bind_text64(s, place, v->bytes.n == 0 ? "" : (const char *)v->bytes.p, v->bytes.n, SQLITE_STATIC, SQLITE_UTF8);
    case VALUE_ID: case VALUE_BYTES: return sqlite3_bind_blob64(s, place, v->bytes.n == 0 ? (const void *)"" : v->bytes.p, v->bytes.n, SQLITE_STATIC);
    default: return sqlite3_bind_null(s, place);
    }
}

static struct err bind_all(sqlite3_stmt *s, const uint8_t *places, const struct value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (places[i] == 0) continue; /* a parameter that this statement does not use */
        TRY(error_of(bind(s, places[i], &values[i])));
    }
    return OK;
}

static struct err take_value(sqlite3_stmt *s, int column, char letter, struct arena *arena, struct value *out)
{
    if (sqlite3_column_type(s, column) == SQLITE_NULL) {
        *out = value_null();
        return OK;
    }
    switch (letter | 0x20) {
    case 'n': *out = value_number(sqlite3_column_int64(s, column)); return OK;
    case 't':
        *out = value_text(arena_copy(arena, span_of(sqlite3_column_text(s, column), (size_t)sqlite3_column_bytes(s, column))));
        break;
    default: {
        const void *p = sqlite3_column_blob(s, column);
        *out = value_bytes(arena_copy(arena, span_of(p, (size_t)sqlite3_column_bytes(s, column))));
        if ((letter | 0x20) == 'i') out->type = VALUE_ID;
    }
    }
    return arena->failed ? FAIL(OUT_OF_MEMORY) : OK;
}

static struct err take_row(sqlite3_stmt *s, const char *out_types, struct arena *arena, struct rows *rows, size_t *room)
{
    if (rows->count == *room) {
        size_t more = *room == 0 ? 4 : *room * 4; /* most answers are one row or a page; what is left over is wiped like the rest */
        struct value *values = arena_array(arena, more * rows->columns, sizeof *values);
        if (values == NULL) return FAIL(OUT_OF_MEMORY);
        if (rows->count > 0) memcpy(values, rows->values, rows->count * rows->columns * sizeof *values);
        rows->values = values;
        *room = more;
    }
    struct value *row = rows->values + rows->count * rows->columns;
    for (unsigned i = 0; i < rows->columns; i++) TRY(take_value(s, (int)i, out_types[i], arena, &row[i]));
    rows->count++;
    return OK;
}

static struct err word(struct db_conn *conn, enum transaction_word which)
{
    static const char *const text[WORD_COUNT] = {"BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE s", "ROLLBACK TO s"};
    struct sqlite_conn *c = of(conn);
    if (c->word[which] == NULL)
        TRY(error_of(sqlite3_prepare_v3(c->handle, text[which], -1, SQLITE_PREPARE_PERSISTENT, &c->word[which], NULL)));
    int code = sqlite3_step(c->word[which]);
    sqlite3_reset(c->word[which]);
    return error_of(code);
}

/* A shared snapshot saves two lock calls a statement. */
static void reads(struct db_conn *conn, bool begin)
{
    conn->reads_wanted = begin;
    if (begin || !conn->reads_open) return;
    IGNORE(word(conn, WORD_COMMIT));
    conn->reads_open = false;
}

static void open_snapshot(struct sqlite_conn *c)
{
    if (c->snapshot == NULL &&
        sqlite3_prepare_v3(c->handle, "BEGIN DEFERRED", -1, SQLITE_PREPARE_PERSISTENT, &c->snapshot, NULL) != SQLITE_OK)
        return;
    c->base.reads_open = sqlite3_step(c->snapshot) == SQLITE_DONE;
    sqlite3_reset(c->snapshot);
}

static struct err run(struct db_conn *conn, enum statement statement, const struct value *values, size_t count,
                      struct arena *arena, struct rows *rows_out)
{
    struct sqlite_conn *c = of(conn);
    sqlite3_stmt *s;
    TRY(prepared(c, statement, &s));
    if (conn->reads_wanted && !conn->reads_open) open_snapshot(c);
    const char *out_types = statement_table[statement].out;
    struct rows rows = {.columns = (unsigned)strlen(out_types)};
    struct err e = bind_all(s, c->place[statement], values, count);
    size_t room = 0;
    while (!err_failed(e)) {
        int code = sqlite3_step(s);
        if (code != SQLITE_ROW) {
            e = error_of(code);
            break;
        }
        if (rows_out != NULL) e = take_row(s, out_types, arena, &rows, &room);
    }
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    if (!err_failed(e) && rows_out != NULL) *rows_out = rows;
    return e;
}

static struct err migration_lock(struct db_conn *conn, bool take)
{
    (void)conn; /* one instance owns the folder (medscribed's lock file) */
    (void)take;
    return OK;
}

static struct err schema_version(struct db_conn *conn, int64_t *version_out)
{
    TRY(script(conn, "CREATE TABLE IF NOT EXISTS schema_version(number INTEGER PRIMARY KEY)"));
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(of(conn)->handle, "SELECT COALESCE(MAX(number), 0) FROM schema_version", -1, &s, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(s);
    if (code == SQLITE_ROW) *version_out = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return error_of(code);
}

static struct err check(struct db_conn *conn, enum statement statement, struct buf *message_out)
{
    struct sqlite_conn *c = of(conn);
    sqlite3_stmt *s;
    struct err e = prepared(c, statement, &s);
    const struct statement_row *row = &statement_table[statement];
    if (!err_failed(e) && (sqlite3_column_count(s) != (int)strlen(row->out) || (row->kind == READ) != (sqlite3_stmt_readonly(s) != 0)))
        e = FAIL(SCHEMA);
    if (err_failed(e)) {
        buf_put_text(message_out, "statement does not fit the database: ");
        buf_put_text(message_out, row->name);
        buf_put_text(message_out, ": ");
        buf_put_text(message_out, sqlite3_errmsg(c->handle));
    }
    return e;
}

static struct err explain(struct db_conn *conn, enum statement statement, struct buf *plan_out)
{
    struct buf sql = BUF_WITH_MAX(8192);
    buf_put_text(&sql, "EXPLAIN QUERY PLAN ");
    struct err e = engine_translate(&engine_sqlite, statement_table[statement].sql, &sql);
    sqlite3_stmt *s = NULL;
    if (!err_failed(e)) e = error_of(sqlite3_prepare_v2(of(conn)->handle, (const char *)sql.p, -1, &s, NULL));
    while (!err_failed(e) && sqlite3_step(s) == SQLITE_ROW) {
        buf_put_text(plan_out, (const char *)sqlite3_column_text(s, 3));
        buf_put_byte(plan_out, '\n');
    }
    sqlite3_finalize(s);
    buf_free(&sql);
    return e;
}

static const char *const words[][2] = {
    {"ID", "BLOB"}, {"BY_KEY", "WITHOUT ROWID"}, {"BYTES", "BLOB"}, {"NUMBER", "INTEGER"}, {"TEXT", "TEXT"}, {"SERIAL", "INTEGER PRIMARY KEY"},
    {"NUMBER_KEY", "INTEGER PRIMARY KEY"}, {"ZERO_HASH", "zeroblob(32)"}, {"SKIP_LOCKED", ""},
    {"APPEND_ONLY",
     "CREATE TRIGGER @_no_update BEFORE UPDATE ON @ BEGIN SELECT RAISE(ABORT, '@ is append-only'); END;"
     "CREATE TRIGGER @_no_delete BEFORE DELETE ON @ BEGIN SELECT RAISE(ABORT, '@ is append-only'); END;"},
    {NULL, NULL},
};

const struct engine engine_sqlite = {
    connect_to, disconnect, run, script, word, reads, migration_lock, schema_version, check, explain, words,
};
