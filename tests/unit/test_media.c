/* Sound and pictures through the decoders, pages through the reader, jobs through the real worker in its sandbox.
   Samples are made here (encoders: the ffmpeg program; letters: leptonica's own); nothing is kept in the repository. */
#include "media/audio.h"
#include "media/job.h"
#include "media/pdf.h"
#include "media/picture.h"
#include "media/reader.h"
#include "wire/worker.h"

#include <leptonica/allheaders.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TESSDATA "/usr/share/tesseract-ocr/5/tessdata"
enum { TONE_SECONDS = 3 };

static char folder[] = "/tmp/medscribe-media-XXXXXX";

/* --- sound --- */

static void write_tone(const char *path, unsigned rate, unsigned channels)
{
    uint32_t samples = rate * TONE_SECONDS, data = samples * channels * 2, riff = data + 36, format[4] = {16, 0, rate, rate * channels * 2};
    uint16_t kind[2] = {1, (uint16_t)channels}, width[2] = {(uint16_t)(channels * 2), 16};
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite("RIFF", 4, 1, file), fwrite(&riff, 4, 1, file), fwrite("WAVEfmt ", 8, 1, file), fwrite(&format[0], 4, 1, file);
    fwrite(kind, 4, 1, file), fwrite(&format[2], 8, 1, file), fwrite(width, 4, 1, file), fwrite("data", 4, 1, file), fwrite(&data, 4, 1, file);
    for (uint32_t i = 0; i < samples; i++)
        for (unsigned c = 0; c < channels; c++) {
            int16_t value = (int16_t)lrint(8000 * sin(2 * M_PI * 440 * i / rate));
            fwrite(&value, 2, 1, file);
        }
    fclose(file);
}

static struct span read_whole(const char *path)
{
    size_t n = 0;
    uint8_t *p = l_binaryRead(path, &n);
    return p == NULL ? SPAN_NONE : span_of(p, n);
}
static void forget(struct span file) { free((void *)(uintptr_t)file.p); }

/* Samples that come out, or -1 with the error. */
static int64_t decode_all(struct span file, enum sniff_kind kind, struct err *error_out, double *loudness_out)
{
    struct audio *audio = NULL;
    int16_t piece[1000];
    int64_t total = 0;
    double sum = 0;
    *error_out = audio_open(file, kind, &audio);
    for (size_t n = 1; !err_failed(*error_out) && n > 0; total += (int64_t)n) {
        *error_out = audio_read(audio, piece, 1000, &n);
        for (size_t i = 0; i < n; i++) sum += (double)piece[i] * piece[i];
    }
    audio_close(&audio);
    if (loudness_out != NULL) *loudness_out = total > 0 ? sqrt(sum / (double)total) : 0;
    return err_failed(*error_out) ? -1 : total;
}

static const struct {
    enum sniff_kind kind;
    const char *name, *options;
    bool says_length;
} encodings[] = {
    {SNIFF_WAV, "t.wav", "-c:a pcm_s16le -ar 44100 -ac 2", true}, {SNIFF_WAV, "alaw.wav", "-c:a pcm_alaw -ar 8000", true},
    {SNIFF_FLAC, "t.flac", "-c:a flac", true}, {SNIFF_MP3, "t.mp3", "-c:a libmp3lame -b:a 64k", false},
    {SNIFF_M4A, "t.m4a", "-c:a aac", true}, {SNIFF_OGG, "t.opus", "-c:a libopus -f ogg", false},
    {SNIFF_OGG, "t.ogg", "-c:a libvorbis", false}, {SNIFF_WEBM, "t.webm", "-c:a libopus", false},
};
enum { ENCODINGS = sizeof encodings / sizeof *encodings };

static struct span encoded(size_t i)
{
    char path[256], command[700];
    snprintf(path, sizeof path, "%s/%s", folder, encodings[i].name);
    snprintf(command, sizeof command, "ffmpeg -nostdin -v quiet -y -i %s/tone.wav %s %s", folder, encodings[i].options, path);
    return access(path, R_OK) == 0 || system(command) == 0 ? read_whole(path) : SPAN_NONE;
}

static void every_kind_of_recording_is_heard(void **state)
{
    (void)state;
    for (size_t i = 0; i < ENCODINGS; i++) {
        struct span file = encoded(i);
        struct err e;
        enum sniff_kind kind;
        double loudness = 0;
        assert_true(file.n > 0); /* ffmpeg is installed for the tests: its absence is a failure */
        assert_int_equal(sniff_check(file, file, file.n, &kind).code, ERR_OK);
        assert_int_equal(kind, encodings[i].kind);
        int64_t samples = decode_all(file, kind, &e, &loudness);
        assert_in_range(samples, AUDIO_RATE * TONE_SECONDS * 9 / 10, AUDIO_RATE * TONE_SECONDS * 11 / 10);
        assert_true(loudness > 3000 && loudness < 8000);
        forget(file);
    }
}

static void half_a_recording_is_not_taken_for_a_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < ENCODINGS; i++) {
        struct span file = encoded(i);
        struct err e;
        assert_true(file.n > 0);
        struct span half = span_sub(file, 0, file.n / 2);
        enum sniff_kind kind;
        int64_t samples = err_failed(sniff_check(half, half, half.n, &kind)) ? -1 : decode_all(half, kind, &e, NULL);
        if (encodings[i].says_length && samples != -1) print_message("%s: %lld\n", encodings[i].name, (long long)samples);
        if (encodings[i].says_length) assert_int_equal(samples, -1);
        forget(file);
    }
}

