/* Both engines: what the statement table promises, what they refuse, how they behave when their files or server go away. */
#include "test_db_area.h"

#include "base/clock.h"

#include <sqlite3.h>

static struct area area;
static struct engine_under_test engines[2];

static struct id id_of(uint8_t n) { return (struct id){{n, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, n}}; }

static struct err put_clinic(struct db_conn *conn, struct id id, const char *name)
{
    const struct value values[] = {value_id(&id), value_text(span_text(name)), value_number(1)};
    return db_exec(conn, SQL_clinic_insert, NULL, values, 3);
}

static struct err put_submission(struct db_conn *conn, struct id id, struct id clinic, struct id user)
{
    const struct value none = value_null(), n = value_number(0);
    const struct value values[] = {value_id(&id), value_id(&clinic), value_id(&user), value_id(&user), n, n, none, none, none, none, none, value_number(5), n, none};
    return db_exec(conn, SQL_submission_insert, NULL, values, 14);
}

static size_t count_rows(struct db_conn *conn, enum statement statement, const struct db_actor *actor, const struct value *values, size_t n)
{
    struct arena arena;
    struct rows rows;
    arena_init(&arena, 1 << 20);
    assert_false(err_failed(db_query(conn, statement, actor, values, n, &arena, &rows)));
    size_t count = rows.count;
    arena_free(&arena);
    return count;
}

/* --- parameters */

static void wrong_parameters_are_refused(void **state)
{
    const struct engine_under_test *e = *state;
    const struct id id = id_of(1);
    struct value good[] = {value_id(&id), value_text(SPAN_LITERAL("x")), value_number(1)};
    for (size_t i = 0; i < 3; i++) {
        const struct value wrong[] = {value_null(), value_number(1), value_text(SPAN_LITERAL("x")), value_bytes(SPAN_LITERAL("x")), value_id(&id)};
        for (size_t w = 0; w < 5; w++) {
            if (wrong[w].type == good[i].type) continue;
            struct value values[3];
            memcpy(values, good, sizeof values);
            values[i] = wrong[w];
            assert_int_equal(db_exec(e->conn, SQL_clinic_insert, NULL, values, 3).code, ERR_INTERNAL);
        }
    }
    struct value short_id = value_id(&id);
    short_id.bytes.n = 15;
    good[0] = short_id;
    assert_int_equal(db_exec(e->conn, SQL_clinic_insert, NULL, good, 3).code, ERR_INTERNAL);
    good[0] = value_id(&id);
    assert_int_equal(db_exec(e->conn, SQL_clinic_insert, NULL, good, 2).code, ERR_INTERNAL);
    assert_int_equal(db_exec(e->conn, SQL_clinic_insert, NULL, good, 4).code, ERR_INTERNAL);
}

/* Own-data and clinic statements do not run without an actor, nor system statements with one. */
static void scope_needs_its_actor(void **state)
{
    const struct engine_under_test *e = *state;
    const struct db_actor actor = {.user = id_of(1), .clinic = id_of(2)};
    struct value values[20];
    const struct id id = id_of(3);
    for (unsigned s = 0; s < SQL_COUNT; s++) {
        const struct statement_row *row = &statement_table[s];
        size_t first = row->scope == SCOPE_SYSTEM ? 0 : 1, n = strlen(row->in) - first;
        assert_true(strlen(row->in) <= 20);
        if (first == 1) assert_int_equal(row->in[0], 'i');
        for (size_t i = 0; i < n; i++) {
            char letter = (char)(row->in[first + i] | 0x20);
            values[i] = letter == 'i' ? value_id(&id) : letter == 'n' ? value_number(0) : letter == 't' ? value_text(SPAN_LITERAL("")) : value_bytes(SPAN_LITERAL("x"));
        }
        struct err got = db_exec(e->conn, (enum statement)s, row->scope == SCOPE_SYSTEM ? &actor : NULL, values, n);
        if (got.code != ERR_INTERNAL) fail_msg("%s ran with the wrong actor", row->name);
    }
}

