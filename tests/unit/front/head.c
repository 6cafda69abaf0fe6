/* What of a request's head is trusted. tests/wire/test_rfc9112_framing.py tests the layout in civetweb's buffer. */
#include "../../../src/front/head.h"

#include "midair/http/problem.h"

#include <criterion/criterion.h>

struct line {
    const char *name, *value;
};

enum { LINES = 3 };

static struct http_request request_of(struct arena *arena, const struct line *lines, int version_minor)
{
    struct field *items = ARENA_ARRAY(arena, struct field, LINES);
    struct http_request in = {.fields = {items, 0}, .version_minor = version_minor, .method = METHOD_PUT};
    for (size_t i = 0; i < LINES && lines[i].name; i++)
        items[in.fields.count++] = (struct field){slice_of(lines[i].name), slice_of(lines[i].value)};
    return in;
}

enum { GOOD = -1 };
#define H                                                                                                              \
    {                                                                                                                  \
        "Host", "x"                                                                                                    \
    }

static const struct {
    const char *label;
    struct line lines[LINES];
    int minor;
    int wanted; /* GOOD or an error kind */
    bool chunked, has_body, keep_alive, expects;
    uint64_t length;
} framings[] = {
    {"nothing", {H}, .minor = 1, .wanted = GOOD, .keep_alive = true},
    {"length",
     {H, {"content-length", "42"}},
     .minor = 1,
     .wanted = GOOD,
     .has_body = true,
     .keep_alive = true,
     .length = 42},
    {"no content", {H, {"Content-Length", "0"}}, .minor = 1, .wanted = GOOD, .keep_alive = true},
    {"leading zeros",
     {H, {"Content-Length", "007"}},
     .minor = 1,
     .wanted = GOOD,
     .has_body = true,
     .keep_alive = true,
     .length = 7},
    {"chunked",
     {H, {"Transfer-Encoding", "Chunked"}},
     .minor = 1,
     .wanted = GOOD,
     .chunked = true,
     .has_body = true,
     .keep_alive = true},
    {"1.0", {{NULL, NULL}}, .minor = 0, .wanted = GOOD},
    {"1.0 that stays", {{"Connection", "keep-alive"}}, .minor = 0, .wanted = GOOD, .keep_alive = true},
    {"close", {H, {"Connection", "Close"}}, .minor = 1, .wanted = GOOD},
    {"close among others", {H, {"Connection", "keep-alive, close"}}, .minor = 1, .wanted = GOOD},
    {"close on another line", {H, {"Connection", "keep-alive"}, {"Connection", "close"}}, .minor = 1, .wanted = GOOD},
    {"keep-alive on the second line",
     {H, {"Connection", "x"}, {"Connection", "keep-alive"}},
     .minor = 1,
     .wanted = GOOD},
    {"prefix of keep-alive", {H, {"Connection", "k"}}, .minor = 1, .wanted = GOOD},
    {"upgrade", {H, {"Connection", "keep-alive, Upgrade"}}, .minor = 1, .wanted = GOOD},
    {"expect",
     {H, {"Content-Length", "1"}, {"Expect", "100-continue"}},
     .minor = 1,
     .wanted = GOOD,
     .has_body = true,
     .keep_alive = true,
     .expects = true,
     .length = 1},
    {"expect without content", {H, {"Expect", "100-continue"}}, .minor = 1, .wanted = GOOD, .keep_alive = true},
    {"expect in 1.0", {{"Expect", "x"}}, .minor = 0, .wanted = GOOD},
    {"other expectation", {H, {"Expect", "200-ok"}}, .minor = 1, .wanted = ERR_EXPECTATION_FAILED},
    {"no host", {{NULL, NULL}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"two hosts", {H, H}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"two hosts in 1.0", {H, H}, .minor = 0, .wanted = ERR_BAD_FRAMING},
    {"malformed host", {{"Host", "a b"}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"length twice", {H, {"Content-Length", "4"}, {"CONTENT-LENGTH", "4"}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"list of lengths", {H, {"Content-Length", "4,4"}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"letters", {H, {"Content-Length", "4abc"}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"plus", {H, {"Content-Length", "+4"}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"minus", {H, {"Content-Length", "-4"}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"empty", {H, {"Content-Length", ""}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"overflow", {H, {"Content-Length", "18446744073709551616"}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"both", {H, {"Content-Length", "4"}, {"Transfer-Encoding", "chunked"}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"coding twice",
     {H, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}},
     .minor = 1,
     .wanted = ERR_BAD_FRAMING},
    {"identity", {H, {"Transfer-Encoding", "identity"}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"list of codings", {H, {"Transfer-Encoding", "gzip, chunked"}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"coding with a parameter", {H, {"Transfer-Encoding", "chunked;a=b"}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"no coding", {H, {"Transfer-Encoding", ""}}, .minor = 1, .wanted = ERR_BAD_FRAMING},
    {"coding in 1.0", {H, {"Transfer-Encoding", "chunked"}}, .minor = 0, .wanted = ERR_BAD_FRAMING},
};

Test(head, framing)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(framings) / sizeof(*framings); i++) {
        const char *label = framings[i].label;
        struct head_framing framing = {0};
        struct http_request in = request_of(arena, framings[i].lines, framings[i].minor);
        struct err *err = head_frame(arena, &in, &framing);
        cr_expect_eq(err ? (int)err->kind : GOOD, framings[i].wanted, "%s: %s", label, err ? err_name(err->kind) : "");
        if (err) {
            cr_expect(problem_read(err)->close, "%s: the connection must not be used again", label);
            continue;
        }
        cr_expect_eq(framing.chunked, framings[i].chunked, "%s: chunked", label);
        cr_expect_eq(framing.length, framings[i].length, "%s: length", label);
        cr_expect_eq(in.has_body, framings[i].has_body, "%s: has_body", label);
        cr_expect_eq(framing.keep_alive, framings[i].keep_alive, "%s: keep_alive", label);
        cr_expect_eq(framing.expect_continue, framings[i].expects, "%s: expects", label);
    }
    arena_free(arena);
}

static const struct {
    const char *host;
    bool good;
} hosts[] = {
    {"x", true},         {"example.org", true}, {"example.org:80", true}, {"x:", true},       {"x:65535", true},
    {"127.0.0.1", true}, {"[::1]", true},       {"[::1]:8080", true},     {"a_b", true},      {"%61", true},
    {"", false},         {":80", false},        {"a b", false},           {"a,b", true},      {"a/b", false},
    {"u@a", false},      {"a?b", false},        {"a#b", false},           {"x:65536", false}, {"x:-1", false},
    {"x:80x", false},    {"x:000080", false},   {"x:80:80", false},       {"[::1", false},    {"::1", false},
    {"[]", false},       {"[::1]x", false},     {"[a b]", false},         {"\xe9", false},    {"a\"b", false},
    {"a\\b", false},     {"<a>", false},
};

Test(head, host)
{
    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
        cr_expect_eq(head_is_host(slice_of(hosts[i].host)), hosts[i].good, "'%s'", hosts[i].host);
    cr_expect_not(head_is_host(slice_make("a\0b", 3)), "NUL");
}

static const struct {
    const char *target;
    enum method method;
    const char *path, *query, *host; /* path NULL: refused; host NULL: as sent */
} targets[] = {
    {"/", METHOD_GET, "/", NULL, NULL},
    {"/a%2Fb?c=%2C", METHOD_GET, "/a%2Fb", "c=%2C", NULL},
    {"/a?", METHOD_GET, "/a", "", NULL},
    {"/../a//b/.", METHOD_GET, "/../a//b/.", NULL, NULL},
    {"http://h/a?b", METHOD_GET, "/a", "b", "h"},
    {"HTTPS://h:1", METHOD_GET, "/", NULL, "h:1"},
    {"http://h?q", METHOD_GET, "/", "q", "h"},
    {"*", METHOD_OPTIONS, "*", NULL, NULL},
    {"*", METHOD_GET, NULL, NULL, NULL},
    {"", METHOD_GET, NULL, NULL, NULL},
    {"a", METHOD_GET, NULL, NULL, NULL},
    {"?a", METHOD_GET, NULL, NULL, NULL},
    {"http://", METHOD_GET, NULL, NULL, NULL},
    {"http:///a", METHOD_GET, NULL, NULL, NULL},
    {"http://u@h/", METHOD_GET, NULL, NULL, NULL},
    {"ftp://h/", METHOD_GET, NULL, NULL, NULL},
    {"/a b", METHOD_GET, NULL, NULL, NULL},
    {"/a#b", METHOD_GET, NULL, NULL, NULL},
    {"/\x7f", METHOD_GET, NULL, NULL, NULL},
    {"/\xc3\xa9", METHOD_GET, NULL, NULL, NULL},
};

Test(head, target)
{
    static const struct line lines[LINES] = {H};
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
        bool asterisk;
        struct http_request in = request_of(arena, lines, 1);
        in.method = targets[i].method;
        struct err *err = head_target(arena, slice_of(targets[i].target), &in, &asterisk);
        cr_expect_eq(err == NULL, targets[i].path != NULL, "'%s'", targets[i].target);
        if (err || !targets[i].path)
            continue;
        cr_expect(slice_eq(in.path, slice_of(targets[i].path)), "'%s': path", targets[i].target);
        cr_expect_eq(slice_present(in.query), targets[i].query != NULL, "'%s': query", targets[i].target);
        cr_expect(slice_eq(in.query, slice_of(targets[i].query)), "'%s': query", targets[i].target);
        const char *host = targets[i].host ? targets[i].host : "x";
        cr_expect(slice_eq(in.fields.items[0].value, slice_of(host)), "'%s': host", targets[i].target);
    }
    arena_free(arena);
}

Test(head, request_id)
{
    char long_id[66];
    memset(long_id, 'a', sizeof(long_id));
    cr_expect(head_is_sane_id(SLICE("A-z_0.9")));
    cr_expect(head_is_sane_id(slice_make(long_id, 64)));
    cr_expect_not(head_is_sane_id(slice_make(long_id, 65)));
    cr_expect_not(head_is_sane_id(SLICE("")));
    cr_expect_not(head_is_sane_id(SLICE_ABSENT));
    cr_expect_not(head_is_sane_id(SLICE("a b")));
    cr_expect_not(head_is_sane_id(SLICE("a\r\n")));
    cr_expect_not(head_is_sane_id(SLICE("a\xc3")));
}
