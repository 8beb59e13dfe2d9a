/* The words that a PDF says about itself (its text layer), as pdftotext -tsv prints them. They are foreign twice: nobody needs to
   draw what they say. See media/layer.h for what becomes of them. */
#ifndef MEDSCRIBE_MEDIA_PDF_TEXT_H
#define MEDSCRIBE_MEDIA_PDF_TEXT_H
#include "media/pdf.h"
#include "media/words.h"

enum { PDF_TEXT_MAX_BYTES = 4 << 20, PDF_TEXT_MAX_WORDS = 20000, PDF_TEXT_SECONDS = 20 };

/* Hands `file` to the program and appends what it says, places in pixels of `pages` as drawn. Once for each program. Any failure is
   only that there is no layer: the words are none then. */
struct err pdf_text_read(struct pdf_program *program, struct span file, const struct pdf_pages *pages, struct words *words);
/* Strict: what pdftotext writes and nothing else, at most PDF_TEXT_MAX_WORDS. UNPROCESSABLE_MEDIA, FULL: `words` may hold some. */
struct err pdf_text_parse(struct span output, const struct pdf_pages *pages, struct words *words);

#endif
