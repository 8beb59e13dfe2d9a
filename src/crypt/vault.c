#include "crypt/vault.h"

#include "base/clock.h"
#include "crypt/audit_chain.h"
#include "crypt/digest.h"
#include "crypt/secret.h"
#include "crypt/vault_pace.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    ENVELOPE_VERSION = 1, ENVELOPE_AES_256_GCM = 1, ENVELOPE_HEAD = 2 + CIPHER_NONCE_BYTES,
    NONCE_POOL_BYTES = 341 * CIPHER_NONCE_BYTES,
    WORK_BYTES = VAULT_AREA_BYTES + 4096,
    WORK_HOT_BYTES = 256 * 1024, /* locked and kept; what is used beyond goes back to the kernel after the batch */
    AAD_BYTES = 6 * 4 + 12 + 2 + 2 + ID_BYTES + ID_BYTES + 8,
};

struct vault {
    struct vault_keys keys;
    uint8_t nonces[NONCE_POOL_BYTES];
    size_t nonces_left; /* bytes */
    uint8_t answer[CIPHER_MAC_MAX + 64];
    uint8_t *work;      /* the private copy of the operation under way */
    size_t work_used;   /* most of it in this batch */
    struct vault_pace *pace;
    int64_t now_us;
    bool locked;
};

/* One operation, copied; input already lies at work + ENVELOPE_HEAD (SEAL) or at work. */
struct job {
    struct vault_op op;
    uint8_t wrapped[VAULT_WRAPPED_MAX];
    struct span in, answer;
};

/* --- what a purpose allows --- */

/* By purpose: the kinds that it allows, and whether opening it counts as looking at a person's record. */
enum {
    PERSONAL = 1u << VAULT_SEAL | 1u << VAULT_OPEN,
    SYSTEM = 1u << VAULT_SEAL_SYSTEM | 1u << VAULT_OPEN_SYSTEM,
    INDEX = 1u << VAULT_INDEX,
    MAC = 1u << VAULT_MAC,
    PEPPER = 1u << VAULT_PEPPER,
    MEDICAL = 1u << 15,
};
_Static_assert(VAULT_OP_COUNT <= 15, "kinds are bits below MEDICAL");
static const uint16_t allowed_kinds[PURPOSE_COUNT] = {
    [PURPOSE_NONE] = 1u << VAULT_NEW_PERSON | 1u << VAULT_JWT | 1u << VAULT_SIGN | 1u << VAULT_PUBLIC_KEY | PEPPER,
    [PURPOSE_USER_PROFILE] = PERSONAL,
    [PURPOSE_PASSWORD] = SYSTEM | PEPPER,
    [PURPOSE_RECOGNISED] = PERSONAL | MEDICAL,
    [PURPOSE_EVIDENCE] = PERSONAL | MEDICAL,
    [PURPOSE_MEDIA_CHUNK] = PERSONAL | MEDICAL,
    [PURPOSE_AUDIT_CLIENT] = SYSTEM,
    [PURPOSE_SESSION_CLIENT] = PERSONAL,
    [PURPOSE_INDEX_USERNAME] = INDEX,
    [PURPOSE_INDEX_EMAIL] = INDEX,
    [PURPOSE_APPROVAL] = MAC,
    [PURPOSE_CSRF] = MAC,
    [PURPOSE_CURSOR] = MAC,
    [PURPOSE_SETUP] = MAC,
    [PURPOSE_DRAFT] = PERSONAL | MEDICAL,
    [PURPOSE_NOTES] = PERSONAL | MEDICAL,
    [PURPOSE_QUESTION] = PERSONAL | MEDICAL,
    [PURPOSE_REGISTRATION] = PERSONAL,
    [PURPOSE_CONSULTATION_NAME] = PERSONAL,
    [PURPOSE_CONSULTATION_TITLE] = PERSONAL | MEDICAL,
    [PURPOSE_NOTE] = PERSONAL | MEDICAL,
    [PURPOSE_NOTE_ADDENDUM] = PERSONAL | MEDICAL,
};

/* --- sealing and opening --- */

