/* The key store as a program of its own, sandbox on (argument: its path): how it starts, what it survives, when it ends, and
   what lies in its memory. */
#include "crypt/secret.h"
#include "crypt/vault_client.h"
#include "os/channel.h"
#include "os/child.h"
#include "test_vault_area.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif

static const char *program;

struct running {
    pid_t pid;
    int parent_fd, client_fds[2], area_fds[2];
};

static int file_of(const char *text)
{
    int fd = memfd_create("root key", MFD_CLOEXEC);
    size_t n = strlen(text);
    assert_true(fd >= 0 && write(fd, text, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static int area_of(size_t bytes, int seals)
{
    int fd = memfd_create("area", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(fd >= 0 && ftruncate(fd, (off_t)bytes) == 0 && fcntl(fd, F_ADD_SEALS, seals) == 0);
    return fd;
}

static void give(struct child *child, enum child_fd_kind kind, unsigned index, int fd)
{
    assert_true(child_add(child, kind, index, fd));
}

static void start(struct running *r, const char *root, size_t area_bytes, int seals)
{
    int parent[2], vault_ends[2], key = file_of(root);
    struct child child = {.loops = 1, .vault_clients = 2};
    struct buf message = BUF_WITH_MAX(4096);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, parent), 0);
    r->pid = fork();
    if (r->pid == 0) {
        if (dup2(parent[1], CHILD_SOCKET) < 0) _exit(126);
        if (parent[1] == CHILD_SOCKET) fcntl(CHILD_SOCKET, F_SETFD, 0);
        execl(program, "vault", (char *)NULL);
        _exit(127);
    }
    close(parent[1]);
    r->parent_fd = parent[0];
    assert_false(err_failed(config_load(NULL, &child.config, &message)));
    give(&child, CHILD_FD_ROOT_KEY, 0, key);
    for (unsigned i = 0; i < 2; i++) {
        int client[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, client), 0);
        r->client_fds[i] = client[0];
        vault_ends[i] = client[1];
        r->area_fds[i] = area_of(area_bytes, seals);
        give(&child, CHILD_FD_CLIENT, i, client[1]);
        give(&child, CHILD_FD_VAULT_AREA, i, r->area_fds[i]);
    }
    assert_false(err_failed(child_hand_over(r->parent_fd, &child)));
    close(vault_ends[0]);
    close(vault_ends[1]);
    close(key);
    config_free(child.config);
    buf_free(&message);
}

static bool came_up(struct running *r)
{
    struct buf message = BUF_WITH_MAX(64);
    size_t none = 0;
    bool up = !err_failed(channel_receive(r->parent_fd, &message, NULL, &none)) && message.n == 1 && message.p[0] == CHILD_READY;
    buf_free(&message);
    return up;
}

static int end(struct running *r)
{
    int status;
    fd_close(&r->parent_fd);
    for (unsigned i = 0; i < 2; i++) {
        fd_close(&r->client_fds[i]);
        fd_close(&r->area_fds[i]);
    }
    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A whole batch over the socket: the client still gets what it asks for. */
static void assert_works(struct running *r, unsigned i)
{
    struct vault_client client;
    struct buf key = BUF_WITH_MAX(VAULT_WRAPPED_MAX), envelope = BUF_WITH_MAX(1000), plain = BUF_WITH_MAX(1000);
    assert_false(err_failed(vault_client_open(&client, r->client_fds[i], r->area_fds[i])));
    struct vault_request request = {.kind = VAULT_NEW_PERSON, .person = id_counting(1)};
    assert_false(err_failed(vault_client_call(&client, &request, &key)));
    request = (struct vault_request){.kind = VAULT_SEAL, .purpose = PURPOSE_DRAFT, .person = id_counting(1), .key = buf_span(&key),
                                     .in = SPAN_LITERAL("twice a day")};
    assert_false(err_failed(vault_client_call(&client, &request, &envelope)));
    request.kind = VAULT_OPEN;
    request.in = buf_span(&envelope);
    assert_false(err_failed(vault_client_call(&client, &request, &plain)));
    assert_true(span_is(buf_span(&plain), "twice a day"));
    vault_client_close(&client);
    buf_free(&key);
    buf_free(&envelope);
    buf_free(&plain);
}

static void serves_and_ends_in_order(void **state)
{
    (void)state;
    struct running r;
    start(&r, test_root, VAULT_AREA_BYTES, F_SEAL_SHRINK);
    assert_true(came_up(&r));
    assert_works(&r, 0);
    assert_works(&r, 1);
    assert_int_equal(end(&r), 0);
}

static void ends_with_its_parent(void **state)
{
    (void)state;
    struct running r;
    int status;
    start(&r, test_root, VAULT_AREA_BYTES, F_SEAL_SHRINK);
    assert_true(came_up(&r));
    fd_close(&r.parent_fd);
    assert_int_equal(waitpid(r.pid, &status, 0), r.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    for (unsigned i = 0; i < 2; i++) {
        close(r.client_fds[i]);
        close(r.area_fds[i]);
    }
}

static void ends_with_its_clients(void **state)
{
    (void)state;
    struct running r;
    int status;
    start(&r, test_root, VAULT_AREA_BYTES, F_SEAL_SHRINK);
    assert_true(came_up(&r));
    fd_close(&r.client_fds[0]);
    assert_works(&r, 1); /* one gone, the other served */
    fd_close(&r.client_fds[1]);
    assert_int_equal(waitpid(r.pid, &status, 0), r.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    fd_close(&r.parent_fd);
    close(r.area_fds[0]);
    close(r.area_fds[1]);
}

/* SEC-051, SEC-107: no key, no service; a weak one is none. */
static void weak_root_keys(void **state)
{
    (void)state;
    static const char *const weak[] = {
        "", "secret\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
        "0000000000000000000000000000000000000000000000000000000000000000\n",
        "cb3184b443d79c5169c0d0ff74efc99444364c5d9b2b27d09dfe6afce80f66d6\ncb3184b443d79c51\n",
    };
    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++) {
        struct running r;
        start(&r, weak[i], VAULT_AREA_BYTES, F_SEAL_SHRINK);
        assert_false(came_up(&r));
        assert_int_equal(end(&r), CONFIG_EXIT);
    }
}

/* An area that could be cut short under the vault would end it: it does not take one. */
static void areas_must_be_sealed(void **state)
{
    (void)state;
    struct running r;
    start(&r, test_root, VAULT_AREA_BYTES, 0);
    assert_false(came_up(&r));
    assert_int_equal(end(&r), EXIT_FAILURE);
    start(&r, test_root, VAULT_AREA_BYTES - 4096, F_SEAL_SHRINK);
    assert_false(came_up(&r));
    assert_int_equal(end(&r), EXIT_FAILURE);
}

static uint32_t answer(int fd)
{
    uint32_t done = 1;
    assert_int_equal(read(fd, &done, sizeof done), sizeof done);
    return done;
}

/* TM-05: 100,000 malformed messages; the other client does not notice. */
static void malformed_messages(void **state)
{
    (void)state;
    struct running r;
    uint8_t junk[64];
    start(&r, test_root, VAULT_AREA_BYTES, F_SEAL_SHRINK);
    assert_true(came_up(&r));
    memset(junk, 0xff, sizeof junk);
    for (size_t n = 1; n <= sizeof junk; n++) { /* 4 bytes of 0xff: a count that is too large */
        assert_int_equal(write(r.client_fds[0], junk, n), n);
        assert_int_equal(answer(r.client_fds[0]), 0);
    }
    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t count = i % 3 == 0 ? 0 : VAULT_OPS_MAX + i;
        assert_int_equal(write(r.client_fds[0], &count, 1 + i % 4), 1 + i % 4);
        uint32_t done = answer(r.client_fds[0]);
        if (done != 0) fail_msg("message %u: %u", i, done);
    }
    assert_works(&r, 0);
    assert_works(&r, 1);
    assert_int_equal(end(&r), 0);
}

/* A client that never fetches its answers holds nobody up. */
static void deaf_client(void **state)
{
    (void)state;
    struct running r;
    uint32_t count = 0;
    start(&r, test_root, VAULT_AREA_BYTES, F_SEAL_SHRINK);
    assert_true(came_up(&r));
    fcntl(r.client_fds[0], F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 100000; i++)
        if (write(r.client_fds[0], &count, sizeof count) < 0) usleep(1);
    assert_works(&r, 1);
    assert_int_equal(end(&r), 0);
}

/* How often a pattern lies in the process's memory; needs the right to read it (root). */
static int find_in(pid_t pid, const uint8_t *pattern, size_t n)
{
    char path[64], line[512];
    int found = 0;
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    if (memory < 0 || maps == NULL) {
        if (maps != NULL) fclose(maps);
        if (memory >= 0) close(memory);
        return -1;
    }
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx r", &from, &to) != 2 || strstr(line, "[v") != NULL) continue;
        uint8_t *copy = malloc(to - from);
        ssize_t got = copy != NULL ? pread(memory, copy, to - from, (off_t)from) : -1;
        for (uint8_t *at = copy; got > 0; at++, found++) {
            at = memmem(at, (size_t)(copy + got - at), pattern, n);
            if (at == NULL) break;
        }
        free(copy);
    }
    fclose(maps);
    close(memory);
    return found;
}

static long status_kib(pid_t pid, const char *name)
{
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0) value = strtol(line + strlen(name), NULL, 10);
    if (file != NULL) fclose(file);
    return value;
}

/* SEC-111: the root key is nowhere, a KEK at most once; the keys' memory is locked and not swapped. */
static void memory_of_the_program(void **state)
{
    (void)state;
#ifdef UNDER_SANITIZER
    skip(); /* the sanitizer's own memory is beyond reading */
#endif
    struct running r;
    struct cipher *cipher;
    uint8_t root[VAULT_ROOT_BYTES], kek[CIPHER_KEY_BYTES];
    start(&r, test_root, VAULT_AREA_BYTES, F_SEAL_SHRINK);
    assert_true(came_up(&r));
    assert_works(&r, 0);
    assert_false(err_failed(vault_keys_read_root(span_text(test_root), root)));
    assert_false(err_failed(cipher_new(&cipher)));
    assert_true(cipher_derive(cipher, span_of(root, sizeof root), SPAN_NONE, vault_keys_label(VAULT_INFO_KEK),
                              span_of((const uint8_t[]){1, 0, 0, 0}, 4), kek, sizeof kek));
    cipher_free(cipher);
    int keks = find_in(r.pid, kek, sizeof kek);
    if (keks < 0) {
        end(&r);
        skip();
    }
    assert_int_equal(keks, 1);
    assert_int_equal(find_in(r.pid, root, sizeof root), 0);
    assert_int_equal(find_in(r.pid, (const uint8_t *)test_root, 32), 0);
    assert_int_equal(find_in(r.pid, (const uint8_t *)"twice a day", 11), 0);
    assert_true(status_kib(r.pid, "VmLck:") > 256);
    assert_int_equal(status_kib(r.pid, "VmSwap:"), 0);
    assert_int_equal(end(&r), 0);
}

int main(int argc, char **argv)
{
    if (argc != 2) return 64;
    program = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_and_ends_in_order), cmocka_unit_test(ends_with_its_parent),
        cmocka_unit_test(ends_with_its_clients), cmocka_unit_test(weak_root_keys), cmocka_unit_test(areas_must_be_sealed),
        cmocka_unit_test(malformed_messages), cmocka_unit_test(deaf_client), cmocka_unit_test(memory_of_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
