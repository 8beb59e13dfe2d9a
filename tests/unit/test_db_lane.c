/* The commit lane on both engines: what is told to be kept is kept, what is told to have failed is not there, and nobody
   pays for another's mistake. */
#include "db/lane.h"
#include "test_db_area.h"

#include <pthread.h>
#include <sys/resource.h>

static struct area area;
static struct engine_under_test engines[2];

/* --- hooks that count */

struct chain {
    int64_t seq, kept;
    unsigned begun, committed, undone;
    const char *fail_at; /* the audit entry that fails */
    struct err fail_with;
};

static struct err begin(struct db_conn *writer, void *arg)
{
    (void)writer;
    struct chain *c = arg;
    c->kept = c->seq;
    c->begun++;
    return OK;
}

static struct err seal(struct db_conn *writer, void *arg, const void *audit, int64_t *seq_out)
{
    (void)writer;
    struct chain *c = arg;
    if (c->fail_at != NULL && strcmp(audit, c->fail_at) == 0) return c->fail_with;
    *seq_out = ++c->seq;
    return OK;
}

static struct err end(struct db_conn *writer, void *arg)
{
    (void)writer;
    (void)arg;
    return OK;
}

static void settled(void *arg, bool committed)
{
    struct chain *c = arg;
    if (committed) c->committed++;
    else c->undone++, c->seq = c->kept;
}

static struct lane *start(struct engine_under_test *e, struct chain *chain)
{
    struct lane *lane;
    const struct lane_hooks hooks = {begin, seal, end, settled, chain};
    assert_false(err_failed(lane_start(e->db, &hooks, &lane)));
    return lane;
}

/* --- works */

struct piece {
    struct lane_work work;
    struct id id;
    struct err fail; /* after the row was written */
    struct span name;
    unsigned rows; /* how many, for a work that is large; 0: one */
};

static struct err put(struct db_conn *conn, struct id id, struct span name)
{
    const struct value values[] = {value_id(&id), value_text(name), value_number(1)};
    return db_exec(conn, SQL_clinic_insert, NULL, values, 3);
}

static struct err apply(struct db_conn *writer, void *arg)
{
    const struct piece *p = arg;
    TRY(put(writer, p->id, p->name));
    for (unsigned i = 1; i < p->rows; i++) TRY(put(writer, id_random(), p->name));
    return p->fail;
}

static bool is_there(struct engine_under_test *e, struct id id)
{
    struct err got = put(e->conn, id, SPAN_LITERAL("probe"));
    if (!err_failed(got)) return false; /* it was not: now it is, nobody minds */
    assert_int_equal(got.code, ERR_UNIQUE);
    return true;
}

static struct piece piece(const char *audit) { return (struct piece){.id = id_random(), .name = SPAN_LITERAL("n"), .work.audit = audit}; }

static struct err run(struct lane *lane, struct piece *p)
{
    p->work.apply = apply;
    p->work.arg = p;
    return lane_run(lane, &p->work);
}

/* --- several at once */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned done_count;

static void one_done(struct lane_work *work)
{
    (void)work;
    pthread_mutex_lock(&gate);
    done_count++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&gate);
}

static void run_together(struct lane *lane, struct piece *pieces, size_t count)
{
    done_count = 0;
    for (size_t i = 0; i < count; i++) {
        pieces[i].work.apply = pieces[i].work.owner == NULL ? apply : NULL;
        pieces[i].work.arg = &pieces[i];
        pieces[i].work.done = one_done;
        pieces[i].work.next = i + 1 < count ? &pieces[i + 1].work : NULL;
    }
    lane_submit(lane, &pieces[0].work);
    pthread_mutex_lock(&gate);
    while (done_count < count) pthread_cond_wait(&changed, &gate);
    pthread_mutex_unlock(&gate);
}

