/* What wakes the main thread: signals, NOTIFY on the channel, the end of a child. Each writes one byte into a pipe. */
#ifndef MIDAIR_SRC_APP_WAKEUP_H
#define MIDAIR_SRC_APP_WAKEUP_H

#include "midair/pg/db.h"

enum watch_event { WATCH_STOP = 1, WATCH_RELOAD = 2, WATCH_CHILD = 4 };

struct watch;

/* Takes over SIGTERM, SIGINT, SIGHUP and SIGCHLD, and ignores SIGPIPE. One at a time. Owned by the caller: watch_free,
 * which stops listening too. */
struct watch *watch_new(void);
void watch_free(struct watch *watch);
/* Begins to listen on a channel of that database; does nothing when the channel is empty. */
void watch_channel(struct watch *watch, const struct db_options *options, struct slice channel);
/* Waits for events, at most `timeout_ms` (-1: for ever); the set of those that came, each once. */
unsigned watch_wait(struct watch *watch, int timeout_ms);

#endif
