/* No statement may walk a table that grows with the clinic: each one's plan is read, on both engines, empty and with rows. */
#include "test_db_area.h"

static struct area area;

static const char *const small_tables[] = {"clinics", "audit_head", "access_head", "setup_tokens", "audit_checkpoints", "CONSTANT ROW", NULL};

static bool is_small(const char *rest)
{
    for (size_t i = 0; small_tables[i] != NULL; i++)
        if (strncmp(rest, small_tables[i], strlen(small_tables[i])) == 0) return true;
    return false;
}

/* Counting everything is what these are for; only the host's operator asks. */
static bool counts_all(enum statement s) { return s == SQL_count_users || s == SQL_count_submissions; }

static bool walks(bool postgres, const char *line)
{
    while (*line == ' ' || *line == '-' || *line == '>') line++;
    if (postgres) {
        const char *on = strstr(line, "Seq Scan on ");
        if (on == NULL) return strncmp(line, "Sort  (", 7) == 0; /* all rows read and sorted, to show twenty */
        return !is_small(on + strlen("Seq Scan on "));
    }
    if (strncmp(line, "SCAN ", 5) == 0) return !is_small(line + 5);
    return strstr(line, "TEMP B-TREE") != NULL; /* all rows read and sorted, to show twenty */
}

/* Walking from one end of the table's own order to the first row is no walk. */
static bool takes_the_first(enum statement s) { return s == SQL_audit_first || s == SQL_clinic_first; }

static void read_plans(struct engine_under_test *e, bool postgres, const char *when)
{
    unsigned bad = 0;
    for (unsigned s = 0; s < SQL_COUNT; s++) {
        struct buf plan = BUF_WITH_MAX(1 << 16);
        struct err got = db_explain(e->conn, (enum statement)s, &plan);
        if (err_failed(got)) fail_msg("%s: no plan for %s", e->name, statement_table[s].name);
        buf_put_byte(&plan, 0);
        char *rest = NULL;
        for (char *line = strtok_r((char *)plan.p, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
            if (!walks(postgres, line) || counts_all((enum statement)s) || takes_the_first((enum statement)s)) continue;
            print_error("%s (%s): %s: %s\n", e->name, when, statement_table[s].name, line);
            bad++;
        }
        buf_free(&plan);
    }
    assert_int_equal(bad, 0);
}

/* %1$s a random id, %2$s random bytes, %3$s the source of numbers n */
#define FILL(id, bytes, source)                                                                                                                                \
    "INSERT INTO users(id, clinic_id, subject_id, username_index, email_index, profile, password, role, role_state, created_us, updated_us) "                  \
    "SELECT " id ", (SELECT id FROM clinics), " id ", " bytes ", " bytes ", " bytes ", " bytes ", n % 5, n % 3, n, n FROM " source ";"                         \
    "INSERT INTO vault.person_keys SELECT subject_id, clinic_id, profile, created_us FROM users;"                                                              \
    "INSERT INTO sessions(id, clinic_id, user_id, subject_id, token_hash, kind, created_us, expires_us) "                                                      \
    "SELECT " id ", clinic_id, id, subject_id, " bytes ", 0, created_us, created_us FROM users;"                                                               \
    "INSERT INTO submissions(id, clinic_id, user_id, subject_id, type, status, version, created_us, updated_us) "                                              \
    "SELECT " id ", clinic_id, id, subject_id, role % 2, role, 1, created_us, created_us FROM users;"                                                          \
    "INSERT INTO submission_history(submission_id, clinic_id, version, status, at_us) SELECT id, clinic_id, 1, 0, created_us FROM submissions;"                \
    "INSERT INTO submission_versions SELECT id, clinic_id, 1, " bytes ", created_us, user_id FROM submissions;"                                                \
    "INSERT INTO evidence SELECT id, clinic_id, created_us, " bytes " FROM submissions;"                                                                       \
    "INSERT INTO openings SELECT id, user_id, 1, 1 FROM submissions;"                                                                                          \
    "INSERT INTO findings SELECT id, clinic_id, 1, 1, 0, 0, 1, NULL, NULL FROM submissions;"                                                                   \
    "INSERT INTO media SELECT " id ", clinic_id, subject_id, user_id, id, 1, 1000, created_us FROM submissions;"                                               \
    "INSERT INTO jobs(id, clinic_id, kind, submission_id, state, attempts, lease_until_us, run_after_us, percent, stage, created_us, updated_us) "             \
    "SELECT " id ", clinic_id, 0, id, status % 4, 0, 0, created_us, 0, '', created_us, created_us FROM submissions;"                                           \
    "INSERT INTO audit_log(seq, at_us, clinic_id, user_id, action, resource_type, success, request_id, hash) "                                                 \
    "SELECT created_us, created_us, clinic_id, id, role, 1, 1, id, " bytes " FROM users;"                                                                      \
    "INSERT INTO consents(subject_id, clinic_id, type, granted, at_us, policy, source, user_id) "                                                              \
    "SELECT subject_id, clinic_id, role % 4, 1, created_us, 1, 0, id FROM users;"                                                                              \
    "INSERT INTO access_log SELECT subject_id, created_us, created_us, id, 1 FROM users; ANALYZE;"

static void make_clinic(struct engine_under_test *e)
{
    const struct id id = id_random();
    const struct value values[] = {value_id(&id), value_text(SPAN_LITERAL("Clinic")), value_number(1)};
    assert_false(err_failed(db_exec(e->conn, SQL_clinic_insert, NULL, values, 3)));
}

static void run_script(struct engine_under_test *e, const char *sql, bool postgres)
{
    char path[160], command[512];
    snprintf(path, sizeof path, "%s/fill.sql", e->folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    if (!postgres) fprintf(f, "ATTACH '%s/keys.db' AS vault;", e->folder);
    fputs(sql, f);
    assert_int_equal(fclose(f), 0);
    if (postgres) snprintf(command, sizeof command, "%s/psql -q -h %s -U clinic -d postgres -v ON_ERROR_STOP=1 -f %s > /dev/null", postgres_programs(), e->folder, path);
    else snprintf(command, sizeof command, "sqlite3 -bail %s/medscribe.db < %s", e->folder, path);
    run_or_fail(command);
}

static void plans_on_sqlite(void **state)
{
    (void)state;
    struct engine_under_test e;
    engine_open(&area, false, &e);
    make_clinic(&e);
    read_plans(&e, false, "empty");
    run_script(&e, FILL("randomblob(16)", "randomblob(32)", "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000) SELECT n FROM c)"), false);
    engine_close(&e);
    engine_open(&area, false, &e);
    read_plans(&e, false, "5000 rows");
    engine_close(&e);
}

static void plans_on_postgresql(void **state)
{
    (void)state;
    struct engine_under_test e;
    area_make_postgres(&area);
    engine_open(&area, true, &e);
    make_clinic(&e);
    run_script(&e, FILL("gen_random_uuid()", "decode(md5(random()::text), 'hex')", "generate_series(1, 5000) AS n"), true);
    read_plans(&e, true, "5000 rows");
    engine_close(&e);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(plans_on_sqlite), cmocka_unit_test(plans_on_postgresql)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
