/* What the vault costs: in this process (arithmetic only) and across the real process boundary, sandbox on.
       meson test --benchmark -C build/release --suite vault -v */
#include "base/clock.h"
#include "crypt/vault.h"
#include "crypt/vault_client.h"
#include "os/channel.h"
#include "os/child.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIELDS = 40, BYTES = 600, PEOPLE = 40, CROWD = 4096, ROUNDS = 20000 };

struct person {
    struct id id;
    uint8_t key[VAULT_WRAPPED_BYTES], envelope[BYTES + VAULT_ENVELOPE_BYTES];
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench_vault: %s\n", what);
    exit(1);
}

static void must(struct err e, const char *what)
{
    if (err_failed(e)) die(what);
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_person(struct vault_client *client, struct person *p, const uint8_t *text)
{
    struct buf out = BUF_WITH_MAX(4096);
    p->id = id_random();
    struct vault_request request = {.kind = VAULT_NEW_PERSON, .person = p->id};
    must(vault_client_call(client, &request, &out), "new person");
    memcpy(p->key, out.p, sizeof p->key);
    buf_reset(&out);
    request = (struct vault_request){.kind = VAULT_SEAL, .purpose = PURPOSE_DRAFT, .person = p->id, .row = p->id,
                                     .key = span_of(p->key, sizeof p->key), .in = span_of(text, BYTES)};
    must(vault_client_call(client, &request, &out), "seal");
    memcpy(p->envelope, out.p, sizeof p->envelope);
    buf_free(&out);
}

static void gather(struct vault_client *client, const struct person *people, size_t from, size_t distinct, unsigned fields)
{
    uint32_t number;
    for (unsigned i = 0; i < fields; i++) {
        const struct person *p = &people[from + i % distinct];
        struct vault_request request = {.kind = VAULT_OPEN, .purpose = PURPOSE_DRAFT, .person = p->id, .row = p->id,
                                        .key = span_of(p->key, sizeof p->key), .in = span_of(p->envelope, sizeof p->envelope)};
        must(vault_client_add(client, &request, &number), "add");
    }
}

static void check(const struct vault_client *client, unsigned fields)
{
    struct span out;
    for (unsigned i = 0; i < fields; i++) must(vault_client_answer(client, i, &out), "open");
}

/* --- in this process --- */

static void measure_here(const char *name, struct vault *vault, struct vault_client *client, const struct person *people,
                         size_t distinct, size_t step)
{
    double spent = 0;
    size_t from = 0;
    for (int round = 0; round < ROUNDS / 10; round++, from = (from + step) % (CROWD - FIELDS)) {
        gather(client, people, from, distinct, FIELDS);
        double start = seconds(CLOCK_THREAD_CPUTIME_ID);
        vault_serve_batch(vault, client->area, FIELDS, 0);
        spent += seconds(CLOCK_THREAD_CPUTIME_ID) - start;
        client->answered = true;
        check(client, FIELDS);
        vault_client_next(client);
    }
    double batch = spent / (ROUNDS / 10.0);
    printf("here      %-34s %8.0f ns an open %8.2f us a batch of %d\n", name, batch / FIELDS * 1e9, batch * 1e6, FIELDS);
}

/* --- across the boundary --- */

struct remote {
    pid_t pid;
    clockid_t clock;
    int parent_fd;
    struct vault_client client;
    int client_fd, area_fd;
};

static int new_area(void)
{
    int fd = memfd_create("area", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, VAULT_AREA_BYTES) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) die("memfd");
    return fd;
}

static int root_key_file(void)
{
    static const char key[] = "cb3184b443d79c5169c0d0ff74efc99444364c5d9b2b27d09dfe6afce80f66d6\n";
    int fd = memfd_create("root", MFD_CLOEXEC);
    if (fd < 0 || write(fd, key, sizeof key - 1) != (ssize_t)sizeof key - 1 || lseek(fd, 0, SEEK_SET) != 0) die("root key");
    return fd;
}

