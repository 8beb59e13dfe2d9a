/* The dictionary of medical words is a help, not a need: a worker starts without it, and with anything else in its place. */
#include "clinic/lexicon.h"
#include "media/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void starts(const char *words)
{
    const struct job_models models = {.tessdata = "/usr/share/tesseract-ocr/5/tessdata", .pages = "eng", .words = words};
    struct job_engines *engines = NULL;
    if (err_failed(job_prepare(JOB_PRESCRIPTION, &models, &engines))) fail_msg("no start with %s", words == NULL ? "none" : words);
    assert_non_null(engines);
    job_engines_free(&engines);
    assert_null(engines);
}

static void a_worker_starts_with_any_dictionary(void **state)
{
    (void)state;
    starts(NULL);
    starts("/nonexistent/words.dic");
    starts("/");             /* a folder */
    starts("/dev/zero");     /* never ends: reading stops at the limit */
    starts("/proc/self/mem"); /* cannot be read */
    starts("/dev/null");
    char path[] = "/tmp/medscribe-words-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)LEXICON_WORDS_BYTES + 1), 0); /* too large: as if it were not there */
    starts(path);
    assert_int_equal(ftruncate(fd, 5), 0); /* zeros */
    starts(path);
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_worker_starts_with_any_dictionary)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
