#include "base/num.h"

bool num_u64(struct span text, uint64_t max, uint64_t *out)
{
    if (text.n == 0 || text.n > 20) return false;
    uint64_t value = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        if (__builtin_mul_overflow(value, 10, &value)) return false;
        if (__builtin_add_overflow(value, (uint64_t)(text.p[i] - '0'), &value)) return false;
    }
    if (value > max) return false;
    *out = value;
    return true;
}

bool num_i64(struct span text, int64_t min, int64_t max, int64_t *out)
{
    bool negative = text.n > 0 && text.p[0] == '-';
    uint64_t size;
    if (!num_u64(negative ? span_sub(text, 1, text.n) : text, (uint64_t)INT64_MAX + negative, &size)) return false;
    int64_t value = (int64_t)(negative ? (uint64_t)0 - size : size);
    if (value < min || value > max) return false;
    *out = value;
    return true;
}
