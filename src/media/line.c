#include "media/line.h"

#include <stdlib.h>

#define GUESSED_CONFIDENCE 0.55f /* below what is taken as read (src/clinic) */

/* How another reading lies beside the first: for each letter its counterpart or NONE, for each gap what stands only there. */
enum { NONE = -1 };
struct alignment {
    int beside[LINE_MAX_LETTERS];
    int run_start[LINE_MAX_LETTERS + 1], run_length[LINE_MAX_LETTERS + 1];
};

struct candidate {
    const struct line_letter *letter; /* NULL: nothing stands there */
    int length;                       /* of a run of letters */
    float weight;
    bool guessed;
};

bool line_add(struct line *line, const struct line_letter *letter)
{
    if (line->count == LINE_MAX_LETTERS) return false;
    line->letter[line->count++] = *letter;
    return true;
}

double line_confidence(const struct line *line)
{
    double sum = 0;
    for (size_t i = 0; i < line->count; i++) sum += (double)line->letter[i].confidence;
    return line->count > 0 ? sum / (double)line->count : 0;
}

double line_doubt(const struct line *line)
{
    double least = 1;
    for (size_t i = 0; i < line->count; i++)
        if ((double)line->letter[i].confidence < least) least = (double)line->letter[i].confidence;
    return least;
}

bool line_says_the_same(const struct line *a, const struct line *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) same = strcmp(a->letter[i].text, b->letter[i].text) == 0;
    return same;
}

/* --- digits --- */

static bool is_space(const struct line_letter *letter) { return letter->text[0] == ' '; }
static bool is_digit(const struct line_letter *letter) { return letter->text[0] >= '0' && letter->text[0] <= '9' && letter->text[1] == 0; }
static bool is_one_of(const struct line_letter *letter, const char *characters)
{
    return letter->text[0] != 0 && letter->text[1] == 0 && strchr(characters, letter->text[0]) != NULL;
}

/* The digit that looks like it; 0: none. `bare`: letters that also end a number ("2 l", "5 l") do not count. */
static char digit_of(const struct line_letter *letter, bool bare)
{
    static const char *const noughts[] = {"@", "®", "©", "Ø", "ø", "O", "o"};
    for (size_t i = 0; i < sizeof noughts / sizeof *noughts; i++)
        if (strcmp(letter->text, noughts[i]) == 0) return '0';
    return !bare && is_one_of(letter, "Il|") ? '1' : 0;
}

/* "I-O-1": doses over the day, one sign each. */
static bool is_dose_pattern(const struct line_letter *word, size_t n)
{
    if (n != 5 && n != 7) return false;
    for (size_t i = 0; i < n; i++)
        if (i % 2 == 1 ? !is_one_of(word + i, "-") : !is_digit(word + i) && digit_of(word + i, false) == 0) return false;
    return true;
}

static bool is_number_but_for_shapes(const struct line_letter *word, size_t n)
{
    bool digits = false;
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n || is_one_of(word + i + 1, ".,");
        if (is_digit(word + i)) digits = true;
        else if (!is_one_of(word + i, "-/.,:+") && digit_of(word + i, last) == 0) return false;
    }
    return digits;
}

/* "Refills: @": a field's whole value is a sign that is no letter. */
static bool is_lone_nought(const struct line *line, size_t at, size_t n)
{
    const struct line_letter *word = line->letter + at;
    return n == 1 && at >= 2 && at + 1 == line->count && is_one_of(word - 2, ":") && digit_of(word, true) == '0' && !is_one_of(word, "Oo");
}

static void mend_word(struct line *line, size_t at, size_t n)
{
    struct line_letter *word = line->letter + at;
    if (!is_dose_pattern(word, n) && !is_number_but_for_shapes(word, n) && !is_lone_nought(line, at, n)) return;
    for (size_t i = 0; i < n; i++) {
        char digit = is_digit(word + i) ? 0 : digit_of(word + i, false);
        if (digit == 0) continue;
        memcpy(word[i].text, (const char[2]){digit, 0}, 2);
        word[i].guessed = true;
        if (word[i].confidence > GUESSED_CONFIDENCE) word[i].confidence = GUESSED_CONFIDENCE;
    }
}

void line_mend_digits(struct line *line)
{
    for (size_t i = 0, n; i < line->count; i += n + 1) {
        for (n = 0; i + n < line->count && !is_space(line->letter + i + n);) n++;
        mend_word(line, i, n);
    }
}

/* --- alignment --- */

static bool same(const struct line_letter *a, const struct line_letter *b) { return strcmp(a->text, b->text) == 0; }

/* A letter is never opposite a space: then both stand alone. */
static int cost_of(const struct line_letter *a, const struct line_letter *b)
{
    return same(a, b) ? 0 : is_space(a) || is_space(b) ? 2 : 1;
}

