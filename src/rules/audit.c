#include "rules/audit.h"

#include "base/clock.h"
#include "crypt/audit_chain.h"
#include "rules/audit_row.h"

#include <stdlib.h>

enum { ROW_BYTES_MAX = 64 * 1024, VERIFY_PAGE = 1000, DETAILS_BYTES_MAX = 512 };

struct audit_chain {
    struct arena arena;
    struct buf scratch;
    int64_t seq, kept_seq;
    uint8_t hash[AUDIT_HASH_BYTES], kept_hash[AUDIT_HASH_BYTES];
    bool shared, known; /* known: this process alone writes, so the head need not be read again */
    int64_t last_us;
};

static const struct {
    int64_t number;
    const char *word;
} actions[] = {
#define A(name, number, word) {number, word},
#include "rules/audit.def"
#undef A
};

const char *audit_action_word(int64_t action)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (actions[i].number == action) return actions[i].word;
    return "unknown";
}

bool audit_action_find(struct span word, int64_t *action_out)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (!span_is(word, actions[i].word)) continue;
        *action_out = actions[i].number;
        return true;
    }
    return false;
}

const char *audit_resource_word(int64_t resource)
{
    static const char *const words[] = {"none", "user", "session", "submission", "media", "audit", "system", "consultation", "note"};
    return resource >= 0 && resource < (int64_t)(sizeof words / sizeof words[0]) ? words[resource] : "unknown";
}

void audit_detail_number(struct audit_entry *entry, enum audit_detail key, int64_t number)
{
    if (entry->detail_count < AUDIT_DETAILS_MAX)
        entry->details[entry->detail_count++] = (struct audit_detail_value){.key = key, .number = number};
}

void audit_detail_text(struct audit_entry *entry, enum audit_detail key, struct span word)
{
    if (entry->detail_count < AUDIT_DETAILS_MAX)
        entry->details[entry->detail_count++] = (struct audit_detail_value){.key = key, .is_text = true, .text = span_sub(word, 0, 128)};
}

static struct span put_details(const struct audit_entry *entry, struct buf *out)
{
    for (unsigned i = 0; i < entry->detail_count; i++) {
        const struct audit_detail_value *d = &entry->details[i];
        wire_put_u8(out, (uint8_t)d->key);
        wire_put_u8(out, d->is_text);
        if (d->is_text) wire_put_span(out, d->text);
        else wire_put_u64(out, (uint64_t)d->number);
    }
    return buf_span(out);
}

/* --- the chain */

struct err audit_chain_new(struct db *db, struct audit_chain **chain_out)
{
    struct audit_chain *chain = calloc(1, sizeof *chain);
    if (chain == NULL) return FAIL(OUT_OF_MEMORY);
    arena_init(&chain->arena, 1 << 20);
    buf_init(&chain->scratch, ROW_BYTES_MAX);
    chain->shared = db_is_shared(db);
    *chain_out = chain;
    return OK;
}

void audit_chain_free(struct audit_chain *chain)
{
    if (chain == NULL) return;
    arena_free(&chain->arena);
    buf_free(&chain->scratch);
    free(chain);
}

static struct err chain_begin(struct db_conn *writer, void *arg)
{
    struct audit_chain *chain = arg;
    if (chain->known && !chain->shared) {
        chain->kept_seq = chain->seq;
        memcpy(chain->kept_hash, chain->hash, AUDIT_HASH_BYTES);
        return OK;
    }
    struct rows rows;
    arena_reset(&chain->arena);
    TRY(db_query(writer, SQL_audit_head_lock, NULL, NULL, 0, &chain->arena, &rows));
    if (rows.count != 1 || rows_bytes(&rows, 0, 1).n != AUDIT_HASH_BYTES) return FAIL(CHAIN_BROKEN);
    chain->seq = chain->kept_seq = rows_number(&rows, 0, 0);
    memcpy(chain->hash, rows_bytes(&rows, 0, 1).p, AUDIT_HASH_BYTES);
    memcpy(chain->kept_hash, chain->hash, AUDIT_HASH_BYTES);
    chain->known = true;
    return OK;
}

