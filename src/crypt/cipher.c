#include "crypt/cipher.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdlib.h>

enum { INFO_MAX = 128, OPENERS = 256 /* more than the keys of the largest usual page: fifty persons, three purposes */ };

struct gcm {
    EVP_CIPHER_CTX *context;
    uint64_t loaded; /* serial of the key it holds */
};

struct cipher {
    struct gcm seal, open[OPENERS]; /* a key is loaded where its serial says */
    EVP_CIPHER *gcm, *wrap;
    EVP_CIPHER_CTX *wrap_context;
    EVP_KDF *hkdf;
    EVP_KDF_CTX *hkdf_context;
};

/* The cast that const-less library tables ask for; they only read. */
static void *unconst(const void *p) { return (void *)(uintptr_t)p; }

static bool gcm_new(struct gcm *gcm, const EVP_CIPHER *algorithm, bool seal)
{
    const uint8_t zero[CIPHER_KEY_BYTES] = {0};
    gcm->context = EVP_CIPHER_CTX_new();
    return gcm->context != NULL && EVP_CipherInit_ex2(gcm->context, algorithm, zero, zero, seal, NULL) == 1;
}

struct err cipher_new(struct cipher **cipher_out)
{
    struct cipher *c = calloc(1, sizeof *c);
    *cipher_out = c;
    if (c == NULL) return FAIL(OUT_OF_MEMORY);
    c->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    c->wrap = EVP_CIPHER_fetch(NULL, "AES-256-WRAP-PAD", NULL);
    c->hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    c->wrap_context = EVP_CIPHER_CTX_new();
    c->hkdf_context = c->hkdf != NULL ? EVP_KDF_CTX_new(c->hkdf) : NULL;
    bool good = c->gcm != NULL && c->wrap != NULL && c->wrap_context != NULL && c->hkdf_context != NULL &&
                gcm_new(&c->seal, c->gcm, true);
    for (size_t i = 0; i < OPENERS && good; i++) good = gcm_new(&c->open[i], c->gcm, false);
    if (good) {
        EVP_CIPHER_CTX_set_flags(c->wrap_context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
        return OK;
    }
    cipher_free(c);
    *cipher_out = NULL;
    return FAIL(OUT_OF_MEMORY);
}

void cipher_free(struct cipher *c)
{
    if (c == NULL) return;
    EVP_CIPHER_CTX_free(c->seal.context);
    for (size_t i = 0; i < OPENERS; i++) EVP_CIPHER_CTX_free(c->open[i].context);
    EVP_CIPHER_CTX_free(c->wrap_context);
    EVP_KDF_CTX_free(c->hkdf_context);
    EVP_CIPHER_free(c->gcm);
    EVP_CIPHER_free(c->wrap);
    EVP_KDF_free(c->hkdf);
    free(c);
}

static bool start(struct gcm *gcm, const struct cipher_key *key, const uint8_t *nonce, struct span aad, bool seal)
{
    bool fits = key->serial != 0 && gcm->loaded == key->serial;
    int unused;
    gcm->loaded = 0; /* until it worked */
    if (EVP_CipherInit_ex2(gcm->context, NULL, fits ? NULL : key->bytes, nonce, seal, NULL) != 1) return false;
    gcm->loaded = key->serial;
    return EVP_CipherUpdate(gcm->context, NULL, &unused, aad.p, (int)aad.n) == 1;
}

bool cipher_seal(struct cipher *c, const struct cipher_key *key, const uint8_t nonce[static CIPHER_NONCE_BYTES],
                 struct span aad, uint8_t *data, size_t n, uint8_t tag_out[static CIPHER_TAG_BYTES])
{
    int done = 0, rest = 0;
    if (n > INT_MAX || aad.n > INT_MAX) return false;
    return start(&c->seal, key, nonce, aad, true) &&
           (n == 0 || EVP_EncryptUpdate(c->seal.context, data, &done, data, (int)n) == 1) &&
           EVP_EncryptFinal_ex(c->seal.context, data + done, &rest) == 1 && (size_t)done + (size_t)rest == n &&
           EVP_CIPHER_CTX_ctrl(c->seal.context, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG_BYTES, tag_out) == 1;
}

bool cipher_open(struct cipher *c, const struct cipher_key *key, const uint8_t nonce[static CIPHER_NONCE_BYTES],
                 struct span aad, uint8_t *data, size_t n, const uint8_t tag[static CIPHER_TAG_BYTES])
{
    int done = 0, rest = 0;
    if (n > INT_MAX || aad.n > INT_MAX) return false;
    OSSL_PARAM expected[] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, unconst(tag), CIPHER_TAG_BYTES),
                             OSSL_PARAM_construct_end()};
    struct gcm *open = &c->open[key->serial % OPENERS];
    return start(open, key, nonce, aad, false) &&
           (n == 0 || EVP_DecryptUpdate(open->context, data, &done, data, (int)n) == 1) &&
           EVP_CIPHER_CTX_set_params(open->context, expected) == 1 &&
           EVP_DecryptFinal_ex(open->context, data + done, &rest) == 1 && (size_t)done + (size_t)rest == n;
}

