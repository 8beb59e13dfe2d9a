/* Users and sessions, for the handlers of accounts*.c, admin.c and host.c. */
#ifndef MEDSCRIBE_RULES_ACCOUNTS_H
#define MEDSCRIBE_RULES_ACCOUNTS_H
#include "rules/audit.h"
#include "rules/consent.h"

enum session_kind { SESSION_BEARER, SESSION_BROWSER };

/* A sealed profile holds two texts; spans point into `opened`. */
struct profile {
    struct span username, email;
};
struct err profile_read(struct span opened, struct profile *profile_out);
/* The profile opened as number `number` of a page; empty texts when it did not open. */
struct page_view;
void profile_of_view(const struct page_view *view, int number, struct profile *profile_out);
struct vault_request profile_open(struct id subject, struct id user, struct span key, struct span sealed);

/* Loads the actor from the session row of the request's token: ERR_TOKEN_INVALID, ERR_CSRF. */
struct err accounts_load_actor(struct call *call);

struct new_user {
    struct span username, email;
    struct span password;        /* empty: stored_hash is taken as it is */
    struct span stored_hash;
    enum role role;
    enum role_state role_state;
    int64_t created_us;
    bool has_external_id;
    int64_t external_id;
    enum audit_action action;
    unsigned consents; /* a set of CONSENT(…), granted with the account */
    enum consent_source consents_from;
    struct id id_out, subject_out;
};
/* Creates the person's key, then the user. ERR_ACCOUNT_EXISTS, ERR_WEAK_PASSWORD, … */
struct err accounts_create(struct call *call, struct new_user *user);
/* 16 characters of base64url and one of each kind that the rule asks for. */
struct span accounts_random_password(struct call *call);
struct err accounts_find(struct call *call, struct span login, struct rows *rows_out); /* by user name, else by e-mail */
const char *role_word(int64_t role);
const char *role_state_word(int64_t role_state);

#endif
