/* Assembling a catalog from facts: names, keys, stamps, links and policies, and every mistake in them.
 *
 * This part does no input or output: read.c obtains the facts from PostgreSQL, and unit tests write them by hand. */
#ifndef MIDAIR_SRC_CATALOG_ASSEMBLE_H
#define MIDAIR_SRC_CATALOG_ASSEMBLE_H

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
    struct slice shape;        /* read_shapes.sql: what decides how the rows are shown, as one digest */
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
void catalog_assemble(struct catalog *catalog, struct catalog_facts *facts, const struct catalog_options *options);

/* What the files named assemble_* share. */
struct assembly {
    struct catalog *catalog;
    struct catalog_facts *facts;
    const struct catalog_options *options;
    const struct resource_decl **decls; /* one a relation of the facts; NULL: not declared */
};

/* Binds each declaration to its relation, and gives the relations that are served their names (relation->resource;
 * absent: not served). */
void assemble_names(struct assembly *assembly);
/* The key: configured or primary. */
void assemble_key(struct assembly *assembly, struct relation_facts *facts, const struct resource_decl *decl);
/* The stamp of a relation whose key and policy are set. */
void assemble_stamp(struct assembly *assembly, struct relation_facts *facts, const struct resource_decl *decl);
/* Links between served relations, with both ends' lists. */
void assemble_links(struct assembly *assembly);

struct links {
    struct arena *arena;
    struct link *list;
    size_t count, cap;
};

/* A new last link, which is to be filled in. */
struct link *links_add(struct links *links);
/* The links that views have because of foreign keys of their tables. */
void assemble_view_links(struct assembly *assembly, struct links *links);
/* `shown` of a view. */
void assemble_shown_key(struct assembly *assembly, struct relation_facts *view);
/* Whether all these columns are part of the relation's key: its own, or the one that it shows. */
bool assemble_in_key(const struct relation_facts *facts, const int *columns, size_t count);
/* Whether some key of the relation lies within these columns, so that they name one row at most. */
bool assemble_is_unique(const struct relation_facts *facts, const int *columns, size_t count);
/* What the rows of relations can be shown as; and of a relation that is none of the catalog's, as one with this oid. */
void assemble_media(struct assembly *assembly);
void assemble_media_of(const struct catalog *catalog, struct relation *relation, uint32_t oid);

/* Functions of one row, as fields and relationships of its relation. */
void assemble_computed(struct assembly *assembly);
/* What functions return, as relations that queries can be bound to. */
void assemble_functions(struct assembly *assembly);

#endif
