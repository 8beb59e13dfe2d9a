/* Landlock by its raw system calls (glibc has none): the files a program may reach, by the kernel, for the rest of its life.
   What the running kernel knows is asked first; newer rights are used where they exist. */
#ifndef MEDSCRIBE_OS_LANDLOCK_H
#define MEDSCRIBE_OS_LANDLOCK_H
#include "os/sandbox.h"
#include <stdbool.h>

int landlock_abi(void); /* 1 and up; 0: this kernel has it not, or has it switched off */
/* Everything but `paths` is closed. *confined_out = false without an error when the kernel has no Landlock.
   A path that does not exist is ERR_SANDBOX: a program must know what it needs. */
struct err landlock_enter(const struct sandbox_paths *paths, bool *confined_out);

#endif
