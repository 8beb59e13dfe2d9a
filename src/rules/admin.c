/* The administrator's pages: users, audit, jobs. Reading personal data is itself audited first. */
#include "rules/accounts.h"
#include "rules/admin.h"
#include "rules/handlers.h"
#include "rules/jobs.h"
#include "rules/offload.h"
#include "rules/page.h"

enum { USERS_PAGE = 50, AUDIT_PAGE = 50, JOBS_PAGE = 50 };
enum { USER_ID, USER_SUBJECT, USER_PROFILE, USER_ROLE, USER_STATE, USER_CREATED, USER_KEY };

static void put_user(struct json *j, const struct rows *r, size_t i, int64_t role_state, const struct profile *profile)
{
    json_object(j);
    json_put_id(j, "id", rows_id(r, i, USER_ID));
    json_put_text(j, "username", profile->username);
    json_put_text(j, "email", profile->email);
    json_put_word(j, "user_type", role_word(rows_number(r, i, USER_ROLE)));
    json_put_word(j, "role_state", role_state_word(role_state));
    json_put_time(j, "created_at", rows_number(r, i, USER_CREATED));
    json_object_end(j);
}

static struct err audit_look(struct call *call, enum audit_action action, enum audit_resource resource, size_t count)
{
    struct audit_entry entry;
    TRY(audit_entry_for(call, action, true, &entry));
    entry.resource_type = resource;
    audit_detail_number(&entry, DETAIL_COUNT, (int64_t)count);
    return audit_commit(call, &entry, NULL);
}

struct err admin_users(struct call *call)
{
    struct page page;
    struct rows r;
    struct page_view view;
    TRY(page_read(call, 0, 1, USERS_PAGE, &page));
    const struct value all[] = {value_number(page.before_us), value_id(&page.before_id), value_number(page.limit + 1)};
    const struct value some[] = {value_number(request_word(&call->request, 2, 0)), all[0], all[1], all[2]};
    if (request_has(&call->request, 2)) TRY(call_query(call, SQL_users_page_state, some, 4, &r));
    else TRY(call_query(call, SQL_users_page, all, 3, &r));
    TRY(page_view_new(call, &page, &r, 1, USER_CREATED, USER_ID, &view));
    for (size_t i = 0; i < view.count; i++)
        page_view_add(&view, profile_open(rows_id(&r, i, USER_SUBJECT), rows_id(&r, i, USER_ID), rows_bytes(&r, i, USER_KEY), rows_bytes(&r, i, USER_PROFILE)));
    TRY(audit_look(call, AUDIT_USERS_READ, RESOURCE_USER, view.count));
    TRY(page_view_open(call, NULL, &view));
    struct json *j = page_answer(call);
    for (size_t i = 0; i < view.count; i++) {
        struct profile profile;
        profile_of_view(&view, (int)i, &profile);
        put_user(j, &r, i, rows_number(&r, i, USER_STATE), &profile);
    }
    page_answer_end(call, j, &view);
    return OK;
}

/* --- changing a role's state */

struct role_change {
    struct db_actor actor;
    struct id user;
    int64_t from, to, now_us;
    struct span registration; /* sealed */
    bool end_sessions;
};

static struct err change_role(struct db_conn *writer, void *arg)
{
    const struct role_change *c = arg;
    struct arena arena;
    struct rows rows;
    arena_init(&arena, 4096);
    const struct value values[] = {value_id(&c->user), value_number(c->to), value_bytes_or_null(c->registration), value_number(c->now_us), value_number(c->from)};
    struct err e = db_query(writer, SQL_user_set_role_state, &c->actor, values, 5, &arena, &rows);
    if (!err_failed(e) && rows.count == 0) e = FAIL(WRONG_STATE);
    arena_free(&arena);
    const struct value sessions[] = {value_id(&c->user), value_number(c->now_us)};
    return err_failed(e) || !c->end_sessions ? e : db_exec(writer, SQL_sessions_end_all, NULL, sessions, 2);
}

static struct err commit_change(struct call *call, struct role_change *change, enum audit_action action)
{
    struct audit_entry entry;
    TRY(audit_entry_for(call, action, true, &entry));
    entry.resource_type = RESOURCE_USER;
    entry.resource = change->user;
    return call_commit(call, change_role, change, &entry, NULL);
}

