/* The audit chain as an intruder with the database in hands meets it: whatever is changed, removed, moved, cut off or hashed
   anew, audit_verify() says so and where. On both engines. And page marks that were not made here. */
#include "base/clock.h"
#include "crypt/audit_chain.h"
#include "rules/audit.h"
#include "rules/audit_row.h"
#include "rules/page.h"
#include "test_db_area.h"

#include <openssl/evp.h>

enum { ROWS = 20 };

static struct area area;
static EVP_PKEY *signer;
static uint8_t public_key[32];
static bool postgres;

static struct id id_of(uint8_t n) { return (struct id){{n, 1, 2, 3, 4, 5, 0x46, 7, 0x88, 9, 10, 11, 12, 13, 14, n}}; }

/* --- the hash of a row never changes: old logs must verify for ever */

static void the_hash_of_a_row_is_fixed(void **state)
{
    (void)state;
    static const uint8_t expected[32] = {0x64, 0x53, 0x26, 0x4d, 0xd8, 0xe5, 0x98, 0xdc, 0xe8, 0xb8, 0xa5, 0xdc, 0xad, 0x95, 0xeb, 0x96,
                                         0x96, 0x44, 0x26, 0x2c, 0x9a, 0x6c, 0xe9, 0xb7, 0x7b, 0x7d, 0x47, 0x57, 0x55, 0xcf, 0xb4, 0xd9};
    uint8_t bytes[48], previous[32] = {0}, hash[32];
    for (size_t i = 0; i < 32; i++) bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < 16; i++) bytes[32 + i] = (uint8_t)i;
    struct id clinic, request;
    memcpy(clinic.b, bytes, 16);
    memcpy(request.b, bytes + 16, 16);
    uint8_t both[32];
    memcpy(both, bytes, 32);
    const struct value values[AUDIT_COLUMNS] = {
        value_number(1), value_number(1700000000123456), value_id(&clinic), value_null(), value_number(11), value_number(3), value_null(),
        value_bytes(span_of(both, 32)), value_number(1), value_id(&request), value_bytes(SPAN_LITERAL("client")), value_null(),
    };
    struct buf scratch = BUF_WITH_MAX(4096);
    audit_row_hash(previous, values, &scratch, hash);
    assert_memory_equal(hash, expected, 32);
    buf_free(&scratch);
}

/* --- a log of twenty rows, signed at ten and fifteen */

static void run_sql(const char *sql)
{
    char path[128], command[512];
    snprintf(path, sizeof path, "%s/act.sql", area.folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(sql, f);
    assert_int_equal(fclose(f), 0);
    if (postgres) snprintf(command, sizeof command, "%s/psql -q -h %s -U clinic -d postgres -v ON_ERROR_STOP=1 -f %s > /dev/null 2>&1", postgres_programs(), area.folder, path);
    else snprintf(command, sizeof command, "sqlite3 -bail %s/medscribe.db < %s", area.folder, path);
    run_or_fail(command);
}

static void put_checkpoint(struct db_conn *conn, int64_t seq, const uint8_t *hash, bool forged)
{
    struct audit_checkpoint c = {.seq = (uint64_t)seq, .time_us = 99};
    uint8_t message[AUDIT_CHECKPOINT_BYTES], signature[AUDIT_SIGNATURE_BYTES] = {0};
    size_t n = sizeof signature;
    memcpy(c.hash, hash, 32);
    audit_chain_message(&c, message);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, signer), 1);
    assert_int_equal(EVP_DigestSign(ctx, signature, &n, message, sizeof message), 1);
    EVP_MD_CTX_free(ctx);
    if (forged) signature[5] ^= 1;
    const struct value values[] = {value_number(seq), value_bytes(span_of(hash, 32)), value_number(99), value_bytes(span_of(signature, sizeof signature))};
    assert_false(err_failed(db_exec(conn, SQL_checkpoint_insert, NULL, values, 4)));
}

struct log {
    struct engine_under_test e;
    struct audit_chain *chain;
    struct lane *lane;
    uint8_t hash[ROWS + 1][32]; /* of each row */
};