static const uint8_t *next_nonce(struct vault *v)
{
    if (v->nonces_left == 0) {
        random_bytes(v->nonces, sizeof v->nonces);
        v->nonces_left = sizeof v->nonces;
    }
    v->nonces_left -= CIPHER_NONCE_BYTES;
    return v->nonces + v->nonces_left;
}

/* Each part behind its length. Laid out by hand: this runs for every field. */
static void make_aad(const struct vault_op *op, uint8_t aad[static AAD_BYTES])
{
    enum { PURPOSE_AT = 26, ROW_AT = 32, PERSON_AT = 52, VERSION_AT = 72 };
    static const uint8_t form[AAD_BYTES] = {
        12, 0, 0, 0, 'm', 'e', 'd', 's', 'c', 'r', 'i', 'b', 'e', '|', 'v', '1',
        2, 0, 0, 0, ENVELOPE_VERSION, ENVELOPE_AES_256_GCM,
        [PURPOSE_AT - 4] = 2, [ROW_AT - 4] = ID_BYTES, [PERSON_AT - 4] = ID_BYTES, [VERSION_AT - 4] = 8,
    };
    memcpy(aad, form, AAD_BYTES);
    aad[PURPOSE_AT] = (uint8_t)op->purpose;
    aad[PURPOSE_AT + 1] = (uint8_t)(op->purpose >> 8);
    memcpy(aad + ROW_AT, op->row.b, ID_BYTES);
    memcpy(aad + PERSON_AT, op->person.b, ID_BYTES);
    for (size_t i = 0; i < 8; i++) aad[VERSION_AT + i] = (uint8_t)(op->version >> (8 * i));
}
_Static_assert(AAD_BYTES == 80, "the form above is all of it");

static uint8_t seal(struct vault *v, struct job *job, const struct cipher_key *key)
{
    uint8_t aad[AAD_BYTES], *out = v->work;
    const uint8_t *nonce = next_nonce(v);
    make_aad(&job->op, aad);
    out[0] = ENVELOPE_VERSION;
    out[1] = ENVELOPE_AES_256_GCM;
    memcpy(out + 2, nonce, CIPHER_NONCE_BYTES);
    explicit_bzero(v->nonces + v->nonces_left, CIPHER_NONCE_BYTES);
    size_t n = job->in.n;
    uint8_t *body = out + ENVELOPE_HEAD;
    if (!cipher_seal(v->keys.cipher, key, out + 2, span_of(aad, sizeof aad), body, n, body + n)) return VAULT_REFUSED;
    job->answer = span_of(out, n + VAULT_ENVELOPE_BYTES);
    return VAULT_DONE;
}

static uint8_t unseal(struct vault *v, struct job *job, const struct cipher_key *key)
{
    uint8_t aad[AAD_BYTES], *in = v->work;
    if (job->in.n < VAULT_ENVELOPE_BYTES || in[0] != ENVELOPE_VERSION || in[1] != ENVELOPE_AES_256_GCM) return VAULT_REFUSED;
    make_aad(&job->op, aad);
    size_t n = job->in.n - VAULT_ENVELOPE_BYTES;
    uint8_t *body = in + ENVELOPE_HEAD;
    if (!cipher_open(v->keys.cipher, key, in + 2, span_of(aad, sizeof aad), body, n, body + n)) return VAULT_REFUSED;
    job->answer = span_of(body, n);
    return VAULT_DONE;
}

static const struct cipher_key *person_key(struct vault *v, const struct job *job)
{
    return vault_keys_person(&v->keys, job->op.person, job->op.purpose, span_of(job->wrapped, job->op.key_bytes));
}

static uint8_t do_seal(struct vault *v, struct job *job)
{
    const struct cipher_key *key = person_key(v, job);
    return key != NULL ? seal(v, job, key) : VAULT_REFUSED;
}

static uint8_t do_open(struct vault *v, struct job *job)
{
    bool medical = (allowed_kinds[job->op.purpose] & MEDICAL) != 0;
    if (medical && !vault_pace_allows(v->pace, job->op.person, v->now_us)) return VAULT_LIMITED;
    const struct cipher_key *key = person_key(v, job);
    return key != NULL ? unseal(v, job, key) : VAULT_REFUSED;
}

