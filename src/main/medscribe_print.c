#include "main/medscribe.h"

#include "base/json.h"
#include "os/channel.h"

#include <stdio.h>
#include <unistd.h>

static void print_span(FILE *to, struct span s)
{
    for (size_t at = 0; at < s.n; at++) fputc(s.p[at] < ' ' && s.p[at] != '\n' ? '?' : s.p[at], to);
}

int medscribe_print_refused(const struct options *options, const struct response *r)
{
    if (options->json) {
        struct buf text = BUF_WITH_MAX(16 * 1024);
        struct json j = JSON_TO(&text);
        json_object(&j);
        json_put_word(&j, "code", err_public_code(r->error));
        json_put_word(&j, "title", err_title(r->error));
        if (r->field.n > 0) json_put_text(&j, "field", r->field);
        if (r->detail.n > 0) json_put_text(&j, "detail", r->detail);
        json_object_end(&j);
        buf_put_byte(&text, '\n');
        IGNORE(channel_write(STDOUT_FILENO, buf_span(&text)));
        buf_free(&text);
        return EXIT_REFUSED;
    }
    fprintf(stderr, "medscribe: %s", err_title(r->error));
    if (r->field.n > 0) fputs(": ", stderr), print_span(stderr, r->field);
    if (r->detail.n > 0) fputs(" (", stderr), print_span(stderr, r->detail), fputs(")", stderr);
    fputs("\n", stderr);
    return EXIT_REFUSED;
}

static void print_counts_json(const struct import_count *counts, size_t n, int64_t duration_us)
{
    struct buf text = BUF_WITH_MAX(4096);
    struct json j = JSON_TO(&text);
    json_object(&j);
    for (size_t i = 0; i < n; i++) {
        json_key(&j, counts[i].what);
        json_object(&j);
        json_put_i64(&j, "imported", (int64_t)counts[i].imported);
        json_put_i64(&j, "already_imported", (int64_t)counts[i].already);
        json_put_i64(&j, "refused", (int64_t)counts[i].refused);
        json_object_end(&j);
    }
    json_put_i64(&j, "milliseconds", duration_us / 1000);
    json_object_end(&j);
    buf_put_byte(&text, '\n');
    IGNORE(channel_write(STDOUT_FILENO, buf_span(&text)));
    buf_free(&text);
}

void medscribe_print_import(const struct options *options, const struct import_count *counts, size_t n, int64_t duration_us)
{
    if (options->json) {
        print_counts_json(counts, n, duration_us);
        return;
    }
    for (size_t i = 0; i < n; i++)
        printf("%-12s %llu imported, %llu already there, %llu refused\n", counts[i].what, (unsigned long long)counts[i].imported,
               (unsigned long long)counts[i].already, (unsigned long long)counts[i].refused);
    printf("in %.1f seconds\n", (double)duration_us / 1e6);
}
