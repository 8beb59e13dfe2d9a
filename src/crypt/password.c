#include "crypt/password.h"

#include "base/id.h"
#include "base/num.h"
#include "crypt/digest.h"

#include <crypt.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>

enum {
    BCRYPT_COST = 12, BCRYPT_COST_MAX = 16, BCRYPT_TEXT = 60,
    ARGON2_PASSES = 3, ARGON2_BYTES = 64 * 1024 * 1024,
    PBKDF2_ROUNDS = 600000, PBKDF2_OLD_ROUNDS = 100000, PBKDF2_ROUNDS_MAX = 10000000,
    PBKDF2_SALT = 32, PBKDF2_HASH = 32, PBKDF2_SALT_MAX = 128,
    STORED_MAX = 256, PASSWORD_MAX = 1024,
};

static const char bcrypt_prefix[] = "$ms$bcrypt$", argon2_prefix[] = "$ms$argon2id$", pbkdf2_prefix[] = "$ms$pbkdf2$";

/* --- small text work --- */

static bool skip(struct span *s, const char *prefix)
{
    struct span p = span_text(prefix);
    if (!span_starts(*s, p)) return false;
    *s = span_sub(*s, p.n, s->n);
    return true;
}

/* What stands before `mark`; *s goes on behind it. */
static bool cut_at(struct span *s, uint8_t mark, struct span *part_out)
{
    const uint8_t *at = s->n > 0 ? memchr(s->p, mark, s->n) : NULL;
    if (at == NULL) return false;
    size_t n = (size_t)(at - s->p);
    *part_out = span_sub(*s, 0, n);
    *s = span_sub(*s, n + 1, s->n);
    return true;
}

static bool from_base64(struct span text, uint8_t *out, size_t max, size_t *n_out)
{
    const char *end = NULL;
    return text.n > 0 && sodium_base642bin(out, max, (const char *)text.p, text.n, NULL, n_out, &end,
                                           sodium_base64_VARIANT_ORIGINAL) == 0 &&
           end == (const char *)text.p + text.n;
}

static bool from_hex(struct span text, uint8_t *out, size_t max, size_t *n_out)
{
    const char *end = NULL;
    return text.n > 0 && sodium_hex2bin(out, max, (const char *)text.p, text.n, NULL, n_out, &end) == 0 &&
           end == (const char *)text.p + text.n;
}

static void put_base64(struct buf *out, const uint8_t *p, size_t n)
{
    char text[2 * PBKDF2_SALT_MAX];
    sodium_bin2base64(text, sizeof text, p, n, sodium_base64_VARIANT_ORIGINAL);
    buf_put_text(out, text);
}

/* A NUL-terminated copy; false when it does not fit or holds a NUL itself (no library may cut a password short). */
static bool to_text(struct span s, char *out, size_t max)
{
    if (s.n >= max || (s.n > 0 && memchr(s.p, 0, s.n) != NULL)) return false;
    if (s.n > 0) memcpy(out, s.p, s.n);
    out[s.n] = 0;
    return true;
}

/* --- the three schemes; each says whether it could do it --- */

static bool bcrypt_make(struct span phrase, const char *setting, char out[static BCRYPT_TEXT + 1])
{
    char text[PASSWORD_MAX + 1];
    struct crypt_data *work = calloc(1, sizeof *work);
    const char *made = NULL;
    if (work != NULL && to_text(phrase, text, sizeof text)) made = crypt_rn(text, setting, work, (int)sizeof *work);
    bool good = made != NULL && strlen(made) == BCRYPT_TEXT;
    if (good) memcpy(out, made, BCRYPT_TEXT + 1);
    explicit_bzero(text, sizeof text);
    if (work != NULL) explicit_bzero(work, sizeof *work);
    free(work);
    return good;
}

/* $2a$, $2b$ or $2y$, cost, 53 characters; *cost_out. */
static bool bcrypt_shape(struct span stored, uint64_t *cost_out)
{
    if (stored.n != BCRYPT_TEXT || stored.p[6] != '$') return false;
    if (!span_starts(stored, SPAN_LITERAL("$2a$")) && !span_starts(stored, SPAN_LITERAL("$2b$")) &&
        !span_starts(stored, SPAN_LITERAL("$2y$")))
        return false;
    return num_u64(span_sub(stored, stored.p[4] == '0' ? 5 : 4, stored.p[4] == '0' ? 1 : 2), BCRYPT_COST_MAX, cost_out) &&
           *cost_out >= 4;
}

