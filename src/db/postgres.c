/* PostgreSQL 15+ through libpq: prepared statements, binary parameters and results, never a blocking call without a
   time limit. The persons' wrapped keys live in the schema `vault`. */
#include "db/engine.h"

#include "base/clock.h"
#include "base/num.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { OID_INT8 = 20, OID_TEXT = 25, OID_BYTEA = 17, OID_UUID = 2950, PARAMETERS_MAX = 20, STATEMENT_MS = 5000, SILENCE_MS = STATEMENT_MS + 2000 };

struct postgres_conn {
    struct db_conn base;
    PGconn *handle;
    bool given_up;       /* the server was silent for too long: what it may still say is not waited for */
    bool patient;        /* migrations take as long as they take */
    bool in_transaction; /* then a lost connection must not come back unnoticed: half of the work would be gone */
    bool prepared[SQL_COUNT];
};

static struct postgres_conn *of(struct db_conn *conn) { return (struct postgres_conn *)conn; }

static struct err error_of(PGconn *handle, PGresult *result)
{
    if (result == NULL || PQstatus(handle) != CONNECTION_OK) return FAIL(DATABASE);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state == NULL) return FAIL(DATABASE);
    if (strcmp(state, "23505") == 0) return FAIL(UNIQUE);
    if (strncmp(state, "53", 2) == 0 || strncmp(state, "58", 2) == 0) return FAIL(STORAGE); /* disk_full, io_error */
    return FAIL(DATABASE);
}

static bool alive(const struct postgres_conn *c) { return !c->given_up && PQstatus(c->handle) == CONNECTION_OK; }

/* False when nothing came for so long that the server would have ended the statement itself: it or the way to it is gone. */
static bool wait_for(struct postgres_conn *c, bool want_write)
{
    int fd = PQsocket(c->handle);
    bool came;
    if (fd < 0) {
        came = false;
    } else if (c->base.wait != NULL) {
        came = c->base.wait(c->base.wait_arg, fd, want_write);
    } else {
        struct pollfd p = {.fd = fd, .events = (short)(POLLIN | (want_write ? POLLOUT : 0))};
        int n;
        do
            n = poll(&p, 1, c->patient ? -1 : SILENCE_MS);
        while (n < 0 && errno == EINTR);
        came = n > 0;
    }
    if (!came) c->given_up = true;
    return came;
}

/* The last result of what was sent; the caller clears it. NULL: the connection is gone. */
static PGresult *finish(struct postgres_conn *c)
{
    int flushed;
    while ((flushed = PQflush(c->handle)) == 1) {
        if (!wait_for(c, true) || PQconsumeInput(c->handle) == 0) return NULL;
    }
    if (flushed < 0) return NULL;
    PGresult *last = NULL;
    for (;;) {
        while (PQisBusy(c->handle)) {
            if (!wait_for(c, false) || PQconsumeInput(c->handle) == 0) {
                PQclear(last);
                return NULL;
            }
        }
        PGresult *next = PQgetResult(c->handle);
        if (next == NULL) return last;
        PQclear(last);
        last = next;
    }
}

static bool good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result); /* of NULL: an error */
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static struct err command(struct postgres_conn *c, const char *sql)
{
    if (PQsendQuery(c->handle, sql) == 0) return FAIL(DATABASE);
    PGresult *result = finish(c);
    struct err e = good(result) ? OK : error_of(c->handle, result);
    PQclear(result);
    return e;
}

static struct err script(struct db_conn *conn, const char *sql) { return command(of(conn), sql); }

static void disconnect(struct db_conn *conn)
{
    PQfinish(of(conn)->handle);
    free(conn);
}

/* Each statement is planned once a connection, for parameters not yet known: every one is written for its index, and planning
   a list of fifty anew took the server as long as reading it. No walk over a table that happened to be small when the plan was
   made: it would be kept while the table grows. */
static struct err set_up(struct postgres_conn *c)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SET client_min_messages = warning; SET statement_timeout = %d; SET lock_timeout = %d; SET idle_in_transaction_session_timeout = 30000; "
             "SET jit = off; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off",
             STATEMENT_MS, STATEMENT_MS);
    return command(c, sql);
}

