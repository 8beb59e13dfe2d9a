#include "rules/texts.h"

static struct err open_all(struct call *call, const struct receipt *receipt, const struct vault_request *requests, size_t count, struct span *out)
{
    struct vault_request *ask = arena_array(&call->arena, count + 1, sizeof *ask);
    struct span *opened = arena_array(&call->arena, count + 1, sizeof *opened);
    size_t *place = arena_array(&call->arena, count + 1, sizeof *place), n = 0;
    if (call->arena.failed) return FAIL(OUT_OF_MEMORY);
    for (size_t i = 0; i < count; i++) {
        out[i] = SPAN_NONE;
        if (requests[i].in.n == 0) continue;
        place[n] = i;
        ask[n++] = requests[i];
    }
    TRY(call_vault_medical(call, receipt, ask, n, opened, NULL));
    for (size_t i = 0; i < n; i++) out[place[i]] = opened[i];
    return OK;
}

struct err texts_open(struct call *call, const struct receipt *receipt, enum audit_resource type, struct id resource,
                      const struct vault_request *requests, size_t count, struct span *out)
{
    struct audit_entry entry;
    struct err e = open_all(call, receipt, requests, count, out);
    if (e.code != ERR_INTEGRITY) return e;
    TRY(audit_entry_for(call, AUDIT_INTEGRITY_FAILURE, false, &entry));
    entry.resource_type = type;
    entry.resource = resource;
    TRY(audit_commit(call, &entry, NULL));
    return e;
}
