/* Settings: each type at its bounds and one past, units, and everything that is not a value. */
#include "midair/app/settings.h"

#include "midair/http/message.h"

#include <criterion/criterion.h>
#include <stdio.h>

union values {
    struct server_settings server;
    struct database_settings database;
    struct resource_settings resource;
};

static const char *parse(struct arena *arena, enum section section, const char *name, struct slice text,
                         union values *values)
{
    const struct setting *setting = setting_find(section, slice_of(name));
    cr_assert(setting, "no setting %s", name);
    return setting_parse(arena, setting, text, values);
}

Test(settings, every_default_is_a_value_of_its_setting)
{
    struct arena *arena = arena_new(0);
    for (enum section section = 0; section < SECTIONS; section++) {
        size_t count;
        const struct setting *settings = settings_of(section, &count);
        for (size_t i = 0; i < count; i++) {
            union values values;
            const char *wrong = setting_parse(arena, &settings[i], slice_of(settings[i].fallback), &values);
            cr_expect(!wrong, "%s: %s", settings[i].name, wrong);
            cr_expect(strchr(settings[i].help, '\n') == NULL);
        }
    }
    arena_free(arena);
}

Test(settings, numbers_have_their_bounds_and_units)
{
    static const struct {
        const char *label;
        enum section section;
        const char *name, *text;
        bool fine;
        int64_t value;
    } rows[] = {
        {"least number", SECTION_SERVER, "threads", "4", true, 4},
        {"one below", SECTION_SERVER, "threads", "3", false, 0},
        {"greatest number", SECTION_SERVER, "threads", "16384", true, 16384},
        {"one above", SECTION_SERVER, "threads", "16385", false, 0},
        {"blanks around", SECTION_SERVER, "threads", "  5\t", true, 5},
        {"negative", SECTION_SERVER, "threads", "-5", false, 0},
        {"plus sign", SECTION_SERVER, "threads", "+5", false, 0},
        {"fraction", SECTION_SERVER, "threads", "5.0", false, 0},
        {"hexadecimal", SECTION_SERVER, "threads", "0x10", false, 0},
        {"unit on a number", SECTION_SERVER, "threads", "5k", false, 0},
        {"empty", SECTION_SERVER, "threads", "", false, 0},
        {"past 64 bits", SECTION_SERVER, "threads", "99999999999999999999", false, 0},
        {"word", SECTION_SERVER, "threads", "many", false, 0},
        {"bytes", SECTION_SERVER, "max_body", "1", true, 1},
        {"k", SECTION_SERVER, "max_body", "2k", true, 2048},
        {"K", SECTION_SERVER, "max_body", "2K", true, 2048},
        {"m", SECTION_SERVER, "max_body", "3m", true, 3145728},
        {"blank before the unit", SECTION_SERVER, "max_body", "3 m", true, 3145728},
        {"greatest size", SECTION_SERVER, "max_body", "1024m", true, INT64_C(1) << 30},
        {"one byte above", SECTION_SERVER, "max_body", "1073741825", false, 0},
        {"product overflows", SECTION_SERVER, "max_body", "9223372036854775807m", false, 0},
        {"count overflows", SECTION_SERVER, "max_body", "9223372036854775808", false, 0},
        {"unknown unit", SECTION_SERVER, "max_body", "3g", false, 0},
        {"unit alone", SECTION_SERVER, "max_body", "m", false, 0},
        {"two units", SECTION_SERVER, "max_body", "3mk", false, 0},
        {"duration unit on a size", SECTION_SERVER, "max_body", "3s", false, 0},
        {"ms", SECTION_SERVER, "request_timeout", "100ms", true, 100000},
        {"one ms below", SECTION_SERVER, "request_timeout", "99ms", false, 0},
        {"s", SECTION_SERVER, "request_timeout", "2s", true, 2000000},
        {"m is a minute", SECTION_SERVER, "request_timeout", "2m", true, 120000000},
        {"h, greatest", SECTION_SERVER, "request_timeout", "1h", true, INT64_C(3600000000)},
        {"one s above", SECTION_SERVER, "request_timeout", "3601s", false, 0},
        {"duration without unit", SECTION_SERVER, "request_timeout", "30", false, 0},
        {"zero needs no unit", SECTION_SERVER, "drain_timeout", "0", true, 0},
        {"size unit on a duration", SECTION_SERVER, "request_timeout", "3k", false, 0},
        {"negative duration", SECTION_SERVER, "request_timeout", "-1s", false, 0},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        union values values = {0};
        const char *wrong = parse(arena, rows[i].section, rows[i].name, slice_of(rows[i].text), &values);
        cr_expect_eq(!wrong, rows[i].fine, "%s: %s", rows[i].label, wrong ? wrong : "accepted");
        const struct setting *setting = setting_find(rows[i].section, slice_of(rows[i].name));
        if (rows[i].fine)
            cr_expect_eq(*(int64_t *)(void *)((char *)&values + setting->offset), rows[i].value, "%s", rows[i].label);
    }
    arena_free(arena);
}

