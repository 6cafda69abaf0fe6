/* Addresses to listen on, as `listen` of [server] gives them: a comma-separated list of
 *
 *     8080              a port, on all IPv4 addresses
 *     127.0.0.1:8080    an IPv4 address and a port
 *     [::1]:8080        an IPv6 address and a port; [::]:8080 is all IPv6 addresses, and no IPv4 address
 *     unix:/run/a.sock  a socket in the file system */
#ifndef MIDAIR_FRONT_ADDRESS_H
#define MIDAIR_FRONT_ADDRESS_H

#include "midair/base/slice.h"

#include <sys/socket.h>

enum { ADDRESSES_MAX = 8 };

struct address {
    struct sockaddr_storage at;
    socklen_t len;
};

/* Parses the list. Returns the number of addresses; 0 when one of them is malformed, or when the list is empty or has
 * more than ADDRESSES_MAX addresses. */
size_t address_list(struct slice list, struct address out[ADDRESSES_MAX]);

#endif
