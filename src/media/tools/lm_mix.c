/* lm-mix GENERAL.lm.bin CLINIC.arpa SHARE OUT.lm.bin: one language model out of two, p = (1 - SHARE) general + SHARE clinic for
   every n-gram that either knows, back-off weights made anew. Runs at build time.

   Why not let the decoder mix them: sphinxbase mixes scores that are already raised to the language weight, which is near to
   taking the larger of the two, and it hurts general speech.

   sphinxbase cannot list the n-grams of a packed model, so the list is read from the file itself ("Trie Language Model":
   order, counts, quantiser, unigrams, then bit-packed arrays keyed by the last word first); all probabilities are asked of
   sphinxbase. */
#include <math.h>
#include <sphinxbase/err.h>
#include <sphinxbase/logmath.h>
#include <sphinxbase/ngram_model.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER = 3, QUANT_BINS = 1 << 16, PROB_BITS = 16, MIDDLE_BITS = 32, WORDS_MAX = 1 << 19 };

/* Words in the order said; unused ones at the end are 0. */
struct gram {
    uint32_t word[ORDER];
};
struct grams {
    struct gram *list;
    size_t count, room;
};
struct mix {
    ngram_model_t *model[2];
    logmath_t *logmath;
    double share[2];
    char **words; /* of both models, by our own numbers from 1 */
    int32 *id[2]; /* our number → theirs */
    uint32_t word_count, begin;
    struct grams grams[ORDER + 1];
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "lm-mix: %s\n", what);
    exit(1);
}

static void *need(void *p)
{
    if (p == NULL) die("out of memory");
    return p;
}

/* --- the union of the words --- */

static int compare_words(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void collect_words(struct mix *m)
{
    m->words = need(calloc(WORDS_MAX, sizeof *m->words));
    uint32_t n = 0;
    for (int which = 0; which < 2; which++)
        for (int32 i = 0, size = (int32)ngram_model_get_counts(m->model[which])[0]; i < size && n + 1 < WORDS_MAX; i++)
            m->words[++n] = need(strdup(ngram_word(m->model[which], i)));
    qsort(m->words + 1, n, sizeof *m->words, compare_words);
    for (uint32_t i = 1; i <= n; i++)
        if (m->word_count == 0 || strcmp(m->words[m->word_count], m->words[i]) != 0) m->words[++m->word_count] = m->words[i];
    for (int which = 0; which < 2; which++) {
        m->id[which] = need(calloc(m->word_count + 1, sizeof *m->id[which]));
        for (uint32_t i = 1; i <= m->word_count; i++) {
            int32 id = ngram_wid(m->model[which], m->words[i]);
            m->id[which][i] = id >= 0 && strcmp(ngram_word(m->model[which], id), m->words[i]) == 0 ? id : -1;
        }
    }
}

static uint32_t number_of(const struct mix *m, const char *word)
{
    char *const *at = bsearch(&word, m->words + 1, m->word_count, sizeof *m->words, compare_words);
    if (at == NULL) die("an n-gram has a word that its model has not");
    return (uint32_t)(at - m->words);
}

/* --- the union of the n-grams --- */

static void add_gram(struct grams *grams, struct gram gram)
{
    if (grams->count == grams->room) {
        grams->room = grams->room == 0 ? 1 << 20 : grams->room * 2;
        grams->list = need(realloc(grams->list, grams->room * sizeof *grams->list));
    }
    grams->list[grams->count++] = gram;
}

static unsigned bits_for(uint32_t largest)
{
    unsigned bits = 0;
    for (; largest != 0; largest >>= 1) bits++;
    return bits;
}

static uint32_t bits_at(const uint8_t *base, uint64_t offset, unsigned bits)
{
    uint64_t value;
    memcpy(&value, base + (offset >> 3), sizeof value);
    return (uint32_t)(value >> (offset & 7) & ((UINT64_C(1) << bits) - 1));
}

static uint8_t *read_file(const char *path, size_t *size_out)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) die("cannot read the general model");
    long size = ftell(file);
    rewind(file);
    uint8_t *bytes = need(calloc(1, (size_t)size + 64));
    if (size <= 0 || fread(bytes, 1, (size_t)size, file) != (size_t)size) die("cannot read the general model");
    fclose(file);
    *size_out = (size_t)size;
    return bytes;
}

struct trie {
    const uint8_t *unigrams, *middle, *longest;
    uint32_t counts[ORDER];
    unsigned word_bits, next_bits;
};

static uint32_t unigram_next(const struct trie *t, uint32_t i)
{
    uint32_t next;
    memcpy(&next, t->unigrams + 12 * (size_t)i + 8, sizeof next);
    return next;
}

