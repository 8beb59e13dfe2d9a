/* A page to words, by Tesseract. Reads its model when opened, then needs no file. */
#ifndef MEDSCRIBE_MEDIA_READER_H
#define MEDSCRIBE_MEDIA_READER_H
#include "media/words.h"

#define READER_ENGINE_NAME "tesseract"

struct Pix;
struct reader;

struct err reader_open(const char *tessdata_folder, const char *model, struct reader **reader_out); /* ENGINE: a model is missing */
void reader_close(struct reader **reader); /* NULL-safe; sets NULL */
const char *reader_engine_version(void);
/* Appends the words of one page of *grey, which is let go as soon as it is not needed (and NULL then); boxes are pixels of it,
   upright as it came. *next_line counts lines over the pages. What is read without confidence is read again in other looks, and
   the readings vote (media/line.h). TOO_SHORT: too dark to read. */
struct err reader_read(struct reader *reader, struct Pix **grey, unsigned page, unsigned *next_line, struct words *words);
/* Was there text at all? A blank or blurred page also gives words, without faith in them. */
bool reader_has_text(const struct words *words);

#endif
