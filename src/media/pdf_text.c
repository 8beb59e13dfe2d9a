#include "media/pdf_text.h"

#include "base/num.h"
#include "base/utf8.h"

#include <stdlib.h>

enum { COLUMNS = 12, WHOLE_DIGITS = 6, DECIMALS = 6, LEVEL_PAGE = 1, LEVEL_FLOW = 3, LEVEL_LINE = 4, LEVEL_WORD = 5 };
enum column { LEVEL, PAGE, LEFT = 6, TOP, WIDTH, HEIGHT, TEXT = 11 };

struct sheet { /* the page that the rows are about, in points */
    unsigned number;
    double width, height;
};

/* "-12.340000"; nothing with an exponent, no infinity. */
static bool take_decimal(struct span text, double *value_out)
{
    bool negative = text.n > 0 && text.p[0] == '-';
    if (negative) text = span_sub(text, 1, text.n);
    const uint8_t *point = text.n == 0 ? NULL : memchr(text.p, '.', text.n);
    if (point == NULL) return false;
    struct span whole = span_of(text.p, (size_t)(point - text.p)), part = span_sub(text, whole.n + 1, text.n);
    uint64_t big = 0, small = 0;
    if (whole.n > WHOLE_DIGITS || part.n > DECIMALS || !num_u64(whole, 1000 * 1000, &big)) return false;
    double divisor = 1, value = 0;
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] < '0' || part.p[i] > '9') return false;
        small = small * 10 + (uint64_t)(part.p[i] - '0');
        divisor *= 10;
    }
    value = (double)big + (double)small / divisor;
    *value_out = negative ? -value : value;
    return part.n > 0;
}

static bool take_row(struct span row, struct span column[static COLUMNS])
{
    for (int i = 0; i < COLUMNS; i++) {
        const uint8_t *tab = row.n == 0 ? NULL : memchr(row.p, '\t', row.n);
        if ((tab == NULL) != (i == COLUMNS - 1)) return false;
        column[i] = tab == NULL ? row : span_of(row.p, (size_t)(tab - row.p));
        row = tab == NULL ? SPAN_NONE : span_sub(row, column[i].n + 1, row.n);
    }
    return column[TEXT].n > 0;
}

static bool take_box(const struct span column[static COLUMNS], double box[static 4])
{
    for (int i = 0; i < 4; i++)
        if (!take_decimal(column[LEFT + i], &box[i])) return false;
    return box[2] >= 0 && box[3] >= 0;
}

static bool next_sheet(const double box[static 4], struct sheet *sheet, unsigned pages)
{
    if (sheet->number == pages || box[0] != 0 || box[1] != 0 || box[2] < 1 || box[3] < 1) return false;
    *sheet = (struct sheet){sheet->number + 1, box[2], box[3]};
    return true;
}

/* What lies beside the page is not drawn. */
static struct err add_word(const double box[static 4], struct span text, const struct sheet *sheet, const struct pdf_page *drawn, struct words *words)
{
    if (box[0] < 0 || box[1] < 0 || box[0] + box[2] > sheet->width || box[1] + box[3] > sheet->height) return OK;
    double x = drawn->width / sheet->width, y = drawn->height / sheet->height;
    struct word word = {.text = text, .confidence = 1, .page = sheet->number - 1, .x = (int)(box[0] * x), .y = (int)(box[1] * y),
                        .width = (int)(box[2] * x), .height = (int)(box[3] * y)};
    return words_count(words) < PDF_TEXT_MAX_WORDS ? words_add(words, &word) : FAIL(FULL);
}

static struct err take_line(struct span row, const struct pdf_pages *pages, struct sheet *sheet, struct words *words)
{
    struct span column[COLUMNS];
    uint64_t level = 0, number = 0;
    double box[4];
    if (!take_row(row, column) || !num_u64(column[LEVEL], LEVEL_WORD, &level) || !num_u64(column[PAGE], PDF_MAX_PAGES + 1, &number)) return FAIL(UNPROCESSABLE_MEDIA);
    if (!take_box(column, box) || !utf8_valid(column[TEXT])) return FAIL(UNPROCESSABLE_MEDIA);
    if (level == LEVEL_PAGE && !(span_is(column[TEXT], "###PAGE###") && next_sheet(box, sheet, pages->count))) return FAIL(UNPROCESSABLE_MEDIA);
    if (number == 0 || number != sheet->number) return FAIL(UNPROCESSABLE_MEDIA);
    if (level == LEVEL_WORD) return add_word(box, column[TEXT], sheet, &pages->page[number - 1], words);
    return level == LEVEL_PAGE || level == LEVEL_FLOW || level == LEVEL_LINE ? OK : FAIL(UNPROCESSABLE_MEDIA);
}

struct err pdf_text_parse(struct span output, const struct pdf_pages *pages, struct words *words)
{
    static const struct span head = SPAN_LITERAL("level\tpage_num\tpar_num\tblock_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n");
    struct sheet sheet = {0};
    if (!span_starts(output, head)) return FAIL(UNPROCESSABLE_MEDIA);
    output = span_sub(output, head.n, output.n);
    while (output.n > 0) {
        const uint8_t *end = memchr(output.p, '\n', output.n);
        if (end == NULL) return FAIL(UNPROCESSABLE_MEDIA);
        struct span row = span_of(output.p, (size_t)(end - output.p));
        TRY(take_line(row, pages, &sheet, words));
        output = span_sub(output, row.n + 1, output.n);
    }
    return sheet.number == pages->count ? OK : FAIL(UNPROCESSABLE_MEDIA);
}

struct err pdf_text_read(struct pdf_program *program, struct span file, const struct pdf_pages *pages, struct words *words)
{
    const char *reason = NULL;
    size_t n = 0;
    uint8_t *room = malloc(PDF_TEXT_MAX_BYTES);
    if (room == NULL) return FAIL(OUT_OF_MEMORY);
    struct err e = pdf_exchange(program, file, room, PDF_TEXT_MAX_BYTES, PDF_TEXT_SECONDS, &n, &reason);
    if (!err_failed(e)) e = pdf_text_parse(span_of(room, n), pages, words);
    if (err_failed(e)) buf_reset(&words->list);
    free(room);
    return e;
}