static struct err connect_to(struct db *db, enum db_mode mode, struct db_conn **conn_out)
{
    (void)mode;
    struct postgres_conn *c = calloc(1, sizeof *c);
    if (c == NULL) return FAIL(OUT_OF_MEMORY);
    c->base.db = db;
    const char *const names[] = {"dbname", "application_name", "connect_timeout", "client_encoding", NULL};
    const char *const values[] = {db->url, "medscribe", "5", "UTF8", NULL};
    c->handle = PQconnectdbParams(names, values, 1);
    struct err e = c->handle != NULL && PQstatus(c->handle) == CONNECTION_OK && PQsetnonblocking(c->handle, 1) == 0 ? set_up(c) : FAIL(DATABASE);
    if (err_failed(e)) {
        disconnect(&c->base);
        return e;
    }
    int version = PQserverVersion(c->handle);
    snprintf(db->version, sizeof db->version, "postgresql %d.%d", version / 10000, version % 10000);
    *conn_out = &c->base;
    return OK;
}

/* Connects again without blocking the thread where the caller has a way to wait. */
static bool reset(struct postgres_conn *c)
{
    int64_t deadline = clock_monotonic_us() + (int64_t)STATEMENT_MS * 1000;
    memset(c->prepared, 0, sizeof c->prepared);
    c->given_up = false;
    if (PQresetStart(c->handle) == 0) return false;
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED || clock_monotonic_us() > deadline) break;
        if (!wait_for(c, next == PGRES_POLLING_WRITING)) break;
        next = PQresetPoll(c->handle);
    }
    if (next != PGRES_POLLING_OK) c->given_up = true;
    return !c->given_up && PQsetnonblocking(c->handle, 1) == 0;
}

/* A connection that broke is opened anew for the next statement outside a transaction. */
static struct err revive(struct postgres_conn *c)
{
    if (alive(c)) return OK;
    if (c->in_transaction || !reset(c)) return FAIL(DATABASE);
    return set_up(c);
}

static Oid oid_of(char letter)
{
    switch (letter | 0x20) {
    case 'i': return OID_UUID;
    case 'n': return OID_INT8;
    case 't': return OID_TEXT;
    default: return OID_BYTEA;
    }
}

static struct err prepare(struct postgres_conn *c, enum statement statement)
{
    if (c->prepared[statement]) return OK;
    const struct statement_row *row = &statement_table[statement];
    Oid types[PARAMETERS_MAX];
    int count = (int)strlen(row->in);
    for (int i = 0; i < count; i++) types[i] = oid_of(row->in[i]);
    struct buf sql = BUF_WITH_MAX(8192);
    struct err e = engine_translate(&engine_postgres, row->sql, &sql);
    if (!err_failed(e) && PQsendPrepare(c->handle, row->name, (const char *)sql.p, count, types) == 0) e = FAIL(DATABASE);
    if (!err_failed(e)) {
        PGresult *result = finish(c);
        if (!good(result)) e = error_of(c->handle, result);
        PQclear(result);
    }
    buf_free(&sql);
    c->prepared[statement] = !err_failed(e);
    return e;
}

struct bound {
    const char *value[PARAMETERS_MAX];
    int length[PARAMETERS_MAX], format[PARAMETERS_MAX];
    uint64_t number[PARAMETERS_MAX];
};

static struct err bind(struct bound *b, const struct value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct value *v = &values[i];
        b->format[i] = 1;
        b->value[i] = NULL;
        b->length[i] = 0;
        if (v->type == VALUE_NULL) continue;
        if (v->type == VALUE_NUMBER) {
            b->number[i] = __builtin_bswap64((uint64_t)v->number);
            b->value[i] = (const char *)&b->number[i];
            b->length[i] = 8;
            continue;
        }
        if (v->bytes.n > INT32_MAX) return FAIL(TOO_LARGE);
        b->value[i] = v->bytes.n == 0 ? "" : (const char *)v->bytes.p;
        b->length[i] = (int)v->bytes.n;
    }
    return OK;
}

static int64_t number_of(struct span bytes)
{
    uint64_t value = bytes.n > 0 && (bytes.p[0] & 0x80) != 0 ? UINT64_MAX : 0; /* sign */
    for (size_t i = 0; i < bytes.n && i < 8; i++) value = value << 8 | bytes.p[i];
    return (int64_t)value;
}