static void a_bad_piece_spoils_nobody_else(void **state)
{
    struct engine_under_test *e = *state;
    struct chain chain = {.fail_at = "too large", .fail_with = FAIL(FULL)};
    struct lane *lane = start(e, &chain);
    bool postgres = e->url[0] != '\0';
    struct piece p[9];
    for (size_t i = 0; i < 9; i++) p[i] = piece("entry");
    p[1].id = p[0].id;                           /* unique index */
    p[2].fail = FAIL(WRONG_STATE);               /* after its row was written */
    p[3].fail = FAIL(STORAGE);                   /* an error class alone does not spoil what can be undone */
    p[4].work.audit = "too large";               /* no audit row, so no write either */
    p[5].work.audit = NULL;                      /* unaudited */
    p[6].name = span_of("a\0b", postgres ? 3 : 1); /* a value that the engine refuses */
    p[7].work.owner = &p[7];                     /* audit only */
    run_together(lane, p, 9);
    const uint16_t results[] = {ERR_OK, ERR_UNIQUE, ERR_WRONG_STATE, ERR_STORAGE, ERR_FULL, ERR_OK, postgres ? ERR_DATABASE : ERR_OK, ERR_OK, ERR_OK};
    for (size_t i = 0; i < 9; i++) {
        if (p[i].work.result.code != results[i]) fail_msg("%s piece %zu: %s", e->name, i, err_name(p[i].work.result.code));
        assert_true((p[i].work.receipt.lane == lane) == (results[i] == ERR_OK));
        if (results[i] != ERR_OK) assert_int_equal(p[i].work.receipt.seq, 0);
        if (i != 1 && i != 7) assert_int_equal(is_there(e, p[i].id), results[i] == ERR_OK);
    }
    assert_int_equal(p[0].work.receipt.seq, 1);
    assert_int_equal(p[5].work.receipt.seq, 0); /* no proof of an audit row: opens nothing medical */
    assert_int_equal(chain.begun, 1);
    assert_int_equal(chain.committed, 1);
    lane_stop(lane);
}

static void without_its_audit_row_nothing_is_kept(void **state)
{
    struct engine_under_test *e = *state;
    struct chain chain = {.fail_at = "broken", .fail_with = FAIL(DATABASE)};
    struct lane *lane = start(e, &chain);
    struct piece p[3] = {piece("entry"), piece("broken"), piece("entry")};
    run_together(lane, p, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(p[i].work.result.code, ERR_DATABASE);
        assert_null(p[i].work.receipt.lane);
        assert_int_equal(p[i].work.receipt.seq, 0);
        assert_false(is_there(e, p[i].id));
    }
    assert_int_equal(chain.undone, 1);
    struct piece next = piece("entry");
    assert_false(err_failed(run(lane, &next)));
    assert_int_equal(next.work.receipt.seq, 1);
    lane_stop(lane);
}

/* --- many threads */

struct writer {
    pthread_t thread;
    struct lane *lane;
    struct piece pieces[40];
};

static void *write_many(void *arg)
{
    struct writer *w = arg;
    for (size_t i = 0; i < 40; i++) {
        w->pieces[i] = piece("entry");
        IGNORE(run(w->lane, &w->pieces[i]));
    }
    return NULL;
}

