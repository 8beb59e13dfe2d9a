#include "db/db.h"

#include "db/engine.h"

#include <stdio.h>
#include <stdlib.h>

enum { PARAMETERS_MAX = 20 };

static struct err put_word(const struct engine *engine, struct span name, struct buf *out)
{
    static const char append_only[] = "APPEND_ONLY ";
    struct span table = SPAN_NONE;
    if (span_starts(name, SPAN_LITERAL("APPEND_ONLY "))) {
        table = span_sub(name, sizeof append_only - 1, name.n);
        name = SPAN_LITERAL("APPEND_ONLY");
    }
    for (size_t i = 0; engine->words[i][0] != NULL; i++) {
        if (!span_is(name, engine->words[i][0])) continue;
        for (const char *c = engine->words[i][1]; *c != '\0'; c++) {
            if (*c == '@') buf_put_span(out, table);
            else buf_put_byte(out, (uint8_t)*c);
        }
        return OK;
    }
    return FAIL(SCHEMA);
}

struct err engine_translate(const struct engine *engine, const char *sql, struct buf *out)
{
    for (const char *c = sql; *c != '\0'; c++) {
        if (*c != '{') {
            buf_put_byte(out, (uint8_t)*c);
            continue;
        }
        const char *end = strchr(c, '}');
        if (end == NULL) return FAIL(SCHEMA);
        TRY(put_word(engine, span_of(c + 1, (size_t)(end - c - 1)), out));
        c = end;
    }
    buf_put_byte(out, 0);
    return buf_check(out);
}

static struct err apply(struct db_conn *conn, const struct migration *migration, struct buf *message_out)
{
    struct buf sql = BUF_WITH_MAX(1 << 20);
    struct err e = engine_translate(conn->db->engine, migration->sql, &sql);
    if (!err_failed(e)) e = db_begin(conn);
    if (!err_failed(e)) {
        e = conn->db->engine->script(conn, (const char *)sql.p);
        char mark[96];
        int n = snprintf(mark, sizeof mark, "INSERT INTO schema_version(number) VALUES(%lld)", (long long)migration->number);
        if (!err_failed(e) && n > 0) e = conn->db->engine->script(conn, mark);
        if (!err_failed(e)) e = db_commit(conn);
        else db_rollback(conn);
    }
    buf_free(&sql);
    if (err_failed(e)) {
        buf_put_text(message_out, "the database could not be brought up to date: migration ");
        buf_put_text(message_out, migration->name);
    }
    return e;
}

static struct err migrate(struct db_conn *conn, struct buf *message_out)
{
    int64_t version = 0;
    TRY(conn->db->engine->schema_version(conn, &version));
    for (const struct migration *m = migrations; m->number != 0; m++)
        if (m->number > version) TRY(apply(conn, m, message_out));
    return OK;
}

static struct err prepare(struct db *db, struct buf *message_out)
{
    struct db_conn *conn;
    TRY(db->engine->connect(db, DB_WRITER, &conn));
    struct err e = db->engine->migration_lock(conn, true);
    if (!err_failed(e)) {
        e = migrate(conn, message_out);
        struct err unlocked = db->engine->migration_lock(conn, false);
        if (!err_failed(e)) e = unlocked;
    }
    for (unsigned s = 0; s < SQL_COUNT && !err_failed(e); s++)
        e = db->engine->check(conn, (enum statement)s, message_out);
    db->engine->disconnect(conn);
    return e;
}

struct err db_open(const char *url, const char *folder, struct db **db_out, struct buf *message_out)
{
    struct db *db = calloc(1, sizeof *db);
    if (db == NULL) return FAIL(OUT_OF_MEMORY);
    db->shared = url[0] != '\0';
    db->engine = db->shared ? &engine_postgres : &engine_sqlite;
    db->url = strdup(url);
    db->folder = strdup(folder);
    struct err e = db->url == NULL || db->folder == NULL ? FAIL(OUT_OF_MEMORY) : prepare(db, message_out);
    if (err_failed(e)) db_close(db);
    else *db_out = db;
    return e;
}

void db_close(struct db *db)
{
    if (db == NULL) return;
    if (db->url != NULL) explicit_bzero(db->url, strlen(db->url)); /* may hold a password */
    free(db->url);
    free(db->folder);
    free(db);
}

bool db_is_shared(const struct db *db) { return db->shared; }
const char *db_engine(const struct db *db) { return db->version; }

struct err db_connect(struct db *db, enum db_mode mode, struct db_conn **conn_out)
{
    return db->engine->connect(db, mode, conn_out);
}
void db_disconnect(struct db_conn *conn)
{
    if (conn != NULL) conn->db->engine->disconnect(conn);
}
void db_set_wait(struct db_conn *conn, bool (*wait)(void *arg, int fd, bool want_write), void *arg)
{
    conn->wait = wait;
    conn->wait_arg = arg;
}

static bool fits(char letter, const struct value *value)
{
    if (value->type == VALUE_NULL) return letter >= 'A' && letter <= 'Z';
    switch (letter | 0x20) {
    case 'i': return value->type == VALUE_ID && value->bytes.n == ID_BYTES;
    case 'n': return value->type == VALUE_NUMBER;
    case 't': return value->type == VALUE_TEXT;
    case 'b': return value->type == VALUE_BYTES;
    default: return false;
    }
}

struct err db_query(struct db_conn *conn, enum statement statement, const struct db_actor *actor, const struct value *values,
                    size_t count, struct arena *arena, struct rows *rows_out)
{
    const struct statement_row *row = &statement_table[statement];
    struct value bound[PARAMETERS_MAX];
    size_t n = 0;
    if ((row->scope == SCOPE_SYSTEM) != (actor == NULL)) return FAIL(INTERNAL);
    if (row->scope == SCOPE_OWN) bound[n++] = value_id(&actor->user);
    if (row->scope == SCOPE_CLINIC) bound[n++] = value_id(&actor->clinic);
    if (n + count != strlen(row->in) || n + count > PARAMETERS_MAX) return FAIL(INTERNAL);
    for (size_t i = 0; i < count; i++) bound[n + i] = values[i];
    for (size_t i = 0; i < n + count; i++)
        if (!fits(row->in[i], &bound[i])) return FAIL(INTERNAL);
    return conn->db->engine->run(conn, statement, bound, n + count, arena, rows_out);
}

struct err db_exec(struct db_conn *conn, enum statement statement, const struct db_actor *actor, const struct value *values,
                   size_t count)
{
    return db_query(conn, statement, actor, values, count, NULL, NULL);
}

void db_reads_begin(struct db_conn *conn) { conn->db->engine->reads(conn, true); }
void db_reads_end(struct db_conn *conn) { conn->db->engine->reads(conn, false); }

struct err db_begin(struct db_conn *conn) { return conn->db->engine->word(conn, WORD_BEGIN); }
struct err db_commit(struct db_conn *conn) { return conn->db->engine->word(conn, WORD_COMMIT); }
void db_rollback(struct db_conn *conn) { IGNORE(conn->db->engine->word(conn, WORD_ROLLBACK)); }
struct err db_savepoint(struct db_conn *conn) { return conn->db->engine->word(conn, WORD_SAVEPOINT); }
struct err db_release(struct db_conn *conn) { return conn->db->engine->word(conn, WORD_RELEASE); }
struct err db_rollback_to(struct db_conn *conn) { return conn->db->engine->word(conn, WORD_ROLLBACK_TO); }

struct err db_explain(struct db_conn *conn, enum statement statement, struct buf *plan_out)
{
    return conn->db->engine->explain(conn, statement, plan_out);
}
