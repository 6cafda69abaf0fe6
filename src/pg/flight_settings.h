/* Settings of PostgreSQL that a flight sends along, for its transaction only: lock_timeout, and behind PgBouncer, where
 * a session has no settings, all that midair relies on. */
#ifndef MIDAIR_SRC_PG_FLIGHT_SETTINGS_H
#define MIDAIR_SRC_PG_FLIGHT_SETTINGS_H

#include "flight.h"

/* Whether the flight needs settings of its own. A failed transaction takes none: it accepts nothing but its end. */
bool flight_settings_needed(const struct flight *flight);
/* Sends them as one statement of the pipeline. They hold until the transaction ends, which is the flight's own unless
 * one is open or the flight begins one. False when libpq could not take it. */
bool flight_settings_send(const struct flight *flight);
/* Takes what that statement returned; NULL: nothing. Behind PgBouncer it is the number of the server's process. */
void flight_settings_take(const struct flight *flight, const PGresult *result);

#endif
