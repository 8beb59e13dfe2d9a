/* What pdftotext says of a stranger's file, and how it is laid beside what was read of the picture. The input is the program's
   output; what is "read" is made of the same words, moved and cut. */
#include "media/layer.h"
#include "media/pdf_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct words *words, unsigned pages)
{
    if (words_count(words) > PDF_TEXT_MAX_WORDS) abort();
    for (size_t i = 0, n = words_count(words); i < n; i++) {
        const struct word *word = words_at(words, i);
        if (word->text.n == 0 || word->page >= pages || word->x < 0 || word->y < 0 || word->width < 0 || word->height < 0) abort();
        if (word->x + word->width > PDF_SIDE_MAX + 1 || word->y + word->height > PDF_SIDE_MAX + 1) abort();
    }
}

static void merge(const struct words *layer, struct arena *arena)
{
    struct words read, merged;
    bool used = false;
    words_init(&read, arena);
    words_init(&merged, arena);
    for (size_t i = 0, n = words_count(layer); i < n; i++) {
        struct word word = *words_at(layer, i);
        if (word.page != 0 || i % 7 == 3) continue;
        if (i % 5 == 4) word.text = span_sub(word.text, 1, word.text.n);
        word.x += (int)(i % 3);
        IGNORE(words_add(&read, &word));
    }
    if (!err_failed(layer_merge(layer, 0, &read, &merged, &used)) && words_count(&merged) > words_count(layer)) abort();
    words_free(&read);
    words_free(&merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pdf_pages pages = {.page = {{.width = 1838, .height = 2600}, {.width = 2600, .height = 1838}}, .count = 2};
    struct arena arena;
    struct words layer;
    arena_init(&arena, 8 << 20);
    words_init(&layer, &arena);
    IGNORE(pdf_text_parse(span_of(data, size), &pages, &layer));
    check(&layer, pages.count);
    merge(&layer, &arena);
    words_free(&layer);
    arena_free(&arena);
    return 0;
}
