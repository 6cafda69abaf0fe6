/* How the statements of a flight are sent: by the names of prepared statements where they have one, each after the
 * statements that must run before it. */
#ifndef MIDAIR_SRC_PG_CALLS_H
#define MIDAIR_SRC_PG_CALLS_H

#include "flight.h"

/* Hands an item to libpq, with what runs before it. False when libpq refuses it. */
bool calls_send(struct flight *flight, struct flight_item *item);
/* After the run: forgets the prepared statements that the server never made, and the one that it says is stale. */
void calls_resolve(struct flight *flight);

#endif
