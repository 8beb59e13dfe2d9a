#include "media/job.h"

#include "media/audio.h"
#include "media/guarding.h"
#include "media/outside_in.h"
#include "media/layer.h"
#include "media/pdf.h"
#include "media/pdf_text.h"
#include "media/reader.h"
#include "media/picture.h"
#include "media/result.h"

#include <fcntl.h>
#include <leptonica/allheaders.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    WORDS_ARENA_BYTES = 32 << 20,
    SHORTEST_SOUND_MS = 300,
    DECODED_SAMPLES = 16384,
    PERCENT_DRAFTING = 95,
};

struct job_engines {
    struct speech *speech;
    struct reader *reader;
    const char *page_model;
    struct buf dictionary;
};

struct work {
    struct job_engines *engines;
    const struct job *job;
    const struct job_input *input;
    struct lexicon lexicon;
    enum sniff_kind kind;
    struct job_progress progress;
    struct words words;
    struct result_media media;
    struct pdf_pages pdf;
    struct words layer; /* what the PDF says about itself */
    bool layer_used;
    int64_t heard_ms;   /* of utterances */
    const char *reason; /* when the error alone does not tell */
};

void job_show_evidence(struct job_engines *engines, struct buf *to)
{
    if (engines->speech != NULL) speech_show_evidence(engines->speech, to);
}

static void report(const struct work *work, unsigned percent, const char *stage)
{
    if (work->progress.report != NULL) work->progress.report(work->progress.context, percent, stage);
}

static struct err failed_because(struct work *work, const char *reason)
{
    work->reason = reason;
    return FAIL(UNPROCESSABLE_MEDIA);
}

static struct err hear_one(struct work *work, const struct segment *segment)
{
    work->heard_ms += (int64_t)segment->count * 1000 / SEGMENT_RATE;
    return speech_recognise(work->engines->speech, segment, &work->words);
}

/* A second of sound that was decoded is worth a second of processor time, and moves the bar, whether anybody spoke or not. */
static void tell_heard(struct work *work, const struct audio *audio, int64_t samples)
{
    int64_t seconds_before = work->media.duration_ms / 1000;
    work->media.duration_ms = samples * 1000 / AUDIO_RATE;
    if (work->media.duration_ms / 1000 == seconds_before) return;
    if (work->progress.heard != NULL) work->progress.heard(work->progress.context, work->media.duration_ms / 1000);
    report(work, audio_percent_read(audio) * PERCENT_DRAFTING / 100, "recognising");
}

/* Piece by piece from the decoder through the segmenter to the recogniser. */
static struct err hear_all(struct work *work, struct audio *audio, struct segmenter *segmenter)
{
    int16_t piece[SEGMENT_PIECE_SAMPLES];
    size_t filled = 0;
    int64_t samples = 0;
    for (bool end = false; !end;) {
        size_t count = 0;
        bool ready = false;
        struct segment segment;
        TRY(audio_read(audio, piece + filled, SEGMENT_PIECE_SAMPLES - filled, &count));
        end = count == 0;
        filled += count;
        if (!end && filled < SEGMENT_PIECE_SAMPLES) continue;
        samples += (int64_t)filled;
        TRY(segmenter_put(segmenter, piece, filled, &ready, &segment));
        filled = 0;
        if (ready) TRY(hear_one(work, &segment));
        if (end) TRY(segmenter_end(segmenter, &ready, &segment));
        if (end && ready) TRY(hear_one(work, &segment));
        tell_heard(work, audio, samples);
    }
    return OK;
}

static struct err hear(struct work *work)
{
    struct audio *audio = NULL;
    struct segmenter *segmenter = NULL;
    report(work, 1, "decoding");
    struct err e = audio_open(work->input->data, work->kind, &audio);
    if (!err_failed(e)) e = segmenter_new(&segmenter);
    if (!err_failed(e)) e = hear_all(work, audio, segmenter);
    segmenter_free(&segmenter);
    audio_close(&audio);
    TRY(e);
    if (work->media.duration_ms < SHORTEST_SOUND_MS) return failed_because(work, "too_short");
    return speech_was_clear(work->engines->speech, &work->words, work->heard_ms) ? OK : failed_because(work, "no_speech");
}

