/* The server side of the vault: does the operations of wire/vault.h on an area that a client shares and may change at any
   moment. Every operation and every input is copied before it is looked at, every answer is made in the vault's own memory
   and copied out only when the operation succeeded: nothing that was not authenticated ever leaves, and a client that
   changes bytes meanwhile only changes what it asked for. (Signing reads its message twice; without the copy, a client could
   get two signatures with one nonce, which gives the key away.)

   Envelope: 0x01 | 0x01 (AES-256-GCM) | nonce 12 | ciphertext | tag 16.
   AAD, each part behind its u32 length: "medscribe|v1", first two envelope bytes, purpose u16, row id, person id, version u64.
   Nonces are getrandom's, fetched many at a time into locked memory and wiped as they are used; the memory is not passed on
   by fork, so that no two processes can share them.

   Purposes and kinds:
       USER_PROFILE, SESSION_CLIENT, REGISTRATION; medical: RECOGNISED, EVIDENCE, MEDIA_CHUNK, DRAFT, NOTES, QUESTION   SEAL OPEN
       PASSWORD           SEAL_SYSTEM OPEN_SYSTEM PEPPER        AUDIT_CLIENT      SEAL_SYSTEM OPEN_SYSTEM
       INDEX_*            INDEX                                 APPROVAL CSRF CURSOR SETUP   MAC
       NONE               NEW_PERSON JWT SIGN PUBLIC_KEY PEPPER
   VAULT_MALFORMED: unknown kind or purpose, a kind that the purpose does not have, a person where none belongs or none where
   one does, offsets outside the area or inside the batch's operations, input too long for the kind, no room for the answer.
   VAULT_REFUSED: does not open. VAULT_LIMITED: too many different persons in a minute (medical purposes, OPEN only).
   SIGN takes audit checkpoints (audit_chain.h) and nothing else; JWT takes a JSON object of at most VAULT_JWT_MAX bytes. */
#ifndef MEDSCRIBE_CRYPT_VAULT_H
#define MEDSCRIBE_CRYPT_VAULT_H
#include "crypt/vault_keys.h"

enum { VAULT_SHORT_MAX = 4096 /* INDEX, PEPPER */, VAULT_JWT_MAX = 4096, VAULT_PEPPERED_BYTES = 64 };

struct vault;
/* The caller wipes `root` afterwards. people_per_minute 0: no limit. Uses every algorithm once, so that nothing is looked up
   after the sandbox closed; ERR_INTERNAL when one does not give what it must. */
struct err vault_new(const uint8_t root[static VAULT_ROOT_BYTES], uint32_t people_per_minute, struct vault **vault_out);
void vault_free(struct vault *vault); /* wipes; harmless on NULL */
bool vault_is_locked(const struct vault *vault); /* false: the kernel would not lock the keys' memory */

/* Does the first `count` operations in the area of VAULT_AREA_BYTES; returns how many were done: count, or 0 when count is
   none or more than VAULT_OPS_MAX. now_us: monotonic. */
uint32_t vault_serve_batch(struct vault *vault, uint8_t *area, uint32_t count, int64_t now_us);

#endif
