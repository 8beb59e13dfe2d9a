/* Every function of src/clinic on inputs as large as it takes (a quarter of that where a sanitizer looks at every byte), of the kinds that
   cost it most: the time stays in proportion. The limit is generous; what it catches is a square, which takes minutes here. */
#include "clinic/clinic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { PART = 4 };
#else
enum { PART = 1 };
#endif
enum { LIMIT_S = 15, RESULT_MAX = 64 << 20, BYTES = CLINIC_MAX_TEXT / PART, WORDS = CLINIC_MAX_WORDS / PART };

static struct arena arena;
static struct buf out, text;
static struct lexicon lexicon;
static struct arena names;

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A list of the clinic's own, as long as one may be, of names that look alike. */
static int set_up(void **state)
{
    struct buf list = BUF_WITH_MAX(LEXICON_NAMES_MAX * LEXICON_NAME_BYTES);
    (void)state;
    for (unsigned i = 0; i < LEXICON_NAMES_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "metopr%c%c%c%cl\n", 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676 % 26, 'o');
        buf_put_text(&list, name);
    }
    arena_init(&arena, CLINIC_ARENA_BYTES);
    arena_init(&names, LEXICON_ARENA_BYTES);
    out = BUF_WITH_MAX(RESULT_MAX);
    text = BUF_WITH_MAX(CLINIC_MAX_TEXT);
    struct err e = lexicon_read_names(&names, arena_copy(&names, buf_span(&list)), &lexicon);
    buf_free(&list);
    return err_failed(e) ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    arena_free(&names);
    buf_free(&out);
    buf_free(&text);
    return 0;
}

/* `unit` again and again, `end` behind every `each` of it, until `max` bytes are full. */
static struct span much(const char *unit, const char *end, size_t each, size_t max)
{
    size_t words = 0, in_unit = 0;
    buf_reset(&text);
    for (const char *c = unit; *c != '\0'; c++) in_unit += *c <= ' ';
    for (size_t i = 1; text.n + strlen(unit) + strlen(end) <= max && words + in_unit < WORDS; i++, words += in_unit) {
        buf_put_text(&text, unit);
        if (i % each == 0) buf_put_text(&text, end);
    }
    return buf_span(&text);
}

static void within_the_limit(const char *what, const char *unit, double since)
{
    double took = cpu_s() - since;
    if (took > LIMIT_S) fail_msg("%s of \"%s\" took %.1f s", what, unit, took);
    print_message("%5.2f s: %s of \"%s\"\n", took, what, unit);
}

static const struct {
    const char *unit, *end;
    size_t each;
} pages[] = {
    {"metoprxyzab ", "\n", 170}, {"Tab Metoprxyzab 50 mg ", "\n", 1}, {"Tab Qwertyuiop Asdfghjkl Zxcvbnmqwe Poiuytrewq Lkjhgfdsaq Mnbvcxzlkj 50 mg 1-0-1 x 5 days\n", "", 1},
    {"abq ", "\n", 511}, {"1-0-1 ", "\n", 80}, {"tahlet ", "\n", 500}, {"of if in a ", "\n", 100},
};

static void pages_take_their_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        struct span page = much(pages[i].unit, pages[i].end, pages[i].each, BYTES);
        struct json j = JSON_TO(&out);
        double since = cpu_s();
        arena_reset(&arena);
        buf_reset(&out);
        struct err e = clinic_draft(&arena, &lexicon, CLINIC_PRESCRIPTION, page, NULL, 0, "en", &j);
        assert_true(e.code == ERR_OK || e.code == ERR_TOO_LARGE || e.code == ERR_FULL);
        within_the_limit("page", pages[i].unit, since);
    }
}

static const struct {
    const char *unit, *end;
    size_t each;
} talks[] = {
    {"any fever ? no . ", "\n", 1}, {"fever ", ". ", 39}, {"i take five metoprolol ", "\n", 12}, {"ab ", "", 1}, {"a\n", "", 1}, {"any a , ", "? yes maybe\n", 300},
    {"metoprolol ", "", 1}, {"a", "", 1}, {"she is a woman . ", "", 1},
};

static void talks_take_their_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
        struct span talk = much(talks[i].unit, talks[i].end, talks[i].each, BYTES);
        struct json j = JSON_TO(&out);
        double since = cpu_s();
        arena_reset(&arena);
        buf_reset(&out);
        struct err e = clinic_note(&arena, &lexicon, (enum clinic_template)(i % (CLINIC_AFTER_VISIT + 1)), talk, NULL, 0, "en", &j);
        assert_true(e.code == ERR_OK || e.code == ERR_TOO_LARGE || e.code == ERR_FULL);
        within_the_limit("note", talks[i].unit, since);
    }
}

/* Source and draft are the same, or the draft says it where the source denies it. */
static const struct {
    const char *source, *draft, *end;
    size_t each;
} guarded[] = {
    {"aaaa bbbb ", NULL, ". ", 20}, {"fever ", NULL, ". ", 39}, {"denies fever ", "fever ", ". ", 39}, {"5 mg ", NULL, ". ", 30}, {"left eye ", "right knee ", ". ", 30},
    {"metoprolol 5 mg ", NULL, "\n", 12}, {"no ", NULL, ". ", 30}, {"a\n", NULL, "", 1}, {"5 or 5 and ", "5 mg ", ". ", 30}, {"metoprolol aaaa ", "atenolol aaaa ", ". ", 20},
    {"i have no pain in my left knee and i take metoprolol twice a day . ", NULL, "\n", 1},
    {"any pain in the left knee and hip ? no . ", "there is pain in the right knee and hip . ", "\n", 40},
};

static void guards_take_their_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof guarded / sizeof *guarded; i++) {
        struct buf source = BUF_WITH_MAX(CLINIC_MAX_TEXT);
        buf_reset(&source);
        buf_put_span(&source, much(guarded[i].source, guarded[i].end, guarded[i].each, BYTES));
        struct span draft = much(guarded[i].draft != NULL ? guarded[i].draft : guarded[i].source, guarded[i].end, guarded[i].each, BYTES);
        for (enum clinic_input kind = CLINIC_TRANSCRIPT; kind <= CLINIC_PRESCRIPTION; kind++) {
            struct clinic_finding *findings;
            size_t count;
            double since = cpu_s();
            arena_reset(&arena);
            struct err e = clinic_guard(&arena, &lexicon, kind, buf_span(&source), draft, &findings, &count);
            assert_true(e.code == ERR_OK || e.code == ERR_TOO_LARGE || e.code == ERR_FULL);
            within_the_limit(kind == CLINIC_TRANSCRIPT ? "guard" : "guard of a page", guarded[i].source, since);
        }
        buf_free(&source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pages_take_their_time), cmocka_unit_test(talks_take_their_time), cmocka_unit_test(guards_take_their_time)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