static void read_hashes(struct log *l)
{
    struct arena arena;
    struct rows rows;
    arena_init(&arena, 1 << 20);
    const struct value values[] = {value_number(0), value_number(100)};
    assert_false(err_failed(db_query(l->e.conn, SQL_audit_from, NULL, values, 2, &arena, &rows)));
    assert_int_equal(rows.count, ROWS);
    for (size_t i = 0; i < ROWS; i++) memcpy(l->hash[i + 1], rows_bytes(&rows, i, AUDIT_COLUMNS).p, 32);
    arena_free(&arena);
}

static void make_log(struct log *l)
{
    if (postgres) run_sql("DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS vault CASCADE; CREATE SCHEMA public;");
    else {
        char command[256];
        snprintf(command, sizeof command, "rm -f %s/*.db %s/*.db-*", area.folder, area.folder);
        run_or_fail(command);
    }
    engine_open(&area, postgres, &l->e);
    assert_false(err_failed(audit_chain_new(l->e.db, &l->chain)));
    const struct lane_hooks hooks = audit_hooks(l->chain);
    assert_false(err_failed(lane_start(l->e.db, &hooks, &l->lane)));
    for (uint8_t i = 1; i <= ROWS; i++) {
        const struct id ids[2] = {id_of(i), id_of((uint8_t)(i + 100))};
        struct audit_entry entry = {.clinic = id_of(1), .request_id = id_of(i), .user = id_of(2), .action = AUDIT_READ, .success = true,
                                    .resource_type = RESOURCE_SUBMISSION, .resource = id_of(i), .client = SPAN_LITERAL("sealed"),
                                    .resources = span_of(ids, sizeof ids)};
        audit_detail_number(&entry, DETAIL_COUNT, i);
        audit_detail_text(&entry, DETAIL_REASON, SPAN_LITERAL("word"));
        struct lane_work work = {.audit = &entry};
        assert_false(err_failed(lane_run(l->lane, &work)));
        assert_int_equal(work.receipt.seq, i);
        assert_ptr_equal(work.receipt.lane, l->lane);
    }
    read_hashes(l);
    put_checkpoint(l->e.conn, 10, l->hash[10], false);
    put_checkpoint(l->e.conn, 15, l->hash[15], false);
}

static void drop_log(struct log *l)
{
    lane_stop(l->lane);
    audit_chain_free(l->chain);
    engine_close(&l->e);
}

/* An intruder who may do everything takes the triggers away first. */
static void unlock(void)
{
    run_sql(postgres ? "ALTER TABLE audit_log DISABLE TRIGGER ALL; ALTER TABLE audit_checkpoints DISABLE TRIGGER ALL;"
                     : "DROP TRIGGER audit_log_no_update; DROP TRIGGER audit_log_no_delete; DROP TRIGGER audit_checkpoints_no_update; DROP TRIGGER audit_checkpoints_no_delete;");
}

static void expect(struct log *l, const char *act, int64_t bad_seq)
{
    struct audit_verdict verdict;
    assert_false(err_failed(audit_verify(l->e.db, public_key, &verdict)));
    if (bad_seq == 0) {
        if (!verdict.ok) fail_msg("%s: %s at %lld", act, verdict.reason, (long long)verdict.first_bad_seq);
        return;
    }
    if (verdict.ok) fail_msg("%s: not noticed", act);
    if (verdict.first_bad_seq != bad_seq) fail_msg("%s: %s at %lld, not %lld", act, verdict.reason, (long long)verdict.first_bad_seq, (long long)bad_seq);
    assert_non_null(verdict.reason);
}

static void tamper(const char *sql, int64_t bad_seq)
{
    struct log l;
    make_log(&l);
    expect(&l, "before", 0);
    unlock();
    run_sql(sql);
    expect(&l, sql, bad_seq);
    drop_log(&l);
}

