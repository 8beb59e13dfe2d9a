#include "os/landlock.h"

#include <fcntl.h>
#include <link.h>
#include <linux/types.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's numbers, written out because Debian 12's header stops at ABI 2. */
enum { SYS_create_ruleset = 444, SYS_add_rule = 445, SYS_restrict_self = 446, RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2, CREATE_VERSION = 1 };

#define FS_EXECUTE (UINT64_C(1) << 0)
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR (UINT64_C(1) << 3)
#define FS_REMOVE_DIR (UINT64_C(1) << 4)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_DIR (UINT64_C(1) << 7)
#define FS_MAKE_REG (UINT64_C(1) << 8)
#define FS_MAKE_SYM (UINT64_C(1) << 12)
#define FS_REFER (UINT64_C(1) << 13)    /* ABI 2 */
#define FS_TRUNCATE (UINT64_C(1) << 14) /* ABI 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */
#define FS_ALL_OF_1 ((UINT64_C(1) << 13) - 1)
#define NET_BIND (UINT64_C(1) << 0)    /* ABI 4 */
#define NET_CONNECT (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_UNIX (UINT64_C(1) << 0) /* ABI 6 */
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

struct ruleset {
    uint64_t fs, net, scoped;
};
struct __attribute__((packed)) path_rule {
    uint64_t access;
    int32_t folder;
};

struct port_rule {
    uint64_t access, port;
};

int landlock_abi(void)
{
    long abi = syscall(SYS_create_ruleset, NULL, 0, CREATE_VERSION);
    return abi > 0 ? (int)abi : 0;
}

static uint64_t known_rights(int abi)
{
    uint64_t fs = FS_ALL_OF_1;
    if (abi >= 2) fs |= FS_REFER;
    if (abi >= 3) fs |= FS_TRUNCATE;
    if (abi >= 5) fs |= FS_IOCTL_DEV;
    return fs;
}

static struct err add_path(int rules, const char *path, uint64_t access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat st;
    if (fd < 0) return FAIL(SANDBOX);
    bool ok = fstat(fd, &st) == 0;
    if (ok && !S_ISDIR(st.st_mode)) access &= FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE | FS_EXECUTE;
    struct path_rule rule = {.access = access, .folder = fd};
    ok = ok && syscall(SYS_add_rule, rules, RULE_PATH_BENEATH, &rule, 0) == 0;
    close(fd);
    return ok ? OK : FAIL(SANDBOX);
}

/* Our own loader, which is that of every program of this machine; NULL in a static one. */
static int find_loader(struct dl_phdr_info *info, size_t size, void *path_out)
{
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_INTERP) *(const char **)path_out = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return 1; /* the program comes first; enough */
}

/* A program to become: it and its loader are executed, nothing else is. */
static struct err add_program(int rules, const char *program)
{
    const char *loader = NULL;
    TRY(add_path(rules, program, FS_READ_FILE | FS_EXECUTE));
    dl_iterate_phdr(find_loader, &loader);
    return loader == NULL ? OK : add_path(rules, loader, FS_READ_FILE | FS_EXECUTE);
}

static struct err add_paths(int rules, const struct sandbox_paths *paths, uint64_t known)
{
    uint64_t read = FS_READ_FILE | FS_READ_DIR;
    uint64_t write = read | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_REFER | FS_TRUNCATE;
    for (size_t i = 0; i < paths->readable_count; i++) TRY(add_path(rules, paths->readable[i], read & known));
    for (size_t i = 0; i < paths->writable_count; i++) TRY(add_path(rules, paths->writable[i], write & known));
    return paths->program == NULL ? OK : add_program(rules, paths->program);
}

static struct err add_ports(int rules, const struct sandbox_paths *paths)
{
    for (size_t i = 0; i < paths->connect_port_count; i++) {
        struct port_rule rule = {.access = NET_CONNECT, .port = paths->connect_ports[i]};
        if (syscall(SYS_add_rule, rules, RULE_NET_PORT, &rule, 0) != 0) return FAIL(SANDBOX);
    }
    return OK;
}

struct err landlock_enter(const struct sandbox_paths *paths, bool *confined_out)
{
    int abi = landlock_abi();
    *confined_out = false;
    if (abi == 0) return OK;
    struct ruleset rights = {.fs = known_rights(abi)};
    size_t size = sizeof rights.fs;
    if (abi >= 4) {
        rights.net = paths->allow_connect ? NET_BIND : NET_BIND | NET_CONNECT;
        size += sizeof rights.net;
    }
    if (abi >= 6) {
        rights.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
        size += sizeof rights.scoped;
    }
    int rules = (int)syscall(SYS_create_ruleset, &rights, size, 0);
    if (rules < 0) return FAIL(SANDBOX);
    struct err e = add_paths(rules, paths, rights.fs);
    if (!err_failed(e) && abi >= 4) e = add_ports(rules, paths);
    if (!err_failed(e) && syscall(SYS_restrict_self, rules, 0) != 0) e = FAIL(SANDBOX);
    close(rules);
    *confined_out = !err_failed(e);
    return e;
}
