#include "media/reader.h"

#include "base/utf8.h"
#include "media/line.h"
#include "media/prepare.h"

#include <leptonica/allheaders.h>
#include <math.h>
#include <stdlib.h>
#include <tesseract/capi.h>

enum {
    CLEAR_LETTERS = 6,
    READER_MAX_LINES = 500,
    READER_MAX_AGAIN = 60, /* lines of a page */
    AROUND_LINE_X = 6, AROUND_LINE_Y = 4, LINE_FRAME = 10, /* pixels */
};

/* Below this mean confidence another way up is tried: upside-down text reads as nonsense. */
#define DOUBTFUL_READING 0.55
#define CLEAR_WORD 0.60
/* A line that is not as sure as this is read again. */
#define SURE_LINE 0.90
#define SURE_WORD 0.80

struct reader {
    TessBaseAPI *tesseract;
};

/* Tesseract goes on when one of several models is missing, and reads that language as another. */
static bool has_all(TessBaseAPI *tesseract, const char *wanted)
{
    char **loaded = TessBaseAPIGetLoadedLanguagesAsVector(tesseract);
    bool all = loaded != NULL;
    while (all && *wanted != 0) {
        size_t n = strcspn(wanted, "+");
        bool found = n == 0;
        for (char **language = loaded; *language != NULL && !found; language++) found = strlen(*language) == n && strncmp(*language, wanted, n) == 0;
        all = found;
        wanted += n + (wanted[n] == '+');
    }
    if (loaded != NULL) TessDeleteTextArray(loaded);
    return all;
}

