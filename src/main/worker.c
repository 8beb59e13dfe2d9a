/* worker: one file to one result document.
     (no arguments)      started by medscribed: the job comes over the socket that core holds the other end of
     --channel N [--seconds S]   the same over descriptor N, without medscribed (tests)
     --file F --kind audio|consultation|prescription [--language eng] [--evidence OUT]   developer mode: prints the document; no sandbox.
                         OUT: what the confidence of each word was made of (src/media/tools/train_confidence.py)
   Order: look at the job without taking it (only to know which models), start pdftoppm when it is about a PDF, load the
   models, put on the sandbox, and only then read the file. Models: PocketSphinx's and Tesseract's from their Debian folders,
   the clinic's from beside this program. */
#include "base/num.h"
#include "media/audio.h"
#include "main/worker_pdf.h"
#include "media/job.h"
#include "media/pdf.h"
#include "media/sniff.h"
#include "os/channel.h"
#include "os/child.h"
#include "os/sandbox.h"
#include "wire/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_BYTES = 4096,
    FILE_MAX_BYTES = 128 << 20,
    EXIT_USAGE = 64,
    EXIT_SOFTWARE = 70,
};

struct request {
    const char *file, *evidence;
    int channel; /* -1: from medscribed, or none */
    char pages[32]; /* languages of pages, as Tesseract names them */
    uint64_t seconds; /* processor time, and a second more for each second of sound; 0: no budget of its own */
    struct job job;
    struct pdf_programs pdf;
};

_Static_assert((int)AUDIO_MAX_SECONDS == (int)WORKER_SOUND_MAX_S, "the parent counts with the same longest recording");

static int channel = -1; /* to core */

/* --- frames on the channel --- */

static bool send_frame(enum worker_message type, struct span payload)
{
    uint32_t head[2] = {(uint32_t)payload.n, (uint32_t)type};
    return !err_failed(channel_write(channel, span_of(head, sizeof head))) && !err_failed(channel_write(channel, payload));
}

static bool read_head(uint32_t *bytes, uint32_t *type)
{
    uint32_t head[2];
    if (err_failed(channel_read(channel, head, sizeof head))) return false;
    *bytes = head[0];
    *type = head[1];
    return true;
}

static void report(void *context, unsigned percent, const char *stage)
{
    static unsigned last;
    static const char *last_stage;
    (void)context;
    if (percent <= last && stage == last_stage) return;
    last = percent > last ? percent : last;
    last_stage = stage;
    uint8_t payload[64] = {(uint8_t)last};
    size_t n = strlen(stage) < sizeof payload - 1 ? strlen(stage) : sizeof payload - 1;
    memcpy(payload + 1, stage, n);
    if (!send_frame(WORKER_PROGRESS, span_of(payload, n + 1))) _exit(0); /* core went away: nobody wants the result */
}

static void pass_sound(void *context, struct span samples)
{
    (void)context;
    if (!send_frame(WORKER_SOUND, samples)) _exit(0);
}

/* A long recording earns the time that it needs; a file that keeps a decoder busy without giving sound does not. */
static void earn(void *context, int64_t seconds)
{
    const struct request *request = context;
    if (request->seconds > 0 && err_failed(sandbox_cpu_budget(request->seconds + (uint64_t)seconds))) _exit(EXIT_SOFTWARE);
}

/* --- the job --- */

static bool copy_word(char *to, size_t size, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL || json_is_null(value)) return true;
    const char *text = json_string_value(value);
    if (text == NULL || strlen(text) >= size) return false;
    memcpy(to, text, strlen(text) + 1);
    return true;
}

static bool parse_job(const char *text, size_t n, struct job *job)
{
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    char kind[16] = "";
    bool good = json_is_object(root) && copy_word(kind, sizeof kind, root, "kind") &&
                copy_word(job->media_type, sizeof job->media_type, root, "media_type") &&
                copy_word(job->language, sizeof job->language, root, "language") &&
                copy_word(job->input, sizeof job->input, root, "input") &&
                copy_word(job->template, sizeof job->template, root, "template");
    json_decref(root);
    return good && job_kind_find(kind, &job->kind);
}