/* What was read on a reduced picture is pointed out on the whole one. */
static void enlarge_boxes(struct words *words, double x, double y)
{
    for (size_t i = 0, n = words_count(words); i < n; i++) {
        struct word *word = words_edit(words, i);
        word->x = (int)(word->x * x);
        word->width = (int)(word->width * x + 0.5);
        word->y = (int)(word->y * y);
        word->height = (int)(word->height * y + 0.5);
    }
}

static struct err open_pages(struct work *work, unsigned *pages_out)
{
    if (work->kind != SNIFF_PDF) return picture_pages(work->input->data, work->kind, pages_out);
    if (work->job->pdf == NULL) return FAIL(UNSUPPORTED_TYPE);
    struct pdf_programs *programs = work->job->pdf;
    TRY(pdf_read(&programs->draw, work->input->data, &work->pdf, &work->reason));
    *pages_out = work->pdf.count;
    if (programs->tell.pid > 0) IGNORE(pdf_text_read(&programs->tell, work->input->data, &work->pdf, &work->layer)); /* the pictures are enough */
    return OK;
}

static struct err open_page(const struct work *work, unsigned page, struct Pix **grey_out, struct picture_size *full_out)
{
    if (work->kind != SNIFF_PDF) return picture_decode(work->input->data, work->kind, page, grey_out, full_out);
    const struct pdf_page *from = &work->pdf.page[page];
    *full_out = (struct picture_size){from->width, from->height};
    *grey_out = pdf_picture(from);
    return *grey_out != NULL ? OK : FAIL(OUT_OF_MEMORY);
}

/* What was seen, and what the file says about itself as far as that bears it out. */
static struct err add_seen(struct work *work, unsigned page, const struct words *seen)
{
    bool used = false;
    TRY(layer_merge(&work->layer, page, seen, &work->words, &used));
    work->layer_used |= used;
    return OK;
}

static struct err read_page(struct work *work, unsigned page, unsigned *next_line)
{
    struct Pix *grey = NULL;
    struct picture_size full = {0};
    TRY(open_page(work, page, &grey, &full));
    work->media.page[page] = (struct result_page){.width = full.width, .height = full.height};
    work->media.page_count = page + 1;
    double x = (double)full.width / pixGetWidth(grey), y = (double)full.height / pixGetHeight(grey);
    struct words seen;
    words_init(&seen, work->words.arena);
    struct err e = reader_read(work->engines->reader, &grey, page, next_line, &seen);
    enlarge_boxes(&seen, x, y);
    if (words_count(&seen) > 0) words_edit(&seen, 0)->new_line = words_count(&work->words) > 0;
    if (!err_failed(e)) e = add_seen(work, page, &seen);
    words_free(&seen);
    return e;
}

static struct err see(struct work *work)
{
    unsigned pages = 0, next_line = 0;
    bool dark = false;
    report(work, 1, "preparing");
    TRY(open_pages(work, &pages));
    for (unsigned page = 0; page < pages && page < RESULT_MAX_PAGES; page++) {
        report(work, 5 + page * (PERCENT_DRAFTING - 5) / pages, "reading");
        struct err e = read_page(work, page, &next_line);
        if (e.code == ERR_TOO_SHORT) dark = true;
        else TRY(e);
    }
    if (reader_has_text(&work->words)) return OK;
    return failed_because(work, dark ? "too_dark" : "no_text");
}

static struct err look_at_data(struct work *work, bool audio)
{
    struct span data = work->input->data;
    TRY(sniff_check(data, data, data.n, &work->kind));
    if (sniff_is_audio(work->kind) != audio) return FAIL(FILE_MISMATCH);
    return sniff_type_fits(work->kind, span_text(work->job->media_type)) ? OK : FAIL(FILE_MISMATCH);
}

