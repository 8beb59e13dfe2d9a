/* One handler a route. A handler either answers and returns OK, or returns an error, which becomes the problem the client
   sees. Its actor has been checked against the route's `who` before it is called. */
#ifndef MEDSCRIBE_RULES_HANDLERS_H
#define MEDSCRIBE_RULES_HANDLERS_H
#include "rules/loop.h"

typedef struct err handler(struct call *call); // NOLINT: a function type, so that the table below is readable

extern handler *const handler_table[ROUTE_COUNT];

handler accounts_register, accounts_login, accounts_auth_login, accounts_session_create, accounts_session_read, accounts_logout,
    accounts_me, accounts_sessions, accounts_session_end, accounts_setup;
handler submissions_get_result, submissions_get_all_results, submissions_list, submissions_one, submissions_events, submissions_media;
handler consents_mine, consents_grant, consents_withdraw;
handler submit_audio, submit_prescription;
handler review_approve, review_draft, review_return, review_confirm;
handler medicines_read, medicines_add, medicines_remove;
handler consultations_create, consultations_list, consultations_one, consultations_record, consultations_transcribe, consultations_media,
    consultations_events;
handler notes_generate, notes_list, notes_one, notes_version, notes_update, notes_confirm, notes_sign, notes_addendum, notes_share, notes_unshare,
    notes_delete, notes_events;
handler admin_users, admin_verify, admin_disable, admin_enable, admin_audit, admin_audit_verify, admin_jobs, access_log_mine;
handler host_admin_create, host_user_create, host_verify_doctor, host_status, host_audit_verify, host_import_user, host_import_submission,
    host_setup_token, host_health;

/* The whole way of one call: session, role, handler, problem. Runs on the call's fiber. */
void handlers_run(struct call *call);

#endif