static void scope_hides_what_belongs_to_others(void **state)
{
    const struct engine_under_test *e = *state;
    const struct id one = id_random(), clinic = id_of(50), user = id_of(60);
    const struct db_actor owner = {.user = user, .clinic = clinic}, stranger = {.user = id_of(61), .clinic = clinic};
    struct id last;
    memset(last.b, 0xff, ID_BYTES);
    const struct value page[] = {value_number(INT64_MAX), value_id(&last), value_number(10)};
    assert_false(err_failed(put_submission(e->conn, one, clinic, user)));
    assert_int_equal(count_rows(e->conn, SQL_submissions_own, &owner, page, 3), 1);
    assert_int_equal(count_rows(e->conn, SQL_submissions_own, &stranger, page, 3), 0);
}

/* --- values */

static void values_come_back_as_they_went(void **state)
{
    const struct engine_under_test *e = *state;
    const struct id subject = id_random(), clinic = id_random(), user = id_random();
    uint8_t all[256];
    for (unsigned i = 0; i < 256; i++) all[i] = (uint8_t)i;
    const int64_t numbers[] = {0, 1, -1, INT32_MAX, (int64_t)INT32_MAX + 1, INT64_MAX, INT64_MIN};
    const struct value none = value_null();
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const struct id id = id_random();
        const struct value values[] = {value_id(&id), value_id(&clinic), value_id(&user), value_id(&subject), value_number(1), value_number(2), none,
                                       value_bytes(span_of(all, sizeof all)), none, none, value_text(SPAN_LITERAL("h\xc3\xa9 '; DROP TABLE users; --")),
                                       value_number(5), value_number(numbers[i]), value_number(numbers[i])};
        assert_false(err_failed(db_exec(e->conn, SQL_submission_insert, NULL, values, 14)));
        struct arena arena;
        struct rows rows;
        struct id last;
        memset(last.b, 0xff, ID_BYTES);
        arena_init(&arena, 1 << 20);
        const struct db_actor actor = {.user = user, .clinic = clinic};
        const struct value page[] = {value_number(INT64_MAX), value_id(&last), value_number(100)};
        assert_false(err_failed(db_query(e->conn, SQL_submissions_own, &actor, page, 3, &arena, &rows)));
        bool found = false;
        for (size_t r = 0; r < rows.count; r++) {
            if (!id_equal(rows_id(&rows, r, 0), id)) continue;
            found = true;
            assert_true(span_equal(rows_bytes(&rows, r, 4), span_of(all, sizeof all)));
            assert_true(rows_is_null(&rows, r, 5));
            assert_true(span_is(rows_bytes(&rows, r, 7), "h\xc3\xa9 '; DROP TABLE users; --"));
            assert_true(rows_number(&rows, r, 9) == numbers[i]);
        }
        assert_true(found);
        arena_free(&arena);
    }
}

static void an_answer_larger_than_the_arena_is_an_error(void **state)
{
    const struct engine_under_test *e = *state;
    struct arena arena;
    struct rows rows;
    struct id last;
    memset(last.b, 0xff, ID_BYTES);
    const struct db_actor actor = {.user = id_random(), .clinic = id_random()};
    for (int i = 0; i < 50; i++) assert_false(err_failed(put_submission(e->conn, id_random(), actor.clinic, actor.user)));
    const struct value page[] = {value_number(INT64_MAX), value_id(&last), value_number(100)};
    arena_init(&arena, 4096);
    assert_int_equal(db_query(e->conn, SQL_submissions_own, &actor, page, 3, &arena, &rows).code, ERR_OUT_OF_MEMORY);
    arena_free(&arena);
    assert_int_equal(count_rows(e->conn, SQL_submissions_own, &actor, page, 3), 50); /* and the connection goes on */
}

static void unique_errors(void **state)
{
    const struct engine_under_test *e = *state;
    const struct id id = id_random();
    assert_false(err_failed(put_clinic(e->conn, id, "one")));
    assert_int_equal(put_clinic(e->conn, id, "two").code, ERR_UNIQUE);
    assert_false(err_failed(put_clinic(e->conn, id_random(), "three")));
}

/* --- transactions */

