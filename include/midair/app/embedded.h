/* An embedded PostgreSQL: a private server in a directory, so that one command on one machine needs no database set-up.
 *
 * DIR/data holds the cluster, made on first use; DIR/run the socket, unless that path is too long for a socket;
 * DIR/postgres.log what the server says; DIR/midair.lock is held by the midair that runs it. The server listens on that
 * socket alone, which only its account (and root) can reach. PostgreSQL refuses to run as root: then it runs as the
 * account postgres, or nobody. It goes when midair goes, however midair goes. */
#ifndef MIDAIR_APP_EMBEDDED_H
#define MIDAIR_APP_EMBEDDED_H

#include "midair/base/err.h"

struct embedded;

/* Makes the cluster if there is none, stops a server that a killed midair left, starts one, waits until it answers, and
 * makes the database `midair`. Call it on the thread that lives as long as the process: the server is tied to it.
 * `give_up` (or NULL) is asked again and again while waiting, and ends the wait by true. Errors say what initdb or the
 * server said. Owned by the caller: embedded_stop. */
struct err *embedded_start(struct arena *arena, const char *directory, bool (*give_up)(void *context), void *context,
                           struct embedded **out) MUST_USE;

/* The libpq connection string; lives as long as the server. */
struct slice embedded_url(const struct embedded *embedded);

enum revival { REVIVAL_NEEDLESS, REVIVAL_DONE, REVIVAL_HOPELESS };

/* Starts the server again when it has ended by itself; does not wait for it to answer. A server that keeps ending right
 * after its start is waited for a little longer each time, and then given up: its directory is gone, or the disk is
 * full. */
enum revival embedded_revive(struct embedded *embedded);

/* A fast shutdown, then an immediate one; waits for its end. NULL is allowed. */
void embedded_stop(struct embedded *embedded);

#endif
