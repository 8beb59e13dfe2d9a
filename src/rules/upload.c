#include "rules/upload.h"

#include "os/config.h"
#include "rules/audit.h"
#include "rules/consent.h"
#include "rules/core.h"
#include "rules/offload.h"

#include <stdlib.h>

static struct err seal_chunk(struct upload *u, bool last)
{
    const struct vault_request ask = sealed_file_seal(&u->file, span_of(u->plain, u->plain_n), last);
    struct span sealed;
    TRY(scan_put(u->call, &u->scan, span_of(u->plain, u->plain_n)));
    TRY(call_vault(u->call, &ask, 1, &sealed, NULL));
    TRY(sealed_file_write(&u->file, sealed, u->plain_n));
    u->plain_n = 0;
    return OK;
}

/* A full chunk is kept until it is known whether it is the last. */
static struct err take_bytes(struct upload *u, struct span bytes)
{
    uint64_t total = u->file.bytes + u->plain_n + bytes.n;
    if (total > u->max_bytes) return FAIL(TOO_LARGE);
    if (total > u->space_left) return FAIL(QUOTA);
    while (bytes.n > 0) {
        if (u->plain_n == FILE_CHUNK_BYTES) TRY(seal_chunk(u, false));
        size_t n = FILE_CHUNK_BYTES - u->plain_n < bytes.n ? FILE_CHUNK_BYTES - u->plain_n : bytes.n;
        memcpy(u->plain + u->plain_n, bytes.p, n);
        u->plain_n += n;
        bytes = span_sub(bytes, n, bytes.n);
    }
    return OK;
}

static struct err take_body(struct upload *u)
{
    for (;;) {
        struct body_chunk *chunk;
        TRY(call_body(u->call, &chunk));
        if (chunk == NULL) break;
        struct err e = take_bytes(u, span_of(chunk->bytes, chunk->n));
        explicit_bzero(chunk->bytes, chunk->n);
        free(chunk);
        TRY(e);
    }
    if (!u->call->body_complete) return FAIL(BAD_MULTIPART);
    if (u->file.bytes + u->plain_n == 0) return FAIL(EMPTY_FILE);
    TRY(seal_chunk(u, true));
    return call_offload(u->call, call_core(u->call)->files, sealed_file_sync, &u->file);
}

static void take_space(struct upload *u, const struct rows *used)
{
    uint64_t most = (uint64_t)config_integer(call_core(u->call)->config, CONFIG_max_user_mib) << 20;
    uint64_t taken = (uint64_t)rows_number(used, 0, 0);
    u->space_left = taken >= most ? 0 : most - taken;
}

static struct err check_quota(struct upload *u)
{
    struct rows used;
    const struct value subject = value_id(&u->subject);
    TRY(call_query(u->call, SQL_space_used, &subject, 1, &used));
    take_space(u, &used);
    return u->space_left == 0 ? FAIL(QUOTA) : OK;
}

/* Inside the lane: other uploads may have been kept while this one came. */
static struct err check_quota_in(struct db_conn *writer, struct upload *u)
{
    struct arena arena;
    struct rows used;
    const struct value subject = value_id(&u->subject);
    arena_init(&arena, 4096);
    struct err e = db_query(writer, SQL_space_used, NULL, &subject, 1, &arena, &used);
    if (!err_failed(e)) take_space(u, &used);
    arena_free(&arena);
    TRY(e);
    return u->file.bytes > u->space_left ? FAIL(QUOTA) : OK;
}

/* --- the scanner's verdict */

static struct err put_quarantine(struct db_conn *writer, void *arg)
{
    const struct upload *u = arg;
    const struct value values[] = {
        value_id(&u->media), value_id(&u->call->actor.db.clinic), value_id(&u->subject), value_id(&u->call->actor.db.user),
        value_number((int64_t)u->file.bytes), value_text(span_text(u->scan.found)), value_number(u->call->now_us),
    };
    return db_exec(writer, SQL_quarantine_insert, NULL, values, 7);
}

static struct err record(struct upload *u, enum audit_action action, struct err (*apply)(struct db_conn *, void *))
{
    struct audit_entry entry;
    TRY(audit_entry_for(u->call, action, action != AUDIT_MALWARE_FOUND, &entry));
    entry.resource_type = RESOURCE_MEDIA;
    entry.resource = u->media;
    if (u->scan.found[0] != '\0') audit_detail_text(&entry, DETAIL_REASON, span_text(u->scan.found));
    return call_commit(u->call, apply, u, &entry, NULL);
}

/* What the scanner found is kept sealed, so that it can be looked into, and told. */
static struct err heed_scanner(struct upload *u)
{
    TRY(scan_end(u->call, &u->scan));
    if (u->scan.unscanned) return record(u, AUDIT_MALWARE_UNSCANNED, NULL);
    if (u->scan.found[0] == '\0') return OK;
    if (call_core(u->call)->log != NULL) call_core(u->call)->log("warning", "alert: the virus scanner found something in an upload; it is in quarantine");
    TRY(record(u, AUDIT_MALWARE_FOUND, put_quarantine));
    return FAIL(MALWARE);
}

struct err upload_take(struct upload *u, struct err (*keep)(struct upload *upload))
{
    u->media = id_random();
    TRY(consent_check(u->call, u->subject, u->consents));
    TRY(check_quota(u));
    TRY(scan_begin(u->call, &u->scan));
    struct err e = sealed_file_create(call_core(u->call)->files_dir, u->media, u->subject, u->key, &u->file);
    if (err_failed(e)) {
        scan_close(&u->scan);
        return e;
    }
    u->plain = malloc(FILE_CHUNK_BYTES);
    e = u->plain == NULL ? FAIL(OUT_OF_MEMORY) : take_body(u);
    if (u->plain != NULL) explicit_bzero(u->plain, FILE_CHUNK_BYTES);
    free(u->plain);
    u->plain = NULL;
    if (!err_failed(e)) e = heed_scanner(u);
    scan_close(&u->scan);
    if (!err_failed(e)) e = keep(u);
    /* When it is not known whether the commit happened the file must stay. */
    if (err_failed(e) && e.code != ERR_WRITE_UNCERTAIN && e.code != ERR_MALWARE) sealed_file_discard(&u->file);
    else sealed_file_close(&u->file);
    return e;
}

struct err upload_insert_media(struct db_conn *writer, struct upload *u, struct id resource, unsigned type)
{
    TRY(check_quota_in(writer, u));
    TRY(consent_required_in(writer, u->subject, u->consents, &u->call->consent_missing));
    const struct value values[] = {
        value_id(&u->media), value_id(&u->call->actor.db.clinic), value_id(&u->subject), value_id(&u->call->actor.db.user), value_id(&resource),
        value_number(type), value_number((int64_t)u->file.bytes), value_number(u->call->now_us),
    };
    return db_exec(writer, SQL_media_insert, NULL, values, 8);
}
