#include "midair/plan/moment.h"

#include "midair/base/buf.h"

enum { MICROSECONDS = 1000000, DAY = 86400 };

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar. Years are counted from March, so that a leap
 * day is the last day of its year. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted + (shifted < 10 ? 3 : -9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* Takes `n` digits from the front of *s, and the byte `then` behind them (0: none). */
static bool take(struct slice *s, size_t n, char then, int64_t *out)
{
    size_t used = n + (then ? 1 : 0);
    int64_t value = 0;
    if (s->len < used || (then && s->at[n] != then))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s->at[i] < '0' || s->at[i] > '9')
            return false;
        value = value * 10 + (s->at[i] - '0');
    }
    *out = value;
    *s = slice_make(s->at + used, s->len - used);
    return true;
}

/* Reads an offset, "+00", "-07", "+05:30" or "-00:19:32", as seconds east of Greenwich. */
static bool take_zone(struct slice s, int64_t *out)
{
    int64_t parts[3] = {0};
    bool west = s.len && s.at[0] == '-';
    if (!s.len || (s.at[0] != '+' && !west))
        return false;
    s = slice_from(s, 1);
    for (size_t i = 0; i < 3; i++) {
        if (!take(&s, 2, 0, &parts[i]))
            return false;
        if (s.len == 0)
            break;
        if (s.at[0] != ':')
            return false;
        s = slice_from(s, 1);
    }
    *out = parts[0] * 3600 + parts[1] * 60 + parts[2];
    if (west)
        *out = -*out;
    return s.len == 0;
}

bool moment_parse(struct slice s, int64_t *out)
{
    int64_t year, month, day, hour, minute, second, zone, fraction = 0;
    size_t year_digits = slice_find(s, '-');
    if (year_digits < 4 || year_digits > 6 || !take(&s, year_digits, '-', &year) || !take(&s, 2, '-', &month) ||
        !take(&s, 2, ' ', &day) || !take(&s, 2, ':', &hour) || !take(&s, 2, ':', &minute) || !take(&s, 2, 0, &second))
        return false;
    if (s.len && s.at[0] == '.') {
        size_t digits = slice_find(s, '+'), west = slice_find(s, '-');
        digits = west < digits ? west : digits;
        if (digits < 2 || digits > 7 || !take(&(struct slice){s.at + 1, s.len - 1}, digits - 1, 0, &fraction))
            return false;
        for (size_t i = digits; i < 7; i++)
            fraction *= 10;
        s = slice_from(s, digits);
    }
    if (!take_zone(s, &zone))
        return false;
    *out = ((days_of(year, month, day) * DAY) + hour * 3600 + minute * 60 + second - zone) * MICROSECONDS + fraction;
    return true;
}

static void put_number(struct buf *buf, int64_t n, size_t width, char then)
{
    buf_digits(buf, (uint64_t)n, width);
    buf_byte(buf, then);
}

struct slice moment_print(struct arena *arena, int64_t moment)
{
    int64_t fraction = moment % MICROSECONDS, seconds = moment / MICROSECONDS;
    if (fraction < 0) {
        fraction += MICROSECONDS;
        seconds--;
    }
    int64_t rest = seconds % DAY, days = seconds / DAY, year, month, day;
    if (rest < 0) {
        rest += DAY;
        days--;
    }
    date_of(days, &year, &month, &day);
    struct buf text = buf_new(arena, 40);
    if (year < 0) {
        buf_byte(&text, '-');
        year = -year;
    }
    put_number(&text, year, 4, '-');
    put_number(&text, month, 2, '-');
    put_number(&text, day, 2, ' ');
    put_number(&text, rest / 3600, 2, ':');
    put_number(&text, rest / 60 % 60, 2, ':');
    put_number(&text, rest % 60, 2, '.');
    put_number(&text, fraction, 6, '+');
    buf_put(&text, slice_make("00", 3)); /* with its terminating NUL */
    return slice_make(text.at, text.len - 1);
}
