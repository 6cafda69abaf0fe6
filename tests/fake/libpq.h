/* A libpq that follows a script, put in its place at link time, to reach what no real server does on demand.
 *
 * Each script is a list of words; a word is used up by one event, and events past the end go well.
 *
 * - connects: ok | fail | hang (never finishes) | badset (the session cannot be set up)
 * - commands: done | row | row1 | row2 | empty (no row) | says:TAG (a command tag) | e:SQLSTATE | stale (cached plan) |
 *   fatal:SQLSTATE | lost | cut (the stream just ends) | silent (until cancelled) | late (done all the same after the
 *   cancel) | deaf (not even then) | copy | none | standby (done, and the warning that the standby did not confirm the
 *   commit) | notice (done, and another warning)
 * - prepares: done | e:SQLSTATE
 * - syncs: sync | e:SQLSTATE (the commit fails) | fatal:SQLSTATE | lost | deaf | standby | notice */
#ifndef MIDAIR_TESTS_FAKE_LIBPQ_H
#define MIDAIR_TESTS_FAKE_LIBPQ_H

#include <stdbool.h>

struct fake {
    const char *connects, *commands, *prepares, *syncs;
    bool cancel_fails;
    int flush_stuck;             /* so many flights are never flushed: their stream is cut while output is pending */
    int sync_fails;              /* so many calls of PQpipelineSync fail */
    int send_fails;              /* so many calls that send a statement fail */
    const char *const *cells[3]; /* of row, row1, row2, ends with NULL; absent: "7" and SQL NULL */
    /* What happened: */
    int connected, sent, cancels;
    int results; /* not cleared yet */
    int open;    /* connections not finished yet */
    char last_error[8];
    char log[512]; /* the first words of the statements that were sent; LOCK: a SELECT that locks */
};

extern struct fake fake;

/* Forgets everything and sets the scripts. */
void fake_reset(struct fake script);
/* The server closes all connections that are idle. */
void fake_hang_up(void);

#endif