struct err reader_open(const char *tessdata_folder, const char *model, struct reader **reader_out)
{
    *reader_out = NULL;
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return FAIL(OUT_OF_MEMORY);
    reader->tesseract = TessBaseAPICreate();
    if (reader->tesseract == NULL || TessBaseAPIInit2(reader->tesseract, tessdata_folder, model, OEM_LSTM_ONLY) != 0 ||
        !has_all(reader->tesseract, model)) {
        reader_close(&reader);
        return FAIL(ENGINE);
    }
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

/* --- lines as Tesseract reads them --- */

struct page {
    struct line *line;
    size_t count;
};

static struct err page_begin(struct page *page)
{
    *page = (struct page){.line = calloc(READER_MAX_LINES, sizeof *page->line)}; /* what is not used costs nothing */
    return page->line == NULL ? FAIL(OUT_OF_MEMORY) : OK;
}

static void page_free(struct page *page)
{
    free(page->line);
    *page = (struct page){0};
}

/* Mean confidence, by letters. */
static double faith_in(const struct page *page)
{
    double sum = 0, letters = 0;
    for (size_t i = 0; i < page->count; i++) {
        sum += line_confidence(page->line + i) * (double)page->line[i].count;
        letters += (double)page->line[i].count;
    }
    return letters > 0 ? sum / letters : 0;
}

static struct line *next_line(struct page *page, const TessPageIterator *place)
{
    if (page->count == READER_MAX_LINES) return NULL;
    struct line *line = page->line + page->count++;
    line->count = 0;
    TessPageIteratorBoundingBox(place, RIL_TEXTLINE, &line->left, &line->top, &line->right, &line->bottom);
    return line;
}

static struct err take_letter(TessResultIterator *at, struct page *page)
{
    const TessPageIterator *place = TessResultIteratorGetPageIteratorConst(at);
    bool new_line = page->count == 0 || TessPageIteratorIsAtBeginningOf(place, RIL_TEXTLINE);
    struct line *line = new_line ? next_line(page, place) : page->line + page->count - 1;
    char *text = TessResultIteratorGetUTF8Text(at, RIL_SYMBOL);
    struct line_letter letter = {.confidence = fminf(1, fmaxf(0, TessResultIteratorConfidence(at, RIL_WORD) / 100))};
    int top = 0, bottom = 0;
    TessPageIteratorBoundingBox(place, RIL_SYMBOL, &letter.left, &top, &letter.right, &bottom);
    bool taken = line != NULL && text != NULL;
    if (taken && line->count > 0 && TessPageIteratorIsAtBeginningOf(place, RIL_WORD)) {
        struct line_letter space = {.text = " ", .left = letter.left, .right = letter.left, .confidence = letter.confidence};
        taken = line_add(line, &space);
    }
    if (taken) {
        struct span cut = utf8_cut(span_text(text), LINE_LETTER_BYTES - 1);
        memcpy(letter.text, cut.p, cut.n);
        taken = letter.text[0] == ' ' || line_add(line, &letter);
    }
    TessDeleteText(text);
    return taken || text == NULL ? OK : FAIL(FULL);
}

static struct err recognise(struct reader *reader, struct Pix *picture, TessPageSegMode mode, struct page *page)
{
    page->count = 0;
    TessBaseAPISetPageSegMode(reader->tesseract, mode);
    TessBaseAPISetImage2(reader->tesseract, picture);
    if (TessBaseAPIRecognize(reader->tesseract, NULL) != 0) return FAIL(ENGINE);
    TessResultIterator *at = TessBaseAPIGetIterator(reader->tesseract);
    struct err e = OK;
    if (at != NULL) {
        do e = take_letter(at, page);
        while (!err_failed(e) && TessResultIteratorNext(at, RIL_SYMBOL));
        TessResultIteratorDelete(at);
    }
    TessBaseAPIClear(reader->tesseract);
    for (size_t i = 0; i < page->count; i++) line_mend_digits(page->line + i);
    return e;
}

/* --- which way up --- */

/* Is it worth reading the page turned? Tells by its middle third, which costs a third. */
static struct err makes_more_sense(struct reader *reader, const struct prepared *prepared, unsigned turns, double than, struct page *scratch, bool *more_out)
{
    int w = pixGetWidth(prepared->reading), h = pixGetHeight(prepared->reading);
    BOX *middle = turns % 2 == 0 ? boxCreate(0, h / 3, w, h / 3) : boxCreate(w / 3, 0, w / 3, h);
    PIX *part = pixClipRectangle(prepared->reading, middle, NULL), *turned = part == NULL ? NULL : pixRotateOrth(part, (l_int32)turns);
    struct err e = turned == NULL ? FAIL(OUT_OF_MEMORY) : recognise(reader, turned, PSM_SINGLE_COLUMN, scratch);
    *more_out = !err_failed(e) && faith_in(scratch) > than;
    boxDestroy(&middle);
    pixDestroy(&part);
    pixDestroy(&turned);
    return e;
}

/* Reads it as it is and, when that makes no sense, the other ways up; *page is the reading to believe. */
static struct err read_turning(struct reader *reader, struct prepared *prepared, struct page *page, struct page *other)
{
    static const unsigned turns[] = {2, 1, 3};
    TRY(recognise(reader, prepared->reading, PSM_SINGLE_COLUMN, page));
    double faith = faith_in(page);
    for (size_t i = 0; i < sizeof turns / sizeof *turns && faith < DOUBTFUL_READING; i++) {
        bool more = false;
        TRY(makes_more_sense(reader, prepared, turns[i], faith, other, &more));
        if (!more) continue;
        TRY(prepare_turn(prepared, turns[i]));
        TRY(recognise(reader, prepared->reading, PSM_SINGLE_COLUMN, other));
        if (faith_in(other) <= faith) {
            TRY(prepare_turn(prepared, 4 - turns[i]));
            continue;
        }
        struct page worse = *page;
        *page = *other;
        *other = worse;
        break;
    }
    return OK;
}

/* --- doubtful lines, again --- */

static bool is_alphanumeric(uint8_t c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80; }

static PIX *softer(PIX *line) { return pixBlockconvGray(line, NULL, 1, 1); }
static PIX *wider(PIX *line) { return pixScale(line, 1.25f, 1.0f); }

/* Each makes other mistakes than the plain reading; what most of them agree on is right more often than any of them. */
static PIX *(*const other_looks[])(PIX *) = {softer, wider};
enum { OTHER_LOOKS = sizeof other_looks / sizeof *other_looks };

static PIX *cut_out(PIX *page, const struct line *line)
{
    BOX *wanted = boxCreate(line->left - AROUND_LINE_X, line->top - AROUND_LINE_Y, line->right - line->left + 2 * AROUND_LINE_X,
                            line->bottom - line->top + 2 * AROUND_LINE_Y);
    BOX *there = wanted == NULL ? NULL : boxClipToRectangle(wanted, pixGetWidth(page), pixGetHeight(page));
    PIX *cut = there == NULL ? NULL : pixClipRectangle(page, there, NULL);
    PIX *framed = cut == NULL ? NULL : pixAddBorder(cut, LINE_FRAME, 255);
    boxDestroy(&wanted);
    boxDestroy(&there);
    pixDestroy(&cut);
    return framed;
}

static struct err read_again(struct reader *reader, struct Pix *page, struct line *line, struct page scratch[static OTHER_LOOKS])
{
    static struct line outcome; /* one thread, one line at a time */
    const struct line *readings[1 + OTHER_LOOKS] = {line};
    size_t count = 1;
    PIX *cut = cut_out(page, line);
    struct err e = OK;
    for (size_t i = 0; i < OTHER_LOOKS && cut != NULL && !err_failed(e); i++) {
        PIX *look = other_looks[i](cut);
        if (look == NULL) continue;
        e = recognise(reader, look, PSM_SINGLE_LINE, scratch + i);
        pixDestroy(&look);
        if (err_failed(e) || scratch[i].count != 1) continue;
        readings[count++] = scratch[i].line;
        if (count == 2 && line_says_the_same(line, scratch[i].line)) break; /* two of three have the majority */
    }
    pixDestroy(&cut);
    if (err_failed(e) || count == 1) return e;
    line_vote(readings, count, &outcome);
    *line = outcome;
    return OK;
}

/* A ruled line is also read as something. */
static bool has_letters(const struct line *line)
{
    for (size_t i = 0; i < line->count; i++)
        if (is_alphanumeric((uint8_t)line->letter[i].text[0]) && strncmp(line->letter[i].text, "\xe2\x80", 2) != 0) return true; /* no dash */
    return false;
}

static struct err read_doubtful_again(struct reader *reader, struct Pix *picture, struct page *page)
{
    struct page scratch[OTHER_LOOKS] = {{0}};
    struct err e = OK;
    for (size_t i = 0; i < OTHER_LOOKS && !err_failed(e); i++) e = page_begin(scratch + i);
    for (size_t i = 0, read = 0; i < page->count && read < READER_MAX_AGAIN && !err_failed(e); i++) {
        const struct line *line = page->line + i;
        if (!has_letters(line) || (line_confidence(line) >= SURE_LINE && line_doubt(line) >= SURE_WORD)) continue;
        e = read_again(reader, picture, page->line + i, scratch);
        read++;
    }
    for (size_t i = 0; i < OTHER_LOOKS; i++) page_free(scratch + i);
    return e;
}

/* --- words --- */

static struct err put_word(const struct prepared *prepared, const struct line *line, size_t from, size_t to, struct word *word, struct words *words)
{
    struct buf text = BUF_WITH_MAX(LINE_MAX_LETTERS * LINE_LETTER_BYTES);
    int left = line->letter[from].left, right = line->letter[from].right;
    word->confidence = 1;
    for (size_t i = from; i < to; i++) {
        const struct line_letter *letter = line->letter + i;
        buf_put_text(&text, letter->text);
        if (letter->left < left) left = letter->left;
        if (letter->right > right) right = letter->right;
        word->confidence = fmin(word->confidence, (double)letter->confidence);
    }
    box_on_page(prepared, left, line->top, right, line->bottom, word);
    word->text = buf_span(&text);
    struct err e = words_add(words, word);
    buf_free(&text);
    word->new_line = false;
    return e;
}

static struct err put_words(const struct prepared *prepared, const struct page *from, unsigned page, unsigned *next_line_number, struct words *words)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct line *line = from->line + i;
        struct word word = {.page = page, .line = *next_line_number, .new_line = words_count(words) > 0};
        bool any = false;
        for (size_t at = 0, end; at < line->count; at = end + 1) {
            for (end = at; end < line->count && line->letter[end].text[0] != ' ';) end++;
            if (end == at) continue;
            TRY(put_word(prepared, line, at, end, &word, words));
            any = true;
        }
        *next_line_number += any;
    }
    return OK;
}

static struct err read_prepared(struct reader *reader, struct prepared *prepared, struct page *page)
{
    struct page other = {0};
    struct err e = page_begin(&other);
    if (!err_failed(e)) e = read_turning(reader, prepared, page, &other);
    page_free(&other);
    return err_failed(e) ? e : read_doubtful_again(reader, prepared->reading, page);
}

struct err reader_read(struct reader *reader, struct Pix **grey, unsigned page_number, unsigned *next_line_number, struct words *words)
{
    struct prepared prepared = {0};
    struct page page = {0};
    TRY(prepare_page(grey, &prepared));
    struct err e = page_begin(&page);
    if (!err_failed(e)) e = read_prepared(reader, &prepared, &page);
    if (!err_failed(e)) e = put_words(&prepared, &page, page_number, next_line_number, words);
    page_free(&page);
    prepare_free(&prepared);
    return e;
}

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
