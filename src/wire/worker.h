/* Messages between core and a worker, over a stream socket: u32 length (little-endian, of what follows) | u32 type | bytes.
   core → worker: WORKER_JOB (JSON), WORKER_DATA …, WORKER_END. worker → core: WORKER_PROGRESS …, then either WORKER_TEXT,
   WORKER_DRAFT and WORKER_RESULT in this order, or WORKER_FAILED. Text and draft come apart from the document so that core, which
   parses no text, need not read JSON. See docs/architecture.md for the documents. */
#ifndef MEDSCRIBE_WIRE_WORKER_H
#define MEDSCRIBE_WIRE_WORKER_H

enum worker_message {
    WORKER_JOB = 1, WORKER_DATA, WORKER_END,
    WORKER_PROGRESS = 16, /* u8 percent | stage word */
    WORKER_RESULT,        /* JSON document */
    WORKER_FAILED,        /* reason word */
    WORKER_TEXT,          /* the document's `text`, UTF-8 */
    WORKER_DRAFT,         /* the document's `draft.text`, UTF-8 */
};
enum {
    WORKER_HEADER_BYTES = 8,
    WORKER_JOB_MAX = 64 * 1024,
    WORKER_DATA_MAX = 64 * 1024,
    WORKER_TEXT_MAX = 1024 * 1024,
    WORKER_RESULT_MAX = 8 * 1024 * 1024,
    WORKER_REASON_MAX = 64,
};

#endif
