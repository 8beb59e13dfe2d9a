#include "rules/handlers.h"

#include "rules/accounts.h"
#include "rules/loop_private.h"

#include <stdio.h>

handler *const handler_table[ROUTE_COUNT] = {
    [ROUTE_REGISTER] = accounts_register,
    [ROUTE_LOGIN] = accounts_login,
    [ROUTE_AUTH_LOGIN] = accounts_auth_login,
    [ROUTE_SESSION_CREATE] = accounts_session_create,
    [ROUTE_SESSION_READ] = accounts_session_read,
    [ROUTE_LOGOUT] = accounts_logout,
    [ROUTE_ME] = accounts_me,
    [ROUTE_MY_SESSIONS] = accounts_sessions,
    [ROUTE_MY_SESSION_END] = accounts_session_end,
    [ROUTE_MY_ACCESS_LOG] = access_log_mine,
    [ROUTE_CONSENTS] = consents_mine,
    [ROUTE_CONSENT_GRANT] = consents_grant,
    [ROUTE_CONSENT_WITHDRAW] = consents_withdraw,
    [ROUTE_SUBMIT_AUDIO] = submit_audio,
    [ROUTE_SUBMIT_PRESCRIPTION] = submit_prescription,
    [ROUTE_GET_RESULT] = submissions_get_result,
    [ROUTE_GET_ALL_RESULTS] = submissions_get_all_results,
    [ROUTE_APPROVE] = review_approve,
    [ROUTE_SUBMISSIONS] = submissions_list,
    [ROUTE_SUBMISSION] = submissions_one,
    [ROUTE_DRAFT] = review_draft,
    [ROUTE_RETURN] = review_return,
    [ROUTE_CONFIRM] = review_confirm,
    [ROUTE_MEDIA] = submissions_media,
    [ROUTE_EVENTS] = submissions_events,
    [ROUTE_CONSULTATION_CREATE] = consultations_create,
    [ROUTE_CONSULTATIONS] = consultations_list,
    [ROUTE_CONSULTATION] = consultations_one,
    [ROUTE_CONSULTATION_RECORD] = consultations_record,
    [ROUTE_CONSULTATION_TRANSCRIBE] = consultations_transcribe,
    [ROUTE_CONSULTATION_MEDIA] = consultations_media,
    [ROUTE_CONSULTATION_EVENTS] = consultations_events,
    [ROUTE_NOTE_GENERATE] = notes_generate,
    [ROUTE_NOTES] = notes_list,
    [ROUTE_NOTE] = notes_one,
    [ROUTE_NOTE_VERSION] = notes_version,
    [ROUTE_NOTE_UPDATE] = notes_update,
    [ROUTE_NOTE_CONFIRM] = notes_confirm,
    [ROUTE_NOTE_SIGN] = notes_sign,
    [ROUTE_NOTE_ADDENDUM] = notes_addendum,
    [ROUTE_NOTE_SHARE] = notes_share,
    [ROUTE_NOTE_UNSHARE] = notes_unshare,
    [ROUTE_NOTE_DELETE] = notes_delete,
    [ROUTE_NOTE_EVENTS] = notes_events,
    [ROUTE_ADMIN_USERS] = admin_users,
    [ROUTE_ADMIN_VERIFY] = admin_verify,
    [ROUTE_ADMIN_DISABLE] = admin_disable,
    [ROUTE_ADMIN_ENABLE] = admin_enable,
    [ROUTE_ADMIN_AUDIT] = admin_audit,
    [ROUTE_ADMIN_AUDIT_VERIFY] = admin_audit_verify,
    [ROUTE_ADMIN_JOBS] = admin_jobs,
    [ROUTE_MEDICINES] = medicines_read,
    [ROUTE_MEDICINES_ADD] = medicines_add,
    [ROUTE_MEDICINE_REMOVE] = medicines_remove,
    [ROUTE_SETUP] = accounts_setup,
    [ROUTE_HEALTH] = host_health,
    [ROUTE_HOST_ADMIN_CREATE] = host_admin_create,
    [ROUTE_HOST_VERIFY_DOCTOR] = host_verify_doctor,
    [ROUTE_HOST_STATUS] = host_status,
    [ROUTE_HOST_AUDIT_VERIFY] = host_audit_verify,
    [ROUTE_HOST_IMPORT_USER] = host_import_user,
    [ROUTE_HOST_IMPORT_SUBMISSION] = host_import_submission,
    [ROUTE_HOST_SETUP_TOKEN] = host_setup_token,
    [ROUTE_HOST_USER_CREATE] = host_user_create,
};

static unsigned who_is(const struct actor *actor)
{
    static const uint8_t bits[ROLE_COUNT] = {WHO_PATIENT, WHO_DOCTOR, WHO_ADMIN, WHO_AUDITOR, WHO_READONLY};
    if (actor->role_state == ROLE_PENDING) return WHO_PENDING;
    return actor->role < ROLE_COUNT ? bits[actor->role] : 0;
}

static struct err admit(struct call *call)
{
    bool host_route = (call->route->who & WHO_HOST) != 0;
    if (host_route != call->channel->host && (host_route || call->request.route != ROUTE_HEALTH)) return FAIL(NOT_FOUND);
    if (host_route || (call->route->who & WHO_ANYONE) != 0) return OK;
    TRY(accounts_load_actor(call));
    unsigned who = who_is(&call->actor);
    if ((call->route->who & who) != 0) return OK;
    return who == WHO_PENDING ? FAIL(ROLE_PENDING) : FAIL(FORBIDDEN);
}

/* Refusals are evidence too; if the audit cannot be written the refusal still stands. */
static void audit_refusal(struct call *call, struct err e)
{
    struct audit_entry entry;
    if (e.code != ERR_FORBIDDEN && e.code != ERR_ROLE_PENDING && e.code != ERR_CSRF && e.code != ERR_CONSENT_REQUIRED) return;
    if (err_failed(audit_entry_for(call, AUDIT_DENIED, false, &entry))) return;
    audit_detail_text(&entry, DETAIL_CODE, span_text(err_public_code(e.code)));
    IGNORE(audit_commit(call, &entry, NULL));
}

void handlers_run(struct call *call)
{
    handler *run = handler_table[call->request.route];
    struct err e = run == NULL ? FAIL(NOT_FOUND) : admit(call);
    if (!err_failed(e)) e = run(call);
    if (!err_failed(e) && call->answering) e = FAIL(INTERNAL);
    if (!err_failed(e) && (call->answered || call->cancelled)) return;
    if (!err_failed(e)) e = FAIL(INTERNAL);
    call_answer_abandon(call);
    audit_refusal(call, e);
    if (err_http_status(e.code) >= 500 && e.code != ERR_CANCELLED && call_core(call)->log != NULL) {
        char line[160];
        snprintf(line, sizeof line, "route %u: %s at %s:%u", call->request.route, err_name(e.code), e.file, e.line);
        call_core(call)->log("error", line);
    }
    if (e.code == ERR_UNIQUE || e.code == ERR_NO_ROW) e.code = ERR_INTERNAL; /* a handler should have said what it means */
    if (call->streaming) call_chunk_end(call, false);
    else if (!call->answered) call_problem(call, e, SPAN_NONE, SPAN_NONE);
}
