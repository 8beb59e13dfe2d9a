/* A PDF's text layer beside what was read of the drawn page. The page that doctor and patient see is what counts: the layer gives
   a word only where the picture reads alike, up to signs that look alike (l and I, O and 0).

   - A word that the layer has and the picture has not (hidden, white on white, beside the page) is left out.
   - A word that the picture has and the layer has not (a stamp, handwriting on a form) is the picture's.
   - Where they differ, the picture's word stands and is unsure, so that somebody asks.
   - A page of which less than LAYER_TRUST of the layer's letters are seen in the picture is read from the picture alone. */
#ifndef MEDSCRIBE_MEDIA_LAYER_H
#define MEDSCRIBE_MEDIA_LAYER_H
#include "media/words.h"

#define LAYER_TRUST 0.8
enum { LAYER_MAX_WORDS = 4000 }; /* of a page, on either side; more are read from the picture alone */

/* Appends the words of page `page`. `read`: what was seen there and nothing else. *used_out: the layer was believed. */
struct err layer_merge(const struct words *layer, unsigned page, const struct words *read, struct words *words, bool *used_out);

#endif
