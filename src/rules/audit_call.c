/* Audit entries of calls: who it was, sealed; and rows as the administrator reads them. */
#include "base/clock.h"
#include "rules/audit.h"

#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS = 256, CLIENT_PLAIN_MAX = 16 + FRAME_USER_AGENT_MAX, CLIENT_SEALED_MAX = CLIENT_PLAIN_MAX + 64 };

/* Direct-mapped: a client that comes again finds its sealed form. The same bytes then stand in many rows, which shows no more
   than the user's id beside them does. */
struct audit_clients {
    struct {
        uint64_t month;
        uint16_t plain_n, sealed_n;
        uint8_t plain[CLIENT_PLAIN_MAX], sealed[CLIENT_SEALED_MAX];
    } *slots[CLIENTS];
};

struct err audit_clients_new(struct audit_clients **out)
{
    *out = calloc(1, sizeof **out);
    return *out == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

void audit_clients_free(struct audit_clients *clients)
{
    for (size_t i = 0; clients != NULL && i < CLIENTS; i++) free(clients->slots[i]);
    free(clients);
}

/* Months since 1970, roughly 30.4 days each: only needs to move on about twelve times a year. */
uint64_t audit_client_month(int64_t at_us) { return (uint64_t)(at_us / (DAYS_US(365) / 12)); }

static size_t slot_of(struct span plain)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < plain.n; i++) h = (h ^ plain.p[i]) * 16777619u;
    return h % CLIENTS;
}

struct err audit_client_seal(struct call *call, struct span *sealed_out)
{
    struct audit_clients *clients = loop_audit_clients(call->loop);
    uint8_t room[CLIENT_PLAIN_MAX];
    memcpy(room, call->request.ip, 16);
    memcpy(room + 16, call->request.user_agent.p == NULL ? (const uint8_t *)"" : call->request.user_agent.p, call->request.user_agent.n);
    struct span plain = span_of(room, 16 + call->request.user_agent.n);
    uint64_t month = audit_client_month(call->now_us);
    size_t at = slot_of(plain);
    bool hit = clients->slots[at] != NULL && clients->slots[at]->month == month &&
               span_equal(span_of(clients->slots[at]->plain, clients->slots[at]->plain_n), plain);
    if (!hit) {
        const struct vault_request seal = {.kind = VAULT_SEAL_SYSTEM, .purpose = PURPOSE_AUDIT_CLIENT, .version = month, .in = plain};
        struct span sealed;
        TRY(call_vault(call, &seal, 1, &sealed, NULL));
        if (sealed.n > CLIENT_SEALED_MAX) return FAIL(INTERNAL);
        if (clients->slots[at] == NULL) clients->slots[at] = calloc(1, sizeof *clients->slots[at]);
        if (clients->slots[at] == NULL) return FAIL(OUT_OF_MEMORY);
        clients->slots[at]->month = month;
        clients->slots[at]->plain_n = (uint16_t)plain.n;
        clients->slots[at]->sealed_n = (uint16_t)sealed.n;
        memcpy(clients->slots[at]->plain, plain.p, plain.n);
        memcpy(clients->slots[at]->sealed, sealed.p, sealed.n);
    }
    /* copied: another call may take the slot before this one's row is written */
    *sealed_out = arena_copy(&call->arena, span_of(clients->slots[at]->sealed, clients->slots[at]->sealed_n));
    return sealed_out->p == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

struct err audit_entry_for(struct call *call, enum audit_action action, bool success, struct audit_entry *entry_out)
{
    *entry_out = (struct audit_entry){
        .clinic = call->actor.present ? call->actor.db.clinic : call_core(call)->clinic,
        .request_id = call->request.request_id, .action = action, .success = success,
    };
    if (call->actor.present) entry_out->user = call->actor.db.user;
    if ((call->route->who & WHO_HOST) != 0) return OK;
    return audit_client_seal(call, &entry_out->client);
}

struct err audit_commit(struct call *call, const struct audit_entry *entry, struct receipt *receipt_out)
{
    return call_commit(call, NULL, NULL, entry, receipt_out);
}

/* --- rows for people */

static void details_json(struct json *j, struct span details)
{
    static const char *const names[] = {"", "version", "reason", "role", "count", "content_mac", "kind", "code", "engine", "own"};
    struct wire_reader r = {.rest = details};
    json_key(j, "details");
    json_object(j);
    while (r.rest.n > 0 && !r.failed) {
        uint8_t key = wire_u8(&r);
        bool is_text = wire_u8(&r) == 1;
        struct span text = SPAN_NONE;
        int64_t number = 0;
        if (is_text) text = wire_span(&r, 1024);
        else number = (int64_t)wire_u64(&r);
        if (r.failed || key == 0 || key >= sizeof names / sizeof names[0]) break;
        if (is_text) json_put_text(j, names[key], text);
        else json_put_i64(j, names[key], number);
    }
    json_object_end(j);
}

static void ip_json(struct json *j, struct span client)
{
    json_key(j, "ip_address");
    if (client.n < 16) {
        json_null(j);
        return;
    }
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    char text[48];
    const uint8_t *p = client.p;
    if (memcmp(p, mapped, sizeof mapped) == 0) snprintf(text, sizeof text, "%u.%u.%u.%u", p[12], p[13], p[14], p[15]);
    else
        snprintf(text, sizeof text, "%x:%x:%x:%x:%x:%x:%x:%x", p[0] << 8 | p[1], p[2] << 8 | p[3], p[4] << 8 | p[5], p[6] << 8 | p[7],
                 p[8] << 8 | p[9], p[10] << 8 | p[11], p[12] << 8 | p[13], p[14] << 8 | p[15]);
    json_text(j, span_text(text));
}

static void hex_json(struct json *j, const char *key, struct span bytes)
{
    static const char digits[] = "0123456789abcdef";
    char text[64];
    size_t n = bytes.n > 32 ? 32 : bytes.n;
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[bytes.p[i] >> 4];
        text[2 * i + 1] = digits[bytes.p[i] & 15];
    }
    json_put_text(j, key, span_of(text, 2 * n));
}

