/* The canonical form of an audit row: what the hash chain covers. Private to audit*.c. */
#ifndef MEDSCRIBE_RULES_AUDIT_ROW_H
#define MEDSCRIBE_RULES_AUDIT_ROW_H
#include "db/value.h"

enum { AUDIT_COLUMNS = 12 /* all but the hash */, AUDIT_HASH_BYTES = 32 };
/* values: seq at_us clinic_id user_id action resource_type resource_id resources success request_id client details */
void audit_row_hash(const uint8_t previous[static AUDIT_HASH_BYTES], const struct value values[static AUDIT_COLUMNS],
                    struct buf *scratch, uint8_t hash_out[static AUDIT_HASH_BYTES]);
#endif