static void damaged_recordings_do_no_harm(void **state)
{
    (void)state;
    unsigned seed = 1;
    for (size_t i = 0; i < ENCODINGS; i++)
        for (int round = 0; round < 40; round++) {
            struct span file = encoded(i);
            struct err e;
            assert_true(file.n > 0);
            uint8_t *bytes = (uint8_t *)(uintptr_t)file.p;
            for (int flip = 0; flip < 20; flip++) {
                seed = seed * 1103515245u + 12345u;
                bytes[seed / 7 % (round % 2 == 0 ? 200 : (unsigned)file.n)] = (uint8_t)(seed >> 16);
            }
            assert_true(decode_all(file, encodings[i].kind, &e, NULL) <= (int64_t)AUDIO_MAX_SECONDS * AUDIO_RATE);
            forget(file);
        }
}

static void rates_and_channels_have_limits(void **state)
{
    (void)state;
    char path[256];
    struct err e;
    static const struct {
        unsigned rate, channels;
    } shapes[] = {{1000, 1}, {400000, 1}, {16000, 9}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        snprintf(path, sizeof path, "%s/shape.wav", folder);
        write_tone(path, shapes[i].rate, shapes[i].channels);
        struct span file = read_whole(path);
        assert_int_equal(decode_all(file, SNIFF_WAV, &e, NULL), -1);
        assert_int_equal(e.code, ERR_UNSUPPORTED_TYPE);
        forget(file);
    }
}

/* --- pictures --- */

static PIX *draw_page(void)
{
    static const char *const lines[] = {"City Care Clinic", "Tab Metformin 500 mg", "1-0-1 after food", "Cap Omeprazole 20 mg", "once daily before breakfast"};
    L_BMF *font = bmfCreate(NULL, 10);
    PIX *page = pixCreate(1000, 600, 8);
    assert_non_null(font);
    pixSetAll(page);
    for (int i = 0; i < 5; i++) pixSetTextline(page, font, lines[i], 0, 60, 100 + 75 * i, NULL, NULL);
    bmfDestroy(&font);
    return page;
}

static struct span written(PIX *page, l_int32 format)
{
    l_uint8 *p = NULL;
    size_t n = 0;
    assert_int_equal(pixWriteMem(&p, &n, page, format), 0);
    return span_of(p, n);
}

static void every_kind_of_picture_is_seen(void **state)
{
    (void)state;
    static const struct {
        l_int32 format;
        enum sniff_kind kind;
    } formats[] = {{IFF_JFIF_JPEG, SNIFF_JPEG}, {IFF_PNG, SNIFF_PNG}, {IFF_WEBP, SNIFF_WEBP}, {IFF_TIFF, SNIFF_TIFF}, {IFF_TIFF_LZW, SNIFF_TIFF}};
    PIX *page = draw_page();
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        PIX *colour = formats[i].format == IFF_WEBP ? pixConvertTo32(page) : pixClone(page), *grey = NULL;
        struct span file = written(colour, formats[i].format);
        struct picture_size size;
        enum sniff_kind kind;
        assert_int_equal(sniff_check(file, file, file.n, &kind).code, ERR_OK);
        assert_int_equal(kind, formats[i].kind);
        assert_int_equal(picture_decode(file, kind, 0, &grey, &size).code, ERR_OK);
        assert_int_equal(pixGetDepth(grey), 8);
        assert_int_equal(pixGetWidth(grey), pixGetWidth(page));
        pixDestroy(&grey);
        for (size_t n = 0; n < file.n; n += file.n / 40 + 1) { /* cut short: an answer, and no harm */
            struct err e = picture_decode(span_sub(file, 0, n), kind, 0, &grey, &size);
            assert_true(err_failed(e) == (grey == NULL));
            pixDestroy(&grey);
        }
        forget(file);
        pixDestroy(&colour);
    }
    pixDestroy(&page);
}

/* --- pages --- */

static struct reader *reader;

static bool reads(PIX *page, const char *expected, struct words *words, struct arena *arena)
{
    struct buf text = BUF_WITH_MAX(1 << 16);
    unsigned line = 0;
    arena_init(arena, 1 << 20);
    words_init(words, arena);
    PIX *taken = pixClone(page);
    struct err e = reader_read(reader, &taken, 0, &line, words);
    assert_null(taken);
    words_put_text(words, &text);
    bool found = !err_failed(e) && text.n > 0 && memmem(text.p, text.n, expected, strlen(expected)) != NULL;
    if (!found) print_message("read (%s): %.*s\n", err_name(e.code), (int)text.n, (const char *)text.p);
    buf_free(&text);
    return found;
}

static void assert_reads(PIX *page, const char *expected)
{
    struct arena arena;
    struct words words;
    assert_true(reads(page, expected, &words, &arena));
    assert_true(reader_has_text(&words));
    words_free(&words);
    arena_free(&arena);
    pixDestroy(&page);
}