bool cipher_derive(struct cipher *c, struct span secret, struct span salt, const char *label, struct span context,
                   uint8_t *out, size_t n)
{
    uint8_t info[INFO_MAX];
    struct span name = span_text(label);
    if (name.n + context.n > sizeof info) return false;
    memcpy(info, name.p, name.n);
    if (context.n > 0) memcpy(info + name.n, context.p, context.n);
    OSSL_PARAM parameters[6], *next = parameters;
    char hash[] = "SHA256";
    *next++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0);
    *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, unconst(secret.p), secret.n);
    if (salt.n > 0) *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, unconst(salt.p), salt.n);
    *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, name.n + context.n);
    *next = OSSL_PARAM_construct_end();
    bool good = EVP_KDF_derive(c->hkdf_context, out, n, parameters) == 1;
    EVP_KDF_CTX_reset(c->hkdf_context); /* also wipes the secret that it copied */
    return good;
}

bool cipher_wrap(struct cipher *c, const uint8_t key[static CIPHER_KEY_BYTES], struct span plain, uint8_t *out, size_t max,
                 size_t *n_out)
{
    int n = 0;
    if (plain.n == 0 || plain.n > INT_MAX - 16 || max < ((plain.n + 7) & ~(size_t)7) + 8) return false;
    bool good = EVP_EncryptInit_ex2(c->wrap_context, c->wrap, key, NULL, NULL) == 1 &&
                EVP_EncryptUpdate(c->wrap_context, out, &n, plain.p, (int)plain.n) == 1 && n > 0;
    *n_out = good ? (size_t)n : 0;
    return good;
}

bool cipher_unwrap(struct cipher *c, const uint8_t key[static CIPHER_KEY_BYTES], struct span wrapped, uint8_t *out, size_t max,
                   size_t *n_out)
{
    int n = 0;
    *n_out = 0;
    if (wrapped.n < 16 || wrapped.n % 8 != 0 || wrapped.n > INT_MAX) return false;
    if (max < wrapped.n) return false; /* it uses that much room */
    bool good = EVP_DecryptInit_ex2(c->wrap_context, c->wrap, key, NULL, NULL) == 1 &&
                EVP_DecryptUpdate(c->wrap_context, out, &n, wrapped.p, (int)wrapped.n) == 1 && n > 0;
    if (good) *n_out = (size_t)n;
    else explicit_bzero(out, max);
    return good;
}

/* EVP_MAC_CTX under a name of ours */
struct cipher_mac *cipher_mac_new(const char *hash, struct span key)
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, unconst(hash), 0),
                               OSSL_PARAM_construct_end()};
    if (context != NULL && EVP_MAC_init(context, key.p, key.n, parameters) != 1) {
        EVP_MAC_CTX_free(context);
        context = NULL;
    }
    EVP_MAC_free(hmac); /* the context holds on to it */
    return (struct cipher_mac *)(void *)context;
}

void cipher_mac_free(struct cipher_mac *mac) { EVP_MAC_CTX_free((EVP_MAC_CTX *)(void *)mac); }

bool cipher_mac(struct cipher_mac *mac, struct span in, uint8_t out[static CIPHER_MAC_MAX], size_t *n_out)
{
    EVP_MAC_CTX *context = (EVP_MAC_CTX *)(void *)mac;
    return EVP_MAC_init(context, NULL, 0, NULL) == 1 && (in.n == 0 || EVP_MAC_update(context, in.p, in.n) == 1) &&
           EVP_MAC_final(context, out, n_out, CIPHER_MAC_MAX) == 1;
}

struct cipher_signer *cipher_signer_new(const uint8_t seed[static CIPHER_KEY_BYTES], uint8_t public_key_out[static 32])
{
    size_t n = 32;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, CIPHER_KEY_BYTES);
    if (key != NULL && EVP_PKEY_get_raw_public_key(key, public_key_out, &n) == 1 && n == 32)
        return (struct cipher_signer *)(void *)key;
    EVP_PKEY_free(key);
    return NULL;
}

void cipher_signer_free(struct cipher_signer *signer) { EVP_PKEY_free((EVP_PKEY *)(void *)signer); }

bool cipher_sign(struct cipher_signer *signer, struct span message, uint8_t out[static CIPHER_SIGNATURE_BYTES])
{
    size_t n = CIPHER_SIGNATURE_BYTES;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL &&
                EVP_DigestSignInit(context, NULL, NULL, NULL, (EVP_PKEY *)(void *)signer) == 1 &&
                EVP_DigestSign(context, out, &n, message.p, message.n) == 1 && n == CIPHER_SIGNATURE_BYTES;
    EVP_MD_CTX_free(context);
    return good;
}
