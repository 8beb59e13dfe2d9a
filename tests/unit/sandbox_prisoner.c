/* Runs inside the sandbox of a foreign program, as pdftoppm does, and tries one thing: its number, or "none". No sanitizer: its run time would
   need more than such a program may. */
#include "sandbox_attempts.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    spare_socket = PRISONERS_SOCKET;
    inside[0] = '/';
    if (argc != 2) return NOT_ENTERED;
    if (strcmp(argv[1], "none") == 0) return DONE;
    size_t i = strtoul(argv[1], NULL, 10);
    return i >= sizeof attempts / sizeof attempts[0] ? NOT_ENTERED : attempts[i].function() < 0 ? REFUSED : DONE;
}
