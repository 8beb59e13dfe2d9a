/* Logging in and out. A token is 256 random bits or a signed JWT; the database knows its SHA-256 only, and the session row
   decides at every request. */
#include "base/clock.h"
#include "crypt/digest.h"
#include "crypt/password.h"
#include "os/config.h"
#include "rules/accounts.h"
#include "rules/handlers.h"
#include "rules/offload.h"
#include "rules/page.h"

enum { TOKEN_BYTES = 32, CSRF_BYTES = 24, LOGIN_COLUMNS = 9, REFRESH_DAYS = 7 };

/* --- the actor of a request */

static struct err csrf_token(struct call *call, struct span *out)
{
    const struct vault_request ask = {.kind = VAULT_MAC, .purpose = PURPOSE_CSRF, .in = span_of(call->actor.session.b, ID_BYTES)};
    struct span mac;
    TRY(call_vault(call, &ask, 1, &mac, NULL));
    struct buf text = BUF_WITH_MAX(64);
    digest_put_base64url(&text, span_sub(mac, 0, CSRF_BYTES));
    *out = arena_copy(&call->arena, buf_span(&text));
    buf_free(&text);
    return out->p == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

static bool is_safe(const struct route *route) { return route->method != NULL && strcmp(route->method, "GET") == 0; }

static struct err check_csrf(struct call *call)
{
    if (call->request.auth != AUTH_COOKIE || is_safe(call->route)) return OK;
    struct span expected;
    TRY(csrf_token(call, &expected));
    struct span given = call->request.csrf;
    return given.n == expected.n && digest_equal(given.p, expected.p, expected.n) ? OK : FAIL(CSRF);
}

struct err accounts_load_actor(struct call *call)
{
    if (call->request.auth == AUTH_NONE || call->request.token.n == 0) return FAIL(TOKEN_INVALID);
    uint8_t hash[SHA256_BYTES];
    digest_sha256(call->request.token, hash);
    const struct value values[] = {value_bytes(span_of(hash, sizeof hash)), value_number(call->now_us)};
    struct rows rows;
    TRY(call_query(call, SQL_session_actor, values, 2, &rows));
    if (rows.count != 1) return FAIL(TOKEN_INVALID);
    struct actor *a = &call->actor;
    a->session = rows_id(&rows, 0, 0);
    a->db = (struct db_actor){.user = rows_id(&rows, 0, 1), .clinic = rows_id(&rows, 0, 2)};
    a->subject = rows_id(&rows, 0, 3);
    a->role = (enum role)rows_number(&rows, 0, 4);
    a->role_state = (enum role_state)rows_number(&rows, 0, 5);
    a->profile = rows_bytes(&rows, 0, 6);
    a->key = rows_bytes(&rows, 0, 7);
    a->created_us = rows_number(&rows, 0, 8);
    a->kind = (unsigned)rows_number(&rows, 0, 9);
    a->expires_us = rows_number(&rows, 0, 10);
    if (a->kind != (call->request.auth == AUTH_COOKIE ? SESSION_BROWSER : SESSION_BEARER)) return FAIL(TOKEN_INVALID);
    a->present = true;
    return check_csrf(call);
}

/* --- logging in */

struct checking {
    struct span stored, password, peppered;
    enum password_scheme scheme;
    bool match, rehash;
    struct buf fresh; /* a new hash of the chosen scheme, when the stored one is of an older kind */
};

static struct err check_slowly(void *arg)
{
    struct checking *c = arg;
    if (c->stored.n == 0) {
        password_verify_nobody(c->scheme, c->peppered);
        return OK;
    }
    TRY(password_verify(c->stored, c->scheme, c->password, c->peppered, &c->match, &c->rehash));
    return c->match && c->rehash ? password_hash(c->scheme, c->peppered, &c->fresh) : OK;
}

struct login {
    struct span password;
    struct rows user; /* columns of user_login_by_* */
    enum session_kind kind;
    bool refresh;
    struct id session;
    struct span token, refresh_token;
    uint8_t token_hash[SHA256_BYTES], refresh_hash[SHA256_BYTES];
    struct span client, fresh_password;
    int64_t now_us, expires_us;
    struct profile profile;
};

static struct id user_id_of(const struct login *login) { return rows_id(&login->user, 0, 0); }

static struct err open_stored(struct call *call, const struct login *login, struct checking *check)
{
    struct vault_request ask[2] = {{.kind = VAULT_PEPPER, .purpose = PURPOSE_PASSWORD, .in = login->password}};
    size_t count = 1;
    if (login->user.count > 0)
        ask[count++] = (struct vault_request){.kind = VAULT_OPEN_SYSTEM, .purpose = PURPOSE_PASSWORD, .row = user_id_of(login),
                                              .in = rows_bytes(&login->user, 0, 4)};
    struct span answer[2] = {SPAN_NONE, SPAN_NONE};
    TRY(call_vault(call, ask, count, answer, NULL));
    check->peppered = arena_copy(&call->arena, answer[0]);
    check->stored = arena_copy(&call->arena, answer[1]);
    return call->arena.failed ? FAIL(OUT_OF_MEMORY) : OK;
}

static struct err check_password(struct call *call, struct login *login)
{
    struct checking check = {.password = login->password, .fresh = BUF_WITH_MAX(512),
                             .scheme = (enum password_scheme)config_integer(call_core(call)->config, CONFIG_password_hash)};
    struct err e = open_stored(call, login, &check);
    if (e.code == ERR_INTEGRITY) {
        struct audit_entry entry;
        TRY(audit_entry_for(call, AUDIT_INTEGRITY_FAILURE, false, &entry));
        entry.resource_type = RESOURCE_USER;
        entry.resource = user_id_of(login);
        TRY(audit_commit(call, &entry, NULL));
        return FAIL(LOGIN_FAILED);
    }
    if (!err_failed(e)) e = call_offload(call, call_core(call)->hashing, check_slowly, &check);
    if (!err_failed(e) && check.fresh.n > 0) login->fresh_password = arena_copy(&call->arena, buf_span(&check.fresh));
    buf_free(&check.fresh);
    TRY(e);
    return check.match && rows_number(&login->user, 0, 6) != ROLE_DISABLED ? OK : FAIL(LOGIN_FAILED);
}

static struct span random_token(struct call *call)
{
    uint8_t bytes[TOKEN_BYTES];
    random_bytes(bytes, sizeof bytes);
    struct buf text = BUF_WITH_MAX(64);
    digest_put_base64url(&text, span_of(bytes, sizeof bytes));
    struct span token = arena_copy(&call->arena, buf_span(&text));
    buf_free(&text);
    explicit_bzero(bytes, sizeof bytes);
    return token;
}

static void put_claims(struct buf *out, const struct login *login)
{
    struct json j = JSON_TO(out);
    json_object(&j);
    json_put_id(&j, "user_id", user_id_of(login));
    json_put_text(&j, "email", login->profile.email);
    json_put_i64(&j, "exp", login->expires_us / 1000000);
    json_put_i64(&j, "iat", login->now_us / 1000000);
    json_put_word(&j, "type", "access");
    json_put_id(&j, "jti", id_random());
    json_put_id(&j, "sid", login->session);
    json_put_word(&j, "iss", "medscribe");
    json_put_word(&j, "aud", "medscribe");
    json_object_end(&j);
}

static struct err open_profile(struct call *call, struct login *login)
{
    const struct vault_request ask =
        profile_open(rows_id(&login->user, 0, 2), user_id_of(login), rows_bytes(&login->user, 0, 8), rows_bytes(&login->user, 0, 3));
    struct span opened;
    TRY(call_vault(call, &ask, 1, &opened, NULL));
    opened = arena_copy(&call->arena, opened);
    return opened.p == NULL ? FAIL(OUT_OF_MEMORY) : profile_read(opened, &login->profile);
}

static struct err make_token(struct call *call, struct login *login)
{
    if (login->kind == SESSION_BROWSER) {
        login->token = random_token(call);
        return login->token.p == NULL ? FAIL(OUT_OF_MEMORY) : OK;
    }
    struct buf claims = BUF_WITH_MAX(2048);
    put_claims(&claims, login);
    const struct vault_request ask = {.kind = VAULT_JWT, .in = buf_span(&claims)};
    struct span jwt;
    struct err e = call_vault(call, &ask, 1, &jwt, NULL);
    if (!err_failed(e)) login->token = arena_copy(&call->arena, jwt);
    buf_free(&claims);
    return err_failed(e) ? e : login->token.p == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

static struct err seal_login(struct call *call, struct login *login)
{
    struct buf client = BUF_WITH_MAX(512);
    buf_put(&client, call->request.ip, 16);
    buf_put_span(&client, call->request.user_agent);
    struct vault_request seal[2] = {{.kind = VAULT_SEAL, .purpose = PURPOSE_SESSION_CLIENT, .person = rows_id(&login->user, 0, 2),
                                     .row = login->session, .key = rows_bytes(&login->user, 0, 8), .in = buf_span(&client)}};
    size_t count = 1;
    if (login->fresh_password.n > 0)
        seal[count++] = (struct vault_request){.kind = VAULT_SEAL_SYSTEM, .purpose = PURPOSE_PASSWORD, .row = user_id_of(login), .in = login->fresh_password};
    struct span sealed[2] = {SPAN_NONE, SPAN_NONE};
    struct err e = call_vault(call, seal, count, sealed, NULL);
    if (!err_failed(e)) {
        login->client = arena_copy(&call->arena, sealed[0]);
        login->fresh_password = sealed[1].n > 0 ? arena_copy(&call->arena, sealed[1]) : SPAN_NONE;
    }
    buf_free(&client);
    return e;
}

static struct err insert_session(struct db_conn *writer, void *arg)
{
    const struct login *l = arg;
    const struct id user = rows_id(&l->user, 0, 0), clinic = rows_id(&l->user, 0, 1), subject = rows_id(&l->user, 0, 2);
    const struct value values[] = {
        value_id(&l->session), value_id(&clinic), value_id(&user), value_bytes(span_of(l->token_hash, SHA256_BYTES)),
        l->refresh ? value_bytes(span_of(l->refresh_hash, SHA256_BYTES)) : value_null(), value_number(l->kind), value_number(l->now_us),
        value_number(l->expires_us), value_bytes_or_null(l->client), value_id(&subject),
    };
    TRY(db_exec(writer, SQL_session_insert, NULL, values, 10));
    if (l->fresh_password.n == 0) return OK;
    const struct value password[] = {value_id(&user), value_bytes(l->fresh_password), value_number(l->now_us)};
    return db_exec(writer, SQL_user_set_password, NULL, password, 3);
}

static struct err refuse(struct call *call, const struct login *login, struct err reason)
{
    struct audit_entry entry;
    if (reason.code != ERR_LOGIN_FAILED) return reason;
    TRY(audit_entry_for(call, AUDIT_LOGIN_FAILED, false, &entry));
    entry.resource_type = RESOURCE_USER;
    if (login->user.count > 0) entry.resource = user_id_of(login);
    TRY(audit_commit(call, &entry, NULL));
    return reason;
}

static struct err log_in(struct call *call, struct span name, struct login *login)
{
    TRY(accounts_find(call, name, &login->user));
    struct err e = check_password(call, login);
    if (err_failed(e)) return refuse(call, login, e);
    login->session = id_random();
    login->now_us = call->now_us;
    login->expires_us = call->now_us + HOURS_US(config_integer(call_core(call)->config, CONFIG_session_hours));
    TRY(open_profile(call, login));
    TRY(make_token(call, login));
    digest_sha256(login->token, login->token_hash);
    if (login->refresh) {
        login->refresh_token = random_token(call);
        digest_sha256(login->refresh_token, login->refresh_hash);
    }
    TRY(seal_login(call, login));
    struct audit_entry entry;
    TRY(audit_entry_for(call, AUDIT_LOGIN, true, &entry));
    entry.user = user_id_of(login);
    entry.resource_type = RESOURCE_SESSION;
    entry.resource = login->session;
    return call_commit(call, insert_session, login, &entry, NULL);
}

static struct err answer_tokens(struct call *call, const struct login *login)
{
    struct response head = {.status = 200, .kind = RESPONSE_JSON};
    if (login->refresh) {
        head.cookie = COOKIE_SET_REFRESH;
        head.cookie_value = login->refresh_token;
        head.max_age_s = REFRESH_DAYS * 86400;
    }
    struct json *j = call_answer(call, &head);
    json_object(j);
    json_put_text(j, "session_token", login->token);
    json_put_text(j, "access_token", login->token);
    json_put_word(j, "token_type", "bearer");
    json_put_i64(j, "expires_in", (login->expires_us - login->now_us) / 1000000);
    json_put_time(j, "expires_at", login->expires_us);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

struct err accounts_login(struct call *call)
{
    struct login login = {.password = request_text(&call->request, 1), .kind = SESSION_BEARER};
    TRY(log_in(call, request_text(&call->request, 0), &login));
    return answer_tokens(call, &login);
}

struct err accounts_auth_login(struct call *call)
{
    struct login login = {.password = request_text(&call->request, 1), .kind = SESSION_BEARER, .refresh = true};
    TRY(log_in(call, request_text(&call->request, 0), &login));
    return answer_tokens(call, &login);
}

static void put_user(struct json *j, struct id id, const struct profile *profile, int64_t role, int64_t role_state, int64_t created_us)
{
    json_object(j);
    json_put_id(j, "id", id);
    json_put_text(j, "username", profile->username);
    json_put_text(j, "email", profile->email);
    json_put_word(j, "user_type", role_word(role));
    json_put_word(j, "role_state", role_state_word(role_state));
    json_put_time(j, "created_at", created_us);
    json_object_end(j);
}

struct err accounts_session_create(struct call *call)
{
    struct login login = {.password = request_text(&call->request, 1), .kind = SESSION_BROWSER};
    TRY(log_in(call, request_text(&call->request, 0), &login));
    struct span csrf;
    call->actor.session = login.session;
    TRY(csrf_token(call, &csrf));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON, .cookie = COOKIE_SET_ACCESS,
                                                          .cookie_value = login.token,
                                                          .max_age_s = (uint32_t)((login.expires_us - login.now_us) / 1000000)});
    json_object(j);
    json_key(j, "user");
    put_user(j, user_id_of(&login), &login.profile, rows_number(&login.user, 0, 5), rows_number(&login.user, 0, 6), rows_number(&login.user, 0, 7));
    json_put_text(j, "csrf_token", csrf);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

static struct err own_profile(struct call *call, struct profile *profile_out)
{
    const struct vault_request ask = profile_open(call->actor.subject, call->actor.db.user, call->actor.key, call->actor.profile);
    struct span opened;
    TRY(call_vault(call, &ask, 1, &opened, NULL));
    return profile_read(opened, profile_out);
}

static void put_actor(struct call *call, struct json *j, const struct profile *profile)
{
    const struct actor *a = &call->actor;
    put_user(j, a->db.user, profile, a->role, a->role_state, a->created_us);
}

struct err accounts_me(struct call *call)
{
    struct profile profile;
    TRY(own_profile(call, &profile));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON});
    put_actor(call, j, &profile);
    call_answer_end(call);
    return OK;
}

