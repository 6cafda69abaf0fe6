#include "received.h"

#include "midair/base/memory.h"
#include "midair/base/recv.h"

#include <malloc.h>

enum { SMALL_RESULT = 64 * 1024 }; /* bytes that may come even when memory is short */

void received_begin(struct flight *flight)
{
    flight->too_large = flight->memory_short = false;
    flight->received = 0;
}

bool received_read(struct flight *flight)
{
    size_t most = flight->conn->settings->result_max, before = recv_total();
    bool fine = PQconsumeInput(flight->conn->pg);
    size_t got = recv_total() - before;
    flight->received += got;
    memory_take(got);
    if (flight->cancelled)
        return fine;
    flight->too_large = most && flight->received > most;
    flight->memory_short = !flight->too_large && flight->received > SMALL_RESULT && memory_is_short();
    return fine;
}

void received_end(struct flight *flight)
{
    if (flight->too_large)
        malloc_trim(0); /* libpq has dropped what it had of the result */
    memory_give(flight->received);
}
