/* Notes of consultations: drafted by the machine, edited and signed by their author, read by those with whom they are shared. */
#ifndef MEDSCRIBE_RULES_NOTES_H
#define MEDSCRIBE_RULES_NOTES_H
#include "rules/accounts.h"
#include "rules/audit.h"

/* Stored: never renumber. */
enum note_template { NOTE_SOAP, NOTE_PROGRESS, NOTE_REFERRAL, NOTE_AFTER_VISIT, NOTE_TEMPLATES };
enum note_status { NOTE_GENERATING, NOTE_DRAFT, NOTE_SIGNED, NOTE_FAILED };
const char *note_template_word(int64_t template);
const char *note_status_word(int64_t status);

enum { NOTE_FIRST_DRAFT = 2 }; /* version 1 is the note that is being drafted */
enum { NOTE_ADDENDA_MAX = 200, NOTE_SHARES_MAX = 100 };

/* A text is sealed to its version *and* to whether it is signed: a status changed in the database alone no longer opens. */
static inline uint64_t note_seal_version(int64_t version, int64_t status) { return (uint64_t)version * 2 + (status == NOTE_SIGNED); }

/* An addendum is sealed to its note and to its time: moved, or dated otherwise, it does not open. */
static inline uint64_t note_addendum_seal_version(int64_t created_us) { return (uint64_t)created_us; }

/* The columns of SQL_note_own and SQL_note_shared; lists have a time in place of the text. */
enum { NOTE_ID, NOTE_SUBJECT, NOTE_PATIENT, NOTE_CONSULTATION, NOTE_TEMPLATE, NOTE_STATUS, NOTE_VERSION, NOTE_REASON, NOTE_CREATED, NOTE_UPDATED,
       NOTE_SIGNED_AT, NOTE_AUTHOR, NOTE_NAME, NOTE_KEY, NOTE_AUTHOR_SUBJECT, NOTE_AUTHOR_PROFILE, NOTE_AUTHOR_KEY, NOTE_FINDINGS_OPEN, NOTE_PROCESSING_UNTIL,
       NOTE_TEXT,
       NOTE_PLACE = NOTE_TEXT };

/* In what part the actor sees it. */
enum note_reader { NOTE_BY_AUTHOR, NOTE_BY_COLLEAGUE, NOTE_BY_PATIENT };
/* One that the actor wrote or that is shared with them; else ERR_NOT_FOUND. */
struct err note_find(struct call *call, struct id id, struct rows *rows_out, enum note_reader *reader_out);
/* One that the actor wrote; else ERR_NOT_FOUND. */
struct err note_find_own(struct call *call, struct id id, struct rows *rows_out);
/* Without the person's consent to processing nobody but they reads or works on it: ERR_CONSENT_REQUIRED. Whoever writes asks again in the
   lane. */
struct err note_check_consent(struct call *call, const struct rows *rows);
struct err note_consent_in(struct db_conn *writer, struct call *call, struct id subject);
struct err note_audit(struct call *call, enum audit_action action, struct id id, int64_t version, struct audit_entry *entry_out);

/* Opening whom it is about and who wrote it. */
struct vault_request note_open_name(const struct rows *rows, size_t row);
struct vault_request note_open_author(const struct rows *rows, size_t row);
struct vault_request note_open_text(const struct rows *rows);
/* The members that one and a row of a list share. */
struct note_shown {
    struct span name; /* whom it is about */
    struct profile author;
    bool broken;
    int64_t now_us;
};
void note_put(struct json *j, const struct rows *rows, size_t row, const struct note_shown *shown);
/* Answers with the whole note as this reader sees it; the look goes on record. */
struct err note_answer(struct call *call, struct id id, uint16_t status);

#endif
