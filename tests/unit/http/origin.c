#include "midair/http/origin.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(origin, a_host_is_served_by_address_as_localhost_or_by_name)
{
    static const struct slice names[] = {SLICE_LITERAL("api.example.org"), SLICE_LITERAL("*.shop.example")};
    static const struct {
        const char *host;
        bool served;
    } rows[] = {
        {"127.0.0.1", true},
        {"127.0.0.1:8080", true},
        {"10.1.2.3:80", true},
        {"[::1]", true},
        {"[::1]:8080", true},
        {"[fe80::1]:1", true},
        {"localhost", true},
        {"LOCALHOST:8080", true},
        {"localhost.", true},
        {"a.localhost:1", true},
        {"api.example.org", true},
        {"API.Example.org:443", true},
        {"api.example.org.:443", true},
        {"api.example.org:", true},
        {"eu.shop.example", true},
        {"a.b.shop.example", true},
        {"evil.example", false},
        {"api.example.org.evil.example", false},
        {"evilapi.example.org", false},
        {"xapi.example.org:443", false},
        {"shop.example", false},
        {".shop.example", false},
        {"evilshop.example", false},
        {"localhost.evil.example", false},
        {"xlocalhost", false},
        {".localhost", false},
        {"127.0.0.1.evil.example", false},
        {"127.0.0.1.", true},
        {"127.0.0", false},
        {"127.1", false},
        {"0x7f.0.0.1", false},
        {"2130706433", false},
        {"[::1].evil.example", false},
        {"[::1", false},
        {"::1", false},
        {"[127.0.0.1]", false},
        {"[]", false},
        {"", false},
        {":8080", false},
        {"*", false},
        {"*.shop.example.evil", false},
    };
    const struct slice any = SLICE("*");
    for (size_t i = 0; i < COUNT(rows); i++) {
        cr_expect_eq(host_is_served(slice_of(rows[i].host), names, COUNT(names)), rows[i].served, "%s", rows[i].host);
        cr_expect(host_is_served(slice_of(rows[i].host), &any, 1), "%s", rows[i].host);
    }
    cr_expect_not(host_is_served(SLICE("api.example.org"), NULL, 0), "without names");
    cr_expect(host_is_served(SLICE("localhost"), NULL, 0), "without names");
}

Test(origin, what_may_be_the_name_of_a_server)
{
    static const struct {
        const char *name;
        bool valid;
    } rows[] = {
        {"api.example.org", true},
        {"db-1", true},
        {"my_host", true},
        {"*", true},
        {"*.example", true},
        {"a.b.c.d", true},
        {"", false},
        {".", false},
        {"a.", false},
        {".a", false},
        {"a..b", false},
        {"a:80", false},
        {"*.", false},
        {"a.*", false},
        {"**", false},
        {"*a", false},
        {"http://a", false},
        {"a/b", false},
        {"a b", false},
        {"\xC3\xA9", false},
        {"[::1]", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(host_name_is_valid(slice_of(rows[i].name)), rows[i].valid, "%s", rows[i].name);
}

Test(origin, an_origin_is_that_of_the_host)
{
    static const struct {
        const char *origin, *host;
        bool same;
    } rows[] = {
        {"http://a.example", "a.example", true},
        {"https://a.example", "a.example", true},
        {"https://A.example", "a.EXAMPLE", true},
        {"http://a.example:8080", "a.example:8080", true},
        {"http://a.example", "a.example:80", true},
        {"https://a.example:443", "a.example", true},
        {"http://[::1]:8080", "[::1]:8080", true},
        {"http://a.example", "a.example:8080", false},
        {"http://a.example:8080", "a.example", false},
        {"http://a.example", "a.example:443", false},
        {"http://b.example", "a.example", false},
        {"http://a.example.evil", "a.example", false},
        {"http://evil-a.example", "a.example", false},
        {"null", "null", false},
        {"", "", false},
        {"http://", "", false},
        {"a.example", "a.example", false},
        {"ftp://a.example", "a.example", false},
        {"http://a.example/", "a.example", false},
        {"http://a.example@evil", "a.example", false},
        {"http://a.example, http://b.example", "a.example", false},
        {"file://", "a.example", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(origin_is_host(slice_of(rows[i].origin), slice_of(rows[i].host)), rows[i].same, "%s and %s",
                     rows[i].origin, rows[i].host);
}
