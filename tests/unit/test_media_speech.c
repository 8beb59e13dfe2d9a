/* What is no clear English speech ends as such, and long recordings run on. Sounds are made here, by sox, flite and ffmpeg, and by
   espeak-ng for other languages (each a process of its own); nothing is kept in the repository. */
#include "media/audio.h"
#include "media/confidence.h"
#include "media/job.h"
#include "wire/worker.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SURE 0.85 /* as ui/src/components/words.ts: below, the page marks a word */

static char folder[] = "/tmp/medscribe-speech-XXXXXX";

__attribute__((format(printf, 1, 2))) static void make(const char *format, ...)
{
    char command[4096];
    size_t n = (size_t)snprintf(command, sizeof command, "cd %s && ", folder);
    va_list list;
    va_start(list, format);
    vsnprintf(command + n, sizeof command - n, format, list);
    va_end(list);
    if (system(command) != 0) fail_msg("cannot make: %s", command); /* the programs are installed for the tests */
}

static struct span file_named(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t n = (size_t)ftell(file);
    uint8_t *bytes = malloc(n + 1);
    rewind(file);
    assert_int_equal(fread(bytes, 1, n, file), n);
    fclose(file);
    return span_of(bytes, n);
}

/* --- one recording through the library */

struct progress {
    unsigned reports, percent, middle; /* middle: steps between 5 and 90 */
    int64_t seconds;
    bool back;
};

static void on_report(void *context, unsigned percent, const char *stage)
{
    struct progress *p = context;
    (void)stage;
    p->back |= percent < p->percent;
    p->middle += percent > p->percent && percent > 5 && percent < 90;
    p->percent = percent;
    p->reports++;
}

static void on_heard(void *context, int64_t seconds)
{
    struct progress *p = context;
    p->back |= seconds < p->seconds;
    p->seconds = seconds;
}

/* The reason, or NULL with the document in *output (freed by the caller). */
static const char *hear(const char *name, struct job_output *output, struct progress *progress)
{
    static const struct job_models models = {.speech = {.general = "/usr/share/pocketsphinx/model/en-us", .clinic = NULL}};
    struct job_models with_clinic = models;
    struct job_engines *engines = NULL;
    const struct job job = {.kind = JOB_AUDIO, .language = "en"};
    struct job_input input = {.data = file_named(name)};
    const char *reason = NULL;
    with_clinic.speech.clinic = getenv("MEDSCRIBE_MODELS");
    *output = (struct job_output){.document = BUF_WITH_MAX(WORKER_RESULT_MAX), .findings = BUF_WITH_MAX(1 << 16)};
    assert_int_equal(job_prepare(JOB_AUDIO, &with_clinic, &engines).code, ERR_OK);
    IGNORE(job_run(engines, &job, &input, (struct job_progress){.report = on_report, .heard = on_heard, .context = progress}, output, &reason));
    job_engines_free(&engines);
    free((void *)(uintptr_t)input.data.p);
    return reason;
}

static void assert_not_clear(const char *name)
{
    struct job_output output;
    struct progress progress = {0};
    const char *reason = hear(name, &output, &progress);
    if (reason == NULL) fail_msg("%s was taken for speech: %.300s", name, (const char *)output.document.p);
    assert_string_equal(reason, "no_speech");
    assert_int_equal(output.document.n, 0);
    buf_free(&output.document);
}

static void assert_says(const char *name, const char *words)
{
    struct job_output output;
    struct progress progress = {0};
    const char *reason = hear(name, &output, &progress);
    if (reason != NULL) fail_msg("%s was refused: %s", name, reason);
    if (memmem(output.document.p, output.document.n, words, strlen(words)) == NULL) fail_msg("%s: %.400s", name, (const char *)output.document.p);
    assert_false(progress.back);
    buf_free(&output.document);
}

/* Drums fill the pauses of a tune: a word may come of it, but none that looks sure. */
static void assert_nothing_sure(const char *name)
{
    struct job_output output;
    struct progress progress = {0};
    if (hear(name, &output, &progress) == NULL)
        for (const char *at = (const char *)output.document.p; (at = memmem(at, (size_t)((const char *)output.document.p + output.document.n - at), "\"confidence\":", 13)) != NULL; at += 13)
            assert_true(strtod(at + 13, NULL) < SURE);
    buf_free(&output.document);
}

