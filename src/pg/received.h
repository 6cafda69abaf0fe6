/* Counts what a connection receives, while it comes.
 *
 * libpq keeps a result to itself until it is complete, and does not tell how much of it has come: one result of many
 * large rows could take all memory before anything can refuse it. But libpq reads by recv(), which counts the bytes
 * (base/recv.h). */
#ifndef MIDAIR_SRC_PG_RECEIVED_H
#define MIDAIR_SRC_PG_RECEIVED_H

#include "flight.h"

/* The flight begins: nothing has come yet. */
void received_begin(struct flight *flight);
/* Reads what the socket has, by PQconsumeInput(), and counts it in flight->received and as held memory, which
 * received_end() gives back. Sets too_large or memory_short when no more is wanted: then the statement is to be
 * cancelled, and libpq drops what it has of the result with the error that the server answers. False when reading
 * failed. */
bool received_read(struct flight *flight);
/* The flight is over; from here on each result counts by itself (result.c). */
void received_end(struct flight *flight);

#endif
