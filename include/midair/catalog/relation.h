/* Relations: a table or view with its columns, key, stamps, links and computed fields, as the catalog keeps it. */
#ifndef MIDAIR_CATALOG_RELATION_H
#define MIDAIR_CATALOG_RELATION_H

#include "midair/base/map.h"
#include "midair/catalog/column.h"
#include "midair/catalog/handler.h"
#include "midair/catalog/link.h"

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

enum stamp_kind {
    STAMP_NONE,    /* nothing to compare: read-only, or the role may not read what there is */
    STAMP_VERSION, /* created, modified, version */
    STAMP_XMIN,    /* a plain table that was not stamped: the tag comes from xmin and ctid */
    STAMP_CONTENT  /* a view with a configured key: the tag comes from the row's text */
};

struct stamp {
    enum stamp_kind kind;
    int created, modified, version; /* column indexes for STAMP_VERSION, else -1 */
    bool by_trigger;                /* midair's triggers keep it; false: stamped by statements alone */
    bool by_base;                   /* a view of a stamped table: the triggers of its base keep it, and statements */
                                    /* must leave the stamps alone (created may be -1) */
    bool partial; /* by_base, and the view shows expressions too, whose values may change without it */
};

enum relation_kind { RELATION_TABLE, RELATION_PARTITIONED, RELATION_VIEW, RELATION_MATVIEW, RELATION_FOREIGN };

/* A primary or unique key. */
struct key {
    struct slice name;
    int *columns;
    size_t column_count;
    bool unique;  /* the database keeps it unique; false: an item may turn out to be several rows */
    bool arbiter; /* an index keeps it unique at once, so that ON CONFLICT can name it */
};

struct relation {
    struct slice schema;
    struct slice name;
    struct slice resource; /* the name in URLs: the alias, or the table's name */
    struct slice own_name; /* the table's name, where a request with its schema's profile may use it beside an alias */
    bool hidden;           /* another resource goes by its name: only its schema's profile reaches it */
    struct slice ident;    /* "schema"."name", quoted for SQL */
    uint32_t oid;
    enum relation_kind kind;
    struct slice comment;

    struct column *columns;
    size_t column_count;
    uint64_t shape;     /* hash of what decides how rows are shown: DDL that changes it ends all tags; 0: unknown */
    struct map by_name; /* column name -> struct column * */

    struct computed computed; /* functions of a row: for queries they follow the columns; nothing else knows of them */
    bool is_result; /* rows of a function, which have no row type: the whole row is in the column midair_row */

    struct key key; /* the primary key or the configured one; column_count 0: no items */
    struct key *uniques;
    size_t unique_count;
    struct stamp stamp;

    struct link **parents; /* links in which this relation is the child */
    size_t parent_count;
    struct link **children; /* links in which it is the parent */
    size_t child_count;
    size_t level; /* parents have a lower one, but in a cycle of foreign keys: the order in which rows are locked */

    bool can_select, can_insert, can_update, can_delete; /* privileges and updatability together */
    bool row_security;
    bool inherited;        /* rows of tables that inherit from it are among its own, and may have the same keys */
    bool foreign_triggers; /* others than midair's, rules, deferrable constraints: no flight is shared unasked */
    bool simple;           /* a view that PostgreSQL updates by itself: each of its rows is one of a table */
    bool lockable;         /* such a view whose rows can be locked */
    bool rewritten;        /* writes go through INSTEAD OF triggers or rules, which see a snapshot of their own */
    bool revised; /* a row that was written may change again before the commit: AFTER and INSTEAD OF triggers, touches
                     and cascades that lead back to it */
    bool vetoed;  /* BEFORE triggers that are not midair's may do something else, or nothing, in a write's place */
    struct shown_as shown_as; /* besides our own envelopes */
    struct policy *policy;    /* settings of the resource; see catalog/policy.h; never NULL */
};

/* Whether the role may do anything with it: index, OpenAPI document and hints name no others. */
bool relation_is_usable(const struct relation *relation);
/* Whether a relation goes by that name in a request with this profile (absent: none). */
bool relation_called(const struct relation *relation, struct slice schema, struct slice name);
/* How far a relation is from a request with this profile (absent: none), where several go by one name. */
int relation_distance(const struct relation *relation, struct slice schema);
/* Its name in messages: the resource, or the identifier where that would name another relation. */
struct slice relation_label(const struct relation *relation);
/* The column of that name (exact), or NULL; its index is the difference to relation->columns. */
const struct column *relation_column(const struct relation *relation, struct slice name);
/* Index of a column of this relation. */
size_t relation_column_index(const struct relation *relation, const struct column *column);
/* Whether the column is one of the relation's stamps, which only midair writes. */
bool relation_is_stamp(const struct relation *relation, size_t column);
/* Whether foreign keys of served tables lead to it; what views make of them does not count. */
bool relation_is_referred_to(const struct relation *relation);
/* Whether the column is part of the key. */
bool relation_is_key(const struct relation *relation, size_t column);
/* What a query calls by this index: a column, or behind these a computed field. */
const struct column *relation_field(const struct relation *relation, size_t field);
/* Index of the column or computed field of that name (exact), for relation_field(); SIZE_MAX when there is none. */
size_t relation_find_field(const struct relation *relation, struct slice name);
/* The computed relationship of that name, or NULL. */
const struct computed_link *relation_computed_link(const struct relation *relation, struct slice name);

#endif
