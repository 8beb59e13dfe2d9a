/* 3×3 projective maps of the plane, row by row: where a pixel of a prepared page lies on the page as it came. */
#ifndef MEDSCRIBE_MEDIA_HOMOGRAPHY_H
#define MEDSCRIBE_MEDIA_HOMOGRAPHY_H
#include <stdbool.h>

struct point {
    double x, y;
};
struct homography {
    double m[9];
};

struct homography homography_identity(void);
struct homography homography_scale(double x, double y);
struct homography homography_shift(double x, double y);
/* First `second`, then `first`: the product first · second. */
struct homography homography_product(struct homography first, struct homography second);
struct point homography_apply(const struct homography *h, struct point p);
/* The map that takes from[i] to to[i]; false when three of four points lie on a line. */
bool homography_of_points(const struct point from[static 4], const struct point to[static 4], struct homography *h_out);

#endif
