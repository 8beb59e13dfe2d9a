/* The one route table: what may be asked, by whom, with which fields. front checks and types requests by it, core decides by
   it, and it prints the OpenAPI description and the authorisation matrix. To add a route: an id here, a row in routes.c,
   a handler in src/rules. */
#ifndef MEDSCRIBE_WIRE_ROUTES_H
#define MEDSCRIBE_WIRE_ROUTES_H
#include "base/err.h"
#include "wire/frame.h"

enum route_id {
    ROUTE_REGISTER, ROUTE_LOGIN, ROUTE_AUTH_LOGIN, ROUTE_SESSION_CREATE, ROUTE_SESSION_READ, ROUTE_LOGOUT,
    ROUTE_ME, ROUTE_MY_SESSIONS, ROUTE_MY_SESSION_END, ROUTE_MY_ACCESS_LOG,
    ROUTE_CONSENTS, ROUTE_CONSENT_GRANT, ROUTE_CONSENT_WITHDRAW,
    ROUTE_SUBMIT_AUDIO, ROUTE_SUBMIT_PRESCRIPTION, ROUTE_GET_RESULT, ROUTE_GET_ALL_RESULTS, ROUTE_APPROVE,
    ROUTE_SUBMISSIONS, ROUTE_SUBMISSION, ROUTE_DRAFT, ROUTE_RETURN, ROUTE_CONFIRM, ROUTE_MEDIA, ROUTE_EVENTS,
    ROUTE_CONSULTATION_CREATE, ROUTE_CONSULTATIONS, ROUTE_CONSULTATION, ROUTE_CONSULTATION_RECORD, ROUTE_CONSULTATION_TRANSCRIBE,
    ROUTE_CONSULTATION_MEDIA, ROUTE_CONSULTATION_EVENTS,
    ROUTE_NOTE_GENERATE, ROUTE_NOTES, ROUTE_NOTE, ROUTE_NOTE_VERSION, ROUTE_NOTE_UPDATE, ROUTE_NOTE_CONFIRM, ROUTE_NOTE_SIGN,
    ROUTE_NOTE_ADDENDUM, ROUTE_NOTE_SHARE, ROUTE_NOTE_UNSHARE, ROUTE_NOTE_DELETE, ROUTE_NOTE_EVENTS,
    ROUTE_ADMIN_USERS, ROUTE_ADMIN_VERIFY, ROUTE_ADMIN_DISABLE, ROUTE_ADMIN_ENABLE, ROUTE_ADMIN_AUDIT,
    ROUTE_ADMIN_AUDIT_VERIFY, ROUTE_ADMIN_JOBS, ROUTE_SETUP, ROUTE_HEALTH, ROUTE_OPENAPI,
    ROUTE_MEDICINES, ROUTE_MEDICINES_ADD, ROUTE_MEDICINE_REMOVE,
    /* by the host's operator through the control socket only */
    ROUTE_HOST_ADMIN_CREATE, ROUTE_HOST_VERIFY_DOCTOR, ROUTE_HOST_STATUS, ROUTE_HOST_AUDIT_VERIFY, ROUTE_HOST_IMPORT_USER,
    ROUTE_HOST_IMPORT_SUBMISSION, ROUTE_HOST_SETUP_TOKEN, ROUTE_HOST_USER_CREATE,
    ROUTE_COUNT
};

/* Who may call: a set of roles. A doctor whose role is pending counts as WHO_PENDING only. */
enum {
    WHO_PATIENT = 1, WHO_DOCTOR = 2, WHO_ADMIN = 4, WHO_AUDITOR = 8, WHO_READONLY = 16, WHO_PENDING = 32,
    WHO_SIGNED_IN = 63,
    WHO_ANYONE = 64,
    WHO_HOST = 128,
};

