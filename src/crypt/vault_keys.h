/* All keys of the vault and how they hang together.

       root key (file) ─ HKDF ─┬─ KEK[epoch] ─ HKDF(person id) ─ wraps ─> person key (random, kept by core as wrapped bytes)
                               │                                            └─ HKDF(purpose) ─> field key
                               ├─ system field key [purpose]   ├─ blind index key [purpose]   ├─ MAC key [purpose]
                               └─ password pepper · JWT key · Ed25519 seed of audit checkpoints

   Wrapped person key: 0x01 | epoch u32 | AES-256-KWP of 32 bytes (40 bytes). The person id goes into the wrapping key, so
   that a wrapped key laid beside another person does not open. Rotation: a new epoch wraps anew, old epochs only unwrap;
   no field is sealed again. Today there is epoch 1.

   One field key per person and purpose, not one per row and column: 40 derivations per page would cost more than the opening
   itself. Row and version are bound by the AAD, nonces are 96 random bits, and no key comes near 2^32 messages (a person's
   fields of one kind), the limit of SP 800-38D for random nonces.

   Unwrapped field keys stay in a cache of fixed size in locked memory; a hit needs the same wrapped bytes, so a changed
   wrapped key never profits from an earlier one. The root key itself is not kept. */
#ifndef MEDSCRIBE_CRYPT_VAULT_KEYS_H
#define MEDSCRIBE_CRYPT_VAULT_KEYS_H
#include "crypt/cipher.h"
#include "wire/vault.h"

enum {
    VAULT_ROOT_BYTES = 32,
    VAULT_ROOT_TEXT = 2 * VAULT_ROOT_BYTES + 1, /* hexadecimal digits and a newline */
    VAULT_KEK_EPOCHS = 1,
    VAULT_WRAPPED_BYTES = 1 + 4 + CIPHER_WRAPPED_BYTES,
    VAULT_CACHE_SETS = 512, VAULT_CACHE_WAYS = 4,
};
_Static_assert((int)VAULT_WRAPPED_BYTES <= (int)VAULT_WRAPPED_MAX, "a wrapped key fits where it is kept");

enum vault_info {
#define I(name, label, context, summary) VAULT_INFO_##name,
#include "crypt/vault_info.def"
#undef I
    VAULT_INFO_COUNT
};
const char *vault_keys_label(unsigned info); /* NULL when out of range */
size_t vault_keys_context(unsigned info);

/* The root key file: 64 hexadecimal digits and a newline, which may be missing. ERR_BAD_VALUE when it is not that, or when the
   key is no random one: too few different bytes, a run, a half repeated. */
struct err vault_keys_read_root(struct span text, uint8_t root_out[static VAULT_ROOT_BYTES]);

struct cached_key {
    struct id person;
    struct cipher_key key;
    uint64_t used; /* number of the last use */
    uint16_t purpose;
    uint8_t wrapped[VAULT_WRAPPED_BYTES];
};

/* Lives in secret memory (secret.h). */
struct vault_keys {
    struct cipher *cipher;
    uint64_t last_serial, use, cache_seed[2];
    uint8_t kek[VAULT_KEK_EPOCHS + 1][CIPHER_KEY_BYTES]; /* by epoch; [0] unused */
    struct cipher_key system[PURPOSE_COUNT];             /* serial 0: this purpose has none */
    struct cipher_mac *mac[PURPOSE_COUNT];               /* blind index or MAC */
    struct cipher_mac *pepper, *jwt;
    struct cipher_signer *signer;
    uint8_t signer_public[32];
    struct cached_key cache[VAULT_CACHE_SETS][VAULT_CACHE_WAYS];
};

/* Derives everything that hangs on the root; `keys` is zeroed memory. On failure vault_keys_done() still cleans up. */
struct err vault_keys_init(struct vault_keys *keys, const uint8_t root[static VAULT_ROOT_BYTES]);
void vault_keys_done(struct vault_keys *keys); /* wipes */
/* The field key of a person; NULL when the wrapped key is not this person's. Valid until the next call. */
const struct cipher_key *vault_keys_person(struct vault_keys *keys, struct id person, unsigned purpose, struct span wrapped);
/* A new random person key, wrapped. */
bool vault_keys_new_person(struct vault_keys *keys, struct id person, uint8_t wrapped_out[static VAULT_WRAPPED_BYTES]);

#endif
