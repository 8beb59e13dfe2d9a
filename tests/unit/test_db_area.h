/* Databases for the tests: SQLite files in a folder of their own, and a private PostgreSQL cluster that the test starts. */
#ifndef MEDSCRIBE_TEST_DB_AREA_H
#define MEDSCRIBE_TEST_DB_AREA_H
#include "db/db.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct area {
    char folder[64];
    pid_t postgres; /* 0: not started */
};

struct engine_under_test {
    const char *name;
    char url[256], folder[128];
    struct db *db;
    struct db_conn *conn; /* a writer */
};

static inline void run_or_fail(const char *command)
{
    int status = system(command); // NOLINT: fixed commands of the test
    if (status != 0) fail_msg("%s ended with %d", command, status);
}

static inline void area_make(struct area *area)
{
    *area = (struct area){.postgres = 0};
    snprintf(area->folder, sizeof area->folder, "/tmp/ms-db-XXXXXX");
    assert_non_null(mkdtemp(area->folder));
}

static inline const char *postgres_programs(void)
{
    const char *given = getenv("MEDSCRIBE_POSTGRES");
    return given != NULL ? given : "/usr/lib/postgresql/15/bin";
}

/* PostgreSQL refuses to run as root: then it runs as its own user. Unix socket only. */
static inline const char *as_owner(void) { return geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : ""; }

static inline void area_start_postgres(struct area *area)
{
    char command[1024];
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        snprintf(command, sizeof command, "exec %s%s/postgres -D %s/pg -k %s -c listen_addresses= -c fsync=off -c shared_buffers=16MB -c logging_collector=off > /dev/null 2>&1",
                 as_owner(), postgres_programs(), area->folder, area->folder);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    area->postgres = pid;
    snprintf(command, sizeof command, "i=0; until %s/psql -q -h %s -U clinic -d postgres -c 'SELECT 1' > /dev/null 2>&1; do i=$((i+1)); [ $i -lt 200 ] || exit 1; sleep 0.1; done",
             postgres_programs(), area->folder);
    run_or_fail(command);
}

static inline void area_make_postgres(struct area *area)
{
    char command[1024];
    snprintf(command, sizeof command, "test -x %s/initdb || { echo 'PostgreSQL 15 is not installed: apt-get install postgresql' >&2; exit 1; }", postgres_programs());
    run_or_fail(command);
    snprintf(command, sizeof command, "chmod 755 %s && mkdir -m 700 %s/pg", area->folder, area->folder);
    run_or_fail(command);
    if (geteuid() == 0) {
        snprintf(command, sizeof command, "chown postgres %s %s/pg", area->folder, area->folder);
        run_or_fail(command);
    }
    snprintf(command, sizeof command, "cd / && %s%s/initdb -D %s/pg -U clinic --auth=trust --no-sync --encoding=UTF8 --locale=C.UTF-8 > /dev/null", as_owner(),
             postgres_programs(), area->folder);
    run_or_fail(command);
    area_start_postgres(area);
}

static inline void area_kill_postgres(struct area *area, int signal_number)
{
    if (area->postgres <= 0) return;
    kill(area->postgres, signal_number);
    waitpid(area->postgres, NULL, 0);
    area->postgres = 0;
}

static inline void area_free(struct area *area)
{
    char command[128];
    area_kill_postgres(area, SIGQUIT);
    snprintf(command, sizeof command, "rm -rf %s", area->folder);
    run_or_fail(command);
}

static inline void area_url(const struct area *area, char *url, size_t n) { snprintf(url, n, "postgresql://clinic@/postgres?host=%s", area->folder); }

static inline void engine_open(const struct area *area, bool postgres, struct engine_under_test *e)
{
    *e = (struct engine_under_test){.name = postgres ? "postgresql" : "sqlite"};
    snprintf(e->folder, sizeof e->folder, "%s", area->folder);
    if (postgres) area_url(area, e->url, sizeof e->url);
    struct buf message = BUF_WITH_MAX(4096);
    struct err opened = db_open(e->url, e->folder, &e->db, &message);
    if (err_failed(opened)) fail_msg("%s: %s: %.*s", e->name, err_name(opened.code), (int)message.n, (const char *)message.p);
    assert_int_equal(message.n, 0);
    buf_free(&message);
    assert_false(err_failed(db_connect(e->db, DB_WRITER, &e->conn)));
}

static inline void engine_close(struct engine_under_test *e)
{
    db_disconnect(e->conn);
    db_close(e->db);
    e->conn = NULL;
    e->db = NULL;
}

#endif
