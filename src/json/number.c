#include "number.h"

#include <stdint.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The offset after the digits that start at `i`. */
static size_t skip_digits(struct slice s, size_t i)
{
    while (i < s.len && is_digit(s.at[i]))
        i++;
    return i;
}

/* Reads at least one digit at `i`. *end is the offset after the digits; `i` when there are none. */
static bool digits(struct slice s, size_t i, size_t *end)
{
    *end = skip_digits(s, i);
    return *end > i;
}

static bool scan_integer(struct slice s, size_t i, size_t *end)
{
    if (!digits(s, i, end))
        return false;
    if (s.at[i] == '0' && *end > i + 1) {
        *end = i + 1; /* a leading zero */
        return false;
    }
    return true;
}

bool json_number_scan(struct slice s, size_t *len)
{
    if (!scan_integer(s, s.len && s.at[0] == '-' ? 1 : 0, len))
        return false;
    if (*len < s.len && s.at[*len] == '.' && !digits(s, *len + 1, len))
        return false;
    if (*len == s.len || (s.at[*len] | 0x20) != 'e')
        return true;
    size_t i = *len + 1;
    if (i < s.len && (s.at[i] == '+' || s.at[i] == '-'))
        i++;
    return digits(s, i, len);
}

bool json_is_number(struct slice s)
{
    size_t len;
    return json_number_scan(s, &len) && len == s.len;
}

/* A number as 0.DIGITS x 10^(shift + exponent), where DIGITS has no zero at either end. */
struct decimal {
    bool negative;
    struct slice digits; /* may contain a '.', which is skipped; empty for zero */
    int64_t shift;
    bool exponent_negative;
    struct slice exponent; /* any number of digits */
};

static struct slice strip_ends(struct slice s)
{
    while (s.len && (s.at[0] == '0' || s.at[0] == '.'))
        s.at++, s.len--;
    while (s.len && (s.at[s.len - 1] == '0' || s.at[s.len - 1] == '.'))
        s.len--;
    return s;
}

static struct decimal decimal_of(struct slice s)
{
    struct decimal d = {.negative = s.at[0] == '-'};
    struct slice rest = slice_from(s, d.negative ? 1 : 0);
    size_t e = 0;
    while (e < rest.len && (rest.at[e] | 0x20) != 'e')
        e++;
    struct slice mantissa = slice_head(rest, e);
    d.exponent = slice_from(rest, e + 1);
    if (d.exponent.len && !is_digit(d.exponent.at[0])) {
        d.exponent_negative = d.exponent.at[0] == '-';
        d.exponent = slice_from(d.exponent, 1);
    }
    size_t point = slice_find(mantissa, '.');
    d.digits = strip_ends(mantissa);
    /* The position of the point, counted from the first digit that is not zero. */
    size_t first = (size_t)(d.digits.at - mantissa.at);
    d.shift = first < point ? (int64_t)(point - first) : -(int64_t)(first - point - 1);
    return d;
}

/* The digit `location` positions above the last one, with the sign of its number; 0 past the first digit. */
static int signed_digit(struct slice text, bool negative, size_t location)
{
    if (location >= text.len)
        return 0;
    int digit = text.at[text.len - 1 - location] - '0';
    return negative ? -digit : digit;
}

/* Whether exponent(a) - exponent(b) is exactly `want`. Works from the highest digit down: when the difference is larger
 * than the lower digits can compensate, it cannot become `want` any more. */
static bool exponents_differ_by(const struct decimal *a, const struct decimal *b, int64_t want)
{
    const int64_t beyond = INT64_C(1) << 58;
    int64_t difference = 0;
    size_t locations = a->exponent.len > b->exponent.len ? a->exponent.len : b->exponent.len;
    for (size_t location = locations; location-- > 0;) {
        difference = difference * 10 + signed_digit(a->exponent, a->exponent_negative, location) -
                     signed_digit(b->exponent, b->exponent_negative, location);
        if (difference > beyond || difference < -beyond)
            return false;
    }
    return difference == want;
}

static bool same_digits(struct slice a, struct slice b)
{
    size_t i = 0, k = 0;
    for (;; i++, k++) {
        if (i < a.len && a.at[i] == '.')
            i++;
        if (k < b.len && b.at[k] == '.')
            k++;
        if (i == a.len || k == b.len)
            return i == a.len && k == b.len;
        if (a.at[i] != b.at[k])
            return false;
    }
}

bool json_number_equal(struct slice a, struct slice b)
{
    if (slice_eq(a, b))
        return true;
    struct decimal x = decimal_of(a), y = decimal_of(b);
    if (x.digits.len == 0 || y.digits.len == 0)
        return x.digits.len == y.digits.len; /* zero has neither sign nor exponent */
    return x.negative == y.negative && same_digits(x.digits, y.digits) &&
           exponents_differ_by(&x, &y, y.shift - x.shift);
}