static void other_languages_are_not_made_english(void **state)
{
    (void)state;
    static const struct {
        const char *voice, *text;
    } said[] = {
        {"hi", "मुझे तीन दिन से बुखार है और सिर में बहुत दर्द हो रहा है। रात को नींद भी नहीं आती। मेरी माँ को मधुमेह है, वह रोज सुबह एक गोली खाती हैं।"},
        {"ta", "எனக்கு மூன்று நாட்களாக காய்ச்சல் இருக்கிறது, தலை மிகவும் வலிக்கிறது. இரவில் தூக்கம் வருவதில்லை."},
        {"de", "Ich habe seit drei Tagen Fieber und starke Kopfschmerzen, und nachts kann ich nicht schlafen. Meine Mutter nimmt jeden Morgen eine Tablette."},
        {"es", "Tengo fiebre desde hace tres días y me duele mucho la cabeza, y por la noche no puedo dormir. Mi madre toma una pastilla cada mañana."},
        {"ru", "У меня три дня температура и сильно болит голова, ночью я не могу спать. Моя мама принимает таблетку каждое утро от давления."},
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s.wav", said[i].voice);
        make("espeak-ng -v %s -s 150 -w %s '%s'", said[i].voice, name, said[i].text);
        assert_not_clear(name);
    }
}

static void noise_and_music_are_no_speech(void **state)
{
    (void)state;
    static const char *const sounds[][2] = {
        {"silence.wav", "trim 0 6"}, {"white.wav", "synth 6 whitenoise vol 0.1"}, {"pink.wav", "synth 6 pinknoise vol 0.5"},
        {"faint.wav", "synth 6 brownnoise vol 0.01"}, {"sweep.wav", "synth 6 sine 100-4000 vol 0.3"}, {"hum.wav", "synth 6 square 50 vol 0.1"},
        {"chord.wav", "synth 6 pluck C4 pluck E4 pluck G4 vol 0.5"}, {"organ.wav", "synth 6 sawtooth 220 sawtooth 277 sawtooth 330 tremolo 2 vol 0.3"},
    };
    for (size_t i = 0; i < sizeof sounds / sizeof *sounds; i++) {
        make("sox -q -R -n -r 16000 -b 16 %s %s", sounds[i][0], sounds[i][1]);
        assert_not_clear(sounds[i][0]);
    }
    make("i=10; for n in C4 E4 G4 A4 F4 D4 E4 C4 G3 B3 D4 G4 C5 A4 F4 C4; do i=$((i+1)); sox -q -R -n -r 16000 -b 16 note$i.wav synth 0.4 pluck $n fade 0.02 0.4 0.1 vol 0.4; done; "
         "sox -q note*.wav melody.wav; sox -q -R -n -r 16000 -b 16 drums.wav synth 6 whitenoise tremolo 3 100 vol 0.4; sox -q -m melody.wav drums.wav band.wav; rm note*.wav");
    assert_not_clear("melody.wav");
    assert_nothing_sure("band.wav");
}

#define SENTENCE "I have had a fever for three days and my head hurts a lot. My mother takes one tablet every morning for her blood pressure."

static void english_is_heard_even_in_noise(void **state)
{
    (void)state;
    make("flite -voice slt -t '" SENTENCE "' -o clear.wav && flite -voice rms -t '" SENTENCE "' -o other.wav");
    assert_says("clear.wav", "every morning");
    assert_says("other.wav", "every morning");
    make("sox -q -R -n -r 16000 -b 16 noise.wav synth 7 pinknoise vol 0.03 && sox -q -m clear.wav noise.wav noisy.wav");
    assert_says("noisy.wav", "\"words\":[{");
    make("flite -voice slt -t 'fever' -o word.wav");
    assert_says("word.wav", "\"words\":[{");
}

/* --- confidence */

static const struct confidence_word well_heard = {.letters = 7, .frames = 40, .acoustic = -40 * 20000, .language = -200, .order = 3, .posterior = 0.999};
static const struct confidence_word badly_heard = {.letters = 3, .frames = 12, .acoustic = -12 * 52000, .language = -420, .order = 1, .posterior = 0.2};

static double confidence_among(const struct confidence_word *words, size_t count, size_t index)
{
    double features[CONFIDENCE_FEATURES];
    confidence_features(words, count, index, features);
    return confidence_of(features);
}

static void confidence_follows_the_evidence(void **state)
{
    (void)state;
    const struct confidence_word good[] = {well_heard, well_heard, well_heard}, bad[] = {badly_heard, badly_heard, badly_heard};
    const struct confidence_word mixed[] = {well_heard, badly_heard, well_heard};
    assert_true(confidence_among(good, 3, 1) > 0.9);
    assert_true(confidence_among(bad, 3, 1) < 0.1);
    assert_true(confidence_among(mixed, 3, 0) < confidence_among(good, 3, 0)); /* among badly heard words, less sure */
    assert_true(confidence_among(mixed, 3, 1) > confidence_among(bad, 3, 1));
    const struct confidence_word odd[] = {{.letters = 0, .frames = 0, .posterior = 0}, {.letters = 4096, .frames = 2000, .acoustic = -2e9, .language = -2e9, .posterior = 2}};
    for (size_t i = 0; i < 2; i++) {
        double p = confidence_among(odd, 2, i);
        assert_true(isfinite(p) && p >= 0 && p <= 1);
    }
}

