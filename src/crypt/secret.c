#include "crypt/secret.h"

#include <string.h>
#include <sys/mman.h>

void *secret_new(size_t bytes, size_t lock_bytes, bool *locked_inout)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    if (madvise(p, bytes, MADV_DONTDUMP) != 0 || madvise(p, bytes, MADV_DONTFORK) != 0) {
        munmap(p, bytes);
        return NULL;
    }
    if (lock_bytes > 0 && mlock2(p, lock_bytes, MLOCK_ONFAULT) != 0) *locked_inout = false;
    return p;
}

void secret_free(void *p, size_t bytes)
{
    if (p == NULL) return;
    explicit_bzero(p, bytes);
    munmap(p, bytes);
}