static struct value id_or_null(const struct id *id) { return id_is_zero(*id) ? value_null() : value_id(id); }

static struct err chain_seal(struct db_conn *writer, void *arg, const void *audit, int64_t *seq_out)
{
    struct audit_chain *chain = arg;
    const struct audit_entry *entry = audit;
    uint8_t room[DETAILS_BYTES_MAX];
    struct buf details = {.p = room, .cap = sizeof room, .max = sizeof room}; /* on the stack: never grows */
    struct span detail_bytes = put_details(entry, &details);
    TRY(buf_check(&details));
    int64_t now = clock_now_us();
    if (now < chain->last_us) now = chain->last_us; /* a clock set back must not turn the order around */
    chain->last_us = now;
    const struct value values[AUDIT_COLUMNS] = {
        value_number(chain->seq + 1), value_number(now), value_id(&entry->clinic), id_or_null(&entry->user),
        value_number(entry->action), value_number(entry->resource_type), id_or_null(&entry->resource),
        value_bytes_or_null(entry->resources), value_number(entry->success), value_id(&entry->request_id),
        value_bytes_or_null(entry->client), value_bytes_or_null(detail_bytes),
    };
    uint8_t hash[AUDIT_HASH_BYTES];
    audit_row_hash(chain->hash, values, &chain->scratch, hash);
    TRY(buf_check(&chain->scratch));
    struct value row[AUDIT_COLUMNS + 1];
    memcpy(row, values, sizeof values);
    row[AUDIT_COLUMNS] = value_bytes(span_of(hash, AUDIT_HASH_BYTES));
    struct err e = db_exec(writer, SQL_audit_insert, NULL, row, AUDIT_COLUMNS + 1);
    if (err_failed(e)) return e.code == ERR_UNIQUE ? FAIL(CHAIN_BROKEN) : e;
    memcpy(chain->hash, hash, AUDIT_HASH_BYTES); /* only a row that stands moves the chain on */
    *seq_out = ++chain->seq;
    return OK;
}

static struct err chain_end(struct db_conn *writer, void *arg)
{
    struct audit_chain *chain = arg;
    if (chain->seq == chain->kept_seq) return OK;
    const struct value values[] = {value_number(chain->seq), value_bytes(span_of(chain->hash, AUDIT_HASH_BYTES))};
    return db_exec(writer, SQL_audit_head_set, NULL, values, 2);
}

static void chain_settled(void *arg, bool committed)
{
    struct audit_chain *chain = arg;
    if (committed) return;
    chain->seq = chain->kept_seq;
    memcpy(chain->hash, chain->kept_hash, AUDIT_HASH_BYTES);
    chain->known = false; /* an uncertain COMMIT may have happened: read the head again */
}

struct lane_hooks audit_hooks(struct audit_chain *chain)
{
    return (struct lane_hooks){.begin = chain_begin, .seal = chain_seal, .end = chain_end, .settled = chain_settled, .arg = chain};
}

/* --- checkpoints */

static struct audit_checkpoint checkpoint_of(int64_t seq, const uint8_t hash[static AUDIT_HASH_BYTES], int64_t at_us)
{
    struct audit_checkpoint checkpoint = {.seq = (uint64_t)seq, .time_us = at_us};
    memcpy(checkpoint.hash, hash, AUDIT_HASH_BYTES);
    return checkpoint;
}

static struct err put_checkpoint(struct db_conn *writer, void *arg) { return db_exec(writer, SQL_checkpoint_insert, NULL, arg, 4); }