static PIX *changed(PIX *(*change)(PIX *))
{
    PIX *page = draw_page(), *other = change(page);
    assert_non_null(other);
    pixDestroy(&page);
    return other;
}
static PIX *tilt(PIX *p) { return pixRotate(p, 0.12f, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, pixGetWidth(p), pixGetHeight(p)); }
static PIX *turn(PIX *p) { return pixRotate180(NULL, p); }
static PIX *lay(PIX *p) { return pixRotate90(p, 1); }
static PIX *dim(PIX *p) { return pixMultConstantGray(p, 0.35f) == 0 ? pixClone(p) : NULL; }
static PIX *on_a_table(PIX *p)
{
    PIX *table = pixAddBorderGeneral(p, 120, 120, 120, 120, 70);
    PTA *from = ptaCreate(4), *to = ptaCreate(4);
    l_float32 right = (l_float32)pixGetWidth(table) - 1, low = (l_float32)pixGetHeight(table) - 1;
    ptaAddPt(from, 0, 0), ptaAddPt(from, right, 0), ptaAddPt(from, right, low), ptaAddPt(from, 0, low);
    ptaAddPt(to, 50, 20), ptaAddPt(to, right - 10, 50), ptaAddPt(to, right - 90, low - 30), ptaAddPt(to, 10, low - 60);
    PIX *seen = pixProjectivePtaGray(table, to, from, 70);
    ptaDestroy(&from);
    ptaDestroy(&to);
    pixDestroy(&table);
    return seen;
}

static void pages_are_read_however_they_lie(void **state)
{
    (void)state;
    assert_reads(draw_page(), "Metformin 500 mg");
    assert_reads(changed(tilt), "Metformin 500 mg");
    assert_reads(changed(turn), "Metformin 500 mg");
    assert_reads(changed(lay), "Metformin 500 mg");
    assert_reads(changed(dim), "Metformin 500 mg");
    assert_reads(changed(on_a_table), "Metformin 500 mg");
}

static void boxes_are_where_the_words_are(void **state)
{
    (void)state;
    struct arena arena;
    struct words words;
    PIX *page = draw_page();
    assert_true(reads(page, "Metformin", &words, &arena));
    for (size_t i = 0; i < words_count(&words); i++) {
        const struct word *word = words_at(&words, i);
        if (!span_is(word->text, "Metformin")) continue;
        assert_in_range(word->x, 100, 200); /* second line, after "Tab" */
        assert_in_range(word->y, 130, 160);
        assert_in_range(word->height, 20, 50);
        assert_int_equal(word->line, 1);
    }
    words_free(&words);
    arena_free(&arena);
    pixDestroy(&page);
}

static void a_blank_page_is_no_text(void **state)
{
    (void)state;
    struct arena arena;
    struct words words;
    PIX *page = pixCreate(1000, 700, 8);
    pixSetAll(page);
    reads(page, "", &words, &arena);
    assert_false(reader_has_text(&words));
    words_free(&words);
    arena_free(&arena);
    pixClearAll(page);
    unsigned line = 0;
    arena_init(&arena, 1 << 20);
    words_init(&words, &arena);
    assert_int_equal(reader_read(reader, &page, 0, &line, &words).code, ERR_TOO_SHORT); /* too dark */
    words_free(&words);
    arena_free(&arena);
}

/* Pango draws the page: Devanagari needs shaping. */
static void two_languages_are_read_on_one_page(void **state)
{
    (void)state;
    static const char *const lines[] = {"Tab Metformin 500 mg", "1-0-1 खाने के बाद", "सुबह खाली पेट एक कैप्सूल", "Cap Omeprazole 20 mg"};
    struct reader *english = reader;
    char text[256], picture[256], command[1024];
    snprintf(text, sizeof text, "%s/hindi.txt", folder);
    snprintf(picture, sizeof picture, "%s/hindi.png", folder);
    FILE *file = fopen(text, "w");
    assert_non_null(file);
    for (size_t i = 0; i < 4; i++) fprintf(file, "%s\n", lines[i]);
    fclose(file);
    snprintf(command, sizeof command, "pango-view --no-display --font='DejaVu Sans, Lohit Devanagari 22' --dpi=150 --margin=60 --output=%s %s", picture, text);
    assert_int_equal(system(command), 0); /* it, the fonts and the model are installed for the tests: their absence is a failure */
    assert_false(err_failed(reader_open(TESSDATA, "eng+hin", &reader)));
    PIX *drawn = pixRead(picture);
    assert_non_null(drawn);
    assert_reads(pixConvertTo8(drawn, 0), "Tab Metformin 500 mg\n1-0-1 खाने के बाद\nसुबह खाली पेट एक कैप्सूल\nCap Omeprazole 20 mg");
    reader_close(&reader);
    reader = english;
    pixDestroy(&drawn);
    assert_true(unlink(text) == 0 && unlink(picture) == 0);
    assert_true(err_failed(reader_open(TESSDATA, "eng+nowhere_land", &english)));
}

/* What is no page of writing: its patterns have edges, and a reader sees letters in everything. */
static void assert_no_text(PIX *picture, const char *what)
{
    struct arena arena;
    struct words words;
    unsigned line = 0;
    arena_init(&arena, 1 << 20);
    words_init(&words, &arena);
    struct err e = reader_read(reader, &picture, 0, &line, &words);
    struct buf text = BUF_WITH_MAX(1 << 16);
    words_put_text(&words, &text);
    bool none = e.code == ERR_TOO_SHORT || (!err_failed(e) && !reader_has_text(&words));
    if (!none) print_message("%s was read as: %.*s\n", what, (int)text.n, (const char *)text.p);
    assert_true(none);
    buf_free(&text);
    words_free(&words);
    arena_free(&arena);
}

