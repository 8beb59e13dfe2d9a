/* Creating users and finding them again. Names and addresses are sealed with the person's own key; they are found by a
   keyed hash (blind index), so that a stolen database names nobody. */
#include "rules/accounts.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "crypt/digest.h"
#include "crypt/password.h"
#include "os/config.h"
#include "rules/handlers.h"
#include "rules/offload.h"
#include "rules/page.h"

#include <utf8proc.h>

enum { HASH_TEXT_MAX = 512, INDEX_BYTES = 32 };

const char *role_word(int64_t role)
{
    static const char *const words[] = {"patient", "doctor", "admin", "auditor", "readonly"};
    return role >= 0 && role < ROLE_COUNT ? words[role] : "unknown";
}

const char *role_state_word(int64_t role_state)
{
    static const char *const words[] = {"active", "pending", "disabled"};
    return role_state >= 0 && role_state < 3 ? words[role_state] : "unknown";
}

struct err profile_read(struct span opened, struct profile *profile_out)
{
    struct wire_reader r = {.rest = opened};
    profile_out->username = wire_span(&r, 1024);
    profile_out->email = wire_span(&r, 1024);
    return err_failed(wire_end(&r)) ? FAIL(INTEGRITY) : OK;
}

void profile_of_view(const struct page_view *view, int number, struct profile *profile_out)
{
    struct span opened;
    *profile_out = (struct profile){SPAN_NONE, SPAN_NONE};
    if (page_view_text(view, number, &opened) && err_failed(profile_read(opened, profile_out))) *profile_out = (struct profile){SPAN_NONE, SPAN_NONE};
}

struct vault_request profile_open(struct id subject, struct id user, struct span key, struct span sealed)
{
    return (struct vault_request){
        .kind = VAULT_OPEN, .purpose = PURPOSE_USER_PROFILE, .person = subject, .row = user, .key = key, .in = sealed};
}

/* User names differ by more than case, in every script; a lower letter may take one byte more than its capital. */
static struct span lower(struct arena *arena, struct span text)
{
    uint8_t *p = arena_alloc(arena, 2 * text.n + 4);
    size_t n = 0;
    if (p == NULL) return SPAN_NONE;
    for (size_t at = 0; at < text.n;)
        n += (size_t)utf8proc_encode_char(utf8proc_tolower((utf8proc_int32_t)utf8_next(text, &at)), p + n);
    return span_of(p, n);
}

static struct err copy_all(struct arena *arena, struct span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        spans[i] = arena_copy(arena, spans[i]);
        if (spans[i].p == NULL) return FAIL(OUT_OF_MEMORY);
    }
    return OK;
}

struct hashing {
    enum password_scheme scheme;
    struct span peppered;
    struct buf out;
};

static struct err hash_slowly(void *arg)
{
    struct hashing *h = arg;
    return password_hash(h->scheme, h->peppered, &h->out);
}

