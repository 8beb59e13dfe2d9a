#include "media/result.h"

static void put_engine(struct json *j, const struct result_engine *engine)
{
    json_key(j, "engine");
    json_object(j);
    json_put_word(j, "name", engine->name);
    json_put_word(j, "version", engine->version);
    json_put_word(j, "model", engine->model);
    json_object_end(j);
}

static void put_media(struct json *j, enum clinic_input kind, const struct result_media *media)
{
    json_key(j, "media");
    json_object(j);
    json_put_word(j, "type", kind == CLINIC_TRANSCRIPT ? "audio" : "image");
    if (kind == CLINIC_TRANSCRIPT) {
        json_put_i64(j, "duration_ms", media->duration_ms);
    } else {
        json_key(j, "pages");
        json_array(j);
        for (unsigned i = 0; i < media->page_count; i++) {
            json_object(j);
            json_put_i64(j, "width", media->page[i].width);
            json_put_i64(j, "height", media->page[i].height);
            json_object_end(j);
        }
        json_array_end(j);
    }
    json_object_end(j);
}

/* Two digits are all that a confidence is good for. */
static void put_confidence(struct json *j, double confidence)
{
    unsigned hundredths = confidence <= 0 ? 0 : confidence >= 1 ? 100 : (unsigned)(confidence * 100 + 0.5);
    const uint8_t digits[] = {(uint8_t)('0' + hundredths / 100), '.', (uint8_t)('0' + hundredths / 10 % 10), (uint8_t)('0' + hundredths % 10)};
    json_key(j, "confidence");
    json_raw(j, span_of(digits, sizeof digits));
}

static void put_word(struct json *j, enum clinic_input kind, const struct word *word)
{
    json_object(j);
    json_put_text(j, "text", word->text);
    if (kind == CLINIC_TRANSCRIPT) {
        json_put_i64(j, "start_ms", word->start_ms);
        json_put_i64(j, "end_ms", word->end_ms);
        put_confidence(j, word->confidence);
    } else {
        json_put_i64(j, "page", word->page);
        json_key(j, "box");
        json_array(j);
        json_i64(j, word->x);
        json_i64(j, word->y);
        json_i64(j, word->width);
        json_i64(j, word->height);
        json_array_end(j);
        put_confidence(j, word->confidence);
        json_put_i64(j, "line", word->line);
    }
    json_object_end(j);
}

/* What the draft is made of and by. */
struct drafting {
    enum clinic_input kind;
    const struct lexicon *lexicon;
    const char *language;
    const struct clinic_proposal *proposal; /* NULL: ours */
    bool words_only;
};

struct clinic_word *result_clinic_words(struct arena *arena, const struct words *words)
{
    size_t n = words_count(words);
    struct clinic_word *list = arena_array(arena, n + 1, sizeof *list);
    for (size_t i = 0; i < n && list != NULL; i++) {
        const struct word *word = words_at(words, i);
        list[i] = (struct clinic_word){.text = word->text, .start_ms = word->start_ms, .end_ms = word->end_ms,
                                       .confidence = word->confidence, .page = word->page, .line = word->line};
    }
    return list;
}

static struct err put_draft(struct json *j, const struct drafting *drafting, const struct words *words, struct span text)
{
    size_t n = words_count(words);
    struct arena arena;
    arena_init(&arena, CLINIC_ARENA_BYTES + n * sizeof(struct clinic_word));
    struct clinic_word *list = result_clinic_words(&arena, words);
    struct err e = list == NULL ? FAIL(OUT_OF_MEMORY) : OK;
    if (!err_failed(e)) {
        json_key(j, "draft");
        e = drafting->proposal != NULL ? clinic_draft_proposed(&arena, drafting->lexicon, text, list, n, drafting->proposal, j)
                                       : clinic_draft(&arena, drafting->lexicon, drafting->kind, text, list, n, drafting->language, j);
    }
    arena_free(&arena);
    return e;
}

static struct err write_with_text(const struct drafting *drafting, const struct result_engine *engine, const struct result_media *media, const struct words *words,
                                  struct span text, struct buf *out)
{
    struct json j = JSON_TO(out);
    json_object(&j);
    json_put_i64(&j, "version", 1);
    put_engine(&j, engine);
    put_media(&j, drafting->kind, media);
    json_put_text(&j, "text", text);
    json_key(&j, "words");
    json_array(&j);
    for (size_t i = 0, n = words_count(words); i < n; i++) put_word(&j, drafting->kind, words_at(words, i));
    json_array_end(&j);
    if (!drafting->words_only) TRY(put_draft(&j, drafting, words, text));
    json_object_end(&j);
    return buf_check(out);
}

static struct err write_all(const struct drafting *drafting, const struct result_engine *engine, const struct result_media *media, const struct words *words, struct buf *out)
{
    struct buf text = BUF_WITH_MAX(CLINIC_MAX_TEXT);
    words_put_text(words, &text);
    struct err e = buf_check(&text);
    if (!err_failed(e)) e = write_with_text(drafting, engine, media, words, buf_span(&text), out);
    buf_free(&text);
    return e;
}

struct err result_write(enum clinic_input kind, const struct lexicon *lexicon, const char *language, const struct result_engine *engine, const struct result_media *media,
                        const struct words *words, struct buf *out)
{
    return write_all(&(struct drafting){.kind = kind, .lexicon = lexicon, .language = language}, engine, media, words, out);
}

struct err result_write_proposed(const struct lexicon *lexicon, const struct result_engine *engine, const struct result_media *media, const struct words *words,
                                 const struct clinic_proposal *proposal, struct buf *out)
{
    return write_all(&(struct drafting){.kind = CLINIC_TRANSCRIPT, .lexicon = lexicon, .proposal = proposal}, engine, media, words, out);
}

struct err result_write_words(enum clinic_input kind, const struct result_engine *engine, const struct result_media *media, const struct words *words, struct buf *out)
{
    return write_all(&(struct drafting){.kind = kind, .words_only = true}, engine, media, words, out);
}
