/* Persons that records are about: a patient with an account, or somebody who is only named. */
#ifndef MEDSCRIBE_RULES_PERSONS_H
#define MEDSCRIBE_RULES_PERSONS_H
#include "rules/loop.h"

struct person {
    struct id subject;
    struct id account;   /* zero: none */
    struct span key;     /* wrapped, in the call's arena */
    struct span name;    /* in the call's arena */
    enum role role;      /* of the account */
    enum role_state role_state;
};

/* The person behind a user name or e-mail address. ERR_NO_SUCH_PERSON. */
struct err person_find(struct call *call, struct span login, struct person *person_out);
/* Somebody without an account: a key of their own, committed before anything that depends on it. person_insert() completes it. */
struct err person_new(struct call *call, struct span name, struct person *person_out);
struct err person_insert(struct db_conn *writer, const struct call *call, const struct person *person);

#endif