Test(settings, texts_are_what_they_are_meant_to_be)
{
    static const struct {
        const char *label;
        enum section section;
        const char *name, *text;
        bool fine;
    } rows[] = {
        {"address and port", SECTION_SERVER, "listen", "0.0.0.0:80", true},
        {"port alone", SECTION_SERVER, "listen", "8080", true},
        {"free port", SECTION_SERVER, "listen", "127.0.0.1:0", true},
        {"greatest port", SECTION_SERVER, "listen", "1.2.3.4:65535", true},
        {"port past the end", SECTION_SERVER, "listen", "1.2.3.4:65536", false},
        {"no port", SECTION_SERVER, "listen", "1.2.3.4", false},
        {"empty port", SECTION_SERVER, "listen", "1.2.3.4:", false},
        {"empty host", SECTION_SERVER, "listen", ":80", false},
        {"localhost", SECTION_SERVER, "listen", "localhost:80", true},
        {"name", SECTION_SERVER, "listen", "myhost:80", false},
        {"in quotes", SECTION_SERVER, "listen", "\"127.0.0.1:80\"", false},
        {"in quotes", SECTION_RESOURCE, "cache_control", "\"quoted\"", true},
        {"in quotes", SECTION_DATABASE, "schemas", "\"public\"", false},
        {"IPv6", SECTION_SERVER, "listen", "[::1]:80", true},
        {"IPv6 without brackets", SECTION_SERVER, "listen", "::1:80", false},
        {"IPv6 without a port", SECTION_SERVER, "listen", "[::1]", false},
        {"IPv6 with an empty port", SECTION_SERVER, "listen", "[::1]:", false},
        {"IPv6 without its end", SECTION_SERVER, "listen", "[::1:80", false},
        {"a path", SECTION_SERVER, "listen", "unix:/run/midair.sock", true},
        {"a path that is not whole", SECTION_SERVER, "listen", "unix:midair.sock", false},
        {"no path", SECTION_SERVER, "listen", "unix:", false},
        {"several", SECTION_SERVER, "listen", "1.2.3.4:80, 81,[::]:80,unix:/a", true},
        {"a comma too many", SECTION_SERVER, "listen", "1.2.3.4:80,", false},
        {"nine of them", SECTION_SERVER, "listen", "1,2,3,4,5,6,7,8,9", false},
        {"one of several is bad", SECTION_SERVER, "listen", "80,x", false},
        {"TLS mark", SECTION_SERVER, "listen", "443s", false},
        {"nothing", SECTION_SERVER, "listen", "", false},
        {"path", SECTION_SERVER, "base_path", "/api/v1", true},
        {"no path", SECTION_SERVER, "base_path", "", true},
        {"path without its slash", SECTION_SERVER, "base_path", "api", false},
        {"path with a last slash", SECTION_SERVER, "base_path", "/api/", false},
        {"root", SECTION_SERVER, "base_path", "/", false},
        {"two slashes", SECTION_SERVER, "base_path", "/a//b", false},
        {"query", SECTION_SERVER, "base_path", "/a?b", false},
        {"escape", SECTION_SERVER, "base_path", "/a%20b", false},
        {"names of the server", SECTION_SERVER, "server_names", "api.example, *.shop.example", true},
        {"any name", SECTION_SERVER, "server_names", "*", true},
        {"a name with a port", SECTION_SERVER, "server_names", "api.example:8080", false},
        {"a URL", SECTION_SERVER, "server_names", "https://api.example", false},
        {"a star inside", SECTION_SERVER, "server_names", "api.*.example", false},
        {"a path", SECTION_SERVER, "server_names", "api.example/v1", false},
        {"any origin", SECTION_SERVER, "cors_origins", "*", true},
        {"two origins", SECTION_SERVER, "cors_origins", "https://a.example, http://localhost:3000", true},
        {"any and one", SECTION_SERVER, "cors_origins", "*, https://a.example", false},
        {"origin with a path", SECTION_SERVER, "cors_origins", "https://a.example/", false},
        {"origin without scheme", SECTION_SERVER, "cors_origins", "a.example", false},
        {"scheme alone", SECTION_SERVER, "cors_origins", "https://", false},
        {"wildcard inside", SECTION_SERVER, "cors_origins", "https://*.example", false},
        {"the same twice", SECTION_SERVER, "cors_origins", "https://a.example,https://a.example", false},
        {"schemas", SECTION_DATABASE, "schemas", "public, Shop Floor", true},
        {"no schema", SECTION_DATABASE, "schemas", "", false},
        {"empty member", SECTION_DATABASE, "schemas", "a,,b", false},
        {"trailing comma", SECTION_DATABASE, "schemas", "a,", false},
        {"URI", SECTION_DATABASE, "url", "postgresql://u:p@h1:1,h2:2/d?target_session_attrs=any", true},
        {"keywords", SECTION_DATABASE, "url", "host=/tmp dbname='my db' password='a;b #c'", true},
        {"unknown keyword", SECTION_DATABASE, "url", "hots=x", false},
        {"open quote", SECTION_DATABASE, "url", "password='secret", false},
        {"broken URI", SECTION_DATABASE, "url", "postgresql://u@[x/d", false},
        {"on", SECTION_DATABASE, "prepare", "on", true},
        {"Off", SECTION_DATABASE, "prepare", "Off", true},
        {"1", SECTION_DATABASE, "prepare", "1", false},
        {"empty switch", SECTION_DATABASE, "prepare", "", false},
        {"word", SECTION_RESOURCE, "if_match", "delete", true},
        {"word in capitals", SECTION_RESOURCE, "if_match", "DELETE", false},
        {"part of a word", SECTION_RESOURCE, "if_match", "req", false},
        {"two words", SECTION_RESOURCE, "if_match", "required|optional", false},
        {"unknown word", SECTION_RESOURCE, "if_match", "maybe", false},
        {"methods", SECTION_RESOURCE, "methods", "GET, PATCH", true},
        {"unknown method", SECTION_RESOURCE, "methods", "GET, BREW", false},
        {"TRACE", SECTION_RESOURCE, "methods", "TRACE", false},
        {"method in small letters", SECTION_RESOURCE, "methods", "get", false},
        {"not UTF-8", SECTION_RESOURCE, "cache_control", "\xff", false},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        union values values = {0};
        const char *wrong = parse(arena, rows[i].section, rows[i].name, slice_of(rows[i].text), &values);
        cr_expect_eq(!wrong, rows[i].fine, "%s: %s", rows[i].label, wrong ? wrong : "accepted");
        cr_expect(!wrong || !strstr(wrong, "secret"), "%s tells a secret: %s", rows[i].label, wrong);
    }
    arena_free(arena);
}