static void an_honest_log_verifies(void **state)
{
    postgres = *state != NULL;
    struct log l;
    struct audit_verdict verdict;
    make_log(&l);
    assert_false(err_failed(audit_verify(l.e.db, public_key, &verdict)));
    assert_true(verdict.ok);
    assert_int_equal(verdict.rows, ROWS);
    assert_null(verdict.reason);
    uint8_t other[32] = {1};
    assert_false(err_failed(audit_verify(l.e.db, other, &verdict))); /* signed by somebody else */
    assert_false(verdict.ok);
    assert_int_equal(verdict.first_bad_seq, 10);
    drop_log(&l);
    engine_open(&area, postgres, &l.e); /* and goes on after a restart */
    assert_false(err_failed(audit_chain_new(l.e.db, &l.chain)));
    const struct lane_hooks hooks = audit_hooks(l.chain);
    assert_false(err_failed(lane_start(l.e.db, &hooks, &l.lane)));
    struct audit_entry entry = {.clinic = id_of(1), .request_id = id_of(1), .action = AUDIT_LOGIN};
    struct lane_work work = {.audit = &entry};
    assert_false(err_failed(lane_run(l.lane, &work)));
    assert_int_equal(work.receipt.seq, ROWS + 1);
    expect(&l, "after a restart", 0);
    drop_log(&l);
}

static void changed_rows_are_found(void **state)
{
    postgres = *state != NULL;
    tamper("UPDATE audit_log SET success = 0 WHERE seq = 5;", 5);
    if (postgres) { /* the same rows come back through the other engine's types */
        tamper("UPDATE audit_log SET resources = NULL WHERE seq = 12;", 12);
        tamper("UPDATE audit_log SET user_id = gen_random_uuid() WHERE seq = 20;", 20);
        return;
    }
    static const char *const columns[] = {"at_us = at_us + 1", "clinic_id = randomblob(16)", "user_id = NULL", "action = 12", "resource_type = 1", "resource_id = NULL",
                                          "resources = substr(resources, 17)", "request_id = zeroblob(16)", "client = NULL", "details = NULL", "hash = zeroblob(32)"};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        char sql[128];
        snprintf(sql, sizeof sql, "UPDATE audit_log SET %s WHERE seq = 7;", columns[i]);
        tamper(sql, 7);
    }
}

static void removed_moved_and_cut_rows_are_found(void **state)
{
    postgres = *state != NULL;
    tamper("DELETE FROM audit_log WHERE seq = 7;", 7);
    tamper("DELETE FROM audit_log WHERE seq = 1;", 1);
    tamper("UPDATE audit_log SET seq = 1000 WHERE seq = 3; UPDATE audit_log SET seq = 3 WHERE seq = 4; UPDATE audit_log SET seq = 4 WHERE seq = 1000;", 3);
    tamper("DELETE FROM audit_log WHERE seq > 17;", 18);
    tamper("DELETE FROM audit_log WHERE seq > 12; UPDATE audit_head SET seq = 12, hash = (SELECT hash FROM audit_log WHERE seq = 12);", 13);
    tamper("DELETE FROM audit_log;", 1);
    tamper("UPDATE audit_head SET seq = 19, hash = (SELECT hash FROM audit_log WHERE seq = 19);", 20);
    tamper(postgres ? "UPDATE audit_head SET hash = decode(repeat('00', 32), 'hex');" : "UPDATE audit_head SET hash = zeroblob(32);", 20);
    tamper("DELETE FROM audit_head;", 20);
}

/* Changes row `from` and computes all hashes behind it anew, as the program itself would. */
static void chain_anew(struct log *l, int64_t from)
{
    struct arena arena;
    struct rows rows;
    struct buf scratch = BUF_WITH_MAX(1 << 16), sql = BUF_WITH_MAX(1 << 20);
    uint8_t hash[32];
    arena_init(&arena, 1 << 20);
    const struct value values[] = {value_number(from - 1), value_number(100)};
    assert_false(err_failed(db_query(l->e.conn, SQL_audit_from, NULL, values, 2, &arena, &rows)));
    if (from == 1) memset(hash, 0, 32);
    else memcpy(hash, l->hash[from - 1], 32);
    rows.values[8] = value_number(0); /* success of the first */
    for (size_t i = 0; i < rows.count; i++) {
        uint8_t next[32];
        char text[256], hex[65];
        audit_row_hash(hash, rows_at(&rows, i, 0), &scratch, next);
        memcpy(hash, next, 32);
        for (size_t b = 0; b < 32; b++) snprintf(hex + 2 * b, 3, "%02x", hash[b]);
        snprintf(text, sizeof text, "UPDATE audit_log SET success = %d, hash = %s%s' WHERE seq = %lld;", i == 0 ? 0 : 1, postgres ? "'\\x" : "x'", hex, (long long)rows_number(&rows, i, 0));
        buf_put_text(&sql, text);
    }
    buf_put_text(&sql, "UPDATE audit_head SET hash = (SELECT hash FROM audit_log WHERE seq = 20);");
    buf_put_byte(&sql, 0);
    assert_false(err_failed(buf_check(&sql)));
    run_sql((const char *)sql.p);
    arena_free(&arena);
    buf_free(&scratch);
    buf_free(&sql);
}