static uint8_t do_seal_system(struct vault *v, struct job *job) { return seal(v, job, &v->keys.system[job->op.purpose]); }
static uint8_t do_open_system(struct vault *v, struct job *job) { return unseal(v, job, &v->keys.system[job->op.purpose]); }

/* --- the rest --- */

static uint8_t do_new_person(struct vault *v, struct job *job)
{
    _Static_assert(sizeof v->answer >= VAULT_WRAPPED_BYTES, "a wrapped key fits");
    if (!vault_keys_new_person(&v->keys, job->op.person, v->answer)) return VAULT_REFUSED;
    job->answer = span_of(v->answer, VAULT_WRAPPED_BYTES);
    return VAULT_DONE;
}

static uint8_t do_mac(struct vault *v, struct job *job)
{
    size_t n = 0;
    if (!cipher_mac(v->keys.mac[job->op.purpose], job->in, v->answer, &n)) return VAULT_REFUSED;
    job->answer = span_of(v->answer, n);
    return VAULT_DONE;
}

static uint8_t do_pepper(struct vault *v, struct job *job)
{
    uint8_t mac[CIPHER_MAC_MAX];
    size_t n = 0;
    _Static_assert(sizeof v->answer > VAULT_PEPPERED_BYTES, "EVP_EncodeBlock ends with a NUL");
    bool good = cipher_mac(v->keys.pepper, job->in, mac, &n) &&
                EVP_EncodeBlock(v->answer, mac, (int)n) == VAULT_PEPPERED_BYTES;
    explicit_bzero(mac, sizeof mac);
    if (!good) return VAULT_REFUSED;
    job->answer = span_of(v->answer, VAULT_PEPPERED_BYTES);
    return VAULT_DONE;
}

/* The header stands before the claims: {"alg":"HS256","typ":"JWT","kid":"1"} */
static uint8_t do_jwt(struct vault *v, struct job *job)
{
    uint8_t mac[CIPHER_MAC_MAX];
    size_t n = 0;
    if (job->in.p[0] != '{' || job->in.p[job->in.n - 1] != '}') return VAULT_MALFORMED;
    struct buf out = {.p = v->work + VAULT_JWT_MAX, .cap = 2 * VAULT_JWT_MAX, .max = 2 * VAULT_JWT_MAX};
    digest_put_base64url(&out, SPAN_LITERAL("{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"1\"}"));
    buf_put_byte(&out, '.');
    digest_put_base64url(&out, job->in);
    if (out.failed || !cipher_mac(v->keys.jwt, buf_span(&out), mac, &n)) return VAULT_REFUSED;
    buf_put_byte(&out, '.');
    digest_put_base64url(&out, span_of(mac, n));
    if (out.failed) return VAULT_REFUSED;
    if (v->work_used < VAULT_JWT_MAX + out.n) v->work_used = VAULT_JWT_MAX + out.n;
    job->answer = buf_span(&out);
    return VAULT_DONE;
}

static uint8_t do_sign(struct vault *v, struct job *job)
{
    if (job->in.n != AUDIT_CHECKPOINT_BYTES) return VAULT_MALFORMED;
    if (!span_starts(job->in, SPAN_LITERAL(AUDIT_CHECKPOINT_LABEL))) return VAULT_MALFORMED;
    if (!cipher_sign(v->keys.signer, job->in, v->answer)) return VAULT_REFUSED;
    job->answer = span_of(v->answer, CIPHER_SIGNATURE_BYTES);
    return VAULT_DONE;
}

static uint8_t do_public_key(struct vault *v, struct job *job)
{
    job->answer = span_of(v->keys.signer_public, sizeof v->keys.signer_public);
    return VAULT_DONE;
}

/* --- what a kind takes --- */

