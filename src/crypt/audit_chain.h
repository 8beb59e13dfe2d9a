/* The audit log as a chain: whoever changes, removes or moves a row changes every hash behind it.
       h_0 = 32 zero bytes,  h_i = SHA-256(0x01 | h_{i−1} | u32 length of row | row)
   `row` is the caller's canonical form of the row, ciphertext of its personal parts included.
   A checkpoint, signed by the vault (VAULT_SIGN), fixes the chain up to a row. */
#ifndef MEDSCRIBE_CRYPT_AUDIT_CHAIN_H
#define MEDSCRIBE_CRYPT_AUDIT_CHAIN_H
#include "base/err.h"
#include "crypt/digest.h"

enum { AUDIT_CHECKPOINT_BYTES = 24 + 8 + SHA256_BYTES + 8, AUDIT_SIGNATURE_BYTES = 64 };
#define AUDIT_CHECKPOINT_LABEL "medscribe|checkpoint|v1|" /* 24 bytes */

struct audit_checkpoint {
    uint64_t seq;
    uint8_t hash[SHA256_BYTES];
    int64_t time_us;
};

/* hash_inout: h_{i−1} becomes h_i. ERR_TOO_LARGE for a row of 4 GiB or more. */
struct err audit_chain_step(uint8_t hash_inout[static SHA256_BYTES], struct span row);
/* The bytes that are signed: label | seq u64 | hash | time i64 (little-endian). */
void audit_chain_message(const struct audit_checkpoint *checkpoint, uint8_t out[static AUDIT_CHECKPOINT_BYTES]);
bool audit_chain_verify(const struct audit_checkpoint *checkpoint, const uint8_t public_key[static 32],
                        const uint8_t signature[static AUDIT_SIGNATURE_BYTES]);

#endif