struct err admin_confirm_doctor(struct call *call, const struct db_actor *actor, struct id user, struct id subject, struct span key, struct span registration_no)
{
    struct role_change change = {.actor = *actor, .user = user, .from = ROLE_PENDING, .to = ROLE_ACTIVE, .now_us = call->now_us};
    if (registration_no.n > 0) {
        const struct vault_request ask = {.kind = VAULT_SEAL, .purpose = PURPOSE_REGISTRATION, .person = subject, .row = user, .key = key, .in = registration_no};
        struct span sealed;
        TRY(call_vault(call, &ask, 1, &sealed, NULL));
        change.registration = arena_copy(&call->arena, sealed);
    }
    return commit_change(call, &change, AUDIT_ROLE_APPROVE);
}

static struct err answer_one(struct call *call, const struct rows *r, int64_t role_state)
{
    const struct vault_request ask = profile_open(rows_id(r, 0, USER_SUBJECT), rows_id(r, 0, USER_ID), rows_bytes(r, 0, USER_KEY), rows_bytes(r, 0, USER_PROFILE));
    struct span opened;
    struct profile profile;
    TRY(call_vault(call, &ask, 1, &opened, NULL));
    TRY(profile_read(opened, &profile));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON});
    put_user(j, r, 0, role_state, &profile);
    call_answer_end(call);
    return OK;
}

static struct err find_user(struct call *call, struct rows *rows_out)
{
    struct id id = request_field_id(&call->request, 0);
    const struct value value = value_id(&id);
    TRY(call_query(call, SQL_user_one, &value, 1, rows_out));
    return rows_out->count == 1 ? OK : FAIL(NOT_FOUND);
}

struct err admin_verify(struct call *call)
{
    struct rows r;
    TRY(find_user(call, &r));
    if (rows_number(&r, 0, USER_ROLE) != ROLE_DOCTOR) return FAIL(NOT_A_DOCTOR);
    if (rows_number(&r, 0, USER_STATE) == ROLE_ACTIVE) return FAIL(ALREADY_VERIFIED);
    TRY(admin_confirm_doctor(call, &call->actor.db, rows_id(&r, 0, USER_ID), rows_id(&r, 0, USER_SUBJECT), rows_bytes(&r, 0, USER_KEY), request_text(&call->request, 1)));
    return answer_one(call, &r, ROLE_ACTIVE);
}

struct err admin_disable(struct call *call)
{
    struct rows r;
    TRY(find_user(call, &r));
    if (id_equal(rows_id(&r, 0, USER_ID), call->actor.db.user)) return FAIL(LAST_ADMIN); /* nobody locks themselves out */
    struct role_change change = {.actor = call->actor.db, .user = rows_id(&r, 0, USER_ID), .from = rows_number(&r, 0, USER_STATE),
                                 .to = ROLE_DISABLED, .now_us = call->now_us, .end_sessions = true};
    TRY(commit_change(call, &change, AUDIT_ACCOUNT_DISABLE));
    return answer_one(call, &r, ROLE_DISABLED);
}

/* A doctor comes back as pending: whoever disabled the account may have had the registration in mind. */
struct err admin_enable(struct call *call)
{
    struct rows r;
    TRY(find_user(call, &r));
    int64_t to = rows_number(&r, 0, USER_ROLE) == ROLE_DOCTOR ? ROLE_PENDING : ROLE_ACTIVE;
    struct role_change change = {.actor = call->actor.db, .user = rows_id(&r, 0, USER_ID), .from = ROLE_DISABLED, .to = to, .now_us = call->now_us};
    TRY(commit_change(call, &change, AUDIT_ACCOUNT_ENABLE));
    return answer_one(call, &r, to);
}

/* --- audit */

static struct err query_audit(struct call *call, const struct page *page, struct rows *rows_out)
{
    const struct request *q = &call->request;
    struct id user = request_field_id(q, 3);
    int64_t action = 0;
    if (request_has(q, 2) && !audit_action_find(request_text(q, 2), &action)) return FAIL(BAD_VALUE);
    const struct value base[] = {value_number(page->before_us), value_number(page->limit + 1), request_has(q, 3) ? value_id(&user) : value_number(action)};
    if (request_has(q, 3)) return call_query(call, SQL_audit_page_user, base, 3, rows_out);
    if (request_has(q, 2)) return call_query(call, SQL_audit_page_action, base, 3, rows_out);
    return call_query(call, SQL_audit_page, base, 2, rows_out);
}

struct audit_place {
    int client, profile;
};

/* Names stand in the rows of those who may read the list of people: administrators. */
static struct audit_place audit_row_open(const struct call *call, struct page_view *view, const struct rows *r, size_t i)
{
    struct audit_place place = {.profile = PAGE_VIEW_NONE};
    place.client = page_view_add(view, (struct vault_request){.kind = VAULT_OPEN_SYSTEM, .purpose = PURPOSE_AUDIT_CLIENT,
                                                              .version = audit_client_month(rows_number(r, i, 1)), .in = rows_bytes(r, i, 10)});
    if (call->actor.role == ROLE_ADMIN && !rows_is_null(r, i, 15))
        place.profile = page_view_add(view, profile_open(rows_id(r, i, 13), rows_id(r, i, 3), rows_bytes(r, i, 14), rows_bytes(r, i, 15)));
    return place;
}