static const struct {
    uint8_t (*run)(struct vault *, struct job *);
    bool person; /* is about one; else the id must be zero */
    bool key;    /* takes a wrapped key */
    uint32_t in_min, in_max;
} kinds[VAULT_OP_COUNT] = {
    [VAULT_SEAL] = {do_seal, true, true, 0, VAULT_AREA_BYTES},
    [VAULT_OPEN] = {do_open, true, true, 0, VAULT_AREA_BYTES},
    [VAULT_SEAL_SYSTEM] = {do_seal_system, false, false, 0, VAULT_AREA_BYTES},
    [VAULT_OPEN_SYSTEM] = {do_open_system, false, false, 0, VAULT_AREA_BYTES},
    [VAULT_NEW_PERSON] = {do_new_person, true, false, 0, 0},
    [VAULT_INDEX] = {do_mac, false, false, 1, VAULT_SHORT_MAX},
    [VAULT_PEPPER] = {do_pepper, false, false, 1, VAULT_SHORT_MAX},
    [VAULT_MAC] = {do_mac, false, false, 0, VAULT_AREA_BYTES},
    [VAULT_JWT] = {do_jwt, false, false, 2, VAULT_JWT_MAX},
    [VAULT_SIGN] = {do_sign, false, false, 1, VAULT_SHORT_MAX},
    [VAULT_PUBLIC_KEY] = {do_public_key, false, false, 0, 0},
};

static bool is_inside(uint32_t at, uint32_t n, uint32_t from)
{
    return n == 0 || (at >= from && at <= VAULT_AREA_BYTES && n <= VAULT_AREA_BYTES - at);
}

/* data_from: where the batch's operations end. */
static bool is_well_formed(const struct vault_op *op, uint32_t data_from)
{
    if (op->kind >= VAULT_OP_COUNT || op->purpose >= PURPOSE_COUNT || kinds[op->kind].run == NULL) return false;
    if (((unsigned)allowed_kinds[op->purpose] >> op->kind & 1u) == 0) return false;
    if (id_is_zero(op->person) == kinds[op->kind].person) return false;
    if (op->in_bytes < kinds[op->kind].in_min || op->in_bytes > kinds[op->kind].in_max) return false;
    if (op->key_bytes > VAULT_WRAPPED_MAX || (op->key_bytes > 0) != kinds[op->kind].key) return false;
    return is_inside(op->in_at, op->in_bytes, data_from) && is_inside(op->out_at, op->out_max, data_from) &&
           is_inside(op->key_at, op->key_bytes, data_from);
}

/* A copy that the compiler may not undo by reading the shared bytes again. */
static void copy_once(void *to, const void *from, size_t n)
{
    memcpy(to, from, n);
    __asm__ volatile("" : : "r"(to) : "memory");
}

static uint8_t do_job(struct vault *v, struct job *job, const uint8_t *area)
{
    const struct vault_op *op = &job->op;
    bool seals = op->kind == VAULT_SEAL || op->kind == VAULT_SEAL_SYSTEM;
    uint8_t *in = v->work + (seals ? ENVELOPE_HEAD : 0);
    if (op->in_bytes > 0) copy_once(in, area + op->in_at, op->in_bytes);
    if (op->key_bytes > 0) copy_once(job->wrapped, area + op->key_at, op->key_bytes);
    size_t used = (size_t)op->in_bytes + (seals ? VAULT_ENVELOPE_BYTES : 0);
    if (v->work_used < used) v->work_used = used;
    job->in = span_of(in, op->in_bytes);
    uint8_t status = kinds[op->kind].run(v, job);
    return status == VAULT_DONE && job->answer.n > op->out_max ? VAULT_MALFORMED : status;
}

static void serve_one(struct vault *v, uint8_t *area, struct vault_op *shared, uint32_t data_from)
{
    struct job job;
    uint8_t status = VAULT_MALFORMED;
    uint32_t n = 0;
    copy_once(&job.op, shared, sizeof job.op);
    job.answer = SPAN_NONE;
    if (is_well_formed(&job.op, data_from)) status = do_job(v, &job, area);
    if (status == VAULT_DONE) {
        n = (uint32_t)job.answer.n;
        if (n > 0) memcpy(area + job.op.out_at, job.answer.p, n);
    }
    shared->out_bytes = n;
    shared->status = status;
}

static void wipe_work(struct vault *v)
{
    explicit_bzero(v->answer, sizeof v->answer);
    explicit_bzero(v->work, v->work_used);
    if (v->work_used > WORK_HOT_BYTES) (void)madvise(v->work + WORK_HOT_BYTES, WORK_BYTES - WORK_HOT_BYTES, MADV_DONTNEED);
    v->work_used = 0;
}