Test(settings, a_text_may_have_its_greatest_length_and_not_one_more)
{
    struct arena *arena = arena_new(0);
    char name[65];
    memset(name, 'a', sizeof(name));
    union values values;
    cr_expect(!parse(arena, SECTION_RESOURCE, "created", slice_make(name, 63), &values));
    cr_expect(parse(arena, SECTION_RESOURCE, "created", slice_make(name, 64), &values));
    name[3] = '\0';
    cr_expect(parse(arena, SECTION_RESOURCE, "created", slice_make(name, 10), &values), "a NUL inside");
    arena_free(arena);
}

Test(settings, methods_imply_what_must_go_with_them)
{
    struct arena *arena = arena_new(0);
    union values values;
    cr_assert(!parse(arena, SECTION_RESOURCE, "methods", SLICE("GET"), &values));
    cr_expect_eq(values.resource.methods,
                 METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD) | METHOD_BIT(METHOD_OPTIONS));
    cr_assert(!parse(arena, SECTION_RESOURCE, "methods", SLICE(""), &values));
    cr_expect(values.resource.methods & METHOD_BIT(METHOD_DELETE));
    cr_expect(!(values.resource.methods & METHOD_BIT(METHOD_TRACE)));
    arena_free(arena);
}

Test(settings, a_name_that_is_nearly_right_finds_the_right_one)
{
    static const struct {
        const char *wrong, *right;
    } rows[] = {{"thread", "threads"},    {"base-path", "base_path"}, {"lsiten", "listen"},
                {"MAX_BODY", "max_body"}, {"qqqqqqqqqq", NULL},       {"", NULL}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *near = setting_near(SECTION_SERVER, slice_of(rows[i].wrong));
        cr_expect((!near && !rows[i].right) || (near && rows[i].right && strcmp(near, rows[i].right) == 0), "%s: %s",
                  rows[i].wrong, near ? near : "nothing");
    }
}

static struct slice read_file(struct arena *arena, const char *name)
{
    const char *tests = strstr(__FILE__, "tests/unit/app/");
    FILE *file = fopen(arena_printf(arena, "%.*s%s", (int)(tests - __FILE__), __FILE__, name).at, "rb");
    cr_assert(file, "%s cannot be read", name);
    char *at = arena_alloc(arena, 1 << 18);
    size_t len = fread(at, 1, (1 << 18) - 1, file);
    fclose(file);
    at[len] = '\0';
    return slice_make(at, len);
}

Test(settings, the_sample_configuration_is_the_list)
{
    struct arena *arena = arena_new(0);
    struct buf out = buf_new(arena, 4096);
    settings_print(&out, SETTINGS_INI);
    cr_expect(slice_eq(read_file(arena, "config/midair.ini"), buf_slice(&out)),
              "config/midair.ini is out of date: midair settings --format=ini > config/midair.ini");
    arena_free(arena);
}

Test(settings, the_documentation_holds_the_list)
{
    struct arena *arena = arena_new(0);
    struct buf out = buf_new(arena, 4096);
    settings_print(&out, SETTINGS_MARKDOWN);
    buf_byte(&out, '\0');
    cr_expect(strstr(read_file(arena, "docs/configuration.md").at, buf_slice(&out).at),
              "docs/configuration.md is out of date: put in what midair settings --format=markdown prints");
    arena_free(arena);
}