struct err admin_audit(struct call *call)
{
    struct page page;
    struct rows r;
    struct page_view view;
    TRY(page_read(call, 0, 1, AUDIT_PAGE, &page));
    TRY(query_audit(call, &page, &r));
    TRY(page_view_new(call, &page, &r, 2, 0, -1, &view)); /* the marker is a row number here */
    struct audit_place *place = arena_array(&call->arena, view.count + 1, sizeof *place);
    if (place == NULL) return FAIL(OUT_OF_MEMORY);
    for (size_t i = 0; i < view.count; i++) place[i] = audit_row_open(call, &view, &r, i);
    TRY(audit_look(call, AUDIT_AUDIT_READ, RESOURCE_AUDIT, view.count));
    TRY(page_view_open(call, NULL, &view));
    struct json *j = page_answer(call);
    for (size_t i = 0; i < view.count; i++) {
        struct span client;
        struct profile profile;
        (void)page_view_text(&view, place[i].client, &client);
        profile_of_view(&view, place[i].profile, &profile);
        audit_row_json(j, &r, i, client, profile.username);
    }
    page_answer_end(call, j, &view);
    return OK;
}

struct verifying {
    struct db *db;
    uint8_t public_key[32];
    struct audit_verdict verdict;
};

static struct err verify_slowly(void *arg)
{
    struct verifying *v = arg;
    return audit_verify(v->db, v->public_key, &v->verdict);
}

struct err admin_audit_verify(struct call *call)
{
    struct verifying v = {.db = call_core(call)->db};
    const struct vault_request ask = {.kind = VAULT_PUBLIC_KEY};
    struct span key;
    struct err look = audit_look(call, AUDIT_AUDIT_VERIFY, RESOURCE_AUDIT, 0);
    bool host = (call->route->who & WHO_HOST) != 0;
    if (!(host && look.code == ERR_CHAIN_BROKEN)) TRY(look); /* a broken log is what the operator wants to hear of */
    TRY(call_vault(call, &ask, 1, &key, NULL));
    if (key.n != sizeof v.public_key) return FAIL(INTERNAL);
    memcpy(v.public_key, key.p, key.n);
    TRY(call_offload(call, call_core(call)->files, verify_slowly, &v));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_bool(j, "ok", v.verdict.ok);
    json_put_i64(j, "rows", v.verdict.rows);
    if (v.verdict.ok) json_put_null(j, "first_bad_seq");
    else json_put_i64(j, "first_bad_seq", v.verdict.first_bad_seq);
    json_put_word(j, "reason", v.verdict.reason);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

/* --- jobs */

static void put_job(struct json *j, const struct rows *r, size_t i)
{
    static const char *const states[] = {"queued", "running", "done", "failed", "waiting"};
    int64_t state = rows_number(r, i, 2);
    json_object(j);
    json_put_id(j, "id", rows_id(r, i, 0));
    json_put_word(j, "state", state >= 0 && state < (int64_t)(sizeof states / sizeof states[0]) ? states[state] : "unknown");
    json_put_word(j, "kind", job_kind_word(rows_number(r, i, 1)));
    json_put_i64(j, "attempts", rows_number(r, i, 3));
    json_put_i64(j, "percent", rows_number(r, i, 4));
    json_put_text(j, "stage", rows_bytes(r, i, 5));
    if (rows_is_null(r, i, 6)) json_put_null(j, "last_error");
    else json_put_text(j, "last_error", rows_bytes(r, i, 6));
    json_put_id(j, "submission_id", rows_id(r, i, 7));
    json_put_time(j, "created_at", rows_number(r, i, 8));
    json_put_time(j, "updated_at", rows_number(r, i, 9));
    json_object_end(j);
}

struct err admin_jobs(struct call *call)
{
    struct page page;
    struct rows r;
    struct page_view view;
    TRY(page_read(call, 0, 1, JOBS_PAGE, &page));
    const struct value values[] = {value_number(page.before_us), value_id(&page.before_id), value_number(page.limit + 1)};
    TRY(call_query(call, SQL_jobs_page, values, 3, &r));
    TRY(page_view_new(call, &page, &r, 0, 8, 0, &view));
    TRY(page_view_open(call, NULL, &view));
    struct json *j = page_answer(call);
    for (size_t i = 0; i < view.count; i++) put_job(j, &r, i);
    page_answer_end(call, j, &view);
    return OK;
}
