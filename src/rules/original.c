#include "rules/original.h"

#include "base/clock.h"
#include "rules/consent.h"
#include "rules/core.h"
#include "rules/files.h"

static bool cut_range(const struct request *q, uint64_t total, uint64_t *from_out, uint64_t *bytes_out)
{
    *from_out = 0;
    *bytes_out = total;
    if (!request_has(q, 1)) return true;
    struct wire_reader r = {.rest = q->field[1]};
    uint64_t from = wire_u64(&r), to = wire_u64(&r);
    if (from == UINT64_MAX) { /* the last `to` bytes */
        if (to == 0) return false;
        from = to >= total ? 0 : total - to;
        to = total - 1;
    }
    if (from >= total || to < from) return false;
    if (to >= total) to = total - 1;
    *from_out = from;
    *bytes_out = to - from + 1;
    return true;
}

/* A long file takes its time: is it still theirs to read? One's own always is. */
static struct err ask_again(struct call *call, struct id subject, int64_t *asked_us)
{
    int64_t now = clock_monotonic_us();
    if (id_equal(subject, call->actor.subject) || now - *asked_us < SECONDS_US(1)) return OK;
    *asked_us = now;
    struct arena_mark mark = arena_mark(&call->arena);
    struct err e = consent_check(call, subject, CONSENT(DATA_PROCESSING));
    arena_rewind(&call->arena, mark);
    return e;
}

static struct err send_file(struct call *call, struct sealed_file *file, const struct receipt *receipt, uint64_t from, uint64_t bytes)
{
    int64_t asked_us = clock_monotonic_us();
    while (bytes > 0) {
        struct err e = call_pull(call);
        if (e.code == ERR_CANCELLED) return OK;
        TRY(e);
        TRY(ask_again(call, file->subject, &asked_us));
        uint64_t chunk = from / FILE_CHUNK_BYTES, at = from % FILE_CHUNK_BYTES;
        struct vault_request ask;
        struct span opened;
        TRY(sealed_file_chunk(file, chunk, &ask));
        TRY(call_vault_medical(call, receipt, &ask, 1, &opened, NULL));
        struct span part = span_sub(opened, at, bytes);
        if (part.n == 0) return FAIL(INTEGRITY);
        call_chunk(call, part);
        from += part.n;
        bytes -= part.n;
    }
    call_chunk_end(call, true);
    return OK;
}

struct err original_send(struct call *call, enum audit_resource type, struct id subject, struct span key)
{
    struct id id = request_field_id(&call->request, 0);
    const struct value value = value_id(&id);
    struct rows media;
    TRY(call_query(call, SQL_media_of, &value, 1, &media));
    if (media.count != 1) return FAIL(NOT_FOUND);
    uint64_t total = (uint64_t)rows_number(&media, 0, 2), from, bytes;
    if (!cut_range(&call->request, total, &from, &bytes)) return FAIL(RANGE);
    struct audit_entry entry;
    struct receipt receipt;
    TRY(audit_entry_for(call, AUDIT_MEDIA_READ, true, &entry));
    entry.resource_type = type;
    entry.resource = id;
    TRY(audit_commit(call, &entry, &receipt));
    struct sealed_file file;
    TRY(sealed_file_open(call_core(call)->files_dir, rows_id(&media, 0, 0), subject, key, total, &file));
    struct response head = {.status = bytes == total ? 200 : 206, .kind = RESPONSE_FILE, .media_type = (uint8_t)rows_number(&media, 0, 1),
                            .file_bytes = total, .range_from = from, .range_bytes = bytes};
    call_answer(call, &head);
    call_answer_end(call);
    call->streaming = true;
    struct err e = send_file(call, &file, &receipt, from, bytes);
    sealed_file_close(&file);
    return e;
}
