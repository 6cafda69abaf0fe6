/* The listening socket of civetweb: its address as text, and how it is taken away from civetweb without stopping it. */
#ifndef MIDAIR_SRC_FRONT_LISTEN_H
#define MIDAIR_SRC_FRONT_LISTEN_H

#include "midair/base/slice.h"

enum { LISTEN_TEXT = sizeof("255.255.255.255:65535") };

/* Converts "host:port" or "port" into the form that civetweb takes, "a.b.c.d:port". Returns false when the text is
 * neither. */
bool listen_text(struct slice listen, char out[LISTEN_TEXT]);
/* The system's words in a message of civetweb, such as "cannot bind to 127.0.0.1:80: 98 (Address already in use)", or
 * the whole message. Writes into it. */
const char *listen_reason(char *message);
/* The descriptor of this process that listens on `port`; -1 when there is none. */
int listen_find(int port);
/* Ends listening: the kernel refuses further connections. The descriptor stays valid and is never ready, so a thread
 * that polls it sleeps. Returns a descriptor for listen_wake(). */
int listen_end(int fd);
/* Wakes the thread that polls the descriptor of listen_end(), and closes `wake`. */
void listen_wake(int wake);

#endif
