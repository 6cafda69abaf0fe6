#include "listen.h"

#include "midair/base/clock.h"
#include "midair/base/text.h"
#include "midair/base/wait.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOMENT_US = 20 * 1000 };

static bool parse_port(struct slice text, uint64_t *port)
{
    return text.len <= 5 && text_u64(text, port) && *port <= 65535;
}

bool listen_text(struct slice listen, char out[LISTEN_TEXT])
{
    struct slice host, port_text;
    char address[INET_ADDRSTRLEN];
    struct in_addr ignored;
    uint64_t port;
    if (!slice_cut(listen, ':', &host, &port_text)) {
        port_text = host;
        host = SLICE("0.0.0.0");
    }
    if (slice_eq_nocase(host, SLICE("localhost")))
        host = SLICE("127.0.0.1");
    if (host.len >= sizeof(address) || !parse_port(port_text, &port))
        return false;
    memcpy(address, host.at, host.len);
    address[host.len] = '\0';
    if (inet_pton(AF_INET, address, &ignored) != 1)
        return false;
    snprintf(out, LISTEN_TEXT, "%s:%u", address, (unsigned)port);
    return true;
}

const char *listen_reason(char *message)
{
    char *open = strrchr(message, '('), *close = open ? strchr(open, ')') : NULL;
    if (!close)
        return message;
    *close = '\0';
    return open + 1;
}

static bool listens_on(int fd, int port)
{
    int listening = 0;
    socklen_t len = sizeof(listening);
    struct sockaddr_in local;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0 || !listening)
        return false;
    len = sizeof(local);
    return getsockname(fd, (struct sockaddr *)&local, &len) == 0 && local.sin_family == AF_INET &&
           ntohs(local.sin_port) == port;
}

int listen_find(int port)
{
    struct rlimit limit;
    int top = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;
    for (int fd = 0; fd < top; fd++)
        if (listens_on(fd, port))
            return fd;
    return -1;
}

/* After shutdown() alone, the thread that polls the socket would spin. So the descriptor is replaced by one that is
 * never readable until listen_wake(). A poll(2) under way looks the descriptor up again without waiting on what it
 * finds, so it must find it readable at first and return: for a moment the thread does spin.
 *
 * dup3 is called as a bare system call, because ThreadSanitizer tracks descriptors and does not see the flag of
 * civetweb that orders this call before civetweb's close. */
int listen_end(int fd)
{
    eventfd_t ignored;
    int silent = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0 || silent < 0)
        return silent;
    shutdown(fd, SHUT_RDWR);
    syscall(SYS_dup3, silent, fd, O_CLOEXEC);
    wait_until(clock_now_us() + MOMENT_US);
    eventfd_read(silent, &ignored);
    return silent;
}

void listen_wake(int wake)
{
    if (wake < 0)
        return;
    eventfd_write(wake, 1);
    close(wake);
}
