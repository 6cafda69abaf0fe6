/* An embedded PostgreSQL: a private server in a directory, so that one command on one machine needs no database setup.
 *
 * DIR/data holds the cluster, created on first use; DIR/run the socket, unless that path is too long for one;
 * DIR/postgres.log the server's messages; DIR/midair.lock is locked by the midair process that runs the server. The
 * server listens only on that socket, to which only its account (and root) has access. PostgreSQL refuses to run as
 * root: then it runs as the account postgres, or nobody. The server stops when midair ends, even if midair is
 * killed. */
#ifndef MIDAIR_APP_EMBEDDED_H
#define MIDAIR_APP_EMBEDDED_H

#include "midair/base/err.h"

struct embedded;

/* Creates the cluster if there is none, stops a server that a killed midair left running, starts a server, waits until
 * it answers, and creates the database `midair`. It must be called on a thread that lives as long as the process,
 * because the kernel stops the server when that thread ends. While waiting, `give_up` (may be NULL) is called
 * repeatedly, and ends the wait when it returns true. Errors contain the messages of initdb or of the server. The
 * caller owns *out: embedded_stop(). */
struct err *embedded_start(struct arena *arena, const char *directory, bool (*give_up)(void *context), void *context,
                           struct embedded **out) MUST_USE;

/* The libpq connection string. It lives as long as `embedded`. */
struct slice embedded_url(const struct embedded *embedded);

enum revival { REVIVAL_NEEDLESS, REVIVAL_DONE, REVIVAL_HOPELESS };

/* Starts the server again if it has ended by itself; does not wait until it answers. When the server repeatedly ends
 * soon after its start, each new start is delayed a little longer, and after some attempts the result is
 * REVIVAL_HOPELESS: the directory may be gone, or the disk full. */
enum revival embedded_revive(struct embedded *embedded);

/* Stops the server: a fast shutdown, then an immediate one. Waits until it has ended, and frees `embedded`. NULL is
 * allowed. */
void embedded_stop(struct embedded *embedded);

#endif
