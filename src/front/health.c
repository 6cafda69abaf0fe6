#include "midair/front/health.h"

#include "wire.h"

static void set_state(struct http_response *out, int status, struct slice body)
{
    out->status = status;
    out->body = body;
    response_set(out, "Content-Type", SLICE("application/json"));
    response_set(out, "Cache-Control", SLICE("no-store"));
}

void health_live(struct http_response *out)
{
    set_state(out, 200, SLICE("{\"status\":\"live\"}"));
}

void health_ready(struct arena *arena, struct http_response *out, bool ready, struct slice reason)
{
    if (ready) {
        set_state(out, 200, SLICE("{\"status\":\"ready\"}"));
        return;
    }
    struct err *err = err_new(arena, ERR_UNAVAILABLE, "%.*s", SLICE_ARG(reason));
    err->retry_after = 1;
    wire_problem(arena, out, err);
}
