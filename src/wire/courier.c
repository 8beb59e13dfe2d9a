#include "wire/courier.h"

static const struct {
    const char *word, *meaning;
} failures[FAILURE_COUNT] = {
#define F(name, word_, meaning_) [FAILURE_##name] = {.word = (word_), .meaning = (meaning_)},
    COURIER_FAILURES(F)
#undef F
};

const char *courier_failure_word(enum courier_failure failure)
{
    return failures[failure < FAILURE_COUNT ? failure : FAILURE_FAILED].word;
}

const char *courier_failure_meaning(enum courier_failure failure)
{
    return failures[failure < FAILURE_COUNT ? failure : FAILURE_FAILED].meaning;
}
