#include "midair/http/date.h"

#include "midair/base/clock.h"

static const char day_names[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const long_day_names[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                              "Thursday", "Friday", "Saturday"};
static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

enum { DAY = 86400 };

struct civil {
    int64_t year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
    int hour, minute, second;
};

/* Days since 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March, so that the leap day is the
 * last day (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_of(int64_t days, struct civil *out)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    out->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    out->month = (int)(month < 10 ? month + 3 : month - 9);
    out->year = year + era * 400 + (out->month <= 2);
}

static int64_t seconds_of(const struct civil *c)
{
    return days_of(c->year, c->month, c->day) * DAY + c->hour * 3600 + c->minute * 60 + c->second;
}

static int64_t floor_div(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

int64_t date_of_us(int64_t microseconds)
{
    return floor_div(microseconds, 1000000);
}

static int month_days(int64_t year, int month)
{
    static const signed char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool is_valid(const struct civil *c)
{
    bool leap_second = c->hour == 23 && c->minute == 59 && c->second == 60;
    return c->month >= 1 && c->day >= 1 && c->day <= month_days(c->year, c->month) && c->hour <= 23 &&
           c->minute <= 59 && (c->second <= 59 || leap_second);
}

static bool digits(struct slice *s, size_t n, int *out)
{
    int sum = 0;
    if (s->len < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s->at[i] < '0' || s->at[i] > '9')
            return false;
        sum = sum * 10 + (s->at[i] - '0');
    }
    *s = slice_from(*s, n);
    *out = sum;
    return true;
}

static bool literal(struct slice *s, const char *z)
{
    struct slice wanted = slice_of(z);
    if (!slice_starts(*s, wanted))
        return false;
    *s = slice_from(*s, wanted.len);
    return true;
}

static bool month(struct slice *s, struct civil *c)
{
    for (int i = 0; i < 12; i++)
        if (literal(s, month_names[i]))
            return c->month = i + 1, true;
    return false;
}

static bool year(struct slice *s, size_t n, struct civil *c)
{
    int number;
    if (!digits(s, n, &number))
        return false;
    c->year = number;
    return true;
}

static bool time_of_day(struct slice *s, struct civil *c)
{
    return digits(s, 2, &c->hour) && literal(s, ":") && digits(s, 2, &c->minute) && literal(s, ":") &&
           digits(s, 2, &c->second);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" after the name of the day */
static bool fixdate(struct slice s, struct civil *c)
{
    return literal(&s, ", ") && digits(&s, 2, &c->day) && literal(&s, " ") && month(&s, c) && literal(&s, " ") &&
           year(&s, 4, c) && literal(&s, " ") && time_of_day(&s, c) && literal(&s, " GMT") && s.len == 0;
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" after the name of the day */
static bool rfc850(struct slice s, struct civil *c)
{
    return literal(&s, ", ") && digits(&s, 2, &c->day) && literal(&s, "-") && month(&s, c) && literal(&s, "-") &&
           year(&s, 2, c) && literal(&s, " ") && time_of_day(&s, c) && literal(&s, " GMT") && s.len == 0;
}

/* "Sun Nov  6 08:49:37 1994" after the name of the day */
static bool asctime_date(struct slice s, struct civil *c)
{
    if (!literal(&s, " ") || !month(&s, c) || !literal(&s, " "))
        return false;
    bool day = literal(&s, " ") ? digits(&s, 1, &c->day) : digits(&s, 2, &c->day);
    return day && literal(&s, " ") && time_of_day(&s, c) && literal(&s, " ") && year(&s, 4, c) && s.len == 0;
}

/* Places a two-digit year in the latest century that is at most 50 years in the future (RFC 9110 5.6.7). */
static void choose_century(struct civil *c)
{
    int64_t now = date_of_us(clock_wall_us());
    struct civil today;
    civil_of(floor_div(now, DAY), &today);
    int64_t latest = days_of(today.year + 50, today.month, today.day) * DAY + (now - floor_div(now, DAY) * DAY);
    c->year += (today.year / 100 + 1) * 100;
    while (c->year >= 100 && seconds_of(c) > latest)
        c->year -= 100;
}

static bool parse(struct slice s, struct civil *c)
{
    for (int i = 0; i < 7; i++) {
        struct slice rest = s;
        if (literal(&rest, long_day_names[i])) {
            if (!rfc850(rest, c) || c->day == 0)
                return false;
            choose_century(c);
            return true;
        }
        if (literal(&rest, day_names[i]))
            return fixdate(rest, c) || asctime_date(rest, c);
    }
    return false;
}

bool date_parse(struct slice s, int64_t *seconds)
{
    struct civil c = {0};
    if (!parse(s, &c) || !is_valid(&c))
        return false;
    *seconds = seconds_of(&c);
    return true;
}

static char *put(char *to, int64_t number, int n)
{
    for (int i = n - 1; i >= 0; i--, number /= 10)
        to[i] = (char)('0' + number % 10);
    return to + n;
}

static char *put_name(char *to, const char *name)
{
    memcpy(to, name, 3);
    return to + 3;
}

bool date_write(int64_t seconds, char out[DATE_LEN + 1])
{
    struct civil c;
    int64_t days = floor_div(seconds, DAY);
    int64_t rest = seconds - days * DAY;
    civil_of(days, &c);
    if (c.year < 0 || c.year > 9999)
        return false;
    memcpy(out, "day, 00 mon 0000 00:00:00 GMT", DATE_LEN + 1);
    put_name(out, day_names[((days + 4) % 7 + 7) % 7]);
    put(out + 5, c.day, 2);
    put_name(out + 8, month_names[c.month - 1]);
    put(out + 12, c.year, 4);
    put(out + 17, rest / 3600, 2);
    put(out + 20, rest / 60 % 60, 2);
    put(out + 23, rest % 60, 2);
    return true;
}

struct slice date_text(struct arena *arena, int64_t seconds)
{
    char text[DATE_LEN + 1];
    return date_write(seconds, text) ? arena_copy(arena, slice_make(text, DATE_LEN)) : SLICE_ABSENT;
}
