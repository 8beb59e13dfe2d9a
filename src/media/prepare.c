#include "media/prepare.h"

#include "media/outline.h"

#include <leptonica/allheaders.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    DARKEST_PAPER = 48,   /* the brightest twentieth of a readable page is brighter */
    PAPER_LEVEL = 230, PAPER_WHITE = 228,
    READ_MAX_PIXELS = 10 * 1000 * 1000,
    ENLARGE_TO_PIXELS = 6 * 1000 * 1000, /* Tesseract holds three pictures of this size */
    NOISE_STEP = 3,       /* pixels between places where noise is measured */
    NOISE_LEVELS = 1024,
    LETTERS_MIN = 12,
    LETTER_HEIGHTS = 256,
};

/* Grain that a camera gives in weak light, as a share of the light there: its standard deviation. */
#define NOISE_LEAST 0.02

#define SKEW_RANGE_DEGREES 12.0f
#define SKEW_STEP_DEGREES 1.0f
#define SKEW_FINEST_DEGREES 0.02f
#define SKEW_LEAST_DEGREES 0.15f
#define SKEW_LEAST_CONFIDENCE 2.0f
#define QUARTER_TURN_SCORE 1.25f
#define QUARTER_TURN_CONFIDENCE 3.0f
#define LARGEST_ENLARGEMENT 4.0f

/* Takes a new picture and the map from it to the one before. */
static struct err step(struct prepared *p, PIX *next, struct homography to_before)
{
    if (next == NULL) return FAIL(OUT_OF_MEMORY);
    pixDestroy(&p->reading);
    p->reading = next;
    p->to_page = homography_product(p->to_page, to_before);
    return OK;
}

static struct err check_light(PIX *grey)
{
    l_uint32 bright = 0;
    if (pixGetRankValue(grey, 4, 0.95f, &bright) != 0) return FAIL(OUT_OF_MEMORY);
    return bright < DARKEST_PAPER ? FAIL(TOO_SHORT) : OK;
}

static struct err cut_out_sheet(struct prepared *p)
{
    struct point corners[4];
    struct homography to_source;
    if (!outline_find(p->reading, corners)) return OK;
    PIX *sheet = outline_rectify(p->reading, corners, &to_source);
    return sheet == NULL ? OK : step(p, sheet, to_source);
}

/* How far a pixel lies off the plane through its neighbours, as a share of the light there. The median of it is the grain's: of
   most places of a page nothing but paper is seen. 0.6745 * 6 is that median for grain of standard deviation 1. */
static double grain_of(PIX *grey)
{
    static const int weights[9] = {1, -2, 1, -2, 4, -2, 1, -2, 1};
    static unsigned levels[NOISE_LEVELS]; /* one thread, one page at a time */
    memset(levels, 0, sizeof levels);
    l_uint32 *data = pixGetData(grey);
    size_t words = (size_t)pixGetWpl(grey);
    unsigned count = 0, seen = 0, level = 0;
    for (int y = 1; y < pixGetHeight(grey) - 1; y += NOISE_STEP)
        for (int x = 1; x < pixGetWidth(grey) - 1; x += NOISE_STEP) {
            int off = 0, light = 1;
            for (int i = 0; i < 9; i++) {
                int value = GET_DATA_BYTE(data + (size_t)(y - 1 + i / 3) * words, x - 1 + i % 3);
                off += weights[i] * value;
                light += value;
            }
            int share = abs(off) * 9 * (NOISE_LEVELS / 8) / light; /* 8: off is that large only at an edge */
            levels[share < NOISE_LEVELS ? share : NOISE_LEVELS - 1]++;
            count++;
        }
    while (level < NOISE_LEVELS - 1 && (seen += levels[level]) * 2 < count) level++;
    return level / (NOISE_LEVELS / 8.0) / (0.6745 * 6);
}

/* Grain looks like strokes to a reader. Smoothed before the light is evened, which would make the most of it in dark corners. */
static struct err calm_grain(struct prepared *p)
{
    if (grain_of(p->reading) < NOISE_LEAST) return OK;
    return step(p, pixBlockconvGray(p->reading, NULL, 1, 1), homography_identity());
}

static struct err even_light(struct prepared *p)
{
    PIX *even = pixBackgroundNorm(p->reading, NULL, NULL, 16, 16, 60, 60, PAPER_LEVEL, 2, 2);
    if (even == NULL) return OK; /* a page smaller than a few tiles stays as it is */
    pixGammaTRC(even, even, 1.0f, 0, PAPER_WHITE); /* what is brighter than most paper is paper */
    return step(p, even, homography_identity());
}

static PIX *binary_of(PIX *grey)
{
    PIX *binary = NULL;
    pixOtsuAdaptiveThreshold(grey, pixGetWidth(grey), pixGetHeight(grey), 0, 0, 0.1f, NULL, &binary);
    return binary;
}

struct err prepare_turn(struct prepared *p, unsigned quarter_turns)
{
    quarter_turns %= 4;
    if (quarter_turns == 0) return OK;
    double w = pixGetWidth(p->reading), h = pixGetHeight(p->reading);
    static const double turns[4][4] = {{1, 0, 0, 1}, {0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0}};
    const double *t = turns[quarter_turns];
    struct homography back = {{t[0], t[1], quarter_turns >= 2 ? w : 0, t[2], t[3], quarter_turns <= 2 ? h : 0, 0, 0, 1}};
    p->quarter_turns = (p->quarter_turns + quarter_turns) % 4;
    return step(p, pixRotateOrth(p->reading, (l_int32)quarter_turns), back);
}

