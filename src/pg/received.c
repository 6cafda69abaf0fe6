#include "received.h"

#include "midair/base/memory.h"

#include <malloc.h>
#include <sys/socket.h>

enum { SMALL_RESULT = 64 * 1024 }; /* bytes that may come even when memory is short */

static _Thread_local size_t total;

ssize_t recv(int fd, void *to, size_t size, int flags)
{
    ssize_t n = recvfrom(fd, to, size, flags, NULL, NULL);
    if (n > 0)
        total += (size_t)n;
    return n;
}

void received_begin(struct flight *flight)
{
    flight->too_large = flight->memory_short = false;
    flight->received = 0;
}

bool received_read(struct flight *flight)
{
    size_t most = flight->conn->settings->result_max, before = total;
    bool fine = PQconsumeInput(flight->conn->pg);
    flight->received += total - before;
    memory_take(total - before);
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
