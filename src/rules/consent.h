/* Consents: what a person has allowed, decided at the moment of use by the last row of a type, its expiry and the server's
   clock. Whoever writes something that needs a consent checks it in the same transaction (consent_required_in); whoever
   works for long asks again before each step (consent_allows) and checks once more where the result is kept. */
#ifndef MEDSCRIBE_RULES_CONSENT_H
#define MEDSCRIBE_RULES_CONSENT_H
#include "rules/loop.h"

#define CONSENT(name) (1u << CONSENT_##name)

enum {
    CONSENT_POLICY_VERSION = 1, /* of the notice that people are shown; a changed notice gets the next number */
    CONSENT_BY_REGISTERING = CONSENT(RECORDING) | CONSENT(DATA_PROCESSING) | CONSENT(DATA_STORAGE),
};

/* Who said it, and how we know. Stored: never renumber. */
enum consent_source { CONSENT_FROM_REGISTRATION, CONSENT_FROM_SELF, CONSENT_FROM_DOCTOR, CONSENT_FROM_IMPORT, CONSENT_SOURCES };
const char *consent_source_word(int64_t source);

/* Until when each type stands; 0: withdrawn or never given. */
struct consent_standing {
    int64_t until_us[CONSENT_TYPES];
};

/* Do all of `types` (a set of CONSENT(…)) stand now? ERR_CONSENT_REQUIRED with the set that is missing (missing_out may be
   NULL). Inside a lane transaction: the write and the answer cannot come apart. */
struct err consent_required_in(struct db_conn *writer, struct id subject, unsigned types, unsigned *missing_out);
/* The same as a question, on any connection: for jobs. */
struct err consent_allows(struct db_conn *conn, struct id subject, unsigned types, bool *allowed_out);
/* For handlers, before the work begins: ERR_CONSENT_REQUIRED names what is missing in the problem. */
struct err consent_check(struct call *call, struct id subject, unsigned types);
/* Of a row with the time until which a consent stands; NULL: it was never given. */
bool consent_ended(const struct rows *rows, size_t row, unsigned column, int64_t now_us);
struct err consent_read(struct call *call, struct id subject, struct consent_standing *standing_out);

/* --- writing history, inside a lane transaction */
struct consent_entry {
    struct id clinic, subject;
    struct id account; /* the subject's own account; zero: a person without one */
    struct id by;      /* the user who said or entered it */
    enum consent_type type;
    enum consent_source source;
    bool granted;
    int64_t at_us, expires_us; /* expires_us 0: no end */
};
/* Work that waited for data_processing goes on with it (jobs_wake() is the caller's), work in the queue waits without it. */
struct err consent_append_in(struct db_conn *writer, const struct consent_entry *entry);
/* Inside the lane, where work was queued that needs data_processing: it waits if that is not allowed now. */
struct err consent_park_in(struct db_conn *writer, const struct consent_entry *who);
/* Each type of the set, granted without an end. */
struct err consent_append_all_in(struct db_conn *writer, const struct consent_entry *entry, unsigned types);
/* A doctor attests that the person, in the room, agreed to be recorded. That is said of this visit: it stands for a day, and what the
   person allows already needs no second word, whose end would take the place of theirs. */
struct err consent_attest_recording_in(struct db_conn *writer, const struct db_actor *doctor, struct id subject);

#endif
