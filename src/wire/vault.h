/* What core may ask of the vault. A batch of operations lies in memory shared by one client and the vault; the socket carries
   only u32 counts (request: operations to do; answer: operations done). The vault copies each operation before it looks at
   it, so that a client that changes it meanwhile changes nothing that was checked. No operation returns a key. */
#ifndef MEDSCRIBE_WIRE_VAULT_H
#define MEDSCRIBE_WIRE_VAULT_H
#include "base/id.h"

enum vault_op_kind {
    VAULT_NOTHING,
    VAULT_SEAL,        /* in = plaintext → out = envelope, with the person's key; AAD = purpose, row, person, version */
    VAULT_OPEN,        /* in = envelope → out = plaintext */
    VAULT_SEAL_SYSTEM, /* the same with the clinic's own key for the purpose; person is zero */
    VAULT_OPEN_SYSTEM,
    VAULT_NEW_PERSON,  /* → out = a new wrapped key for `person` */
    VAULT_INDEX,       /* in → out = 32 bytes HMAC-SHA-256 under the purpose's index key (blind index) */
    VAULT_PEPPER,      /* in = password → out = 64 bytes, base64(HMAC-SHA-384(pepper, password)) */
    VAULT_MAC,         /* in → out = 32 bytes HMAC-SHA-256 under the purpose's key */
    VAULT_JWT,         /* in = claims (JSON object) → out = JWS compact, HS256 */
    VAULT_SIGN,        /* in → out = 64 bytes Ed25519 (audit checkpoints only) */
    VAULT_PUBLIC_KEY,  /* → out = 32 bytes Ed25519 public key of the audit signer */
    VAULT_OP_COUNT
};

/* Part of every AAD and of every key derivation: never renumber. */
enum vault_purpose {
    PURPOSE_NONE = 0,
    PURPOSE_USER_PROFILE = 1,       /* users.profile */
    PURPOSE_PASSWORD = 2,           /* users.password (system) */
    PURPOSE_RECOGNISED = 3,         /* submissions.recognised: what the machine heard or read; medical */
    PURPOSE_EVIDENCE = 4,           /* evidence.document; medical */
    PURPOSE_MEDIA_CHUNK = 5,        /* files; version = 2 × chunk number + last; medical */
    PURPOSE_AUDIT_CLIENT = 6,       /* audit_log.client: address and user agent (system) */
    PURPOSE_SESSION_CLIENT = 7,     /* sessions.client (person) */
    PURPOSE_INDEX_USERNAME = 8,
    PURPOSE_INDEX_EMAIL = 9,
    PURPOSE_APPROVAL = 10,          /* MAC over approved text */
    PURPOSE_CSRF = 11,
    PURPOSE_CURSOR = 12,
    PURPOSE_SETUP = 14,
    PURPOSE_DRAFT = 15,             /* submissions.draft, submission_versions.draft; version = 2 × version + approved; medical */
    PURPOSE_NOTES = 16,             /* submissions.notes: the patient's remark; medical */
    PURPOSE_QUESTION = 17,          /* submissions.question: the doctor's question; medical */
    PURPOSE_REGISTRATION = 18,      /* users.registration: a doctor's registration number */
    PURPOSE_CONSULTATION_NAME = 19, /* consultations.name: whom the visit was with */
    PURPOSE_CONSULTATION_TITLE = 20, /* consultations.title; medical */
    PURPOSE_NOTE = 21,              /* notes.text, note_versions.text; version = 2 × version + signed; medical */
    PURPOSE_NOTE_ADDENDUM = 22,     /* note_addenda.text; medical */
    PURPOSE_COUNT
};

enum vault_status { VAULT_DONE = 0, VAULT_REFUSED = 1 /* does not open, or not allowed */, VAULT_LIMITED = 2, VAULT_MALFORMED = 3 };

enum {
    VAULT_ENVELOPE_BYTES = 2 + 12 + 16, /* version, algorithm, nonce, tag: what sealing adds */
    VAULT_WRAPPED_MAX = 128,            /* a wrapped person key */
    VAULT_OPS_MAX = 4096,
    VAULT_AREA_BYTES = 8 * 1024 * 1024, /* operations at the start, data behind; touched only as far as used */
};

/* Offsets are from the start of the shared area. Data may be opened in place (in_at == out_at is allowed). */
struct vault_op {
    uint8_t kind, status;
    uint16_t purpose;
    uint32_t in_at, in_bytes;
    uint32_t out_at, out_max, out_bytes;
    uint32_t key_at, key_bytes; /* the person's wrapped key */
    struct id person, row;
    uint64_t version;
};

#endif
