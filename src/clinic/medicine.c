#include "clinic/medicine.h"

#include "clinic/near.h"

static const char *const names[] = {
#define N(name) name,
#include "clinic/medicine_names.def"
#undef N
};
enum { NAMES = sizeof names / sizeof *names };
_Static_assert((int)NAMES <= (int)MEDICINE_NAMES_MAX, "the callers' sets have room for every name");

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

int medicine_number(struct span word)
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

bool medicine_is_known(struct span word) { return medicine_number(word) >= 0; }

bool medicine_is_likely(struct span word)
{
    static const char *const words[] = {"person", "reason", "season", "poison", "lesson", "comparison", "mason", "unison", "prison", "arson", "april", "cocaine"};
    if (medicine_is_known(word)) return true;
    if (word.n < 6) return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_is(word, words[i])) return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (word.n >= n + 3 && memcmp(word.p + word.n - n, endings[i], n) == 0) return true;
    }
    return false;
}

size_t medicine_suggest(struct span word, const char *out[static MEDICINE_SUGGESTIONS])
{
    unsigned distances[MEDICINE_SUGGESTIONS];
    size_t count = 0;
    if (word.n < 5 || word.n > NEAR_LONGEST) return 0;
    unsigned limit = word.n < 8 ? 1 : word.n < 11 ? 2 : 3;
    for (size_t i = 0; i < NAMES; i++) {
        unsigned distance = near_distance(word, span_text(names[i]), limit);
        if (distance > limit) continue;
        size_t at = count < MEDICINE_SUGGESTIONS ? count : MEDICINE_SUGGESTIONS;
        while (at > 0 && distances[at - 1] > distance) at--;
        if (at == MEDICINE_SUGGESTIONS) continue;
        if (count < MEDICINE_SUGGESTIONS) count++;
        for (size_t k = count - 1; k > at; k--) {
            out[k] = out[k - 1];
            distances[k] = distances[k - 1];
        }
        out[at] = names[i];
        distances[at] = distance;
    }
    return count;
}
