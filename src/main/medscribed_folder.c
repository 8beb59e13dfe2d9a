#include "main/medscribed.h"

#include "base/clock.h"
#include "base/id.h"
#include "os/channel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { KEY_BYTES = 32, KEY_TEXT = 2 * KEY_BYTES + 1 };

static struct err check_folder(const char *path, int fd, struct buf *message)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode)) return medscribed_complain(message, "data", path, "is not a folder; name another one");
    if (st.st_uid != geteuid())
        return medscribed_complain(message, "data", path, "belongs to another user; run medscribed as its owner, or change the owner with chown -R");
    if ((st.st_mode & 077) != 0)
        return medscribed_complain(message, "data", path, "can be read by other users; run chmod 700 on it, after asking who may have read it");
    return OK;
}

/* flock: the kernel forgets it with the last process that holds it, so that no stale lock survives a crash. */
static struct err take_lock(const char *path, struct folder *folder, struct buf *message)
{
    folder->lock = openat(folder->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (folder->lock < 0) return medscribed_complain(message, "data", path, "cannot be written to; look at its owner and at the space on the disk");
    for (int attempt = 0; attempt < 40; attempt++) { /* the core of a killed parent may need a moment to end */
        if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0) {
            dprintf(ftruncate(folder->lock, 0) == 0 ? folder->lock : -1, "%d\n", (int)getpid());
            return OK;
        }
        if (errno != EWOULDBLOCK) break;
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
    return medscribed_complain(message, "data", path, "is in use by another medscribed; stop that one, or name another folder");
}

struct err medscribed_folder_open(const struct config *config, struct folder *folder_out, struct buf *message)
{
    const char *path = config_text(config, CONFIG_data);
    *folder_out = (struct folder){.fd = -1, .lock = -1};
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        if (errno == ENOENT) return medscribed_complain(message, "data", path, "cannot be made because the folder above it does not exist; make that one first");
        return medscribed_complain(message, "data", path, "cannot be made here; name a folder that this user may make");
    }
    folder_out->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_out->fd < 0) return medscribed_complain(message, "data", path, "cannot be opened; look at its owner and mode (0700)");
    TRY(check_folder(path, folder_out->fd, message));
    return take_lock(path, folder_out, message);
}

struct err medscribed_folder_write(const struct folder *folder, const char *name, unsigned mode, struct span content)
{
    char draft[256];
    snprintf(draft, sizeof draft, "%s.new", name);
    unlinkat(folder->fd, draft, 0);
    int fd = openat(folder->fd, draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) return FAIL(IO);
    struct err e = channel_write(fd, content);
    if (!err_failed(e) && fsync(fd) != 0) e = FAIL(IO);
    fd_close(&fd);
    if (!err_failed(e) && renameat(folder->fd, draft, folder->fd, name) != 0) e = FAIL(IO);
    if (!err_failed(e) && fsync(folder->fd) != 0) e = FAIL(IO);
    if (err_failed(e)) unlinkat(folder->fd, draft, 0);
    return e;
}

/* Is something here that an earlier root key sealed? */
static bool has_database(const struct folder *folder)
{
    int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    bool found = false;
    if (entries == NULL) return true; /* when in doubt, make no new key */
    for (struct dirent *entry; !found && (entry = readdir(entries)) != NULL;) {
        size_t n = strlen(entry->d_name);
        found = n > 3 && strcmp(entry->d_name + n - 3, ".db") == 0;
    }
    closedir(entries);
    return found;
}

static struct err make_key(const struct folder *folder, struct buf *message)
{
    uint8_t key[KEY_BYTES];
    char text[KEY_TEXT];
    random_bytes(key, sizeof key);
    for (size_t i = 0; i < sizeof key; i++) {
        text[2 * i] = "0123456789abcdef"[key[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[key[i] & 15];
    }
    text[KEY_TEXT - 1] = '\n';
    struct err e = medscribed_folder_write(folder, "root.key", 0400, span_of(text, sizeof text));
    explicit_bzero(key, sizeof key);
    explicit_bzero(text, sizeof text);
    if (err_failed(e)) return medscribed_complain(message, "root_key", "root.key", "cannot be written; look at the space on the disk");
    return OK;
}

static bool holds_key(int fd)
{
    char text[KEY_TEXT + 1];
    ssize_t n = pread(fd, text, sizeof text, 0);
    bool ok = n == KEY_TEXT || n == KEY_TEXT - 1;
    for (ssize_t i = 0; ok && i < KEY_TEXT - 1; i++)
        ok = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    explicit_bzero(text, sizeof text);
    return ok;
}

struct err medscribed_folder_root_key(const struct config *config, const struct folder *folder, int *fd_out, struct buf *message)
{
    const char *path = config_text(config, CONFIG_root_key);
    bool ours = path[0] == '\0';
    if (ours) path = "root.key";
    int fd = openat(ours ? folder->fd : AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && ours) {
        if (has_database(folder))
            return medscribed_complain(message, "root_key", path, "is missing although there is a database; put the key file back from its backup");
        TRY(make_key(folder, message));
        fd = openat(folder->fd, path, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0) return medscribed_complain(message, "root_key", path, "cannot be opened; name a file that this user may read");
    struct stat st;
    struct err e = OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
        e = medscribed_complain(message, "root_key", path, "can be read by other users; run chmod 400 on it");
    else if (!holds_key(fd))
        e = medscribed_complain(message, "root_key", path, "does not hold a key (one line of 64 hexadecimal digits); put it back from its backup");
    if (err_failed(e)) fd_close(&fd);
    else *fd_out = fd;
    return e;
}