static void savepoints(void **state)
{
    const struct engine_under_test *e = *state;
    const struct id kept = id_random(), undone = id_random(), after = id_random();
    assert_false(err_failed(db_begin(e->conn)));
    assert_false(err_failed(put_clinic(e->conn, kept, "kept")));
    assert_false(err_failed(db_savepoint(e->conn)));
    assert_false(err_failed(put_clinic(e->conn, undone, "undone")));
    assert_int_equal(put_clinic(e->conn, undone, "twice").code, ERR_UNIQUE);
    assert_false(err_failed(db_rollback_to(e->conn)));
    assert_false(err_failed(db_release(e->conn)));
    assert_false(err_failed(put_clinic(e->conn, after, "after")));
    assert_false(err_failed(db_commit(e->conn)));
    assert_int_equal(put_clinic(e->conn, kept, "").code, ERR_UNIQUE);
    assert_int_equal(put_clinic(e->conn, after, "").code, ERR_UNIQUE);
    assert_false(err_failed(put_clinic(e->conn, undone, "now")));
    /* nothing to go back to: told, not ignored */
    assert_true(err_failed(db_rollback_to(e->conn)));
    assert_false(err_failed(db_begin(e->conn)));
    assert_false(err_failed(put_clinic(e->conn, id_random(), "x")));
    db_rollback(e->conn);
}

static void the_audit_log_is_append_only(void **state)
{
    const struct engine_under_test *e = *state;
    const struct id clinic = id_random();
    const struct value none = value_null();
    static int64_t seq;
    seq++;
    const struct value row[] = {value_number(seq), value_number(2), value_id(&clinic), none, value_number(1), value_number(1), none, none, value_number(1),
                                value_id(&clinic), none, none, value_bytes(SPAN_LITERAL("hash"))};
    const struct value checkpoint[] = {value_number(seq), value_bytes(SPAN_LITERAL("h")), value_number(1), value_bytes(SPAN_LITERAL("s"))};
    assert_false(err_failed(db_exec(e->conn, SQL_audit_insert, NULL, row, 13)));
    assert_false(err_failed(db_exec(e->conn, SQL_checkpoint_insert, NULL, checkpoint, 4)));
    static const char *const acts[] = {"UPDATE audit_log SET success = 0", "DELETE FROM audit_log", "UPDATE audit_checkpoints SET at_us = 0", "DELETE FROM audit_checkpoints"};
    for (size_t i = 0; i < 4; i++) {
        char command[512];
        if (e->url[0] != '\0') snprintf(command, sizeof command, "%s/psql -q -h %s -U clinic -d postgres -v ON_ERROR_STOP=1 -c '%s' 2> %s/said", postgres_programs(), e->folder, acts[i], e->folder);
        else snprintf(command, sizeof command, "sqlite3 %s/medscribe.db '%s' 2> %s/said", e->folder, acts[i], e->folder);
        assert_int_not_equal(system(command), 0); // NOLINT: fixed commands of the test
        snprintf(command, sizeof command, "grep -q 'is append-only' %s/said", e->folder);
        run_or_fail(command);
    }
    if (e->url[0] == '\0') return;
    char command[512];
    snprintf(command, sizeof command, "! %s/psql -q -h %s -U clinic -d postgres -v ON_ERROR_STOP=1 -c 'TRUNCATE audit_log' 2> /dev/null", postgres_programs(), e->folder);
    run_or_fail(command);
}

static void migrations_run_twice_are_quiet(void **state)
{
    const struct engine_under_test *e = *state;
    const struct id id = id_random();
    assert_false(err_failed(put_clinic(e->conn, id, "there")));
    for (int i = 0; i < 2; i++) {
        struct db *db;
        struct buf message = BUF_WITH_MAX(4096);
        assert_false(err_failed(db_open(e->url, e->folder, &db, &message)));
        assert_int_equal(message.n, 0);
        db_close(db);
        buf_free(&message);
    }
    assert_int_equal(put_clinic(e->conn, id, "").code, ERR_UNIQUE);
}

/* --- SQLite alone */

