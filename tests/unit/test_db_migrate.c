/* A clinic's database of the first version is brought up to date with what stands in it. */
#include "test_db_area.h"

#include "db/engine.h"

static struct area area;

/* What the first version's users said by registering, see sql/0002-consents.sql. */
enum { FIRST_THREE_STAND = 3, CONSENT_COLUMNS = 4 };

static const struct id clinic = {{1, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};
static const struct id subject = {{2, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 2}};
static const struct id nobody = {{3, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 3}};

static void run(struct db_conn *conn, const char *sql)
{
    struct err e = conn->db->engine->script(conn, sql);
    if (err_failed(e)) fail_msg("%s at %s:%u: %.100s", err_name(e.code), e.file, e.line, sql);
}

/* An id as SQL; both engines read hex in quotes, SQLite with an x before them. */
static const char *literal(struct id id, bool shared, char text[static 40])
{
    size_t n = (size_t)snprintf(text, 40, "%s'", shared ? "" : "x");
    for (size_t i = 0; i < ID_BYTES; i++) n += (size_t)snprintf(text + n, 40 - n, "%02x", id.b[i]);
    snprintf(text + n, 40 - n, "'");
    return text;
}

/* Only the first migration, and a person who registered with it. */
static void make_first_version(const struct engine *engine, const char *url, const char *folder)
{
    struct db old = {.engine = engine, .url = strdup(url), .folder = strdup(folder), .shared = url[0] != '\0'};
    struct db_conn *conn;
    struct buf sql = BUF_WITH_MAX(1 << 20);
    int64_t version = -1;
    assert_false(err_failed(engine->connect(&old, DB_WRITER, &conn)));
    assert_false(err_failed(engine->migration_lock(conn, true)));
    assert_false(err_failed(engine->schema_version(conn, &version)));
    assert_int_equal(version, 0);
    assert_int_equal(migrations[0].number, 1);
    assert_false(err_failed(engine_translate(engine, migrations[0].sql, &sql)));
    run(conn, (const char *)sql.p);
    run(conn, "INSERT INTO schema_version(number) VALUES(1)");
    char user[40], in[40], who[40], text[1024];
    const char *bytes = old.shared ? "'\\x01'" : "x'01'";
    snprintf(text, sizeof text, "INSERT INTO users(id, clinic_id, subject_id, username_index, email_index, profile, password, role, role_state, created_us, updated_us) "
             "VALUES(%s, %s, %s, %s, %s, %s, %s, 0, 0, 77, 77)", literal(nobody, old.shared, user), literal(clinic, old.shared, in), literal(subject, old.shared, who), bytes, bytes, bytes, bytes);
    run(conn, text);
    assert_false(err_failed(engine->migration_lock(conn, false)));
    engine->disconnect(conn);
    buf_free(&sql);
    free(old.url);
    free(old.folder);
}

static struct rows ask(struct engine_under_test *e, enum statement statement, const struct value *values, size_t count, struct arena *arena)
{
    struct rows rows;
    arena_init(arena, 1 << 16);
    assert_false(err_failed(db_query(e->conn, statement, NULL, values, count, arena, &rows)));
    return rows;
}

static void check_consents(struct engine_under_test *e)
{
    struct arena arena;
    struct value person = value_id(&subject);
    struct rows rows = ask(e, SQL_consent_standing, &person, 1, &arena);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.columns, CONSENT_COLUMNS);
    for (unsigned type = 0; type < FIRST_THREE_STAND; type++) assert_int_equal(rows_number(&rows, 0, type), INT64_MAX);
    assert_true(rows_is_null(&rows, 0, FIRST_THREE_STAND)); /* external processing was never asked for */
    arena_free(&arena);
    const struct value history[] = {value_id(&subject), value_number(0), value_number(10)};
    rows = ask(e, SQL_consent_history, history, 3, &arena);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows_number(&rows, 0, 1), 77); /* since registration */
    assert_int_equal(rows_number(&rows, 0, 4), 0);  /* source: registration */
    arena_free(&arena);
    person = value_id(&nobody);
    rows = ask(e, SQL_consent_standing, &person, 1, &arena);
    for (unsigned type = 0; type < CONSENT_COLUMNS; type++) assert_true(rows_is_null(&rows, 0, type));
    arena_free(&arena);
}

static void grows_up(bool postgres)
{
    struct engine_under_test e;
    char url[256] = "";
    if (postgres) area_url(&area, url, sizeof url);
    make_first_version(postgres ? &engine_postgres : &engine_sqlite, url, area.folder);
    engine_open(&area, postgres, &e);
    check_consents(&e);
    engine_close(&e);
    engine_open(&area, postgres, &e); /* once is enough */
    check_consents(&e);
    engine_close(&e);
}

static void first_version_on_sqlite(void **state)
{
    (void)state;
    grows_up(false);
}

static void first_version_on_postgresql(void **state)
{
    (void)state;
    area_make_postgres(&area);
    grows_up(true);
}

static int set_up(void **state)
{
    (void)state;
    area_make(&area);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    area_free(&area);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(first_version_on_sqlite), cmocka_unit_test(first_version_on_postgresql)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
