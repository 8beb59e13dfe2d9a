#include "media/homography.h"

#include <math.h>
#include <stddef.h>

enum { UNKNOWNS = 8 };

struct homography homography_identity(void) { return (struct homography){{1, 0, 0, 0, 1, 0, 0, 0, 1}}; }
struct homography homography_scale(double x, double y) { return (struct homography){{x, 0, 0, 0, y, 0, 0, 0, 1}}; }
struct homography homography_shift(double x, double y) { return (struct homography){{1, 0, x, 0, 1, y, 0, 0, 1}}; }

struct homography homography_product(struct homography first, struct homography second)
{
    struct homography product = {{0}};
    for (size_t row = 0; row < 3; row++)
        for (size_t column = 0; column < 3; column++)
            for (size_t i = 0; i < 3; i++) product.m[3 * row + column] += first.m[3 * row + i] * second.m[3 * i + column];
    return product;
}

struct point homography_apply(const struct homography *h, struct point p)
{
    const double *m = h->m;
    double depth = m[6] * p.x + m[7] * p.y + m[8];
    if (fabs(depth) < 1e-9) depth = 1e-9;
    return (struct point){(m[0] * p.x + m[1] * p.y + m[2]) / depth, (m[3] * p.x + m[4] * p.y + m[5]) / depth};
}

/* Gauss-Jordan with row exchange; the right side is the last column. */
static bool solve(double a[static UNKNOWNS][UNKNOWNS + 1])
{
    for (size_t column = 0; column < UNKNOWNS; column++) {
        size_t best = column;
        for (size_t row = column + 1; row < UNKNOWNS; row++)
            if (fabs(a[row][column]) > fabs(a[best][column])) best = row;
        if (fabs(a[best][column]) < 1e-9) return false;
        for (size_t i = 0; i <= UNKNOWNS; i++) {
            double swap = a[best][i];
            a[best][i] = a[column][i];
            a[column][i] = swap;
        }
        for (size_t row = 0; row < UNKNOWNS; row++) {
            if (row == column) continue;
            double factor = a[row][column] / a[column][column];
            for (size_t i = column; i <= UNKNOWNS; i++) a[row][i] -= factor * a[column][i];
        }
    }
    return true;
}

bool homography_of_points(const struct point from[static 4], const struct point to[static 4], struct homography *h_out)
{
    double a[UNKNOWNS][UNKNOWNS + 1] = {{0}};
    for (size_t i = 0; i < 4; i++) {
        double x = from[i].x, y = from[i].y, u = to[i].x, v = to[i].y;
        const double for_u[] = {x, y, 1, 0, 0, 0, -u * x, -u * y, u}, for_v[] = {0, 0, 0, x, y, 1, -v * x, -v * y, v};
        for (size_t j = 0; j <= UNKNOWNS; j++) a[2 * i][j] = for_u[j], a[2 * i + 1][j] = for_v[j];
    }
    if (!solve(a)) return false;
    for (size_t i = 0; i < UNKNOWNS; i++) h_out->m[i] = a[i][UNKNOWNS] / a[i][i];
    h_out->m[8] = 1;
    return true;
}