static PIX *pattern(unsigned kind, unsigned seed)
{
    PIX *picture = pixCreate(600, 450, 8);
    for (int y = 0; y < 450; y++)
        for (int x = 0; x < 600; x++) {
            double value = 128;
            seed = seed * 1103515245u + 12345u;
            switch (kind) {
            case 0: value = 128 + 90 * sin(x * 0.02) * cos(y * 0.031) + 30 * sin(x * y * 0.0007); break;        /* soft fur */
            case 1: value = ((x / 45 + y / 45) % 2) != 0 ? 40 : 220; break;                                       /* tiles */
            case 2: value = x % 60 < 52 && y % 60 < 52 ? (hypot(x % 60 - 26, y % 60 - 26) < 9 ? 90 : 200) : 30; break; /* keys */
            case 3: value = (double)(seed >> 16 & 255); break;                                                    /* grain */
            case 4: value = x % 24 < 3 ? 60 : 235; break;                                                         /* stripes */
            case 5: value = fabs(sin(x * 0.05) * 20 + y % 40 - 20) < 3 ? 30 : 240; break;                         /* waves like lines of writing */
            case 6: value = hypot(x % 80 - 40, y % 80 - 40) < 30 && hypot(x % 80 - 40, y % 80 - 40) > 24 ? 20 : 240; break; /* rings */
            default: value = 255.0 * x / 600; break;                                                              /* a wall in the evening */
            }
            pixSetPixel(picture, x, y, (l_uint32)fmax(0, fmin(255, value)));
        }
    return picture;
}

static void what_is_no_page_is_no_text(void **state)
{
    (void)state;
    static const char *const names[] = {"fur", "tiles", "keys", "grain", "stripes", "waves", "rings", "wall"};
    for (unsigned kind = 0; kind < sizeof names / sizeof *names; kind++) assert_no_text(pattern(kind, kind + 1), names[kind]);
}

/* --- the worker in its sandbox --- */

struct answer {
    uint32_t type;
    unsigned progress;
    int status;
    struct buf body;
};

static void send_frame(int fd, uint32_t type, const void *p, uint32_t n)
{
    uint32_t head[2] = {n, type};
    if (send(fd, head, sizeof head, MSG_NOSIGNAL) == sizeof head && n > 0) assert_true(send(fd, p, n, MSG_NOSIGNAL) > 0);
}

static void take_answer(int fd, struct answer *answer)
{
    uint32_t head[2];
    while (recv(fd, head, sizeof head, MSG_WAITALL) == (ssize_t)sizeof head) {
        answer->type = head[1];
        buf_reset(&answer->body);
        uint8_t *to = buf_reserve(&answer->body, head[0]);
        assert_non_null(to);
        if (head[0] > 0) assert_int_equal(recv(fd, to, head[0], MSG_WAITALL), head[0]);
        buf_added(&answer->body, head[0]);
        if (head[1] == WORKER_PROGRESS) answer->progress++;
    }
}

static struct answer work(const char *job, struct span file)
{
    struct answer answer = {.body = BUF_WITH_MAX(WORKER_RESULT_MAX)};
    int pair[2];
    const char *program = getenv("MEDSCRIBE_WORKER");
    assert_non_null(program);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pair[1], 30);
        close(pair[0]);
        execl(program, program, "--channel", "30", (char *)NULL);
        _exit(127);
    }
    close(pair[1]);
    send_frame(pair[0], WORKER_JOB, job, (uint32_t)strlen(job));
    for (size_t at = 0; at < file.n; at += WORKER_DATA_MAX) {
        struct span part = span_sub(file, at, WORKER_DATA_MAX);
        send_frame(pair[0], WORKER_DATA, part.p, (uint32_t)part.n);
    }
    send_frame(pair[0], WORKER_END, NULL, 0);
    take_answer(pair[0], &answer);
    close(pair[0]);
    waitpid(pid, &answer.status, 0);
    return answer;
}

static void assert_fails_as(const char *job, struct span file, const char *reason)
{
    struct answer answer = work(job, file);
    assert_int_equal(answer.type, WORKER_FAILED);
    if (!span_is(buf_span(&answer.body), reason)) print_message("failed: %.*s\n", (int)answer.body.n, (const char *)answer.body.p);
    assert_true(span_is(buf_span(&answer.body), reason));
    assert_int_equal(answer.status, 0);
    buf_free(&answer.body);
}

#define PAGE_JOB "{\"kind\":\"prescription\",\"media_type\":\"\",\"language\":\"en\",\"form\":null}"
#define SOUND_JOB "{\"kind\":\"audio\",\"media_type\":\"\",\"language\":\"en\",\"form\":null}"

static bool has_text(const struct answer *answer, const char *text) { return memmem(answer->body.p, answer->body.n, text, strlen(text)) != NULL; }

static void the_worker_reads_a_page(void **state)
{
    (void)state;
    assert_non_null(getenv("MEDSCRIBE_WORKER")); /* meson sets it */
    PIX *page = draw_page();
    struct span file = written(page, IFF_PNG);
    struct answer answer = work(PAGE_JOB, file);
    assert_int_equal(answer.type, WORKER_RESULT);
    assert_true(answer.progress >= 3);
    assert_true(has_text(&answer, "\"version\":1") && has_text(&answer, "Metformin") && has_text(&answer, "\"patient_instructions\""));
    assert_int_equal(answer.status, 0);
    buf_free(&answer.body);
    forget(file);
    pixDestroy(&page);
}