/* Every draft, from whichever engine. A guard that fails is no reason to lose the text: it blocks. */
static struct err guard_draft(struct work *work, enum clinic_input kind, struct job_output *output)
{
    struct buf source = BUF_WITH_MAX(CLINIC_MAX_TEXT);
    words_put_text(&work->words, &source);
    struct err e = buf_check(&source);
    if (!err_failed(e)) e = guarding_document(&work->lexicon, kind, buf_span(&source), buf_span(&output->document), &output->findings);
    if (err_failed(e)) guarding_unchecked(&output->findings);
    buf_free(&source);
    output->guarded = true;
    return buf_check(&output->findings);
}

static struct err do_audio(struct work *work, struct job_output *output)
{
    TRY(look_at_data(work, true));
    TRY(hear(work));
    report(work, PERCENT_DRAFTING, "drafting");
    const struct result_engine engine = {SPEECH_ENGINE_NAME, SPEECH_ENGINE_VERSION, speech_model_name(work->engines->speech)};
    TRY(result_write(CLINIC_TRANSCRIPT, &work->lexicon, work->job->language, &engine, &work->media, &work->words, &output->document));
    return guard_draft(work, CLINIC_TRANSCRIPT, output);
}

static struct err do_prescription(struct work *work, struct job_output *output)
{
    TRY(look_at_data(work, false));
    TRY(see(work));
    report(work, PERCENT_DRAFTING, "drafting");
    const struct result_engine engine = {work->layer_used ? "pdf-text+" READER_ENGINE_NAME : READER_ENGINE_NAME, reader_engine_version(), work->engines->page_model};
    TRY(result_write(CLINIC_PRESCRIPTION, &work->lexicon, work->job->language, &engine, &work->media, &work->words, &output->document));
    return guard_draft(work, CLINIC_PRESCRIPTION, output);
}

/* A text that a person edited, against what was recognised. */
static struct err do_guard(struct work *work, struct job_output *output)
{
    bool page = strcmp(work->job->input, "prescription") == 0;
    if (!page && strcmp(work->job->input, "audio") != 0) return FAIL(BAD_VALUE);
    TRY(guarding_text(&work->lexicon, page ? CLINIC_PRESCRIPTION : CLINIC_TRANSCRIPT, work->input->source, work->input->proposal, &output->findings));
    output->guarded = true;
    buf_put_text(&output->document, "{\"version\":1}");
    return buf_check(&output->document);
}

/* For an engine elsewhere: the sound and nothing else that the file holds. */
static struct err pass_on(struct work *work, struct audio *audio)
{
    static int16_t piece[DECODED_SAMPLES];
    int64_t samples = 0;
    for (size_t count = 1; count > 0;) {
        TRY(audio_read(audio, piece, DECODED_SAMPLES, &count));
        samples += (int64_t)count;
        work->media.duration_ms = samples * 1000 / AUDIO_RATE;
        if (count > 0 && work->progress.sound != NULL) work->progress.sound(work->progress.context, span_of(piece, count * sizeof *piece));
    }
    return OK;
}

static struct err do_decode(struct work *work, struct job_output *output)
{
    struct audio *audio = NULL;
    TRY(look_at_data(work, true));
    report(work, 1, "decoding");
    TRY(audio_open(work->input->data, work->kind, &audio));
    struct err e = pass_on(work, audio);
    audio_close(&audio);
    TRY(e);
    if (work->media.duration_ms < SHORTEST_SOUND_MS) return failed_because(work, "too_short");
    buf_put_text(&output->document, "{\"version\":1}");
    return buf_check(&output->document);
}

