/* One call to courier (src/wire/courier.h) by a runner's thread. Whatever happens to the call, closing it ends it at courier's. */
#ifndef MEDSCRIBE_RULES_OUTSIDE_H
#define MEDSCRIBE_RULES_OUTSIDE_H
#include "base/buf.h"
#include "os/child.h"
#include "wire/courier.h"

struct outside {
    const struct child *child;
    /* May it go on? Asked about once a second while the call lasts; an error gives the call up and is returned. */
    struct err (*wanted)(void *arg);
    void *arg;
    int fd;
    int64_t asked_us;
};

/* ERR_CLOSED: there is no courier at the moment. `opening`: what comes with the message. */
struct err outside_open(struct outside *outside, enum courier_message call, struct span opening);
/* ERR_ENGINE: courier has already said how it ended; ask outside_end. */
struct err outside_send(struct outside *outside, struct span bytes);
/* No more is sent; waits for the end. FAILURE_NONE: *document_out is one JSON value. */
struct err outside_end(struct outside *outside, struct buf *document_out, enum courier_failure *failure_out);
void outside_close(struct outside *outside);

#endif
