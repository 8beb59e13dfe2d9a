/* Messages between front, core and the command line, over a stream socket.

   A frame is a header of 16 bytes (little-endian) and a payload:
       u32 payload length | u16 type | u16 flags (0) | u64 id
   The id is chosen by the side that sent REQUEST and names the exchange until RESPONSE (or CHUNK_END) ends it.
   Whoever receives checks everything: a frame that does not fit the table closes the channel of its sender. */
#ifndef MEDSCRIBE_WIRE_FRAME_H
#define MEDSCRIBE_WIRE_FRAME_H
#include "base/buf.h"
#include "base/id.h"

enum frame_type {
    FRAME_REQUEST = 1, /* front → core: struct request, see below */
    FRAME_BODY,        /* front → core: the next bytes of an upload, 1 … FRAME_CHUNK_MAX */
    FRAME_BODY_END,    /* front → core: u8 complete (0: the client broke off) | fields that came after the file */
    FRAME_CREDIT,      /* core → front: one FRAME_BODY was taken in; front keeps at most FRAME_BODY_WINDOW under way */
    FRAME_RESPONSE,    /* core → front: struct response */
    FRAME_CHUNK,       /* core → front: more of a streamed answer (server-sent event text, or file bytes) */
    FRAME_CHUNK_END,   /* core → front: u8 complete */
    FRAME_PULL,        /* front → core: send the next FRAME_CHUNK of a file (none is sent unasked) */
    FRAME_CANCEL,      /* front → core: the client went away; no more frames with this id */
    FRAME_TYPE_COUNT
};

enum {
    FRAME_HEADER_BYTES = 16,
    FRAME_PAYLOAD_MAX = 16 * 1024 * 1024, /* a page of 100 items with long texts */
    FRAME_CHUNK_MAX = 64 * 1024,
    FRAME_BODY_WINDOW = 4,
    FRAME_FIELDS_MAX = 16,
    FRAME_USER_AGENT_MAX = 256,
    FRAME_TOKEN_MAX = 1024,
};

struct frame {
    uint16_t type;
    uint64_t id;
    struct span payload;
};

/* Appends one frame around what `payload` holds. */
void frame_put(struct buf *out, enum frame_type type, uint64_t id, struct span payload);
/* Starts a frame whose payload is then written straight into `out`; frame_end fixes its length. Returns its place. */
size_t frame_begin(struct buf *out, enum frame_type type, uint64_t id);
void frame_end(struct buf *out, size_t place);
/* The first whole frame of `bytes`: *used_out = its length, 0 when more bytes are needed. ERR_BAD_FRAME when it cannot be one. */
struct err frame_next(struct span bytes, struct frame *frame_out, size_t *used_out);

/* Little-endian primitives. Readers fail closed: after the first failure all is zero and `failed` stays set. */
void wire_put_u8(struct buf *b, uint8_t v);
void wire_put_u16(struct buf *b, uint16_t v);
void wire_put_u32(struct buf *b, uint32_t v);
void wire_put_u64(struct buf *b, uint64_t v);
void wire_put_span(struct buf *b, struct span s); /* u32 length | bytes */

struct wire_reader {
    struct span rest;
    bool failed;
};
uint8_t wire_u8(struct wire_reader *r);
uint16_t wire_u16(struct wire_reader *r);
uint32_t wire_u32(struct wire_reader *r);
uint64_t wire_u64(struct wire_reader *r);
struct span wire_bytes(struct wire_reader *r, size_t n);
struct span wire_span(struct wire_reader *r, size_t max); /* u32 length | bytes, at most max */
struct err wire_end(const struct wire_reader *r);         /* ERR_BAD_FRAME when failed or bytes are left */

/* How the client proved who it is; the token itself is checked by core against its session row. */
enum request_auth { AUTH_NONE, AUTH_BEARER, AUTH_COOKIE };

/* A checked request. Spans point into the frame. `field[i]` is the value of the route's i-th field, present when
   has_field bit i is set: text = UTF-8 bytes; integer = 8 bytes little-endian; bool, word (index) = 1 byte; id = 16 bytes;
   file = u8 media type (enum media_type). */
struct request {
    uint16_t route;
    uint8_t auth;
    uint8_t ip[16]; /* IPv6, or IPv4 mapped */
    struct id request_id;
    struct span token, csrf, user_agent;
    uint32_t has_field;
    struct span field[FRAME_FIELDS_MAX];
    bool has_upload; /* FRAME_BODY frames follow */
};
void request_put(struct buf *out, uint64_t id, const struct request *request);
struct err request_read(struct span payload, struct request *request_out); /* shape only; route_check_request() knows types */
/* fields of FRAME_BODY_END */
void body_end_put(struct buf *out, uint64_t id, bool complete, const struct request *late_fields);
struct err body_end_read(struct span payload, bool *complete_out, struct request *merged);

enum response_kind { RESPONSE_EMPTY, RESPONSE_JSON, RESPONSE_PROBLEM, RESPONSE_EVENTS, RESPONSE_FILE };
enum response_cookie { COOKIE_NONE, COOKIE_SET_ACCESS, COOKIE_SET_REFRESH, COOKIE_CLEAR };
/* What front turns into an HTTP answer. Zero or empty = absent. */
struct response {
    uint16_t status;      /* RESPONSE_PROBLEM: ignored, the error table decides */
    uint8_t kind;
    uint8_t cookie;       /* COOKIE_SET_*: cookie_value for max_age seconds; COOKIE_CLEAR also sends Clear-Site-Data */
    uint16_t error;       /* enum err_code of a problem */
    uint16_t retry_after_s;
    uint64_t version;     /* → ETag: "v<version>" */
    uint32_t max_age_s;
    uint8_t media_type;   /* enum media_type of a file */
    uint64_t file_bytes;  /* whole size of the file */
    uint64_t range_from, range_bytes; /* the part that follows in chunks */
    struct span cookie_value;
    struct span location; /* path below /api/v1 */
    struct span field, detail; /* of a problem */
    uint8_t consent_missing;   /* of the problem consent_required: a set of 1 << enum consent_type */
    struct span body;     /* JSON; of a problem: further members, as they stand between the braces */
};
/* The body is appended after the head by the caller between response_begin and frame_end, so that it is rendered in place. */
size_t response_begin(struct buf *out, uint64_t id, const struct response *head);
struct err response_read(struct span payload, struct response *response_out);

#endif
