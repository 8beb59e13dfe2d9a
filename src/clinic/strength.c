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

static bool is_digit(const struct span s, size_t i) { return i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; }

/* "05", ".5", "0,5", "1.000": a point that is easily lost or gained. "1,000" is a thousand. */
static bool is_written_safely(struct span s)
{
    size_t whole = 0, part = 0;
    if (s.n > 0 && (s.p[0] == '.' || s.p[0] == ',')) return false;
    while (is_digit(s, whole)) whole++;
    if (whole > 1 && s.p[0] == '0') return false;
    if (whole == 0 || whole >= s.n || (s.p[whole] != '.' && s.p[whole] != ',')) return true;
    while (is_digit(s, whole + 1 + part)) part++;
    if (s.p[whole] == ',') return part == 3 && s.p[0] != '0';
    return part != 3 || s.p[0] == '0' || s.p[whole + part] != '0';
}

/* "1 mg/kg": no product has it. */
static bool is_by_weight(struct span s)
{
    for (size_t i = 0; i + 1 < s.n; i++)
        if ((s.p[i] | 0x20) == 'k' && (s.p[i + 1] | 0x20) == 'g') return true;
    return false;
}

/* A few whose milligrams would kill: one of them is a thousand of their usual unit. */
static bool is_given_in_micrograms(struct span name)
{
    static const char *const names[] = {"levothyroxine", "thyroxine", "thyronorm", "eltroxin", "liothyronine", "digoxin", "lanoxin", "fludrocortisone", "clonidine", "calcitriol", "misoprostol", "fentanyl"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_starts(name, span_text(names[i]))) return true;
    return false;
}

bool strength_is_usual(struct span name, struct span strength)
{
    static const char *const whole_milligrams[] = {"mg", "mgs", "MG", "Mg", NULL};
    size_t digits = 0;
    uint64_t number;
    if (!is_written_safely(strength) || is_by_weight(strength)) return false;
    while (is_digit(strength, digits)) digits++;
    struct span unit = span_sub(strength, digits, strength.n);
    if (digits > 0 && is_unit(unit, nanograms)) return false;
    if (digits > 0 && is_unit(unit, whole_milligrams) && is_given_in_micrograms(name)) return false;
    if (digits == 0 || !is_unit(unit, milligrams)) return true;
    if (!num_u64(span_sub(strength, 0, digits), UINT16_MAX, &number)) return false;
    if (number < JUDGED_FROM) return true;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (usual[i] == number) return true;
    return false;
}
