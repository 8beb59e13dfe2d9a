/* Submissions: who sees which text when, and how a text is bound to its place. */
#ifndef MEDSCRIBE_RULES_SUBMISSIONS_H
#define MEDSCRIBE_RULES_SUBMISSIONS_H
#include "rules/audit.h"

enum submission_status { STATUS_QUEUED, STATUS_PROCESSING, STATUS_DRAFT, STATUS_APPROVED, STATUS_RETURNED, STATUS_FAILED };
enum submission_type { TYPE_AUDIO, TYPE_PRESCRIPTION };
const char *submission_status_word(int64_t status);
const char *submission_type_word(int64_t type);

/* A draft is sealed to its version *and* to whether it is approved: a status changed in the database alone no longer opens. */
static inline uint64_t draft_seal_version(int64_t version, int64_t status)
{
    return (uint64_t)version * 2 + (status == STATUS_APPROVED);
}
struct vault_request submission_seal(enum vault_purpose purpose, struct id submission, struct id subject, struct span key, uint64_t version,
                                     struct span in);
struct vault_request submission_open(enum vault_purpose purpose, struct id submission, struct id subject, struct span key, uint64_t version,
                                     struct span in);

/* The columns of SQL_submission_one. */
enum { ONE_ID, ONE_TYPE, ONE_STATUS, ONE_VERSION, ONE_NOTES, ONE_RECOGNISED, ONE_DRAFT, ONE_QUESTION, ONE_REASON, ONE_CREATED, ONE_UPDATED,
       ONE_SUBJECT, ONE_USER, ONE_PROFILE, ONE_KEY, ONE_APPROVED_BY, ONE_APPROVED, ONE_PROCESSING_UNTIL };
/* One submission that the actor may see: its own, or any of the clinic for a confirmed doctor. Else ERR_NOT_FOUND.
   ERR_CONSENT_REQUIRED: the patient does not allow data_processing (any more), so that no doctor opens it. */
struct err submission_find(struct call *call, struct id id, struct rows *rows_out);
bool submission_is_own(const struct call *call, const struct rows *rows);

#endif
