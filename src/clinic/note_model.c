#include "clinic/note.h"

/* Learned by tools/train_note.py from the training part of ACI-BENCH; weights in thousandths. */
struct row {
    const char *key;
    int score, section[NOTE_SECTIONS];
};
static const struct row rows[] = {
#define W(key, score, s, o, a, p) {key, score, {s, o, a, p}},
#include "clinic/note_weights.def"
#undef W
};
enum { ROWS = sizeof rows / sizeof *rows, KEY_MAX = 48 };

static const struct row *find(const char *key)
{
    size_t low = 0, high = ROWS;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(key, rows[middle].key);
        if (order == 0) return &rows[middle];
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return NULL;
}

struct sum {
    int score, section[NOTE_SECTIONS];
    size_t words;
};

static void add(struct sum *sum, const char *key)
{
    const struct row *row = find(key);
    if (row == NULL) return;
    sum->score += row->score;
    for (size_t i = 0; i < NOTE_SECTIONS; i++) sum->section[i] += row->section[i];
}

static bool is_part(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' || c >= 0x80; }

/* Words and pairs of neighbours, in lower case. */
static void add_words(struct sum *sum, struct span text)
{
    char pair[2 * KEY_MAX + 2], word[KEY_MAX];
    size_t before = 0; /* length of the word before, at the head of pair */
    for (size_t i = 0; i < text.n;) {
        size_t n = 0;
        for (; i < text.n; i++) {
            uint8_t c = text.p[i];
            if (c >= 'A' && c <= 'Z') c = (uint8_t)(c - 'A' + 'a');
            if (!is_part(c)) break;
            if (n + 1 < KEY_MAX) word[n++] = (char)c;
        }
        if (n == 0) {
            i++;
            continue;
        }
        word[n] = '\0';
        sum->words++;
        add(sum, word);
        if (before > 0) {
            pair[before] = ' ';
            memcpy(pair + before + 1, word, n + 1);
            add(sum, pair);
        }
        memcpy(pair, word, n);
        before = n;
    }
}

void note_model_rate(struct note_line *line)
{
    static const char *const speakers[] = {"@unknown", "@doctor", "@patient"};
    static const char *const origins[] = {"@said", "@denied", "@reported", "@answered"};
    static const char *const lengths[] = {"@short", "@middle", "@long", "@longest"};
    struct sum sum = {0}, all = {0};
    add_words(&sum, line->text);
    size_t n = sum.words > 0 ? sum.words : 1;
    add(&all, "@bias");
    add(&all, speakers[line->speaker]);
    add(&all, origins[line->origin]);
    add(&all, lengths[n < 6 ? 0 : n < 12 ? 1 : n < 24 ? 2 : 3]);
    char position[] = "@position0";
    position[9] = (char)('0' + line->position / 10 % 10);
    add(&all, position);
    line->score = all.score + sum.score;
    int best = 0;
    for (size_t i = 0; i < NOTE_SECTIONS; i++) {
        int value = all.section[i] + sum.section[i];
        if (i > 0 && value <= best) continue;
        best = value;
        line->section = (enum note_section)i;
    }
}