static void many_writers_share_commits(void **state)
{
    struct engine_under_test *e = *state;
    struct chain chain = {0};
    struct lane *lane = start(e, &chain);
    static struct writer writers[8];
    bool seen[8 * 40 + 1] = {false};
    for (size_t i = 0; i < 8; i++) {
        writers[i].lane = lane;
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_many, &writers[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) pthread_join(writers[i].thread, NULL);
    for (size_t i = 0; i < 8 * 40; i++) {
        const struct piece *p = &writers[i / 40].pieces[i % 40];
        assert_int_equal(p->work.result.code, ERR_OK);
        assert_true(p->work.receipt.seq >= 1 && p->work.receipt.seq <= 8 * 40 && !seen[p->work.receipt.seq]); /* each its own row */
        seen[p->work.receipt.seq] = true;
        assert_true(is_there(e, p->id));
    }
    assert_true(chain.committed <= 8 * 40);
    lane_stop(lane);
}

static void stopping_finishes_what_was_handed_over(void **state)
{
    struct engine_under_test *e = *state;
    struct chain chain = {0};
    struct lane *lane = start(e, &chain);
    static struct piece p[50];
    done_count = 0;
    for (size_t i = 0; i < 50; i++) {
        p[i] = piece("entry");
        p[i].work = (struct lane_work){.apply = apply, .arg = &p[i], .done = one_done, .audit = "entry"};
        lane_submit(lane, &p[i].work);
    }
    lane_stop(lane);
    assert_int_equal(done_count, 50);
    for (size_t i = 0; i < 50; i++) assert_true(!err_failed(p[i].work.result) && is_there(e, p[i].id));
}

/* --- the disk is full (a file may not grow) */

static void a_full_disk_loses_nothing(void **state)
{
    (void)state;
    struct engine_under_test *e = &engines[0];
    struct chain chain = {0};
    struct lane *lane = start(e, &chain);
    struct piece before = piece("entry"), during[4], after = piece("entry");
    struct rlimit old;
    assert_false(err_failed(run(lane, &before)));
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    struct rlimit tight = {.rlim_cur = 4096, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    for (size_t i = 0; i < 4; i++) {
        during[i] = piece("entry");
        during[i].rows = i < 2 ? 1 : 3000; /* also some that spill before their commit */
    }
    run_together(lane, during, 4);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(during[i].work.result.code, ERR_STORAGE);
        assert_false(is_there(e, during[i].id));
    }
    assert_false(err_failed(run(lane, &after)));
    assert_true(is_there(e, before.id) && is_there(e, after.id));
    lane_stop(lane);
}

/* A reader's snapshot neither stops the writer nor sees what came later. */
static void readers_and_the_writer_do_not_wait_for_each_other(void **state)
{
    (void)state;
    struct engine_under_test *e = &engines[0];
    struct chain chain = {0};
    struct lane *lane = start(e, &chain);
    struct db_conn *reader;
    struct arena arena;
    struct rows rows;
    arena_init(&arena, 1 << 16);
    assert_false(err_failed(db_connect(e->db, DB_READER, &reader)));
    db_reads_begin(reader);
    assert_false(err_failed(db_query(reader, SQL_clinic_first, NULL, NULL, 0, &arena, &rows)));
    for (int i = 0; i < 20; i++) {
        struct piece p = piece("entry");
        assert_false(err_failed(run(lane, &p)));
    }
    assert_false(err_failed(db_query(reader, SQL_clinic_first, NULL, NULL, 0, &arena, &rows)));
    db_reads_end(reader);
    db_disconnect(reader);
    arena_free(&arena);
    lane_stop(lane);
}

/* --- the server is gone */

static void a_lost_server_fails_all_and_comes_back(void **state)
{
    (void)state;
    struct engine_under_test *e = &engines[1];
    struct chain chain = {0};
    struct lane *lane = start(e, &chain);
    struct piece before = piece("entry"), during = piece("entry"), after = piece("entry");
    assert_false(err_failed(run(lane, &before)));
    area_kill_postgres(&area, SIGQUIT);
    assert_int_equal(run(lane, &during).code, ERR_DATABASE);
    assert_null(during.work.receipt.lane);
    area_start_postgres(&area);
    assert_false(err_failed(run(lane, &after)));
    lane_stop(lane);
    engine_close(e);
    engine_open(&area, true, e);
    assert_true(is_there(e, before.id));
    assert_false(is_there(e, during.id));
    assert_true(is_there(e, after.id));
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
        BOTH(a_bad_piece_spoils_nobody_else), BOTH(without_its_audit_row_nothing_is_kept), BOTH(many_writers_share_commits),
        BOTH(stopping_finishes_what_was_handed_over), cmocka_unit_test(a_full_disk_loses_nothing),
        cmocka_unit_test(readers_and_the_writer_do_not_wait_for_each_other), cmocka_unit_test(a_lost_server_fails_all_and_comes_back),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
