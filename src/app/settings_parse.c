#include "settings_parse.h"

#include "midair/base/text.h"
#include "midair/front/address.h"
#include "midair/http/message.h"
#include "midair/http/origin.h"
#include "midair/pg/url.h"

/* Parses a value and writes it to `out`. Returns NULL, or what is wrong. */
typedef const char *(*parser)(struct arena *arena, const struct setting *setting, struct slice text, void *out);

static const struct setting_unit sizes[] = {{"k", 1024}, {"m", 1024 * 1024}, {NULL, 0}};
static const struct setting_unit durations[] = {
    {"ms", 1000}, {"s", 1000000}, {"m", 60 * INT64_C(1000000)}, {"h", 3600 * INT64_C(1000000)}, {NULL, 0}};

const struct setting_unit *setting_units(enum setting_type type)
{
    return type == SETTING_SIZE ? sizes : type == SETTING_DURATION ? durations : NULL;
}

static const char *say(struct arena *arena, const char *format, struct slice text)
{
    return arena_printf(arena, format, SLICE_ARG(slice_head(text, 80))).at;
}

static const char *expected(struct arena *arena, const struct setting *setting, struct slice text)
{
    return arena_printf(arena, "'%.*s' is not %.*s", SLICE_ARG(slice_head(text, 80)),
                        SLICE_ARG(setting_syntax(arena, setting)))
        .at;
}

static const char *parse_text(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    if ((int64_t)text.len < setting->low)
        return "must not be empty";
    if ((int64_t)text.len > setting->high)
        return arena_printf(arena, "is longer than %lld bytes", (long long)setting->high).at;
    *(struct slice *)out = arena_copy(arena, text);
    return NULL;
}

/* Splits a comma-separated list. Empty members are not allowed. */
static const char *split(struct arena *arena, struct slice text, struct slice_list *out)
{
    *out = (struct slice_list){0};
    if (text.len == 0)
        return NULL;
    size_t most = 1;
    for (size_t i = 0; i < text.len; i++)
        most += text.at[i] == ',';
    out->items = ARENA_ARRAY(arena, struct slice, most);
    struct slice rest = text, item;
    bool more = true;
    while (more) {
        more = slice_cut(rest, ',', &item, &rest);
        item = slice_trim(item);
        if (item.len == 0)
            return "has an empty member";
        for (size_t i = 0; i < out->count; i++)
            if (slice_eq(out->items[i], item))
                return say(arena, "names '%.*s' twice", item);
        out->items[out->count++] = arena_copy(arena, item);
    }
    return NULL;
}

static const char *parse_names(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    struct slice whole;
    const char *wrong = parse_text(arena, setting, text, &whole);
    return wrong ? wrong : split(arena, whole, out);
}

/* Checks the syntax. Whether the chosen front can listen on the address is found at the start. */
static const char *parse_address(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    struct address ignored[ADDRESSES_MAX];
    if (!address_list(text, ignored))
        return say(arena, "'%.*s' is not an address and a port, such as 127.0.0.1:8080 or tls:[::]:8443", text);
    return parse_text(arena, setting, text, out);
}

static const char *parse_networks(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    struct slice_list *list = out;
    struct network ignored;
    const char *wrong = parse_names(arena, setting, text, list);
    for (size_t i = 0; !wrong && i < list->count; i++)
        if (!network_read(list->items[i], &ignored))
            wrong = say(arena, "'%.*s' is neither an IP address, nor a network such as 10.0.0.0/8, nor unix",
                        list->items[i]);
    return wrong;
}

static const char *parse_path(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~/", c);
        if (!plain || !c)
            return say(arena, "'%.*s' has a character other than letters, digits, - . _ ~ and /", text);
        if (c == '/' && i + 1 < text.len && text.at[i + 1] == '/')
            return say(arena, "'%.*s' has an empty segment", text);
    }
    if (text.len && text.at[0] != '/')
        return say(arena, "'%.*s' does not begin with /", text);
    if (text.len && text.at[text.len - 1] == '/')
        return say(arena, "'%.*s' must not end with /", text);
    return parse_text(arena, setting, text, out);
}

/* Whether the text is an origin as a browser sends it: scheme "://" host [ ":" port ], without a path (RFC 6454
 * 6.2). */
static bool is_origin(struct slice text)
{
    struct slice marks = SLICE("://");
    size_t at = 0;
    while (at + marks.len < text.len && !slice_starts(slice_from(text, at), marks))
        at++;
    if (at == 0 || at + marks.len >= text.len)
        return false;
    struct slice rest = slice_from(text, at + marks.len);
    for (size_t i = 0; i < rest.len; i++)
        if (rest.at[i] <= ' ' || strchr("/?#*@", rest.at[i]))
            return false;
    return true;
}

static const char *parse_origins(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    struct slice_list *list = out;
    const char *wrong = parse_names(arena, setting, text, list);
    if (wrong)
        return wrong;
    for (size_t i = 0; i < list->count; i++) {
        bool any = slice_eq(list->items[i], SLICE("*"));
        if (any && list->count > 1)
            return "has * beside other origins";
        if (!any && !is_origin(list->items[i]))
            return say(arena, "'%.*s' is not an origin such as https://shop.example", list->items[i]);
    }
    return NULL;
}

static const char *parse_hosts(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    struct slice_list *list = out;
    const char *wrong = parse_names(arena, setting, text, list);
    for (size_t i = 0; !wrong && i < list->count; i++)
        if (!host_name_is_valid(list->items[i]))
            wrong = say(arena, "'%.*s' is not the name of a host without its port, such as api.shop.example",
                        list->items[i]);
    return wrong;
}