static void assert_worker_hears(const char *path, const char *words)
{
    struct span file = read_whole(path);
    struct answer answer = work(SOUND_JOB, file);
    assert_int_equal(answer.type, WORKER_RESULT);
    assert_true(has_text(&answer, words) && has_text(&answer, "\"doctor_summary\"") && has_text(&answer, "\"start_ms\""));
    buf_free(&answer.body);
    forget(file);
}

static void the_worker_hears_a_made_voice(void **state)
{
    (void)state;
    assert_non_null(getenv("MEDSCRIBE_WORKER"));
    char path[256], command[512];
    snprintf(path, sizeof path, "%s/spoken.wav", folder);
    snprintf(command, sizeof command, "flite -voice rms -t 'I have had a headache since Monday. The pain is worse in the morning.' -o %s", path);
    assert_int_equal(system(command), 0);
    assert_worker_hears(path, "worse in the morning");
}

/* A person, where the recordings are. */
static void the_worker_hears_speech(void **state)
{
    (void)state;
    assert_non_null(getenv("MEDSCRIBE_WORKER"));
    char path[512];
    const char *shared = getenv("MEDSCRIBE_SHARED_DATA");
    snprintf(path, sizeof path, "%s/speech/audio/LJ001-0015.flac", shared != NULL ? shared : "../shared/data");
    if (access(path, R_OK) != 0) skip();
    assert_worker_hears(path, "should be beautiful");
}

static void the_worker_says_why_not(void **state)
{
    (void)state;
    assert_non_null(getenv("MEDSCRIBE_WORKER")); /* meson sets it */
    char path[256];
    snprintf(path, sizeof path, "%s/tone.wav", folder);
    struct span tone = read_whole(path);
    assert_fails_as(SOUND_JOB, tone, "no_speech");
    assert_fails_as(SOUND_JOB, span_sub(tone, 0, tone.n / 2), "unreadable_media");
    assert_fails_as(PAGE_JOB, tone, "unsupported_media");
    assert_fails_as(PAGE_JOB, SPAN_NONE, "unreadable_media");
    assert_fails_as(PAGE_JOB, SPAN_LITERAL("nothing that is known"), "unsupported_media");
    PIX *white = pixCreate(800, 600, 8);
    pixSetAll(white);
    struct span blank = written(white, IFF_PNG);
    assert_fails_as(PAGE_JOB, blank, "no_text");
    assert_fails_as("{\"kind\":\"prescription\",\"media_type\":\"image/jpeg\"}", blank, "unsupported_media");
    uint8_t *bytes = (uint8_t *)(uintptr_t)blank.p;
    memcpy(bytes + 16, "\0\0\xff\xff\0\0\xff\xff", 8);
    assert_fails_as(PAGE_JOB, blank, "unreadable_media"); /* no camera takes that: the sniffer refuses it */
    forget(blank);
    forget(tone);
    pixDestroy(&white);
}

/* --- PDF --- */

#define PDF_JOB "{\"kind\":\"prescription\",\"media_type\":\"application/pdf\",\"language\":\"en\",\"form\":null}"
enum { PDF_MAX_OBJECTS = 64, PDF_MAX_BYTES = 8 << 20 };

/* A PDF being written: objects in the order of their numbers, then the table. */
struct pdf {
    struct buf bytes;
    size_t offset[PDF_MAX_OBJECTS];
    unsigned objects;
};

static struct pdf pdf_begin(void)
{
    struct pdf pdf = {.bytes = BUF_WITH_MAX(PDF_MAX_BYTES)};
    buf_put_text(&pdf.bytes, "%PDF-1.5\n");
    return pdf;
}

__attribute__((format(printf, 2, 3))) static void pdf_print(struct pdf *pdf, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    assert_in_range(n, 0, sizeof text - 1);
    buf_put(&pdf->bytes, text, (size_t)n);
}

static void pdf_object(struct pdf *pdf)
{
    assert_true(pdf->objects < PDF_MAX_OBJECTS);
    pdf->offset[pdf->objects++] = pdf->bytes.n;
    pdf_print(pdf, "%u 0 obj\n", pdf->objects);
}

static void pdf_stream(struct pdf *pdf, const char *dictionary, struct span content)
{
    pdf_object(pdf);
    pdf_print(pdf, "<<%s/Length %zu>>stream\n", dictionary, content.n);
    buf_put_span(&pdf->bytes, content);
    pdf_print(pdf, "\nendstream endobj\n");
}

