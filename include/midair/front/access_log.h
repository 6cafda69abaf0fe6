/* The access log: one line a request, `event=request`. It names the path without its query, because a query may hold
 * values that do not belong into a log. */
#ifndef MIDAIR_FRONT_ACCESS_LOG_H
#define MIDAIR_FRONT_ACCESS_LOG_H

#include "midair/http/message.h"

/* Writes the line at level info. `bytes` were sent, `duration_us` after the header was complete. */
void access_log_write(const struct http_request *in, int status, size_t bytes, int64_t duration_us);

#endif
