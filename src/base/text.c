#include "midair/base/text.h"

#include "midair/base/buf.h"

#include <ctype.h>

bool text_u64(struct slice s, uint64_t *out)
{
    uint64_t n = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, (uint64_t)(s.at[i] - '0'), &n))
            return false;
    }
    *out = n;
    return true;
}

bool text_i64(struct slice s, int64_t *out)
{
    bool minus = s.len && s.at[0] == '-';
    uint64_t n;
    if (!text_u64(minus ? slice_from(s, 1) : s, &n) || n > (uint64_t)INT64_MAX + (minus ? 1 : 0))
        return false;
    *out = minus ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool text_unhex(struct slice s, unsigned char *out, size_t n)
{
    if (s.len != 2 * n)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (hex_value(s.at[i]) < 0)
            return false;
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)(hex_value(s.at[2 * i]) << 4 | hex_value(s.at[2 * i + 1]));
    return true;
}

/* The only decoder of escapes. With `plus`, '+' is decoded to a space. `places` (may be NULL) receives, for each byte
 * of the result and for its end, the offset in `s` from which it was decoded. */
static bool decode_escapes(struct arena *arena, struct slice s, bool plus, uint32_t *places, struct slice *out)
{
    char *to = arena_alloc(arena, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char byte = (unsigned char)s.at[i];
        if (places)
            places[len] = (uint32_t)i;
        if (byte == '%') {
            if (s.len - i < 3 || !text_unhex(slice_make(s.at + i + 1, 2), &byte, 1))
                return false;
            i += 2;
        } else if (plus && byte == '+') {
            byte = ' ';
        }
        to[len++] = (char)byte;
    }
    if (places)
        places[len] = (uint32_t)s.len;
    to[len] = '\0';
    *out = slice_make(to, len);
    return memchr(to, '\0', len) == NULL && text_is_utf8(*out);
}

bool text_percent_decode(struct arena *arena, struct slice s, struct slice *out)
{
    return decode_escapes(arena, s, false, NULL, out);
}

bool text_form_decode(struct arena *arena, struct slice s, struct slice *out, const uint32_t **places)
{
    uint32_t *map = places ? arena_alloc(arena, (s.len + 1) * sizeof(*map)) : NULL;
    if (places)
        *places = map;
    return decode_escapes(arena, s, true, map, out);
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

struct slice text_percent_encode(struct arena *arena, struct slice s, const char *also)
{
    static const char digit[] = "0123456789ABCDEF";
    char *to = arena_alloc(arena, 3 * s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (is_unreserved(s.at[i]) || (c && strchr(also, c))) {
            to[len++] = s.at[i];
        } else {
            to[len++] = '%';
            to[len++] = digit[c >> 4];
            to[len++] = digit[c & 15];
        }
    }
    to[len] = '\0';
    return slice_make(to, len);
}

size_t text_utf8_len(struct slice s)
{
    if (s.len == 0)
        return 0;
    const unsigned char *b = (const unsigned char *)s.at;
    if (b[0] < 0x80)
        return 1;
    size_t n = b[0] >= 0xF0 ? 4 : b[0] >= 0xE0 ? 3 : 2;
    if (b[0] < 0xC2 || b[0] > 0xF4 || s.len < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((b[i] & 0xC0) != 0x80)
            return 0;
    /* Overlong forms, surrogates and code points above U+10FFFF can be recognised by the second byte. */
    if ((b[0] == 0xE0 && b[1] < 0xA0) || (b[0] == 0xED && b[1] > 0x9F) || (b[0] == 0xF0 && b[1] < 0x90) ||
        (b[0] == 0xF4 && b[1] > 0x8F))
        return 0;
    return n;
}

bool text_is_utf8(struct slice s)
{
    while (s.len) {
        size_t n = text_utf8_len(s);
        if (n == 0)
            return false;
        s = slice_from(s, n);
    }
    return true;
}

char *text_cstr(struct arena *arena, struct slice s)
{
    if (s.len && memchr(s.at, '\0', s.len))
        return NULL;
    return (char *)arena_copy(arena, slice_present(s) ? s : SLICE("")).at;
}

struct slice text_array(struct arena *arena, const struct slice *items, size_t count)
{
    size_t size = 2 + 3 * count;
    for (size_t i = 0; i < count; i++)
        size += items[i].len;
    struct buf buf = buf_new(arena, size);
    buf_byte(&buf, '{');
    for (size_t i = 0; i < count; i++) {
        buf_z(&buf, i ? ",\"" : "\"");
        for (size_t k = 0; k < items[i].len; k++) {
            if (items[i].at[k] == '"' || items[i].at[k] == '\\')
                buf_byte(&buf, '\\');
            buf_byte(&buf, items[i].at[k]);
        }
        buf_byte(&buf, '"');
    }
    buf_z(&buf, "}");
    buf_byte(&buf, '\0');
    return slice_make(buf.at, buf.len - 1);
}

/* Reads one element at *at and writes it to `out` without quotes and escapes. Moves *at past the comma or the brace
 * that ends the element. Returns the length of the element. */
static size_t array_element(struct slice text, size_t *at, char *out)
{
    size_t len = 0, i = *at;
    bool quoted = text.at[i] == '"';
    for (i += quoted; i < text.len; i++) {
        char c = text.at[i];
        if (quoted ? c == '"' : c == ',' || c == '}')
            break;
        if (c == '\\' && i + 1 < text.len)
            c = text.at[++i];
        out[len++] = c;
    }
    *at = i + quoted + 1;
    out[len] = '\0';
    return len;
}

struct slice *text_array_read(struct arena *arena, struct slice text, size_t *count)
{
    *count = 0;
    if (text.len <= 2)
        return NULL;
    size_t most = 1;
    for (size_t i = 0; i < text.len; i++)
        most += text.at[i] == ',';
    struct slice *list = ARENA_ARRAY(arena, struct slice, most);
    char *out = arena_alloc(arena, text.len + 1);
    for (size_t at = 1; at < text.len;) {
        size_t len = array_element(text, &at, out);
        list[(*count)++] = slice_make(out, len);
        out += len + 1;
    }
    return list;
}

size_t text_distance(struct slice a, struct slice b)
{
    size_t row[TEXT_DISTANCE_BYTES + 1]; /* distances from a prefix of `a` to each prefix of `b` */
    if (a.len > TEXT_DISTANCE_BYTES || b.len > TEXT_DISTANCE_BYTES)
        return a.len > b.len ? a.len : b.len;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t change = diagonal + (tolower((unsigned char)a.at[i - 1]) != tolower((unsigned char)b.at[j - 1]));
            diagonal = row[j];
            row[j] = size_least(change, size_least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.len];
}