/* The words of a recording that an engine elsewhere heard, and perhaps the draft that one proposed. */
static struct err do_heard(struct work *work, struct job_output *output)
{
    struct outside_words heard;
    struct clinic_proposal proposal = {0};
    bool proposed = work->input->proposal.n > 0, talk = strcmp(work->job->input, "consultation") == 0; /* its notes are drafted when they are asked for */
    TRY(outside_in_words(work->words.arena, work->input->data, (int64_t)AUDIO_MAX_SECONDS * 1000, &work->words, &heard));
    if (proposed) TRY(outside_in_proposal(work->words.arena, work->input->proposal, &proposal));
    proposed = proposal.count > 0; /* an engine that has nothing to say is no reason to say nothing */
    if (words_count(&work->words) == 0) return failed_because(work, "no_speech");
    report(work, PERCENT_DRAFTING, "drafting");
    work->media.duration_ms = heard.duration_ms;
    const struct result_engine engine = {heard.name, heard.version, heard.model};
    if (talk) return result_write_words(CLINIC_TRANSCRIPT, &engine, &work->media, &work->words, &output->document);
    TRY(proposed ? result_write_proposed(&work->lexicon, &engine, &work->media, &work->words, &proposal, &output->document)
                 : result_write(CLINIC_TRANSCRIPT, &work->lexicon, work->job->language, &engine, &work->media, &work->words, &output->document));
    return guard_draft(work, CLINIC_TRANSCRIPT, output);
}

static struct err do_consultation(struct work *work, struct job_output *output)
{
    TRY(look_at_data(work, true));
    TRY(hear(work));
    const struct result_engine engine = {SPEECH_ENGINE_NAME, SPEECH_ENGINE_VERSION, speech_model_name(work->engines->speech)};
    return result_write_words(CLINIC_TRANSCRIPT, &engine, &work->media, &work->words, &output->document);
}

static struct err draft_note(struct work *work, struct span text, struct job_output *output)
{
    enum clinic_template template;
    struct arena arena;
    struct json j = JSON_TO(&output->document);
    size_t n = words_count(&work->words);
    if (!clinic_template_find(work->job->template, &template)) return FAIL(BAD_VALUE);
    arena_init(&arena, CLINIC_ARENA_BYTES + n * sizeof(struct clinic_word));
    struct clinic_word *list = result_clinic_words(&arena, &work->words);
    struct clinic_proposal proposal = {0};
    struct err e = list == NULL ? FAIL(OUT_OF_MEMORY) : work->input->proposal.n > 0 ? outside_in_proposal(work->words.arena, work->input->proposal, &proposal) : OK;
    bool proposed = proposal.count > 0;
    if (!err_failed(e))
        e = proposed ? clinic_note_proposed(&arena, &work->lexicon, template, text, list, n, &proposal, &j)
                     : clinic_note(&arena, &work->lexicon, template, text, list, n, work->job->language, &j);
    arena_free(&arena);
    return e;
}

/* The input is a consultation's result document: our own, but nobody says that it still is. */
static struct err do_note(struct work *work, struct job_output *output)
{
    struct outside_words heard;
    struct buf text = BUF_WITH_MAX(CLINIC_MAX_TEXT);
    TRY(outside_in_words(work->words.arena, work->input->data, (int64_t)AUDIO_MAX_SECONDS * 1000, &work->words, &heard));
    report(work, PERCENT_DRAFTING, "drafting");
    words_put_text(&work->words, &text);
    struct err e = buf_check(&text);
    if (!err_failed(e)) e = draft_note(work, buf_span(&text), output);
    buf_free(&text);
    TRY(e);
    output->drafted = true;
    return guard_draft(work, CLINIC_TRANSCRIPT, output);
}

/* --- the table of kinds --- */

static const struct {
    const char *word;
    bool hears, reads; /* engines */
    struct err (*run)(struct work *work, struct job_output *output);
} kinds[JOB_KINDS] = {
    [JOB_AUDIO] = {.word = "audio", .hears = true, .run = do_audio},
    [JOB_PRESCRIPTION] = {.word = "prescription", .reads = true, .run = do_prescription},
    [JOB_DECODE] = {.word = "decode", .run = do_decode},
    [JOB_HEARD] = {.word = "heard", .run = do_heard},
    [JOB_GUARD] = {.word = "guard", .run = do_guard},
    [JOB_CONSULTATION] = {.word = "consultation", .hears = true, .run = do_consultation},
    [JOB_NOTE] = {.word = "note", .run = do_note},
};

