/* What happens to a note beside its text: addenda once it is signed, and with whom it is shared. */
#include "rules/handlers.h"
#include "rules/notes.h"
#include "rules/persons.h"
#include "rules/submissions.h"

struct addition {
    struct call *call;
    struct id note, subject, id; /* subject: whom the note is about; id: the addendum's, or the user's with whom it is shared */
    struct span sealed;
    enum note_status least; /* which status it takes */
};

/* The conditional statement decides; no row: the note's state does not allow it. */
static struct err run(struct db_conn *writer, const struct addition *a, enum statement statement, const struct value *values, size_t count)
{
    struct arena arena;
    struct rows rows;
    arena_init(&arena, 4096);
    struct err e = db_query(writer, statement, &a->call->actor.db, values, count, &arena, &rows);
    if (!err_failed(e) && rows.count == 0) e = FAIL(WRONG_STATE);
    arena_free(&arena);
    return e;
}

/* --- addenda */

static struct err write_addendum(struct db_conn *writer, void *arg)
{
    const struct addition *a = arg;
    TRY(note_consent_in(writer, a->call, a->subject));
    const struct value values[] = {value_id(&a->id), value_id(&a->note), value_bytes(a->sealed), value_number(a->call->now_us), value_number(NOTE_ADDENDA_MAX)};
    return run(writer, a, SQL_note_addendum_insert, values, 5);
}

struct err notes_addendum(struct call *call)
{
    struct addition a = {.call = call, .note = request_field_id(&call->request, 0), .id = id_random()};
    struct rows row;
    struct audit_entry entry;
    struct span sealed;
    TRY(note_find_own(call, a.note, &row));
    if (rows_number(&row, 0, NOTE_STATUS) != NOTE_SIGNED) return FAIL(WRONG_STATE);
    TRY(note_check_consent(call, &row));
    a.subject = rows_id(&row, 0, NOTE_SUBJECT);
    const struct vault_request ask = submission_seal(PURPOSE_NOTE_ADDENDUM, a.note, a.subject, rows_bytes(&row, 0, NOTE_KEY),
                                                     note_addendum_seal_version(call->now_us), request_text(&call->request, 1));
    TRY(call_vault(call, &ask, 1, &sealed, NULL));
    a.sealed = arena_copy(&call->arena, sealed);
    if (a.sealed.p == NULL) return FAIL(OUT_OF_MEMORY);
    TRY(note_audit(call, AUDIT_NOTE_ADDENDUM, a.note, rows_number(&row, 0, NOTE_VERSION), &entry));
    TRY(call_commit(call, write_addendum, &a, &entry, NULL));
    struct json *j = call_answer(call, &(struct response){.status = 201, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_id(j, "id", a.id);
    json_put_time(j, "created_at", call->now_us);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

/* --- sharing */

/* A confirmed doctor of the clinic, or the patient that it is about. Nobody else is there. */
static struct err find_reader(struct call *call, const struct rows *row, struct person *reader_out)
{
    TRY(person_find(call, request_text(&call->request, 1), reader_out));
    bool doctor = reader_out->role == ROLE_DOCTOR && !id_equal(reader_out->account, call->actor.db.user);
    bool patient = reader_out->role == ROLE_PATIENT && id_equal(reader_out->account, rows_id(row, 0, NOTE_PATIENT));
    return reader_out->role_state == ROLE_ACTIVE && (doctor || patient) ? OK : FAIL(NO_SUCH_PERSON);
}

static struct err write_share(struct db_conn *writer, void *arg)
{
    const struct addition *a = arg;
    TRY(note_consent_in(writer, a->call, a->subject));
    const struct value values[] = {value_id(&a->note), value_id(&a->id), value_number(a->least), value_number(a->call->now_us), value_number(NOTE_SHARES_MAX)};
    return run(writer, a, SQL_note_share_insert, values, 5);
}

struct err notes_share(struct call *call)
{
    struct addition a = {.call = call, .note = request_field_id(&call->request, 0)};
    struct rows row;
    struct person reader;
    struct audit_entry entry;
    TRY(note_find_own(call, a.note, &row));
    TRY(note_check_consent(call, &row));
    a.subject = rows_id(&row, 0, NOTE_SUBJECT);
    TRY(find_reader(call, &row, &reader));
    a.id = reader.account;
    a.least = reader.role == ROLE_PATIENT ? NOTE_SIGNED : NOTE_DRAFT;
    TRY(note_audit(call, AUDIT_NOTE_SHARE, a.note, rows_number(&row, 0, NOTE_VERSION), &entry));
    entry.resources = span_of(a.id.b, ID_BYTES); /* with whom */
    audit_detail_text(&entry, DETAIL_ROLE, span_text(role_word(reader.role)));
    TRY(call_commit(call, write_share, &a, &entry, NULL));
    struct json *j = call_answer(call, &(struct response){.status = 201, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_id(j, "user_id", a.id);
    json_put_text(j, "username", reader.name);
    json_put_word(j, "role", role_word(reader.role));
    json_put_time(j, "shared_at", call->now_us);
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

static struct err write_unshare(struct db_conn *writer, void *arg)
{
    const struct addition *a = arg;
    const struct value values[] = {value_id(&a->note), value_id(&a->id)};
    struct err e = run(writer, a, SQL_note_unshare, values, 2);
    return e.code == ERR_WRONG_STATE ? FAIL(NOT_FOUND) : e;
}

struct err notes_unshare(struct call *call)
{
    struct addition a = {.call = call, .note = request_field_id(&call->request, 0), .id = request_field_id(&call->request, 1)};
    struct rows row;
    struct audit_entry entry;
    TRY(note_find_own(call, a.note, &row));
    TRY(note_audit(call, AUDIT_NOTE_UNSHARE, a.note, rows_number(&row, 0, NOTE_VERSION), &entry));
    entry.resources = span_of(a.id.b, ID_BYTES);
    TRY(call_commit(call, write_unshare, &a, &entry, NULL));
    call_answer_empty(call, &(struct response){.status = 204});
    return OK;
}
