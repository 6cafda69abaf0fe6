#include "midair/http/message.h"
#include "midair/http/field.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct arena *arena;

static void setup(void)
{
    arena = arena_new(0);
}

static void teardown(void)
{
    arena_free(arena);
}

TestSuite(message, .init = setup, .fini = teardown);
TestSuite(field, .init = setup, .fini = teardown);

Test(message, methods_are_known_by_their_exact_names)
{
    static const struct {
        const char *name;
        enum method method;
    } rows[] = {
        {"GET", METHOD_GET},      {"PATCH", METHOD_PATCH},      {"CONNECT", METHOD_CONNECT}, {"get", METHOD_UNKNOWN},
        {"Get", METHOD_UNKNOWN},  {"GE", METHOD_UNKNOWN},       {"GETS", METHOD_UNKNOWN},    {"", METHOD_UNKNOWN},
        {"GET ", METHOD_UNKNOWN}, {"PROPFIND", METHOD_UNKNOWN}, {"PURGE", METHOD_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(method_of(slice_of(rows[i].name)), rows[i].method, "%s", rows[i].name);
    cr_expect_eq(method_of(SLICE_ABSENT), METHOD_UNKNOWN);
    for (unsigned m = 0; m < METHOD_UNKNOWN; m++)
        cr_expect_eq(method_of(slice_of(method_name((enum method)m))), m);
    cr_expect_str_eq(method_name(METHOD_UNKNOWN), "");
}

Test(message, allow_lists_the_methods_of_a_set)
{
    unsigned set = METHOD_BIT(METHOD_OPTIONS) | METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD);
    cr_expect(slice_eq(method_list(arena, set), SLICE("GET, HEAD, OPTIONS")));
    cr_expect(slice_eq(method_list(arena, METHOD_BIT(METHOD_PUT)), SLICE("PUT")));
    cr_expect(slice_eq(method_list(arena, 0), SLICE("")));
    cr_expect(slice_present(method_list(arena, 0)));
    cr_expect(slice_eq(method_list(arena, METHOD_BIT(METHOD_UNKNOWN)), SLICE("")));
}

Test(message, setting_a_field_replaces_all_of_its_name)
{
    struct http_response out = {.status = 200};
    response_add(&out, "Link", SLICE("a"));
    response_set(&out, "ETag", SLICE("\"1\""));
    response_add(&out, "link", SLICE("b"));
    response_set(&out, "LINK", SLICE("c"));
    cr_expect_eq(out.field_count, 2);
    cr_expect(slice_eq(response_get(&out, "Link"), SLICE("c")));
    cr_expect(slice_eq(response_get(&out, "etag"), SLICE("\"1\"")));
    cr_expect_not(slice_present(response_get(&out, "ETa")));
}

Test(message, a_value_that_would_split_the_response_is_left_out)
{
    static const struct {
        const char *label;
        struct slice value;
    } rows[] = {
        {"CR LF", {"a\r\nSet-Cookie: x", 16}},
        {"LF", {"a\nb", 3}},
        {"CR", {"a\rb", 3}},
        {"NUL", {"a\0b", 3}},
        {"escape", {"a\x1b", 2}},
        {"DEL", {"a\x7f", 2}},
        {"absent", {NULL, 0}},
        {"LF alone", {"\n", 1}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_response out = {.status = 200};
        response_set(&out, "ETag", SLICE("\"old\""));
        response_set(&out, "ETag", rows[i].value);
        response_add(&out, "Link", rows[i].value);
        cr_expect_eq(out.field_count, 0, "%s: neither it nor a value that it was to replace", rows[i].label);
    }
    struct http_response out = {.status = 200};
    response_set(&out, "X", SLICE(""));
    response_set(&out, "Y", SLICE("a\tb \xC3\xA9"));
    cr_expect_eq(out.field_count, 2);
}

/* Each byte at each offset: values are checked eight bytes at a time. */
Test(message, a_control_byte_is_found_at_every_offset)
{
    for (unsigned c = 1; c < 256; c++) {
        bool fits = c == '\t' || (c >= ' ' && c != 127);
        for (size_t at = 0; at < 20; at++) {
            struct http_response out = {0};
            char value[20];
            memset(value, at % 2 ? 0x80 : 'x', sizeof(value));
            value[at] = (char)c;
            response_add(&out, "Link", slice_make(value, sizeof(value)));
            cr_expect_eq(out.field_count, fits, "byte %u at %zu", c, at);
        }
    }
}

Test(message, a_response_has_room_for_so_many_fields)
{
    struct http_response out = {.status = 200};
    for (int i = 0; i < RESPONSE_FIELDS_MAX; i++)
        response_add(&out, "Link", SLICE("a"));
    cr_expect_not(out.too_many, "as many as there may be");
    cr_expect_eq(out.field_count, RESPONSE_FIELDS_MAX);
    response_add(&out, "Link", SLICE("one past it"));
    response_set(&out, "ETag", SLICE("one past it"));
    cr_expect_eq(out.field_count, RESPONSE_FIELDS_MAX);
    cr_expect(out.too_many, "one more");
    cr_expect_not(slice_present(response_get(&out, "ETag")));
    response_set(&out, "Link", SLICE("b"));
    cr_expect_eq(out.field_count, 1);
}

Test(message, vary_collects_members_once)
{
    struct http_response out = {.status = 200};
    response_vary(arena, &out, "Accept");
    response_vary(arena, &out, "Accept-Encoding");
    response_vary(arena, &out, "accept");
    response_vary(arena, &out, "Origin");
    response_vary(arena, &out, "Encoding");
    cr_expect(slice_eq(response_get(&out, "Vary"), SLICE("Accept, Accept-Encoding, Origin, Encoding")));
    cr_expect_eq(out.field_count, 1);
}

/* Fields of a request, "name: value" each. */
static struct fields fields_of(const char *const *lines, size_t count)
{
    struct fields fields = {.items = ARENA_ARRAY(arena, struct field, count), .count = count};
    for (size_t i = 0; i < count; i++) {
        struct slice name, value;
        slice_cut(slice_of(lines[i]), ':', &name, &value);
        fields.items[i] = (struct field){name, slice_trim(value)};
    }
    return fields;
}

Test(field, repeated_lines_are_joined_in_their_order)
{
    static const char *const lines[] = {"If-Match: \"a\"", "Accept: */*", "if-match: \"b\"",
                                        "IF-MATCH:", "If-Match: \"c\""};
    struct fields fields = fields_of(lines, COUNT(lines));
    cr_expect(slice_eq(field_get(arena, &fields, "If-Match"), SLICE("\"a\", \"b\", , \"c\"")));
    cr_expect_eq(field_lines(&fields, "If-Match"), 4);
    cr_expect_eq(field_get(arena, &fields, "accept").at, fields.items[1].value.at, "one line is borrowed");
    cr_expect_not(slice_present(field_get(arena, &fields, "If-None-Match")));
    cr_expect_not(slice_present(field_get(arena, &fields, "If-Matc")));
    cr_expect_eq(field_lines(&fields, "Accep"), 0);
}

Test(field, an_empty_line_is_present)
{
    static const char *const lines[] = {"If-Match:"};
    struct fields fields = fields_of(lines, 1);
    struct slice value = field_get(arena, &fields, "If-Match");
    cr_expect(slice_present(value) && value.len == 0);
    fields.items[0].value = SLICE_ABSENT;
    cr_expect(slice_present(field_get(arena, &fields, "If-Match")));
    fields.count = 0;
    cr_expect_not(slice_present(field_get(arena, &fields, "If-Match")));
}

Test(field, lists_are_split_at_commas_outside_quotes)
{
    static const struct {
        const char *list, *elements; /* joined by '|' */
    } rows[] = {
        {"a, b,c", "a|b|c"},
        {"", ""},
        {" \t ", ""},
        {",", ""},
        {", ,\t,", ""},
        {",a,,b, ,", "a|b"},
        {"\"a,b\", c", "\"a,b\"|c"},
        {"x=\"a, b\"; y=1, z", "x=\"a, b\"; y=1|z"},
        {"\"a\\\",b\", c", "\"a\\\",b\"|c"},
        {"\"a\\\\\", b", "\"a\\\\\"|b"},
        {"\"open, a, b", "\"open, a, b"},
        {"a, \"open\\", "a|\"open\\"},
        {"a\\,b", "a\\|b"},
        {"a b", "a b"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice rest = slice_of(rows[i].list), element;
        struct buf all = buf_new(arena, 0);
        while (field_next(&rest, &element)) {
            if (all.len)
                BUF_LIT(&all, "|");
            buf_put(&all, element);
        }
        cr_expect(slice_eq(buf_slice(&all), slice_of(rows[i].elements)), "%s", rows[i].list);
        cr_expect_eq(rest.len, 0);
    }
    struct slice rest = SLICE_ABSENT, element;
    cr_expect_not(field_next(&rest, &element));
}

Test(field, membership_is_by_whole_elements)
{
    cr_expect(field_lists(SLICE("keep-alive, Close"), SLICE("close")));
    cr_expect_not(field_lists(SLICE("closed, enclose"), SLICE("close")));
    cr_expect_not(field_lists(SLICE("\"x, close\""), SLICE("close")));
    cr_expect_not(field_lists(SLICE_ABSENT, SLICE("close")));
}

Test(field, a_token_is_made_of_tchars)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {{"a", true},      {"!#$%&'*+-.^_`|~09azAZ", true},
                {"", false},      {"a b", false},
                {"a,b", false},   {"a;b", false},
                {"\"a\"", false}, {"a=b", false},
                {"a/b", false},   {"(a)", false},
                {"a\x7f", false}, {"\xC3\xA9", false},
                {"a:", false},    {"a@b", false},
                {"[a]", false},   {"{a}", false},
                {"a\n", false}};
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(field_is_token(slice_of(rows[i].text)), rows[i].good, "%s", rows[i].text);
    cr_expect_not(field_is_token(slice_make("a\0", 2)));
    cr_expect_not(field_is_token(SLICE_ABSENT));
}

Test(field, quoted_strings_mean_what_is_inside)
{
    static const struct {
        const char *text, *value, *rest; /* value NULL: malformed */
    } rows[] = {
        {"\"\"", "", ""},
        {"\"a b\"x", "a b", "x"},
        {"\"a\\\"b\"", "a\"b", ""},
        {"\"\\\\\"", "\\", ""},
        {"\"\\a\"", "a", ""},
        {"\"\xC3\xA9\t\"", "\xC3\xA9\t", ""},
        {"", NULL, ""},
        {"a", NULL, "a"},
        {"\"", NULL, "\""},
        {"\"a", NULL, "\"a"},
        {"\"a\\", NULL, "\"a\\"},
        {"\"a\\\"", NULL, "\"a\\\""},
        {"\"a\nb\"", NULL, "\"a\nb\""},
        {"\"\x7f\"", NULL, "\"\x7f\""},
        {"\"\\\n\"", NULL, "\"\\\n\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice rest = slice_of(rows[i].text), value;
        bool good = field_quoted(arena, &rest, &value);
        cr_expect_eq(good, rows[i].value != NULL, "%s", rows[i].text);
        cr_expect(slice_eq(rest, slice_of(rows[i].rest)), "%s", rows[i].text);
        if (good && rows[i].value)
            cr_expect(slice_eq(value, slice_of(rows[i].value)), "%s", rows[i].text);
    }
}

Test(field, parameters_follow_semicolons)
{
    static const struct {
        const char *params, *read; /* name=value| each, '!' at the end when malformed */
    } rows[] = {
        {"", ""},
        {"  ", ""},
        {";q=0.5", "q=0.5|"},
        {" ; a=1 ;b=\"x;y\"", "a=1|b=x;y|"},
        {";;;a=1;;", "a=1|"},
        {"; a", "a|"},
        {"; a = 1", "a=1|"},
        {";a=\"\"", "a=|"},
        {";a=\"q\\\"\"", "a=q\"|"},
        {"a=1", "!"},
        {";=1", "!"},
        {";a=", "!"},
        {";a=\"open", "!"},
        {";a=1 b=2", "a=1|!"},
        {";a==1", "!"},
        {";a=1,b", "a=1|!"},
        {";a=(x)", "!"},
        {"; \xC3\xA9=1", "!"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice rest = slice_of(rows[i].params), name, value;
        struct buf all = buf_new(arena, 0);
        enum field_param got;
        while ((got = field_param(arena, &rest, &name, &value)) == PARAM_FOUND) {
            buf_put(&all, name);
            if (slice_present(value))
                BUF_LIT(&all, "=");
            buf_put(&all, value);
            BUF_LIT(&all, "|");
        }
        if (got == PARAM_BAD)
            BUF_LIT(&all, "!");
        cr_expect(slice_eq(buf_slice(&all), slice_of(rows[i].read)), "%s gave %.*s", rows[i].params,
                  SLICE_ARG(buf_slice(&all)));
    }
}

Test(field, weights_have_three_digits_and_end_at_one)
{
    static const struct {
        const char *text;
        int weight; /* -1: none */
    } rows[] = {{"0", 0},       {"1", 1000},    {"0.", 0},       {"1.", 1000},  {"0.5", 500}, {"0.05", 50},
                {"0.005", 5},   {"0.999", 999}, {"1.000", 1000}, {"1.001", -1}, {"1.1", -1},  {"2", -1},
                {"0.0005", -1}, {"-1", -1},     {"+1", -1},      {".5", 500},   {".", -1},    {".0005", -1},
                {".x", -1},     {"", -1},       {"0,5", -1},     {"0.5 ", -1},  {" 0.5", -1}, {"00", -1},
                {"01", -1},     {"1e0", -1},    {"nan", -1},     {"0.x", -1},   {"0.-1", -1}, {"0x1", -1}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int weight = -1;
        cr_expect_eq(field_weight(slice_of(rows[i].text), &weight), rows[i].weight >= 0, "%s", rows[i].text);
        cr_expect_eq(weight, rows[i].weight, "%s", rows[i].text);
    }
}
