#include "clinic/number_word.h"

#include "clinic/sig_token.h"

bool number_word(struct span word, int64_t *millionths_out)
{
    static const struct { const char *word; int value; } values[] = {
        {"zero", 0}, {"one", 1}, {"two", 2}, {"three", 3}, {"four", 4}, {"five", 5}, {"six", 6}, {"seven", 7}, {"eight", 8}, {"nine", 9}, {"ten", 10},
        {"eleven", 11}, {"twelve", 12}, {"thirteen", 13}, {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17}, {"eighteen", 18}, {"nineteen", 19},
        {"twenty", 20}, {"thirty", 30}, {"forty", 40}, {"fifty", 50}, {"sixty", 60}, {"seventy", 70}, {"eighty", 80}, {"ninety", 90}, {"hundred", 100}, {"thousand", 1000},
        {"once", 1}, {"twice", 2}, {"thrice", 3}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (!span_is(word, values[i].word)) continue;
        *millionths_out = values[i].value * (int64_t)SIG_MICRO;
        return true;
    }
    if (!span_is(word, "half")) return false;
    *millionths_out = SIG_MICRO / 2;
    return true;
}