uint32_t vault_serve_batch(struct vault *v, uint8_t *area, uint32_t count, int64_t now_us)
{
    if (count == 0 || count > VAULT_OPS_MAX) return 0;
    struct vault_op *ops = (struct vault_op *)(void *)area;
    v->now_us = now_us;
    for (uint32_t i = 0; i < count; i++) serve_one(v, area, &ops[i], count * (uint32_t)sizeof *ops);
    wipe_work(v);
    return count;
}

/* --- beginning and end --- */

/* Every kind once, on an area of our own: what libcrypto looks up late is looked up now. */
static bool self_test(struct vault *v)
{
    enum { DATA_AT = 1024, OUT = 512, IN = 16 };
    uint8_t *area = calloc(1, DATA_AT + 8 * OUT);
    struct vault_op *op = (struct vault_op *)(void *)area;
    bool good = area != NULL;
    if (!good) return false;
    struct id person = {{1}};
    for (size_t i = 0; i < IN; i++) area[DATA_AT + i] = (uint8_t)i;
    op[0] = (struct vault_op){.kind = VAULT_NEW_PERSON, .person = person, .out_at = DATA_AT + OUT, .out_max = OUT};
    op[1] = (struct vault_op){.kind = VAULT_SEAL, .purpose = PURPOSE_USER_PROFILE, .person = person,
                              .in_at = DATA_AT, .in_bytes = IN, .key_at = DATA_AT + OUT, .key_bytes = VAULT_WRAPPED_BYTES,
                              .out_at = DATA_AT + 2 * OUT, .out_max = OUT};
    op[2] = op[1];
    op[2].kind = VAULT_OPEN;
    op[2].in_at = DATA_AT + 2 * OUT;
    op[2].in_bytes = IN + VAULT_ENVELOPE_BYTES;
    op[2].out_at = DATA_AT + 3 * OUT;
    op[3] = (struct vault_op){.kind = VAULT_PEPPER, .in_at = DATA_AT, .in_bytes = IN,
                              .out_at = DATA_AT + 4 * OUT, .out_max = OUT};
    op[4] = (struct vault_op){.kind = VAULT_MAC, .purpose = PURPOSE_CSRF, .in_at = DATA_AT, .in_bytes = IN,
                              .out_at = DATA_AT + 5 * OUT, .out_max = OUT};
    memcpy(area + DATA_AT + 6 * OUT, AUDIT_CHECKPOINT_LABEL, sizeof AUDIT_CHECKPOINT_LABEL - 1);
    op[5] = (struct vault_op){.kind = VAULT_SIGN, .in_at = DATA_AT + 6 * OUT, .in_bytes = AUDIT_CHECKPOINT_BYTES,
                              .out_at = DATA_AT + 7 * OUT, .out_max = OUT};
    vault_serve_batch(v, area, 6, 0);
    for (size_t i = 0; i < 6; i++) good = good && op[i].status == VAULT_DONE;
    good = good && memcmp(area + DATA_AT, area + DATA_AT + 3 * OUT, IN) == 0;
    explicit_bzero(area, DATA_AT + 8 * OUT);
    free(area);
    return good;
}

struct err vault_new(const uint8_t root[static VAULT_ROOT_BYTES], uint32_t people_per_minute, struct vault **vault_out)
{
    bool locked = true;
    *vault_out = NULL;
    struct vault *v = secret_new(sizeof *v, sizeof *v, &locked);
    if (v == NULL) return FAIL(OUT_OF_MEMORY);
    v->work = secret_new(WORK_BYTES, WORK_HOT_BYTES, &locked);
    v->locked = locked;
    struct err failed = v->work == NULL ? FAIL(OUT_OF_MEMORY) : vault_pace_new(people_per_minute, &v->pace);
    if (!err_failed(failed)) failed = vault_keys_init(&v->keys, root);
    if (!err_failed(failed) && !self_test(v)) failed = FAIL(INTERNAL);
    if (err_failed(failed)) vault_free(v);
    else *vault_out = v;
    return failed;
}

void vault_free(struct vault *v)
{
    if (v == NULL) return;
    vault_pace_free(v->pace);
    vault_keys_done(&v->keys);
    secret_free(v->work, WORK_BYTES);
    secret_free(v, sizeof *v);
}

bool vault_is_locked(const struct vault *v) { return v->locked; }
