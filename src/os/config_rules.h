/* What config.def cannot say in a row: values with a form of their own, and values that must fit together. */
#ifndef MEDSCRIBE_OS_CONFIG_RULES_H
#define MEDSCRIBE_OS_CONFIG_RULES_H
#include "os/config.h"

/* NULL when the value is allowed, else how to mend it. Static texts. */
const char *config_rules_single(enum config_name name, const char *value);
/* NULL, or the whole line of complaint. */
const char *config_rules_together(const struct config *config);

#endif
