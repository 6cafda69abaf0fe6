#include "slots.h"

#include "midair/base/clock.h"
#include "midair/front/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum {
    TICK_US = 100 * 1000,
    GRACE_US = 1000 * 1000, /* for the first request, while there are too many connections */
    FD_MAX = 1 << 17,
    GAP_MAX = 4096, /* the search for a descriptor ends after so many unused ones in a row */
};

/* ---- descriptors ---- */

static bool is_claimed(const struct slots *slots, int fd)
{
    return slots->claimed[fd / 8] & (1u << (fd % 8));
}

static void claim(struct slots *slots, int fd, bool on)
{
    unsigned bit = 1u << (fd % 8);
    unsigned byte = slots->claimed[fd / 8];
    slots->claimed[fd / 8] = (unsigned char)(on ? byte | bit : byte & ~bit);
}

/* Whether `fd` is the slot's connection. Sets *used to whether `fd` is open at all. */
static bool is_fd_of(const struct slot *slot, int fd, bool *used)
{
    struct sockaddr_in peer, local;
    socklen_t len = sizeof(peer);
    *used = true;
    if (getpeername(fd, (struct sockaddr *)&peer, &len) != 0) {
        *used = errno != EBADF;
        return false;
    }
    if (peer.sin_family != AF_INET || peer.sin_port != htons(slot->peer_port) ||
        peer.sin_addr.s_addr != slot->peer_address)
        return false;
    len = sizeof(local);
    return getsockname(fd, (struct sockaddr *)&local, &len) == 0 && local.sin_port == htons(slot->local_port);
}

/* The kernel gives the lowest free descriptor, and those of other slots are skipped, so this checks few. */
static int find_fd(struct slots *slots, const struct slot *slot)
{
    int gap = 0;
    for (int fd = 0; fd < slots->claimed_size && gap < GAP_MAX; fd++) {
        if (is_claimed(slots, fd)) {
            gap = 0;
            continue;
        }
        bool used;
        if (is_fd_of(slot, fd, &used))
            return fd;
        gap = used ? 0 : gap + 1;
    }
    return SLOT_NO_FD;
}

/* Shuts the connection down. Called with the lock held. */
static void shut(const struct slot *slot, int how)
{
    bool used;
    if (slot->fd != SLOT_NO_FD && is_fd_of(slot, slot->fd, &used))
        shutdown(slot->fd, how);
}

/* ---- evicting connections ---- */

static int staying(const struct slots *slots)
{
    return atomic_load(&slots->open) - atomic_load(&slots->leaving);
}

bool slots_pressed(const struct slots *slots)
{
    return atomic_load_explicit(&slots->draining, memory_order_relaxed) || staying(slots) > slots->mark;
}

/* Evicts the slot's connection. SHUT_RD lets a request that has already arrived still be read and answered. */
static bool evict(struct slots *slots, struct slot *slot, int from)
{
    if (!atomic_compare_exchange_strong(&slot->state, &from, SLOT_EVICTED))
        return false;
    slot->leaving = true;
    atomic_fetch_add(&slots->leaving, 1);
    metrics_add(METRIC_CONNECTIONS_EVICTED, 1);
    shut(slot, SHUT_RD);
    return true;
}

/* The connection that has been in `state` longest, and since before `before`; NULL when there is none. */
static struct slot *longest(struct slots *slots, int state, int64_t before)
{
    struct slot *found = NULL;
    for (int i = 0; i < slots->count; i++) {
        struct slot *slot = &slots->all[i];
        int64_t since = atomic_load(&slot->since);
        if (slot->fd != SLOT_NO_FD && atomic_load(&slot->state) == state && since < before) {
            found = slot;
            before = since;
        }
    }
    return found;
}

/* Evicts one connection: the one that has been idle longest, otherwise one that has sent nothing for too long. Returns
 * false when no connection can be evicted. */
static bool evict_one(struct slots *slots)
{
    struct slot *slot;
    while ((slot = longest(slots, SLOT_IDLE, INT64_MAX)))
        if (evict(slots, slot, SLOT_IDLE))
            return true;
    while ((slot = longest(slots, SLOT_FRESH, clock_now_us() - GRACE_US)))
        if (evict(slots, slot, SLOT_FRESH))
            return true;
    return false;
}

/* Evicts connections until no more than `mark` stay; all of them when draining. Called with the lock held. */
static void make_room(struct slots *slots)
{
    int mark = atomic_load(&slots->draining) ? 0 : slots->mark;
    while (staying(slots) > mark && evict_one(slots))
        ;
}

/* Shuts down the connections whose deadline has passed. The compare-and-exchange fails for a deadline that the worker
 * changes at the same moment, and such a connection is left alone. Called with the lock held. */
static void strike(struct slots *slots, int64_t now)
{
    for (int i = 0; i < slots->count; i++) {
        struct slot *slot = &slots->all[i];
        int64_t deadline = atomic_load(&slot->deadline);
        if (deadline > 0 && deadline <= now && atomic_compare_exchange_strong(&slot->deadline, &deadline, SLOT_STRUCK))
            shut(slot, atomic_load(&slot->shut_how));
    }
}

