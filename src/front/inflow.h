/* What civetweb reads. civetweb 1.15 refuses a tab in the header (RFC 9110 5.6.3) and chunk extensions (RFC
 * 9112 7.1.1). Before it sees the bytes of a connection (base/recv.h), a tab in the value of a field becomes a space,
 * and chunk extensions are removed. Everything else arrives as it was sent; what civetweb and head.c refuse is still
 * refused.
 *
 * The filter follows the framing of the requests in order to know where a header begins. From a message whose framing
 * head.c refuses, after which the connection is closed, it changes nothing more.
 *
 * All functions are about the current thread. A thread that never calls them reads what was sent. */
#ifndef MIDAIR_SRC_FRONT_INFLOW_H
#define MIDAIR_SRC_FRONT_INFLOW_H

#include <stddef.h>

/* A new connection: its bytes are filtered from now on. */
void inflow_open(void);
/* While a handler runs, the thread also reads from the database, so that the filter pauses. */
void inflow_pause(void);
void inflow_resume(void);

/* Filters bytes in place, and returns how many are left. Exposed for tests. */
size_t inflow_filter(char *bytes, size_t len);

#endif