static void sqlite_is_hardened(void **state)
{
    (void)state;
    struct engine_under_test *e = &engines[0];
    /* every connection begins with the same struct; the handle follows it (sqlite.c) */
    struct look {
        struct db *db;
        bool (*wait)(void *arg, int fd, bool want_write);
        void *wait_arg;
        bool a, b;
        sqlite3 *handle;
    };
    struct db_conn *reader;
    assert_false(err_failed(db_connect(e->db, DB_READER, &reader)));
    struct db_conn *const conns[] = {e->conn, reader};
    static const struct {
        const char *pragma;
        int value;
    } settings[] = {{"trusted_schema", 0}, {"cell_size_check", 1}, {"synchronous", 2}, {"foreign_keys", 1}, {"vault.secure_delete", 1}, {"vault.synchronous", 2}};
    for (size_t c = 0; c < 2; c++) {
        sqlite3 *handle = ((struct look *)(void *)conns[c])->handle;
        int defensive = 0, extensions = 1;
        sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, -1, &defensive);
        sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, -1, &extensions);
        assert_int_equal(defensive, 1);
        assert_int_equal(extensions, 0);
        for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
            char sql[64];
            sqlite3_stmt *s;
            const char *dot = strchr(settings[i].pragma, '.');
            snprintf(sql, sizeof sql, "PRAGMA %s%s", dot == NULL && strcmp(settings[i].pragma, "synchronous") == 0 ? "main." : "", settings[i].pragma);
            assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &s, NULL), SQLITE_OK);
            assert_int_equal(sqlite3_step(s), SQLITE_ROW);
            if (sqlite3_column_int(s, 0) != settings[i].value) fail_msg("%s is %d", sql, sqlite3_column_int(s, 0));
            sqlite3_finalize(s);
        }
        assert_int_not_equal(sqlite3_exec(handle, "SELECT load_extension('x')", NULL, NULL, NULL), SQLITE_OK);
        assert_int_not_equal(sqlite3_exec(handle, "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = ''", NULL, NULL, NULL), SQLITE_OK);
    }
    assert_true(err_failed(put_clinic(reader, id_random(), "a reader writes"))); /* query_only */
    db_disconnect(reader);
}

