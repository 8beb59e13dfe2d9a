/* Bytes from core: read in big pieces, parsed where they lie, and kept until the last answer that points into them is sent. */
#ifndef MEDSCRIBE_HTTP_INTAKE_H
#define MEDSCRIBE_HTTP_INTAKE_H
#include "wire/frame.h"

enum { INTAKE_BYTES = 256 * 1024, INTAKE_SPARES = 4 };

struct intake_block;
struct intake {
    struct intake_block *now, *spare;
    unsigned spares;
    size_t used; /* of `now`, already parsed */
};

/* One read of all that is there. *more_out: perhaps there is more. CLOSED at the end of the stream. */
struct err intake_read(struct intake *intake, int fd, bool *more_out);
/* The next whole frame; *found_out false when there is none. BAD_FRAME: core has gone mad. */
struct err intake_next(struct intake *intake, struct frame *frame_out, bool *found_out);
/* Keeps the block of the frame just taken alive until intake_release() gets what this returned. */
void *intake_hold(struct intake *intake);
void intake_release(void *held);
void intake_done(struct intake *intake);

#endif