static struct err hash_password(struct call *call, struct span peppered, struct span *out)
{
    struct hashing h = {.scheme = (enum password_scheme)config_integer(call_core(call)->config, CONFIG_password_hash),
                        .peppered = peppered, .out = BUF_WITH_MAX(HASH_TEXT_MAX)};
    struct err e = call_offload(call, call_core(call)->hashing, hash_slowly, &h);
    *out = arena_copy(&call->arena, buf_span(&h.out));
    buf_free(&h.out);
    return err_failed(e) ? e : out->p == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

/* --- creating */

struct user_row {
    struct new_user *user;
    struct id clinic;
    struct span username_index, email_index, profile, password, wrapped;
};

static struct err insert_key(struct db_conn *writer, void *arg)
{
    const struct user_row *row = arg;
    const struct value values[] = {value_id(&row->user->subject_out), value_id(&row->clinic), value_bytes(row->wrapped),
                                   value_number(row->user->created_us)};
    return db_exec(writer, SQL_person_key_insert, NULL, values, 4);
}

static struct err insert_user(struct db_conn *writer, void *arg)
{
    const struct user_row *row = arg;
    const struct new_user *u = row->user;
    const struct value subject[] = {value_id(&u->subject_out), value_id(&row->clinic), value_number(u->created_us)};
    TRY(db_exec(writer, SQL_subject_insert, NULL, subject, 3));
    const struct value values[] = {
        value_id(&u->id_out), value_id(&row->clinic), value_id(&u->subject_out), value_bytes(row->username_index),
        value_bytes(row->email_index), value_bytes(row->profile), value_bytes(row->password), value_number(u->role),
        value_number(u->role_state), value_number(u->created_us), u->has_external_id ? value_number(u->external_id) : value_null(),
    };
    TRY(db_exec(writer, SQL_user_insert, NULL, values, 11));
    const struct consent_entry consent = {.clinic = row->clinic, .subject = u->subject_out, .account = u->id_out, .by = u->id_out,
                                          .source = u->consents_from, .at_us = u->created_us};
    return consent_append_all_in(writer, &consent, u->consents);
}

static struct err seal_user(struct call *call, struct user_row *row, struct span stored)
{
    struct buf profile = BUF_WITH_MAX(4096);
    wire_put_span(&profile, row->user->username);
    wire_put_span(&profile, row->user->email);
    const struct vault_request seal[] = {
        {.kind = VAULT_SEAL, .purpose = PURPOSE_USER_PROFILE, .person = row->user->subject_out, .row = row->user->id_out, .key = row->wrapped, .in = buf_span(&profile)},
        {.kind = VAULT_SEAL_SYSTEM, .purpose = PURPOSE_PASSWORD, .row = row->user->id_out, .in = stored},
    };
    struct span sealed[2];
    struct err e = call_vault(call, seal, 2, sealed, NULL);
    if (!err_failed(e)) e = copy_all(&call->arena, sealed, 2);
    buf_free(&profile);
    row->profile = sealed[0];
    row->password = sealed[1];
    return e;
}

static struct err index_user(struct call *call, struct user_row *row, struct span *peppered_out)
{
    struct new_user *user = row->user;
    const struct vault_request ask[] = {
        {.kind = VAULT_INDEX, .purpose = PURPOSE_INDEX_USERNAME, .in = lower(&call->arena, user->username)},
        {.kind = VAULT_INDEX, .purpose = PURPOSE_INDEX_EMAIL, .in = lower(&call->arena, user->email)},
        {.kind = VAULT_NEW_PERSON, .person = user->subject_out},
        {.kind = VAULT_PEPPER, .purpose = PURPOSE_PASSWORD, .in = user->password},
    };
    struct span answer[4] = {SPAN_NONE};
    size_t count = user->password.n > 0 ? 4 : 3;
    TRY(call_vault(call, ask, count, answer, NULL));
    TRY(copy_all(&call->arena, answer, count));
    row->username_index = answer[0];
    row->email_index = answer[1];
    row->wrapped = answer[2];
    *peppered_out = answer[3];
    struct rows taken;
    const struct value indexes[] = {value_bytes(row->username_index), value_bytes(row->email_index)};
    TRY(call_query(call, SQL_user_taken, indexes, 2, &taken));
    return taken.count > 0 ? FAIL(ACCOUNT_EXISTS) : OK;
}

struct err accounts_create(struct call *call, struct new_user *user)
{
    struct user_row row = {.user = user, .clinic = call_core(call)->clinic};
    if (user->password.n > 0) TRY(password_rule(user->password));
    user->id_out = id_random();
    user->subject_out = id_random();
    if (user->created_us == 0) user->created_us = call->now_us;
    struct span peppered, stored = user->stored_hash;
    TRY(index_user(call, &row, &peppered));
    if (user->password.n > 0) TRY(hash_password(call, peppered, &stored));
    /* The key first and durably: a key without a user is harmless, a user without a key would be lost. */
    TRY(call_commit(call, insert_key, &row, NULL, NULL));
    TRY(seal_user(call, &row, stored));
    struct audit_entry entry;
    TRY(audit_entry_for(call, user->action, true, &entry));
    if (id_is_zero(entry.user)) entry.user = user->id_out;
    entry.resource_type = RESOURCE_USER;
    entry.resource = user->id_out;
    audit_detail_text(&entry, DETAIL_ROLE, span_text(role_word(user->role)));
    struct err e = call_commit(call, insert_user, &row, &entry, NULL);
    return e.code == ERR_UNIQUE ? FAIL(ACCOUNT_EXISTS) : e;
}

struct span accounts_random_password(struct call *call)
{
    uint8_t bytes[12];
    random_bytes(bytes, sizeof bytes);
    struct buf text = BUF_WITH_MAX(64);
    digest_put_base64url(&text, span_of(bytes, sizeof bytes));
    buf_put_text(&text, "-aA7");
    struct span out = arena_copy(&call->arena, buf_span(&text));
    buf_free(&text);
    explicit_bzero(bytes, sizeof bytes);
    return out;
}

/* --- handlers */

/* Registering grants what the seed's contract needs, unless the list says otherwise; the strict profile takes nothing as said. */
static unsigned consents_of(struct call *call)
{
    bool strict = config_integer(call_core(call)->config, CONFIG_profile) == 1;
    return request_words(&call->request, 4, strict ? 0 : CONSENT_BY_REGISTERING);
}

struct err accounts_register(struct call *call)
{
    const struct request *q = &call->request;
    bool doctor = request_word(q, 3, 0) == 1;
    struct new_user user = {
        .username = request_text(q, 0), .email = request_text(q, 1), .password = request_text(q, 2),
        .role = doctor ? ROLE_DOCTOR : ROLE_PATIENT, .role_state = doctor ? ROLE_PENDING : ROLE_ACTIVE,
        .action = doctor ? AUDIT_ROLE_REQUEST : AUDIT_REGISTER,
        .consents = consents_of(call), .consents_from = CONSENT_FROM_REGISTRATION,
    };
    TRY(accounts_create(call, &user));
    struct json *j = call_answer(call, &(struct response){.status = 201, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_id(j, "id", user.id_out);
    json_put_text(j, "username", user.username);
    json_put_word(j, "user_type", role_word(user.role));
    json_put_word(j, "role_state", role_state_word(user.role_state));
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

static struct err answer_user(struct call *call, const struct new_user *user)
{
    struct json *j = call_answer(call, &(struct response){.status = 201, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_id(j, "id", user->id_out);
    json_put_text(j, "username", user->username);
    json_put_text(j, "email", user->email);
    json_put_word(j, "user_type", role_word(user->role));
    json_put_word(j, "role_state", role_state_word(user->role_state));
    json_put_time(j, "created_at", user->created_us);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

struct setup_take {
    struct span hash;
    int64_t now_us;
};

static struct err take_setup(struct db_conn *writer, void *arg)
{
    const struct setup_take *take = arg;
    struct arena arena;
    struct rows rows;
    arena_init(&arena, 4096);
    const struct value values[] = {value_bytes(take->hash), value_number(take->now_us)};
    struct err e = db_query(writer, SQL_setup_take, NULL, values, 2, &arena, &rows);
    if (!err_failed(e) && rows.count == 0) e = FAIL(INVITE);
    arena_free(&arena);
    return e;
}

struct err accounts_setup(struct call *call)
{
    const struct request *q = &call->request;
    uint8_t hash[SHA256_BYTES];
    struct rows admins;
    TRY(password_rule(request_text(q, 3)));
    TRY(call_query(call, SQL_admins_exist, NULL, 0, &admins));
    if (admins.count > 0) return FAIL(SETUP_DONE);
    digest_sha256(request_text(q, 0), hash);
    struct setup_take take = {.hash = span_of(hash, sizeof hash), .now_us = call->now_us};
    struct audit_entry entry;
    TRY(audit_entry_for(call, AUDIT_SETUP, true, &entry));
    TRY(call_commit(call, take_setup, &take, &entry, NULL));
    struct new_user user = {.username = request_text(q, 1), .email = request_text(q, 2), .password = request_text(q, 3),
                            .role = ROLE_ADMIN, .action = AUDIT_REGISTER};
    TRY(accounts_create(call, &user));
    return answer_user(call, &user);
}

struct err accounts_find(struct call *call, struct span login, struct rows *rows_out)
{
    struct span name = lower(&call->arena, login);
    const struct vault_request ask[] = {
        {.kind = VAULT_INDEX, .purpose = PURPOSE_INDEX_USERNAME, .in = name},
        {.kind = VAULT_INDEX, .purpose = PURPOSE_INDEX_EMAIL, .in = name},
    };
    struct span index[2];
    TRY(call_vault(call, ask, 2, index, NULL));
    TRY(copy_all(&call->arena, index, 2));
    struct value value = value_bytes(index[0]);
    TRY(call_query(call, SQL_user_login_by_username, &value, 1, rows_out));
    if (rows_out->count > 0) return OK;
    value = value_bytes(index[1]);
    return call_query(call, SQL_user_login_by_email, &value, 1, rows_out);
}
