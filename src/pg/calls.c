#include "calls.h"

#include <assert.h>
#include <string.h>

/* Sends one statement by its name, preparing it where it has none yet, or without a name. */
static bool send_statement(struct flight *flight, const struct statement *st, struct flight_call *call)
{
    struct conn *conn = flight->conn;
    int count = (int)st->count;
    const char *const *values = (const char *const *)st->values;
    bool kept = conn->settings->prepare && !st->by_value;
    conn->has_settings = conn->has_settings || st->sets;
    *call = (struct flight_call){.prepared = kept ? prepared_find(&conn->prepared, st) : NULL};
    if (!call->prepared && kept) {
        call->prepared = prepared_add(&conn->prepared, st);
        call->preparing = call->prepared != NULL;
    }
    if (!call->prepared)
        return PQsendQueryParams(conn->pg, st->text.at, count, NULL, values, NULL, NULL, 0);
    if (call->preparing && !PQsendPrepare(conn->pg, call->prepared->name, call->prepared->text, 0, NULL))
        return false;
    return PQsendQueryPrepared(conn->pg, call->prepared->name, count, values, NULL, NULL, 0);
}

/* The statements that run before `statement`, in the order of sending. Returns how many there are. */
static size_t list_before(const struct statement *statement, const struct statement *list[STATEMENT_BEFORE_MAX])
{
    size_t count = 0;
    for (const struct statement *at = statement->before; at; at = at->before) {
        assert(count < STATEMENT_BEFORE_MAX);
        list[count++] = at;
    }
    for (size_t i = 0; i < count / 2; i++) {
        const struct statement *swapped = list[i];
        list[i] = list[count - 1 - i];
        list[count - 1 - i] = swapped;
    }
    return count;
}

static bool send_before(struct flight *flight, struct flight_item *item)
{
    const struct statement *list[STATEMENT_BEFORE_MAX];
    size_t count = list_before(item->statement, list);
    for (size_t i = 0; i < count; i++)
        if (!send_statement(flight, list[i], &item->before[i]))
            return false;
    return true;
}

bool calls_send(struct flight *flight, struct flight_item *item)
{
    if (item->statement->before && !send_before(flight, item))
        return false;
    return send_statement(flight, item->statement, &item->call);
}

/* Forgets the entry of a call that the server did not make. */
static void resolve_call(struct prepared_cache *cache, struct flight_call *call, const struct prepared *stale)
{
    if (call->prepared && call->prepared != stale && call->preparing && !call->prepared->ready)
        prepared_forget(cache, call->prepared, false);
    call->prepared = NULL;
    call->preparing = false;
}

/* Entries that the server never made are forgotten, and one that it says is stale. */
void calls_resolve(struct flight *flight)
{
    struct prepared_cache *cache = &flight->conn->prepared;
    struct prepared *stale = flight_stale(flight) && flight->failed && flight->failed->ready ? flight->failed : NULL;
    for (size_t i = 0; i < flight->count; i++) {
        struct flight_item *item = &flight->items[i];
        for (size_t j = 0; item->statement->before && j < STATEMENT_BEFORE_MAX; j++)
            resolve_call(cache, &item->before[j], stale);
        resolve_call(cache, &item->call, stale);
    }
    if (stale) /* 26000: the server does not have it any more. */
        prepared_forget(cache, stale, strcmp(flight_sqlstate(flight), "26000") != 0);
    flight->failed = NULL;
}
