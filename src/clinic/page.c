#include "clinic/page.h"

static bool is_space(uint8_t c) { return c <= ' '; }

static struct err words_of_text(struct arena *arena, struct span text, struct page *out)
{
    size_t count = 0;
    for (size_t i = 0; i < text.n; i++) count += !is_space(text.p[i]) && (i == 0 || is_space(text.p[i - 1]));
    if (count > CLINIC_MAX_WORDS) return FAIL(TOO_LARGE);
    struct clinic_word *words = arena_array(arena, count + 1, sizeof *words);
    if (words == NULL) return FAIL(FULL);
    unsigned line = 0;
    for (size_t i = 0, n = 0; i < text.n;) {
        if (is_space(text.p[i])) {
            line += text.p[i++] == '\n';
            continue;
        }
        size_t from = i;
        while (i < text.n && !is_space(text.p[i])) i++;
        words[n++] = (struct clinic_word){.text = span_sub(text, from, i - from), .confidence = 1, .line = line};
    }
    out->words = words;
    out->word_count = count;
    return OK;
}

static struct err join_line(struct arena *arena, const struct clinic_word *words, struct page_line *line)
{
    size_t n = 0;
    for (size_t i = 0; i < line->count; i++) n += words[line->first + i].text.n + 1;
    uint8_t *text = arena_alloc(arena, n + 1);
    size_t *starts = arena_array(arena, line->count + 1, sizeof *starts);
    if (text == NULL || starts == NULL) return FAIL(FULL);
    size_t at = 0;
    for (size_t i = 0; i < line->count; i++) {
        struct span word = words[line->first + i].text;
        if (i > 0) text[at++] = ' ';
        starts[i] = at;
        if (word.n > 0) memcpy(text + at, word.p, word.n);
        at += word.n;
    }
    line->text = span_of(text, at);
    line->starts = starts;
    return OK;
}

struct err page_read(struct arena *arena, struct span text, const struct clinic_word *words, size_t word_count, struct page *out)
{
    *out = (struct page){.words = words, .word_count = word_count};
    if (word_count == 0) TRY(words_of_text(arena, text, out));
    size_t count = 0;
    for (size_t i = 0; i < out->word_count; i++) count += i == 0 || out->words[i].line != out->words[i - 1].line;
    out->lines = arena_array(arena, count + 1, sizeof *out->lines);
    if (out->lines == NULL) return FAIL(FULL);
    for (size_t i = 0; i < out->word_count; i++) {
        bool begins = i == 0 || out->words[i].line != out->words[i - 1].line;
        if (begins) out->lines[out->line_count++] = (struct page_line){.first = i};
        out->lines[out->line_count - 1].count++;
    }
    for (size_t i = 0; i < out->line_count; i++) TRY(join_line(arena, out->words, &out->lines[i]));
    return OK;
}

size_t page_word_at(const struct page_line *line, size_t at)
{
    size_t low = 0;
    for (size_t step = line->count; step > 0; step /= 2)
        while (low + step < line->count && line->starts[low + step] <= at) low += step;
    return line->first + low;
}