bool job_kind_find(const char *word, enum job_kind *kind_out)
{
    for (unsigned kind = 0; kind < JOB_KINDS; kind++) {
        *kind_out = (enum job_kind)kind;
        if (strcmp(kinds[kind].word, word) == 0) return true;
    }
    return false;
}

/* Nothing depends on it: what cannot be read, or is too large, is not there. */
static void read_dictionary(const char *path, struct buf *dictionary)
{
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : 1;
    while (n > 0 && !dictionary->failed) {
        uint8_t piece[1 << 16];
        n = read(fd, piece, sizeof piece);
        if (n > 0) buf_put(dictionary, piece, (size_t)n);
    }
    if (fd >= 0) close(fd);
    if (n < 0 || dictionary->failed) buf_reset(dictionary);
}

struct err job_prepare(enum job_kind kind, const struct job_models *models, struct job_engines **engines_out)
{
    *engines_out = NULL;
    struct job_engines *engines = calloc(1, sizeof *engines);
    if (engines == NULL) return FAIL(OUT_OF_MEMORY);
    engines->page_model = models->pages;
    engines->dictionary = BUF_WITH_MAX(LEXICON_WORDS_BYTES);
    if (kinds[kind].reads) read_dictionary(models->words, &engines->dictionary);
    struct err e = OK;
    if (kinds[kind].hears) e = speech_open(&models->speech, &engines->speech);
    if (kinds[kind].reads) e = reader_open(models->tessdata, engines->page_model, &engines->reader);
    if (err_failed(e)) {
        job_engines_free(&engines);
        return e;
    }
    *engines_out = engines;
    return OK;
}

void job_engines_free(struct job_engines **engines_in)
{
    struct job_engines *engines = *engines_in;
    *engines_in = NULL;
    if (engines == NULL) return;
    speech_close(&engines->speech);
    reader_close(&engines->reader);
    buf_free(&engines->dictionary);
    free(engines);
}

static const char *reason_of(struct err e)
{
    switch (e.code) {
    case ERR_EMPTY_FILE: case ERR_UNPROCESSABLE_MEDIA: return "unreadable_media";
    case ERR_FILE_MISMATCH: case ERR_UNSUPPORTED_TYPE: return "unsupported_media";
    case ERR_TOO_LARGE: return "too_large";
    case ERR_TOO_LONG: return "too_long";
    case ERR_OUT_OF_MEMORY: return "killed_memory";
    default: return "engine_failed";
    }
}

struct err job_run(struct job_engines *engines, const struct job *job, const struct job_input *input, struct job_progress progress,
                   struct job_output *output, const char **reason_out)
{
    struct arena arena;
    struct arena names;
    arena_init(&arena, WORDS_ARENA_BYTES);
    arena_init(&names, LEXICON_ARENA_BYTES);
    struct work work = {.engines = engines, .job = job, .input = input, .progress = progress};
    words_init(&work.words, &arena);
    words_init(&work.layer, &arena);
    bool ready = kinds[job->kind].hears == (engines->speech != NULL) && kinds[job->kind].reads == (engines->reader != NULL);
    struct err e = ready ? OK : FAIL(ENGINE);
    if (!err_failed(e)) e = lexicon_read_names(&names, input->lexicon, &work.lexicon);
    if (!err_failed(e)) e = lexicon_read_words(&names, buf_span(&engines->dictionary), &work.lexicon);
    if (!err_failed(e)) e = kinds[job->kind].run(&work, output);
    *reason_out = !err_failed(e) ? NULL : work.reason != NULL ? work.reason : reason_of(e);
    pdf_pages_free(&work.pdf);
    words_free(&work.words);
    words_free(&work.layer);
    arena_free(&names);
    arena_free(&arena);
    return e;
}
