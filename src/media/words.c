#include "media/words.h"

#include "base/utf8.h"

void words_init(struct words *words, struct arena *arena)
{
    *words = (struct words){.arena = arena, .list = BUF_WITH_MAX(WORDS_MAX * sizeof(struct word))};
}

void words_free(struct words *words) { buf_free(&words->list); }

static struct span clean_text(struct arena *arena, struct span text)
{
    text = span_sub(text, 0, WORDS_TEXT_MAX_BYTES);
    struct buf clean = BUF_WITH_MAX(WORDS_TEXT_MAX_BYTES * 3);
    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        uint32_t c = utf8_next(text, &at);
        if (c == 0xfffd || utf8_is_control(c) || utf8_is_bidi_control(c)) buf_put_text(&clean, "\xef\xbf\xbd");
        else buf_put_span(&clean, span_sub(text, from, at - from));
    }
    struct span copy = clean.failed ? SPAN_NONE : arena_copy(arena, buf_span(&clean));
    buf_free(&clean);
    return copy;
}

struct err words_add(struct words *words, const struct word *word)
{
    struct word copy = *word;
    copy.text = clean_text(words->arena, word->text);
    if (copy.text.p == NULL) return FAIL(FULL);
    buf_put(&words->list, &copy, sizeof copy);
    return buf_check(&words->list);
}

size_t words_count(const struct words *words) { return words->list.n / sizeof(struct word); }

struct word *words_edit(struct words *words, size_t index)
{
    return index < words_count(words) ? (struct word *)(void *)words->list.p + index : NULL;
}

const struct word *words_at(const struct words *words, size_t index)
{
    return index < words_count(words) ? (const struct word *)(const void *)words->list.p + index : NULL;
}

void words_put_text(const struct words *words, struct buf *out)
{
    for (size_t i = 0, n = words_count(words); i < n; i++) {
        const struct word *word = words_at(words, i);
        if (i > 0) buf_put_byte(out, word->new_line ? '\n' : ' ');
        buf_put_span(out, word->text);
    }
}