struct err audit_checkpoint(struct core *core, struct vault_client *vault)
{
    struct db_conn *conn;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    TRY(db_connect(core->db, DB_READER, &conn));
    struct rows head, last;
    struct err e = db_query(conn, SQL_audit_head_read, NULL, NULL, 0, &arena, &head);
    if (!err_failed(e)) e = db_query(conn, SQL_checkpoint_last, NULL, NULL, 0, &arena, &last);
    db_disconnect(conn);
    struct buf signature = BUF_WITH_MAX(AUDIT_SIGNATURE_BYTES);
    if (!err_failed(e) && head.count == 1 && rows_number(&head, 0, 0) > 0 &&
        (last.count == 0 || rows_number(&last, 0, 0) < rows_number(&head, 0, 0))) {
        int64_t now = clock_now_us();
        uint8_t message[AUDIT_CHECKPOINT_BYTES];
        const struct audit_checkpoint checkpoint = checkpoint_of(rows_number(&head, 0, 0), rows_bytes(&head, 0, 1).p, now);
        audit_chain_message(&checkpoint, message);
        e = vault_client_call(vault, &(struct vault_request){.kind = VAULT_SIGN, .in = span_of(message, sizeof message)}, &signature);
        struct value values[] = {*rows_at(&head, 0, 0), *rows_at(&head, 0, 1), value_number(now), value_bytes(buf_span(&signature))};
        struct lane_work work = {.apply = put_checkpoint, .arg = values};
        if (!err_failed(e)) e = lane_run(core->lane, &work);
    }
    buf_free(&signature);
    arena_free(&arena);
    return e;
}

static struct err last_checkpoint(struct db *db, struct arena *arena, struct rows *rows_out)
{
    struct db_conn *conn;
    TRY(db_connect(db, DB_READER, &conn));
    struct err e = db_query(conn, SQL_checkpoint_last, NULL, NULL, 0, arena, rows_out);
    db_disconnect(conn);
    return e;
}

static bool is_signed_by(const struct rows *last, struct span public_key)
{
    struct span hash = rows_bytes(last, 0, 1), signature = rows_bytes(last, 0, 3);
    if (hash.n != AUDIT_HASH_BYTES || signature.n != AUDIT_SIGNATURE_BYTES || public_key.n != 32) return false;
    const struct audit_checkpoint checkpoint = checkpoint_of(rows_number(last, 0, 0), hash.p, rows_number(last, 0, 2));
    return audit_chain_verify(&checkpoint, public_key.p, signature.p);
}

struct err audit_check_key(struct db *db, struct vault_client *vault)
{
    struct arena arena;
    struct rows last;
    struct buf public_key = BUF_WITH_MAX(32);
    arena_init(&arena, 1 << 16);
    struct err e = last_checkpoint(db, &arena, &last);
    if (!err_failed(e) && last.count > 0) {
        e = vault_client_call(vault, &(struct vault_request){.kind = VAULT_PUBLIC_KEY}, &public_key);
        if (!err_failed(e) && !is_signed_by(&last, buf_span(&public_key))) e = FAIL(CONFIG);
    }
    buf_free(&public_key);
    arena_free(&arena);
    return e;
}

/* --- verification */

static struct err bad(struct audit_verdict *verdict, int64_t seq, const char *reason)
{
    verdict->ok = false;
    verdict->first_bad_seq = seq;
    verdict->reason = reason;
    return OK;
}

static bool checkpoint_holds(const struct rows *rows, const uint8_t hash[static AUDIT_HASH_BYTES], const uint8_t public_key[static 32])
{
    struct span stored = rows_bytes(rows, 0, 1), signature = rows_bytes(rows, 0, 3);
    const struct audit_checkpoint checkpoint = checkpoint_of(rows_number(rows, 0, 0), hash, rows_number(rows, 0, 2));
    return stored.n == AUDIT_HASH_BYTES && signature.n == AUDIT_SIGNATURE_BYTES && digest_equal(stored.p, hash, AUDIT_HASH_BYTES) &&
           audit_chain_verify(&checkpoint, public_key, signature.p);
}

struct walk {
    struct db_conn *conn;
    struct arena arena, checkpoint_arena;
    struct buf scratch;
    struct rows checkpoint; /* the next one to pass, none when count is 0 */
    int64_t seq;
    uint8_t hash[AUDIT_HASH_BYTES];
};

