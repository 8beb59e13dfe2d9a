/* A picture of a page made fit for reading: sheet cut out and straightened, light evened, upright, deskewed, letters about
   PREPARE_LETTER_PIXELS high. Grey throughout: a reader of grey letters loses when they are made black and white for it. */
#ifndef MEDSCRIBE_MEDIA_PREPARE_H
#define MEDSCRIBE_MEDIA_PREPARE_H
#include "base/err.h"
#include "media/homography.h"

struct Pix;

enum { PREPARE_LETTER_PIXELS = 32 };

struct prepared {
    struct Pix *reading;
    struct homography to_page; /* pixels of `reading` → pixels of the page as it came */
    unsigned quarter_turns;    /* clockwise, made here */
};

/* Lets *grey go as soon as it is not needed, and sets it NULL: a photograph is large. Errors: TOO_SHORT: too dark to read (nothing else uses that code here); OUT_OF_MEMORY. */
struct err prepare_page(struct Pix **grey, struct prepared *prepared_out);
/* Turns what is prepared by quarter turns clockwise, for a second try. */
struct err prepare_turn(struct prepared *prepared, unsigned quarter_turns);
void prepare_free(struct prepared *prepared); /* harmless on an empty one */

#endif