static bool bcrypt_match(struct span stored, struct span phrase)
{
    char setting[BCRYPT_TEXT + 1], made[BCRYPT_TEXT + 1];
    uint64_t cost;
    bool good = bcrypt_shape(stored, &cost) && to_text(stored, setting, sizeof setting) &&
                bcrypt_make(phrase, setting, made) && digest_equal(made, setting, BCRYPT_TEXT);
    explicit_bzero(made, sizeof made);
    return good;
}

static bool argon2_match(struct span stored, struct span phrase)
{
    char text[crypto_pwhash_STRBYTES];
    return span_starts(stored, SPAN_LITERAL("$argon2id$")) && to_text(stored, text, sizeof text) &&
           crypto_pwhash_str_verify(text, (const char *)phrase.p, phrase.n) == 0;
}

struct pbkdf2 {
    uint64_t rounds;
    uint8_t salt[PBKDF2_SALT_MAX], hash[64];
    size_t salt_bytes, hash_bytes;
};

static bool pbkdf2_make(const struct pbkdf2 *p, struct span phrase, uint8_t *out)
{
    return phrase.n <= PASSWORD_MAX &&
           PKCS5_PBKDF2_HMAC((const char *)phrase.p, (int)phrase.n, p->salt, (int)p->salt_bytes, (int)p->rounds,
                             EVP_sha256(), (int)p->hash_bytes, out) == 1;
}

static bool pbkdf2_match(const struct pbkdf2 *p, struct span phrase)
{
    uint8_t made[sizeof p->hash];
    bool good = pbkdf2_make(p, phrase, made) && digest_equal(made, p->hash, p->hash_bytes);
    explicit_bzero(made, sizeof made);
    return good;
}

static bool rounds_of(struct span text, struct pbkdf2 *out)
{
    return num_u64(text, PBKDF2_ROUNDS_MAX, &out->rounds) && out->rounds > 0;
}

/* i=600000$<salt b64>$<hash b64> */
static bool pbkdf2_read(struct span s, struct pbkdf2 *out)
{
    struct span rounds, salt;
    *out = (struct pbkdf2){0};
    return skip(&s, "i=") && cut_at(&s, '$', &rounds) && cut_at(&s, '$', &salt) && rounds_of(rounds, out) &&
           from_base64(salt, out->salt, sizeof out->salt, &out->salt_bytes) &&
           from_base64(s, out->hash, sizeof out->hash, &out->hash_bytes) && out->hash_bytes >= PBKDF2_HASH;
}

/* pbkdf2_sha256$100000$<salt, used as it stands>$<hash b64>   or   <salt hex>:<hash hex> */
static bool pbkdf2_read_imported(struct span s, struct pbkdf2 *out)
{
    struct span rounds, salt;
    *out = (struct pbkdf2){.rounds = PBKDF2_OLD_ROUNDS};
    if (skip(&s, "pbkdf2_sha256$")) {
        if (!cut_at(&s, '$', &rounds) || !cut_at(&s, '$', &salt) || !rounds_of(rounds, out)) return false;
        if (salt.n == 0 || salt.n > sizeof out->salt) return false;
        memcpy(out->salt, salt.p, salt.n);
        out->salt_bytes = salt.n;
        return from_base64(s, out->hash, sizeof out->hash, &out->hash_bytes) && out->hash_bytes == PBKDF2_HASH;
    }
    return cut_at(&s, ':', &salt) && from_hex(salt, out->salt, sizeof out->salt, &out->salt_bytes) &&
           out->salt_bytes == PBKDF2_SALT && from_hex(s, out->hash, sizeof out->hash, &out->hash_bytes) &&
           out->hash_bytes == PBKDF2_HASH;
}

/* --- making --- */