static struct err take(PGresult *result, const char *types, struct arena *arena, struct rows *rows_out)
{
    struct rows rows = {.count = (size_t)PQntuples(result), .columns = (unsigned)PQnfields(result)};
    if (rows.columns != strlen(types)) return FAIL(SCHEMA);
    rows.values = arena_array(arena, rows.count * rows.columns + 1, sizeof *rows.values);
    if (rows.values == NULL) return FAIL(OUT_OF_MEMORY);
    for (size_t r = 0; r < rows.count; r++) {
        for (unsigned column = 0; column < rows.columns; column++) {
            struct value *out = &rows.values[r * rows.columns + column];
            *out = value_null();
            if (PQgetisnull(result, (int)r, (int)column)) continue;
            struct span bytes = span_of(PQgetvalue(result, (int)r, (int)column), (size_t)PQgetlength(result, (int)r, (int)column));
            char letter = (char)(types[column] | 0x20);
            if (letter == 'n') *out = value_number(number_of(bytes));
            else *out = (struct value){.type = letter == 'i' ? VALUE_ID : letter == 't' ? VALUE_TEXT : VALUE_BYTES, .bytes = arena_copy(arena, bytes)};
        }
    }
    if (arena->failed) return FAIL(OUT_OF_MEMORY);
    *rows_out = rows;
    return OK;
}

static struct err run_once(struct postgres_conn *c, enum statement statement, const struct bound *b, size_t count,
                           struct arena *arena, struct rows *rows_out)
{
    TRY(revive(c));
    TRY(prepare(c, statement));
    if (PQsendQueryPrepared(c->handle, statement_table[statement].name, (int)count, b->value, b->length, b->format, 1) == 0)
        return FAIL(DATABASE);
    PGresult *result = finish(c);
    struct err e = good(result) ? OK : error_of(c->handle, result);
    if (!err_failed(e) && rows_out != NULL) e = take(result, statement_table[statement].out, arena, rows_out);
    PQclear(result);
    return e;
}

/* A read that found its connection dead is asked again on a new one: the server was restarted since the last statement. */
static struct err run(struct db_conn *conn, enum statement statement, const struct value *values, size_t count,
                      struct arena *arena, struct rows *rows_out)
{
    struct postgres_conn *c = of(conn);
    struct bound b;
    TRY(bind(&b, values, count));
    struct err e = run_once(c, statement, &b, count, arena, rows_out);
    bool again = e.code == ERR_DATABASE && !alive(c) && !c->given_up && !c->in_transaction && statement_table[statement].kind == READ;
    return again ? run_once(c, statement, &b, count, arena, rows_out) : e;
}

static struct err begin(struct postgres_conn *c)
{
    TRY(revive(c));
    struct err e = command(c, "BEGIN");
    if (err_failed(e) && !alive(c) && !c->given_up) { /* nothing was done yet: the same on a new connection */
        TRY(revive(c));
        e = command(c, "BEGIN");
    }
    c->in_transaction = !err_failed(e);
    return e;
}

static struct err commit(struct postgres_conn *c)
{
    c->in_transaction = false;
    if (!alive(c)) return FAIL(DATABASE); /* never sent: the server has rolled back */
    if (PQtransactionStatus(c->handle) != PQTRANS_INTRANS) {
        IGNORE(command(c, "ROLLBACK"));
        return FAIL(DATABASE); /* a COMMIT here would say "ROLLBACK" and mean nothing was kept */
    }
    if (PQsendQuery(c->handle, "COMMIT") == 0) return FAIL(DATABASE);
    PGresult *result = finish(c);
    bool done = good(result);
    bool told = result != NULL && PQresultErrorField(result, PG_DIAG_SQLSTATE) != NULL && alive(c);
    PQclear(result);
    if (done) return OK;
    return told ? FAIL(DATABASE) : FAIL(WRITE_UNCERTAIN);
}

static struct err word(struct db_conn *conn, enum transaction_word which)
{
    static const char *const text[WORD_COUNT] = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE SAVEPOINT s", "ROLLBACK TO SAVEPOINT s"};
    struct postgres_conn *c = of(conn);
    if (which == WORD_BEGIN) return begin(c);
    if (which == WORD_COMMIT) return commit(c);
    if (which == WORD_ROLLBACK) c->in_transaction = false;
    return alive(c) ? command(c, text[which]) : FAIL(DATABASE);
}

static void reads(struct db_conn *conn, bool begin)
{
    (void)conn; /* each statement is its own snapshot: connections are shared by fibers */
    (void)begin;
}

