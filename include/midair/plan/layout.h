/* Layouts: which expressions a statement gives back, and what each of its cells is for.
 *
 * A layout serves every statement that shows rows of a relation (SELECT, RETURNING), so the representation, the tag and
 * the links of a row are made in one way wherever the row came from. */
#ifndef MIDAIR_PLAN_LAYOUT_H
#define MIDAIR_PLAN_LAYOUT_H

#include "midair/base/rows.h"
#include "midair/catalog/catalog.h"
#include "midair/params/query.h"
#include "midair/plan/state.h"
#include "midair/plan/tree_digest.h"

enum fetch_kind {
    FETCH_COLUMN,  /* the column in PostgreSQL's text format */
    FETCH_TO_JSON, /* to_json(column) */
    FETCH_XMIN,
    FETCH_CTID,
    FETCH_TABLE,   /* oid of the row's table */
    FETCH_CONTENT, /* md5 of the row's text */
    FETCH_FEATURE, /* the row as a GeoJSON feature */
    FETCH_HANDLED, /* the row as a handler shows it */
    FETCH_WHOLE,   /* the row's text, for a handler to be shown later */
    FETCH_TREE,    /* what the tag covers besides the row (plan/tree_digest.h) */
    FETCH_CLOCK,   /* the second that PostgreSQL's clock shows, since 1970 */
    FETCH_ITEM     /* an item of select= as JSON: a JSON path, a cast, an aggregate, an embed */
};

struct fetch {
    enum fetch_kind kind;
    size_t column;
    const struct query_output *output; /* FETCH_ITEM */
};

struct shown {
    struct slice label;
    struct slice member; /* how it begins in JSON: "label": */
    size_t column;       /* of the relation; NO_COLUMN: something else */
    size_t cell;
    enum type_form form;
};

enum { NO_CELL = -1 };

struct layout {
    const struct relation *relation;
    const struct query *query; /* what is embedded and grouped; NULL: the row alone */
    const struct query *order; /* the order of rows that a write shows; NULL: as they were written */
    struct fetch *fetches;     /* one a cell */
    size_t fetch_count;
    struct shown *shown; /* in the order of the representation */
    size_t shown_count;
    int *key_cells;                /* one a key column; NULL when the relation has no key */
    int rendered_cell;             /* what the database makes of the row, in the place of `shown`; else NO_CELL */
    const struct handler *handler; /* that makes it */
    int version_cell, modified_cell, xmin_cell, ctid_cell, content_cell, table_cell, tree_digest_cell;
    int clock_cell;                        /* when the row was read, by PostgreSQL's clock; else NO_CELL */
    const struct tree_digest *tree_digest; /* rows that are shown besides and have to be in the tag; NULL: none */
    bool by_content;                       /* shows more than states cover: the bytes count in its tag as well */
    bool computed;                         /* … and nothing at all tells when that changed */
    bool plain;                            /* all readable columns under their own names: the plain representation */
};

/* The layout for a query; NULL for the plain row. */
struct layout *layout_new(struct arena *arena, const struct relation *relation, const struct query *query);
/* The same with nothing shown but one cell in which the database shows all of the row: a kind from FETCH_FEATURE to
 * FETCH_WHOLE. `handler` is for the latter two. */
struct layout *layout_rendered(struct arena *arena, const struct relation *relation, const struct query *query,
                               enum fetch_kind rendered, const struct handler *handler);
/* Adds to a layout the clock by which the date of a row is judged, where its rows have a date. For statements about one
 * row: the clock is read for each. */
void layout_want_clock(struct layout *layout);
/* The layout of the plain row with that clock, for a row that preconditions are judged by. */
struct layout *layout_judged(struct arena *arena, const struct relation *relation);
/* The second that PostgreSQL's clock showed when the row was read. False when the layout does not ask for it. */
bool layout_clock(const struct layout *layout, const struct rows *rows, size_t row, int64_t *second);
/* The key of a row as PostgreSQL prints it; key.column_count slices in the arena, which borrow
 * the cells. NULL when there is no key. */
struct slice *layout_keys(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row);
/* The state of a row. False when the relation has none (STAMP_NONE) or its stamps are out of order (NULL, infinity). */
bool layout_state(const struct layout *layout, const struct rows *rows, size_t row, struct state *out);
/* Appends the opaque tag of what the row shows, without quotes: the row's own, and '~' and the tree part where there
 * is one. False and nothing written when the row has none. */
bool layout_put_tag(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row);
/* The same in the arena; absent when the row has none. */
struct slice layout_full_tag(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row);
/* The row's own part of it, which names its state. */
struct slice layout_tag(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row);

#endif
