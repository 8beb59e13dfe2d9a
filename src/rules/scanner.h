/* A virus scanner that the clinic runs beside (clamd, by its unix socket and its INSTREAM command): an upload's bytes go through
   it as they come, before the upload counts as taken in. Only the last word of its answer and a signature's name are read.
   https://docs.clamav.net/manual/Usage/Scanning.html#clamd */
#ifndef MEDSCRIBE_RULES_SCANNER_H
#define MEDSCRIBE_RULES_SCANNER_H
#include "rules/loop.h"

enum { SCAN_NAME_MAX = 64 };

struct scan {
    const char *socket; /* NULL: no scanner is set up, or it failed and the setting says to go on */
    int fd;
    struct span piece;  /* on its way */
    bool unscanned;     /* it failed and the setting says to go on */
    char found[SCAN_NAME_MAX + 1]; /* the signature's name; empty: nothing was found */
};

/* Each may wait on the scanning threads. ERR_SCANNER: the scanner does not answer (and malware_scanner_down = refuse). */
struct err scan_begin(struct call *call, struct scan *scan_out);
struct err scan_put(struct call *call, struct scan *scan, struct span bytes);
struct err scan_end(struct call *call, struct scan *scan);
void scan_close(struct scan *scan);

#endif
