/* Handlers: aggregate functions in the database that render rows as a representation (PostgREST's "Media Type
 * Handlers").
 *
 * A domain whose name is a media type declares that its values are of that type. An aggregate over the rows of a
 * relation, or over anyelement, that returns such a domain renders these rows as that media type. */
#ifndef MIDAIR_CATALOG_HANDLER_H
#define MIDAIR_CATALOG_HANDLER_H

#include "midair/base/slice.h"

#include <stdint.h>

struct handler {
    struct slice media;    /* in lower case; "*" "/" "*": it renders any media type that is asked for */
    struct slice ident;    /* "schema"."aggregate" */
    uint32_t relation_oid; /* the relation whose rows it takes; 0: any */
    struct slice row_type; /* "schema"."table"; absent: any */
    bool bytes;            /* it returns a bytea */
};

/* What the database offers to render representations. */
struct makers {
    struct handler *handlers;
    size_t handler_count;
    struct slice feature_maker; /* "schema"."st_asgeojson" of PostGIS; absent: not installed */
    uint32_t geometry_oid;
};

/* How the rows of one relation can be rendered, besides midair's own media types. */
struct shown_as {
    const struct handler **handlers; /* those for this relation first, then those for any rows */
    size_t handler_count;
    struct slice feature_maker; /* present where a column is a geometry; absent: no GeoJSON */
};

/* Returns whether the handler renders every media type. */
static inline bool handler_takes_any(const struct handler *handler)
{
    return slice_eq(handler->media, SLICE("*/*"));
}

#endif
