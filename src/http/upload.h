/* One upload: a form whose part `file` streams on to core while its text fields are typed. Holds the file's first and last
   64 KiB to see what it is (media/sniff.h), and at most one chunk more; never the file. What the file says beside its picture or
   sound is taken out on the way (media/strip.h): core gets no other bytes.

   The user (the loop) pushes body bytes, then asks: has it begun (send upload->request), is there a chunk (send it and
   upload_take_chunk), is it whole. */
#ifndef MEDSCRIBE_HTTP_UPLOAD_H
#define MEDSCRIBE_HTTP_UPLOAD_H
#include "http/fields.h"
#include "http/multipart.h"
#include "media/strip.h"

struct upload {
    struct multipart form;
    struct arena arena;
    struct request request; /* whole but for the late fields once `begun` */
    struct request late;    /* fields that came after the file */
    struct fields fields, late_fields;
    struct buf text;         /* the text field under way */
    struct buf head;         /* as it was sent */
    struct buf pending;      /* as core gets it */
    struct strip strip;
    uint8_t *tail;           /* ring */
    uint64_t file_bytes, max_bytes;
    struct span declared_type, file_name;
    int field;               /* of the part under way */
    bool begun, file_done, in_file;
    char blamed[FIELDS_NAME_MAX + 1];
};

struct err upload_init(struct upload *upload, const struct route *route, struct span content_type, uint64_t max_bytes);
void upload_done(struct upload *upload);
/* Faults: those of forms, fields and files; TOO_LARGE beyond max_bytes. `blamed` names the field. */
struct err upload_push(struct upload *upload, struct span bytes);
/* The body is over: is all there, and is the file what it says to its last byte? */
struct err upload_end(struct upload *upload);
/* What may be sent now: a whole chunk, or the rest when the file is done. Empty: nothing yet. */
struct span upload_chunk(const struct upload *upload);
void upload_take_chunk(struct upload *upload, size_t n);
/* More than a chunk waits: do not read on before one has gone. */
bool upload_is_full(const struct upload *upload);

#endif
