/* The catalog: what midair knows of the database, as an immutable snapshot.
 *
 * Everything hangs in the catalog's own arena and is never changed after it was read, so threads read
 * it without locks. A reload builds a new catalog and swaps a pointer (app/live). Names are as the
 * database spells them, unquoted. */
#ifndef MIDAIR_CATALOG_CATALOG_H
#define MIDAIR_CATALOG_CATALOG_H

#include "midair/base/arena.h"
#include "midair/catalog/finding.h"
#include "midair/catalog/function.h"
#include "midair/catalog/relation.h"

/* A schema that is exposed, with the names that a profile (Accept-Profile, Content-Profile) makes count. */
struct exposed {
    struct slice name;
    struct slice comment;
    struct map by_resource; /* name -> struct relation *, of this schema alone */
};

struct catalog {
    struct arena *arena;         /* owns all of it */
    struct relation **relations; /* in order of resource names */
    size_t relation_count;
    struct map by_resource;  /* resource name -> struct relation *, of those that need no profile */
    struct exposed *schemas; /* in the order of the configuration */
    size_t schema_count;
    struct link *links;
    size_t link_count;
    struct function *functions; /* by name, then in the order of the schemas */
    size_t function_count;
    struct makers makers; /* of representations */
    int server_version;   /* 150004 */
    struct slice database, user;
    struct slice incarnation;               /* this run of the server: transaction ids of others count something else */
    struct slice search_path, search_first; /* of sessions, as it is set; and the first schema of it that is there */
    struct findings findings;               /* what is wrong or worth knowing; with an error among them a start fails */
};

/* The resource of that name (exact), or NULL. */
const struct relation *catalog_resource(const struct catalog *catalog, struct slice name);
/* The same among those of one exposed schema; `schema` absent: no profile was named. */
const struct relation *catalog_profile(const struct catalog *catalog, struct slice schema, struct slice name);
/* Whether the schema is exposed. */
bool catalog_exposes(const struct catalog *catalog, struct slice schema);
/* The schema in which a function of that name is looked for: `schema` where a profile names it, else the first exposed
 * one that has such a function, else the first of all. */
struct slice catalog_function_schema(const struct catalog *catalog, struct slice schema, struct slice name);
/* Frees a catalog with its arena. NULL is allowed. */
void catalog_free(struct catalog *catalog);

#endif
