/* Hashing without keys. */
#ifndef MEDSCRIBE_CRYPT_DIGEST_H
#define MEDSCRIBE_CRYPT_DIGEST_H
#include "base/span.h"

enum { SHA256_BYTES = 32 };
void digest_sha256(struct span in, uint8_t out[static SHA256_BYTES]); /* one call, no allocation */
void digest_sha256_parts(const struct span *parts, size_t count, uint8_t out[static SHA256_BYTES]);
bool digest_equal(const void *a, const void *b, size_t n); /* constant time */
bool digest_verify_ed25519(const uint8_t public_key[static 32], struct span message, const uint8_t signature[static 64]);
/* base64url without padding (RFC 4648 §5) */
struct buf;
void digest_put_base64url(struct buf *out, struct span in);

#endif
