/* A PDF's text layer: what pdftotext prints is taken strictly, and believed only where the picture says the same. */
#include "media/layer.h"
#include "media/pdf_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEAD "level\tpage_num\tpar_num\tblock_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
#define PAGE "1\t1\t0\t0\t0\t0\t0.000000\t0.000000\t500.000000\t1000.000000\t-1\t###PAGE###\n"
#define LINE "4\t1\t0\t0\t0\t0\t72.000000\t100.000000\t80.500000\t12.000000\t-1\t###LINE###\n"
#define WORD "5\t1\t0\t0\t0\t0\t50.00\t100.00\t25.50\t10.00\t100\tTab\n"

static const struct pdf_pages one_page = {.page = {{.width = 1000, .height = 2000}}, .count = 1};
static struct arena arena;

static struct err parse(const char *text, struct words *words)
{
    words_init(words, &arena);
    return pdf_text_parse(span_text(text), &one_page, words);
}

static void words_stand_where_they_are_drawn(void **state)
{
    (void)state;
    struct words words;
    assert_int_equal(parse(HEAD PAGE LINE WORD, &words).code, ERR_OK);
    assert_int_equal(words_count(&words), 1);
    const struct word *word = words_at(&words, 0);
    assert_true(span_is(word->text, "Tab") && word->x == 100 && word->y == 200 && word->width == 51 && word->height == 20 && word->page == 0);
    words_free(&words);
    assert_int_equal(parse(HEAD PAGE "5\t1\t0\t0\t0\t0\t-50.00\t100.00\t25.50\t10.00\t100\tTab\n", &words).code, ERR_OK);
    assert_int_equal(words_count(&words), 0); /* beside the page */
    words_free(&words);
}

static void nothing_but_what_pdftotext_writes_is_taken(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "\n", HEAD, PAGE WORD, HEAD WORD, HEAD PAGE PAGE, HEAD PAGE "\n", HEAD PAGE "5\t1\n",
        HEAD PAGE "5\t1\t0\t0\t0\t0\t50.00\t100.00\t25.50\t10.00\t100\tTab", HEAD PAGE "5\t1\t0\t0\t0\t0\t50.00\t100.00\t25.50\t10.00\t100\tT\tab\n",
        HEAD PAGE "5\t1\t0\t0\t0\t0\t50.00\t100.00\t25.50\t10.00\t100\t\n", HEAD PAGE "5\t2\t0\t0\t0\t0\t50.00\t100.00\t25.50\t10.00\t100\tTab\n",
        HEAD PAGE "6\t1\t0\t0\t0\t0\t50.00\t100.00\t25.50\t10.00\t100\tTab\n", HEAD PAGE "5\t1\t0\t0\t0\t0\tnan\t100.00\t25.50\t10.00\t100\tTab\n",
        HEAD PAGE "5\t1\t0\t0\t0\t0\t1e5.0\t100.00\t25.50\t10.00\t100\tTab\n", HEAD PAGE "5\t1\t0\t0\t0\t0\t50.00\t100.00\t-25.50\t10.00\t100\tTab\n",
        HEAD PAGE "5\t1\t0\t0\t0\t0\t50\t100.00\t25.50\t10.00\t100\tTab\n", HEAD PAGE "5\t1\t0\t0\t0\t0\t12345678.0\t100.00\t25.50\t10.00\t100\tTab\n",
        HEAD PAGE "5\t1\t0\t0\t0\t0\t50.00\t100.00\t25.50\t10.00\t100\tT\xff\n", HEAD "1\t1\t0\t0\t0\t0\t0.0\t0.0\t0.0\t10.0\t-1\t###PAGE###\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct words words;
        assert_int_equal(parse(wrong[i], &words).code, ERR_UNPROCESSABLE_MEDIA);
        words_free(&words);
    }
}

/* Words of one line, separated by blanks, ten pixels a letter; "_" is an empty place. */
static void lay_out(struct words *words, const char *text, double confidence)
{
    words_init(words, &arena);
    for (int x = 0; *text != 0;) {
        size_t n = strcspn(text, " ");
        struct word word = {.text = span_of(text, n), .x = x, .y = 100, .width = (int)n * 10, .height = 20, .confidence = confidence, .line = 4};
        if (text[0] != '_') assert_false(err_failed(words_add(words, &word)));
        x += (int)n * 10 + 10;
        text += n + (text[n] == ' ');
    }
}

static void assert_merges(const char *layer_text, const char *read_text, bool used, const char *expected, double least)
{
    struct words layer, read, merged;
    struct buf text = BUF_WITH_MAX(4096);
    bool was_used = !used;
    double sure = 1;
    lay_out(&layer, layer_text, 1);
    lay_out(&read, read_text, 0.9);
    words_init(&merged, &arena);
    assert_int_equal(layer_merge(&layer, 0, &read, &merged, &was_used).code, ERR_OK);
    words_put_text(&merged, &text);
    assert_true(span_is(buf_span(&text), expected));
    assert_int_equal(was_used, used);
    for (size_t i = 0; i < words_count(&merged); i++) {
        if (words_at(&merged, i)->confidence < sure) sure = words_at(&merged, i)->confidence;
        assert_int_equal(words_at(&merged, i)->line, 4);
    }
    assert_true(sure >= least - 0.001 && sure <= least + 0.001);
    buf_free(&text);
    words_free(&layer), words_free(&read), words_free(&merged);
}

static void the_layer_counts_where_the_picture_agrees(void **state)
{
    (void)state;
    assert_merges("Dr. Iyer Metformin 500 mg", "Dr, lyer Metformin 5@0 mg", true, "Dr. Iyer Metformin 500 mg", 0.99);
    assert_merges("x 5 days Metformin", "x_5 days Metformin", true, "x_5 days Metformin", 0.5);
    assert_merges("Metformin tablets of 500 mg twice", "Metformin tablets of 50_ mg twice", true, "Metformin tablets of 50_ mg twice", 0.5); /* a dose that differs */
    assert_merges("Metformin tablets ____ twice a day", "Metformin tablets 850! twice a day", true, "Metformin tablets 850! twice a day", 0.9); /* a stamp */
    assert_merges("Metformin tablets Warf", "Metformin tablets ____", true, "Metformin tablets", 0.99); /* nobody sees it */
    assert_merges("Warfarin_ at night", "Metformin in pairs", false, "Metformin in pairs", 0.9);
    assert_merges("", "Metformin", false, "Metformin", 0.9);
    assert_merges("Metformin", "", false, "", 1);
}

static void crowded_pages_are_read_from_the_picture(void **state)
{
    (void)state;
    struct words layer, read, merged;
    bool used = true;
    lay_out(&layer, "", 1);
    lay_out(&read, "Metformin", 0.9);
    words_init(&merged, &arena);
    struct word word = {.text = SPAN_LITERAL("Metformin"), .y = 100, .width = 90, .height = 20};
    for (int i = 0; i <= LAYER_MAX_WORDS; i++) assert_false(err_failed(words_add(&layer, &word)));
    assert_int_equal(layer_merge(&layer, 0, &read, &merged, &used).code, ERR_OK);
    assert_true(!used && words_count(&merged) == 1);
    words_free(&layer), words_free(&read), words_free(&merged);
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 16 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_stand_where_they_are_drawn), cmocka_unit_test(nothing_but_what_pdftotext_writes_is_taken),
        cmocka_unit_test(the_layer_counts_where_the_picture_agrees), cmocka_unit_test(crowded_pages_are_read_from_the_picture),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