static bool put_bcrypt(struct span peppered, struct buf *out)
{
    uint8_t random[16];
    char setting[64], made[BCRYPT_TEXT + 1];
    random_bytes(random, sizeof random);
    const char *salted = crypt_gensalt_rn("$2b$", BCRYPT_COST, (const char *)random, sizeof random, setting, sizeof setting);
    if (salted == NULL || !bcrypt_make(peppered, setting, made)) return false;
    buf_put_text(out, bcrypt_prefix);
    buf_put(out, made, BCRYPT_TEXT);
    return true;
}

static bool put_argon2(struct span peppered, struct buf *out)
{
    char made[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str_alg(made, (const char *)peppered.p, peppered.n, ARGON2_PASSES, ARGON2_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return false;
    buf_put_text(out, argon2_prefix);
    buf_put_text(out, made);
    return true;
}

static bool put_pbkdf2(struct span peppered, struct buf *out)
{
    struct pbkdf2 p = {.rounds = PBKDF2_ROUNDS, .salt_bytes = PBKDF2_SALT, .hash_bytes = PBKDF2_HASH};
    random_bytes(p.salt, PBKDF2_SALT);
    if (!pbkdf2_make(&p, peppered, p.hash)) return false;
    buf_put_text(out, pbkdf2_prefix);
    buf_put_text(out, "i=");
    buf_put_u64(out, p.rounds);
    buf_put_byte(out, '$');
    put_base64(out, p.salt, p.salt_bytes);
    buf_put_byte(out, '$');
    put_base64(out, p.hash, p.hash_bytes);
    return true;
}

struct err password_hash(enum password_scheme scheme, struct span peppered, struct buf *out)
{
    bool good = false;
    if (peppered.n == 0 || sodium_init() < 0) return FAIL(INTERNAL);
    switch (scheme) {
    case PASSWORD_BCRYPT: good = put_bcrypt(peppered, out); break;
    case PASSWORD_ARGON2ID: good = put_argon2(peppered, out); break;
    case PASSWORD_PBKDF2: good = put_pbkdf2(peppered, out); break;
    }
    return good ? buf_check(out) : FAIL(OUT_OF_MEMORY);
}

/* --- checking --- */

static bool verify_own(struct span stored, enum password_scheme scheme, struct span peppered, bool *current_out)
{
    struct span rest = stored;
    struct pbkdf2 p;
    uint64_t cost;
    char text[STORED_MAX];
    if (skip(&rest, bcrypt_prefix)) {
        *current_out = scheme == PASSWORD_BCRYPT && bcrypt_shape(rest, &cost) && cost == BCRYPT_COST;
        return bcrypt_match(rest, peppered);
    }
    if (skip(&rest, argon2_prefix)) {
        *current_out = scheme == PASSWORD_ARGON2ID && to_text(rest, text, sizeof text) &&
                       crypto_pwhash_str_needs_rehash(text, ARGON2_PASSES, ARGON2_BYTES) == 0;
        return argon2_match(rest, peppered);
    }
    if (!skip(&rest, pbkdf2_prefix) || !pbkdf2_read(rest, &p)) return false;
    *current_out = scheme == PASSWORD_PBKDF2 && p.rounds == PBKDF2_ROUNDS;
    return pbkdf2_match(&p, peppered);
}

struct err password_verify(struct span stored, enum password_scheme scheme, struct span password, struct span peppered,
                           bool *match_out, bool *rehash_out)
{
    struct pbkdf2 p;
    bool current = false;
    *match_out = *rehash_out = false;
    if (sodium_init() < 0) return FAIL(INTERNAL);
    if (stored.n == 0 || stored.n > STORED_MAX) return FAIL(INTEGRITY);
    if (span_starts(stored, SPAN_LITERAL("$ms$"))) *match_out = verify_own(stored, scheme, peppered, &current);
    else if (span_starts(stored, SPAN_LITERAL("$2"))) *match_out = bcrypt_match(stored, password);
    else if (pbkdf2_read_imported(stored, &p)) *match_out = pbkdf2_match(&p, password);
    else return FAIL(INTEGRITY);
    *rehash_out = *match_out && !current;
    return OK;
}

void password_verify_nobody(enum password_scheme scheme, struct span peppered)
{
    struct buf made = BUF_WITH_MAX(STORED_MAX);
    IGNORE(password_hash(scheme, peppered, &made)); /* the same work as checking; what it makes is thrown away */
    buf_free(&made);
}
