#include "midair/http/origin.h"

#include <arpa/inet.h>

/* A host without its port: "[::1]:80" gives "[::1]". */
static struct slice without_port(struct slice host)
{
    size_t colon = host.len;
    while (colon > 0 && host.at[colon - 1] >= '0' && host.at[colon - 1] <= '9')
        colon--;
    if (colon == 0 || host.at[colon - 1] != ':' || slice_find(slice_from(host, colon), ']') < host.len - colon)
        return host;
    return slice_head(host, colon - 1);
}

static bool is_address(struct slice host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr ignored;
    bool literal = host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']';
    struct slice inner = literal ? slice_make(host.at + 1, host.len - 2) : host;
    if (inner.len >= sizeof(text))
        return false;
    memcpy(text, inner.at, inner.len);
    text[inner.len] = '\0';
    return strlen(text) == inner.len && inet_pton(literal ? AF_INET6 : AF_INET, text, &ignored) == 1;
}

/* Whether `host` ends in `suffix`, which begins with a dot, and has at least one byte before it. */
static bool lies_below(struct slice host, struct slice suffix)
{
    return host.len > suffix.len && slice_eq_nocase(slice_from(host, host.len - suffix.len), suffix);
}

static bool is_named(struct slice host, struct slice name)
{
    if (slice_eq(name, SLICE("*")))
        return true;
    if (slice_starts(name, SLICE("*.")))
        return lies_below(host, slice_from(name, 1));
    return slice_eq_nocase(host, name);
}

bool host_is_served(struct slice host, const struct slice *names, size_t count)
{
    struct slice name = without_port(host);
    if (name.len && name.at[name.len - 1] == ':')
        name = slice_head(name, name.len - 1); /* a port may be empty (RFC 3986 3.2.3) */
    if (name.len > 1 && name.at[name.len - 1] == '.')
        name = slice_head(name, name.len - 1); /* the dot of a fully qualified name */
    if (is_address(name) || slice_eq_nocase(name, SLICE("localhost")) || lies_below(name, SLICE(".localhost")))
        return true;
    for (size_t i = 0; i < count; i++)
        if (is_named(name, names[i]))
            return true;
    return false;
}

bool host_name_is_valid(struct slice name)
{
    struct slice rest = slice_starts(name, SLICE("*.")) ? slice_from(name, 2) : name;
    size_t label = 0;
    if (slice_eq(name, SLICE("*")))
        return true;
    for (size_t i = 0; i < rest.len; i++) {
        char c = rest.at[i];
        bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!letter && (c != '.' || label == 0))
            return false;
        label = letter ? label + 1 : 0;
    }
    return label > 0;
}

static struct slice without_default_port(struct slice host, struct slice port)
{
    return slice_ends(host, port) ? slice_head(host, host.len - port.len) : host;
}

bool origin_is_host(struct slice origin, struct slice host)
{
    static const struct {
        struct slice scheme, port;
    } schemes[] = {{SLICE_LITERAL("http://"), SLICE_LITERAL(":80")},
                   {SLICE_LITERAL("https://"), SLICE_LITERAL(":443")}};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        struct slice scheme = schemes[i].scheme, port = schemes[i].port;
        if (!slice_eq_nocase(slice_head(origin, scheme.len), scheme) || origin.len == scheme.len)
            continue;
        return slice_eq_nocase(without_default_port(slice_from(origin, scheme.len), port),
                               without_default_port(host, port));
    }
    return false;
}
