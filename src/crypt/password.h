/* Password hashes as self-describing strings. `peppered` is what the vault made of the password (VAULT_PEPPER, 64 bytes of
   base64), so bcrypt's limit of 72 bytes is never met. Slow on purpose (bcrypt 12: about 185 ms): run in a slot.

       $ms$bcrypt$$2b$12$…                        bcrypt over the peppered password
       $ms$argon2id$$argon2id$v=19$m=65536,t=3,p=1$…
       $ms$pbkdf2$i=600000$<salt b64>$<hash b64>
       $2b$12$…  $2a$…  $2y$…                    plain bcrypt of the password itself (imported)
       pbkdf2_sha256$100000$<salt>$<hash b64>, <salt hex>:<hash hex> (32-byte salt, 100,000 rounds)   (imported) */
#ifndef MEDSCRIBE_CRYPT_PASSWORD_H
#define MEDSCRIBE_CRYPT_PASSWORD_H
#include "base/buf.h"

enum password_scheme { PASSWORD_BCRYPT, PASSWORD_ARGON2ID, PASSWORD_PBKDF2 }; /* = the setting's order */
struct err password_hash(enum password_scheme scheme, struct span peppered, struct buf *out);
/* *match_out says whether it fits; *rehash_out whether it should be hashed anew with `scheme`. */
struct err password_verify(struct span stored, enum password_scheme scheme, struct span password, struct span peppered,
                           bool *match_out, bool *rehash_out);
/* Same cost as a real one, for users that do not exist. */
void password_verify_nobody(enum password_scheme scheme, struct span peppered);
/* B's rule: 8 … 128 code points, upper, lower, digit, special (ERR_WEAK_PASSWORD); not on the list of common ones, compared
   without case (ERR_COMMON_PASSWORD). */
struct err password_rule(struct span password);

#endif