struct err accounts_session_read(struct call *call)
{
    struct profile profile;
    struct span csrf;
    if (call->request.auth != AUTH_COOKIE) return FAIL(TOKEN_INVALID);
    TRY(csrf_token(call, &csrf));
    TRY(own_profile(call, &profile));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON});
    json_object(j);
    json_key(j, "user");
    put_actor(call, j, &profile);
    json_put_text(j, "csrf_token", csrf);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

/* --- ending */

struct ending {
    struct db_actor actor;
    struct id session;
    int64_t now_us;
    bool found;
};

static struct err end_session(struct db_conn *writer, void *arg)
{
    struct ending *ending = arg;
    struct arena arena;
    struct rows rows;
    arena_init(&arena, 4096);
    const struct value values[] = {value_id(&ending->session), value_number(ending->now_us)};
    struct err e = db_query(writer, SQL_session_end, &ending->actor, values, 2, &arena, &rows);
    ending->found = !err_failed(e) && rows.count > 0;
    if (!err_failed(e) && !ending->found) e = FAIL(NOT_FOUND); /* so that nothing is audited that did not happen */
    arena_free(&arena);
    return e;
}

static struct err end_one(struct call *call, struct id session, enum audit_action action)
{
    struct ending ending = {.actor = call->actor.db, .session = session, .now_us = call->now_us};
    struct audit_entry entry;
    TRY(audit_entry_for(call, action, true, &entry));
    entry.resource_type = RESOURCE_SESSION;
    entry.resource = session;
    return call_commit(call, end_session, &ending, &entry, NULL);
}

