/* One file in, one result document out (docs/architecture.md, "Worker protocol"). */
#ifndef MEDSCRIBE_MEDIA_JOB_H
#define MEDSCRIBE_MEDIA_JOB_H
#include "base/buf.h"
#include "media/speech.h"

struct pdf_program;

enum job_kind { JOB_AUDIO, JOB_PRESCRIPTION };

struct job {
    enum job_kind kind;
    char media_type[64]; /* what core says that it is; "" = it does not say */
    char language[16];   /* "en" */
    struct pdf_program *pdf; /* what makes pages of a PDF, started and waiting; NULL: no PDF is read */
};

struct job_models {
    struct speech_models speech;
    const char *tessdata; /* folder of Tesseract's models */
    const char *pages;    /* "eng", "eng+hin": which of them */
};

/* Engines with their models in memory, so that a job needs no file. */
struct job_engines;

/* Called now and then with 0 to 100 and one word. Steps back never. */
struct job_progress {
    void (*report)(void *context, unsigned percent, const char *stage);
    void *context;
};

/* Loads what `kind` needs; `models` must stay where it points. ENGINE when a model is missing. */
struct err job_prepare(enum job_kind kind, const struct job_models *models, struct job_engines **engines_out);
void job_engines_free(struct job_engines **engines); /* NULL-safe; sets NULL */
/* Appends the result document to `result`. On failure *reason_out is a word of the protocol's list. */
struct err job_run(struct job_engines *engines, const struct job *job, struct span file, struct job_progress progress,
                   struct buf *result, const char **reason_out);

#endif
