/* The choice between the fronts. */
#include "midair/front/front.h"

#include "exchange.h"

static const struct front_kind *const kinds[] = {
    [FRONT_CIVETWEB] = &front_civetweb,
    [FRONT_LOOP] = &front_loop,
};

struct front *front_start(const struct front_options *options, const char **why)
{
    return kinds[options->kind]->start(options, why);
}

int front_port(const struct front *front)
{
    return front->kind->port(front);
}

void front_set_tls(struct front *front, struct tls *tls)
{
    if (front->kind->set_tls)
        front->kind->set_tls(front, tls);
}

bool front_stop(struct front *front, int64_t deadline)
{
    return front->kind->stop(front, deadline);
}