/* Ends the session if there is one; a second time is no error. */
struct err accounts_logout(struct call *call)
{
    struct err e = accounts_load_actor(call);
    if (!err_failed(e)) e = end_one(call, call->actor.session, AUDIT_LOGOUT);
    if (err_failed(e) && e.code != ERR_TOKEN_INVALID && e.code != ERR_NOT_FOUND) return e;
    call_answer_empty(call, &(struct response){.status = 204, .cookie = COOKIE_CLEAR});
    return OK;
}

struct err accounts_session_end(struct call *call)
{
    TRY(end_one(call, request_field_id(&call->request, 0), AUDIT_SESSION_END));
    call_answer_empty(call, &(struct response){.status = 204});
    return OK;
}

struct err accounts_sessions(struct call *call)
{
    enum { SESSIONS_MAX = 100 };
    struct rows rows;
    const struct value now = value_number(call->now_us);
    TRY(call_query(call, SQL_sessions_live, &now, 1, &rows));
    struct vault_request *ask = arena_array(&call->arena, SESSIONS_MAX, sizeof *ask);
    struct span *client = arena_array(&call->arena, SESSIONS_MAX, sizeof *client);
    struct err *status = arena_array(&call->arena, SESSIONS_MAX, sizeof *status);
    if (status == NULL) return FAIL(OUT_OF_MEMORY);
    for (size_t i = 0; i < rows.count; i++)
        ask[i] = (struct vault_request){.kind = VAULT_OPEN, .purpose = PURPOSE_SESSION_CLIENT, .person = call->actor.subject,
                                        .row = rows_id(&rows, i, 0), .key = call->actor.key, .in = rows_bytes(&rows, i, 3)};
    TRY(call_vault(call, ask, rows.count, client, status));
    struct json *j = page_answer(call);
    for (size_t i = 0; i < rows.count; i++) {
        json_object(j);
        json_put_id(j, "id", rows_id(&rows, i, 0));
        json_put_time(j, "created_at", rows_number(&rows, i, 1));
        json_put_time(j, "expires_at", rows_number(&rows, i, 2));
        json_put_bool(j, "current", id_equal(rows_id(&rows, i, 0), call->actor.session));
        json_put_text(j, "user_agent", span_sub(client[i], 16, client[i].n));
        json_object_end(j);
    }
    page_answer_end(call, j, NULL);
    return OK;
}
