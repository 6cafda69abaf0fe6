/* Listening sockets, and the text that names the peer of a connection. */
#ifndef MIDAIR_SRC_FRONT_ADDRESS_H
#define MIDAIR_SRC_FRONT_ADDRESS_H

#include "midair/front/address.h"

enum { PEER_TEXT = 48 };

/* Returns a non-blocking socket that listens on the address; negative, with errno set, on failure. A socket file on
 * which no process listens is replaced. */
int address_listen(const struct address *address);
/* Closes the socket, and removes its file where it has one. */
void address_close(const struct address *address, int fd);
/* The port of a socket; 0 when it has none. */
int address_port(int fd);
/* Writes the peer's IP address, or "unix". */
void address_text(const struct sockaddr_storage *peer, char out[PEER_TEXT]);

#endif