/* Ascenders outnumber descenders in Latin text; leptonica counts them. Only a clear verdict turns the page. */
static struct err stand_up(struct prepared *p)
{
    PIX *binary = binary_of(p->reading);
    if (binary == NULL) return OK;
    l_float32 up = 0;
    bool upside_down = pixUpDownDetect(binary, &up, 0, 0, 0) == 0 && up < -8.0f;
    pixDestroy(&binary);
    return upside_down ? prepare_turn(p, 2) : OK;
}

static struct err rotate(struct prepared *p, double degrees)
{
    double w = pixGetWidth(p->reading), h = pixGetHeight(p->reading), angle = degrees * M_PI / 180;
    int border_x = (int)ceil(h / 2 * fabs(sin(angle))) + 1, border_y = (int)ceil(w / 2 * fabs(sin(angle))) + 1;
    PIX *room = pixAddBorderGeneral(p->reading, border_x, border_x, border_y, border_y, 255);
    TRY(step(p, room, homography_shift(-border_x, -border_y)));
    double x = floor(pixGetWidth(p->reading) / 2.0), y = floor(pixGetHeight(p->reading) / 2.0), c = cos(angle), s = sin(angle);
    struct homography back = {{c, s, x - c * x - s * y, -s, c, y + s * x - c * y, 0, 0, 1}};
    return step(p, pixRotateAMGray(p->reading, (l_float32)angle, 255), back);
}

/* The angle at which rows differ most in blackness, and how much they differ there. */
static struct skew {
    l_float32 angle, confidence, score;
} find_skew(PIX *binary)
{
    struct skew skew = {0};
    int search = pixGetWidth(binary) > 1200 ? 4 : pixGetWidth(binary) > 600 ? 2 : 1;
    if (pixFindSkewSweepAndSearchScorePivot(binary, &skew.angle, &skew.confidence, &skew.score, search, search, 0.0f, SKEW_RANGE_DEGREES,
                                            SKEW_STEP_DEGREES, SKEW_FINEST_DEGREES, L_SHEAR_ABOUT_CORNER) != 0)
        skew = (struct skew){0};
    return skew;
}

/* Lines level: a quarter turn when lines are found that way and not this, then the rest of the angle. */
static struct err deskew(struct prepared *p)
{
    PIX *binary = binary_of(p->reading), *turned = binary == NULL ? NULL : pixRotate90(binary, 1);
    struct skew skew = {0}, other = {0};
    if (turned != NULL) {
        skew = find_skew(binary);
        other = find_skew(turned);
    }
    pixDestroy(&binary);
    pixDestroy(&turned);
    if (other.score > QUARTER_TURN_SCORE * skew.score && other.confidence > QUARTER_TURN_CONFIDENCE && other.confidence > skew.confidence) {
        TRY(prepare_turn(p, 1));
        skew = other;
    }
    if (skew.confidence < SKEW_LEAST_CONFIDENCE || fabsf(skew.angle) < SKEW_LEAST_DEGREES) return OK;
    return rotate(p, skew.angle);
}

/* Height of the letters: the 70th hundredth of connected black things that could be letters, which is near the capitals. */
static int letter_height(PIX *grey)
{
    unsigned heights[LETTER_HEIGHTS] = {0}, count = 0;
    PIX *binary = binary_of(grey);
    BOXA *boxes = binary == NULL ? NULL : pixConnCompBB(binary, 8);
    for (l_int32 i = 0, n = boxes == NULL ? 0 : boxaGetCount(boxes); i < n; i++) {
        l_int32 w, h;
        if (boxaGetBoxGeometry(boxes, i, NULL, NULL, &w, &h) != 0 || h < 5 || h >= LETTER_HEIGHTS || w > 4 * h || h > 5 * w) continue;
        heights[h]++, count++;
    }
    boxaDestroy(&boxes);
    pixDestroy(&binary);
    unsigned seen = 0;
    for (int h = 0; h < LETTER_HEIGHTS; h++)
        if (count >= LETTERS_MIN && (seen += heights[h]) * 10 >= count * 7) return h;
    return 0;
}

static struct err scale_letters(struct prepared *p)
{
    int height = letter_height(p->reading);
    if (height == 0) return OK;
    float scale = (float)PREPARE_LETTER_PIXELS / (float)height;
    if (scale > LARGEST_ENLARGEMENT) scale = LARGEST_ENLARGEMENT;
    float pixels = (float)pixGetWidth(p->reading) * (float)pixGetHeight(p->reading);
    if (scale > 1 && pixels * scale * scale > ENLARGE_TO_PIXELS) scale = fmaxf(1, sqrtf(ENLARGE_TO_PIXELS / pixels));
    if (pixels * scale * scale > READ_MAX_PIXELS) scale = sqrtf(READ_MAX_PIXELS / pixels);
    if (scale > 0.9f && scale < 1.1f) return OK;
    double w = pixGetWidth(p->reading), h = pixGetHeight(p->reading);
    PIX *scaled = pixScaleGeneral(p->reading, scale, scale, 0.0f, 0);
    if (scaled == NULL) return FAIL(OUT_OF_MEMORY);
    return step(p, scaled, homography_scale(w / pixGetWidth(scaled), h / pixGetHeight(scaled)));
}

struct err prepare_page(struct Pix **grey, struct prepared *prepared_out)
{
    struct prepared p = {.reading = *grey, .to_page = homography_identity()};
    *grey = NULL;
    static struct err (*const steps[])(struct prepared *) = {cut_out_sheet, calm_grain, even_light, deskew, stand_up, scale_letters};
    struct err e = check_light(p.reading);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !err_failed(e); i++) e = steps[i](&p);
    if (err_failed(e)) {
        prepare_free(&p);
        return e;
    }
    *prepared_out = p;
    return OK;
}

void prepare_free(struct prepared *prepared) { pixDestroy(&prepared->reading); }
