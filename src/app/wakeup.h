/* The events that wake the main thread: signals, NOTIFY on the channel, the end of a child process, requests that ask
 * for a new catalog. Each is noted in a set, and a byte in a pipe wakes the thread. */
#ifndef MIDAIR_SRC_APP_WAKEUP_H
#define MIDAIR_SRC_APP_WAKEUP_H

#include "midair/pg/db.h"

enum wakeup_event { WAKEUP_STOP = 1, WAKEUP_RELOAD = 2, WAKEUP_CHILD = 4, WAKEUP_REREAD = 8 };

struct wakeup;

/* Installs handlers for SIGTERM, SIGINT, SIGHUP and SIGCHLD, and ignores SIGPIPE. There can be only one at a time. The
 * caller owns it: wakeup_free(), which also stops listening to the channel. */
struct wakeup *wakeup_new(void);
void wakeup_free(struct wakeup *wakeup);
/* Starts listening on a channel of that database. Does nothing when the channel is empty. */
void wakeup_channel(struct wakeup *wakeup, const struct db_options *options, struct slice channel);
/* Adds an event to the set. It may be called from any thread, and from signal handlers. */
void wakeup_note(unsigned event);
/* Whether WAKEUP_STOP was received and not yet returned by wakeup_wait(). Used with struct wait_watch, so that waits
 * for the database end then. */
bool wakeup_stops(void *unused);
/* Waits for events for at most `timeout_ms` (-1: without limit). Returns the set of events since the last call. */
unsigned wakeup_wait(struct wakeup *wakeup, int timeout_ms);

#endif
