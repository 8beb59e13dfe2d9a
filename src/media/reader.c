#include "media/reader.h"

#include "media/prepare.h"

#include <leptonica/allheaders.h>
#include <math.h>
#include <stdlib.h>
#include <tesseract/capi.h>

enum { CLEAR_LETTERS = 6 };

/* Below this mean confidence another way up is tried: upside-down text reads as nonsense. */
#define DOUBTFUL_READING 0.55
#define CLEAR_WORD 0.60

struct reader {
    TessBaseAPI *tesseract;
};

struct err reader_open(const char *tessdata_folder, const char *model, struct reader **reader_out)
{
    *reader_out = NULL;
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return FAIL(OUT_OF_MEMORY);
    reader->tesseract = TessBaseAPICreate();
    if (reader->tesseract == NULL || TessBaseAPIInit2(reader->tesseract, tessdata_folder, model, OEM_LSTM_ONLY) != 0) {
        reader_close(&reader);
        return FAIL(ENGINE);
    }
    TessBaseAPISetPageSegMode(reader->tesseract, PSM_SINGLE_COLUMN);
    TessBaseAPISetVariable(reader->tesseract, "user_defined_dpi", "300");
    TessBaseAPISetVariable(reader->tesseract, "debug_file", "/dev/null");
    *reader_out = reader;
    return OK;
}

void reader_close(struct reader **reader_in)
{
    struct reader *reader = *reader_in;
    *reader_in = NULL;
    if (reader == NULL) return;
    if (reader->tesseract != NULL) {
        TessBaseAPIEnd(reader->tesseract);
        TessBaseAPIDelete(reader->tesseract);
    }
    free(reader);
}

const char *reader_engine_version(void) { return TessVersion(); }

/* The smallest upright box on the page around a box of the prepared picture. */
static void box_on_page(const struct prepared *prepared, int left, int top, int right, int bottom, struct word *word)
{
    const struct point corners[4] = {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
    double x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
    for (size_t i = 0; i < 4; i++) {
        struct point p = homography_apply(&prepared->to_page, corners[i]);
        x0 = fmin(x0, p.x), x1 = fmax(x1, p.x), y0 = fmin(y0, p.y), y1 = fmax(y1, p.y);
    }
    word->x = (int)fmax(0, floor(x0));
    word->y = (int)fmax(0, floor(y0));
    word->width = (int)ceil(fmin(x1, 1e6)) - word->x;
    word->height = (int)ceil(fmin(y1, 1e6)) - word->y;
}

static struct err take_word(TessResultIterator *at, const struct prepared *prepared, struct word *word, struct words *words)
{
    int left = 0, top = 0, right = 0, bottom = 0;
    TessPageIterator *place = TessResultIteratorGetPageIterator(at);
    if (TessPageIteratorIsAtBeginningOf(place, RIL_TEXTLINE)) {
        word->new_line = words_count(words) > 0;
        word->line++;
    }
    char *text = TessResultIteratorGetUTF8Text(at, RIL_WORD);
    if (text == NULL) return OK;
    struct err e = OK;
    word->text = span_text(text);
    word->confidence = fmin(1, fmax(0, (double)TessResultIteratorConfidence(at, RIL_WORD) / 100));
    if (TessPageIteratorBoundingBox(place, RIL_WORD, &left, &top, &right, &bottom)) box_on_page(prepared, left, top, right, bottom, word);
    if (word->text.n > 0 && text[strspn(text, " \n\t")] != 0) {
        e = words_add(words, word);
        word->new_line = false;
    }
    TessDeleteText(text);
    return e;
}

static struct err recognise(struct reader *reader, const struct prepared *prepared, unsigned page, unsigned first_line, struct words *words)
{
    TessBaseAPISetImage2(reader->tesseract, prepared->reading);
    if (TessBaseAPIRecognize(reader->tesseract, NULL) != 0) return FAIL(ENGINE);
    struct word word = {.page = page, .line = first_line - 1}; /* the first word begins a line and counts up */
    TessResultIterator *at = TessBaseAPIGetIterator(reader->tesseract);
    struct err e = OK;
    if (at != NULL) {
        do e = take_word(at, prepared, &word, words);
        while (!err_failed(e) && TessResultIteratorNext(at, RIL_WORD));
        TessResultIteratorDelete(at);
    }
    TessBaseAPIClear(reader->tesseract);
    return e;
}

/* Mean confidence, by letters. */
static double faith_in(const struct words *words)
{
    double sum = 0, letters = 0;
    for (size_t i = 0, n = words_count(words); i < n; i++) {
        const struct word *word = words_at(words, i);
        sum += word->confidence * (double)word->text.n;
        letters += (double)word->text.n;
    }
    return letters > 0 ? sum / letters : 0;
}

/* Reads it as it is and, when that makes no sense, the other ways up; *best_out is the reading to believe. */
static struct err read_turning(struct reader *reader, struct prepared *prepared, unsigned page, unsigned first_line, struct words *best_out)
{
    TRY(recognise(reader, prepared, page, first_line, best_out));
    static const unsigned turns[] = {2, 3, 2}; /* upside down, then on either side */
    for (size_t i = 0; i < sizeof turns / sizeof *turns && faith_in(best_out) < DOUBTFUL_READING; i++) {
        struct words other;
        words_init(&other, best_out->arena);
        struct err e = prepare_turn(prepared, turns[i]);
        if (!err_failed(e)) e = recognise(reader, prepared, page, first_line, &other);
        if (!err_failed(e) && faith_in(&other) > faith_in(best_out)) {
            struct words worse = *best_out;
            *best_out = other;
            other = worse;
        }
        words_free(&other);
        TRY(e);
    }
    return OK;
}

static struct err append(struct words *words, const struct words *more, unsigned *next_line)
{
    for (size_t i = 0, n = words_count(more); i < n; i++) {
        struct word word = *words_at(more, i);
        if (i == 0) word.new_line = words_count(words) > 0;
        if (word.line >= *next_line) *next_line = word.line + 1;
        TRY(words_add(words, &word));
    }
    return OK;
}

struct err reader_read(struct reader *reader, struct Pix *grey, unsigned page, unsigned *next_line, struct words *words)
{
    struct prepared prepared = {0};
    TRY(prepare_page(grey, &prepared));
    struct words found;
    words_init(&found, words->arena);
    struct err e = read_turning(reader, &prepared, page, *next_line, &found);
    if (!err_failed(e)) e = append(words, &found, next_line);
    words_free(&found);
    prepare_free(&prepared);
    return e;
}

static bool is_alphanumeric(uint8_t c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80; }

bool reader_has_text(const struct words *words)
{
    size_t letters = 0;
    for (size_t i = 0, n = words_count(words); i < n; i++) {
        const struct word *word = words_at(words, i);
        if (word->confidence < CLEAR_WORD) continue;
        for (size_t j = 0; j < word->text.n; j++) letters += is_alphanumeric(word->text.p[j]);
    }
    return letters >= CLEAR_LETTERS;
}
