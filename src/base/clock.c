#include "base/clock.h"

#include "base/num.h"

#include <time.h>

static int64_t read_clock(clockid_t which)
{
    struct timespec t;
    if (clock_gettime(which, &t) != 0) return 0;
    return SECONDS_US(t.tv_sec) + t.tv_nsec / 1000;
}

int64_t clock_now_us(void) { return read_clock(CLOCK_REALTIME); }
int64_t clock_monotonic_us(void) { return read_clock(CLOCK_MONOTONIC); }

/* Civil date from days since 1970, proleptic Gregorian; the year starts in March so that leap days come last. */
static void civil(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = (unsigned)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (unsigned)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? (int64_t)month - 3 : (int64_t)month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void digits(uint8_t *to, unsigned count, uint64_t value)
{
    while (count-- > 0) {
        to[count] = (uint8_t)('0' + value % 10);
        value /= 10;
    }
}

void clock_put_rfc3339(struct buf *b, int64_t time_us)
{
    int64_t days = time_us / DAYS_US(1), rest = time_us % DAYS_US(1);
    if (rest < 0) rest += DAYS_US(1), days--;
    int64_t year;
    unsigned month, day;
    civil(days, &year, &month, &day);
    if (year < 0 || year > 9999) year = 0;
    uint8_t text[27] = "0000-00-00T00:00:00.000000";
    text[26] = 'Z';
    digits(text, 4, (uint64_t)year);
    digits(text + 5, 2, month);
    digits(text + 8, 2, day);
    digits(text + 11, 2, (uint64_t)(rest / HOURS_US(1)));
    digits(text + 14, 2, (uint64_t)(rest / SECONDS_US(60) % 60));
    digits(text + 17, 2, (uint64_t)(rest / SECONDS_US(1) % 60));
    digits(text + 20, 6, (uint64_t)(rest % SECONDS_US(1)));
    buf_put(b, text, sizeof text);
}

static bool number_at(struct span text, size_t from, size_t count, uint64_t min, uint64_t max, unsigned *out)
{
    uint64_t value;
    if (text.n < from + count || !num_u64(span_sub(text, from, count), max, &value) || value < min) return false;
    *out = (unsigned)value;
    return true;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

bool clock_parse_rfc3339(struct span text, int64_t *time_us_out)
{
    unsigned year, month, day, hour, minute, second;
    if (text.n < 20 || text.p[4] != '-' || text.p[7] != '-' || text.p[10] != 'T' || text.p[13] != ':' ||
        text.p[16] != ':' || text.p[text.n - 1] != 'Z')
        return false;
    if (!number_at(text, 0, 4, 1, 9999, &year) || !number_at(text, 5, 2, 1, 12, &month) ||
        !number_at(text, 8, 2, 1, 31, &day) || !number_at(text, 11, 2, 0, 23, &hour) ||
        day > month_days(year, month) || !number_at(text, 14, 2, 0, 59, &minute) || !number_at(text, 17, 2, 0, 60, &second))
        return false;
    int64_t fraction_us = 0;
    if (text.n > 20) {
        struct span fraction = span_sub(text, 20, text.n - 21);
        uint64_t value;
        if (text.p[19] != '.' || fraction.n > 9 || !num_u64(fraction, 999999999, &value)) return false;
        for (size_t i = fraction.n; i < 9; i++) value *= 10;
        fraction_us = (int64_t)(value / 1000);
    }
    *time_us_out = DAYS_US(days_from_civil(year, month, day)) + HOURS_US(hour) + SECONDS_US(minute * 60 + second) +
                   fraction_us;
    return true;
}