/* Waits for the job document and reads it without taking it out. It is core's own, written from typed fields. */
static bool peek_job(struct job *job)
{
    static uint8_t seen[WORKER_HEADER_BYTES + WORKER_JOB_MAX];
    for (int wanted = WORKER_HEADER_BYTES;;) {
        ssize_t n = recv(channel, seen, (size_t)wanted, MSG_PEEK | MSG_WAITALL);
        uint32_t head[2];
        if (n < 0 && errno == EINTR) continue;
        if (n != wanted) return false; /* core went away */
        memcpy(head, seen, sizeof head);
        if (head[1] != WORKER_JOB || head[0] > WORKER_JOB_MAX) return false;
        if ((uint32_t)wanted == WORKER_HEADER_BYTES + head[0]) return parse_job((const char *)seen + WORKER_HEADER_BYTES, head[0], job);
        wanted = WORKER_HEADER_BYTES + (int)head[0];
    }
}

static bool take_job(struct job *job)
{
    static char text[WORKER_JOB_MAX];
    uint32_t bytes, type;
    if (!read_head(&bytes, &type) || type != WORKER_JOB || bytes > sizeof text || err_failed(channel_read(channel, text, bytes))) return false;
    return parse_job(text, bytes, job);
}

struct input {
    uint8_t *room; /* FILE_MAX_BYTES, reserved at one stretch so that the file is never copied */
    size_t n;
    struct buf lexicon, source, proposal;
};

static bool receive_file_part(struct input *input, uint32_t bytes, const char **reason)
{
    if (bytes > FILE_MAX_BYTES - input->n) {
        *reason = "too_large";
        return true;
    }
    if (err_failed(channel_read(channel, input->room + input->n, bytes))) return false;
    input->n += bytes;
    return true;
}

static bool receive_text(struct buf *to, uint32_t bytes)
{
    uint8_t *at = bytes == 0 ? to->p : buf_reserve(to, bytes);
    if (bytes == 0) return true;
    if (at == NULL || err_failed(channel_read(channel, at, bytes))) return false;
    buf_added(to, bytes);
    return true;
}

/* All frames until WORKER_END; *reason is set when the file is too large. */
static bool receive_input(struct input *input, const char **reason)
{
    while (*reason == NULL) {
        uint32_t bytes, type;
        bool good = read_head(&bytes, &type);
        if (!good || type == WORKER_END) return good && bytes == 0;
        switch (type) {
        case WORKER_DATA: good = bytes <= WORKER_DATA_MAX && receive_file_part(input, bytes, reason); break;
        case WORKER_LEXICON: good = receive_text(&input->lexicon, bytes); break;
        case WORKER_SOURCE: good = receive_text(&input->source, bytes); break;
        case WORKER_PROPOSAL: good = receive_text(&input->proposal, bytes); break;
        default: good = false;
        }
        if (!good) return false;
    }
    return true;
}

static struct span text_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return span_of(json_string_value(value), json_string_length(value));
}

static bool send_text(enum worker_message type, struct span text) { return text.n == 0 || send_frame(type, text); }

static bool send_length(const json_t *document)
{
    const json_t *length = json_object_get(json_object_get(document, "media"), "duration_ms");
    uint64_t ms = (uint64_t)json_integer_value(length);
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(ms >> (8 * i));
    return length == NULL || send_frame(WORKER_LENGTH, span_of(bytes, sizeof bytes));
}

/* Core keeps the text, the draft and the findings as columns of their own and reads no JSON: they go before the document. */
static bool send_result(const struct job_output *output)
{
    json_t *root = json_loadb((const char *)output->document.p, output->document.n, 0, NULL);
    bool sent = root != NULL && send_length(root) && send_text(output->drafted ? WORKER_DRAFT : WORKER_TEXT, text_of(root, "text")) &&
                send_text(WORKER_DRAFT, text_of(json_object_get(root, "draft"), "text")) &&
                (!output->guarded || send_frame(WORKER_FINDINGS, buf_span(&output->findings))) && send_frame(WORKER_RESULT, buf_span(&output->document));
    json_decref(root);
    return sent;
}

