/* core: decisions, database, audit. Parses nothing; its requests are typed, its keys are the vault's. */
#include "base/clock.h"
#include "os/channel.h"
#include "os/child.h"
#include "os/config.h"
#include "os/sandbox.h"
#include "rules/audit.h"
#include "rules/jobs.h"
#include "rules/offload.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LOOPS_MAX = 64, HASH_QUEUE = 32, FILE_QUEUE = 1024, FILE_THREADS = 2, SCAN_THREADS = 4, SCAN_QUEUE = 64, GUARD_THREADS = 2, GUARD_QUEUE = 64
};

static struct core *the_core;
static struct loop *loops[LOOPS_MAX];
static unsigned loop_count;

static void log_line(const char *level, const char *text) { fprintf(stderr, "%s: %s\n", level, text); }

static int give_up(const char *what, struct err e, struct buf *message)
{
    fprintf(stderr, "error: %s: %s%s%.*s\n", what, err_name(e.code), message != NULL && message->n > 0 ? ": " : "",
            message != NULL ? (int)message->n : 0, message != NULL && message->p != NULL ? (const char *)message->p : "");
    return e.code == ERR_CONFIG || e.code == ERR_SCHEMA || e.code == ERR_DATABASE ? CONFIG_EXIT : EXIT_FAILURE;
}

static void stop(int signal_number)
{
    (void)signal_number;
    atomic_store(&the_core->stopping, true);
    for (unsigned i = 0; i < loop_count; i++) loop_stop(loops[i]);
}

/* The first start makes the clinic. */
struct first_clinic {
    struct id id;
    struct rows rows;
    struct arena arena;
};

static struct err make_clinic(struct db_conn *writer, void *arg)
{
    struct first_clinic *c = arg;
    TRY(db_query(writer, SQL_clinic_first, NULL, NULL, 0, &c->arena, &c->rows));
    if (c->rows.count > 0) return OK;
    const struct value values[] = {value_id(&c->id), value_text(SPAN_LITERAL("Clinic")), value_number(clock_now_us())};
    return db_exec(writer, SQL_clinic_insert, NULL, values, 3);
}

static struct err find_clinic(struct core *core)
{
    struct first_clinic c = {.id = id_random()};
    arena_init(&c.arena, 1 << 16);
    struct lane_work work = {.apply = make_clinic, .arg = &c};
    struct err e = lane_run(core->lane, &work);
    core->clinic = c.rows.count > 0 ? rows_id(&c.rows, 0, 0) : c.id;
    arena_free(&c.arena);
    return e;
}

/* On a full disk, and with a log that was tampered with, the service starts all the same: what needs no audit row is answered,
   and the operator can look (`medscribe audit verify`). */
static struct err audit_start(struct core *core)
{
    struct audit_entry entry = {.clinic = core->clinic, .request_id = id_random(), .action = AUDIT_STARTED, .resource_type = RESOURCE_SYSTEM, .success = true};
    struct lane_work work = {.audit = &entry};
    struct err e = lane_run(core->lane, &work);
    if (e.code != ERR_STORAGE && e.code != ERR_CHAIN_BROKEN) return e;
    if (e.code == ERR_CHAIN_BROKEN) log_line("error", "the audit log does not fit its head: nothing medical is shown; run `medscribe audit verify`");
    atomic_store(&core->degraded, true);
    return OK;
}

static struct err open_files(struct core *core, const char *data)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/files", data);
    if (mkdir(path, 0700) != 0 && access(path, X_OK) != 0) return FAIL(STORAGE);
    core->files_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return core->files_dir < 0 ? FAIL(STORAGE) : OK;
}

static struct err enter_sandbox(const struct core *core, const char *data)
{
    bool shared = config_text(core->config, CONFIG_database)[0] != '\0';
    const char *const writable[] = {data};
    const char *const readable[] = {"/etc", "/usr/share/zoneinfo", "/run/postgresql", "/var/run/postgresql", "/usr/lib/ssl"};
    const struct sandbox_paths paths = {.writable = writable, .writable_count = 1, .readable = readable,
                                        .readable_count = shared ? sizeof readable / sizeof readable[0] : 0, .allow_connect = shared,
                                        .allow_connect_here = config_text(core->config, CONFIG_malware_scanner)[0] != '\0'};
    return sandbox_enter(SANDBOX_CORE, &paths);
}

