/* One input in, one result out (docs/architecture.md, "Worker protocol"). */
#ifndef MEDSCRIBE_MEDIA_JOB_H
#define MEDSCRIBE_MEDIA_JOB_H
#include "base/buf.h"
#include "media/speech.h"

struct pdf_programs;

/* job.c has the table: its word in the job document, the engines that it needs, and what does it. */
enum job_kind { JOB_AUDIO, JOB_PRESCRIPTION, JOB_DECODE, JOB_HEARD, JOB_GUARD, JOB_CONSULTATION, JOB_NOTE, JOB_KINDS };
bool job_kind_find(const char *word, enum job_kind *kind_out);

struct job {
    enum job_kind kind;
    char media_type[64]; /* what core says that it is; "" = it does not say */
    char language[16];   /* "en" */
    char input[16];      /* what the input is, where the kind does not say it: guard: "audio" or "prescription" */
    char template[16];   /* of a note: "soap" */
    struct pdf_programs *pdf; /* what makes pages of a PDF, started and waiting; NULL: no PDF is read */
};

struct job_models {
    struct speech_models speech;
    const char *tessdata; /* folder of Tesseract's models */
    const char *pages;    /* "eng", "eng+hin": which of them */
    const char *words;    /* a dictionary of medical words (clinic/lexicon.h); without it there is none */
};

/* What a worker was given; all of it hostile. */
struct job_input {
    struct span data;     /* the file; or the words that an engine elsewhere heard in it */
    struct span lexicon;  /* the clinic's own medicines, a name a line */
    struct span source;   /* what a draft must not go beyond */
    struct span proposal; /* a draft to look over */
};
/* What it gives back. */
struct job_output {
    struct buf document; /* the result, JSON */
    struct buf findings; /* packed, as WORKER_FINDINGS */
    bool guarded;        /* the guard looked at the draft: `findings` says what it found, perhaps nothing */
    bool drafted;        /* the document is itself a draft: its text is one */
};

/* Engines with their models in memory, so that a job needs no file. */
struct job_engines;

/* Called now and then with 0 to 100 and one word. Steps back never. */
struct job_progress {
    void (*report)(void *context, unsigned percent, const char *stage);
    void (*sound)(void *context, struct span samples); /* of a recording that is only decoded; NULL: it goes nowhere */
    void (*heard)(void *context, int64_t seconds); /* of sound, decoded so far; at each further second */
    void *context;
};

/* Loads what `kind` needs; `models` must stay where it points. ENGINE when a model is missing. */
struct err job_prepare(enum job_kind kind, const struct job_models *models, struct job_engines **engines_out);
void job_engines_free(struct job_engines **engines); /* NULL-safe; sets NULL */
void job_show_evidence(struct job_engines *engines, struct buf *to); /* as speech_show_evidence */
/* Fills *output. On failure *reason_out is a word of the protocol's list. */
struct err job_run(struct job_engines *engines, const struct job *job, const struct job_input *input, struct job_progress progress,
                   struct job_output *output, const char **reason_out);

#endif