static struct job_output new_output(void)
{
    return (struct job_output){.document = BUF_WITH_MAX(WORKER_RESULT_MAX), .findings = BUF_WITH_MAX(WORKER_FINDINGS_MAX * WORKER_FINDING_BYTES)};
}

/* --- models --- */

/* Beside the installed program, or in the build folder. */
static const char *clinic_folder(void)
{
    static char path[PATH_BYTES];
    static const char *const places[] = {"../share/medscribe/models", "../media/data", "../../share/medscribe/models"};
    char base[PATH_BYTES / 2], probe[PATH_BYTES];
    ssize_t n = readlink("/proc/self/exe", base, sizeof base - 1);
    while (n > 0 && base[n - 1] != '/') n--;
    if (n <= 0) return NULL;
    base[n] = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "%s%s", base, places[i]);
        int length = snprintf(probe, sizeof probe, "%s/clinic.lm.bin", path);
        if (length > 0 && (size_t)length < sizeof probe && access(probe, R_OK) == 0) return path;
    }
    return NULL;
}

static struct job_models models_of_this_machine(const struct request *request)
{
    return (struct job_models){.speech = {.general = "/usr/share/pocketsphinx/model/en-us", .clinic = clinic_folder()},
                               .tessdata = "/usr/share/tesseract-ocr/5/tessdata",
                               .pages = request->pages,
                               .words = "/usr/share/hunspell/en_med_glut.dic"};
}

static void start_pdf_programs(struct request *request)
{
    if (worker_pdf_start(&request->pdf)) request->job.pdf = &request->pdf;
}