static uint32_t middle_word(const struct trie *t, uint64_t i) { return bits_at(t->middle, i * (t->word_bits + MIDDLE_BITS + t->next_bits), t->word_bits); }
static uint32_t middle_next(const struct trie *t, uint64_t i)
{
    uint64_t width = t->word_bits + MIDDLE_BITS + t->next_bits;
    return bits_at(t->middle, i * width + t->word_bits + MIDDLE_BITS, t->next_bits);
}
static uint32_t longest_word(const struct trie *t, uint64_t i) { return bits_at(t->longest, i * (t->word_bits + PROB_BITS), t->word_bits); }

static struct trie open_trie(const uint8_t *bytes, size_t size)
{
    static const char magic[] = "Trie Language Model";
    struct trie t = {0};
    const uint8_t *p = bytes + sizeof magic - 1;
    if (size < 64 || memcmp(bytes, magic, sizeof magic - 1) != 0 || *p++ != ORDER) die("the general model is no packed trigram model");
    memcpy(t.counts, p, sizeof t.counts);
    p += sizeof t.counts + sizeof(int32_t) + ORDER * QUANT_BINS * sizeof(float);
    t.word_bits = bits_for(t.counts[0]);
    t.next_bits = bits_for(t.counts[2]);
    t.unigrams = p;
    t.middle = t.unigrams + 12 * ((size_t)t.counts[0] + 1);
    t.longest = t.middle + ((1 + (uint64_t)t.counts[1]) * (t.word_bits + MIDDLE_BITS + t.next_bits) + 7) / 8 + 8;
    if (t.longest > bytes + size) die("the general model is cut short");
    return t;
}

static void collect_general(struct mix *m, const char *path)
{
    size_t size;
    uint8_t *bytes = read_file(path, &size);
    struct trie t = open_trie(bytes, size);
    uint32_t *number = need(calloc(t.counts[0], sizeof *number));
    for (uint32_t i = 0; i < t.counts[0]; i++) number[i] = number_of(m, ngram_word(m->model[0], (int32)i));
    for (uint32_t last = 0; last < t.counts[0]; last++)
        for (uint32_t i = unigram_next(&t, last), end = unigram_next(&t, last + 1); i < end && i < t.counts[1]; i++) {
            uint32_t before = middle_word(&t, i);
            if (before >= t.counts[0]) die("the general model has a form that is not known here");
            add_gram(&m->grams[2], (struct gram){{number[before], number[last], 0}});
            for (uint32_t j = middle_next(&t, i), stop = middle_next(&t, i + 1ull); j < stop && j < t.counts[2]; j++) {
                uint32_t first = longest_word(&t, j);
                if (first >= t.counts[0]) die("the general model has a form that is not known here");
                add_gram(&m->grams[3], (struct gram){{number[first], number[before], number[last]}});
            }
        }
    if (m->grams[2].count < t.counts[1] - t.counts[1] / 100 || m->grams[3].count < t.counts[2] / 2) die("the general model has a form that is not known here");
    free(number);
    free(bytes);
}

static void collect_clinic(struct mix *m, const char *path)
{
    FILE *file = fopen(path, "r");
    char line[512], word[ORDER][128];
    int order = 0;
    if (file == NULL) die("cannot read the clinic's model");
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '\\') order = line[1] >= '1' && line[1] <= '3' ? line[1] - '0' : 0;
        int n = order < 2 ? 0 : sscanf(line, "%*f %127s %127s %127s", word[0], word[1], word[2]);
        struct gram gram = {{0}};
        if (order < 2 || n < order) continue;
        for (int i = 0; i < order; i++) gram.word[i] = number_of(m, word[i]);
        add_gram(&m->grams[order], gram);
    }
    fclose(file);
}

static int compare_grams(const void *a, const void *b) { return memcmp(a, b, sizeof(struct gram)); }
static int by_number(const void *a, const void *b)
{
    const struct gram *x = a, *y = b;
    for (size_t i = 0; i < ORDER; i++)
        if (x->word[i] != y->word[i]) return x->word[i] < y->word[i] ? -1 : 1;
    return 0;
}

static bool has_gram(const struct grams *grams, struct gram gram)
{
    return bsearch(&gram, grams->list, grams->count, sizeof gram, by_number) != NULL;
}

static void sort_out(struct grams *grams)
{
    qsort(grams->list, grams->count, sizeof *grams->list, by_number);
    size_t kept = 0;
    for (size_t i = 0; i < grams->count; i++)
        if (kept == 0 || compare_grams(&grams->list[kept - 1], &grams->list[i]) != 0) grams->list[kept++] = grams->list[i];
    grams->count = kept;
}

