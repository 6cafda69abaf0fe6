#include "midair/base/recv.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"

#include <sys/socket.h>

static _Thread_local size_t total;
static _Thread_local recv_filter *filter;

size_t recv_total(void)
{
    return total;
}

void recv_set_filter(recv_filter *new_filter)
{
    filter = new_filter;
}

static ssize_t receive(int fd, void *to, size_t size, int flags)
{
    ssize_t n = recvfrom(fd, to, size, flags, NULL, NULL);
    if (n > 0)
        total += (size_t)n;
    return n;
}

ssize_t recv(int fd, void *to, size_t size, int flags)
{
    ssize_t n = receive(fd, to, size, flags);
    while (filter && n > 0 && !(flags & MSG_PEEK)) {
        size_t left = filter(to, (size_t)n);
        if (left > 0)
            return (ssize_t)left;
        /* The filter has removed all bytes, but 0 would mean the end. The deadline of a request shuts its socket
         * down, which ends the wait. */
        wait_fd(fd, WAIT_READ, CLOCK_NEVER);
        n = receive(fd, to, size, flags);
    }
    return n;
}