static void one_clear_stretch_is_enough(void **state)
{
    (void)state;
    struct confidence_speech speech = {0};
    assert_false(confidence_clear(&speech)); /* nothing was heard */
    for (int i = 0; i < 1000; i++) confidence_heard(&speech, &badly_heard, 0.05);
    assert_false(confidence_clear(&speech));
    for (int i = 0; i < 200; i++) confidence_heard(&speech, &well_heard, 0.9);
    assert_true(confidence_clear(&speech));
    for (int i = 0; i < 1000; i++) confidence_heard(&speech, &badly_heard, 0.05);
    assert_true(confidence_clear(&speech));
    assert_in_range(speech.words, 0, 99);
}

/* --- long recordings */

static void progress_is_told_without_a_length(void **state)
{
    (void)state;
    struct job_output output;
    struct progress progress = {0};
    make("ffmpeg -nostdin -v quiet -y -stream_loop 3 -i clear.wav -c:a libopus -b:a 128k -f webm - | cat > stream.webm");
    struct span file = file_named("stream.webm");
    struct audio *audio = NULL;
    assert_int_equal(audio_open(file, SNIFF_WEBM, &audio).code, ERR_OK);
    assert_int_equal(audio_declared_ms(audio), 0); /* as a browser's recorder writes it */
    audio_close(&audio);
    free((void *)(uintptr_t)file.p);
    assert_null(hear("stream.webm", &output, &progress));
    assert_false(progress.back);
    assert_true(progress.middle >= 3);
    assert_in_range(progress.seconds, 20, 40);
    buf_free(&output.document);
}

static void what_is_too_long_is_refused_at_once(void **state)
{
    (void)state;
    struct job_output output;
    struct progress progress = {0};
    make("ffmpeg -nostdin -v quiet -y -f lavfi -i anullsrc=r=8000:cl=mono -t %d -c:a flac long.flac", AUDIO_MAX_SECONDS + 60);
    const char *reason = hear("long.flac", &output, &progress);
    assert_non_null(reason);
    assert_string_equal(reason, "too_long");
    assert_int_equal(progress.seconds, 0);
}

static uint32_t frame_of(int fd, uint8_t *to, size_t capacity, uint32_t *n_out)
{
    uint32_t head[2];
    if (recv(fd, head, sizeof head, MSG_WAITALL) != (ssize_t)sizeof head) return 0;
    *n_out = head[0];
    for (uint32_t left = head[0]; left > 0;) {
        ssize_t got = recv(fd, to, left < capacity ? left : capacity, 0);
        if (got <= 0) return 0;
        left -= (uint32_t)got;
    }
    return head[1];
}

static void put_frame(int fd, uint32_t type, const void *p, size_t n)
{
    uint32_t head[2] = {(uint32_t)n, type};
    assert_int_equal(send(fd, head, sizeof head, MSG_NOSIGNAL), sizeof head);
    if (n > 0) assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), n);
}

/* One second for anything, and a second more for each second of sound: half a minute of speech needs several. */
static void a_long_recording_earns_its_time(void **state)
{
    (void)state;
    static uint8_t bytes[WORKER_DATA_MAX];
    static const char job[] = "{\"kind\":\"audio\",\"media_type\":\"\",\"language\":\"en\",\"form\":null}";
    const char *program = getenv("MEDSCRIBE_WORKER");
    int pair[2], status = 0;
    uint32_t type, n, last = 0;
    assert_non_null(program);
    make("sox -q clear.wav clear.wav clear.wav clear.wav four.wav");
    struct span file = file_named("four.wav");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pair[1], 30);
        close(pair[0]);
        execl(program, program, "--channel", "30", "--seconds", "2", (char *)NULL);
        _exit(127);
    }
    close(pair[1]);
    put_frame(pair[0], WORKER_JOB, job, sizeof job - 1);
    for (size_t at = 0; at < file.n; at += WORKER_DATA_MAX) {
        struct span part = span_sub(file, at, WORKER_DATA_MAX);
        put_frame(pair[0], WORKER_DATA, part.p, part.n);
    }
    put_frame(pair[0], WORKER_END, NULL, 0);
    while ((type = frame_of(pair[0], bytes, sizeof bytes, &n)) != 0) last = type;
    close(pair[0]);
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(last, WORKER_RESULT);
    free((void *)(uintptr_t)file.p);
}

static int set_up(void **state)
{
    (void)state;
    setenv("OMP_THREAD_LIMIT", "1", 1);
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    make("rm -f ./*.wav ./*.webm ./*.flac");
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confidence_follows_the_evidence), cmocka_unit_test(one_clear_stretch_is_enough),
        cmocka_unit_test(other_languages_are_not_made_english), cmocka_unit_test(noise_and_music_are_no_speech),
        cmocka_unit_test(english_is_heard_even_in_noise), cmocka_unit_test(progress_is_told_without_a_length),
        cmocka_unit_test(what_is_too_long_is_refused_at_once), cmocka_unit_test(a_long_recording_earns_its_time),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
