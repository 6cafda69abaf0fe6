#include "address.h"

#include "midair/base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static bool take_port(struct slice text, in_port_t *port)
{
    uint64_t number;
    if (text.len > 5 || !text_u64(text, &number) || number > 65535)
        return false;
    *port = htons((uint16_t)number);
    return true;
}

static bool take_host(int family, struct slice host, void *out)
{
    char text[INET6_ADDRSTRLEN];
    if (host.len >= sizeof(text))
        return false;
    memcpy(text, host.at, host.len);
    text[host.len] = '\0';
    return inet_pton(family, text, out) == 1;
}

static bool read_ipv4(struct slice text, struct address *out)
{
    struct sockaddr_in *at = (struct sockaddr_in *)&out->at;
    struct slice host, port;
    at->sin_family = AF_INET;
    out->len = sizeof(*at);
    if (!slice_cut(text, ':', &host, &port))
        return take_port(text, &at->sin_port);
    if (slice_eq_nocase(host, SLICE("localhost")))
        host = SLICE("127.0.0.1");
    return take_host(AF_INET, host, &at->sin_addr) && take_port(port, &at->sin_port);
}

static bool read_ipv6(struct slice text, struct address *out)
{
    struct sockaddr_in6 *at = (struct sockaddr_in6 *)&out->at;
    size_t end = slice_find(text, ']');
    at->sin6_family = AF_INET6;
    out->len = sizeof(*at);
    return end + 1 < text.len && text.at[end + 1] == ':' &&
           take_host(AF_INET6, slice_from(slice_head(text, end), 1), &at->sin6_addr) &&
           take_port(slice_from(text, end + 2), &at->sin6_port);
}

static bool read_path(struct slice path, struct address *out)
{
    struct sockaddr_un *at = (struct sockaddr_un *)&out->at;
    at->sun_family = AF_UNIX;
    out->len = sizeof(*at);
    if (path.len == 0 || path.at[0] != '/' || path.len >= sizeof(at->sun_path))
        return false;
    memcpy(at->sun_path, path.at, path.len);
    return true;
}

static bool read_one(struct slice text, struct address *out)
{
    const struct slice tls = SLICE("tls:");
    *out = (struct address){.tls = slice_starts(text, tls)};
    if (out->tls)
        text = slice_trim(slice_from(text, tls.len));
    if (slice_starts(text, SLICE("unix:")))
        return read_path(slice_from(text, 5), out);
    return text.len && text.at[0] == '[' ? read_ipv6(text, out) : read_ipv4(text, out);
}

size_t address_list(struct slice list, struct address out[ADDRESSES_MAX])
{
    size_t count = 0;
    bool more = true;
    while (more) {
        struct slice one;
        more = slice_cut(list, ',', &one, &list);
        if (count == ADDRESSES_MAX || !read_one(slice_trim(one), &out[count]))
            return 0;
        count++;
    }
    return count;
}

bool network_read(struct slice text, struct network *out)
{
    struct slice host, length;
    uint64_t bits;
    *out = (struct network){.family = AF_UNIX};
    if (slice_eq(text, SLICE("unix")))
        return true;
    bool single = !slice_cut(text, '/', &host, &length);
    out->family = slice_find(host, ':') < host.len ? AF_INET6 : AF_INET;
    unsigned most = out->family == AF_INET ? 32 : 128;
    if (!take_host(out->family, host, out->prefix))
        return false;
    if (single)
        bits = most;
    else if (!text_u64(length, &bits) || bits > most)
        return false;
    out->bits = (unsigned)bits;
    for (unsigned bit = out->bits; bit < most; bit++)
        if (out->prefix[bit / 8] >> (7 - bit % 8) & 1)
            return false;
    return true;
}

bool network_has(const struct network *network, const struct sockaddr_storage *address)
{
    const unsigned char *at;
    if (network->family != address->ss_family)
        return false;
    if (network->family == AF_UNIX)
        return true;
    if (network->family == AF_INET)
        at = (const unsigned char *)&((const struct sockaddr_in *)address)->sin_addr;
    else
        at = ((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr;
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    return memcmp(at, network->prefix, whole) == 0 &&
           (rest == 0 || (at[whole] ^ network->prefix[whole]) >> (8 - rest) == 0);
}

/* A socket file left behind by a process that was killed would make bind() fail for ever, so it is removed. A socket on
 * which a process listens is left alone. */
static void remove_stale(const struct address *address)
{
    struct stat status;
    const char *path = ((const struct sockaddr_un *)&address->at)->sun_path;
    if (lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&address->at, address->len) != 0 && errno == ECONNREFUSED)
        unlink(path);
    close(fd);
}

int address_listen(const struct address *address)
{
    int family = address->at.ss_family, on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    if (family == AF_UNIX)
        remove_stale(address);
    else
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, (const struct sockaddr *)&address->at, address->len) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

void address_close(const struct address *address, int fd)
{
    if (fd < 0)
        return;
    if (address->at.ss_family == AF_UNIX)
        unlink(((const struct sockaddr_un *)&address->at)->sun_path);
    close(fd);
}

int address_port(int fd)
{
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof(at);
    getsockname(fd, (struct sockaddr *)&at, &len);
    if (at.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&at)->sin_port);
    return at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&at)->sin6_port) : 0;
}

void address_text(const struct sockaddr_storage *peer, char out[PEER_TEXT])
{
    if (peer->ss_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)peer)->sin_addr, out, PEER_TEXT);
    else if (peer->ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)peer)->sin6_addr, out, PEER_TEXT);
    else
        snprintf(out, PEER_TEXT, "unix");
}
