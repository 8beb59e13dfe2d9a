/* A page to words, by Tesseract. Reads its model when opened, then needs no file. */
#ifndef MEDSCRIBE_MEDIA_PAGE_H
#define MEDSCRIBE_MEDIA_PAGE_H
#include "media/words.h"

#define PAGE_ENGINE_NAME "tesseract"

struct Pix;
struct page_reader;

struct err page_open(const char *tessdata_folder, const char *model, struct page_reader **reader_out); /* ENGINE: no model */
void page_close(struct page_reader **reader); /* NULL-safe; sets NULL */
const char *page_engine_version(void);
/* Appends the words of one page of `grey`; boxes are pixels of `grey`, upright as it came. *next_line counts lines over the
   pages. TOO_SHORT: too dark to read. */
struct err page_read(struct page_reader *reader, struct Pix *grey, unsigned page, unsigned *next_line, struct words *words);
/* Was there text at all? A blank or blurred page also gives words, without faith in them. */
bool page_has_text(const struct words *words);

#endif
