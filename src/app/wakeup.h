/* What wakes the main thread: signals, NOTIFY on the channel, the end of a child. Each writes one byte into a pipe. */
#ifndef MIDAIR_SRC_APP_WAKEUP_H
#define MIDAIR_SRC_APP_WAKEUP_H

#include "midair/pg/db.h"

enum wakeup_event { WAKEUP_STOP = 1, WAKEUP_RELOAD = 2, WAKEUP_CHILD = 4 };

struct wakeup;

/* Takes over SIGTERM, SIGINT, SIGHUP and SIGCHLD, and ignores SIGPIPE. One at a time. Owned by the caller:
 * wakeup_free, which stops listening too. */
struct wakeup *wakeup_new(void);
void wakeup_free(struct wakeup *wakeup);
/* Begins to listen on a channel of that database; does nothing when the channel is empty. */
void wakeup_channel(struct wakeup *wakeup, const struct db_options *options, struct slice channel);
/* Whether WAKEUP_STOP has come and was not taken yet. For struct wait_watch: what waits for the database ends then. */
bool wakeup_stops(void *unused);
/* Waits for events, at most `timeout_ms` (-1: for ever); the set of those that came, each once. */
unsigned wakeup_wait(struct wakeup *wakeup, int timeout_ms);

#endif
