/* The clinic's own list of medicines, which its people edit and every worker gets. */
#ifndef MEDSCRIBE_RULES_MEDICINES_H
#define MEDSCRIBE_RULES_MEDICINES_H
#include "base/buf.h"
#include "rules/loop.h"

enum {
    MEDICINES_MAX = 5000,         /* of a clinic */
    MEDICINES_AT_ONCE = 500,      /* of a request: one transaction holds up all others */
    MEDICINE_NAME_BYTES = 100,
    MEDICINE_NOTE_BYTES = 200,
};

/* The whole list, a name a line, as WORKER_LEXICON wants it. */
struct err medicines_list(struct db_conn *conn, struct id clinic, struct arena *arena, struct buf *out);

/* The same for a call, in its arena; may wait. */
struct err medicines_for_call(struct call *call, struct span *out);

#endif
