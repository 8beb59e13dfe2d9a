/* The clinic library against any text. The first byte chooses: directions, a page, a transcript, a note, the guard.
   What stands before a byte 1 is the clinic's list of medicines, and the dictionary too.
       clang -fsanitize=fuzzer,address,undefined -std=gnu2x -D_GNU_SOURCE -Isrc tests/fuzz/fuzz_clinic.c src/clinic/<all>.c src/base/<all>.c
   Run: fuzz_clinic -max_len=4096 corpus/ */
#include "base/utf8.h"
#include "clinic/clinic.h"
#include "clinic/section.h"
#include "clinic/sig.h"

#include <stdlib.h>

enum { OUT_BYTES = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cuts the lists off *text; NULL when there are none. */
static const struct lexicon *lists_of(struct arena *arena, struct span *text, struct lexicon *lexicon)
{
    const uint8_t *end = memchr(text->p, 1, text->n);
    if (end == NULL) return NULL;
    struct span lists = span_sub(*text, 0, (size_t)(end - text->p));
    *text = span_sub(*text, lists.n + 1, text->n);
    if (err_failed(lexicon_read_names(arena, lists, lexicon)) || err_failed(lexicon_read_words(arena, lists, lexicon))) abort();
    for (size_t i = 0; i < lexicon->name_count; i++)
        if (lexicon_name(lexicon, lexicon->names[i].key) != (int)i) abort();
    return lexicon;
}

static void direction(struct arena *arena, const struct lexicon *lexicon, struct span text, enum sig_form form, struct json *j)
{
    struct sig_setting setting = {.form = form, .eye_clinic = (size_t)form % 2 == 1, .lexicon = lexicon};
    struct sig sig;
    if (err_failed(sig_read(arena, text, &setting, &sig))) return;
    if (sig.understood != (sig.question.p == NULL)) abort();
    if (sig.understood && sig.leftover.p != NULL) abort();
    sig_fhir_put(j, &sig);
    sig_say_english(j->out, &sig, SPAN_NONE);
    sig_say_hindi(j->out, &sig, text);
    if (utf8_valid(text) && !utf8_valid(buf_span(j->out))) abort();
}

static void guard(struct arena *arena, const struct lexicon *lexicon, enum clinic_input kind, struct span text)
{
    struct clinic_finding *findings;
    size_t count, half = text.n / 2;
    while (half > 0 && (text.p[half] & 0xc0) == 0x80) half--;
    struct span draft = span_sub(text, half, text.n);
    if (err_failed(clinic_guard(arena, lexicon, kind, span_sub(text, 0, half), draft, &findings, &count))) return;
    for (size_t i = 0; i < count; i++)
        if (findings[i].length == 0 || findings[i].at + findings[i].length > draft.n) abort();
    /* nothing is found in a draft that is its own source, but a denial may have its reasons in front of it */
    if (text.n > 512 || err_failed(clinic_guard(arena, lexicon, kind, text, text, &findings, &count))) return;
    for (size_t i = 0; i < count; i++)
        if (findings[i].kind != CLINIC_FINDING_NEGATION && findings[i].kind != CLINIC_FINDING_NOT_UNDERSTOOD) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    struct span text = span_of(data + 2, size - 2);
    struct arena arena;
    struct buf out = BUF_WITH_MAX(OUT_BYTES);
    struct json j = JSON_TO(&out);
    const char *header;
    struct lexicon lists = {0};
    arena_init(&arena, CLINIC_ARENA_BYTES);
    const struct lexicon *lexicon = lists_of(&arena, &text, &lists);
    switch (data[0] % 6) {
    case 0: case 1: direction(&arena, lexicon, text, (enum sig_form)(data[1] % (SIG_FORM_OTHER + 1)), &j); break;
    case 2: IGNORE(clinic_draft(&arena, lexicon, CLINIC_PRESCRIPTION, text, NULL, 0, "en", &j)); break;
    case 3: IGNORE(clinic_draft(&arena, lexicon, CLINIC_TRANSCRIPT, text, NULL, 0, "en", &j)); break;
    case 4: IGNORE(clinic_note(&arena, lexicon, (enum clinic_template)(data[1] / 2 % 4), text, NULL, 0, data[1] % 2 == 1 ? "hi" : "en", &j)); IGNORE(section_of(&arena, text, &header)); break;
    default: guard(&arena, lexicon, data[1] % 2 == 1 ? CLINIC_PRESCRIPTION : CLINIC_TRANSCRIPT, text); break;
    }
    buf_free(&out);
    arena_free(&arena);
    return 0;
}
