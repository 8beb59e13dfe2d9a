#include "clinic/medicine.h"

static const char *const names[] = {
#define N(name) name,
#include "clinic/medicine_names.def"
#undef N
};
enum { NAMES = sizeof names / sizeof *names };
_Static_assert((int)NAMES + (int)LEXICON_NAMES_MAX <= (int)MEDICINE_NAMES_MAX, "the callers' sets have room for every name");

/* Stems of the WHO's International Nonproprietary Names ("The use of stems", 2018) that no common English word ends in. */
static const char *const endings[] = {"cillin", "mycin", "micin", "floxacin", "azole", "oxacin", "sartan", "statin", "dipine", "olol", "pril",
                                      "prazole", "tidine", "gliptin", "gliflozin", "glutide", "triptan", "setron", "azepam", "azolam", "barbital",
                                      "caine", "cycline", "dronate", "fibrate", "formin", "mab", "nidazole", "parin", "profen", "oxetine",
                                      "semide", "sone", "solone", "tadine", "thiazide", "vastatin", "vir", "xaban", "zosin", "terol", "tropium",
                                      "lukast", "gabalin", "coxib", "fenac", "prost", "tinib", "rizine", "asteride", "glitazone", "codone", "morphone"};

static int compare(struct span word, const char *name)
{
    size_t n = strlen(name), shorter = word.n < n ? word.n : n;
    int order = shorter == 0 ? 0 : memcmp(word.p, name, shorter);
    if (order != 0) return order;
    return word.n < n ? -1 : word.n > n;
}

static int built_in(struct span word)
{
    size_t low = 0, high = NAMES;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(word, names[middle]);
        if (order == 0) return (int)middle;
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return -1;
}

int medicine_number(const struct lexicon *lexicon, struct span name)
{
    int number = built_in(name), own = number >= 0 ? -1 : lexicon_name(lexicon, name);
    return own >= 0 ? (int)NAMES + own : number;
}

bool medicine_is_known(const struct lexicon *lexicon, struct span name) { return medicine_number(lexicon, name) >= 0; }

struct span medicine_lower(struct arena *arena, struct span s)
{
    struct span copy = arena_copy(arena, s);
    uint8_t *p = (uint8_t *)(uintptr_t)copy.p; /* our own */
    for (size_t i = 0; i < copy.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (uint8_t)(p[i] - 'A' + 'a');
    return copy;
}

static bool has_ending(struct span word)
{
    static const char *const words[] = {"person", "reason", "season", "poison", "lesson", "comparison", "mason", "unison", "prison", "arson", "april", "cocaine"};
    if (word.n < 6) return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_is(word, words[i])) return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (word.n >= n + 3 && memcmp(word.p + word.n - n, endings[i], n) == 0) return true;
    }
    return false;
}

bool medicine_is_likely(const struct lexicon *lexicon, struct span word) { return medicine_is_known(lexicon, word) || has_ending(word); }

/* How far a name may be from one that is suggested; 0: it is too short or too long to say. */
static unsigned reach(struct span word)
{
    if (word.n < 5 || word.n > NEAR_LONGEST) return 0;
    return word.n < 8 ? 1 : word.n < 11 ? 2 : 3;
}

static size_t best_of(const struct near_best *best, struct span out[static MEDICINE_SUGGESTIONS])
{
    for (size_t i = 0; i < best->count; i++) out[i] = best->word[i];
    return best->count;
}

size_t medicine_suggest(const struct lexicon *lexicon, struct span name, struct span out[static MEDICINE_SUGGESTIONS])
{
    struct near_best best = {0};
    unsigned limit = reach(name);
    uint32_t letters = lexicon_letters(name);
    for (size_t i = 0; limit > 0 && lexicon != NULL && i < lexicon->name_count; i++) {
        const struct lexicon_name *own = &lexicon->names[i];
        if ((unsigned)__builtin_popcount(own->letters ^ letters) > 2 * limit) continue;
        unsigned distance = near_distance(name, own->key, limit);
        if (distance <= limit) near_keep(&best, distance, own->shown);
    }
    for (size_t i = 0; limit > 0 && i < NAMES; i++) {
        struct span other = span_text(names[i]);
        unsigned distance = near_distance(name, other, limit);
        if (distance <= limit && lexicon_name(lexicon, other) < 0) near_keep(&best, distance, other); /* each name once */
    }
    return best_of(&best, out);
}

size_t medicine_suggest_words(const struct lexicon *lexicon, struct span word, struct span out[static MEDICINE_SUGGESTIONS])
{
    unsigned limit = reach(word) > 2 ? 2 : reach(word);
    return limit == 0 ? 0 : lexicon_words_like(lexicon, word, limit, has_ending, out);
}
