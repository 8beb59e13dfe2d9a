#include "base/err.h"

static const struct {
    uint16_t status;
    const char *name, *code, *title;
} table[ERR_COUNT] = {
#define E(name, status, code, title) [ERR_##name] = {status, #name, code, title},
#include "base/err.def"
#undef E
};

static unsigned known(unsigned code) { return code < ERR_COUNT ? code : (unsigned)ERR_INTERNAL; }

unsigned err_http_status(unsigned code) { return table[known(code)].status; }
const char *err_name(unsigned code) { return table[known(code)].name; }
const char *err_public_code(unsigned code) { return table[known(code)].code; }
const char *err_title(unsigned code) { return table[known(code)].title; }
