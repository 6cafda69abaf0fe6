/* Health, for load balancers and orchestrators: /_live says that the process answers, /_ready that it can serve. */
#ifndef MIDAIR_FRONT_HEALTH_H
#define MIDAIR_FRONT_HEALTH_H

#include "midair/http/message.h"

/* Makes *out 200 `{"status":"live"}`. */
void health_live(struct http_response *out);
/* Makes *out 200 `{"status":"ready"}`, or, unless `ready`, 503 with Retry-After and with `reason`, one sentence for the
 * operator. Allocates in `arena`. */
void health_ready(struct arena *arena, struct http_response *out, bool ready, struct slice reason);

#endif
