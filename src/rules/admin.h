/* Shared by the administrator's pages and the host's commands. */
#ifndef MEDSCRIBE_RULES_ADMIN_H
#define MEDSCRIBE_RULES_ADMIN_H
#include "rules/loop.h"

/* ERR_WRONG_STATE when the role is not pending. registration_no may be empty. */
struct err admin_confirm_doctor(struct call *call, const struct db_actor *actor, struct id user, struct id subject, struct span key, struct span registration_no);

#endif
