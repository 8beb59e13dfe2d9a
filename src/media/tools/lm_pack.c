/* lm-pack FROM.arpa TO.lm.bin: a language model in sphinxbase's binary form, which is mapped, not parsed, when it is loaded. */
#include <sphinxbase/err.h>
#include <sphinxbase/logmath.h>
#include <sphinxbase/ngram_model.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    err_set_logfp(NULL);
    if (argc != 3) return 64;
    logmath_t *logmath = logmath_init(1.0001, 0, 0);
    ngram_model_t *model = logmath == NULL ? NULL : ngram_model_read(NULL, argv[1], NGRAM_ARPA, logmath);
    int written = model == NULL ? -1 : ngram_model_write(model, argv[2], NGRAM_BIN);
    if (written != 0) fprintf(stderr, "lm-pack: cannot pack %s\n", argv[1]);
    if (model != NULL) ngram_model_free(model);
    if (logmath != NULL) logmath_free(logmath);
    return written == 0 ? 0 : 1;
}
