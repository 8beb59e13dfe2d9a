#include "rules/people.h"

#include "rules/accounts.h"

enum { PERSON_ID, PERSON_SUBJECT, PERSON_KEY, PERSON_PROFILE };

struct err people_of_submission(struct call *call, struct id submission, struct people *people_out)
{
    struct vault_request ask[PEOPLE_MAX];
    struct span opened[PEOPLE_MAX];
    struct err status[PEOPLE_MAX];
    const struct value values[] = {value_id(&submission), value_number(PEOPLE_MAX)};
    *people_out = (struct people){0};
    TRY(call_query(call, SQL_submission_people, values, 2, &people_out->rows));
    const struct rows *r = &people_out->rows;
    for (size_t i = 0; i < r->count; i++)
        ask[i] = profile_open(rows_id(r, i, PERSON_SUBJECT), rows_id(r, i, PERSON_ID), rows_bytes(r, i, PERSON_KEY), rows_bytes(r, i, PERSON_PROFILE));
    if (r->count == 0) return OK;
    TRY(call_vault(call, ask, r->count, opened, status));
    for (size_t i = 0; i < r->count; i++) {
        struct profile profile;
        if (err_failed(status[i]) || err_failed(profile_read(opened[i], &profile))) continue;
        people_out->names[i] = arena_copy(&call->arena, profile.username);
    }
    return OK;
}

void people_put_name(struct json *j, const char *key, const struct people *people, const struct rows *rows, size_t row, unsigned column)
{
    struct span name = SPAN_NONE;
    for (size_t i = 0; i < people->rows.count && !rows_is_null(rows, row, column); i++)
        if (id_equal(rows_id(&people->rows, i, PERSON_ID), rows_id(rows, row, column))) name = people->names[i];
    if (name.p == NULL) json_put_null(j, key);
    else json_put_text(j, key, name);
}
