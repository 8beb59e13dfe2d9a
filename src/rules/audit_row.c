#include "rules/audit_row.h"

#include "crypt/audit_chain.h"
#include "wire/frame.h"

/* Every value with its type and length, so that no two rows share a form. */
static void put_value(struct buf *out, const struct value *v)
{
    wire_put_u8(out, v->type == VALUE_NULL ? 0 : v->type == VALUE_NUMBER ? 1 : 2);
    if (v->type == VALUE_NULL) return;
    if (v->type == VALUE_NUMBER) wire_put_u64(out, (uint64_t)v->number);
    else wire_put_span(out, v->bytes);
}

void audit_row_hash(const uint8_t previous[static AUDIT_HASH_BYTES], const struct value values[static AUDIT_COLUMNS],
                    struct buf *scratch, uint8_t hash_out[static AUDIT_HASH_BYTES])
{
    buf_reset(scratch);
    for (size_t i = 0; i < AUDIT_COLUMNS; i++) put_value(scratch, &values[i]);
    memcpy(hash_out, previous, AUDIT_HASH_BYTES);
    IGNORE(audit_chain_step(hash_out, buf_span(scratch))); /* fails for rows of 4 GiB only; scratch is capped */
}
