/* The vault's primitives over libcrypto, set up once and used without allocating or looking algorithms up again.
   A key carries a serial number: it stays loaded, expanded, in the context that the number leads to until another key takes that
   place, and the serial says whether it fits. There is one context for sealing and 256 for opening, so that a page of many
   persons finds its keys loaded. (Measured at 600 bytes: an opening with a loaded key 370 ns, loading another key 160 ns more.
   A context is about 1 KiB; for all cached keys they would be 2 MiB of locked memory.) */
#ifndef MEDSCRIBE_CRYPT_CIPHER_H
#define MEDSCRIBE_CRYPT_CIPHER_H
#include "base/err.h"
#include "base/span.h"

enum {
    CIPHER_KEY_BYTES = 32,
    CIPHER_NONCE_BYTES = 12,
    CIPHER_TAG_BYTES = 16,
    CIPHER_WRAPPED_BYTES = 40, /* a wrapped key of 32 bytes */
    CIPHER_MAC_MAX = 64,
    CIPHER_SIGNATURE_BYTES = 64,
};

struct cipher_key {
    uint64_t serial; /* unique in the process; 0 is none */
    uint8_t bytes[CIPHER_KEY_BYTES];
};

struct cipher;
struct err cipher_new(struct cipher **cipher_out);
void cipher_free(struct cipher *cipher);

/* AES-256-GCM in place: data[0 … n) then the tag. open leaves data undefined when it does not fit; the caller wipes it. */
bool cipher_seal(struct cipher *cipher, const struct cipher_key *key, const uint8_t nonce[static CIPHER_NONCE_BYTES],
                 struct span aad, uint8_t *data, size_t n, uint8_t tag_out[static CIPHER_TAG_BYTES]);
bool cipher_open(struct cipher *cipher, const struct cipher_key *key, const uint8_t nonce[static CIPHER_NONCE_BYTES],
                 struct span aad, uint8_t *data, size_t n, const uint8_t tag[static CIPHER_TAG_BYTES]);
/* HKDF-SHA-256 (RFC 5869), extract and expand; the info is `label` then `context`. */
bool cipher_derive(struct cipher *cipher, struct span secret, struct span salt, const char *label, struct span context,
                   uint8_t *out, size_t n);
/* AES-256 key wrap with padding (RFC 5649). */
bool cipher_wrap(struct cipher *cipher, const uint8_t key[static CIPHER_KEY_BYTES], struct span plain, uint8_t *out, size_t max,
                 size_t *n_out);
bool cipher_unwrap(struct cipher *cipher, const uint8_t key[static CIPHER_KEY_BYTES], struct span wrapped, uint8_t *out,
                   size_t max, size_t *n_out);

/* HMAC under one key, kept ready. */
struct cipher_mac;
struct cipher_mac *cipher_mac_new(const char *hash, struct span key); /* "SHA256", "SHA384"; NULL: no memory */
void cipher_mac_free(struct cipher_mac *mac);
bool cipher_mac(struct cipher_mac *mac, struct span in, uint8_t out[static CIPHER_MAC_MAX], size_t *n_out);

/* Ed25519 from its 32-byte seed. */
struct cipher_signer;
struct cipher_signer *cipher_signer_new(const uint8_t seed[static CIPHER_KEY_BYTES], uint8_t public_key_out[static 32]);
void cipher_signer_free(struct cipher_signer *signer);
bool cipher_sign(struct cipher_signer *signer, struct span message, uint8_t out[static CIPHER_SIGNATURE_BYTES]);

#endif