static struct err migration_lock(struct db_conn *conn, bool take_it)
{
    struct postgres_conn *c = of(conn);
    c->patient = take_it;
    if (!take_it) return command(c, "SELECT pg_advisory_unlock(5277338); RESET statement_timeout");
    return command(c, "SET statement_timeout = 0; SELECT pg_advisory_lock(5277338); CREATE SCHEMA IF NOT EXISTS vault;"
                      "CREATE TABLE IF NOT EXISTS schema_version(number bigint PRIMARY KEY)");
}

static struct err schema_version(struct db_conn *conn, int64_t *version_out)
{
    struct postgres_conn *c = of(conn);
    if (PQsendQuery(c->handle, "SELECT COALESCE(MAX(number), 0) FROM schema_version") == 0) return FAIL(DATABASE);
    PGresult *result = finish(c);
    struct err e = good(result) ? OK : error_of(c->handle, result);
    if (!err_failed(e) && !num_i64(span_text(PQgetvalue(result, 0, 0)), 0, INT64_MAX, version_out)) e = FAIL(SCHEMA);
    PQclear(result);
    return e;
}

static struct err check(struct db_conn *conn, enum statement statement, struct buf *message_out)
{
    struct postgres_conn *c = of(conn);
    const struct statement_row *row = &statement_table[statement];
    struct err e = prepare(c, statement);
    if (!err_failed(e) && PQsendDescribePrepared(c->handle, row->name) == 0) e = FAIL(DATABASE);
    if (!err_failed(e)) {
        PGresult *result = finish(c);
        if (!good(result) || PQnfields(result) != (int)strlen(row->out)) e = FAIL(SCHEMA);
        PQclear(result);
    }
    if (err_failed(e)) {
        buf_put_text(message_out, "statement does not fit the database: ");
        buf_put_text(message_out, row->name);
        buf_put_text(message_out, ": ");
        buf_put_text(message_out, PQerrorMessage(c->handle));
    }
    return e;
}

/* The plan as it is used: see set_up(). */
static struct err explain(struct db_conn *conn, enum statement statement, struct buf *plan_out)
{
    struct postgres_conn *c = of(conn);
    const struct statement_row *row = &statement_table[statement];
    TRY(prepare(c, statement));
    struct buf sql = BUF_WITH_MAX(1024);
    buf_put_text(&sql, "EXPLAIN EXECUTE ");
    buf_put_text(&sql, row->name);
    for (size_t i = 0; row->in[i] != '\0'; i++) buf_put_text(&sql, i == 0 ? "(NULL" : ",NULL");
    buf_put_text(&sql, row->in[0] == '\0' ? "" : ")");
    buf_put_byte(&sql, 0);
    struct err e = PQsendQuery(c->handle, (const char *)sql.p) == 0 ? FAIL(DATABASE) : OK;
    if (!err_failed(e)) {
        PGresult *result = finish(c);
        if (!good(result)) e = error_of(c->handle, result);
        for (int i = 0; !err_failed(e) && i < PQntuples(result); i++) {
            buf_put_text(plan_out, PQgetvalue(result, i, 0));
            buf_put_byte(plan_out, '\n');
        }
        PQclear(result);
    }
    buf_free(&sql);
    return e;
}

static const char *const words[][2] = {
    {"ID", "uuid"}, {"BY_KEY", ""}, {"BYTES", "bytea"}, {"NUMBER", "bigint"}, {"TEXT", "text"},
    {"SERIAL", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"}, {"NUMBER_KEY", "bigint PRIMARY KEY"},
    {"ZERO_HASH", "decode(repeat('00', 32), 'hex')"}, {"SKIP_LOCKED", "FOR UPDATE SKIP LOCKED"},
    {"APPEND_ONLY",
     "CREATE FUNCTION @_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '@ is append-only'; END $$;"
     "CREATE TRIGGER @_no_change BEFORE UPDATE OR DELETE ON @ FOR EACH ROW EXECUTE FUNCTION @_append_only();"
     "CREATE TRIGGER @_no_truncate BEFORE TRUNCATE ON @ FOR EACH STATEMENT EXECUTE FUNCTION @_append_only();"},
    {NULL, NULL},
};

const struct engine engine_postgres = {
    connect_to, disconnect, run, script, word, reads, migration_lock, schema_version, check, explain, words,
};
