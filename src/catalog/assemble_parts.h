/* The parts of assembling that have files of their own. */
#ifndef MIDAIR_SRC_CATALOG_ASSEMBLE_PARTS_H
#define MIDAIR_SRC_CATALOG_ASSEMBLE_PARTS_H

#include "midair/catalog/assemble.h"

struct assembly {
    struct catalog *catalog;
    struct catalog_facts *facts;
    const struct introspect_options *options;
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
