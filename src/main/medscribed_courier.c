#include "main/medscribed.h"

#include "os/channel.h"
#include "wire/courier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool medscribed_courier_wanted(const struct config *config)
{
    return config_text(config, CONFIG_speech_server)[0] != '\0' || config_text(config, CONFIG_text_server)[0] != '\0';
}

/* *fd_out = -1 where the setting is empty. */
static struct err open_file(const struct config *config, enum config_name name, const char *word, bool secret, int *fd_out, struct buf *message)
{
    const char *path = config_text(config, name);
    struct stat st;
    *fd_out = -1;
    if (path[0] == '\0') return OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return medscribed_complain(message, word, path, errno == ENOENT ? "is not there; correct the setting" : "cannot be opened; let its owner be the user of the service");
    struct err e = OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) e = medscribed_complain(message, word, path, "is not a file");
    else if (secret && (st.st_mode & 077) != 0) e = medscribed_complain(message, word, path, "can be read by other users; run chmod 600 on it");
    if (err_failed(e)) fd_close(&fd);
    *fd_out = fd;
    return e;
}

struct err medscribed_courier_start(const struct config *config, const char *directory, const struct courier *courier, struct process *process_out, struct buf *message)
{
    static const struct {
        enum config_name name;
        const char *word;
        enum child_fd_kind kind;
        unsigned index;
    } files[] = {{CONFIG_speech_key, "speech_key", CHILD_FD_SERVER_KEY, COURIER_SPEECH}, {CONFIG_text_key, "text_key", CHILD_FD_SERVER_KEY, COURIER_TEXT},
                 {CONFIG_remote_ca, "remote_ca", CHILD_FD_AUTHORITIES, 0}};
    enum { FILES = sizeof files / sizeof files[0] };
    int fds[FILES];
    struct child child = {.config = (struct config *)(uintptr_t)config};
    struct process_start start = {.program = PROGRAM_COURIER, .directory = directory, .keep = -1, .child = &child};
    struct err e = OK;
    child_add(&child, CHILD_FD_CALLS, 0, courier->calls);
    for (size_t i = 0; i < FILES; i++) {
        fds[i] = -1;
        if (!err_failed(e)) e = open_file(config, files[i].name, files[i].word, files[i].kind == CHILD_FD_SERVER_KEY, &fds[i], message);
        if (fds[i] >= 0) child_add(&child, files[i].kind, files[i].index, fds[i]);
    }
    if (!err_failed(e)) e = medscribed_process_start(&start, process_out);
    for (size_t i = 0; i < FILES; i++) fd_close(&fds[i]);
    return e;
}
