#include "main/medscribed.h"

#include "os/channel.h"
#include "wire/vault.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 4096, CONTROL_BACKLOG = 32, PAIR_BUFFER_BYTES = 4 * 1024 * 1024 };

static socklen_t fill_address(const struct address *address, struct sockaddr_storage *out)
{
    if (address->is_ipv6) {
        struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(address->port)};
        inet_pton(AF_INET6, address->host, &six.sin6_addr);
        memcpy(out, &six, sizeof six);
        return sizeof six;
    }
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(address->port)};
    inet_pton(AF_INET, address->host, &four.sin_addr);
    memcpy(out, &four, sizeof four);
    return sizeof four;
}

static int bound(const struct address *address, bool shared)
{
    struct sockaddr_storage to = {0};
    socklen_t n = fill_address(address, &to);
    const int yes = 1, no = 0;
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (address->is_ipv6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (shared) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&to, n) == 0 && (!shared || listen(fd, BACKLOG) == 0)) return fd;
    int error = errno;
    fd_close(&fd);
    errno = error;
    return -1;
}

struct err medscribed_sockets_listen(const struct config *config, unsigned loops, int *fds_out, struct buf *message)
{
    struct address address;
    const char *text = config_text(config, CONFIG_listen);
    if (!address_parse(text, &address)) return FAIL(CONFIG);
    /* Shared ports would let a second instance slip in beside the first: ask for the port alone before. */
    int alone = bound(&address, false);
    for (int attempt = 0; alone < 0 && errno == EADDRINUSE && attempt < 10; attempt++) { /* the front of a killed parent needs a moment */
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
        alone = bound(&address, false);
    }
    int error = alone < 0 ? errno : 0;
    fd_close(&alone);
    for (unsigned i = 0; error == 0 && i < loops; i++) {
        fds_out[i] = bound(&address, true);
        if (fds_out[i] < 0) error = errno;
    }
    if (error == 0) return OK;
    buf_reset(message);
    buf_put_text(message, "listen: ");
    buf_put_text(message, text);
    buf_put_text(message, error == EADDRINUSE      ? " is in use by another program; stop that one, or choose another port"
                          : error == EACCES        ? " needs more rights; choose a port of 1024 or more"
                          : error == EADDRNOTAVAIL ? " is not an address of this machine; choose one of its own, or [::] for all"
                                                   : " cannot be listened on; choose another address");
    return FAIL(CONFIG);
}

/* Through /proc/self/fd, because the folder's path may be longer than a socket's address allows. */
struct err medscribed_sockets_control(const struct folder *folder, int *fd_out, struct buf *message)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "/proc/self/fd/%d/control.sock", folder->fd);
    unlinkat(folder->fd, "control.sock", 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0177);
    bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof to) == 0 && listen(fd, CONTROL_BACKLOG) == 0;
    umask(before);
    if (ok) {
        *fd_out = fd;
        return OK;
    }
    fd_close(&fd);
    buf_reset(message);
    buf_put_text(message, "data: the socket control.sock cannot be made in this folder; use a folder on a disk of this machine");
    return FAIL(CONFIG);
}

struct err medscribed_sockets_pair(int type, int fds_out[static 2])
{
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds_out) != 0) return FAIL(IO);
    const int bytes = PAIR_BUFFER_BYTES;
    for (int i = 0; i < 2; i++)
        if (setsockopt(fds_out[i], SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0)
            setsockopt(fds_out[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes); /* as far as an ordinary user may */
    return OK;
}

struct err medscribed_sockets_area(int *fd_out)
{
    int fd = memfd_create("vault-area", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && ftruncate(fd, VAULT_AREA_BYTES) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
        *fd_out = fd;
        return OK;
    }
    fd_close(&fd);
    return FAIL(IO);
}
