/* The prepared statements of one connection. They are found by their text, and there is a limit to their number: the
 * one that was used least recently is dropped first.
 *
 * A name is never used for another text. Entries that were dropped wait in a list until DEALLOCATE can be sent on the
 * connection. The cache belongs to the owner of the connection, and is not locked. */
#ifndef MIDAIR_SRC_PG_PREPARED_H
#define MIDAIR_SRC_PG_PREPARED_H

#include "midair/pg/statement.h"

/* Longer texts (bulk writes) are sent without a name. */
enum { PREPARED_TEXT_MAX = 16384 };

struct prepared {
    uint64_t hash;
    char *text;
    size_t len;
    char name[24];
    bool ready;      /* the server said that it has it */
    uint64_t flight; /* the last flight that used it */
    struct prepared *chain, *newer, *older;
};

struct prepared_cache {
    struct prepared **buckets;
    size_t mask;
    size_t count, max;
    struct prepared *newest, *oldest;
    struct prepared *dropped; /* chained by `chain`: to be deallocated */
    uint64_t names;
    uint64_t flight;
    uint64_t epoch;
};

void prepared_init(struct prepared_cache *cache, int max);
void prepared_fini(struct prepared_cache *cache);
/* Begins a flight: the entries that it uses are not dropped before the next flight begins. */
void prepared_next_flight(struct prepared_cache *cache);
/* Forgets everything when `epoch` differs from the last call's: PostgreSQL keeps the types that parameters had when a
 * statement was prepared, although the columns may have other types now. */
void prepared_enter_epoch(struct prepared_cache *cache, uint64_t epoch);
/* The entry for this text, now the most recently used; NULL when there is none. */
struct prepared *prepared_find(struct prepared_cache *cache, const struct statement *statement);
/* A new entry, not ready; NULL when the text is too long or all entries are in use: send it without a name. */
struct prepared *prepared_add(struct prepared_cache *cache, const struct statement *statement);
/* Forgets an entry; `on_server`: it must be deallocated there. */
void prepared_forget(struct prepared_cache *cache, struct prepared *entry, bool on_server);
/* Takes one entry off the list of what must be deallocated; the caller frees it by prepared_free. NULL: none. */
struct prepared *prepared_next_dropped(struct prepared_cache *cache);
void prepared_free(struct prepared *entry);

#endif
