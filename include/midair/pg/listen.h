/* The listener: a connection of its own, and a thread, that wait for NOTIFY on one channel.
 *
 * It reconnects by itself. What was notified while it was away is lost, so it calls back once after each
 * reconnection, with an absent payload. Start it before reading what the notifications are about.
 * It needs a session of its own: PgBouncer in transaction mode cannot give one. */
#ifndef MIDAIR_PG_LISTEN_H
#define MIDAIR_PG_LISTEN_H

#include "midair/pg/db.h"

struct listener;

/* Called in the listener's thread. `payload` is borrowed; absent after a reconnection. */
typedef void (*listener_call)(void *context, struct slice payload);

/* Starts listening; copies the options and the channel. Returns at once, connected or not; NULL when no thread could be
 * made. Owned by the caller: listener_stop. */
struct listener *listener_start(const struct db_options *options, const char *channel, listener_call call,
                                void *context);
/* Ends the thread, promptly unless it is in a callback. NULL is allowed. */
void listener_stop(struct listener *listener);

#endif