static void a_log_hashed_anew_is_found(void **state)
{
    postgres = *state != NULL;
    static const struct {
        int64_t from, found;
    } cases[] = {{1, 10}, {5, 10}, {10, 10}, {11, 15}, {15, 15}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct log l;
        make_log(&l);
        unlock();
        chain_anew(&l, cases[i].from);
        expect(&l, "hashed anew", cases[i].found);
        drop_log(&l);
    }
    /* Behind the last signature only the head stands witness; it is signed every five minutes and at every orderly stop. */
    struct log l;
    make_log(&l);
    put_checkpoint(l.e.conn, 20, l.hash[20], false);
    unlock();
    chain_anew(&l, 16);
    expect(&l, "hashed anew behind a signature", 20);
    drop_log(&l);
}

static void forged_signatures_are_found(void **state)
{
    postgres = *state != NULL;
    struct log l;
    make_log(&l);
    put_checkpoint(l.e.conn, 18, l.hash[18], true);
    expect(&l, "a forged signature", 18);
    drop_log(&l);
    make_log(&l);
    put_checkpoint(l.e.conn, 18, l.hash[17], false); /* a true one, of another row */
    expect(&l, "a signature of another row", 18);
    drop_log(&l);
    make_log(&l);
    put_checkpoint(l.e.conn, 25, l.hash[17], false); /* of a row that is not there */
    expect(&l, "a signature beyond the end", 21);
    drop_log(&l);
}

/* --- page marks */

static void page_marks_of_others_are_refused(void **state)
{
    (void)state;
    static const char *const marks[] = {
        "", "A", "====", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "not base64url!", "AAAA AAAA", "////////////////////////////////////////////////////////////////", "\xc3\xa9",
    };
    static const struct request shape = {.route = ROUTE_SUBMISSIONS, .has_field = 2};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        struct call call = {.request = shape, .route = &route_table[ROUTE_SUBMISSIONS]};
        struct page page;
        call.request.field[1] = span_text(marks[i]);
        assert_int_equal(page_read(&call, 0, 1, 50, &page).code, ERR_BAD_CURSOR);
    }
    struct call first = {.request = {.route = ROUTE_SUBMISSIONS}, .route = &route_table[ROUTE_SUBMISSIONS]};
    struct page page;
    assert_false(err_failed(page_read(&first, 0, 1, 50, &page)));
    assert_int_equal(page.limit, 50);
    assert_true(page.before_us == INT64_MAX);
    const uint8_t many[8] = {0x40, 0x42, 0x0f}; /* 1,000,000 */
    first.request.has_field = 1;
    first.request.field[0] = span_of(many, 8);
    assert_false(err_failed(page_read(&first, 0, 1, 50, &page)));
    assert_int_equal(page.limit, PAGE_MAX);
}

static int set_up(void **state)
{
    (void)state;
    size_t n = sizeof public_key;
    signer = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (signer == NULL || EVP_PKEY_get_raw_public_key(signer, public_key, &n) != 1) return 1;
    area_make(&area);
    area_make_postgres(&area);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(signer);
    area_free(&area);
    return 0;
}

#define BOTH(test) cmocka_unit_test_prestate(test, NULL), cmocka_unit_test_prestate(test, &area)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_of_a_row_is_fixed), BOTH(an_honest_log_verifies), BOTH(changed_rows_are_found), BOTH(removed_moved_and_cut_rows_are_found),
        BOTH(a_log_hashed_anew_is_found), BOTH(forged_signatures_are_found), cmocka_unit_test(page_marks_of_others_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
