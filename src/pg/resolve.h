/* What the end of a flight means for each of its jobs. */
#ifndef MIDAIR_SRC_PG_RESOLVE_H
#define MIDAIR_SRC_PG_RESOLVE_H

#include "flight.h"
#include "lane.h"

/* Sets the end and the result of each job whose outcome the flight decides, and resolved[i] to true for these. The
 * other jobs were not done and can run again. jobs[i] is the job of flight->items[i]. Results move from the flight to
 * the jobs. */
void resolve_flight(struct lane *lane, struct flight *flight, struct job **jobs, bool *resolved);

#endif
