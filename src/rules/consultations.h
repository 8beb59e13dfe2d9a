/* Consultations: a person's visit with a doctor, whose recording becomes words. Only their doctor sees them. */
#ifndef MEDSCRIBE_RULES_CONSULTATIONS_H
#define MEDSCRIBE_RULES_CONSULTATIONS_H
#include "rules/audit.h"

enum consultation_status { CONSULTATION_OPEN, CONSULTATION_QUEUED, CONSULTATION_PROCESSING, CONSULTATION_READY, CONSULTATION_FAILED };
const char *consultation_status_word(int64_t status);

/* The columns of SQL_consultation_one and SQL_consultations_page. */
enum { CONSULTATION_ID, CONSULTATION_SUBJECT, CONSULTATION_PATIENT, CONSULTATION_STATUS, CONSULTATION_VERSION, CONSULTATION_NAME,
       CONSULTATION_TITLE, CONSULTATION_REASON, CONSULTATION_DURATION, CONSULTATION_CREATED, CONSULTATION_UPDATED, CONSULTATION_KEY,
       CONSULTATION_PERCENT, CONSULTATION_STAGE, CONSULTATION_NOTES, CONSULTATION_PROCESSING_UNTIL };
/* One of the actor's own; else ERR_NOT_FOUND. */
struct err consultation_find(struct call *call, struct id id, struct rows *rows_out);
/* Without the person's consent to processing their doctor sees that there was a visit, and nothing of what was said. */
bool consultation_is_closed(const struct call *call, const struct rows *rows, size_t row);
/* The members that one and a row of a list share. Texts that are not there: SPAN_NONE. */
struct consultation_shown {
    struct span name, title;
    bool broken, closed;
};
void consultation_put(struct json *j, const struct rows *rows, size_t row, const struct consultation_shown *shown);

#endif
