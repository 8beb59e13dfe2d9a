#include "media/outline.h"

#include <leptonica/allheaders.h>
#include <math.h>

enum { WORK_SIDE = 600, MAX_POINTS = WORK_SIDE + 2, MIN_POINTS = 40, CLOSE_TEXT = 21, FIT_ROUNDS = 6 };

/* As shares: of the picture's area, of the quadrilateral's area, of the work side. */
#define SMALLEST_SHEET 0.2
#define LARGEST_SHEET 0.975
#define LEAST_FILLED 0.93
#define MOST_FILLED 1.06
#define LARGEST_BEND 0.006

/* x = a + b·y for upright edges, y = a + b·x for level ones. */
struct edge {
    double a, b;
};
struct edge_points {
    double along[MAX_POINTS], across[MAX_POINTS];
    size_t count;
};

/* Least squares, again and again without the points that lie far off: those belong to the neighbouring edges. */
static bool fit_edge(struct edge_points *p, struct edge *edge_out)
{
    double allowed = WORK_SIDE;
    for (int round = 0; round < FIT_ROUNDS; round++) {
        double n = 0, s = 0, t = 0, ss = 0, st = 0, far = 0;
        for (size_t i = 0; i < p->count; i++) {
            if (round > 0 && fabs(p->across[i] - edge_out->a - edge_out->b * p->along[i]) > allowed) continue;
            n++, s += p->along[i], t += p->across[i], ss += p->along[i] * p->along[i], st += p->along[i] * p->across[i];
        }
        double spread = n * ss - s * s;
        if (n < MIN_POINTS || n < 0.6 * (double)p->count || spread < 1) return false;
        edge_out->b = (n * st - s * t) / spread;
        edge_out->a = (t - edge_out->b * s) / n;
        for (size_t i = 0; i < p->count; i++) {
            double off = fabs(p->across[i] - edge_out->a - edge_out->b * p->along[i]);
            if (off <= allowed) far += off;
        }
        allowed = fmax(2.0 * far / n, LARGEST_BEND * WORK_SIDE / 2);
    }
    return allowed <= LARGEST_BEND * WORK_SIDE * 2;
}

/* Where the mask begins, seen from one side of the box: `level` for top and bottom, `from_end` for right and bottom. */
static void collect(PIX *mask, BOX *box, bool level, bool from_end, struct edge_points *points)
{
    l_int32 x, y, w, h;
    boxGetGeometry(box, &x, &y, &w, &h);
    l_int32 lines = level ? w : h, depth = level ? h : w;
    points->count = 0;
    for (l_int32 i = lines / 12; i < lines - lines / 12 && points->count < MAX_POINTS; i++)
        for (l_int32 j = 0; j < depth / 2; j++) {
            l_int32 k = from_end ? depth - 1 - j : j;
            l_uint32 bit = 0;
            pixGetPixel(mask, level ? x + i : x + k, level ? y + k : y + i, &bit);
            if (bit == 0) continue;
            points->along[points->count] = (level ? x : y) + i;
            points->across[points->count++] = (level ? y : x) + k + (from_end ? 1 : 0);
            break;
        }
}

static struct point meet(struct edge upright, struct edge level)
{
    double y = (level.a + level.b * upright.a) / (1 - level.b * upright.b);
    return (struct point){upright.a + upright.b * y, y};
}

static double area_of(const struct point p[static 4])
{
    double twice = 0;
    for (size_t i = 0; i < 4; i++) twice += p[i].x * p[(i + 1) % 4].y - p[(i + 1) % 4].x * p[i].y;
    return fabs(twice) / 2;
}

/* The largest bright thing, without the writing on it; NULL when there is none. */
static PIX *largest_bright(PIX *small)
{
    PIX *bright = NULL;
    PIX *smooth = pixBlockconv(small, 2, 2);
    /* One threshold for the whole picture: tiles larger than it. */
    if (smooth != NULL) pixOtsuAdaptiveThreshold(smooth, WORK_SIDE * 2, WORK_SIDE * 2, 0, 0, 0.0f, NULL, &bright);
    pixDestroy(&smooth);
    if (bright == NULL) return NULL;
    pixInvert(bright, bright); /* the threshold marks what is dark */
    PIX *bordered = pixAddBorder(bright, CLOSE_TEXT, 0);
    pixDestroy(&bright);
    PIX *closed = bordered == NULL ? NULL : pixCloseSafeBrick(NULL, bordered, CLOSE_TEXT, CLOSE_TEXT);
    pixDestroy(&bordered);
    PIX *cut = closed == NULL ? NULL : pixRemoveBorder(closed, CLOSE_TEXT);
    pixDestroy(&closed);
    PIX *opened = cut == NULL ? NULL : pixOpenBrick(NULL, cut, 9, 9);
    pixDestroy(&cut);
    PIX *largest = opened == NULL ? NULL : pixFilterComponentBySize(opened, 0, L_SELECT_BY_MAX_DIMENSION, 8, NULL);
    pixDestroy(&opened);
    return largest;
}

