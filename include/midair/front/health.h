/* Health: /_live says that the process answers, /_ready that it can serve (for load balancers and orchestrators). */
#ifndef MIDAIR_FRONT_HEALTH_H
#define MIDAIR_FRONT_HEALTH_H

#include "midair/http/message.h"

/* 200 `{"status":"live"}`. */
void health_live(struct http_response *out);
/* 200 `{"status":"ready"}`, or 503 with Retry-After and `reason`, one sentence for whoever looks. In `arena`. */
void health_ready(struct arena *arena, struct http_response *out, bool ready, struct slice reason);

#endif