static void id_or_null(struct json *j, const char *key, const struct rows *rows, size_t row, unsigned column)
{
    if (rows_is_null(rows, row, column)) json_put_null(j, key);
    else json_put_id(j, key, rows_id(rows, row, column));
}

void audit_row_json(struct json *j, const struct rows *rows, size_t row, struct span client, struct span username)
{
    json_object(j);
    json_put_i64(j, "seq", rows_number(rows, row, 0));
    json_put_time(j, "timestamp", rows_number(rows, row, 1));
    id_or_null(j, "user_id", rows, row, 3);
    if (username.n == 0) json_put_null(j, "username");
    else json_put_text(j, "username", username);
    json_put_word(j, "action", audit_action_word(rows_number(rows, row, 4)));
    json_put_word(j, "resource_type", audit_resource_word(rows_number(rows, row, 5)));
    id_or_null(j, "resource_id", rows, row, 6);
    struct span resources = rows_bytes(rows, row, 7);
    json_key(j, "resource_ids");
    json_array(j);
    for (size_t i = 0; i + ID_BYTES <= resources.n; i += ID_BYTES) {
        struct id id;
        memcpy(id.b, resources.p + i, ID_BYTES);
        json_id(j, id);
    }
    json_array_end(j);
    json_put_bool(j, "success", rows_number(rows, row, 8) != 0);
    json_put_id(j, "request_id", rows_id(rows, row, 9));
    ip_json(j, client);
    json_key(j, "user_agent");
    if (client.n < 16) json_null(j);
    else json_text(j, span_sub(client, 16, client.n));
    details_json(j, rows_bytes(rows, row, 11));
    hex_json(j, "hash", rows_bytes(rows, row, 12));
    json_object_end(j);
}
