/* What the end of a flight means for each of its jobs. */
#ifndef MIDAIR_SRC_PG_JUDGE_H
#define MIDAIR_SRC_PG_JUDGE_H

#include "flight.h"
#include "lane.h"

/* Settles those jobs that it can: settled[i] says which, and the job's end and result are set. The others were not
 * done and can run again. jobs[i] belongs to flight->items[i]; results are taken out of the flight. */
void judge_flight(struct lane *lane, struct flight *flight, struct job **jobs, bool *resolved);

/* True when an error says that the connection ends, not that the statement is wrong. */
bool judge_is_connection_loss(const char *sqlstate);

#endif
