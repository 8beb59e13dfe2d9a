/* Taking in a file: sealed chunk by chunk as it comes, memory constant, then one commit for it and what it belongs to. */
#ifndef MEDSCRIBE_RULES_UPLOAD_H
#define MEDSCRIBE_RULES_UPLOAD_H
#include "rules/files.h"
#include "rules/loop.h"
#include "rules/scanner.h"

struct upload {
    struct call *call;
    struct id subject; /* the person whose key seals it */
    struct span key;   /* wrapped; the caller's */
    uint64_t max_bytes;
    unsigned consents; /* what that person must allow (rules/consent.h): asked before the first byte, and where the file is kept */
    /* found out on the way */
    struct id media;
    struct sealed_file file;
    struct scan scan;
    uint64_t space_left; /* of the person's files together */
    uint8_t *plain;      /* FILE_CHUNK_BYTES */
    size_t plain_n;
};

/* Seals the body into a new file, then keep(upload) commits what it belongs to. Unless that is known to have happened the file
   is removed again. ERR_CONSENT_REQUIRED, ERR_TOO_LARGE, ERR_QUOTA, ERR_SCANNER, ERR_MALWARE (then the file is kept apart, sealed),
   ERR_EMPTY_FILE, ERR_BAD_MULTIPART, and what keep() fails with. */
struct err upload_take(struct upload *upload, struct err (*keep)(struct upload *upload));
/* Inside the lane: the file's row, belonging to `resource`. `type`: enum media_type. A consent that ended, and
   space that was taken, while the bytes came are missed here. */
struct err upload_insert_media(struct db_conn *writer, struct upload *upload, struct id resource, unsigned type);

#endif