static struct err next_checkpoint(struct walk *w)
{
    const struct value values[] = {value_number(w->seq), value_number(1)};
    arena_reset(&w->checkpoint_arena);
    return db_query(w->conn, SQL_checkpoints_from, NULL, values, 2, &w->checkpoint_arena, &w->checkpoint);
}

static struct err walk_page(struct walk *w, const uint8_t public_key[static 32], struct audit_verdict *verdict, bool *more_out)
{
    struct rows rows;
    const struct value values[] = {value_number(w->seq), value_number(VERIFY_PAGE)};
    arena_reset(&w->arena);
    TRY(db_query(w->conn, SQL_audit_from, NULL, values, 2, &w->arena, &rows));
    *more_out = rows.count == VERIFY_PAGE;
    for (size_t i = 0; i < rows.count; i++) {
        int64_t seq = rows_number(&rows, i, 0);
        if (seq != w->seq + 1) return bad(verdict, w->seq + 1, "row missing");
        uint8_t hash[AUDIT_HASH_BYTES];
        audit_row_hash(w->hash, rows_at(&rows, i, 0), &w->scratch, hash);
        struct span stored = rows_bytes(&rows, i, AUDIT_COLUMNS);
        if (stored.n != AUDIT_HASH_BYTES || !digest_equal(stored.p, hash, AUDIT_HASH_BYTES)) return bad(verdict, seq, "row changed");
        memcpy(w->hash, hash, AUDIT_HASH_BYTES);
        w->seq = seq;
        verdict->rows++;
        if (w->checkpoint.count == 0 || rows_number(&w->checkpoint, 0, 0) != seq) continue;
        if (!checkpoint_holds(&w->checkpoint, hash, public_key)) return bad(verdict, seq, "signed checkpoint does not fit");
        TRY(next_checkpoint(w));
    }
    return OK;
}

static struct err walk_all(struct walk *w, const uint8_t public_key[static 32], struct audit_verdict *verdict)
{
    bool more = true;
    TRY(next_checkpoint(w));
    while (more && verdict->ok) TRY(walk_page(w, public_key, verdict, &more));
    if (!verdict->ok) return OK;
    if (w->checkpoint.count > 0) return bad(verdict, w->seq + 1, "log ends before its last signed checkpoint");
    struct rows head;
    TRY(db_query(w->conn, SQL_audit_head_read, NULL, NULL, 0, &w->arena, &head));
    /* Rows may have come meanwhile: a head further on is fine, a head behind or elsewhere is not. */
    if (head.count != 1 || rows_number(&head, 0, 0) < w->seq) return bad(verdict, w->seq, "rows beyond the recorded head");
    if (rows_number(&head, 0, 0) == w->seq && !digest_equal(rows_bytes(&head, 0, 1).p, w->hash, AUDIT_HASH_BYTES))
        return bad(verdict, w->seq, "recorded head does not fit");
    if (rows_number(&head, 0, 0) > w->seq) {
        const struct value values[] = {value_number(w->seq), value_number(1)};
        struct rows rest;
        TRY(db_query(w->conn, SQL_audit_from, NULL, values, 2, &w->arena, &rest));
        if (rest.count == 0) return bad(verdict, w->seq + 1, "log ends before its recorded head");
    }
    return OK;
}

struct err audit_verify(struct db *db, const uint8_t public_key[static 32], struct audit_verdict *verdict_out)
{
    struct walk w = {.scratch = BUF_WITH_MAX(ROW_BYTES_MAX)};
    *verdict_out = (struct audit_verdict){.ok = true};
    arena_init(&w.arena, 256 << 20);
    arena_init(&w.checkpoint_arena, 1 << 20);
    struct err e = db_connect(db, DB_READER, &w.conn);
    if (!err_failed(e)) {
        e = walk_all(&w, public_key, verdict_out);
        db_disconnect(w.conn);
    }
    arena_free(&w.arena);
    arena_free(&w.checkpoint_arena);
    buf_free(&w.scratch);
    return e;
}