static struct err open_shared(struct core *core, struct buf *message)
{
    TRY(db_open(config_text(core->config, CONFIG_database), config_text(core->config, CONFIG_data), &core->db, message));
    TRY(audit_chain_new(core->db, &core->chain));
    const struct lane_hooks hooks = audit_hooks(core->chain);
    TRY(lane_start(core->db, &hooks, &core->lane));
    TRY(find_clinic(core));
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    TRY(offload_start(processors > 2 ? (unsigned)processors - 1 : 1, HASH_QUEUE, &core->hashing));
    if (config_text(core->config, CONFIG_malware_scanner)[0] != '\0') TRY(offload_start(SCAN_THREADS, SCAN_QUEUE, &core->scanning));
    TRY(offload_start(FILE_THREADS, FILE_QUEUE, &core->files));
    return offload_start(GUARD_THREADS, GUARD_QUEUE, &core->guards);
}

/* Data of another root key would not open, and what is sealed from now on would belong to neither: better not to start. The
   first checkpoint is made at once, so that there is one to compare with from the first start on. */
static struct err check_key(struct core *core)
{
    unsigned last = core->child->vault_clients - 1; /* jobs_start() opens it after this */
    struct vault_client vault;
    TRY(vault_client_open(&vault, child_fd(core->child, CHILD_FD_VAULT, last), child_fd(core->child, CHILD_FD_VAULT_AREA, last)));
    struct err e = audit_check_key(core->db, &vault);
    if (e.code == ERR_CONFIG) log_line("error", "root_key is not the key of this database: put the right root.key in its place");
    if (!err_failed(e)) e = audit_start(core);
    if (!err_failed(e)) IGNORE(audit_checkpoint(core, &vault));
    vault_client_close(&vault);
    return e;
}

static void *run_loop(void *arg)
{
    loop_run(arg);
    return NULL;
}

static struct err open_loops(struct core *core)
{
    const struct child *child = core->child;
    for (unsigned i = 0; i < child->loops; i++) {
        TRY(loop_new(core, i, child_fd(child, CHILD_FD_FRONT, i), child_fd(child, CHILD_FD_VAULT, i), child_fd(child, CHILD_FD_VAULT_AREA, i),
                     i == 0 ? child_fd(child, CHILD_FD_CONTROL, 0) : -1, &loops[i]));
        loop_count++;
    }
    return OK;
}

static struct err start_jobs(struct core *core, struct jobs **jobs_out)
{
    int fds[CHILD_VAULT_CLIENTS_EXTRA], areas[CHILD_VAULT_CLIENTS_EXTRA];
    for (unsigned i = 0; i < CHILD_VAULT_CLIENTS_EXTRA; i++) {
        fds[i] = child_fd(core->child, CHILD_FD_VAULT, core->child->loops + i);
        areas[i] = child_fd(core->child, CHILD_FD_VAULT_AREA, core->child->loops + i);
    }
    int64_t threads = config_integer(core->config, CONFIG_workers);
    if (threads > CHILD_VAULT_CLIENTS_EXTRA - 1) threads = CHILD_VAULT_CLIENTS_EXTRA - 1;
    return jobs_start(core, (unsigned)threads, fds, areas, jobs_out);
}

static struct err serve(struct core *core)
{
    pthread_t threads[LOOPS_MAX];
    struct jobs *jobs = NULL;
    TRY(check_key(core));
    TRY(open_loops(core));
    TRY(start_jobs(core, &jobs));
    TRY(child_ready(core->child));
    for (unsigned i = 1; i < loop_count; i++)
        if (pthread_create(&threads[i], NULL, run_loop, loops[i]) != 0) return FAIL(OUT_OF_MEMORY);
    loop_run(loops[0]);
    stop(0);
    for (unsigned i = 1; i < loop_count; i++) pthread_join(threads[i], NULL);
    jobs_stop(jobs);
    offload_stop(core->hashing);
    offload_stop(core->files);
    if (core->scanning != NULL) offload_stop(core->scanning);
    offload_stop(core->guards);
    lane_stop(core->lane);
    return OK;
}

int main(void)
{
    static struct child child;
    static struct core core;
    struct buf message = BUF_WITH_MAX(4096);
    struct err e = child_start(&child);
    if (err_failed(e)) return give_up("core: could not start", e, NULL);
    the_core = &core;
    core.child = &child;
    core.config = child.config;
    core.log = log_line;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    const char *data = config_text(core.config, CONFIG_data);
    e = open_files(&core, data);
    if (!err_failed(e)) e = enter_sandbox(&core, data);
    if (!err_failed(e)) e = open_shared(&core, &message);
    if (err_failed(e)) return give_up("core: the service cannot open its data", e, &message);
    e = serve(&core);
    return err_failed(e) ? give_up("core", e, NULL) : EXIT_SUCCESS;
}
