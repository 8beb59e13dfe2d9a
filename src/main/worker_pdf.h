/* Poppler's programs for a PDF, each in a sandbox of its own. */
#ifndef MEDSCRIBE_MAIN_WORKER_PDF_H
#define MEDSCRIBE_MAIN_WORKER_PDF_H
#include "media/pdf.h"

/* Before the worker's own sandbox, which forbids it, and before a foreign byte. False: what draws pages cannot be had, and a PDF is
   a kind that is not taken. Without pdftotext the pages are read as pictures. */
bool worker_pdf_start(struct pdf_programs *programs_out);

#endif