static int serve(struct request *request)
{
    struct job_models models = models_of_this_machine(request);
    struct job_engines *engines = NULL;
    struct job_output output = new_output();
    struct input input = {.lexicon = BUF_WITH_MAX(WORKER_LEXICON_MAX), .source = BUF_WITH_MAX(WORKER_TEXT_MAX), .proposal = BUF_WITH_MAX(WORKER_TEXT_MAX)};
    const char *reason = NULL;
    if (!peek_job(&request->job)) return EXIT_SOFTWARE;
    if (strcmp(request->job.media_type, sniff_media_type(SNIFF_PDF)) == 0) start_pdf_programs(request);
    bool ready = !err_failed(job_prepare(request->job.kind, &models, &engines));
    input.room = mmap(NULL, FILE_MAX_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (input.room == MAP_FAILED || err_failed(sandbox_enter(SANDBOX_WORKER, &(struct sandbox_paths){0}))) return EXIT_SOFTWARE;
    earn(request, 0);
    if (!take_job(&request->job) || !receive_input(&input, &reason)) return EXIT_SOFTWARE;
    const struct job_input given = {.data = span_of(input.room, input.n), .lexicon = buf_span(&input.lexicon),
                                    .source = buf_span(&input.source), .proposal = buf_span(&input.proposal)};
    if (!ready) reason = "engine_failed";
    const struct job_progress progress = {.report = report, .heard = earn, .sound = pass_sound, .context = request};
    if (reason == NULL) IGNORE(job_run(engines, &request->job, &given, progress, &output, &reason));
    bool sent = reason != NULL ? send_frame(WORKER_FAILED, span_text(reason)) : send_result(&output);
    _exit(sent ? 0 : EXIT_SOFTWARE); /* nothing here is worth the time of taking it apart */
}

/* --- developer mode --- */

static bool map_file(const char *path, struct span *file_out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    bool good = fd >= 0 && fstat(fd, &status) == 0;
    void *p = good && status.st_size > 0 ? mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    if (fd >= 0) close(fd);
    if (!good || p == MAP_FAILED) return false;
    *file_out = span_of(p, p == NULL ? 0 : (size_t)status.st_size);
    return true;
}

static void write_file(const char *path, struct span text)
{
    FILE *file = fopen(path, "we");
    if (file == NULL || fwrite(text.p, 1, text.n, file) != text.n || fclose(file) != 0) fprintf(stderr, "worker: cannot write %s\n", path);
}

static int develop(struct request *request)
{
    struct job_models models = models_of_this_machine(request);
    struct job_engines *engines = NULL;
    struct job_output output = new_output();
    struct job_input input = {0};
    const char *reason = NULL;
    if (!map_file(request->file, &input.data)) {
        fprintf(stderr, "worker: cannot read %s\n", request->file);
        return EXIT_USAGE;
    }
    if (sniff_kind(input.data) == SNIFF_PDF) start_pdf_programs(request);
    struct err e = job_prepare(request->job.kind, &models, &engines);
    struct buf evidence = BUF_WITH_MAX(64 << 20);
    if (request->evidence != NULL && !err_failed(e)) job_show_evidence(engines, &evidence);
    if (!err_failed(e)) e = job_run(engines, &request->job, &input, (struct job_progress){0}, &output, &reason);
    if (request->evidence != NULL) write_file(request->evidence, buf_span(&evidence));
    buf_free(&evidence);
    if (err_failed(e)) printf("{\"failed\":\"%s\",\"error\":\"%s\",\"at\":\"%s:%u\"}\n", reason != NULL ? reason : "engine_failed", err_name(e.code), e.file, (unsigned)e.line);
    else printf("%.*s\n", (int)output.document.n, (const char *)output.document.p);
    buf_free(&output.document);
    buf_free(&output.findings);
    job_engines_free(&engines);
    return err_failed(e) ? 1 : 0;
}

/* --- start --- */

static bool parse_arguments(int argc, char **argv, struct request *request)
{
    bool kind = false;
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];
        uint64_t number = 0;
        if (strcmp(argv[i], "--file") == 0) request->file = value;
        else if (strcmp(argv[i], "--evidence") == 0) request->evidence = value;
        else if (strcmp(argv[i], "--kind") == 0) kind = job_kind_find(value, &request->job.kind);
        else if (strcmp(argv[i], "--seconds") == 0 && num_u64(span_text(value), 86400, &request->seconds)) continue;
        else if (strcmp(argv[i], "--language") == 0 && strlen(value) < sizeof request->pages) memcpy(request->pages, value, strlen(value) + 1);
        else if (strcmp(argv[i], "--channel") == 0 && num_u64(span_text(value), 1024, &number)) request->channel = (int)number;
        else return false;
    }
    return argc % 2 == 1 && (request->channel >= 0 || (kind && request->file != NULL));
}

static bool start_as_child(struct request *request)
{
    static struct child child;
    if (err_failed(child_start(&child))) return false;
    const char *languages = config_text(child.config, CONFIG_language);
    if (strlen(languages) < sizeof request->pages) memcpy(request->pages, languages, strlen(languages) + 1);
    request->seconds = (uint64_t)config_integer(child.config, CONFIG_worker_seconds);
    request->channel = child_fd(&child, CHILD_FD_WORKER, 0);
    return request->channel >= 0;
}

/* Tesseract asks OpenMP for four threads, which only fight over the cores with other workers; only this variable, read
   before main(), stops it. */
static void have_one_thread(char **argv)
{
    if (getenv("OMP_THREAD_LIMIT") != NULL) return;
    setenv("OMP_THREAD_LIMIT", "1", 1);
    execv("/proc/self/exe", argv); /* goes on when it fails: slower, not wrong */
}

int main(int argc, char **argv)
{
    struct request request = {.channel = -1, .pages = "eng", .job = {.language = "en"}};
    have_one_thread(argv);
    if (argc > 1 && !parse_arguments(argc, argv, &request)) {
        fputs("usage: worker --file FILE --kind audio|consultation|prescription [--language eng]\n", stderr);
        return EXIT_USAGE;
    }
    if (argc == 1 && !start_as_child(&request)) return EXIT_SOFTWARE;
    channel = request.channel;
    return channel >= 0 ? serve(&request) : develop(&request);
}
