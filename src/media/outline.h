/* Finds a sheet of paper on a darker table: its four corners, so that the perspective can be undone. */
#ifndef MEDSCRIBE_MEDIA_OUTLINE_H
#define MEDSCRIBE_MEDIA_OUTLINE_H
#include "media/homography.h"

struct Pix;

/* Corners in pixels of `grey`: upper left, upper right, lower right, lower left. False when no clear sheet is seen: the sheet
   fills the picture, its edges are not straight, or something else is bright. */
bool outline_find(struct Pix *grey, struct point corners_out[static 4]);
/* The sheet alone, seen from straight above; *to_source_out takes its pixels to those of `grey`. NULL when memory is short. */
struct Pix *outline_rectify(struct Pix *grey, const struct point corners[static 4], struct homography *to_source_out);

#endif
