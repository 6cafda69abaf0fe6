#include "proxy.h"

#include <assert.h>
#include <netinet/in.h>

static const char signature[12] = {'\r', '\n', '\r', '\n', '\0', '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

enum {
    VERSION_COMMAND = 12, /* offsets in the header */
    FAMILY = 13,
    LENGTH = 14,
    VERSION = 0x20,
    COMMAND_LOCAL = 0,
    COMMAND_PROXY = 1,
    OVER_UNSPECIFIED = 0x00,
    OVER_IPV4 = 0x11, /* and TCP; then the two addresses, and the two ports */
    OVER_IPV6 = 0x21,
    OVER_UNIX = 0x31,
    SIZE_IPV4 = 12,
    SIZE_IPV6 = 36,
    SIZE_UNIX = 216,
};

static unsigned char byte_at(struct slice bytes, size_t at)
{
    return (unsigned char)bytes.at[at];
}

/* The client's address. What follows it (type-length-value vectors) is not needed. */
static enum proxy_end read_peer(unsigned char over, struct slice body, struct sockaddr_storage *peer)
{
    *peer = (struct sockaddr_storage){0};
    if (over == OVER_IPV4 && body.len >= SIZE_IPV4) {
        struct sockaddr_in *at = (struct sockaddr_in *)peer;
        at->sin_family = AF_INET;
        memcpy(&at->sin_addr, body.at, sizeof(at->sin_addr));
        memcpy(&at->sin_port, body.at + 8, sizeof(at->sin_port));
        return PROXY_FROM;
    }
    if (over == OVER_IPV6 && body.len >= SIZE_IPV6) {
        struct sockaddr_in6 *at = (struct sockaddr_in6 *)peer;
        at->sin6_family = AF_INET6;
        memcpy(&at->sin6_addr, body.at, sizeof(at->sin6_addr));
        memcpy(&at->sin6_port, body.at + 32, sizeof(at->sin6_port));
        return PROXY_FROM;
    }
    bool anonymous = over == OVER_UNSPECIFIED || (over == OVER_UNIX && body.len >= SIZE_UNIX);
    return anonymous ? PROXY_LOCAL : PROXY_BROKEN;
}

enum proxy_end proxy_read(struct slice bytes, size_t *need, struct sockaddr_storage *peer)
{
    size_t known = bytes.len < sizeof(signature) ? bytes.len : sizeof(signature);
    *need = PROXY_FIXED;
    if (known > 0 && memcmp(bytes.at, signature, known) != 0)
        return PROXY_BROKEN;
    if (bytes.len < PROXY_FIXED)
        return PROXY_MORE;
    unsigned char command = byte_at(bytes, VERSION_COMMAND);
    *need += (size_t)byte_at(bytes, LENGTH) << 8 | byte_at(bytes, LENGTH + 1);
    if (*need > PROXY_MAX || (command != (VERSION | COMMAND_LOCAL) && command != (VERSION | COMMAND_PROXY)))
        return PROXY_BROKEN;
    if (bytes.len < *need)
        return PROXY_MORE;
    assert(bytes.len == *need);
    if (command == (VERSION | COMMAND_LOCAL))
        return PROXY_LOCAL;
    return read_peer(byte_at(bytes, FAMILY), slice_from(bytes, PROXY_FIXED), peer);
}
