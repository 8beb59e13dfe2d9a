#include "rules/persons.h"

#include "rules/accounts.h"

enum { FOUND_ID, FOUND_CLINIC, FOUND_SUBJECT, FOUND_PROFILE, FOUND_PASSWORD, FOUND_ROLE, FOUND_ROLE_STATE, FOUND_CREATED, FOUND_KEY }; /* of accounts_find() */

struct err person_find(struct call *call, struct span login, struct person *person_out)
{
    struct rows found;
    struct profile profile;
    struct span opened;
    TRY(accounts_find(call, login, &found));
    if (found.count != 1 || !id_equal(rows_id(&found, 0, FOUND_CLINIC), call->actor.db.clinic)) return FAIL(NO_SUCH_PERSON);
    *person_out = (struct person){.subject = rows_id(&found, 0, FOUND_SUBJECT), .account = rows_id(&found, 0, FOUND_ID), .key = rows_bytes(&found, 0, FOUND_KEY),
                                  .role = (enum role)rows_number(&found, 0, FOUND_ROLE), .role_state = (enum role_state)rows_number(&found, 0, FOUND_ROLE_STATE)};
    const struct vault_request open = profile_open(person_out->subject, person_out->account, person_out->key, rows_bytes(&found, 0, FOUND_PROFILE));
    TRY(call_vault(call, &open, 1, &opened, NULL));
    TRY(profile_read(opened, &profile));
    person_out->name = arena_copy(&call->arena, profile.username);
    return call->arena.failed ? FAIL(OUT_OF_MEMORY) : OK;
}

struct new_key {
    const struct call *call;
    struct person *person;
};

static struct err insert_key(struct db_conn *writer, void *arg)
{
    const struct new_key *k = arg;
    const struct value values[] = {value_id(&k->person->subject), value_id(&k->call->actor.db.clinic), value_bytes(k->person->key), value_number(k->call->now_us)};
    return db_exec(writer, SQL_person_key_insert, NULL, values, 4);
}

struct err person_new(struct call *call, struct span name, struct person *person_out)
{
    *person_out = (struct person){.subject = id_random(), .name = name, .role = ROLE_PATIENT};
    const struct vault_request ask = {.kind = VAULT_NEW_PERSON, .person = person_out->subject};
    struct span wrapped;
    TRY(call_vault(call, &ask, 1, &wrapped, NULL));
    person_out->key = arena_copy(&call->arena, wrapped);
    if (person_out->key.p == NULL) return FAIL(OUT_OF_MEMORY);
    struct new_key key = {call, person_out};
    return call_commit(call, insert_key, &key, NULL, NULL); /* a key without a person is harmless, a person without a key would be lost */
}

struct err person_insert(struct db_conn *writer, const struct call *call, const struct person *person)
{
    const struct value values[] = {value_id(&person->subject), value_id(&call->actor.db.clinic), value_number(call->now_us)};
    return db_exec(writer, SQL_subject_insert, NULL, values, 3);
}
