/* The SHA256_* calls allocate and look up nothing (62 ns for 64 bytes, SHA256() itself 284 ns); 3.0 calls them deprecated. */
#define OPENSSL_API_COMPAT 10100
#include "crypt/digest.h"

#include "base/buf.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

void digest_sha256_parts(const struct span *parts, size_t count, uint8_t out[static SHA256_BYTES])
{
    SHA256_CTX state;
    SHA256_Init(&state);
    for (size_t i = 0; i < count; i++)
        if (parts[i].n > 0) SHA256_Update(&state, parts[i].p, parts[i].n);
    SHA256_Final(out, &state);
    OPENSSL_cleanse(&state, sizeof state);
}

void digest_sha256(struct span in, uint8_t out[static SHA256_BYTES]) { digest_sha256_parts(&in, 1, out); }

bool digest_equal(const void *a, const void *b, size_t n) { return CRYPTO_memcmp(a, b, n) == 0; }

bool digest_verify_ed25519(const uint8_t public_key[static 32], struct span message, const uint8_t signature[static 64])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
    EVP_MD_CTX *state = EVP_MD_CTX_new();
    const uint8_t none = 0;
    bool good = key != NULL && state != NULL && EVP_DigestVerifyInit(state, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(state, signature, 64, message.n > 0 ? message.p : &none, message.n) == 1;
    EVP_MD_CTX_free(state);
    EVP_PKEY_free(key);
    return good;
}

void digest_put_base64url(struct buf *out, struct span in)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t *to = in.n > SIZE_MAX / 2 ? NULL : buf_reserve(out, (in.n * 4 + 2) / 3);
    if (to == NULL) {
        out->failed = true;
        return;
    }
    uint32_t bits = 0;
    unsigned held = 0;
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        bits = bits << 8 | in.p[i];
        for (held += 8; held >= 6; held -= 6) to[n++] = (uint8_t)digits[bits >> (held - 6) & 63];
    }
    if (held > 0) to[n++] = (uint8_t)digits[bits << (6 - held) & 63];
    buf_added(out, n);
}