static void overwrite(const char *path, long at, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Damage anywhere is an error, at the opening or later, and never the end of the process. */
static void a_damaged_file_is_an_error(void **state)
{
    (void)state;
    char folder[128], path[160], command[512];
    snprintf(folder, sizeof folder, "%s/damaged", area.folder);
    snprintf(path, sizeof path, "%s/medscribe.db", folder);
    unsigned refused = 0;
    for (unsigned round = 0; round < 60; round++) {
        snprintf(command, sizeof command, "rm -rf %s && mkdir %s", folder, folder);
        run_or_fail(command);
        struct db *db;
        struct db_conn *conn;
        struct buf message = BUF_WITH_MAX(4096);
        assert_false(err_failed(db_open("", folder, &db, &message)));
        assert_false(err_failed(db_connect(db, DB_WRITER, &conn)));
        for (int i = 0; i < 50; i++) assert_false(err_failed(put_submission(conn, id_random(), id_of(1), id_of(2))));
        db_disconnect(conn);
        db_close(db);
        char junk[200];
        for (size_t i = 0; i < sizeof junk; i++) junk[i] = (char)(i * 31 + round * 7);
        if (round == 0) overwrite(path, 0, "this is not a database at all", 29);
        else if (round == 1) overwrite(path, 16, junk, 80);
        else overwrite(path, 4096L * (round % 40) + (round * 61) % 3800, junk, sizeof junk);
        struct err e = db_open("", folder, &db, &message);
        if (round < 2) assert_true(err_failed(e));
        if (err_failed(e)) {
            assert_int_equal(e.code, ERR_DATABASE);
            refused++;
        } else {
            assert_false(err_failed(db_connect(db, DB_WRITER, &conn)));
            IGNORE(put_submission(conn, id_random(), id_of(1), id_of(2)));
            const struct db_actor actor = {.user = id_of(2), .clinic = id_of(1)};
            struct id last;
            memset(last.b, 0xff, ID_BYTES);
            const struct value page[] = {value_number(INT64_MAX), value_id(&last), value_number(100)};
            struct arena arena;
            struct rows rows;
            arena_init(&arena, 1 << 20);
            IGNORE(db_query(conn, SQL_submissions_own, &actor, page, 3, &arena, &rows));
            arena_free(&arena);
            db_disconnect(conn);
            db_close(db);
        }
        buf_free(&message);
    }
    assert_true(refused >= 2);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    struct db *db;
    struct buf message = BUF_WITH_MAX(4096);
    assert_true(err_failed(db_open("", "/nowhere/at/all", &db, &message)));
    assert_true(err_failed(db_open("postgresql://nobody@/none?host=/nowhere", "", &db, &message)));
    assert_true(err_failed(db_open("nonsense", "", &db, &message)));
    buf_free(&message);
}

/* --- PostgreSQL alone: it is killed, stopped, started again */

static void a_restarted_server_is_found_again(void **state)
{
    (void)state;
    struct engine_under_test *e = &engines[1];
    struct id id = id_random();
    assert_false(err_failed(put_clinic(e->conn, id, "before")));
    assert_false(err_failed(db_begin(e->conn)));
    assert_false(err_failed(put_clinic(e->conn, id_random(), "in a transaction")));
    area_kill_postgres(&area, SIGQUIT);
    /* half of a transaction is lost: nothing of the rest may be written, not even when the server is back meanwhile */
    assert_true(err_failed(put_clinic(e->conn, id_random(), "gone")));
    area_start_postgres(&area);
    assert_true(err_failed(put_clinic(e->conn, id_random(), "still gone")));
    assert_true(err_failed(db_commit(e->conn)));
    db_rollback(e->conn);
    assert_int_equal(put_clinic(e->conn, id, "").code, ERR_UNIQUE); /* alive, and what was committed is there */
    /* a read and a transaction after a restart do not notice it */
    area_kill_postgres(&area, SIGQUIT);
    area_start_postgres(&area);
    assert_true(count_rows(e->conn, SQL_clinic_first, NULL, NULL, 0) == 1);
    area_kill_postgres(&area, SIGQUIT);
    area_start_postgres(&area);
    assert_false(err_failed(db_begin(e->conn)));
    assert_false(err_failed(put_clinic(e->conn, id_random(), "after")));
    assert_false(err_failed(db_commit(e->conn)));
    /* without a server: an error at once */
    area_kill_postgres(&area, SIGQUIT);
    int64_t began = clock_monotonic_us();
    assert_int_equal(put_clinic(e->conn, id_random(), "nobody").code, ERR_DATABASE);
    assert_true(err_failed(db_begin(e->conn)));
    assert_true(clock_monotonic_us() - began < SECONDS_US(2));
    area_start_postgres(&area);
}

static unsigned waits;
static bool wait_no_longer(void *arg, int fd, bool want_write)
{
    (void)arg;
    (void)fd;
    (void)want_write;
    return ++waits < 3;
}

/* A server that says nothing: the caller's wait ends it, and the connection is replaced. */
static void a_silent_server_is_given_up(void **state)
{
    (void)state;
    struct engine_under_test *e = &engines[1];
    struct db_conn *conn;
    assert_false(err_failed(db_connect(e->db, DB_READER, &conn)));
    db_set_wait(conn, wait_no_longer, NULL);
    waits = 2;
    struct arena arena;
    struct rows rows;
    arena_init(&arena, 4096);
    assert_int_equal(db_query(conn, SQL_clinic_first, NULL, NULL, 0, &arena, &rows).code, ERR_DATABASE);
    db_set_wait(conn, NULL, NULL);
    assert_false(err_failed(db_query(conn, SQL_clinic_first, NULL, NULL, 0, &arena, &rows)));
    arena_free(&arena);
    db_disconnect(conn);
}

static void a_text_that_postgresql_refuses_is_an_error(void **state)
{
    (void)state;
    struct engine_under_test *e = &engines[1];
    const struct id id = id_random();
    const struct value values[] = {value_id(&id), value_text(span_of("a\0b", 3)), value_number(1)};
    assert_true(err_failed(db_exec(e->conn, SQL_clinic_insert, NULL, values, 3)));
    assert_false(err_failed(put_clinic(e->conn, id_random(), "next")));
}

static int set_up(void **state)
{
    (void)state;
    area_make(&area);
    area_make_postgres(&area);
    engine_open(&area, false, &engines[0]);
    engine_open(&area, true, &engines[1]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) engine_close(&engines[i]);
    area_free(&area);
    return 0;
}

#define BOTH(test) cmocka_unit_test_prestate(test, &engines[0]), cmocka_unit_test_prestate(test, &engines[1])

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(wrong_parameters_are_refused), BOTH(scope_needs_its_actor), BOTH(scope_hides_what_belongs_to_others), BOTH(values_come_back_as_they_went),
        BOTH(an_answer_larger_than_the_arena_is_an_error), BOTH(unique_errors), BOTH(savepoints), BOTH(the_audit_log_is_append_only),
        BOTH(migrations_run_twice_are_quiet), cmocka_unit_test(sqlite_is_hardened), cmocka_unit_test(a_damaged_file_is_an_error),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error), cmocka_unit_test(a_restarted_server_is_found_again),
        cmocka_unit_test(a_silent_server_is_given_up), cmocka_unit_test(a_text_that_postgresql_refuses_is_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
