/* How many different persons were opened within the last minute, exactly: a person counts from the first time until a
   minute after the last. Constant memory: one place for each person that may be open at a time. */
#ifndef MEDSCRIBE_CRYPT_VAULT_PACE_H
#define MEDSCRIBE_CRYPT_VAULT_PACE_H
#include "base/err.h"
#include "base/id.h"

struct vault_pace;
/* most: 0 allows everybody (*pace_out is NULL then, which the other functions understand). */
struct err vault_pace_new(uint32_t most, struct vault_pace **pace_out);
void vault_pace_free(struct vault_pace *pace);
bool vault_pace_allows(struct vault_pace *pace, struct id person, int64_t now_us); /* counts the person when it does */

#endif
