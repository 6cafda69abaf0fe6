/* Requests that failed because the catalog may be out of date, and the main thread, which reads it again for them.
 *
 * A request asks with reread_wait() and sleeps. The main thread compares the mark of the catalog with that of the
 * database, reads the catalog again if they differ, and answers everybody who asked before it began. Any number of
 * requests thus share one comparison. After each one the main thread pauses for a multiple of the time that it took,
 * so that a flood of requests for what does not exist cannot keep PostgreSQL busy. */
#ifndef MIDAIR_SRC_APP_REREAD_H
#define MIDAIR_SRC_APP_REREAD_H

#include "live.h"

struct reread;

/* `live` is borrowed. The caller owns the result: reread_free(), when no request can ask any more. */
struct reread *reread_new(struct live *live);
void reread_free(struct reread *reread);

/* For struct service; `reread` is a struct reread. Thread-safe. */
bool reread_wait(void *reread, const struct view *view, int64_t deadline);

/* The rest is called by the main thread only. */

/* When the next comparison is due (clock_now_us()); CLOCK_NEVER: nobody asks for one. */
int64_t reread_due(struct reread *reread);
/* Begins a comparison. reread_end() takes its result, and answers those who asked before reread_begin(). */
uint64_t reread_begin(struct reread *reread);
void reread_end(struct reread *reread, uint64_t begun);
/* Answers everybody at once from here on, since nothing will be read any more. */
void reread_close(struct reread *reread);

#endif