/* The keeper's thread. */
static void *keep(void *argument)
{
    struct slots *slots = argument;
    pthread_mutex_lock(&slots->lock);
    while (!slots->stopping) {
        if (atomic_load(&slots->open) == 0) {
            wait_condition(&slots->changed, &slots->lock, CLOCK_NEVER);
            continue;
        }
        wait_condition(&slots->changed, &slots->lock, clock_now_us() + TICK_US);
        strike(slots, clock_now_us());
        make_room(slots);
    }
    pthread_mutex_unlock(&slots->lock);
    return NULL;
}

/* ---- the table ---- */

static int descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > FD_MAX)
        return FD_MAX;
    return (int)limit.rlim_cur;
}

bool slots_init(struct slots *slots, int count, int reserve)
{
    *slots = (struct slots){.count = count, .mark = count - reserve, .claimed_size = descriptor_limit()};
    slots->all = calloc((size_t)count, sizeof(*slots->all));
    slots->claimed = calloc((size_t)slots->claimed_size / 8 + 1, 1);
    if (!slots->all || !slots->claimed)
        goto failed;
    for (int i = 0; i < count; i++)
        slots->all[i].fd = SLOT_NO_FD;
    pthread_mutex_init(&slots->lock, NULL);
    if (pthread_create(&slots->keeper, NULL, keep, slots) == 0)
        return true;
failed:
    free(slots->all);
    free(slots->claimed);
    return false;
}

void slots_fini(struct slots *slots)
{
    pthread_mutex_lock(&slots->lock);
    slots->stopping = true;
    wait_changed(&slots->changed);
    pthread_mutex_unlock(&slots->lock);
    pthread_join(slots->keeper, NULL);
    pthread_mutex_destroy(&slots->lock);
    free(slots->all);
    free(slots->claimed);
}

void slots_open(struct slots *slots, struct slot *slot)
{
    metrics_add(METRIC_CONNECTIONS, 1);
    metrics_add(METRIC_CONNECTIONS_OPEN, 1);
    pthread_mutex_lock(&slots->lock);
    slot->leaving = false;
    slot->fd = SLOT_NO_FD;
    atomic_store(&slot->deadline, 0);
    atomic_store(&slot->since, clock_now_us());
    atomic_store(&slot->state, SLOT_FRESH);
    if (atomic_fetch_add(&slots->open, 1) == 0)
        wait_changed(&slots->changed); /* the keeper sleeps while there are no connections */
    make_room(slots);
    pthread_mutex_unlock(&slots->lock);
}

void slots_find_fd(struct slots *slots, struct slot *slot, const char *peer, int peer_port, int local_port)
{
    if (slot->fd != SLOT_NO_FD || inet_pton(AF_INET, peer, &slot->peer_address) != 1)
        return;
    pthread_mutex_lock(&slots->lock);
    slot->peer_port = (uint16_t)peer_port;
    slot->local_port = (uint16_t)local_port;
    slot->fd = find_fd(slots, slot);
    if (slot->fd != SLOT_NO_FD)
        claim(slots, slot->fd, true);
    pthread_mutex_unlock(&slots->lock);
}

void slots_close(struct slots *slots, struct slot *slot)
{
    metrics_add(METRIC_CONNECTIONS_OPEN, -1);
    pthread_mutex_lock(&slots->lock);
    atomic_store(&slot->state, SLOT_FREE);
    atomic_store(&slot->deadline, 0);
    if (slot->fd != SLOT_NO_FD)
        claim(slots, slot->fd, false);
    slot->fd = SLOT_NO_FD;
    if (slot->leaving)
        atomic_fetch_sub(&slots->leaving, 1);
    slot->leaving = false;
    if (atomic_fetch_sub(&slots->open, 1) == 1)
        wait_changed(&slots->changed);
    pthread_mutex_unlock(&slots->lock);
}

/* ---- a request ---- */

bool slot_begin(struct slot *slot, int64_t now)
{
    int before = atomic_exchange(&slot->state, SLOT_BUSY);
    atomic_store_explicit(&slot->since, now, memory_order_relaxed);
    return before != SLOT_EVICTED;
}

void slot_idle(struct slot *slot, int64_t now)
{
    atomic_store_explicit(&slot->since, now, memory_order_relaxed);
    atomic_store(&slot->state, SLOT_IDLE);
}

void slot_deadline(struct slot *slot, int64_t deadline, int how)
{
    atomic_store_explicit(&slot->shut_how, how, memory_order_relaxed);
    atomic_store(&slot->deadline, deadline);
}

bool slot_struck(struct slot *slot)
{
    return atomic_exchange(&slot->deadline, 0) == SLOT_STRUCK;
}

/* ---- stopping ---- */

void slots_drain(struct slots *slots)
{
    pthread_mutex_lock(&slots->lock);
    atomic_store(&slots->draining, true);
    make_room(slots);
    pthread_mutex_unlock(&slots->lock);
}

int slots_wait(struct slots *slots, int64_t deadline)
{
    pthread_mutex_lock(&slots->lock);
    while (atomic_load(&slots->open) > 0 && wait_condition(&slots->changed, &slots->lock, deadline) != WAIT_LATE)
        continue;
    int open = atomic_load(&slots->open);
    pthread_mutex_unlock(&slots->lock);
    return open;
}