/* libpq checks the string. Its message is not passed on, because it can contain the password. */
static const char *parse_url(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    const char *wrong = parse_text(arena, setting, text, out);
    if (wrong)
        return wrong;
    bool fine = url_valid(((struct slice *)out)->at);
    return fine ? NULL
                : "is not a connection string that libpq understands, such as postgresql://user@host/database or "
                  "host=… dbname=…";
}

static const char *parse_methods(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    const unsigned known = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD) | METHOD_BIT(METHOD_POST) |
                           METHOD_BIT(METHOD_PUT) | METHOD_BIT(METHOD_PATCH) | METHOD_BIT(METHOD_DELETE) |
                           METHOD_BIT(METHOD_OPTIONS);
    struct slice_list list;
    const char *wrong = parse_names(arena, setting, text, &list);
    if (wrong)
        return wrong;
    unsigned set = list.count ? METHOD_BIT(METHOD_OPTIONS) : known;
    for (size_t i = 0; i < list.count; i++) {
        enum method method = method_of(list.items[i]);
        if (method == METHOD_UNKNOWN || !(METHOD_BIT(method) & known))
            return say(arena, "'%.*s' is not one of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS", list.items[i]);
        set |= METHOD_BIT(method);
        if (method == METHOD_GET)
            set |= METHOD_BIT(METHOD_HEAD); /* RFC 9110 9.1: GET and HEAD go together */
    }
    *(int64_t *)out = set;
    return NULL;
}

static const char *in_range(struct arena *arena, const struct setting *setting, struct slice text, int64_t value)
{
    if (value >= setting->low && value <= setting->high)
        return NULL;
    return arena_printf(arena, "'%.*s' is out of range: %.*s", SLICE_ARG(slice_head(text, 80)),
                        SLICE_ARG(setting_syntax(arena, setting)))
        .at;
}

static const char *parse_integer(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    int64_t value;
    if (!text_i64(text, &value))
        return expected(arena, setting, text);
    *(int64_t *)out = value;
    return in_range(arena, setting, text, value);
}

/* Digits, then a unit. A size without a unit is in bytes. A duration needs a unit unless it is 0, since 30 could mean
 * seconds or milliseconds. */
static const char *parse_quantity(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    size_t digits = 0;
    while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9')
        digits++;
    uint64_t count;
    if (!text_u64(slice_head(text, digits), &count) || count > INT64_MAX)
        return expected(arena, setting, text);
    struct slice unit = slice_trim(slice_from(text, digits));
    int64_t factor = unit.len == 0 && (setting->type == SETTING_SIZE || count == 0) ? 1 : 0;
    for (const struct setting_unit *u = setting_units(setting->type); u->name && !factor; u++)
        if (slice_eq_nocase(unit, slice_of(u->name)))
            factor = u->factor;
    if (!factor)
        return expected(arena, setting, text);
    int64_t value;
    if (__builtin_mul_overflow((int64_t)count, factor, &value))
        return in_range(arena, setting, text, INT64_MAX);
    *(int64_t *)out = value;
    return in_range(arena, setting, text, value);
}

static const char *parse_switch(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"on", true}, {"off", false}, {"true", true}, {"false", false}, {"yes", true}, {"no", false}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_eq_nocase(text, slice_of(words[i].word))) {
            *(bool *)out = words[i].value;
            return NULL;
        }
    }
    return expected(arena, setting, text);
}

static const char *parse_word(struct arena *arena, const struct setting *setting, struct slice text, void *out)
{
    struct slice rest = slice_of(setting->words), word;
    bool more = true;
    for (int i = 0; more; i++) {
        more = slice_cut(rest, '|', &word, &rest);
        if (slice_eq(word, text)) {
            *(int *)out = i;
            return NULL;
        }
    }
    return expected(arena, setting, text);
}

/* A value in quotes, as in other configuration languages; values here have none. */
static bool is_quoted(struct slice text)
{
    char first = text.len > 1 ? text.at[0] : 0;
    return (first == '"' || first == '\'') && text.at[text.len - 1] == first;
}

const char *setting_parse(struct arena *arena, const struct setting *setting, struct slice text, void *values)
{
    static const parser parsers[] = {
        [SETTING_TEXT] = parse_text,       [SETTING_NAME] = parse_text,     [SETTING_NAMES] = parse_names,
        [SETTING_ADDRESS] = parse_address, [SETTING_PATH] = parse_path,     [SETTING_ORIGINS] = parse_origins,
        [SETTING_HOSTS] = parse_hosts,     [SETTING_URL] = parse_url,       [SETTING_METHODS] = parse_methods,
        [SETTING_INTEGER] = parse_integer, [SETTING_SIZE] = parse_quantity, [SETTING_DURATION] = parse_quantity,
        [SETTING_SWITCH] = parse_switch,   [SETTING_WORD] = parse_word,     [SETTING_NETWORKS] = parse_networks,
    };
    text = slice_trim(text);
    if (memchr(text.at, '\0', text.len) || !text_is_utf8(text))
        return "is not UTF-8 text";
    const char *wrong = parsers[setting->type](arena, setting, text, (char *)values + setting->offset);
    if (!is_quoted(text) || (!wrong && setting->type == SETTING_TEXT))
        return wrong;
    return arena_printf(arena, "%.*s is in quotes; values are written without them", SLICE_ARG(slice_head(text, 80)))
        .at;
}
