/* Consultations: a person's visit with a doctor, whose recording becomes words. Only their doctor sees them. */
#ifndef MEDSCRIBE_RULES_CONSULTATIONS_H
#define MEDSCRIBE_RULES_CONSULTATIONS_H
#include "rules/audit.h"

enum consultation_status { CONSULTATION_OPEN, CONSULTATION_QUEUED, CONSULTATION_PROCESSING, CONSULTATION_READY, CONSULTATION_FAILED };
const char *consultation_status_word(int64_t status);

/* The columns of SQL_consultation_one and SQL_consultations_page. */
enum { CONSULTATION_ID, CONSULTATION_SUBJECT, CONSULTATION_PATIENT, CONSULTATION_STATUS, CONSULTATION_VERSION, CONSULTATION_NAME,
       CONSULTATION_TITLE, CONSULTATION_REASON, CONSULTATION_DURATION, CONSULTATION_CREATED, CONSULTATION_UPDATED, CONSULTATION_KEY,
       CONSULTATION_PERCENT, CONSULTATION_STAGE, CONSULTATION_NOTES };
/* One of the actor's own; else ERR_NOT_FOUND. */
struct err consultation_find(struct call *call, struct id id, struct rows *rows_out);
/* The members that one and a row of a list share. Texts that are not there: SPAN_NONE. */
void consultation_put(struct json *j, const struct rows *rows, size_t row, struct span name, struct span title, bool broken);

#endif
