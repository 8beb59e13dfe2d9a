#include "rules/sweep.h"

#include "base/clock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_A_STEP = 100 };

/* Older than a day, and not older than the database: that is another one's, as when a setting names the wrong one for a while. */
static bool is_old(int dir, const char *name, const struct sweep *sweep, int64_t now_us)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) return false;
    int64_t at_us = SECONDS_US(st.st_mtime);
    return at_us < now_us - DAYS_US(1) && at_us >= sweep->since_us;
}

static struct err read_since(struct runner *runner, struct sweep *sweep)
{
    struct rows rows;
    const struct value clinic = value_id(&runner->core->clinic);
    arena_reset(&runner->arena);
    TRY(db_query(runner->conn, SQL_clinic_since, NULL, &clinic, 1, &runner->arena, &rows));
    if (rows.count != 1) return FAIL(SCHEMA);
    sweep->since_us = rows_number(&rows, 0, 0);
    return OK;
}

/* ERR_CANCELLED at the end of the folder. */
static struct err look_at_one(struct runner *runner, struct sweep *sweep, int64_t now_us)
{
    int dir = runner->core->files_dir;
    struct id id;
    struct rows rows;
    const struct dirent *entry = readdir(sweep->folder);
    if (entry == NULL) return FAIL(CANCELLED);
    if (!id_parse(span_text(entry->d_name), &id) || !is_old(dir, entry->d_name, sweep, now_us)) return OK;
    const struct value value = value_id(&id);
    arena_reset(&runner->arena);
    TRY(db_query(runner->conn, SQL_file_owner, NULL, &value, 1, &runner->arena, &rows));
    if (rows.count > 0) return OK;
    if (unlinkat(dir, entry->d_name, 0) != 0) return FAIL(STORAGE);
    sweep->removed++;
    return OK;
}

static void tell(struct core *core, int64_t removed)
{
    struct audit_entry entry = {.clinic = core->clinic, .request_id = id_random(), .action = AUDIT_FILES_SWEPT, .resource_type = RESOURCE_SYSTEM, .success = true};
    audit_detail_number(&entry, DETAIL_COUNT, removed);
    struct lane_work work = {.audit = &entry};
    IGNORE(lane_run(core->lane, &work));
}

void sweep_step(struct runner *runner, struct sweep *sweep, int64_t now_us)
{
    if (sweep->folder == NULL) {
        if (sweep->begun_us != 0 && now_us - sweep->begun_us < DAYS_US(1)) return;
        int fd = openat(runner->core->files_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        *sweep = (struct sweep){.folder = fd < 0 ? NULL : fdopendir(fd), .begun_us = now_us};
        if (sweep->folder == NULL && fd >= 0) close(fd);
    }
    struct err e = sweep->folder != NULL && sweep->since_us == 0 ? read_since(runner, sweep) : OK;
    for (unsigned i = 0; i < FILES_A_STEP && sweep->folder != NULL && !err_failed(e); i++) e = look_at_one(runner, sweep, now_us);
    if (err_failed(e)) sweep_end(sweep);
    if (err_failed(e) && sweep->removed > 0) tell(runner->core, sweep->removed);
}

void sweep_end(struct sweep *sweep)
{
    if (sweep->folder != NULL) closedir(sweep->folder);
    sweep->folder = NULL;
}
