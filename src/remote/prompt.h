/* What a text server is asked: the instruction, the transcript as data, and the form of the answer. */
#ifndef MEDSCRIBE_REMOTE_PROMPT_H
#define MEDSCRIBE_REMOTE_PROMPT_H
#include "remote/heard.h"
#include "wire/courier.h"

enum { PROMPT_BYTES_MAX = 2 * 1024 * 1024, PROMPT_WORDS_MAX = 30000 };

/* The body of a request to /chat/completions. */
struct err prompt_put(enum courier_chat kind, const char *model, const struct heard *heard, struct buf *out);

#endif
