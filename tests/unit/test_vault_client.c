/* The client's side against a vault in a thread, and against one that answers nonsense. */
#include "crypt/vault_client.h"
#include "test_vault_area.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SERVE, ANSWER_WRONG_COUNT, ANSWER_WITHOUT_WORK, CLOSE };

struct pair {
    int client_fd, vault_fd, area_fd, mode;
    pthread_t thread;
    struct vault_client client;
};

static void *serve(void *argument)
{
    struct pair *p = argument;
    uint32_t count;
    uint8_t *area = mmap(NULL, VAULT_AREA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, p->area_fd, 0);
    struct vault *vault = new_vault(1);
    while (p->mode != CLOSE && read(p->vault_fd, &count, sizeof count) == (ssize_t)sizeof count) {
        if (p->mode == SERVE) count = vault_serve_batch(vault, area, count, 0);
        if (p->mode == ANSWER_WRONG_COUNT) count++;
        if (write(p->vault_fd, &count, sizeof count) < 0) break;
    }
    vault_free(vault);
    munmap(area, VAULT_AREA_BYTES);
    close(p->vault_fd);
    return NULL;
}

static void start(struct pair *p, int mode, bool blocking)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
    *p = (struct pair){.client_fd = fds[0], .vault_fd = fds[1], .mode = mode};
    p->area_fd = memfd_create("area", MFD_CLOEXEC);
    assert_int_equal(ftruncate(p->area_fd, VAULT_AREA_BYTES), 0);
    if (!blocking) fcntl(p->client_fd, F_SETFL, O_NONBLOCK);
    assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
    assert_false(err_failed(vault_client_open(&p->client, p->client_fd, p->area_fd)));
}

static void stop(struct pair *p)
{
    vault_client_close(&p->client);
    close(p->client_fd);
    pthread_join(p->thread, NULL);
    close(p->area_fd);
}

static struct vault_request seal_request(struct span key, struct span in)
{
    return (struct vault_request){.kind = VAULT_SEAL, .purpose = PURPOSE_DRAFT, .person = id_counting(1), .row = id_counting(2),
                                  .version = 3, .key = key, .in = in};
}

static struct buf new_key(struct pair *p)
{
    struct buf key = BUF_WITH_MAX(VAULT_WRAPPED_MAX);
    struct vault_request request = {.kind = VAULT_NEW_PERSON, .person = id_counting(1)};
    assert_false(err_failed(vault_client_call(&p->client, &request, &key)));
    return key;
}

static void batches(bool blocking)
{
    enum { FIELDS = 40, LENGTH = 600 };
    struct pair p;
    uint8_t text[FIELDS][LENGTH], envelopes[FIELDS][LENGTH + VAULT_ENVELOPE_BYTES];
    uint32_t number;
    struct span out;
    start(&p, SERVE, blocking);
    struct buf key = new_key(&p);
    random_bytes(text, sizeof text);
    for (uint32_t i = 0; i < FIELDS; i++) {
        struct vault_request request = seal_request(buf_span(&key), span_of(text[i], LENGTH));
        request.version = i;
        assert_false(err_failed(vault_client_add(&p.client, &request, &number)));
        assert_int_equal(number, i);
    }
    assert_int_equal(p.client.data_used, 48 + FIELDS * ((LENGTH + VAULT_ENVELOPE_BYTES + 7) / 8 * 8)); /* the key once */
    assert_false(err_failed(vault_client_send(&p.client)));
    assert_false(err_failed(vault_client_wait(&p.client)));
    for (uint32_t i = 0; i < FIELDS; i++) {
        assert_false(err_failed(vault_client_answer(&p.client, i, &out)));
        assert_int_equal(out.n, sizeof envelopes[i]);
        memcpy(envelopes[i], out.p, out.n);
    }
    vault_client_next(&p.client);
    for (size_t i = 0; i < VAULT_CLIENT_DATA_AT + 64 * 1024; i++) assert_int_equal(p.client.area[i], 0);
    for (uint32_t i = 0; i < FIELDS; i++) {
        struct vault_request request = seal_request(buf_span(&key), span_of(envelopes[i], sizeof envelopes[i]));
        request.kind = VAULT_OPEN;
        request.version = i == 7 ? 8 : i; /* one that does not open among the others */
        assert_false(err_failed(vault_client_add(&p.client, &request, &number)));
    }
    assert_false(err_failed(vault_client_send(&p.client)));
    assert_false(err_failed(vault_client_wait(&p.client)));
    for (uint32_t i = 0; i < FIELDS; i++) {
        assert_int_equal(vault_client_answer(&p.client, i, &out).code, i == 7 ? ERR_INTEGRITY : ERR_OK);
        if (i != 7) assert_true(span_equal(out, span_of(text[i], LENGTH)));
        else assert_null(out.p);
    }
    assert_int_equal(vault_client_answer(&p.client, FIELDS, &out).code, ERR_INTERNAL);
    buf_free(&key);
    stop(&p);
}

static void batches_blocking(void **state)
{
    (void)state;
    batches(true);
}
static void batches_polling(void **state)
{
    (void)state;
    batches(false);
}

