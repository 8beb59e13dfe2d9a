#include "crypt/vault_client.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { ALIGN = 8, JWT_EXTRA = 128 /* header, dots, signature */, SMALL_ANSWER = 64 };

_Static_assert(VAULT_CLIENT_DATA_AT % ALIGN == 0, "data starts aligned");

struct err vault_client_open(struct vault_client *client, int fd, int area_fd)
{
    *client = (struct vault_client){.fd = fd};
    void *area = mmap(NULL, VAULT_AREA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, area_fd, 0);
    if (area == MAP_FAILED) return FAIL(IO);
    (void)madvise(area, VAULT_AREA_BYTES, MADV_DONTDUMP); /* best effort; the process is not dumpable either */
    client->area = area;
    return OK;
}

void vault_client_close(struct vault_client *client)
{
    if (client->area == NULL) return;
    vault_client_next(client);
    munmap(client->area, VAULT_AREA_BYTES);
    *client = (struct vault_client){.fd = -1};
}

static struct vault_op *op_at(const struct vault_client *client, uint32_t number)
{
    return (struct vault_op *)(void *)client->area + number;
}

/* The answer lies where the input lay: the vault works on its own copy. */
static size_t answer_room(const struct vault_request *request)
{
    size_t n = request->in.n;
    switch (request->kind) {
    case VAULT_SEAL:
    case VAULT_SEAL_SYSTEM: return n + VAULT_ENVELOPE_BYTES;
    case VAULT_OPEN:
    case VAULT_OPEN_SYSTEM: return n;
    case VAULT_NEW_PERSON: return VAULT_WRAPPED_MAX;
    case VAULT_JWT: return n + n / 3 + JWT_EXTRA;
    default: return SMALL_ANSWER;
    }
}

static size_t aligned(size_t n) { return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1); }

/* The fields of one person come one after the other: their key is laid down once. */
static bool same_key_as_last(const struct vault_client *client, struct span key)
{
    if (client->op_count == 0 || key.n == 0) return false;
    const struct vault_op *last = op_at(client, client->op_count - 1);
    return last->key_bytes == key.n && memcmp(client->area + last->key_at, key.p, key.n) == 0;
}

static void lay_bytes(struct vault_client *client, struct span bytes)
{
    if (bytes.n > 0) memcpy(client->area + VAULT_CLIENT_DATA_AT + client->data_used, bytes.p, bytes.n);
}

struct err vault_client_add(struct vault_client *client, const struct vault_request *request, uint32_t *number_out)
{
    const size_t most = VAULT_AREA_BYTES - VAULT_CLIENT_DATA_AT;
    if (client->area == NULL || client->sent || client->answered) return FAIL(INTERNAL);
    if (request->key.n > VAULT_WRAPPED_MAX || request->in.n > most) return FAIL(TOO_LARGE);
    bool shared_key = same_key_as_last(client, request->key);
    size_t room = answer_room(request), key_bytes = shared_key ? 0 : aligned(request->key.n);
    size_t body_bytes = aligned(room > request->in.n ? room : request->in.n);
    if (aligned(request->key.n) + body_bytes > most) return FAIL(TOO_LARGE);
    if (client->op_count == VAULT_OPS_MAX || key_bytes + body_bytes > most - client->data_used) return FAIL(FULL);
    struct vault_op op = {.kind = (uint8_t)request->kind,
                          .status = VAULT_MALFORMED,
                          .purpose = (uint16_t)request->purpose,
                          .person = request->person,
                          .row = request->row,
                          .version = request->version,
                          .key_bytes = (uint32_t)request->key.n};
    op.key_at = shared_key ? op_at(client, client->op_count - 1)->key_at : VAULT_CLIENT_DATA_AT + client->data_used;
    if (!shared_key) lay_bytes(client, request->key);
    client->data_used += (uint32_t)key_bytes;
    op.in_at = op.out_at = VAULT_CLIENT_DATA_AT + client->data_used;
    op.in_bytes = (uint32_t)request->in.n;
    op.out_max = (uint32_t)room;
    lay_bytes(client, request->in);
    client->data_used += (uint32_t)body_bytes;
    *op_at(client, client->op_count) = op;
    *number_out = client->op_count++;
    return OK;
}

static struct err wait_for(int fd, short events)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    while (poll(&poll_fd, 1, -1) < 0)
        if (errno != EINTR) return FAIL(VAULT);
    return OK;
}

struct err vault_client_send(struct vault_client *client)
{
    if (client->sent || client->answered) return FAIL(INTERNAL);
    if (client->op_count == 0) {
        client->answered = true;
        return OK;
    }
    uint32_t count = client->op_count;
    while (send(client->fd, &count, sizeof count, MSG_NOSIGNAL) != (ssize_t)sizeof count) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return FAIL(VAULT);
        TRY(wait_for(client->fd, POLLOUT));
    }
    client->sent = true;
    return OK;
}

struct err vault_client_wait(struct vault_client *client)
{
    if (client->answered) return OK;
    if (!client->sent) return FAIL(INTERNAL);
    uint32_t done = 0;
    ssize_t got;
    while ((got = recv(client->fd, &done, sizeof done, 0)) < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return FAIL(VAULT);
        TRY(wait_for(client->fd, POLLIN));
    }
    if (got == 0) return FAIL(VAULT);
    client->sent = false;
    client->answered = true;
    return got == (ssize_t)sizeof done && done == client->op_count ? OK : FAIL(VAULT);
}

struct err vault_client_answer(const struct vault_client *client, uint32_t number, struct span *out)
{
    *out = SPAN_NONE;
    if (!client->answered || number >= client->op_count) return FAIL(INTERNAL);
    const struct vault_op *op = op_at(client, number);
    switch (op->status) {
    case VAULT_DONE: break;
    case VAULT_REFUSED: return FAIL(INTEGRITY);
    case VAULT_LIMITED: return FAIL(VAULT_RATE);
    default: return FAIL(VAULT);
    }
    if (op->out_bytes > op->out_max) return FAIL(VAULT);
    *out = span_of(client->area + op->out_at, op->out_bytes);
    return OK;
}

void vault_client_next(struct vault_client *client)
{
    if (client->area == NULL) return;
    if (client->sent) IGNORE(vault_client_wait(client)); /* else the vault would write into the next batch */
    explicit_bzero(client->area, client->op_count * sizeof(struct vault_op));
    explicit_bzero(client->area + VAULT_CLIENT_DATA_AT, client->data_used);
    client->op_count = client->data_used = 0;
    client->sent = client->answered = false;
}

struct err vault_client_call(struct vault_client *client, const struct vault_request *request, struct buf *out)
{
    uint32_t number;
    struct span answer;
    if (client->op_count != 0) return FAIL(INTERNAL);
    TRY(vault_client_add(client, request, &number));
    struct err failed = vault_client_send(client);
    if (!err_failed(failed)) failed = vault_client_wait(client);
    if (!err_failed(failed)) failed = vault_client_answer(client, number, &answer);
    if (!err_failed(failed)) {
        buf_put_span(out, answer);
        failed = buf_check(out);
    }
    vault_client_next(client);
    return failed;
}
