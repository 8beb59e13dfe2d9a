/* One note: whole, its earlier texts, its progress. */
#include "rules/consent.h"
#include "rules/findings.h"
#include "rules/handlers.h"
#include "rules/notes.h"
#include "rules/opening.h"
#include "rules/progress.h"
#include "rules/submissions.h"
#include "rules/texts.h"

enum { HISTORY_SHOWN = 200 };
enum { TEXT_NAME, TEXT_AUTHOR, TEXT_NOTE, TEXT_EVIDENCE, TEXTS_FIXED }; /* then addenda, then the profiles of shares */
enum { ADDENDUM_ID, ADDENDUM_TEXT, ADDENDUM_CREATED };                  /* columns of SQL_note_addenda */
enum { SHARE_USER, SHARE_ROLE, SHARE_SUBJECT, SHARE_PROFILE, SHARE_KEY, SHARE_AT }; /* of SQL_note_shares */

struct whole {
    struct id id;
    enum note_reader reader;
    struct rows row, evidence, addenda, shares, history;
    struct findings findings;
    struct span *text;
    size_t texts;
};

static struct err load(struct call *call, struct whole *w)
{
    const struct value id = value_id(&w->id);
    const struct value addenda[] = {id, value_number(NOTE_ADDENDA_MAX)}, shares[] = {id, value_number(NOTE_SHARES_MAX)}, history[] = {id, value_number(HISTORY_SHOWN)};
    TRY(note_find(call, w->id, &w->row, &w->reader));
    if (w->reader != NOTE_BY_PATIENT) TRY(note_check_consent(call, &w->row));
    TRY(call_query(call, SQL_note_addenda, addenda, 2, &w->addenda));
    if (w->reader != NOTE_BY_PATIENT) TRY(call_query(call, SQL_note_history, history, 2, &w->history));
    if (w->reader != NOTE_BY_AUTHOR) return OK;
    TRY(call_query(call, SQL_evidence_one, &id, 1, &w->evidence));
    TRY(findings_load(call, w->id, rows_number(&w->row, 0, NOTE_VERSION), &w->findings));
    return call_query(call, SQL_note_shares, shares, 2, &w->shares);
}

static struct err open_texts(struct call *call, struct whole *w, const struct receipt *receipt)
{
    const struct rows *r = &w->row;
    struct id subject = rows_id(r, 0, NOTE_SUBJECT);
    struct span key = rows_bytes(r, 0, NOTE_KEY);
    w->texts = TEXTS_FIXED + w->addenda.count + w->shares.count;
    struct vault_request *ask = arena_array(&call->arena, w->texts, sizeof *ask);
    w->text = arena_array(&call->arena, w->texts, sizeof *w->text);
    if (call->arena.failed) return FAIL(OUT_OF_MEMORY);
    ask[TEXT_NAME] = note_open_name(r, 0);
    ask[TEXT_AUTHOR] = note_open_author(r, 0);
    ask[TEXT_NOTE] = note_open_text(r);
    ask[TEXT_EVIDENCE] = submission_open(PURPOSE_EVIDENCE, w->id, subject, key, 0, w->evidence.count > 0 ? rows_bytes(&w->evidence, 0, 0) : SPAN_NONE);
    struct vault_request *next = ask + TEXTS_FIXED;
    for (size_t i = 0; i < w->addenda.count; i++)
        *next++ = submission_open(PURPOSE_NOTE_ADDENDUM, w->id, subject, key, note_addendum_seal_version(rows_number(&w->addenda, i, ADDENDUM_CREATED)),
                                  rows_bytes(&w->addenda, i, ADDENDUM_TEXT));
    for (size_t i = 0; i < w->shares.count; i++)
        *next++ = profile_open(rows_id(&w->shares, i, SHARE_SUBJECT), rows_id(&w->shares, i, SHARE_USER), rows_bytes(&w->shares, i, SHARE_KEY),
                               rows_bytes(&w->shares, i, SHARE_PROFILE));
    return texts_open(call, receipt, RESOURCE_NOTE, w->id, ask, w->texts, w->text);
}

static void put_author(struct json *j, const struct rows *r, const struct profile *author)
{
    json_key(j, "author");
    json_object(j);
    json_put_id(j, "user_id", rows_id(r, 0, NOTE_AUTHOR));
    json_put_text(j, "username", author->username);
    json_object_end(j);
}

static void put_addenda(struct json *j, const struct whole *w, const struct profile *author)
{
    json_key(j, "addenda");
    json_array(j);
    for (size_t i = 0; i < w->addenda.count; i++) {
        json_object(j);
        json_put_id(j, "id", rows_id(&w->addenda, i, ADDENDUM_ID));
        json_put_text(j, "text", w->text[TEXTS_FIXED + i]);
        put_author(j, &w->row, author);
        json_put_time(j, "created_at", rows_number(&w->addenda, i, ADDENDUM_CREATED));
        json_object_end(j);
    }
    json_array_end(j);
}

static void put_shares(struct json *j, const struct whole *w)
{
    json_key(j, "shares");
    json_array(j);
    for (size_t i = 0; i < w->shares.count; i++) {
        struct profile profile = {SPAN_NONE, SPAN_NONE};
        IGNORE(profile_read(w->text[TEXTS_FIXED + w->addenda.count + i], &profile));
        json_object(j);
        json_put_id(j, "user_id", rows_id(&w->shares, i, SHARE_USER));
        json_put_text(j, "username", profile.username);
        json_put_word(j, "role", role_word(rows_number(&w->shares, i, SHARE_ROLE)));
        json_put_time(j, "shared_at", rows_number(&w->shares, i, SHARE_AT));
        json_object_end(j);
    }
    json_array_end(j);
}

