/* Assembling a catalog from facts: names, keys, stamps, links and policies, and every mistake in them.
 *
 * Pure: db/introspect reads the facts, and tests write them by hand. */
#ifndef MIDAIR_CATALOG_ASSEMBLE_H
#define MIDAIR_CATALOG_ASSEMBLE_H

#include "midair/catalog/catalog.h"
#include "midair/catalog/declare.h"

/* What a column of a view shows: a column of a table, by its index there. */
struct origin {
    uint32_t oid; /* 0: something else */
    int column;
};

/* A relation as the database describes it. Tables that are there for the views over them alone have no name, so they
 * are never served. In `relation` the following are filled in by catalog_assemble(): resource, ident, by_name, key
 * (from `primary`, unless configured), stamp, links, policy. */
struct relation_facts {
    struct relation *relation; /* in the catalog's arena, with everything it points at */
    int *numbers;              /* the database's numbers of the columns, by index; for the reader's use alone */
    struct key primary;        /* column_count 0: none */
    /* Of midair's triggers: their arguments (the stamp columns), and whether each is there and enabled. */
    struct slice created, modified, version;
    bool stamp_insert, stamp_update;
    /* Of a view that PostgreSQL updates by itself: its one base relation, else 0; whether `modified` and `version` of
     * a stamped base are columns that the view reads is in `base_columns`. */
    uint32_t base_oid;
    const struct slice *base_columns; /* names of the base's columns that the view depends on */
    size_t base_column_count;
    struct origin *origins; /* of a view, by column; NULL: nothing is known of them */
    size_t origin_count;    /* as many as there are columns */
    struct key shown;       /* of a view, filled in: columns that show the primary keys of its tables */
};

/* A foreign key; the relations by oid, the columns by index. */
struct link_facts {
    struct link link; /* child, parent and child_unique are filled in */
    uint32_t child_oid;
    uint32_t parent_oid;
    bool touch_broken; /* some of its touch triggers are there and enabled, but not all */
};

struct catalog_facts {
    struct relation_facts *relations;
    size_t relation_count;
    struct link_facts *links;
    size_t link_count;
    struct function *row_functions; /* of schemas that are not exposed: for computed fields and relationships alone */
    size_t row_function_count;
};

/* The relation with that oid, or NULL. */
struct relation_facts *catalog_facts_relation(const struct catalog_facts *facts, uint32_t oid);

/* Completes `catalog`, which has an arena, an empty `findings` in it, functions and the server's figures, from the
 * facts. Never fails: mistakes become findings, and a relation that has an error may be missing. */
void catalog_assemble(struct catalog *catalog, struct catalog_facts *facts, const struct introspect_options *options);

#endif
