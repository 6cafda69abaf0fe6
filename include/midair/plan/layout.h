/* Layouts: the expressions that a statement returns, and the purpose of each cell.
 *
 * Every statement that returns rows of a relation (SELECT, RETURNING) uses a layout, so the representation, the tag
 * and the links of a row are made by the same code wherever the row comes from. */
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
    FETCH_HANDLED, /* the row as rendered by a handler */
    FETCH_WHOLE,   /* the row's text, which a handler renders in a later statement */
    FETCH_TREE,    /* the digest of the other rows that the tag covers (plan/tree_digest.h) */
    FETCH_NOTHING, /* a constant, where the role may read nothing of the row */
    FETCH_CLOCK,   /* PostgreSQL's clock, in seconds since 1970 */
    FETCH_ITEM     /* an item of select= as JSON: a JSON path, a cast, an aggregate or an embed */
};

struct fetch {
    enum fetch_kind kind;
    size_t column;
    const struct query_output *output; /* FETCH_ITEM */
};

struct shown {
    struct slice label;
    struct slice member; /* the start of its JSON text: "label": */
    size_t column;       /* index in the relation; NO_COLUMN: not a column */
    size_t cell;
    enum type_form form;
};

enum { NO_CELL = -1 };

struct layout {
    const struct relation *relation;
    const struct query *query; /* embeds and groups; NULL: the plain row */
    const struct query *order; /* the order of rows that a write returns; NULL: the order of writing */
    struct fetch *fetches;     /* one per cell */
    size_t fetch_count;
    struct shown *shown; /* in the order of the representation */
    size_t shown_count;
    int *key_cells;                /* one per key column; NULL when the relation has no key */
    int rendered_cell;             /* the row as rendered by the database, instead of `shown`; or NO_CELL */
    const struct handler *handler; /* renders it; or NULL */
    int version_cell, modified_cell, xmin_cell, ctid_cell, content_cell, table_cell, tree_digest_cell;
    int clock_cell;                        /* PostgreSQL's clock when the row was read; or NO_CELL */
    const struct tree_digest *tree_digest; /* the other rows that the tag must cover; NULL: none */
    bool by_content; /* the row's state does not cover all that is shown, so the tag hashes the bytes */
    bool computed;   /* shows values whose changes no state records */
    bool plain;      /* the plain representation: all readable columns under their own names */
};

/* Makes the layout for a query; NULL: the plain row. It is in the arena and borrows the query. */
struct layout *layout_new(struct arena *arena, const struct relation *relation, const struct query *query);
/* The same without the cells that tags are made from, for lists that show no tags of their rows. */
struct layout *layout_untagged(struct arena *arena, const struct relation *relation, const struct query *query);
/* The same as layout_new(), but the whole row is shown by one cell that the database renders: `rendered` is a kind from
 * FETCH_FEATURE to FETCH_WHOLE. `handler` is used by the latter two kinds. */
struct layout *layout_rendered(struct arena *arena, const struct relation *relation, const struct query *query,
                               enum fetch_kind rendered, const struct handler *handler);
/* Adds PostgreSQL's clock to a layout whose rows have a modification date. A date may serve as validator only after
 * its second is over. Only for statements about one row, since the clock is read for each row. */
void layout_want_clock(struct layout *layout);
/* Makes the layout of the plain row with the clock, for a row that preconditions are evaluated against. */
struct layout *layout_for_preconds(struct arena *arena, const struct relation *relation);
/* Reads the clock's cell, in seconds since 1970. False when the layout has none. */
bool layout_clock(const struct layout *layout, const struct rows *rows, size_t row, int64_t *second);
/* The key of a row as PostgreSQL prints it: key.column_count slices in the arena, which borrow from the cells. NULL
 * when the relation has no key. */
struct slice *layout_keys(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row);
/* Reads the state of a row; it borrows from the cells. False when the relation has none (STAMP_NONE) or its stamps
 * are invalid (NULL, infinity). */
bool layout_state(const struct layout *layout, const struct rows *rows, size_t row, struct state *out);
/* Appends the opaque tag of the row's representation, without quotes: the row's own tag, then '~' and the tree part
 * if there is one. Returns false and writes nothing when the row has no tag. */
bool layout_put_tag(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row);
/* The same as text in the arena; absent when the row has no tag. */
struct slice layout_full_tag(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row);
/* The row's own part of the tag, which contains its state. */
struct slice layout_tag(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row);

#endif
