/* The names of those who took part in a record: they stand in it as ids. */
#ifndef MEDSCRIBE_RULES_PEOPLE_H
#define MEDSCRIBE_RULES_PEOPLE_H
#include "rules/loop.h"

enum { PEOPLE_MAX = 16 };
struct people {
    struct rows rows;
    struct span names[PEOPLE_MAX]; /* in the call's arena */
};
/* Of a submission: all that its history knows. Not medical; a profile that does not open has no name. */
struct err people_of_submission(struct call *call, struct id submission, struct people *people_out);
/* The key with the name of the one in that column; null for nobody, for the machine, and for whom the record does not know. */
void people_put_name(struct json *j, const char *key, const struct people *people, const struct rows *rows, size_t row, unsigned column);

#endif
