#include "crypt/audit_chain.h"

enum { ROW_MARK = 0x01, LABEL_BYTES = sizeof AUDIT_CHECKPOINT_LABEL - 1 };
_Static_assert(LABEL_BYTES + 8 + SHA256_BYTES + 8 == AUDIT_CHECKPOINT_BYTES, "the message is what it says");

static void put_le(uint8_t *out, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)(value >> (8 * i));
}

struct err audit_chain_step(uint8_t hash_inout[static SHA256_BYTES], struct span row)
{
    uint8_t head[1 + SHA256_BYTES + 4] = {ROW_MARK};
    if (row.n > UINT32_MAX) return FAIL(TOO_LARGE);
    memcpy(head + 1, hash_inout, SHA256_BYTES);
    put_le(head + 1 + SHA256_BYTES, row.n, 4);
    digest_sha256_parts((const struct span[]){span_of(head, sizeof head), row}, 2, hash_inout);
    return OK;
}

void audit_chain_message(const struct audit_checkpoint *checkpoint, uint8_t out[static AUDIT_CHECKPOINT_BYTES])
{
    memcpy(out, AUDIT_CHECKPOINT_LABEL, LABEL_BYTES);
    put_le(out + LABEL_BYTES, checkpoint->seq, 8);
    memcpy(out + LABEL_BYTES + 8, checkpoint->hash, SHA256_BYTES);
    put_le(out + LABEL_BYTES + 8 + SHA256_BYTES, (uint64_t)checkpoint->time_us, 8);
}

bool audit_chain_verify(const struct audit_checkpoint *checkpoint, const uint8_t public_key[static 32],
                        const uint8_t signature[static AUDIT_SIGNATURE_BYTES])
{
    uint8_t message[AUDIT_CHECKPOINT_BYTES];
    audit_chain_message(checkpoint, message);
    return digest_verify_ed25519(public_key, span_of(message, sizeof message), signature);
}
