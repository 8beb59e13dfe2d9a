/* A PDF to grey pages, made by a program apart: poppler's pdftoppm, because poppler is under the GPL, is large, and has a history
   of holes. Whoever starts it (src/main/worker.c) puts it in a sandbox of its own; here it is two pipes and a process to wait
   for, and what comes out of it is as foreign as what went in.
   More than PDF_MAX_PAGES pages are `too_long`, never cut: a prescription of which the last pages are silently missing is
   worse than one that is sent again in parts. For the same reason the program must end well: pages of one that was
   killed half-way are not used. */
#ifndef MEDSCRIBE_MEDIA_PDF_H
#define MEDSCRIBE_MEDIA_PDF_H
#include "base/err.h"
#include "base/span.h"

#include <sys/types.h>

enum {
    PDF_MAX_PAGES = 10,
    PDF_LONG_SIDE = 2600, /* pixels of every page's longer side, whatever size the page claims: 222 dpi on A4 */
    PDF_SIDE_MAX = PDF_LONG_SIDE + 8, /* rounding is the program's */
    PDF_SIDE_MIN = 32,
    PDF_CPU_SECONDS = 30,
    PDF_WALL_SECONDS = 120,
    PDF_CANNOT_START = 127, /* its exit status when it did not become pdftoppm */
};

struct Pix;

struct pdf_program {
    pid_t pid;
    int to, from; /* its stdin and stdout */
};

/* pdftoppm draws the pages; pdftotext says what the file says about itself (pid 0: it is not there, and nothing is asked). */
struct pdf_programs {
    struct pdf_program draw, tell;
};

struct pdf_page {
    struct span grey; /* width * height bytes */
    int width, height;
};
struct pdf_pages {
    struct pdf_page page[PDF_MAX_PAGES];
    unsigned count;
    void *room;
};

/* Hands `file` to the program and takes what it says, its end and its exit status; closes both pipes. TOO_LONG: more than fits. */
struct err pdf_exchange(struct pdf_program *program, struct span file, uint8_t *room, size_t room_bytes, unsigned seconds, size_t *n_out, const char **reason_out);
/* Hands `file` to the program, takes the pages and its end; closes both pipes. Once for each program.
   *reason_out is set where the error alone does not tell. pdf_pages_free() in any case. */
struct err pdf_read(struct pdf_program *program, struct span file, struct pdf_pages *pages_out, const char **reason_out);
void pdf_pages_free(struct pdf_pages *pages);
struct Pix *pdf_picture(const struct pdf_page *page); /* the caller's to pixDestroy; NULL: out of memory */

/* The pages of binary PGM files one after the other; spans into `output`. Strict: what pdftoppm writes and nothing else.
   Errors: UNPROCESSABLE_MEDIA; TOO_LONG: one more than PDF_MAX_PAGES has begun. */
struct err pdf_parse(struct span output, struct pdf_pages *pages_out);

#endif