static void start_remote(const char *program, struct remote *r)
{
    int parent[2], client[2];
    struct child child = {.loops = 1, .vault_clients = 1};
    struct buf message = BUF_WITH_MAX(4096);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, parent) != 0) die("socketpair");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, client) != 0) die("socketpair");
    r->pid = fork();
    if (r->pid == 0) {
        dup2(parent[1], CHILD_SOCKET);
        execl(program, "vault", (char *)NULL);
        _exit(127);
    }
    fd_close(&parent[1]);
    r->parent_fd = parent[0];
    r->client_fd = client[0];
    r->area_fd = new_area();
    must(config_load(NULL, &child.config, &message), "config");
    must(config_set(child.config, "people_per_minute", "0", &message), "config");
    if (!child_add(&child, CHILD_FD_ROOT_KEY, 0, root_key_file()) || !child_add(&child, CHILD_FD_VAULT_AREA, 0, r->area_fd) ||
        !child_add(&child, CHILD_FD_CLIENT, 0, client[1]))
        die("descriptors");
    must(child_hand_over(r->parent_fd, &child), "hand over");
    fd_close(&client[1]);
    size_t none = 0;
    must(channel_receive(r->parent_fd, &message, NULL, &none), "the vault did not come up");
    buf_free(&message);
    must(vault_client_open(&r->client, r->client_fd, r->area_fd), "open");
    if (clock_getcpuclockid(r->pid, &r->clock) != 0) die("clock");
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void measure_there(const char *name, struct remote *r, const struct person *people, size_t distinct, size_t step, unsigned fields)
{
    static double wall[ROUNDS];
    size_t from = 0;
    double cpu = seconds(r->clock), mine = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int round = 0; round < ROUNDS; round++, from = (from + step) % (CROWD - FIELDS)) {
        double start = seconds(CLOCK_MONOTONIC);
        gather(&r->client, people, from, distinct, fields);
        must(vault_client_send(&r->client), "send");
        must(vault_client_wait(&r->client), "wait");
        check(&r->client, fields);
        vault_client_next(&r->client);
        wall[round] = seconds(CLOCK_MONOTONIC) - start;
    }
    cpu = (seconds(r->clock) - cpu) / ROUNDS;
    mine = (seconds(CLOCK_PROCESS_CPUTIME_ID) - mine) / ROUNDS;
    qsort(wall, ROUNDS, sizeof *wall, compare);
    printf("boundary  %-34s %8.2f us CPU of the vault, %6.2f of the client; round trip %6.1f us median %6.1f p99\n", name, cpu * 1e6,
           mine * 1e6, wall[ROUNDS / 2] * 1e6, wall[ROUNDS * 99 / 100] * 1e6);
}

static void print_memory(pid_t pid)
{
    char path[64], line[256];
    const char *const files[] = {"smaps_rollup", "status"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, files[i]);
        FILE *file = fopen(path, "re");
        while (file != NULL && fgets(line, sizeof line, file) != NULL)
            if (strncmp(line, "Pss:", 4) == 0 || strncmp(line, "Private_Dirty:", 14) == 0 || strncmp(line, "VmRSS:", 6) == 0 ||
                strncmp(line, "VmLck:", 6) == 0 || strncmp(line, "VmSwap:", 7) == 0)
                printf("memory    %s", line);
        if (file != NULL) fclose(file);
    }
}

int main(int argc, char **argv)
{
    static struct person people[CROWD];
    static uint8_t text[BYTES];
    struct remote r;
    struct vault *vault;
    uint8_t root[VAULT_ROOT_BYTES];
    if (argc != 2) die("which vault? bench_vault build/src/main/vault");
    start_remote(argv[1], &r);
    print_memory(r.pid);
    for (size_t i = 0; i < CROWD; i++) make_person(&r.client, &people[i], text);
    must(vault_keys_read_root(SPAN_LITERAL("cb3184b443d79c5169c0d0ff74efc99444364c5d9b2b27d09dfe6afce80f66d6"), root), "root");
    must(vault_new(root, 0, &vault), "vault");
    struct vault_client here;
    int area_fd = new_area();
    must(vault_client_open(&here, -1, area_fd), "area");
    for (int warm = 0; warm < 2; warm++) {
        measure_here("one person, warm", vault, &here, people, 1, 0);
        measure_here("40 persons, warm", vault, &here, people, PEOPLE, 0);
        measure_here("40 persons, keys unwrapped anew", vault, &here, people, PEOPLE, FIELDS);
    }
    measure_there("40 fields, one person", &r, people, 1, 0, FIELDS);
    measure_there("40 fields, 40 persons", &r, people, PEOPLE, 0, FIELDS);
    measure_there("40 fields, keys unwrapped anew", &r, people, PEOPLE, FIELDS, FIELDS);
    measure_there("1 field", &r, people, 1, 0, 1);
    print_memory(r.pid);
    vault_client_close(&r.client);
    fd_close(&r.client_fd);
    int status;
    if (waitpid(r.pid, &status, 0) != r.pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) die("the vault did not end in order");
    vault_free(vault);
    return 0;
}
