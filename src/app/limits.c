#include "limits.h"

#include "midair/base/log.h"
#include "midair/base/memory.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

/* Where the address space is limited (ulimit -v, RLIMIT_AS), requests may have half of what is left of it, so that
 * memory_is_short() comes before malloc() fails. Returns the limit, at most `limit`. */
static int64_t limit_to_address_space(int64_t limit)
{
    struct rlimit space;
    if (getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur == RLIM_INFINITY || (int64_t)space.rlim_cur / 2 >= limit)
        return limit;
    int64_t less = (int64_t)space.rlim_cur / 2;
    log_message(LOG_WARN, "memory_limited",
                "the address space is limited to %lld MB (ulimit -v), so all requests together may hold %lld MB",
                (long long)space.rlim_cur >> 20, (long long)less >> 20);
    return less;
}

void limit_memory(int64_t limit)
{
    int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (limit == 0 && pages > 0 && page > 0)
        limit = pages / 2 * page;
    memory_set_limit((size_t)limit_to_address_space(limit));
}

/* There are many worker threads, but only a few run at the same time. More malloc arenas than this would keep freed
 * memory from the system without making anything faster. */
void limit_heaps(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    mallopt(M_ARENA_MAX, processors < 2 ? 4 : 2 * (int)processors);
}

void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}
