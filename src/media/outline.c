#include "media/outline.h"

#include <leptonica/allheaders.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

enum {
    WORK_SIDE = 440,
    MAX_POINTS = WORK_SIDE + 2,
    MIN_POINTS = 30,
    CLOSE_TEXT = 15,
    OPEN_SPECKS = 7,
    RIM_SHARE = 120,
    FIT_ROUNDS = 6,
    DARKEST_LEVEL = 40, BRIGHTEST_LEVEL = 232, LEVEL_STEP = 12,
    EDGE_SAMPLES = 32,
    EDGE_AWAY = 4,       /* pixels to either side of an edge where light is compared */
    LEAST_CONTRAST = 14, /* grey levels; a shadow's border is softer */
};

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

/* The largest thing brighter than `level`, without the writing on it; NULL when there is none. */
static PIX *largest_bright(PIX *smooth, l_int32 level)
{
    PIX *bright = pixThresholdToBinary(smooth, level);
    if (bright == NULL) return NULL;
    pixInvert(bright, bright); /* the threshold marks what is dark */
    PIX *closed = pixCloseSafeBrick(NULL, bright, CLOSE_TEXT, CLOSE_TEXT);
    pixDestroy(&bright);
    PIX *opened = closed == NULL ? NULL : pixOpenBrick(NULL, closed, OPEN_SPECKS, OPEN_SPECKS);
    pixDestroy(&closed);
    PIX *largest = opened == NULL ? NULL : pixFilterComponentBySize(opened, 0, L_SELECT_BY_MAX_DIMENSION, 8, NULL);
    pixDestroy(&opened);
    return largest;
}

static int compare_ints(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

/* How much brighter the inside is than the outside, along the edge from p to q where most of it agrees (the third of it that
   is least clear does not count); INT_MAX for an edge that runs along the picture's border. */
static int edge_contrast(PIX *smooth, struct point p, struct point q, struct point middle)
{
    double length = hypot(q.x - p.x, q.y - p.y), x = -(q.y - p.y) / length, y = (q.x - p.x) / length;
    if ((middle.x - p.x) * x + (middle.y - p.y) * y < 0) x = -x, y = -y; /* points inwards */
    int difference[EDGE_SAMPLES], count = 0;
    for (int i = 0; i < EDGE_SAMPLES; i++) {
        double t = (i + 2.0) / (EDGE_SAMPLES + 3.0), at_x = p.x + t * (q.x - p.x), at_y = p.y + t * (q.y - p.y);
        l_uint32 inside = 0, outside = 0;
        l_ok failed = pixGetPixel(smooth, (l_int32)(at_x + EDGE_AWAY * x), (l_int32)(at_y + EDGE_AWAY * y), &inside);
        failed |= pixGetPixel(smooth, (l_int32)(at_x - EDGE_AWAY * x), (l_int32)(at_y - EDGE_AWAY * y), &outside);
        if (failed == 0) difference[count++] = (int)inside - (int)outside;
    }
    if (count < EDGE_SAMPLES / 3) return INT_MAX;
    qsort(difference, (size_t)count, sizeof *difference, compare_ints);
    return difference[count / 5];
}

/* The faintest of the four edges; at most one may lie outside the picture. */
static int sheet_contrast(PIX *smooth, const struct point corners[static 4])
{
    struct point middle = {(corners[0].x + corners[2].x) / 2, (corners[0].y + corners[2].y) / 2};
    int least = INT_MAX, outside = 0;
    for (size_t i = 0; i < 4; i++) {
        int contrast = edge_contrast(smooth, corners[i], corners[(i + 1) % 4], middle);
        if (contrast == INT_MAX) outside++;
        if (contrast < least) least = contrast;
    }
    return outside > 1 ? 0 : least;
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
    int side = pixGetWidth(grey) > pixGetHeight(grey) ? pixGetWidth(grey) : pixGetHeight(grey), best = LEAST_CONTRAST - 1;
    if (side < WORK_SIDE / 2) return false;
    float scale = side > WORK_SIDE ? (float)WORK_SIDE / (float)side : 1.0f;
    PIX *small = pixScale(grey, scale, scale);
    PIX *smooth = small == NULL ? NULL : pixBlockconv(small, 1, 1);
    pixDestroy(&small);
    if (smooth == NULL) return false;
    for (l_int32 level = DARKEST_LEVEL; level <= BRIGHTEST_LEVEL; level += LEVEL_STEP) {
        struct point corners[4];
        PIX *mask = largest_bright(smooth, level);
        int contrast = mask != NULL && find_in_mask(mask, corners) ? sheet_contrast(smooth, corners) : 0;
        pixDestroy(&mask);
        if (contrast <= best) continue;
        best = contrast;
        double x = (double)pixGetWidth(grey) / pixGetWidth(smooth), y = (double)pixGetHeight(grey) / pixGetHeight(smooth);
        for (size_t i = 0; i < 4; i++) corners_out[i] = (struct point){corners[i].x * x, corners[i].y * y};
    }
    pixDestroy(&smooth);
    return best >= LEAST_CONTRAST;
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
    /* A rim of table is left where the sheet's edge is not quite straight. */
    if (sheet != NULL) pixSetOrClearBorder(sheet, w / RIM_SHARE, w / RIM_SHARE, w / RIM_SHARE, w / RIM_SHARE, PIX_SET);
    *to_source_out = h;
    return sheet;
}
