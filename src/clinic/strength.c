#include "clinic/strength.h"

#include "base/num.h"

/* Whole strengths in mg or mcg of common products by mouth and by injection, a list of our own; sorted. What is missing is asked about. */
static const uint16_t usual[] = {10,  12,  15,  16,  20,  24,  25,  30,  32,  35,  40,  45,  50,  60,  62,  70,  75,  80,   81,   88,   90,   100,  110, 112,
                                 120, 125, 135, 137, 145, 150, 160, 162, 175, 180, 200, 225, 240, 250, 300, 320,  325,  350,  360,  375,  400,  450, 480,
                                 500, 550, 600, 625, 650, 665, 750, 800, 850, 875, 900, 960, 1000, 1200, 1500, 2000, 5000, 10000};
enum { JUDGED_FROM = 10 };

static const char *const milligrams[] = {"mg", "mgs", "mcg", "ug", "MG", "Mg", "MCG", NULL};
static const char *const nanograms[] = {"ng", "NG", "Ng", NULL}; /* no medicine is given so: an M was read as an N */

static bool is_unit(struct span unit, const char *const *units)
{
    while (unit.n > 0 && (unit.p[0] == ' ' || unit.p[0] == '.')) unit = span_sub(unit, 1, unit.n);
    while (unit.n > 0 && unit.p[unit.n - 1] == '.') unit = span_sub(unit, 0, unit.n - 1);
    for (; *units != NULL; units++)
        if (span_is(unit, *units)) return true;
    return false;
}

bool strength_is_usual(struct span strength)
{
    size_t digits = 0;
    uint64_t number;
    while (digits < strength.n && strength.p[digits] >= '0' && strength.p[digits] <= '9') digits++;
    struct span unit = span_sub(strength, digits, strength.n);
    if (digits > 0 && is_unit(unit, nanograms)) return false;
    if (digits == 0 || !is_unit(unit, milligrams)) return true;
    if (!num_u64(span_sub(strength, 0, digits), UINT16_MAX, &number)) return false;
    if (number < JUDGED_FROM) return true;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (usual[i] == number) return true;
    return false;
}