static int least(int a, int b) { return a < b ? a : b; }

static void align(const struct line *first, const struct line *other, struct alignment *alignment)
{
    static uint16_t cost[LINE_MAX_LETTERS + 1][LINE_MAX_LETTERS + 1]; /* one thread, one line at a time */
    size_t n = first->count, m = other->count;
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            int best = i == 0 ? (int)j : j == 0 ? (int)i : cost[i - 1][j - 1] + cost_of(first->letter + i - 1, other->letter + j - 1);
            if (i > 0 && j > 0) best = least(best, least(cost[i - 1][j], cost[i][j - 1]) + 1);
            cost[i][j] = (uint16_t)best;
        }
    memset(alignment->run_length, 0, (n + 1) * sizeof alignment->run_length[0]);
    for (size_t i = n, j = m; i > 0 || j > 0;) {
        if (i > 0 && j > 0 && cost[i][j] == cost[i - 1][j - 1] + cost_of(first->letter + i - 1, other->letter + j - 1)) {
            alignment->beside[--i] = (int)--j;
        } else if (i > 0 && cost[i][j] == cost[i - 1][j] + 1) {
            alignment->beside[--i] = NONE;
        } else {
            alignment->run_start[i] = (int)--j;
            alignment->run_length[i]++;
        }
    }
}

/* --- the vote --- */

static bool same_run(const struct candidate *a, const struct candidate *b)
{
    if (a->length != b->length) return false;
    for (int i = 0; i < a->length; i++)
        if (!same(a->letter + i, b->letter + i)) return false;
    return true;
}

static struct candidate candidate_of(const struct line *line, int start, int length)
{
    if (length == 0) return (struct candidate){.weight = (float)line_confidence(line)};
    struct candidate candidate = {.letter = line->letter + start, .length = length, .weight = 1, .guessed = true};
    for (int i = 0; i < length; i++) {
        if (candidate.letter[i].confidence < candidate.weight) candidate.weight = candidate.letter[i].confidence;
        candidate.guessed &= candidate.letter[i].guessed;
    }
    return candidate;
}

/* The first of the heaviest, with the weight of all that say the same. */
static struct candidate elect(const struct candidate *candidates, size_t count)
{
    struct candidate best = candidates[0];
    float most = -1;
    for (size_t i = 0; i < count; i++) {
        float weight = 0;
        bool guessed = true;
        for (size_t j = 0; j < count; j++) {
            if (!same_run(candidates + i, candidates + j)) continue;
            weight += candidates[j].weight;
            guessed &= candidates[j].guessed;
        }
        if (weight <= most) continue;
        most = weight;
        best = candidates[i];
        best.guessed = guessed;
    }
    best.weight = most;
    return best;
}

static void put(struct line *outcome, const struct candidate *elected, size_t count, int left, int right)
{
    for (int i = 0; i < elected->length; i++) {
        struct line_letter letter = elected->letter[i];
        letter.left = left;
        letter.right = right;
        letter.guessed = elected->guessed;
        letter.confidence = elected->weight / (float)count;
        if (letter.guessed && letter.confidence > GUESSED_CONFIDENCE) letter.confidence = GUESSED_CONFIDENCE;
        (void)line_add(outcome, &letter);
    }
}

void line_vote(const struct line *const *readings, size_t count, struct line *outcome)
{
    static struct alignment alignments[LINE_MAX_READINGS];
    const struct line *first = readings[0];
    struct candidate candidates[LINE_MAX_READINGS];
    if (count > LINE_MAX_READINGS) count = LINE_MAX_READINGS;
    for (size_t r = 1; r < count; r++) align(first, readings[r], &alignments[r]);
    outcome->left = first->left, outcome->top = first->top, outcome->right = first->right, outcome->bottom = first->bottom;
    outcome->count = 0;
    for (size_t i = 0; i <= first->count; i++) {
        int here = i < first->count ? first->letter[i].left : first->right;
        candidates[0] = candidate_of(first, 0, 0);
        for (size_t r = 1; r < count; r++) candidates[r] = candidate_of(readings[r], alignments[r].run_start[i], alignments[r].run_length[i]);
        struct candidate elected = elect(candidates, count);
        put(outcome, &elected, count, here, here);
        if (i == first->count) break;
        candidates[0] = candidate_of(first, (int)i, 1);
        bool stays = is_space(first->letter + i); /* the first reading saw the words in the page, the others a strip of it */
        for (size_t r = 1; r < count && !stays; r++) {
            int beside = alignments[r].beside[i];
            candidates[r] = candidate_of(readings[r], beside, beside == NONE ? 0 : 1);
        }
        elected = stays ? candidates[0] : elect(candidates, count);
        put(outcome, &elected, count, here, first->letter[i].right);
    }
}
