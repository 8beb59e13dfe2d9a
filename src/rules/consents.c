/* One's own consents: what stands, its history, granting and withdrawing. */
#include "base/clock.h"
#include "rules/audit.h"
#include "rules/consent.h"
#include "rules/handlers.h"
#include "rules/jobs.h"

enum { HISTORY_MAX = 100, YEARS_MAX = 5, DAYS_A_YEAR = 366 };
enum { HISTORY_GRANTED, HISTORY_AT, HISTORY_EXPIRES, HISTORY_POLICY, HISTORY_SOURCE, HISTORY_BY }; /* columns of SQL_consent_history */

/* --- reading */

static int64_t days_left(int64_t until_us, int64_t now_us) { return (until_us - now_us + DAYS_US(1) - 1) / DAYS_US(1); }

/* What the page tells before a consent ends: it never ends unannounced, and is never renewed silently. */
static const char *notice_word(int64_t until_us, int64_t now_us)
{
    int64_t days = days_left(until_us, now_us);
    if (until_us <= now_us) return "expired";
    return days <= 1 ? "1_day" : days <= 7 ? "7_days" : days <= 30 ? "30_days" : NULL;
}

static const char *state_word(const struct rows *h, int64_t now_us)
{
    if (h->count == 0) return "never_given";
    if (rows_number(h, 0, HISTORY_GRANTED) == 0) return "withdrawn";
    return !rows_is_null(h, 0, HISTORY_EXPIRES) && rows_number(h, 0, HISTORY_EXPIRES) <= now_us ? "expired" : "granted";
}

static void put_time_or_null(struct json *j, const char *key, const struct rows *h, size_t row, unsigned column)
{
    if (h->count <= row || rows_is_null(h, row, column)) json_put_null(j, key);
    else json_put_time(j, key, rows_number(h, row, column));
}

static void put_event(struct json *j, const struct call *call, const struct rows *h, size_t i)
{
    json_object(j);
    json_put_bool(j, "granted", rows_number(h, i, HISTORY_GRANTED) != 0);
    json_put_time(j, "at", rows_number(h, i, HISTORY_AT));
    put_time_or_null(j, "expires_at", h, i, HISTORY_EXPIRES);
    json_put_i64(j, "policy_version", rows_number(h, i, HISTORY_POLICY));
    json_put_word(j, "source", consent_source_word(rows_number(h, i, HISTORY_SOURCE)));
    json_put_bool(j, "by_oneself", id_equal(rows_id(h, i, HISTORY_BY), call->actor.db.user));
    json_object_end(j);
}

static void put_consent(struct json *j, const struct call *call, enum consent_type type, const struct rows *h)
{
    int64_t now = clock_now_us();
    const char *state = state_word(h, now);
    bool ends = h->count > 0 && rows_number(h, 0, HISTORY_GRANTED) != 0 && !rows_is_null(h, 0, HISTORY_EXPIRES);
    int64_t until = ends ? rows_number(h, 0, HISTORY_EXPIRES) : INT64_MAX;
    const char *notice = ends ? notice_word(until, now) : NULL;
    json_object(j);
    json_put_word(j, "type", consent_type_word(type));
    json_put_word(j, "state", state);
    json_put_bool(j, "granted", strcmp(state, "granted") == 0);
    put_time_or_null(j, "since", h, 0, HISTORY_AT);
    put_time_or_null(j, "expires_at", h, 0, HISTORY_EXPIRES);
    if (ends && until > now) json_put_i64(j, "expires_in_days", days_left(until, now));
    else json_put_null(j, "expires_in_days");
    if (notice == NULL) json_put_null(j, "notice");
    else json_put_word(j, "notice", notice);
    json_key(j, "history");
    json_array(j);
    for (size_t i = 0; i < h->count; i++) put_event(j, call, h, i);
    json_array_end(j);
    json_object_end(j);
}

static struct err read_history(struct call *call, enum consent_type type, int64_t most, struct rows *rows_out)
{
    const struct value values[] = {value_id(&call->actor.subject), value_number(type), value_number(most)};
    return call_query(call, SQL_consent_history, values, 3, rows_out);
}

struct err consents_mine(struct call *call)
{
    struct rows history[CONSENT_TYPES];
    for (unsigned type = 0; type < CONSENT_TYPES; type++) TRY(read_history(call, (enum consent_type)type, HISTORY_MAX, &history[type]));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_i64(j, "policy_version", CONSENT_POLICY_VERSION);
    json_key(j, "consents");
    json_array(j);
    for (unsigned type = 0; type < CONSENT_TYPES; type++) put_consent(j, call, (enum consent_type)type, &history[type]);
    json_array_end(j);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

/* --- saying yes and no */

struct change {
    struct call *call;
    struct consent_entry entry;
};

static void begin(struct call *call, bool granted, struct change *change_out)
{
    const struct actor *a = &call->actor;
    *change_out = (struct change){.call = call, .entry = {
        .clinic = a->db.clinic, .subject = a->subject, .account = a->db.user, .by = a->db.user,
        .type = (enum consent_type)request_word(&call->request, 0, 0), .source = CONSENT_FROM_SELF, .granted = granted, .at_us = clock_now_us(),
    }};
}

static struct err write_change(struct db_conn *writer, void *arg)
{
    struct change *c = arg;
    c->entry.at_us = clock_now_us(); /* the lane's order is the history's */
    return consent_append_in(writer, &c->entry);
}

static struct err commit(struct change *c)
{
    struct audit_entry entry;
    TRY(audit_entry_for(c->call, c->entry.granted ? AUDIT_CONSENT_GRANT : AUDIT_CONSENT_WITHDRAW, true, &entry));
    entry.resource_type = RESOURCE_USER;
    entry.resource = c->call->actor.db.user;
    audit_detail_text(&entry, DETAIL_KIND, span_text(consent_type_word(c->entry.type)));
    return call_commit(c->call, write_change, c, &entry, NULL);
}

struct err consents_grant(struct call *call)
{
    struct change c;
    begin(call, true, &c);
    if (request_has(&call->request, 1)) {
        c.entry.expires_us = request_integer(&call->request, 1, 0);
        if (c.entry.expires_us <= c.entry.at_us) return FAIL(CONSENT_EXPIRY);
        if (c.entry.expires_us > c.entry.at_us + DAYS_US(YEARS_MAX * DAYS_A_YEAR)) return FAIL(CONSENT_EXPIRY);
    }
    TRY(commit(&c));
    jobs_wake(call_core(call)); /* what waited for it */
    struct rows history;
    TRY(read_history(call, c.entry.type, HISTORY_MAX, &history));
    struct json *j = call_answer(call, &(struct response){.status = 201, .kind = RESPONSE_JSON});
    put_consent(j, call, c.entry.type, &history);
    call_answer_end(call);
    return OK;
}

/* What was not given need not be withdrawn: the answer is the same, and the history does not grow. */
struct err consents_withdraw(struct call *call)
{
    struct change c;
    struct rows last;
    begin(call, false, &c);
    TRY(read_history(call, c.entry.type, 1, &last));
    if (last.count > 0 && rows_number(&last, 0, HISTORY_GRANTED) != 0) TRY(commit(&c));
    call_answer_empty(call, &(struct response){.status = 204});
    return OK;
}
