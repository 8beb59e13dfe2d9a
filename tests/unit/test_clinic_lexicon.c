/* The clinic's own medicines and the dictionary of medical words: they ask less and suggest, and correct nothing. */
#include "clinic/clinic.h"
#include "clinic/medicine.h"
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena, lists;
static struct buf out;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, CLINIC_ARENA_BYTES);
    arena_init(&lists, LEXICON_ARENA_BYTES);
    out = BUF_WITH_MAX(8 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    arena_free(&lists);
    buf_free(&out);
    return 0;
}

static struct lexicon lexicon_of(const char *names, const char *dictionary)
{
    struct lexicon lexicon = {0};
    assert_false(err_failed(lexicon_read_names(&lists, span_text(names), &lexicon)));
    assert_false(err_failed(lexicon_read_words(&lists, span_text(dictionary), &lexicon)));
    return lexicon;
}

static const char *draft_of(const struct lexicon *lexicon, const char *text)
{
    struct json j = JSON_TO(&out);
    buf_reset(&out);
    arena_reset(&arena);
    assert_false(err_failed(clinic_draft(&arena, lexicon, CLINIC_PRESCRIPTION, span_text(text), NULL, 0, "en", &j)));
    buf_put_byte(&out, 0);
    return (const char *)out.p;
}

static void has(const char *json, const char *part)
{
    if (strstr(json, part) == NULL) fail_msg("no %s in %s", part, json);
}

static const char own_names[] = "Zorbinol\nTab. Quixamed 650 mg\nSYP  Fentro-Z  Plus\nPan Xyz\n\n  \nzorbinol\nOD\nVitamin B12\n";
static const char words[] = "7\n  a remark of the list/\nhematocrit/S\nXalatan\nfluroquin\nbrentazole/MS\nthe\nidée\n1,2-x\n";

static void clinic_names_are_medicines(void **state)
{
    (void)state;
    const struct lexicon lexicon = lexicon_of(own_names, "");
    assert_int_equal(lexicon.name_count, 6);
    static const char *const known[] = {"zorbinol", "quixamed", "fentro-z plus", "pan xyz", "vitamin b12", "ibuprofen"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!medicine_is_known(&lexicon, span_text(known[i]))) fail_msg("%s is not known", known[i]);
    assert_false(medicine_is_known(NULL, SPAN_LITERAL("zorbinol")));
    assert_false(medicine_is_known(&lexicon, SPAN_LITERAL("pan")));
    assert_false(medicine_is_known(&lexicon, SPAN_LITERAL("")));

    const char *page = "Rx\n1. Tab Zorbinol 20 mg BD x 5 days\n2. Tab Quixamed 650 mg 1-0-1\n3. Tab Pan Xyz 40 mg OD AC";
    has(draft_of(NULL, page), "\\\"Zorbinol\\\" is not on the list of medicines");
    const char *json = draft_of(&lexicon, page);
    assert_null(strstr(json, "not on the list"));
    has(json, "\"name\":\"Zorbinol\",\"strength\":\"20 mg\",\"list\":\"clinic\",\"suggestions\":[]");
    has(json, "\"name\":\"Pan Xyz\",\"strength\":\"40 mg\",\"list\":\"clinic\"");
    has(draft_of(&lexicon, "1. Tab Ibuprofen 400 mg BD"), "\"list\":\"medicines\"");
}

static void near_names_are_suggested_and_never_put_in(void **state)
{
    (void)state;
    const struct lexicon lexicon = lexicon_of(own_names, "");
    const char *json = draft_of(&lexicon, "Rx\n1. Tab Zorbinal 20 mg BD");
    has(json, "\"suggestions\":[\"Zorbinol\"]");
    has(json, "\\\"Zorbinal\\\" is not on the list of medicines. Is \\\"Zorbinol\\\" meant?");
    has(json, "\"name\":\"Zorbinal\"");
    has(json, "\"text\":\"1. Tab Zorbinal 20 mg BD\",");
    has(json, "\"understood\":false");
    has(draft_of(&lexicon, "Rx\n1. Syp Fentro-Z Pluss 5 ml BD"), "\"suggestions\":[\"Fentro-Z  Plus\"]");
    /* the clinic's own name stands before an equally near one of the built-in list, and each name once */
    const struct lexicon both = lexicon_of("Ibuprafen\nibuprofen", "");
    struct span like[MEDICINE_SUGGESTIONS];
    assert_int_equal(medicine_suggest(&both, SPAN_LITERAL("ibuprefen"), like), 2);
    assert_true(span_is(like[0], "Ibuprafen"));
    assert_true(span_is(like[1], "ibuprofen"));
}

static void own_names_do_not_change_what_directions_mean(void **state)
{
    (void)state;
    const struct lexicon lexicon = lexicon_of("OD\nBD\nTablet\n1-0-1\nmg\nx\nOnce daily\n", "");
    const char *page = "Rx\n1. Tab Ibuprofen 400 mg BD x 5 days\n2. Tab Aspirin 75 mg OD";
    size_t n;
    char *without = strdup(draft_of(NULL, page));
    assert_non_null(without);
    n = strlen(without);
    assert_memory_equal(draft_of(&lexicon, page), without, n + 1);
    free(without);
}