enum media_type {
    MEDIA_NONE, MEDIA_WAV, MEDIA_FLAC, MEDIA_MP3, MEDIA_M4A, MEDIA_OGG, MEDIA_WEBM,
    MEDIA_JPEG, MEDIA_PNG, MEDIA_WEBP, MEDIA_TIFF, MEDIA_HEIC, MEDIA_PDF, MEDIA_TYPE_COUNT
};
/* "audio/wav" …; NULL when out of range or MEDIA_NONE */
const char *media_type_name(unsigned media_type);
bool media_type_is_audio(unsigned media_type);

/* What a person may allow; stored, so never renumber. */
enum consent_type { CONSENT_RECORDING, CONSENT_DATA_PROCESSING, CONSENT_DATA_STORAGE, CONSENT_EXTERNAL_PROCESSING, CONSENT_TYPES };
const char *consent_type_word(unsigned type); /* "recording" …; NULL when out of range */

enum field_where { IN_BODY, IN_PATH, IN_QUERY, IN_HEADER };
enum field_type {
    FIELD_TEXT,     /* min … max code points; no control characters but tab and newline; no bidi controls in names */
    FIELD_NAME,     /* a user name: letters, digits, . _ - and space inside */
    FIELD_EMAIL,    /* canonical: lower case, ≤ 254 bytes */
    FIELD_PASSWORD, /* UTF-8, ≤ 128 code points, no NUL; strength is core's to judge */
    FIELD_WORD,     /* one of `words` */
    FIELD_WORDS,    /* a list of `words`, each at most once: a byte each */
    FIELD_TIME,     /* RFC 3339 in UTC: microseconds since 1970, 8 bytes */
    FIELD_ID,
    FIELD_INTEGER,  /* min … max */
    FIELD_BOOL,     /* true or false: one byte, 1 or 0 */
    FIELD_VERSION,  /* "v<number>" of If-Match */
    FIELD_CURSOR,   /* opaque, ≤ 128 bytes of base64url */
    FIELD_TOKEN,    /* opaque, ≤ 128 bytes of base64url */
    FIELD_AUDIO, FIELD_PICTURE, /* the uploaded file: value = media type, bytes follow as FRAME_BODY */
    FIELD_RANGE,    /* Range: bytes=…: 16 bytes: u64 from, u64 to (inclusive); from = UINT64_MAX: the last `to` bytes */
};

struct field {
    const char *name;
    uint8_t where, type;
    bool required;
    int64_t min, max;
    const char *const *words; /* FIELD_WORD: NULL-ended */
    const char *summary;
};

enum route_limit { LIMIT_GENERAL, LIMIT_AUTH, LIMIT_UPLOAD, LIMIT_TRANSCRIPTION, LIMIT_SOAP, LIMIT_NONE };

struct route {
    const char *method, *path; /* below /api/v1; "{…}" marks the path field, an id or a word. NULL: not reachable by HTTP */
    uint8_t who, limit;
    bool json_body, multipart, events;
    uint16_t success; /* HTTP status */
    const struct field *fields;
    uint8_t field_count;
    const char *answer; /* name of the answer's shape, see http/openapi */
    const char *summary;
};

struct route_alias {
    const char *method, *path;
    uint16_t route;
    bool stays; /* a second spelling; else an old one, which is deprecated */
};

extern const struct route route_table[ROUTE_COUNT];
/* Is the file that the route takes a recording (else a picture)? */
bool route_takes_audio(const struct route *route);
extern const struct route_alias route_aliases[]; /* the seed documents' paths, and second spellings; ends with a NULL path */

/* Distrusts the sender: does every field of the request have the size and range that the table demands? */
struct err route_check_request(const struct request *request);
/* Typed access for handlers, by the field's place in the route's list. */
bool request_has(const struct request *request, unsigned field);
struct span request_text(const struct request *request, unsigned field); /* empty when absent */
int64_t request_integer(const struct request *request, unsigned field, int64_t when_absent);
/* FIELD_WORDS as a set of 1 << word */
unsigned request_words(const struct request *request, unsigned field, unsigned when_absent);
int64_t request_word(const struct request *request, unsigned field, int64_t when_absent);
struct id request_field_id(const struct request *request, unsigned field);
bool request_bool(const struct request *request, unsigned field); /* false when absent */

#endif
