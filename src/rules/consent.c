#include "rules/consent.h"

#include "base/clock.h"

enum { STANDING_ARENA = 8192, STANDING_ROWS = 1 };

const char *consent_source_word(int64_t source)
{
    static const char *const words[CONSENT_SOURCES] = {"registration", "self", "doctor", "import"};
    return source >= 0 && source < CONSENT_SOURCES ? words[source] : "unknown";
}

/* --- what stands */

static struct err take_standing(const struct rows *rows, struct consent_standing *standing_out)
{
    if (rows->count != STANDING_ROWS || rows->columns != CONSENT_TYPES) return FAIL(INTERNAL);
    for (unsigned type = 0; type < CONSENT_TYPES; type++)
        standing_out->until_us[type] = rows_is_null(rows, 0, type) ? 0 : rows_number(rows, 0, type);
    return OK;
}

static struct err read_standing(struct db_conn *conn, struct id subject, struct consent_standing *standing_out)
{
    struct arena arena;
    struct rows rows;
    const struct value value = value_id(&subject);
    arena_init(&arena, STANDING_ARENA);
    struct err e = db_query(conn, SQL_consent_standing, NULL, &value, 1, &arena, &rows);
    if (!err_failed(e)) e = take_standing(&rows, standing_out);
    arena_free(&arena);
    return e;
}

static unsigned missing_of(const struct consent_standing *standing, unsigned types)
{
    int64_t now = clock_now_us();
    unsigned missing = 0;
    for (unsigned type = 0; type < CONSENT_TYPES; type++)
        if ((types >> type & 1u) != 0 && standing->until_us[type] <= now) missing |= 1u << type;
    return missing;
}

struct err consent_required_in(struct db_conn *writer, struct id subject, unsigned types, unsigned *missing_out)
{
    struct consent_standing standing;
    TRY(read_standing(writer, subject, &standing));
    unsigned missing = missing_of(&standing, types);
    if (missing_out != NULL) *missing_out = missing;
    return missing == 0 ? OK : FAIL(CONSENT_REQUIRED);
}

struct err consent_allows(struct db_conn *conn, struct id subject, unsigned types, bool *allowed_out)
{
    struct err e = consent_required_in(conn, subject, types, NULL);
    *allowed_out = !err_failed(e);
    return e.code == ERR_CONSENT_REQUIRED ? OK : e;
}

bool consent_ended(const struct rows *rows, size_t row, unsigned column, int64_t now_us)
{
    return rows_is_null(rows, row, column) || rows_number(rows, row, column) <= now_us;
}

struct err consent_read(struct call *call, struct id subject, struct consent_standing *standing_out)
{
    struct rows rows;
    const struct value value = value_id(&subject);
    TRY(call_query(call, SQL_consent_standing, &value, 1, &rows));
    return take_standing(&rows, standing_out);
}

struct err consent_check(struct call *call, struct id subject, unsigned types)
{
    struct consent_standing standing;
    TRY(consent_read(call, subject, &standing));
    call->consent_missing = missing_of(&standing, types);
    return call->consent_missing == 0 ? OK : FAIL(CONSENT_REQUIRED);
}

/* --- history */

/* The queue follows the consent in the same transaction; work under way notices by itself (jobs.c). */
static struct err follow_in(struct db_conn *writer, const struct consent_entry *e, bool allowed)
{
    const struct value subject[] = {value_id(&e->subject), value_number(e->at_us)};
    const struct value account[] = {value_id(&e->account), value_number(e->at_us)};
    TRY(db_exec(writer, allowed ? SQL_jobs_resume_of : SQL_jobs_wait_of, NULL, subject, 2));
    return id_is_zero(e->account) ? OK : db_exec(writer, allowed ? SQL_submissions_resume_of : SQL_submissions_wait_of, NULL, account, 2);
}

struct err consent_park_in(struct db_conn *writer, const struct consent_entry *who)
{
    bool allowed;
    TRY(consent_allows(writer, who->subject, CONSENT(DATA_PROCESSING), &allowed));
    return allowed ? OK : follow_in(writer, who, false);
}

struct err consent_append_in(struct db_conn *writer, const struct consent_entry *e)
{
    bool ends = e->granted && e->expires_us != 0;
    const struct value values[] = {
        value_id(&e->subject), value_id(&e->clinic), value_number(e->type), value_number(e->granted), value_number(e->at_us),
        ends ? value_number(e->expires_us) : value_null(), value_number(CONSENT_POLICY_VERSION), value_number(e->source),
        id_is_zero(e->by) ? value_null() : value_id(&e->by),
    };
    TRY(db_exec(writer, SQL_consent_insert, NULL, values, 9));
    if (e->type != CONSENT_DATA_PROCESSING) return OK;
    TRY(follow_in(writer, e, e->granted));
    if (id_is_zero(e->account)) return OK;
    const struct value until[] = {value_id(&e->account), value_number(!e->granted ? 0 : ends ? e->expires_us : INT64_MAX)};
    return db_exec(writer, SQL_user_set_processing, NULL, until, 2);
}

struct err consent_append_all_in(struct db_conn *writer, const struct consent_entry *entry, unsigned types)
{
    struct consent_entry one = *entry;
    one.granted = true;
    one.expires_us = 0;
    for (unsigned type = 0; type < CONSENT_TYPES; type++) {
        if ((types >> type & 1u) == 0) continue;
        one.type = (enum consent_type)type;
        TRY(consent_append_in(writer, &one));
    }
    return OK;
}

struct err consent_attest_recording_in(struct db_conn *writer, const struct db_actor *doctor, struct id subject)
{
    int64_t now = clock_now_us();
    bool stands;
    TRY(consent_allows(writer, subject, CONSENT(RECORDING), &stands));
    if (stands) return OK;
    const struct consent_entry entry = {
        .clinic = doctor->clinic, .subject = subject, .by = doctor->user, .type = CONSENT_RECORDING, .source = CONSENT_FROM_DOCTOR,
        .granted = true, .at_us = now, .expires_us = now + DAYS_US(1),
    };
    return consent_append_in(writer, &entry);
}