static void dictionary_words_are_words_not_medicines(void **state)
{
    (void)state;
    const struct lexicon lexicon = lexicon_of("", words);
    assert_int_equal(lexicon.word_count, 5);
    assert_true(lexicon_has_word(&lexicon, SPAN_LITERAL("xalatan")));
    assert_true(lexicon_has_word(&lexicon, SPAN_LITERAL("HEMATOCRIT")));
    assert_false(lexicon_has_word(&lexicon, SPAN_LITERAL("remark")));
    assert_false(lexicon_has_word(&lexicon, SPAN_LITERAL("")));
    assert_false(lexicon_has_word(NULL, SPAN_LITERAL("xalatan")));
    assert_false(medicine_is_known(&lexicon, SPAN_LITERAL("xalatan")));
    const char *json = draft_of(&lexicon, "Rx\n1. Gtt Xalatan 0.005% HS");
    has(json, "\\\"Xalatan\\\" is a medical word, but not on the list of medicines. Is the name right?");
    has(json, "\"list\":\"words\"");
    has(json, "\"understood\":false");
    json = draft_of(&lexicon, "Rx\n1. Gtt Xalaten 0.005% HS");
    has(json, "\"list\":null,\"suggestions\":[\"Xalatan\"]");
    has(json, "\\\"Xalaten\\\" is not on the list of medicines. Is the name right?");
    has(draft_of(&lexicon, "Rx\n1. Tab Brentazol 5 mg OD"), "\"suggestions\":[\"brentazole\"]"); /* an ending of medicines */
    has(draft_of(&lexicon, "Rx\n1. Tab Fluroquim 5 mg OD"), "\"suggestions\":[]");               /* could be anything */
}

static void hostile_lists_end(void **state)
{
    (void)state;
    struct buf list = BUF_WITH_MAX(8 << 20);
    buf_put_text(&list, "\xff\xfe\nZorbi\xc0\n=HYPERLINK(\"x\")\n\xe2\x80\xaeZorbinol\n");
    for (unsigned i = 0; i < 10000; i++) buf_put_byte(&list, 'a');
    buf_put_text(&list, "\nLastinol\n");
    struct lexicon lexicon = {0};
    assert_false(err_failed(lexicon_read_names(&lists, buf_span(&list), &lexicon)));
    assert_int_equal(lexicon.name_count, 3);
    assert_true(medicine_is_known(&lexicon, SPAN_LITERAL("lastinol")));
    has(draft_of(&lexicon, "Rx\n1. Tab Zorbinol 20 mg BD"), "not on the list");
    /* more names than are taken, all alike, and a page of names that are like all of them: ends soon */
    buf_reset(&list);
    for (unsigned i = 0; i < 2 * LEXICON_NAMES_MAX; i++) {
        for (unsigned k = 0, n = i; k < 10; k++, n /= 3) buf_put_byte(&list, (uint8_t)('a' + n % 3));
        buf_put_byte(&list, '\n');
    }
    lexicon = (struct lexicon){0};
    assert_false(err_failed(lexicon_read_names(&lists, buf_span(&list), &lexicon)));
    assert_int_equal(lexicon.name_count, LEXICON_NAMES_MAX);
    assert_false(err_failed(lexicon_read_words(&lists, buf_span(&list), &lexicon)));
    struct buf page = BUF_WITH_MAX(1 << 20);
    for (unsigned i = 0; i < 120; i++) buf_put_text(&page, "1. Tab Abcabcabzz bcabcabczz cabcabcazz aabbccaazz bbccaabbzz 5 mg BD\n");
    buf_put_byte(&page, 0);
    int64_t began = clock_monotonic_us();
    draft_of(&lexicon, (const char *)page.p);
    assert_true(clock_monotonic_us() - began < 30 * (int64_t)1000000); /* a build that checks itself is slow */
    buf_free(&page);
    buf_free(&list);
    struct arena small;
    arena_init(&small, 4096);
    assert_int_equal(lexicon_read_names(&small, span_text(own_names), &lexicon).code, ERR_OK);
    arena_free(&small);
    arena_init(&small, 64);
    assert_int_equal(lexicon_read_names(&small, span_text(own_names), &lexicon).code, ERR_FULL);
    arena_free(&small);
}

/* What the set of letters passes over is never near, and giving up early changes no answer. */
static void shortcuts_lose_nothing(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t text[2][12];
        struct span pair[2];
        for (unsigned k = 0; k < 2; k++) {
            size_t n = 0;
            for (size_t length = 3 + (round + k) % 9; n < length; n++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                text[k][n] = k == 1 && (seed >> 60) < 12 ? text[0][n % 3] : (uint8_t)('a' + (seed >> 33) % 5);
            }
            pair[k] = span_of(text[k], n);
        }
        unsigned exact = near_distance(pair[0], pair[1], NEAR_LONGEST);
        for (unsigned limit = 1; limit <= 3; limit++) {
            assert_int_equal(near_distance(pair[0], pair[1], limit), exact > limit ? limit + 1 : exact);
            bool passed_over = (unsigned)__builtin_popcount(lexicon_letters(pair[0]) ^ lexicon_letters(pair[1])) > 2 * limit;
            assert_false(passed_over && exact <= limit);
        }
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {T(clinic_names_are_medicines), T(near_names_are_suggested_and_never_put_in), T(own_names_do_not_change_what_directions_mean),
                                       T(dictionary_words_are_words_not_medicines), T(hostile_lists_end), T(shortcuts_lose_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
