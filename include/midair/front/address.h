/* Addresses to listen on, as `listen` of [server] gives them: a comma-separated list of
 *
 *     8080              a port, on all IPv4 addresses
 *     127.0.0.1:8080    an IPv4 address and a port
 *     [::1]:8080        an IPv6 address and a port; [::]:8080 is all IPv6 addresses, and no IPv4 address
 *     unix:/run/a.sock  a socket in the file system
 *     tls:[::1]:8443    tls: before any of these: the connections use TLS */
#ifndef MIDAIR_FRONT_ADDRESS_H
#define MIDAIR_FRONT_ADDRESS_H

#include "midair/base/slice.h"

#include <stdint.h>
#include <sys/socket.h>

enum { ADDRESSES_MAX = 8 };

struct address {
    struct sockaddr_storage at;
    socklen_t len;
    bool tls;
};

/* Parses the list. Returns the number of addresses; 0 when one of them is malformed, or when the list is empty or has
 * more than ADDRESSES_MAX addresses. */
size_t address_list(struct slice list, struct address out[ADDRESSES_MAX]);

/* The addresses whose first bits are those of `prefix`, or all unix sockets. */
struct network {
    int family; /* AF_INET, AF_INET6 or AF_UNIX */
    unsigned char prefix[16];
    unsigned bits;
};

/* Parses an IP address, a network such as 10.0.0.0/8 or fd00::/8, or "unix". False when it is malformed, or when bits
 * after the prefix are set. */
bool network_read(struct slice text, struct network *out);
/* Whether the address belongs to the network. */
bool network_has(const struct network *network, const struct sockaddr_storage *address);

#endif
