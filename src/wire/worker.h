/* Messages between core and a worker, over a stream socket: u32 length (little-endian, of what follows) | u32 type | bytes.
   core → worker: WORKER_JOB (JSON), WORKER_DATA …, WORKER_END. worker → core: WORKER_PROGRESS …, then WORKER_RESULT or
   WORKER_FAILED. See docs/architecture.md for the documents. */
#ifndef MEDSCRIBE_WIRE_WORKER_H
#define MEDSCRIBE_WIRE_WORKER_H

enum worker_message {
    WORKER_JOB = 1, WORKER_DATA, WORKER_END,
    WORKER_PROGRESS = 16, /* u8 percent | stage word */
    WORKER_RESULT,        /* JSON document */
    WORKER_FAILED,        /* reason word */
};
enum {
    WORKER_HEADER_BYTES = 8,
    WORKER_JOB_MAX = 64 * 1024,
    WORKER_DATA_MAX = 64 * 1024,
    WORKER_RESULT_MAX = 8 * 1024 * 1024,
    WORKER_REASON_MAX = 64,
};

#endif
