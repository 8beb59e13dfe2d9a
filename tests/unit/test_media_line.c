/* Readings of one line: shapes of digits, and the vote of several readings. */
#include "media/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LETTER_WIDTH = 10 };

static struct line *line_of(const char *text, float confidence)
{
    struct line *line = calloc(1, sizeof *line);
    assert_non_null(line);
    for (const char *p = text; *p != 0;) {
        size_t n = 1;
        while (((uint8_t)p[n] & 0xc0) == 0x80) n++;
        int left = (int)line->count * LETTER_WIDTH;
        struct line_letter letter = {.left = left, .right = left + LETTER_WIDTH, .confidence = confidence};
        memcpy(letter.text, p, n);
        assert_true(line_add(line, &letter));
        p += n;
    }
    line->right = (int)line->count * LETTER_WIDTH;
    return line;
}

static void assert_says(const struct line *line, const char *expected)
{
    char text[LINE_MAX_LETTERS * LINE_LETTER_BYTES] = "";
    for (size_t i = 0; i < line->count; i++) strcat(text, line->letter[i].text);
    assert_string_equal(text, expected);
}

static void assert_mended(const char *read, const char *expected)
{
    struct line *line = line_of(read, 0.9f);
    line_mend_digits(line);
    assert_says(line, expected);
    assert_true((line_doubt(line) < 0.6) == (strcmp(read, expected) != 0)); /* whoever reads on must ask */
    free(line);
}

static void shapes_of_digits_are_read_in_numbers(void **state)
{
    (void)state;
    assert_mended("Tab Diclofenac 5@ mg", "Tab Diclofenac 50 mg");
    assert_mended("1-@-@ x 3® days", "1-0-0 x 30 days");
    assert_mended("I-O-l x 5 days", "1-0-1 x 5 days");
    assert_mended("O-O-O-1", "0-0-0-1");
    assert_mended("I4/O5/2O26", "14/05/2026");
    assert_mended("REFILLS: @", "REFILLS: 0");
}

static void nothing_else_becomes_a_digit(void **state)
{
    (void)state;
    static const char *const kept[] = {"clinic@lotus.example", "Oil 5 l", "give 2l daily", "IO mg", "lo mg", "so mg", "x @ 10", "O", "@", "Dr. I. Ono",
                                       "OD x 5 days", "I-O", "A-O-1", "5mg", "@ home", "SOS", "| 500 |", "", " ", "-"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) assert_mended(kept[i], kept[i]);
}

static void vote_of_three(const char *a, const char *b, const char *c, float weight, const char *expected)
{
    struct line *lines[] = {line_of(a, 0.8f), line_of(b, weight), line_of(c, weight)}, outcome;
    line_vote((const struct line *const *)lines, 3, &outcome);
    assert_says(&outcome, expected);
    for (size_t i = 0; i < 3; i++) free(lines[i]);
}

static void most_weight_wins(void **state)
{
    (void)state;
    vote_of_three("Metforrnin 50O mg", "Metformin 500 mg", "Metformin 500 mg", 0.7f, "Metformin 500 mg");
    vote_of_three("Metformin 500 mg", "Netformin 500 mg", "Metformin 500 ng", 0.9f, "Metformin 500 mg");
    vote_of_three("Metformin 500 mg", "Melform1n", "x", 0.3f, "Metformin 500 mg"); /* two that are not sure, and differ */
    vote_of_three("1 tab", "1tab", "1tab", 0.9f, "1 tab"); /* spaces are the page's */
    vote_of_three("x5 days", "x 5 days", "x 5 days", 0.9f, "x 5 days");
    vote_of_three("", "eee", "eee", 0.9f, "eee");
    vote_of_three("abc", "", "", 0.9f, "abc"); /* who read nothing has no say */
}

static void what_is_voted_is_as_sure_as_all_together(void **state)
{
    (void)state;
    struct line *lines[] = {line_of("50", 0.9f), line_of("50", 0.9f), line_of("58", 0.9f)}, outcome;
    line_vote((const struct line *const *)lines, 3, &outcome);
    assert_says(&outcome, "50");
    assert_true(outcome.letter[0].confidence > 0.89f && outcome.letter[1].confidence < 0.61f);
    assert_int_equal(outcome.letter[1].left, LETTER_WIDTH);
    assert_int_equal(outcome.letter[1].right, 2 * LETTER_WIDTH);
    lines[0]->letter[1].guessed = lines[1]->letter[1].guessed = true;
    line_vote((const struct line *const *)lines, 2, &outcome);
    assert_true(outcome.letter[1].guessed && outcome.letter[1].confidence < 0.6f);
    lines[1]->letter[1].guessed = false; /* another look saw the digit itself */
    line_vote((const struct line *const *)lines, 2, &outcome);
    assert_true(!outcome.letter[1].guessed && outcome.letter[1].confidence > 0.8f);
    for (size_t i = 0; i < 3; i++) free(lines[i]);
}

static void a_full_line_stays_within_itself(void **state)
{
    (void)state;
    struct line *full = calloc(1, sizeof *full), *other = calloc(1, sizeof *other), *outcome = calloc(1, sizeof *outcome);
    assert_true(full != NULL && other != NULL && outcome != NULL);
    struct line_letter a = {.text = "a", .confidence = 0.2f}, b = {.text = "b", .confidence = 0.9f};
    while (line_add(full, &a)) {}
    while (line_add(other, &b)) {}
    assert_int_equal(full->count, LINE_MAX_LETTERS);
    const struct line *readings[] = {full, other, other};
    line_vote(readings, 3, outcome);
    assert_int_equal(outcome->count, LINE_MAX_LETTERS);
    assert_string_equal(outcome->letter[0].text, "b");
    full->count = 1; /* all but one are put in */
    line_vote(readings, 3, outcome);
    assert_in_range(outcome->count, LINE_MAX_LETTERS - 1, LINE_MAX_LETTERS);
    free(full), free(other), free(outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_of_digits_are_read_in_numbers), cmocka_unit_test(nothing_else_becomes_a_digit), cmocka_unit_test(most_weight_wins),
        cmocka_unit_test(what_is_voted_is_as_sure_as_all_together), cmocka_unit_test(a_full_line_stays_within_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
