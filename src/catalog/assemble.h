/* Assembles a catalog from facts: names, keys, stamps, links and policies, with a finding for every mistake in them.
 *
 * This part does no input or output: read.c obtains the facts from PostgreSQL, and unit tests write them by hand. */
#ifndef MIDAIR_SRC_CATALOG_ASSEMBLE_H
#define MIDAIR_SRC_CATALOG_ASSEMBLE_H

#include "midair/catalog/catalog.h"
#include "midair/catalog/declare.h"

/* The table column that a column of a view shows, by its index in the table. */
struct origin {
    uint32_t oid; /* 0: the view's column shows something else */
    int column;
};

/* A relation as the database describes it. A table that is known only because a view shows its columns has no name, and
 * is therefore never served. catalog_assemble() fills in these members of `relation`: resource, own_name, hidden,
 * ident, by_name, key (from `primary`, unless configured), stamp, shape, links, computed fields, handlers and
 * policy. */
struct relation_facts {
    struct relation *relation; /* in the catalog's arena, with everything it points to */
    struct slice shape;        /* read_shapes.sql: a digest of everything that determines how the rows are rendered */
    int *numbers;              /* attnum of each column, by index; only the reader uses it */
    struct key primary;        /* column_count 0: the relation has no primary key */
    /* The stamp columns, which are the arguments of midair's triggers, and whether each trigger exists and is
     * enabled. */
    struct slice created, modified, version;
    bool stamp_insert, stamp_update;
    bool stamp_old; /* the update trigger has a condition, as those of older versions of midair have */
    /* For an automatically updatable view, its one base relation; otherwise 0. If the base is stamped, `base_columns`
     * tells whether the view reads its `modified` and `version`. */
    uint32_t base_oid;
    const struct slice *base_columns; /* names of the base's columns that the view depends on */
    size_t base_column_count;
    struct origin *origins; /* for a view, by column; NULL: nothing is known of them */
    size_t origin_count;    /* equal to the number of columns */
    /* For a view, set by assemble_shown_key(): the columns that show the primary keys of its tables. */
    struct key shown;
};

/* A foreign key; relations are given by OID, columns by index. */
struct link_facts {
    struct link link; /* child, parent and child_unique are filled in by assemble_links() */
    uint32_t child_oid;
    uint32_t parent_oid;
    bool touch_broken; /* some of its touch triggers exist and are enabled, but not all */
};

struct catalog_facts {
    struct relation_facts *relations;
    size_t relation_count;
    struct link_facts *links;
    size_t link_count;
    /* Functions in schemas that are not exposed. They are used only as computed fields and relationships. */
    struct function *row_functions;
    size_t row_function_count;
};

/* Returns the relation with that OID, or NULL. */
struct relation_facts *catalog_facts_relation(const struct catalog_facts *facts, uint32_t oid);

/* Completes `catalog` from the facts. The catalog must have an arena, an empty list of findings, the functions, and
 * what is known of the server. It never fails: mistakes become findings, and a relation with an error may be
 * missing. */
void catalog_assemble(struct catalog *catalog, struct catalog_facts *facts, const struct catalog_options *options);

/* What the files named assemble_* share. */
struct assembly {
    struct catalog *catalog;
    struct catalog_facts *facts;
    const struct catalog_options *options;
    const struct resource_decl **decls; /* one entry for each relation of the facts; NULL: not declared */
};

/* Binds each declaration to its relation, and gives a name to each relation that is served (relation->resource; absent:
 * not served). */
void assemble_names(struct assembly *assembly);
/* Sets the key, which is the configured or the primary key. */
void assemble_key(struct assembly *assembly, struct relation_facts *facts, const struct resource_decl *decl);
/* Sets the stamp of a relation whose key and policy are set. */
void assemble_stamp(struct assembly *assembly, struct relation_facts *facts, const struct resource_decl *decl);
/* Builds the links between served relations, and the lists of parents and children of both ends. */
void assemble_links(struct assembly *assembly);

struct links {
    struct arena *arena;
    struct link *list;
    size_t count, cap;
};

/* Appends a link and returns it; the caller fills it in. The pointer is valid until the next call. */
struct link *links_add(struct links *links);
/* Appends the links that views have because of the foreign keys of their tables. */
void assemble_view_links(struct assembly *assembly, struct links *links);
/* Sets `shown` of a view. */
void assemble_shown_key(struct assembly *assembly, struct relation_facts *view);
/* Returns whether all these columns are part of the relation's key, either its own or the one that it shows. */
bool assemble_in_key(const struct relation_facts *facts, const int *columns, size_t count);
/* Returns whether these columns contain a key of the relation, so that their values identify at most one row. */
bool assemble_is_unique(const struct relation_facts *facts, const int *columns, size_t count);
/* Sets how rows can be rendered: of all relations of the catalog, or of one relation that is not in the catalog, as if
 * it had this OID. */
void assemble_media(struct assembly *assembly);

/* Adds the functions that take one row to its relation, as computed fields and relationships. */
void assemble_computed(struct assembly *assembly);
/* Completes the functions and the relations of their results, to which queries can be bound. */
void assemble_functions(struct assembly *assembly);

#endif
