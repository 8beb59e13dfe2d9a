/* What the host's operator may do through the control socket: first accounts, import, health. */
#include "base/clock.h"
#include "crypt/digest.h"
#include "rules/accounts.h"
#include "rules/admin.h"
#include "rules/handlers.h"
#include "rules/submissions.h"

static struct err create(struct call *call, enum role role)
{
    struct new_user user = {.username = request_text(&call->request, 0), .email = request_text(&call->request, 1),
                            .password = accounts_random_password(call), .role = role, .action = AUDIT_REGISTER};
    TRY(accounts_create(call, &user));
    struct json *j = call_answer(call, &(struct response){.status = 201, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_id(j, "id", user.id_out);
    json_put_text(j, "username", user.username);
    json_put_text(j, "password", user.password);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

struct err host_admin_create(struct call *call) { return create(call, ROLE_ADMIN); }
struct err host_user_create(struct call *call) { return create(call, (enum role)request_word(&call->request, 2, 0)); }

struct err host_verify_doctor(struct call *call)
{
    struct rows r;
    TRY(accounts_find(call, request_text(&call->request, 0), &r));
    if (r.count != 1) return FAIL(NOT_FOUND);
    if (rows_number(&r, 0, 5) != ROLE_DOCTOR) return FAIL(NOT_A_DOCTOR);
    if (rows_number(&r, 0, 6) == ROLE_ACTIVE) return FAIL(ALREADY_VERIFIED);
    const struct db_actor host = {.clinic = rows_id(&r, 0, 1)};
    TRY(admin_confirm_doctor(call, &host, rows_id(&r, 0, 0), rows_id(&r, 0, 2), rows_bytes(&r, 0, 8), request_text(&call->request, 1)));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_id(j, "id", rows_id(&r, 0, 0));
    json_put_text(j, "username", request_text(&call->request, 0));
    json_put_word(j, "role_state", "active");
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

static struct err count(struct call *call, enum statement statement, const struct value *value, int64_t *out)
{
    struct rows r;
    TRY(call_query(call, statement, value, value == NULL ? 0 : 1, &r));
    *out = r.count == 1 ? rows_number(&r, 0, 0) : 0;
    return OK;
}

struct err host_status(struct call *call)
{
    int64_t users, submissions, jobs[4], audit;
    TRY(count(call, SQL_count_users, NULL, &users));
    TRY(count(call, SQL_count_submissions, NULL, &submissions));
    for (int state = 0; state < 4; state++) {
        const struct value value = value_number(state);
        TRY(count(call, SQL_jobs_by_state, &value, &jobs[state]));
    }
    TRY(count(call, SQL_audit_head_read, NULL, &audit));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_word(j, "status", atomic_load(&call_core(call)->degraded) ? "degraded" : "ok");
    json_put_word(j, "version", MEDSCRIBE_VERSION);
    json_put_word(j, "database", db_engine(call_core(call)->db));
    json_put_i64(j, "users", users);
    json_put_i64(j, "submissions", submissions);
    json_key(j, "jobs");
    json_object(j);
    json_put_i64(j, "queued", jobs[0]);
    json_put_i64(j, "running", jobs[1]);
    json_put_i64(j, "failed", jobs[3]);
    json_object_end(j);
    json_key(j, "audit");
    json_object(j);
    json_put_i64(j, "rows", audit);
    json_object_end(j);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

struct err host_health(struct call *call)
{
    if (atomic_load(&call_core(call)->degraded)) return FAIL(STORAGE); /* an answer of success has no other form */
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_word(j, "status", "ok");
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

struct err host_audit_verify(struct call *call) { return admin_audit_verify(call); }

/* --- the one-time set-up link */

struct setup {
    struct id clinic;
    uint8_t hash[SHA256_BYTES];
    int64_t expires_us;
};

static struct err put_setup(struct db_conn *writer, void *arg)
{
    const struct setup *s = arg;
    const struct value values[] = {value_id(&s->clinic), value_bytes(span_of(s->hash, SHA256_BYTES)), value_number(s->expires_us)};
    return db_exec(writer, SQL_setup_put, NULL, values, 3);
}

struct err host_setup_token(struct call *call)
{
    struct rows admins;
    struct setup setup = {.clinic = call_core(call)->clinic, .expires_us = call->now_us + HOURS_US(24)};
    TRY(call_query(call, SQL_admins_exist, NULL, 0, &admins));
    if (admins.count > 0) return FAIL(SETUP_DONE);
    uint8_t bytes[32];
    random_bytes(bytes, sizeof bytes);
    struct buf token = BUF_WITH_MAX(64);
    digest_put_base64url(&token, span_of(bytes, sizeof bytes));
    digest_sha256(buf_span(&token), setup.hash);
    struct err e = call_commit(call, put_setup, &setup, NULL, NULL);
    if (!err_failed(e)) {
        struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON});
        json_object(j);
        json_put_text(j, "token", buf_span(&token));
        json_object_end(j);
        call_answer_end(call);
    }
    buf_free(&token);
    return e;
}

/* --- import of an older system's users and submissions */

static struct err answer_id(struct call *call, struct id id)
{
    struct json *j = call_answer(call, &(struct response){.status = 201, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_id(j, "id", id);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

static struct err find_external(struct call *call, int64_t number, struct rows *rows_out)
{
    const struct value values[] = {value_id(&call_core(call)->clinic), value_number(number)};
    return call_query(call, SQL_user_by_external, values, 2, rows_out);
}

struct err host_import_user(struct call *call)
{
    const struct request *q = &call->request;
    struct rows known;
    int64_t number = request_integer(q, 0, 0);
    TRY(find_external(call, number, &known));
    if (known.count > 0) return FAIL(ALREADY_IMPORTED);
    bool doctor = request_word(q, 3, 0) == 1;
    struct new_user user = {
        .username = request_text(q, 1), .email = request_text(q, 2), .stored_hash = request_text(q, 4),
        .role = doctor ? ROLE_DOCTOR : ROLE_PATIENT, .role_state = ROLE_ACTIVE, /* the operator vouches for the old system's doctors */
        .created_us = request_integer(q, 5, call->now_us), .has_external_id = true, .external_id = number, .action = AUDIT_IMPORT_USER,
        .consents = CONSENT_BY_REGISTERING, .consents_from = CONSENT_FROM_IMPORT, /* as the old system treated them */
    };
    TRY(accounts_create(call, &user));
    return answer_id(call, user.id_out);
}

struct import {
    const struct request *request;
    struct id clinic, id, user, subject;
    struct span recognised, draft;
    int64_t type, status;
};

static struct err insert(struct db_conn *writer, void *arg)
{
    const struct import *i = arg;
    const struct value created = value_number(request_integer(i->request, 8, 0)), none = value_null();
    const struct value values[] = {
        value_id(&i->id), value_id(&i->clinic), value_id(&i->user), value_id(&i->subject), value_number(i->type), value_number(i->status), none,
        value_bytes_or_null(i->recognised), value_bytes_or_null(i->draft), none, none, created, created,
        value_number(request_integer(i->request, 0, 0)),
    };
    TRY(db_exec(writer, SQL_submission_insert, NULL, values, 14));
    const struct value history[] = {value_id(&i->id), value_id(&i->clinic), value_number(1), value_number(i->status), created, none};
    return db_exec(writer, SQL_history_insert, NULL, history, 6);
}

static struct err seal_import(struct call *call, struct import *i, struct span key)
{
    unsigned first = i->type == TYPE_AUDIO ? 4 : 6; /* transcribed_text, doctor_summary or extracted_text, patient_instructions */
    const struct vault_request ask[] = {
        submission_seal(PURPOSE_RECOGNISED, i->id, i->subject, key, 0, request_text(&call->request, first)),
        submission_seal(PURPOSE_DRAFT, i->id, i->subject, key, draft_seal_version(1, i->status), request_text(&call->request, first + 1)),
    };
    struct span sealed[2];
    TRY(call_vault(call, ask, 2, sealed, NULL));
    i->recognised = ask[0].in.n > 0 ? arena_copy(&call->arena, sealed[0]) : SPAN_NONE;
    i->draft = ask[1].in.n > 0 ? arena_copy(&call->arena, sealed[1]) : SPAN_NONE;
    return call->arena.failed ? FAIL(OUT_OF_MEMORY) : OK;
}

struct err host_import_submission(struct call *call)
{
    const struct request *q = &call->request;
    struct rows known, user;
    struct import i = {.request = q, .clinic = call_core(call)->clinic, .id = id_random(), .type = request_word(q, 2, 0), .status = request_word(q, 3, 0)};
    const struct value values[] = {value_id(&i.clinic), value_number(request_integer(q, 0, 0))};
    TRY(call_query(call, SQL_submission_by_external, values, 2, &known));
    if (known.count > 0) return FAIL(ALREADY_IMPORTED);
    TRY(find_external(call, request_integer(q, 1, 0), &user));
    if (user.count != 1) return FAIL(NOT_FOUND);
    i.user = rows_id(&user, 0, 0);
    i.subject = rows_id(&user, 0, 1);
    TRY(seal_import(call, &i, rows_bytes(&user, 0, 2)));
    struct audit_entry entry;
    TRY(audit_entry_for(call, AUDIT_IMPORT_SUBMISSION, true, &entry));
    entry.resource_type = RESOURCE_SUBMISSION;
    entry.resource = i.id;
    struct err e = call_commit(call, insert, &i, &entry, NULL);
    TRY(e.code == ERR_UNIQUE ? FAIL(ALREADY_IMPORTED) : e);
    return answer_id(call, i.id);
}
