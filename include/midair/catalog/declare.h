/* Declarations: what the configuration says about resources, before it is compared with the database.
 *
 * All slices are borrowed from the configuration, which must outlive the call of catalog_read(). */
#ifndef MIDAIR_CATALOG_DECLARE_H
#define MIDAIR_CATALOG_DECLARE_H

#include "midair/catalog/policy.h"

/* One [resource NAME] section. An absent slice takes the default named beside it. */
struct resource_decl {
    struct slice name;    /* the name in URLs */
    struct slice table;   /* "schema.table" or "table", parts may be quoted; absent: the table named exactly `name` */
    struct slice key;     /* comma-separated columns; absent: the primary key */
    struct slice created; /* stamp columns, for stamping by statements and for views; absent: those of the options */
    struct slice modified;
    struct slice version;
    struct policy policy;
};

struct catalog_options {
    struct slice role; /* as which role the catalog is read; absent: as that of the connection */
    /* The exposed schemas, at least one. Of relations with equal names, the one in the first schema gets the URL. */
    const struct slice *schemas;
    size_t schema_count;
    const struct resource_decl *resources;
    size_t resource_count;
    struct policy defaults;                  /* policy of relations that have no declaration */
    struct slice created, modified, version; /* stamp columns to look for; absent: created, modified, version */
    /* As in PostgREST: an automatically updatable view without a configured key has the key of its table, and a view
     * without a key can be written. */
    bool view_keys;
};

#endif
