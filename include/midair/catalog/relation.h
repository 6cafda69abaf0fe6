/* Relations: a table or view with its columns, key, stamps, links and computed fields, as the catalog keeps it. */
#ifndef MIDAIR_CATALOG_RELATION_H
#define MIDAIR_CATALOG_RELATION_H

#include "midair/base/map.h"
#include "midair/catalog/column.h"
#include "midair/catalog/handler.h"
#include "midair/catalog/link.h"

/* A computed relationship: a function that takes a row and returns rows of another resource. */
struct computed_link {
    struct slice name;
    struct slice ident; /* "schema"."name" */
    const struct relation *target;
    bool returns_set;
    bool one;       /* ROWS 1, or it returns no set */
    bool may_write; /* VOLATILE */
};

struct computed {
    struct column *fields; /* functions that return a value; `function` is set */
    size_t field_count;
    struct computed_link *links;
    size_t link_count;
};

enum stamp_kind {
    STAMP_NONE,    /* no tag: a view without a key, or the role may not read all that the tag would be made of */
    STAMP_VERSION, /* the columns created, modified, version */
    STAMP_XMIN,    /* a table that is not stamped: the tag is made of xmin and ctid */
    STAMP_CONTENT  /* a view with a configured key: the tag is made of the row's text */
};

struct stamp {
    enum stamp_kind kind;
    int created, modified, version; /* column indexes for STAMP_VERSION, else -1 */
    bool by_trigger;                /* midair's triggers set the stamps; false: only midair's statements do */
    /* A view of a stamped table: the triggers of the table set the stamps, and statements must not assign to them.
     * `created` may be -1. */
    bool by_base;
    /* With by_base: the view also shows expressions, whose values can change without a new version. */
    bool partial;
    bool left; /* the role may not write the stamps, so statements leave them to the triggers */
};

enum relation_kind { RELATION_TABLE, RELATION_PARTITIONED, RELATION_VIEW, RELATION_MATVIEW, RELATION_FOREIGN };

/* A primary or unique key. */
struct key {
    struct slice name;
    int *columns;
    size_t column_count;
    bool unique;  /* the database guarantees uniqueness; false: several rows may have the key of one item */
    bool arbiter; /* an immediate unique index enforces it, so that ON CONFLICT can name it */
    bool chosen;  /* configured: clients choose the key of a new row, even where it is GENERATED ALWAYS AS IDENTITY */
};

struct relation {
    struct slice schema;
    struct slice name;
    struct slice resource; /* the name in URLs: the configured name, or the table's own */
    /* The table's own name, if a request with the profile of its schema may use it besides a configured name. */
    struct slice own_name;
    /* Another resource has its name: it is served only to requests with the profile of its schema. */
    bool hidden;
    struct slice ident; /* "schema"."name", quoted for SQL */
    uint32_t oid;
    enum relation_kind kind;
    struct slice comment;

    struct column *columns;
    size_t column_count;
    /* Hash of everything that determines how rows are rendered. It is part of every tag, so DDL that changes it
     * invalidates all tags. 0: unknown. */
    uint64_t shape;
    struct map by_name; /* column name -> struct column * */

    /* Functions of a row. For queries their field indexes follow those of the columns; writes and tags ignore them. */
    struct computed computed;
    /* The relation stands for the rows that a function returns. They have no row type; the column midair_row holds the
     * whole row. */
    bool is_result;

    struct key key; /* the primary key or the configured one; column_count 0: the relation has no items */
    struct key *uniques;
    size_t unique_count;
    struct stamp stamp;

    struct link **parents; /* links in which this relation is the child */
    size_t parent_count;
    struct link **children; /* links in which this relation is the parent */
    size_t child_count;
    /* Rows are locked in ascending order of level. The level of a parent is lower than its children's, except in a
     * cycle of foreign keys. */
    size_t level;

    bool can_select, can_insert, can_update, can_delete; /* the role's privileges, and whether it is updatable */
    bool takes_insert, takes_update, takes_delete;       /* what a role with all privileges could do */
    bool row_security;
    /* Other tables inherit from it. Their rows appear among its own and may have the same keys. */
    bool inherited;
    /* A write may run triggers that are not midair's, rules or deferrable constraints, so it does not share a commit
     * with other requests unless the policy asks for it. */
    bool foreign_triggers;
    bool simple;   /* an automatically updatable view: each of its rows is one row of a table */
    bool lockable; /* a simple view whose rows the role can lock */
    /* Writes go through INSTEAD OF triggers or rules, which see a snapshot of their own. */
    bool rewritten;
    /* A row that was written may change again before the commit, by AFTER or INSTEAD OF triggers, or by touches and
     * cascades that lead back to it. */
    bool revised;
    /* BEFORE triggers that are not midair's may change or suppress a write. */
    bool vetoed;
    /* BEFORE or INSTEAD OF triggers that are not midair's, or rules, may put a new row elsewhere. */
    bool diverted;
    struct shown_as shown_as; /* besides midair's own media types */
    struct policy *policy;    /* settings of the resource (catalog/policy.h); never NULL */
};

/* Returns whether the role may do anything with the relation. The index, the OpenAPI document and hints do not mention
 * other relations. */
bool relation_is_usable(const struct relation *relation);
/* Returns whether `name` denotes the relation in a request with the profile `schema` (absent: no profile). */
bool relation_called(const struct relation *relation, struct slice schema, struct slice name);
/* Returns the rank of a relation among several of one name, for a request with the profile `schema` (absent: none); the
 * lowest is chosen. 0: it is in that schema. 1: it is served without a profile. 2: it is hidden. */
int relation_distance(const struct relation *relation, struct slice schema);
/* Returns its name for messages: the resource name, or for a hidden relation the quoted identifier, since the resource
 * name would denote another relation. */
struct slice relation_label(const struct relation *relation);
/* Returns the column with exactly that name, or NULL. */
const struct column *relation_column(const struct relation *relation, struct slice name);
/* Returns the index of a column in relation->columns. The column must be one of this relation. */
size_t relation_column_index(const struct relation *relation, const struct column *column);
/* Returns whether the column is one of the relation's stamps, which only midair writes. */
bool relation_is_stamp(const struct relation *relation, size_t column);
/* Returns whether a foreign key of a served table refers to the relation. Links by_view do not count. */
bool relation_is_referred_to(const struct relation *relation);
/* Returns whether its rows lie in several tables: partitions, or tables that inherit. Their tags name the table. */
bool relation_has_tables(const struct relation *relation);
/* Returns whether the column is part of the key. */
bool relation_is_key(const struct relation *relation, size_t column);
/* Returns the column with that field index, or behind the columns the computed field. */
const struct column *relation_field(const struct relation *relation, size_t field);
/* Returns the field index of the column or computed field with exactly that name, or SIZE_MAX when there is none. */
size_t relation_find_field(const struct relation *relation, struct slice name);
/* Returns the computed relationship with exactly that name, or NULL. */
const struct computed_link *relation_computed_link(const struct relation *relation, struct slice name);

#endif
