/* Sockets that listen, and what is written about the other side of a connection. */
#ifndef MIDAIR_SRC_FRONT_ADDRESS_H
#define MIDAIR_SRC_FRONT_ADDRESS_H

#include "midair/front/address.h"

enum { PEER_TEXT = 48 };

/* A socket that listens there and does not block; negative: errno says why. A socket in the file system that nobody
 * listens on is replaced. */
int address_listen(const struct address *address);
/* Closes it, and takes it out of the file system. */
void address_close(const struct address *address, int fd);
/* The port of a socket; 0: it has none. */
int address_port(int fd);
/* An IP address, or "unix". */
void address_text(const struct sockaddr_storage *peer, char out[PEER_TEXT]);

#endif
