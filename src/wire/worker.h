/* Messages between core and a worker, over a stream socket: u32 length (little-endian, of what follows) | u32 type | bytes.
   core → worker: WORKER_JOB (JSON), WORKER_DATA …, WORKER_END. worker → core: WORKER_PROGRESS …, then either WORKER_TEXT,
   WORKER_DRAFT and WORKER_RESULT in this order, or WORKER_FAILED. Text and draft come apart from the document so that core, which
   parses no text, need not read JSON. See docs/architecture.md for the documents. */
#ifndef MEDSCRIBE_WIRE_WORKER_H
#define MEDSCRIBE_WIRE_WORKER_H

enum worker_message {
    WORKER_JOB = 1, WORKER_DATA, WORKER_END,
    WORKER_LEXICON,       /* the clinic's own medicines, a name a line; before the data */
    WORKER_SOURCE,        /* guard: the text that the draft must not go beyond, UTF-8 */
    WORKER_PROPOSAL,      /* a draft to look over, UTF-8: an outside engine's (JSON), or a person's (guard: plain text) */
    WORKER_PROGRESS = 16, /* u8 percent | stage word */
    WORKER_RESULT,        /* JSON document */
    WORKER_FAILED,        /* reason word */
    WORKER_TEXT,          /* the document's `text`, UTF-8 */
    WORKER_DRAFT,         /* the document's `draft.text`, UTF-8 */
    WORKER_FINDINGS,      /* what a doctor must deal with: packed u8 kind | u32 at | u32 length, bytes of the draft */
    WORKER_SOUND,         /* decode: signed 16-bit samples, little-endian, mono, 16 kHz */
    WORKER_LENGTH,        /* of a recording: u64 milliseconds */
};
/* Kinds of WORKER_FINDINGS; numbers are kept in the database, never renumber. */
enum worker_finding {
    FINDING_MEDICINE, FINDING_DOSE, FINDING_NUMBER, FINDING_LATERALITY, FINDING_NEGATION, /* in the draft, not in its source */
    FINDING_NOT_UNDERSTOOD, /* a line marked so, or with an open question */
    FINDING_UNCHECKED,      /* core's own: the guard could not run */
    FINDING_KINDS
};
enum {
    WORKER_HEADER_BYTES = 8,
    WORKER_JOB_MAX = 64 * 1024,
    WORKER_DATA_MAX = 64 * 1024,
    WORKER_TEXT_MAX = 1024 * 1024,
    WORKER_RESULT_MAX = 8 * 1024 * 1024,
    WORKER_REASON_MAX = 64,
    WORKER_LEXICON_MAX = 512 * 1024,
    WORKER_FINDING_BYTES = 9,
    WORKER_FINDINGS_MAX = 1000,
    WORKER_SOUND_MAX_S = 4 * 3600, /* a longer recording is too_long */
};

#endif
