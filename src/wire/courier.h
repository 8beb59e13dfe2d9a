/* Messages between core and courier. Courier gets one end of a fresh stream socket for each call, over the sequenced-packet
   socket that the parent gave both; whoever closes that stream gives the call up, and nothing is left of it.

   Frames as with a worker: u32 length (little-endian, of what follows the header) | u32 type | bytes.
   core → courier   one COURIER_TRANSCRIBE, COURIER_CHAT or COURIER_PROBE; then COURIER_DATA … and COURIER_END:
                    TRANSCRIBE: samples (mono, 16 kHz, 16 bits, little-endian); CHAT: a document of words; PROBE: nothing.
   courier → core   COURIER_PROGRESS …, then COURIER_RESULT (a JSON document, docs/architecture.md) or COURIER_FAILED.
   Core reads no JSON: it checks that it is some, and hands it to a worker. */
#ifndef MEDSCRIBE_WIRE_COURIER_H
#define MEDSCRIBE_WIRE_COURIER_H
#include "base/span.h"

enum courier_message {
    COURIER_TRANSCRIBE = 1, /* language word, may be empty */
    COURIER_CHAT,           /* u8 enum courier_chat | language word */
    COURIER_PROBE,          /* u8 enum courier_server */
    COURIER_DATA, COURIER_END,
    COURIER_PROGRESS = 16,  /* u8 percent, of what has come so far */
    COURIER_RESULT,
    COURIER_FAILED,         /* u8 enum courier_failure | what the library said of it, ASCII, for the operator only */
};
enum courier_server { COURIER_SPEECH, COURIER_TEXT, COURIER_SERVERS };
enum courier_chat { COURIER_SUMMARY, COURIER_NOTE, COURIER_CHATS };

enum {
    COURIER_LANGUAGE_MAX = 16,
    COURIER_DATA_MAX = 64 * 1024,
    COURIER_WORDS_MAX = 8 * 1024 * 1024, /* bytes of a document of words */
    COURIER_RESULT_MAX = COURIER_WORDS_MAX,
    COURIER_DETAIL_MAX = 200,
    COURIER_CALLS = 16,                  /* at the same time */
    COURIER_RATE = 16000,
};

/* F(NAME, word: the reason of a job that failed by it, what it means to an operator) */
#define COURIER_FAILURES(F) \
    F(NONE, "", "works") \
    F(NOT_CONFIGURED, "server_not_configured", "is not set") \
    F(UNREACHABLE, "server_unreachable", "cannot be reached: no answer at its address") \
    F(CERTIFICATE, "server_certificate", "does not prove who it is: its certificate is not signed by a trusted authority, names another host, or is out of date") \
    F(ADDRESS, "server_address", "has a name that leads to an address where no model server may be (this machine, or a cloud's own services)") \
    F(TIMEOUT, "server_timeout", "answers too slowly") \
    F(KEY, "server_key", "does not accept the key") \
    F(MODEL, "server_model", "does not know this model, or this address on it") \
    F(BUSY, "server_busy", "is too busy") \
    F(FAILED, "server_failed", "failed while it worked on the request") \
    F(REDIRECT, "server_redirect", "sends elsewhere, where nothing is sent") \
    F(REFUSED, "server_refused", "does not take this kind of request") \
    F(TOO_LARGE, "server_answer_too_large", "answers with more than can be right") \
    F(BAD_ANSWER, "server_answer_invalid", "answers with something that is not what was asked for") \
    F(PAUSED, "server_paused", "failed several times in a row and is left alone for a while") \
    F(CANCELLED, "cancelled", "was not asked: the call was given up") \
    F(INPUT, "server_input", "was not asked: there is nothing to send, or too much")

enum courier_failure {
#define F(name, word, meaning) FAILURE_##name,
    COURIER_FAILURES(F)
#undef F
    FAILURE_COUNT
};
const char *courier_failure_word(enum courier_failure failure);
const char *courier_failure_meaning(enum courier_failure failure);

#endif
