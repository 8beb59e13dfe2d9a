/* Runs the clinic library over records from standard input (separated by NUL) and prints one JSON line a record.
   Usage: eval_clinic_run sig|prescription|transcript|note|lines|section|guard|guard-page. Driven by eval_clinic.py.
   A guard's record is the source, 0x01, the draft; a `sig` record may have the word for a form ("tab") and 0x01 in front. */
#include "base/clock.h"
#include "clinic/clinic.h"
#include "clinic/note.h"
#include "clinic/rx_form.h"
#include "clinic/section.h"
#include "clinic/sig.h"

#include <stdio.h>
#include <unistd.h>

enum { INPUT_MAX = 64 << 20, OUTPUT_MAX = 64 << 20 };

static struct err run_sig(struct arena *arena, struct span text, struct json *j)
{
    struct sig_setting setting = {0};
    const uint8_t *cut = memchr(text.p, 1, text.n);
    if (cut != NULL) {
        size_t n = (size_t)(cut - text.p);
        setting.form = rx_form_of(span_sub(text, 0, n));
        text = span_sub(text, n + 1, text.n);
    }
    struct sig sig;
    TRY(sig_read(arena, text, &setting, &sig));
    struct buf words = BUF_WITH_MAX(1 << 16);
    json_object(j);
    json_put_bool(j, "understood", sig.understood);
    json_put_text(j, "question", sig.question);
    sig_say_english(&words, &sig, SPAN_NONE);
    json_put_text(j, "text", buf_span(&words));
    buf_reset(&words);
    sig_say_hindi(&words, &sig, SPAN_NONE);
    json_put_text(j, "text_hi", buf_span(&words));
    json_key(j, "dosage");
    sig_fhir_put(j, &sig);
    json_object_end(j);
    buf_free(&words);
    return OK;
}

static struct err run_guard(struct arena *arena, enum clinic_input kind, struct span record, struct json *j)
{
    const uint8_t *cut = memchr(record.p, 1, record.n);
    if (cut == NULL) return FAIL(BAD_VALUE);
    size_t at = (size_t)(cut - record.p), count;
    struct clinic_finding *findings;
    struct span draft = span_sub(record, at + 1, record.n);
    TRY(clinic_guard(arena, NULL, kind, span_sub(record, 0, at), draft, &findings, &count));
    json_array(j);
    for (size_t i = 0; i < count; i++) {
        json_object(j);
        json_put_word(j, "kind", clinic_finding_name(findings[i].kind));
        json_put_i64(j, "at", (int64_t)findings[i].at);
        json_put_text(j, "text", span_sub(draft, findings[i].at, findings[i].length));
        json_object_end(j);
    }
    json_array_end(j);
    return OK;
}

/* Every line a note could have: what tools/train_note.py learns from. */
static struct err run_lines(struct arena *arena, struct span text, struct json *j)
{
    struct page page;
    struct talk talk;
    struct note note;
    TRY(page_read(arena, text, NULL, 0, &page));
    TRY(talk_read(arena, &page, &talk));
    TRY(note_lines(arena, NULL, &talk, &note));
    json_array(j);
    for (size_t i = 0; i < note.count; i++) {
        json_object(j);
        json_put_text(j, "text", note.lines[i].text);
        json_put_i64(j, "speaker", note.lines[i].speaker);
        json_put_i64(j, "origin", note.lines[i].origin);
        json_put_i64(j, "position", note.lines[i].position);
        json_put_i64(j, "score", note.lines[i].score);
        json_put_word(j, "section", note_section_name(note.lines[i].section));
        json_object_end(j);
    }
    json_array_end(j);
    return OK;
}

static struct err run(const char *mode, struct arena *arena, struct span record, struct json *j)
{
    if (strcmp(mode, "sig") == 0) return run_sig(arena, record, j);
    if (strcmp(mode, "prescription") == 0) return clinic_draft(arena, NULL, CLINIC_PRESCRIPTION, record, NULL, 0, "en", j);
    if (strcmp(mode, "transcript") == 0) return clinic_draft(arena, NULL, CLINIC_TRANSCRIPT, record, NULL, 0, "en", j);
    if (strcmp(mode, "note") == 0) return clinic_note(arena, NULL, CLINIC_SOAP, record, NULL, 0, "en", j);
    if (strcmp(mode, "lines") == 0) return run_lines(arena, record, j);
    if (strcmp(mode, "section") == 0) {
        const char *header;
        TRY(section_of(arena, record, &header));
        json_text(j, span_text(header));
        return OK;
    }
    if (strcmp(mode, "guard") == 0) return run_guard(arena, CLINIC_TRANSCRIPT, record, j);
    if (strcmp(mode, "guard-page") == 0) return run_guard(arena, CLINIC_PRESCRIPTION, record, j);
    return FAIL(BAD_VALUE);
}

int main(int argc, char **argv)
{
    static uint8_t block[1 << 16];
    struct buf in = BUF_WITH_MAX(INPUT_MAX), out = BUF_WITH_MAX(OUTPUT_MAX);
    struct arena arena;
    if (argc != 2) return 64;
    for (ssize_t n; (n = read(STDIN_FILENO, block, sizeof block)) > 0;) buf_put(&in, block, (size_t)n);
    if (in.failed) return 1;
    arena_init(&arena, CLINIC_ARENA_BYTES);
    struct span all = buf_span(&in);
    for (size_t at = 0; at < all.n;) {
        const uint8_t *end = memchr(all.p + at, 0, all.n - at);
        size_t n = end == NULL ? all.n - at : (size_t)(end - all.p) - at;
        struct json j = JSON_TO(&out);
        buf_reset(&out);
        int64_t began = clock_monotonic_us();
        struct err e = run(argv[1], &arena, span_sub(all, at, n), &j);
        int64_t took = clock_monotonic_us() - began;
        if (err_failed(e)) {
            buf_reset(&out);
            buf_put_text(&out, "{\"error\":\"");
            buf_put_text(&out, err_name(e.code));
            buf_put_text(&out, "\"}");
        }
        printf("%lld\t%.*s\n", (long long)took, (int)out.n, (const char *)out.p);
        arena_reset(&arena);
        at += n + 1;
    }
    arena_free(&arena);
    buf_free(&in);
    buf_free(&out);
    return 0;
}