/* Catalogue, pages and font; then for each page itself and its content: objects 4 and 5, 6 and 7 ... */
static void pdf_head(struct pdf *pdf, unsigned pages)
{
    pdf_object(pdf), pdf_print(pdf, "<</Type/Catalog/Pages 2 0 R>>endobj\n");
    pdf_object(pdf), pdf_print(pdf, "<</Type/Pages/Count %u/Kids[", pages);
    for (unsigned i = 0; i < pages; i++) pdf_print(pdf, "%u 0 R ", 4 + 2 * i);
    pdf_print(pdf, "]>>endobj\n");
    pdf_object(pdf), pdf_print(pdf, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n");
}

static void pdf_page(struct pdf *pdf, const char *box, const char *resources, const char *dictionary, struct span content)
{
    pdf_object(pdf);
    pdf_print(pdf, "<</Type/Page/Parent 2 0 R/MediaBox[%s]/Resources<</Font<</F 3 0 R>>%s>>/Contents %u 0 R>>endobj\n", box, resources, pdf->objects + 1);
    pdf_stream(pdf, dictionary, content);
}

static struct span pdf_end(struct pdf *pdf, const char *trailer)
{
    size_t table = pdf->bytes.n;
    pdf_print(pdf, "xref\n0 %u\n0000000000 65535 f \n", pdf->objects + 1);
    for (unsigned i = 0; i < pdf->objects; i++) pdf_print(pdf, "%010zu 00000 n \n", pdf->offset[i]);
    pdf_print(pdf, "trailer<</Size %u/Root 1 0 R%s>>\nstartxref\n%zu\n%%%%EOF\n", pdf->objects + 1, trailer, table);
    assert_false(pdf->bytes.failed);
    return buf_span(&pdf->bytes);
}

#define A4 "0 0 595 842"

static struct span pdf_of_text(struct pdf *pdf, const char *box, unsigned pages)
{
    static const char *const lines[] = {"(Tab Metformin 500 mg) Tj T* (1-0-1 after food) Tj", "(Cap Omeprazole 20 mg) Tj T* (once daily before breakfast) Tj",
                                        "(Syrup Paracetamol 5 ml) Tj T* (three times a day) Tj"};
    *pdf = pdf_begin();
    pdf_head(pdf, pages);
    for (unsigned i = 0; i < pages; i++) {
        char content[256];
        int n = snprintf(content, sizeof content, "BT /F 18 Tf 24 TL 72 700 Td %s ET", lines[i % 3]);
        pdf_page(pdf, box, "", "", span_of(content, (size_t)n));
    }
    return pdf_end(pdf, "");
}

/* poppler-utils is among the packages of the programs. */
static void needs_pdf(void)
{
    assert_non_null(getenv("MEDSCRIBE_WORKER"));
    assert_int_equal(access("/usr/bin/pdftoppm", X_OK), 0);
    assert_int_equal(access("/usr/bin/pdftotext", X_OK), 0);
}

static void the_worker_reads_the_pages_of_a_pdf(void **state)
{
    (void)state;
    struct pdf pdf;
    needs_pdf();
    struct answer answer = work(PDF_JOB, pdf_of_text(&pdf, A4, 3));
    assert_int_equal(answer.type, WORKER_RESULT);
    assert_int_equal(answer.status, 0);
    assert_true(has_text(&answer, "Tab Metformin 500 mg\\n1-0-1 after food\\nCap Omeprazole 20 mg"));
    assert_true(has_text(&answer, "{\"text\":\"Metformin\",\"page\":0,") && has_text(&answer, "{\"text\":\"Omeprazole\",\"page\":1,"));
    assert_true(has_text(&answer, "{\"text\":\"Paracetamol\",\"page\":2,"));
    assert_true(has_text(&answer, "\"height\":2600}") && has_text(&answer, "\"patient_instructions\""));
    buf_free(&answer.body);
    buf_free(&pdf.bytes);
}

static struct answer work_on_page(const char *content)
{
    struct pdf pdf = pdf_begin();
    pdf_head(&pdf, 1);
    pdf_page(&pdf, A4, "", "", span_text(content));
    struct answer answer = work(PDF_JOB, pdf_end(&pdf, ""));
    buf_free(&pdf.bytes);
    assert_int_equal(answer.type, WORKER_RESULT);
    return answer;
}

/* A PDF's own words are taken where the picture says the same, and nowhere else. */
static void a_text_layer_counts_as_far_as_it_is_drawn(void **state)
{
    (void)state;
    needs_pdf();
    struct answer answer = work_on_page("BT /F 18 Tf 24 TL 72 700 Td (Dr. Iyer: Tab Metformin 500 mg, one tablet twice a day) Tj ET");
    assert_true(has_text(&answer, "\"name\":\"pdf-text+tesseract\"") && has_text(&answer, "Iyer") && has_text(&answer, "\"confidence\":0.99"));
    buf_free(&answer.body);

    answer = work_on_page("BT /F 18 Tf 24 TL 72 700 Td (Tab Metformin ) Tj /Span<</ActualText(50)>>BDC (500) Tj EMC ( mg, one tablet twice a day) Tj ET");
    assert_true(has_text(&answer, "Tab Metformin 500 mg, one tablet twice a day")); /* what is drawn */
    assert_true(has_text(&answer, "\"confidence\":0.50")); /* and asked about */
    buf_free(&answer.body);

    answer = work_on_page("BT /F 18 Tf 24 TL 72 700 Td (Tab Metformin 500 mg, one tablet twice a day) Tj 3 Tr T* (Warfarin) Tj ET");
    assert_true(has_text(&answer, "pdf-text") && !has_text(&answer, "Warfarin")); /* hidden */
    buf_free(&answer.body);

    answer = work_on_page("BT /F 18 Tf 72 700 Td /Span<</ActualText(Warfarin 5 mg at bedtime for thirty days)>>BDC (Tab Metformin 500 mg twice a day) Tj EMC ET");
    assert_true(has_text(&answer, "{\"name\":\"tesseract\"") && has_text(&answer, "Tab Metformin 500 mg twice a day") && !has_text(&answer, "Warfarin"));
    buf_free(&answer.body);
}

static void a_scan_in_a_pdf_is_read(void **state)
{
    (void)state;
    needs_pdf();
    PIX *page = draw_page();
    l_uint8 *p = NULL;
    size_t n = 0;
    assert_int_equal(pixWriteMemPdf(&p, &n, page, 100, NULL), 0);
    struct answer answer = work(PDF_JOB, span_of(p, n));
    assert_int_equal(answer.type, WORKER_RESULT);
    assert_true(has_text(&answer, "Metformin 500 mg"));
    buf_free(&answer.body);
    lept_free(p);
    pixDestroy(&page);
}

static void a_pdf_that_is_no_use_says_why(void **state)
{
    (void)state;
    struct pdf pdf;
    needs_pdf();
    struct span file = pdf_of_text(&pdf, A4, PDF_MAX_PAGES + 1);
    assert_fails_as(PDF_JOB, file, "too_long");
    assert_fails_as(PAGE_JOB, file, "unsupported_media"); /* nobody said that it would be a PDF: nothing was started */
    buf_free(&pdf.bytes);
    file = pdf_of_text(&pdf, A4, 0);
    assert_fails_as(PDF_JOB, file, "unreadable_media");
    buf_free(&pdf.bytes);
    assert_fails_as(PDF_JOB, SPAN_LITERAL("%PDF-1.7\nnothing that is known\n%%EOF\n"), "unreadable_media");
    assert_fails_as(PDF_JOB, SPAN_NONE, "unreadable_media");
    PIX *page = draw_page();
    struct span picture = written(page, IFF_PNG);
    assert_fails_as(PDF_JOB, picture, "unsupported_media");
    forget(picture);
    pixDestroy(&page);

    pdf = pdf_begin(); /* a blank page */
    pdf_head(&pdf, 1);
    pdf_page(&pdf, A4, "", "", SPAN_LITERAL("q Q"));
    assert_fails_as(PDF_JOB, pdf_end(&pdf, ""), "no_text");
    buf_free(&pdf.bytes);

    pdf = pdf_begin(); /* it wants a password */
    pdf_head(&pdf, 1);
    pdf_page(&pdf, A4, "", "", SPAN_LITERAL("q Q"));
    file = pdf_end(&pdf, "/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f>"
                         "/U<000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f>>>");
    assert_fails_as(PDF_JOB, file, "unreadable_media");
    buf_free(&pdf.bytes);
}

static void damaged_pdfs_do_no_harm(void **state)
{
    (void)state;
    struct pdf pdf;
    unsigned seed = 7;
    needs_pdf();
    struct span file = pdf_of_text(&pdf, A4, 1);
    for (int round = 0; round < 12; round++) {
        uint8_t bytes[4096];
        assert_in_range(file.n, 200, sizeof bytes);
        memcpy(bytes, file.p, file.n);
        for (int flip = 0; flip < 30; flip++) {
            seed = seed * 1103515245u + 12345u;
            bytes[8 + seed / 7 % ((unsigned)file.n - 8)] = (uint8_t)(seed >> 16);
        }
        struct answer answer = work(PDF_JOB, span_of(bytes, round % 3 == 2 ? file.n / 2 : file.n));
        assert_true(answer.type == WORKER_RESULT || answer.type == WORKER_FAILED);
        assert_int_equal(answer.status, 0);
        buf_free(&answer.body);
    }
    buf_free(&pdf.bytes);
}

/* Ends by itself, with a word and not with a signal. */
static void assert_survived(struct span file)
{
    struct answer answer = work(PDF_JOB, file);
    assert_int_equal(answer.type, WORKER_FAILED);
    assert_int_equal(answer.status, 0);
    buf_free(&answer.body);
}

static void pdf_bombs_end(void **state)
{
    (void)state;
    struct pdf pdf;
    needs_pdf();
    struct answer answer = work(PDF_JOB, pdf_of_text(&pdf, "0 0 1000000 1000000", 1)); /* ten kilometres: letters too small to see */
    assert_true(answer.type == WORKER_FAILED && has_text(&answer, "no_text"));
    buf_free(&answer.body);
    buf_free(&pdf.bytes);
    assert_fails_as(PDF_JOB, pdf_of_text(&pdf, "0 0 1 14400", 1), "unreadable_media");
    buf_free(&pdf.bytes);

    size_t plain = 64 << 20, n = 0; /* a picture of a gigabyte in the file's name, 64 MiB in truth, 64 KiB in the file */
    l_uint8 *zeros = calloc(1, plain);
    l_uint8 *packed = zlibCompress(zeros, plain, &n);
    assert_non_null(packed);
    pdf = pdf_begin();
    pdf_head(&pdf, 1);
    pdf_page(&pdf, A4, "/XObject<</I 6 0 R>>", "", SPAN_LITERAL("q 500 0 0 500 0 0 cm /I Do Q"));
    pdf_stream(&pdf, "/Type/XObject/Subtype/Image/Width 32768/Height 32768/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode", span_of(packed, n));
    assert_survived(pdf_end(&pdf, ""));
    buf_free(&pdf.bytes);
    free(packed);
    free(zeros);

    pdf = pdf_begin(); /* a form that draws itself */
    pdf_head(&pdf, 1);
    pdf_page(&pdf, A4, "/XObject<</I 6 0 R>>", "", SPAN_LITERAL("/I Do"));
    pdf_stream(&pdf, "/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<</XObject<</I 6 0 R>>>>", SPAN_LITERAL("/I Do /I Do"));
    assert_survived(pdf_end(&pdf, ""));
    buf_free(&pdf.bytes);

    pdf = pdf_begin(); /* pages within pages, for ever; and a table that goes on with itself */
    pdf_object(&pdf), pdf_print(&pdf, "<</Type/Catalog/Pages 2 0 R>>endobj\n");
    pdf_object(&pdf), pdf_print(&pdf, "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000>>endobj\n");
    char itself[64];
    snprintf(itself, sizeof itself, "/Prev %zu", pdf.bytes.n);
    assert_survived(pdf_end(&pdf, itself));
    buf_free(&pdf.bytes);

    pdf = pdf_begin(); /* a million brackets */
    pdf_head(&pdf, 1);
    pdf_object(&pdf), pdf_print(&pdf, "<</Type/Page/Parent 2 0 R/MediaBox[" A4 "]/Nested ");
    for (int i = 0; i < 1000000; i++) buf_put_byte(&pdf.bytes, '[');
    assert_survived(pdf_end(&pdf, ""));
    buf_free(&pdf.bytes);
}

static void only_whole_pages_are_taken(void **state)
{
    (void)state;
    struct pdf_pages pages = {0};
    struct buf made = BUF_WITH_MAX(1 << 20);
    for (int i = 0; i < PDF_MAX_PAGES; i++) {
        buf_put_text(&made, "P5\n40 50\n255\n");
        for (int j = 0; j < 40 * 50; j++) buf_put_byte(&made, 'P');
    }
    struct span whole = buf_span(&made);
    size_t one = whole.n / PDF_MAX_PAGES;
    assert_int_equal(pdf_parse(whole, &pages).code, ERR_OK);
    assert_int_equal(pages.count, PDF_MAX_PAGES);
    assert_true(pages.page[1].width == 40 && pages.page[1].height == 50 && pages.page[1].grey.n == 2000);
    for (size_t n = 0; n < 2 * one; n++) assert_int_equal(pdf_parse(span_sub(whole, 0, n), &pages).code, n == one ? ERR_OK : ERR_UNPROCESSABLE_MEDIA);
    buf_put_byte(&made, 'P');
    assert_int_equal(pdf_parse(buf_span(&made), &pages).code, ERR_TOO_LONG);
    static const char *const wrong[] = {"P6\n40 50\n255\n", "P5 40 50\n255\n", "P5\n# x\n40 50\n255\n", "P5\n40  50\n255\n", "P5\n-40 50\n255\n",
                                        "P5\n40 50\n65535\n", "P5\n40 50\n254\n", "P5\n0 50\n255\n", "P5\n31 50\n255\n", "P5\n40 2609\n255\n",
                                        "P5\n99999999999 99999999999\n255\n", "P5\n18446744073709551616 50\n255\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        buf_reset(&made);
        buf_put_text(&made, wrong[i]);
        for (int j = 0; j < 200000; j++) buf_put_byte(&made, 0);
        assert_int_equal(pdf_parse(buf_span(&made), &pages).code, ERR_UNPROCESSABLE_MEDIA);
    }
    buf_free(&made);
}

static int set_up(void **state)
{
    (void)state;
    char path[256];
    if (mkdtemp(folder) == NULL) return -1;
    snprintf(path, sizeof path, "%s/tone.wav", folder);
    write_tone(path, 44100, 2);
    setenv("OMP_THREAD_LIMIT", "1", 1);
    return err_failed(reader_open(TESSDATA, "eng", &reader)) ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    char path[256];
    for (size_t i = 0; i < ENCODINGS; i++) snprintf(path, sizeof path, "%s/%s", folder, encodings[i].name), unlink(path);
    snprintf(path, sizeof path, "%s/tone.wav", folder), unlink(path);
    snprintf(path, sizeof path, "%s/shape.wav", folder), unlink(path);
    reader_close(&reader);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_recording_is_heard), cmocka_unit_test(half_a_recording_is_not_taken_for_a_whole),
        cmocka_unit_test(damaged_recordings_do_no_harm), cmocka_unit_test(rates_and_channels_have_limits),
        cmocka_unit_test(every_kind_of_picture_is_seen), cmocka_unit_test(pages_are_read_however_they_lie),
        cmocka_unit_test(boxes_are_where_the_words_are), cmocka_unit_test(a_blank_page_is_no_text),
        cmocka_unit_test(two_languages_are_read_on_one_page), cmocka_unit_test(what_is_no_page_is_no_text),
        cmocka_unit_test(the_worker_reads_a_page), cmocka_unit_test(the_worker_hears_speech), cmocka_unit_test(the_worker_hears_a_made_voice), cmocka_unit_test(the_worker_says_why_not),
        cmocka_unit_test(only_whole_pages_are_taken), cmocka_unit_test(the_worker_reads_the_pages_of_a_pdf), cmocka_unit_test(a_text_layer_counts_as_far_as_it_is_drawn), cmocka_unit_test(a_scan_in_a_pdf_is_read),
        cmocka_unit_test(a_pdf_that_is_no_use_says_why), cmocka_unit_test(damaged_pdfs_do_no_harm), cmocka_unit_test(pdf_bombs_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