static void misuse(void **state)
{
    (void)state;
    struct pair p;
    uint32_t number;
    struct span out;
    struct buf small = BUF_WITH_MAX(10);
    start(&p, SERVE, true);
    struct buf key = new_key(&p);
    struct vault_request request = seal_request(buf_span(&key), SPAN_LITERAL("x"));
    assert_int_equal(vault_client_wait(&p.client).code, ERR_INTERNAL);          /* nothing was sent */
    assert_false(err_failed(vault_client_send(&p.client)));                      /* nothing to do */
    assert_false(err_failed(vault_client_wait(&p.client)));
    vault_client_next(&p.client);
    assert_int_equal(vault_client_answer(&p.client, 0, &out).code, ERR_INTERNAL);
    assert_false(err_failed(vault_client_add(&p.client, &request, &number)));
    assert_int_equal(vault_client_call(&p.client, &request, &small).code, ERR_INTERNAL); /* not empty */
    assert_false(err_failed(vault_client_send(&p.client)));
    assert_int_equal(vault_client_add(&p.client, &request, &number).code, ERR_INTERNAL);
    assert_int_equal(vault_client_send(&p.client).code, ERR_INTERNAL);
    vault_client_next(&p.client); /* waits for the answer, so that the next batch is not written into */
    assert_int_equal(vault_client_call(&p.client, &request, &small).code, ERR_FULL);
    buf_free(&small);
    request.purpose = PURPOSE_CSRF;
    struct buf big = BUF_WITH_MAX(1000);
    assert_int_equal(vault_client_call(&p.client, &request, &big).code, ERR_VAULT);
    request.purpose = PURPOSE_DRAFT;
    assert_int_equal(vault_client_call(&p.client, &request, &big).code, ERR_OK);
    struct span envelope = buf_span(&big);
    struct buf opened = BUF_WITH_MAX(100);
    struct vault_request open = request;
    open.kind = VAULT_OPEN;
    open.in = envelope;
    assert_int_equal(vault_client_call(&p.client, &open, &opened).code, ERR_OK);
    open.person = id_counting(9); /* the vault of these tests lets one person a minute through */
    assert_int_equal(vault_client_call(&p.client, &open, &opened).code, ERR_VAULT_RATE);
    buf_free(&big);
    buf_free(&opened);
    buf_free(&key);
    stop(&p);
}

static void full_and_too_large(void **state)
{
    (void)state;
    struct pair p;
    uint32_t number, count = 0;
    const size_t most = VAULT_AREA_BYTES - VAULT_CLIENT_DATA_AT;
    uint8_t *text = calloc(1, VAULT_AREA_BYTES);
    start(&p, SERVE, true);
    struct vault_request request = {.kind = VAULT_SEAL_SYSTEM, .purpose = PURPOSE_PASSWORD, .in = span_of(text, most)};
    assert_int_equal(vault_client_add(&p.client, &request, &number).code, ERR_TOO_LARGE);
    request.in.n = SIZE_MAX;
    assert_int_equal(vault_client_add(&p.client, &request, &number).code, ERR_TOO_LARGE);
    request.in.n = most - VAULT_ENVELOPE_BYTES;
    while (request.in.n % 8 != (8 - VAULT_ENVELOPE_BYTES % 8) % 8) request.in.n--;
    assert_false(err_failed(vault_client_add(&p.client, &request, &number)));
    request.in.n = 8;
    assert_int_equal(vault_client_add(&p.client, &request, &number).code, ERR_FULL);
    assert_false(err_failed(vault_client_send(&p.client)));
    assert_false(err_failed(vault_client_wait(&p.client)));
    vault_client_next(&p.client);
    request.in.n = 1;
    while (!err_failed(vault_client_add(&p.client, &request, &number))) count++;
    assert_int_equal(count, VAULT_OPS_MAX);
    assert_false(err_failed(vault_client_send(&p.client)));
    assert_false(err_failed(vault_client_wait(&p.client)));
    struct span out;
    for (uint32_t i = 0; i < count; i++) assert_false(err_failed(vault_client_answer(&p.client, i, &out)));
    vault_client_next(&p.client);
    request.key = span_of(text, VAULT_WRAPPED_MAX + 1);
    assert_int_equal(vault_client_add(&p.client, &request, &number).code, ERR_TOO_LARGE);
    free(text);
    stop(&p);
}

static void strange_vaults(void **state)
{
    (void)state;
    for (int mode = ANSWER_WRONG_COUNT; mode <= CLOSE; mode++) {
        struct pair p;
        struct buf out = BUF_WITH_MAX(1000);
        start(&p, mode, true);
        struct vault_request request = {.kind = VAULT_PUBLIC_KEY};
        assert_int_equal(vault_client_call(&p.client, &request, &out).code, ERR_VAULT);
        assert_int_equal(out.n, 0);
        buf_free(&out);
        stop(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_blocking), cmocka_unit_test(batches_polling), cmocka_unit_test(misuse),
        cmocka_unit_test(full_and_too_large), cmocka_unit_test(strange_vaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
