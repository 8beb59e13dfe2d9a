/* The key store's program: one thread, fixed-shape messages, everything set up before the sandbox closes.
   Each client sends u32 counts over its own socket and shares one area with us (wire/vault.h). A message that is none gets
   the answer 0 and nothing else; a client that is gone is forgotten; without clients or parent the program ends. */
#include "base/clock.h"
#include "crypt/vault.h"
#include "os/channel.h"
#include "os/child.h"
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CLIENTS_MAX = CHILD_FDS_MAX, EVENTS = 16, PARENT = CLIENTS_MAX };

struct client {
    int fd; /* -1: gone */
    uint8_t *area;
};

struct server {
    struct vault *vault;
    struct client clients[CLIENTS_MAX];
    unsigned alive;
    int epoll;
};

/* One line that names what is wrong and the mend; never data. */
static _Noreturn void give_up(int code, const char *line)
{
    fprintf(stderr, "vault: %s\n", line);
    exit(code);
}

/* Keeps the heap as it is now out of swap: the expanded keys that libcrypto has loaded lie there. */
static bool lock_heap(const void *heap_start)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)heap_start / page * page, to = (uintptr_t)sbrk(0);
    return to <= from || mlock((const void *)from, to - from) == 0;
}

static struct vault *make_vault(const struct child *child)
{
    uint8_t text[VAULT_ROOT_TEXT + 1], root[VAULT_ROOT_BYTES];
    size_t n = 0;
    int fd = child_fd(child, CHILD_FD_ROOT_KEY, 0);
    for (ssize_t got; n < sizeof text && (got = read(fd, text + n, sizeof text - n)) > 0;) n += (size_t)got;
    struct err failed = vault_keys_read_root(span_of(text, n), root);
    explicit_bzero(text, sizeof text);
    if (err_failed(failed))
        give_up(CONFIG_EXIT, "root_key: the file must hold 64 random hexadecimal digits and a newline (openssl rand -hex 32)");
    struct vault *vault;
    failed = vault_new(root, (uint32_t)config_integer(child->config, CONFIG_people_per_minute), &vault);
    explicit_bzero(root, sizeof root);
    if (err_failed(failed)) give_up(EXIT_FAILURE, "the keys could not be set up (memory, or a libcrypto without AES-GCM or KWP)");
    return vault;
}

/* The area must have its size for ever: without the seal a client could cut it and so end us. */
static uint8_t *map_area(int fd)
{
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size < VAULT_AREA_BYTES) return NULL;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) return NULL;
    void *area = mmap(NULL, VAULT_AREA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (area == MAP_FAILED || madvise(area, VAULT_AREA_BYTES, MADV_DONTDUMP) != 0) return NULL;
    return area;
}

static bool watch(const struct server *server, int fd, uint32_t name)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = name};
    return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool add_clients(struct server *server, const struct child *child)
{
    for (unsigned i = 0; i < child->vault_clients && i < CLIENTS_MAX; i++) {
        struct client *client = &server->clients[i];
        client->fd = child_fd(child, CHILD_FD_CLIENT, i);
        client->area = map_area(child_fd(child, CHILD_FD_VAULT_AREA, i));
        if (client->fd < 0 || client->area == NULL || fcntl(client->fd, F_SETFL, O_NONBLOCK) != 0) return false;
        if (!watch(server, client->fd, i)) return false;
        server->alive++;
    }
    return server->alive > 0 && watch(server, child_fd(child, CHILD_FD_PARENT, 0), PARENT);
}

static void forget(struct server *server, struct client *client)
{
    fd_close(&client->fd); /* leaves epoll too */
    munmap(client->area, VAULT_AREA_BYTES);
    server->alive--;
}

/* A client that does not fetch its answers loses them: nobody waits for it. */
static void serve(struct server *server, struct client *client)
{
    uint32_t message[4], done = 0;
    ssize_t n = read(client->fd, message, sizeof message);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        forget(server, client);
        return;
    }
    if (n == (ssize_t)sizeof message[0])
        done = vault_serve_batch(server->vault, client->area, message[0], clock_monotonic_us());
    if (write(client->fd, &done, sizeof done) < 0 && errno != EAGAIN && errno != EINTR) forget(server, client);
}

/* True when the parent is gone; it says nothing that the vault has to know. */
static bool parent_left(const struct child *child)
{
    uint8_t unused[64];
    ssize_t n = read(child_fd(child, CHILD_FD_PARENT, 0), unused, sizeof unused);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void run(struct server *server, const struct child *child)
{
    struct epoll_event events[EVENTS];
    while (server->alive > 0) {
        int n = epoll_wait(server->epoll, events, EVENTS, -1);
        if (n < 0 && errno != EINTR) return;
        for (int i = 0; i < n; i++) {
            uint32_t name = events[i].data.u32;
            if (name == PARENT && parent_left(child)) return;
            if (name != PARENT && server->clients[name].fd >= 0) serve(server, &server->clients[name]);
        }
    }
}

/* Everything up to the first message; NULL, or what is wrong. */
static const char *prepare(struct server *server, const struct child *child, const void *heap_start)
{
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (server->epoll < 0 || !add_clients(server, child)) return "clients' sockets or areas are not as agreed";
    int key_fd = child_fd(child, CHILD_FD_ROOT_KEY, 0);
    fd_close(&key_fd);
    if (!lock_heap(heap_start) || !vault_is_locked(server->vault))
        fprintf(stderr, "vault: the keys' memory could not be locked; raise RLIMIT_MEMLOCK (LimitMEMLOCK=) or turn swap off\n");
    if (err_failed(sandbox_enter(SANDBOX_VAULT, NULL))) return "the sandbox could not be put on";
    return err_failed(child_ready(child)) ? "the parent is gone" : NULL;
}

int main(void)
{
    static struct child child;
    static struct server server;
    const void *heap_start = sbrk(0);
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL); /* no file of the host changes what the algorithms are */
    if (err_failed(child_start(&child))) give_up(EXIT_FAILURE, "this program is started by medscribed");
    server.vault = make_vault(&child);
    const char *wrong = prepare(&server, &child, heap_start);
    if (wrong == NULL) run(&server, &child);
    vault_free(server.vault); /* wipes, whatever happened */
    if (wrong != NULL) give_up(EXIT_FAILURE, wrong);
    return EXIT_SUCCESS;
}
