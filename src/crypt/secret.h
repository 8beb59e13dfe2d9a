/* Memory for keys: its own pages, locked against swapping, left out of dumps and not given to a child of fork. */
#ifndef MEDSCRIBE_CRYPT_SECRET_H
#define MEDSCRIBE_CRYPT_SECRET_H
#include <stdbool.h>
#include <stddef.h>

/* Zeroed; NULL when there is no memory. lock_bytes: how much from the start is locked; *locked_inout turns false when the
   kernel refuses that (RLIMIT_MEMLOCK), which is worth a warning but no reason not to serve. */
void *secret_new(size_t bytes, size_t lock_bytes, bool *locked_inout);
void secret_free(void *p, size_t bytes); /* wipes; harmless on NULL */

#endif