/* Every trigram's history and ending must be there as bigrams: back-off weights hang on the one, the packed form on the other. */
static void complete(struct mix *m)
{
    sort_out(&m->grams[2]);
    sort_out(&m->grams[3]);
    size_t known = m->grams[2].count;
    for (size_t i = 0; i < m->grams[3].count; i++) {
        struct gram gram = m->grams[3].list[i];
        struct gram needed[2] = {{{gram.word[0], gram.word[1], 0}}, {{gram.word[1], gram.word[2], 0}}};
        for (size_t j = 0; j < 2; j++) {
            struct grams old = {m->grams[2].list, known, known};
            if (!has_gram(&old, needed[j])) add_gram(&m->grams[2], needed[j]);
        }
    }
    sort_out(&m->grams[2]);
}

/* --- probabilities --- */

/* Of word[order - 1] after the words before it. */
static double probability(const struct mix *m, const uint32_t *word, int order)
{
    double sum = 0;
    for (int which = 0; which < 2; which++) {
        int32 history[ORDER], length = 0, used = 0, last = m->id[which][word[order - 1]];
        if (last < 0) continue;
        for (int i = order - 2; i >= 0 && m->id[which][word[i]] >= 0; i--) history[length++] = m->id[which][word[i]];
        sum += m->share[which] * logmath_exp(m->logmath, ngram_ng_prob(m->model[which], last, history, length, &used));
    }
    return sum > 1e-12 ? sum : 1e-12;
}

/* The weight that makes everything after a history sum to one: what its own n-grams leave, over what they leave below. */
static double backoff(const struct mix *m, const struct grams *above, size_t *at, const uint32_t *history, int length)
{
    double mass = 0, below = 0;
    bool any = false;
    for (; *at < above->count && memcmp(above->list[*at].word, history, (size_t)length * sizeof *history) == 0; ++*at) {
        const uint32_t *word = above->list[*at].word;
        mass += probability(m, word, length + 1);
        below += probability(m, word + 1, length);
        any = true;
    }
    return any ? log10(fmax(1 - mass, 1e-5) / fmax(1 - below, 1e-5)) : 0;
}

static void write_mixture(const struct mix *m, const char *path)
{
    FILE *out = fopen(path, "w");
    if (out == NULL) die("cannot write");
    size_t at = 0;
    fprintf(out, "\\data\\\nngram 1=%u\nngram 2=%zu\nngram 3=%zu\n\n\\1-grams:\n", m->word_count, m->grams[2].count, m->grams[3].count);
    for (uint32_t word = 1; word <= m->word_count; word++) {
        double weight = backoff(m, &m->grams[2], &at, &word, 1);
        fprintf(out, "%.4f\t%s\t%.4f\n", word == m->begin ? -99 : log10(probability(m, &word, 1)), m->words[word], weight);
    }
    fputs("\n\\2-grams:\n", out);
    at = 0;
    for (size_t i = 0; i < m->grams[2].count; i++) {
        const uint32_t *word = m->grams[2].list[i].word;
        double weight = backoff(m, &m->grams[3], &at, word, 2);
        fprintf(out, "%.4f\t%s %s\t%.4f\n", log10(probability(m, word, 2)), m->words[word[0]], m->words[word[1]], weight);
    }
    fputs("\n\\3-grams:\n", out);
    for (size_t i = 0; i < m->grams[3].count; i++) {
        const uint32_t *word = m->grams[3].list[i].word;
        fprintf(out, "%.4f\t%s %s %s\n", log10(probability(m, word, 3)), m->words[word[0]], m->words[word[1]], m->words[word[2]]);
    }
    fputs("\n\\end\\\n", out);
    if (fclose(out) != 0) die("cannot write");
}

static void pack(const struct mix *m, const char *arpa, const char *path)
{
    ngram_model_t *model = ngram_model_read(NULL, arpa, NGRAM_ARPA, m->logmath);
    if (model == NULL || ngram_model_write(model, path, NGRAM_BIN) != 0) die("cannot pack the mixture");
    ngram_model_free(model);
}

int main(int argc, char **argv)
{
    struct mix m = {.logmath = logmath_init(1.0001, 0, 0)};
    char arpa[4096];
    if (argc != 5 || m.logmath == NULL) return 64;
    err_set_logfp(NULL);
    m.share[1] = atof(argv[3]);
    m.share[0] = 1 - m.share[1];
    for (int which = 0; which < 2; which++) {
        m.model[which] = ngram_model_read(NULL, argv[1 + which], NGRAM_AUTO, m.logmath);
        if (m.model[which] == NULL) die("cannot read a model");
    }
    collect_words(&m);
    m.begin = number_of(&m, "<s>");
    collect_general(&m, argv[1]);
    collect_clinic(&m, argv[2]);
    complete(&m);
    snprintf(arpa, sizeof arpa, "%s.arpa", argv[4]);
    write_mixture(&m, arpa);
    pack(&m, arpa, argv[4]);
    remove(arpa);
    return 0;
}
