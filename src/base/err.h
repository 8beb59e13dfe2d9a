/* Errors: one value that can be neither ignored nor mistaken for a number. The table is err.def.
   Library folders return errors and never log; the one logger is in src/main. */
#ifndef MEDSCRIBE_BASE_ERR_H
#define MEDSCRIBE_BASE_ERR_H
#include <stdint.h>

enum err_code {
#define E(name, status, code, title) ERR_##name,
#include "base/err.def"
#undef E
    ERR_COUNT
};

/* code: enum err_code; line and file: where it was first noticed (for the log, never for a client). */
struct [[nodiscard]] err {
    uint16_t code;
    uint16_t line;
    const char *file;
};

#define OK ((struct err){0})
#define FAIL(name) ((struct err){.code = ERR_##name, .line = (uint16_t)__LINE__, .file = __FILE_NAME__})
/* Leave the function with the error of `call`, if any. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        struct err try_err_ = (call);                                                                                  \
        if (try_err_.code != ERR_OK) return try_err_;                                                                  \
    } while (0)
#define IGNORE(call)                                                                                                   \
    do {                                                                                                               \
        struct err ignored_err_ = (call);                                                                              \
        (void)ignored_err_;                                                                                            \
    } while (0)

static inline int err_failed(struct err e) { return e.code != ERR_OK; }
/* Each answers for ERR_INTERNAL when `code` is out of range. Strings are static. */
unsigned err_http_status(unsigned code);
const char *err_name(unsigned code);      /* "NOT_FOUND": for logs */
const char *err_public_code(unsigned code); /* "not_found": for clients */
const char *err_title(unsigned code);

#endif
