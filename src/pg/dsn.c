#include "dsn.h"

#include "midair/base/clock.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

static const char *option(const struct dsn *dsn, const char *keyword)
{
    for (const PQconninfoOption *at = dsn->options; at && at->keyword; at++) {
        if (strcmp(at->keyword, keyword) == 0)
            return at->val && *at->val ? at->val : NULL;
    }
    return NULL;
}

static size_t members(const char *list)
{
    size_t n = list ? 1 : 0;
    for (; list && *list; list++)
        n += *list == ',';
    return n;
}

/* The nth member of a comma-separated list; the only one when it has just one. False when it does not fit. */
static bool member(const char *list, size_t n, char *out, size_t size)
{
    if (members(list) == 1)
        n = 0;
    for (; n > 0; n--)
        list = strchr(list, ',') + 1;
    size_t len = strcspn(list, ",");
    if (len >= size)
        return false;
    memcpy(out, list, len);
    out[len] = '\0';
    return true;
}

void dsn_init(struct dsn *dsn, const char *url)
{
    char *message = NULL;
    dsn->options = PQconninfoParse(url, &message);
    PQfreemem(message); /* not shown: it quotes the string, which may hold a password */
    size_t hosts = members(option(dsn, "host")), addrs = members(option(dsn, "hostaddr"));
    size_t ports = members(option(dsn, "port"));
    dsn->host_count = addrs > hosts ? addrs : hosts;
    /* Lists that do not match are left for libpq to complain about. */
    bool odd = (hosts > 0 && addrs > 0 && hosts != addrs) || (ports > 1 && ports != dsn->host_count);
    if (dsn->host_count == 0 || odd)
        dsn->host_count = 1;
    if (dsn->host_count > DSN_HOSTS_MAX)
        dsn->host_count = DSN_HOSTS_MAX;
    const char *attrs = option(dsn, "target_session_attrs");
    dsn->prefer_standby = dsn->host_count > 1 && attrs && strcmp(attrs, "prefer-standby") == 0;
}

void dsn_fini(struct dsn *dsn)
{
    PQconninfoFree(dsn->options);
    dsn->options = NULL;
}

size_t dsn_attempts(const struct dsn *dsn)
{
    return dsn->prefer_standby ? 2 * dsn->host_count : dsn->host_count;
}

size_t dsn_host(const struct dsn *dsn, size_t attempt)
{
    return attempt % dsn->host_count;
}

void dsn_host_good(struct dsn *dsn, size_t host)
{
    atomic_store(&dsn->first, host);
}

void dsn_host_late(struct dsn *dsn, size_t host)
{
    size_t first = host;
    atomic_compare_exchange_strong(&dsn->first, &first, (host + 1) % dsn->host_count);
}

void dsn_host_silent(struct dsn *dsn, size_t host)
{
    atomic_fetch_add(&dsn->silences[host], 1);
    dsn_host_late(dsn, host);
}

bool dsn_may_probe(struct dsn *dsn, size_t host, int64_t interval_us)
{
    int64_t now = clock_now_us(), next = atomic_load(&dsn->next_probe_us[host]);
    return now >= next && atomic_compare_exchange_strong(&dsn->next_probe_us[host], &next, now + interval_us);
}

static void add(struct dsn_params *out, const char *key, const char *value)
{
    if (out->count + 1 >= DSN_PARAMS_MAX)
        return;
    out->keys[out->count] = key;
    out->values[out->count++] = value;
    out->keys[out->count] = out->values[out->count] = NULL;
}

static const char *narrowed(const struct dsn *dsn, size_t attempt, const char *key, const char *value,
                            struct dsn_params *out)
{
    if (dsn->host_count < 2)
        return value;
    size_t n = attempt % dsn->host_count;
    if (strcmp(key, "host") == 0)
        return member(value, n, out->host, sizeof out->host) ? out->host : value;
    if (strcmp(key, "hostaddr") == 0)
        return member(value, n, out->hostaddr, sizeof out->hostaddr) ? out->hostaddr : value;
    if (strcmp(key, "port") == 0)
        return member(value, n, out->port, sizeof out->port) ? out->port : value;
    if (dsn->prefer_standby && strcmp(key, "target_session_attrs") == 0)
        return attempt < dsn->host_count ? "standby" : "any";
    return value;
}

void dsn_params(const struct dsn *dsn, size_t attempt, struct dsn_params *out)
{
    out->count = 0;
    for (const PQconninfoOption *at = dsn->options; at && at->keyword; at++) {
        if (at->val && *at->val)
            add(out, at->keyword, narrowed(dsn, attempt, at->keyword, at->val, out));
    }
    if (!option(dsn, "application_name"))
        add(out, "application_name", "midair");
    /* Bounds a cancel request and a write to a host that fell silent, which libpq cannot time out by itself. */
    if (!option(dsn, "tcp_user_timeout"))
        add(out, "tcp_user_timeout", "5000");
    add(out, "client_encoding", "UTF8");
}
