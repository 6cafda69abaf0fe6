/* The catalog: what midair knows of the database, as an immutable snapshot.
 *
 * The catalog owns one arena that holds everything in it. It is never changed after catalog_read() returned it, so
 * threads read it without locks. A reload builds a new catalog and swaps a pointer (app/live). Names are spelled as in
 * the database, unquoted. */
#ifndef MIDAIR_CATALOG_CATALOG_H
#define MIDAIR_CATALOG_CATALOG_H

#include "midair/base/arena.h"
#include "midair/catalog/finding.h"
#include "midair/catalog/function.h"
#include "midair/catalog/relation.h"

/* A schema that is exposed, with the resource names that hold for requests with its profile (Accept-Profile,
 * Content-Profile). */
struct exposed {
    struct slice name;
    struct slice comment;
    struct map by_resource; /* name -> struct relation *, of this schema only */
};

struct catalog {
    struct arena *arena;         /* owns everything in the catalog */
    struct relation **relations; /* sorted by resource name */
    size_t relation_count;
    struct map by_resource;  /* resource name -> struct relation *, of resources that need no profile */
    struct exposed *schemas; /* the exposed schemas in the order of the configuration */
    size_t schema_count;
    struct link *links;
    size_t link_count;
    struct function *functions; /* sorted by name, then in the order of the schemas */
    size_t function_count;
    struct makers makers; /* what renders representations inside the database */
    int server_version;   /* as server_version_num prints it: 150004 */
    struct slice database, user;
    /* Identifies this run of the server. Transaction ids of another run are not comparable, so the shape hash of
     * relations with xmin tags covers it. */
    struct slice incarnation;
    /* The search_path of new sessions as it is set, and the first schema in it that exists. */
    struct slice search_path, search_first;
    /* Changes when the structure of the database changes; see catalog_mark(). */
    struct slice mark;
    /* Problems and remarks. The program refuses to start with a catalog that has an error among them. */
    struct findings findings;
};

/* Returns the resource with exactly that name among those that need no profile, or NULL. */
const struct relation *catalog_resource(const struct catalog *catalog, struct slice name);
/* Returns the resource of that name in one exposed schema, or NULL. When `schema` is absent (the request names no
 * profile), this is catalog_resource(). */
const struct relation *catalog_profile(const struct catalog *catalog, struct slice schema, struct slice name);
/* Returns whether the schema is exposed. */
bool catalog_exposes(const struct catalog *catalog, struct slice schema);
/* Returns the schema in which a function of that name is looked up: `schema` if it is present, else the first exposed
 * schema that has such a function, else the first exposed schema. */
struct slice catalog_function_schema(const struct catalog *catalog, struct slice schema, struct slice name);
/* Frees a catalog with its arena; pointers into it become invalid. NULL is allowed. */
void catalog_free(struct catalog *catalog);

#endif
