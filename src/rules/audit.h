/* The audit log: append-only rows in a hash chain, ordered by the commit lane, checkpointed by the vault's signature.

   A row tells who, what, on what, from where, with which result; its details are closed keys with ids, numbers and words of
   our own, never free text. The chain: h(n) = SHA-256(0x01 | h(n-1) | u32 length | canonical row) — see audit_row.c. */
#ifndef MEDSCRIBE_RULES_AUDIT_H
#define MEDSCRIBE_RULES_AUDIT_H
#include "crypt/vault_client.h"
#include "db/lane.h"
#include "rules/loop.h"

enum audit_action {
#define A(name, number, word) AUDIT_##name = number,
#include "rules/audit.def"
#undef A
};
const char *audit_action_word(int64_t action); /* "unknown" when it is not in the table */
bool audit_action_find(struct span word, int64_t *action_out);

enum audit_resource { RESOURCE_NONE, RESOURCE_USER, RESOURCE_SESSION, RESOURCE_SUBMISSION, RESOURCE_MEDIA, RESOURCE_AUDIT, RESOURCE_SYSTEM,
    RESOURCE_CONSULTATION, RESOURCE_NOTE };
const char *audit_resource_word(int64_t resource);

/* Closed keys of details. */
enum audit_detail {
    DETAIL_VERSION = 1, DETAIL_REASON, DETAIL_ROLE, DETAIL_COUNT, DETAIL_CONTENT_MAC, DETAIL_KIND, DETAIL_CODE, DETAIL_ENGINE,
    DETAIL_OWN, /* all that was disclosed is the user's own */
};
enum { AUDIT_DETAILS_MAX = 4 };

/* One row to be written. Spans stay the caller's until the commit stands. */
struct audit_entry {
    struct id clinic, request_id;
    struct id user;        /* zero: nobody known */
    enum audit_action action;
    enum audit_resource resource_type;
    struct id resource;    /* zero: none, or several */
    struct span resources; /* ids of all that is disclosed, 16 bytes each */
    bool success;
    struct span client;    /* sealed address and user agent; empty: the host itself */
    struct audit_detail_value {
        enum audit_detail key;
        bool is_text;
        int64_t number;
        struct span text; /* a word of ours, or hex */
    } details[AUDIT_DETAILS_MAX];
    unsigned detail_count;
};

void audit_detail_number(struct audit_entry *entry, enum audit_detail key, int64_t number);
void audit_detail_text(struct audit_entry *entry, enum audit_detail key, struct span word);

/* An entry for a call: actor, request and sealed client filled in (may wait for the vault). */
struct err audit_entry_for(struct call *call, enum audit_action action, bool success, struct audit_entry *entry_out);
/* Commits the entry alone and gives the receipt. */
struct err audit_commit(struct call *call, const struct audit_entry *entry, struct receipt *receipt_out);

/* --- the chain, driven by the lane */
struct err audit_chain_new(struct db *db, struct audit_chain **chain_out);
void audit_chain_free(struct audit_chain *chain);
struct lane_hooks audit_hooks(struct audit_chain *chain);
/* Signs the present head when rows came since the last checkpoint. `vault` is the caller's own client. */
struct err audit_checkpoint(struct core *core, struct vault_client *vault);

/* Does the last checkpoint carry this vault's signature? ERR_CONFIG when it does not: the root key is another one. */
struct err audit_check_key(struct db *db, struct vault_client *vault);

struct audit_verdict {
    bool ok;
    int64_t rows, first_bad_seq;
    const char *reason; /* static; NULL when ok */
};
/* Recomputes the whole chain and checks the signatures of the checkpoints. Blocks: run it on a slow thread. */
struct err audit_verify(struct db *db, const uint8_t public_key[static 32], struct audit_verdict *verdict_out);

/* Writes a row of the statements audit_page* as JSON; client is the opened address and user agent, may be empty. */
void audit_row_json(struct json *j, const struct rows *rows, size_t row, struct span client, struct span username);
/* What is sealed as `client`, and the way back. */
struct err audit_client_seal(struct call *call, struct span *sealed_out);
uint64_t audit_client_month(int64_t at_us);

struct audit_clients; /* a loop's memory of sealed clients, so that a busy client is sealed once a month */
struct err audit_clients_new(struct audit_clients **out);
void audit_clients_free(struct audit_clients *clients);

#endif
