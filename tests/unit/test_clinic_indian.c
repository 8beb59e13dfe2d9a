/* Indian shorthand: every case of sigs_indian.tsv (the argument) is read as it says, or asked about. */
#include "clinic/rx_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LEAST_CASES = 200 };
static const char *cases_file;

/* The part up to the next tab or the end; *rest moves behind it. */
static char *part(char **rest)
{
    char *begin = *rest;
    size_t n = strcspn(begin, "\t\n");
    *rest = begin + n + (begin[n] != '\0');
    begin[n] = '\0';
    return begin;
}

static bool is_right(const struct sig *sig, const char *said, const char *meaning)
{
    if (meaning[0] != '?') return sig->understood && strcmp(said, meaning) == 0;
    return !sig->understood && memmem(sig->question.p, sig->question.n, meaning + 1, strlen(meaning + 1)) != NULL;
}

static void every_case_is_read_as_it_says(void **state)
{
    (void)state;
    char *line = NULL;
    size_t room = 0, count = 0, wrong = 0;
    FILE *file = fopen(cases_file, "re");
    assert_non_null(file);
    while (getline(&line, &room, file) > 0) {
        if (line[0] == '#') continue;
        char *rest = line, *direction = part(&rest), *form = part(&rest), *meaning = part(&rest);
        struct arena arena;
        struct sig sig;
        struct buf said = BUF_WITH_MAX(1 << 16);
        struct sig_setting setting = {.form = rx_form_of(span_text(form))};
        arena_init(&arena, 4 << 20);
        assert_false(err_failed(sig_read(&arena, span_text(direction), &setting, &sig)));
        sig_say_english(&said, &sig, SPAN_NONE);
        buf_put_byte(&said, 0);
        if (!is_right(&sig, (const char *)said.p, meaning)) {
            print_error("%s (%s)\n    want: %s\n    have: %s | %.*s\n", direction, form, meaning, (const char *)said.p, (int)sig.question.n, (const char *)sig.question.p);
            wrong++;
        }
        count++;
        buf_free(&said);
        arena_free(&arena);
    }
    free(line);
    fclose(file);
    assert_int_equal(wrong, 0);
    assert_true(count >= LEAST_CASES);
}

int main(int argc, char **argv)
{
    if (argc != 2) return 64;
    cases_file = argv[1];
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_case_is_read_as_it_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
