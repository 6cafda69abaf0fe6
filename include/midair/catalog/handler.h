/* Handlers: aggregates of the database's that make a representation out of rows (PostgREST's "Media Type Handlers").
 *
 * A domain whose name is a media type says that its values are of that type. An aggregate over the rows of a relation,
 * or over anything, that gives such a domain shows these rows under that type. */
#ifndef MIDAIR_CATALOG_HANDLER_H
#define MIDAIR_CATALOG_HANDLER_H

#include "midair/base/slice.h"

#include <stdint.h>

struct handler {
    struct slice media;    /* in lower case; "*" "/" "*": whatever is asked for */
    struct slice ident;    /* "schema"."aggregate" */
    uint32_t relation_oid; /* whose rows it takes; 0: any */
    struct slice row_type; /* "schema"."table"; absent: any */
    bool bytes;            /* it gives a bytea */
};

/* What the database has to make representations with. */
struct makers {
    struct handler *handlers;
    size_t handler_count;
    struct slice feature_maker; /* PostGIS' "schema"."st_asgeojson"; absent: there is none */
    uint32_t geometry_oid;
};

/* What the rows of one relation can be shown as. */
struct shown_as {
    const struct handler **handlers; /* its own first, then those of any rows */
    size_t handler_count;
    struct slice feature_maker; /* where a column is a geometry; absent: no GeoJSON */
};

/* Whether it answers to every media type. */
static inline bool handler_takes_any(const struct handler *handler)
{
    return slice_eq(handler->media, SLICE("*/*"));
}

#endif
