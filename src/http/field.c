#include "midair/http/field.h"

size_t field_lines(const struct fields *fields, const char *name)
{
    struct slice wanted = slice_of(name);
    size_t count = 0;
    for (size_t i = 0; i < fields->count; i++)
        count += slice_eq_nocase(fields->items[i].name, wanted);
    return count;
}

static struct slice join(struct arena *arena, const struct fields *fields, struct slice name, size_t first)
{
    struct buf all = buf_new(arena, 256);
    for (size_t i = first; i < fields->count; i++) {
        if (!slice_eq_nocase(fields->items[i].name, name))
            continue;
        if (i != first)
            BUF_LIT(&all, ", ");
        buf_put(&all, fields->items[i].value);
    }
    return buf_slice(&all);
}

struct slice field_get(struct arena *arena, const struct fields *fields, const char *name)
{
    struct slice wanted = slice_of(name);
    size_t first = fields->count;
    for (size_t i = 0; i < fields->count; i++) {
        if (!slice_eq_nocase(fields->items[i].name, wanted))
            continue;
        if (first != fields->count)
            return join(arena, fields, wanted, first);
        first = i;
    }
    if (first == fields->count)
        return SLICE_ABSENT;
    struct slice value = fields->items[first].value;
    return slice_present(value) ? value : SLICE("");
}

/* The offset of the first comma outside quotes; s.len when there is none. */
static size_t element_end(struct slice s)
{
    bool quoted = false;
    for (size_t i = 0; i < s.len; i++) {
        if (quoted && s.at[i] == '\\')
            i++;
        else if (s.at[i] == '"')
            quoted = !quoted;
        else if (s.at[i] == ',' && !quoted)
            return i;
    }
    return s.len;
}

bool field_next(struct slice *rest, struct slice *element)
{
    while (rest->len) {
        size_t end = element_end(*rest);
        *element = slice_trim(slice_head(*rest, end));
        *rest = slice_from(*rest, end + 1);
        if (element->len)
            return true;
    }
    return false;
}

bool field_lists(struct slice list, struct slice member)
{
    struct slice element;
    while (field_next(&list, &element))
        if (slice_eq_nocase(element, member))
            return true;
    return false;
}

static bool is_tchar(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static size_t token_len(struct slice s)
{
    size_t n = 0;
    while (n < s.len && is_tchar(s.at[n]))
        n++;
    return n;
}

bool field_is_token(struct slice s)
{
    return s.len && token_len(s) == s.len;
}

bool field_token(struct slice *rest, struct slice *token)
{
    size_t n = token_len(*rest);
    if (n == 0)
        return false;
    *token = slice_head(*rest, n);
    *rest = slice_from(*rest, n);
    return true;
}

/* qdtext, and what may follow a backslash (RFC 9110 5.6.4): everything except control bytes. */
static bool can_be_quoted(char c)
{
    return (unsigned char)c >= ' ' ? c != 127 : c == '\t';
}

static struct slice unescape(struct arena *arena, struct slice s)
{
    char *to = arena_alloc(arena, s.len);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '\\')
            i++;
        to[len++] = s.at[i];
    }
    return slice_make(to, len);
}

bool field_quoted(struct arena *arena, struct slice *rest, struct slice *value)
{
    struct slice s = *rest;
    bool escapes = false;
    if (!s.len || s.at[0] != '"')
        return false;
    for (size_t i = 1; i < s.len; i++) {
        if (s.at[i] == '"') {
            struct slice inner = slice_make(s.at + 1, i - 1);
            *value = escapes ? unescape(arena, inner) : inner;
            *rest = slice_from(s, i + 1);
            return true;
        }
        if (s.at[i] == '\\' && i + 1 < s.len) {
            escapes = true;
            i++;
        }
        if (!can_be_quoted(s.at[i]))
            return false;
    }
    return false;
}

static struct slice skip_space(struct slice s)
{
    while (s.len && (s.at[0] == ' ' || s.at[0] == '\t'))
        s = slice_from(s, 1);
    return s;
}

bool field_pair(struct arena *arena, struct slice *rest, struct slice *name, struct slice *value)
{
    *value = SLICE_ABSENT;
    if (!field_token(rest, name))
        return false;
    struct slice after = skip_space(*rest);
    if (!after.len || after.at[0] != '=')
        return true;
    after = skip_space(slice_from(after, 1));
    if (!field_quoted(arena, &after, value) && !field_token(&after, value))
        return false;
    *rest = after;
    return true;
}

enum field_param field_param(struct arena *arena, struct slice *rest, struct slice *name, struct slice *value)
{
    for (;;) {
        struct slice s = skip_space(*rest);
        *rest = s;
        if (!s.len)
            return PARAM_END;
        if (s.at[0] != ';')
            return PARAM_BAD;
        *rest = skip_space(slice_from(s, 1));
        if (rest->len && rest->at[0] != ';')
            return field_pair(arena, rest, name, value) ? PARAM_FOUND : PARAM_BAD;
    }
}

bool field_weight(struct slice s, int *thousandths)
{
    char whole[6] = "0";
    if (s.len > 1 && s.len < 5 && s.at[0] == '.') {
        memcpy(whole + 1, s.at, s.len);
        s = slice_make(whole, s.len + 1);
    }
    if (s.len == 0 || s.len > 5 || (s.at[0] != '0' && s.at[0] != '1') || (s.len > 1 && s.at[1] != '.'))
        return false;
    int sum = 0;
    for (size_t i = 2; i < 5; i++) {
        char digit = i < s.len ? s.at[i] : '0';
        if (digit < '0' || digit > '9')
            return false;
        sum = sum * 10 + (digit - '0');
    }
    if (s.at[0] == '1' && sum)
        return false;
    *thousandths = s.at[0] == '1' ? 1000 : sum;
    return true;
}
