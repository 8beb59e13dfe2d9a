#include "rules/opening.h"

static struct err opened_version(struct call *call, struct id id, int64_t *version_out)
{
    struct rows rows;
    const struct value value = value_id(&id);
    TRY(call_query(call, SQL_opened_version, &value, 1, &rows));
    if (rows.count == 0) return FAIL(REVIEW_FIRST);
    *version_out = rows_number(&rows, 0, 0);
    return OK;
}

struct err opening_check(struct call *call, struct id id, int64_t version)
{
    int64_t seen;
    TRY(opened_version(call, id, &seen));
    if (request_integer(&call->request, 1, seen) != version) return FAIL(VERSION_CHANGED);
    if (seen == version) return OK;
    return request_has(&call->request, 1) ? FAIL(REVIEW_FIRST) : FAIL(VERSION_CHANGED); /* named, but never opened */
}

struct err opening_put(struct db_conn *writer, const struct call *call, struct id id, int64_t version)
{
    const struct value opening[] = {value_id(&id), value_id(&call->actor.db.user), value_number(version), value_number(call->now_us)};
    return db_exec(writer, SQL_opened_put, NULL, opening, 4);
}
