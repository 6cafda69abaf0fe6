/* Functions of a row: computed fields and computed relationships (PostgREST's names for them). */
#ifndef MIDAIR_CATALOG_COMPUTED_H
#define MIDAIR_CATALOG_COMPUTED_H

#include "midair/catalog/column.h"

#include <stddef.h>

struct relation;

/* A function that takes a row and gives rows of another resource. */
struct computed_link {
    struct slice name;
    struct slice ident; /* "schema"."name" */
    const struct relation *target;
    bool returns_set;
    bool one;       /* ROWS 1, or no set */
    bool may_write; /* VOLATILE */
};

struct computed {
    struct column *fields; /* functions that give a value; `function` is set */
    size_t field_count;
    struct computed_link *links;
    size_t link_count;
};

/* What a query calls by this index: a column, or behind these a computed field. */
const struct column *relation_field(const struct relation *relation, size_t field);
/* Index of the column or computed field of that name (exact), for relation_field(); SIZE_MAX when there is none. */
size_t relation_find_field(const struct relation *relation, struct slice name);
/* The computed relationship of that name, or NULL. */
const struct computed_link *relation_computed_link(const struct relation *relation, struct slice name);

#endif