static bool find_in_mask(PIX *mask, struct point corners[static 4])
{
    static struct edge_points points; /* too large for a stack; one thread, one page at a time */
    struct edge edges[4] = {{0}};
    BOX *box = NULL;
    if (pixClipToForeground(mask, NULL, &box) != 0 || box == NULL) return false;
    bool straight = true;
    for (int side = 0; side < 4 && straight; side++) { /* left, right, top, bottom */
        collect(mask, box, side >= 2, side % 2 == 1, &points);
        straight = points.count >= MIN_POINTS && fit_edge(&points, &edges[side]);
    }
    boxDestroy(&box);
    if (!straight) return false;
    corners[0] = meet(edges[0], edges[2]);
    corners[1] = meet(edges[1], edges[2]);
    corners[2] = meet(edges[1], edges[3]);
    corners[3] = meet(edges[0], edges[3]);
    l_int32 filled = 0;
    pixCountPixels(mask, &filled, NULL);
    double picture = (double)pixGetWidth(mask) * pixGetHeight(mask), sheet = area_of(corners);
    return sheet >= SMALLEST_SHEET * picture && sheet <= LARGEST_SHEET * picture && filled >= LEAST_FILLED * sheet && filled <= MOST_FILLED * sheet;
}

bool outline_find(struct Pix *grey, struct point corners_out[static 4])
{
    int side = pixGetWidth(grey) > pixGetHeight(grey) ? pixGetWidth(grey) : pixGetHeight(grey);
    if (side < WORK_SIDE / 2) return false;
    float scale = side > WORK_SIDE ? (float)WORK_SIDE / (float)side : 1.0f;
    PIX *small = pixScale(grey, scale, scale);
    PIX *mask = small == NULL ? NULL : largest_bright(small);
    bool found = mask != NULL && find_in_mask(mask, corners_out);
    if (found) {
        double x = (double)pixGetWidth(grey) / pixGetWidth(small), y = (double)pixGetHeight(grey) / pixGetHeight(small);
        for (size_t i = 0; i < 4; i++) corners_out[i] = (struct point){corners_out[i].x * x, corners_out[i].y * y};
    }
    pixDestroy(&mask);
    pixDestroy(&small);
    return found;
}

static double distance(struct point a, struct point b) { return hypot(a.x - b.x, a.y - b.y); }

struct Pix *outline_rectify(struct Pix *grey, const struct point corners[static 4], struct homography *to_source_out)
{
    double width = fmax(distance(corners[0], corners[1]), distance(corners[3], corners[2]));
    double height = fmax(distance(corners[0], corners[3]), distance(corners[1], corners[2]));
    const struct point straight[4] = {{0, 0}, {width, 0}, {width, height}, {0, height}};
    struct homography h;
    if (!homography_of_points(straight, corners, &h)) return NULL;
    l_float32 coefficients[8];
    for (size_t i = 0; i < 8; i++) coefficients[i] = (l_float32)h.m[i];
    /* leptonica makes the result as large as its source: give it one that is large enough. */
    int w = (int)ceil(width), hgt = (int)ceil(height);
    int more_x = w > pixGetWidth(grey) ? w - pixGetWidth(grey) : 0, more_y = hgt > pixGetHeight(grey) ? hgt - pixGetHeight(grey) : 0;
    PIX *room = pixAddBorderGeneral(grey, 0, more_x, 0, more_y, 255);
    PIX *all = room == NULL ? NULL : pixProjectiveGray(room, coefficients, 255);
    pixDestroy(&room);
    BOX *box = boxCreate(0, 0, w, hgt);
    PIX *sheet = all == NULL || box == NULL ? NULL : pixClipRectangle(all, box, NULL);
    boxDestroy(&box);
    pixDestroy(&all);
    *to_source_out = h;
    return sheet;
}