static void put_history(struct json *j, const struct rows *h)
{
    json_key(j, "history");
    json_array(j);
    for (size_t i = h->count; i-- > 0;) { /* read from the newest */
        json_object(j);
        json_put_i64(j, "version", rows_number(h, i, 0));
        json_put_time(j, "at", rows_number(h, i, 1));
        if (rows_is_null(h, i, 2)) json_put_null(j, "by");
        else json_put_id(j, "by", rows_id(h, i, 2));
        json_object_end(j);
    }
    json_array_end(j);
}

static void put_whole(struct json *j, const struct whole *w, int64_t now_us)
{
    struct note_shown shown = {.name = w->text[TEXT_NAME], .now_us = now_us};
    IGNORE(profile_read(w->text[TEXT_AUTHOR], &shown.author));
    json_object(j);
    note_put(j, &w->row, 0, &shown);
    if (w->text[TEXT_NOTE].p == NULL) json_put_null(j, "text");
    else json_put_text(j, "text", w->text[TEXT_NOTE]);
    json_key(j, "evidence");
    if (w->text[TEXT_EVIDENCE].n > 0) json_raw(j, w->text[TEXT_EVIDENCE]);
    else json_null(j);
    findings_put_json(j, &w->findings, w->text[TEXT_NOTE]);
    if (rows_is_null(&w->row, 0, NOTE_SIGNED_AT)) json_put_null(j, "signed_by");
    else json_put_id(j, "signed_by", rows_id(&w->row, 0, NOTE_AUTHOR)); /* nobody else can */
    put_addenda(j, w, &shown.author);
    put_shares(j, w);
    put_history(j, &w->history);
    json_object_end(j);
}

struct look {
    const struct call *call;
    struct id id;
    int64_t version;
};

static struct err put_opening(struct db_conn *writer, void *arg)
{
    const struct look *look = arg;
    return opening_put(writer, look->call, look->id, look->version);
}

struct err note_answer(struct call *call, struct id id, uint16_t status)
{
    struct whole w = {.id = id};
    struct audit_entry entry;
    struct receipt receipt;
    TRY(load(call, &w));
    int64_t version = rows_number(&w.row, 0, NOTE_VERSION);
    struct look look = {call, id, version};
    TRY(note_audit(call, AUDIT_NOTE_READ, id, version, &entry));
    TRY(call_commit(call, w.reader == NOTE_BY_AUTHOR ? put_opening : NULL, &look, &entry, &receipt));
    TRY(open_texts(call, &w, &receipt));
    struct json *j = call_answer(call, &(struct response){.status = status, .kind = RESPONSE_JSON, .version = (uint64_t)version});
    put_whole(j, &w, call->now_us);
    call_answer_end(call);
    return OK;
}

struct err notes_one(struct call *call) { return note_answer(call, request_field_id(&call->request, 0), 200); }

/* --- an earlier text */

enum { VERSION_TEXT, VERSION_AT, VERSION_BY, VERSION_SUBJECT, VERSION_KEY }; /* columns of SQL_note_version_one */

struct err notes_version(struct call *call)
{
    struct id id = request_field_id(&call->request, 0);
    int64_t version = request_integer(&call->request, 1, 0);
    const struct value values[] = {value_id(&id), value_number(version)};
    struct rows r;
    struct audit_entry entry;
    struct receipt receipt;
    struct span text;
    TRY(call_query(call, SQL_note_version_one, values, 2, &r));
    if (r.count != 1) return FAIL(NOT_FOUND);
    TRY(consent_check(call, rows_id(&r, 0, VERSION_SUBJECT), CONSENT(DATA_PROCESSING)));
    TRY(note_audit(call, AUDIT_NOTE_READ, id, version, &entry));
    TRY(audit_commit(call, &entry, &receipt));
    const struct vault_request ask = submission_open(PURPOSE_NOTE, id, rows_id(&r, 0, VERSION_SUBJECT), rows_bytes(&r, 0, VERSION_KEY),
                                                     note_seal_version(version, NOTE_DRAFT), rows_bytes(&r, 0, VERSION_TEXT));
    TRY(texts_open(call, &receipt, RESOURCE_NOTE, id, &ask, 1, &text));
    struct json *j = call_answer(call, &(struct response){.status = 200, .kind = RESPONSE_JSON});
    json_object(j);
    json_put_i64(j, "version", version);
    json_put_text(j, "text", text);
    json_put_time(j, "at", rows_number(&r, 0, VERSION_AT));
    if (rows_is_null(&r, 0, VERSION_BY)) json_put_null(j, "by");
    else json_put_id(j, "by", rows_id(&r, 0, VERSION_BY));
    json_object_end(j);
    call_answer_end(call);
    return OK;
}

struct err notes_events(struct call *call)
{
    static const struct progress_kind kind = {SQL_note_state, note_status_word, NOTE_DRAFT};
    struct id id = request_field_id(&call->request, 0);
    struct rows row;
    enum note_reader reader;
    TRY(note_find(call, id, &row, &reader));
    return progress_stream(call, id, &kind);
}
