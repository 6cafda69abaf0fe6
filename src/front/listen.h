/* The listening socket: its address as text, and how it is taken away from civetweb without stopping it. */
#ifndef MIDAIR_SRC_FRONT_LISTEN_H
#define MIDAIR_SRC_FRONT_LISTEN_H

#include "midair/base/slice.h"

enum { LISTEN_TEXT = sizeof("255.255.255.255:65535") };

/* Turns "host:port" or "port" into what civetweb takes, "a.b.c.d:port". False when it is neither. */
bool listen_text(struct slice listen, char out[LISTEN_TEXT]);
/* The descriptor that listens on `port`; -1 when there is none. */
int listen_find(int port);
/* Ends listening: the kernel refuses further connections. The descriptor stays valid and silent, so that a thread which
 * polls it sleeps. Returns a descriptor that listen_wake() takes. */
int listen_end(int fd);
/* Wakes whoever polls the descriptor that listen_end() was called for, and closes `wake`. */
void listen_wake(int wake);

#endif
