/* Settings, as config.def lists them. Errors are one line that names the setting and the mend; the program then exits 78. */
#ifndef MEDSCRIBE_OS_CONFIG_H
#define MEDSCRIBE_OS_CONFIG_H
#include "base/buf.h"

enum { CONFIG_EXIT = 78, CONFIG_TEXT_MAX = 4096 };

enum config_name {
#define S(name, type, default_value, min, max, summary) CONFIG_##name,
#include "os/config.def"
#undef S
    CONFIG_COUNT
};

struct config; /* owns its texts */

/* file: NULL or a path. Environment values are copied and wiped. On failure message_out holds the line to print. */
struct err config_load(const char *file, struct config **config_out, struct buf *message_out);
void config_free(struct config *config); /* wipes; harmless on NULL */
/* For handing to children: every value as name\0value\0 */
void config_put(const struct config *config, struct buf *out);
struct err config_take(struct span bytes, struct config **config_out);
/* Changes one value after loading (command line flags, tests); checks it like the file's. */
struct err config_set(struct config *config, const char *name, const char *value, struct buf *message_out);
/* Do the values fit together? Asked once all are set (plain_http needs a loopback address, a certificate its key …). */
struct err config_check(const struct config *config, struct buf *message_out);

const char *config_text(const struct config *config, enum config_name name); /* never NULL; CHOICE: the chosen word */
int64_t config_integer(const struct config *config, enum config_name name);  /* INTEGER, BOOL (0/1), CHOICE (index) */
bool config_bool(const struct config *config, enum config_name name);
/* The reference page (docs/configuration.md) and the annotated example file come from the table. */
void config_put_reference(struct buf *out);
void config_put_example(struct buf *out);

#endif
