/* Content: converts the document of a request to changes of a row (docs/http.md section 5).
 *
 * A client may send back what it received: stamps, generated columns and the tag member are ignored, and so are
 * GENERATED ALWAYS identities in changes of existing rows. Numbers keep their text. All results are in the arena and
 * borrow from the document. Errors: ERR_BAD_CONTENT with the byte position. */
#ifndef MIDAIR_PLAN_CONTENT_H
#define MIDAIR_PLAN_CONTENT_H

#include "midair/base/err.h"
#include "midair/json/value.h"
#include "midair/plan/change.h"
#include "midair/plan/layout.h"
#include "midair/plan/parent_path.h"

enum patch_kind {
    PATCH_CHANGES,   /* the changes do not depend on the row */
    PATCH_MERGE,     /* RFC 7396 with a change inside a json column: needs the row */
    PATCH_JSON_PATCH /* RFC 6902: needs the row */
};

struct patch {
    enum patch_kind kind;
    struct changes changes;      /* PATCH_CHANGES */
    const struct json *document; /* the other kinds */
    const struct slice *keys;    /* the key of the item; NULL: a collection */
};

/* PGRST204: the content names a column that the relation does not have. Never NULL. */
struct err *content_no_column(struct arena *arena, const struct relation *relation, struct slice name, size_t position);
/* Makes the assignment of a member's value to a column. */
void content_assign(struct arena *arena, const struct relation *relation, size_t column, const struct json *value,
                    struct change *out);

/* Reads a merge patch (RFC 7396). With `keys`, key columns whose value stays the same are skipped. `keys` NULL: a
 * patch of many rows, in which key columns are ordinary columns. */
struct err *content_merge(struct arena *arena, const struct relation *relation, const struct slice *keys,
                          const struct json *document, struct patch *out) MUST_USE;
/* Prefer: missing=default of a change: the columns in `columns` that the document leaves out get their defaults, as far
 * as they can be written. Key columns of an item stay. */
void content_default_missing(struct arena *arena, const struct relation *relation, const struct slice *keys,
                             const struct names *columns, const struct json *document, struct changes *out);
/* Reads a JSON Patch (RFC 6902). Only its form is checked; content_resolve() applies it. */
struct err *content_json_patch(struct arena *arena, const struct json *document, struct patch *out) MUST_USE;
/* Reads a document of update operators ($set, $inc …, docs/http.md section 5). */
struct err *content_update(struct arena *arena, const struct relation *relation, const struct json *document,
                           struct patch *out) MUST_USE;
/* Turns a patch that needs the row into changes of this row. `layout` must be that of the plain row. */
struct err *content_resolve(struct arena *arena, const struct patch *patch, const struct layout *layout,
                            const struct rows *rows, size_t row, struct changes *out) MUST_USE;

/* Reads a replacement (PUT). It sets every writable column that is not in the key; columns that the document omits
 * get their defaults. Key columns in the document must equal `keys`, and the foreign key to the parent must agree
 * with `parent_path` (may be NULL). */
struct err *content_replace(struct arena *arena, const struct relation *relation, const struct slice *keys,
                            const struct parent_path *parent_path, const struct json *document,
                            struct changes *out) MUST_USE;
/* Reads a new row: the columns in the document. `keys` (PUT that creates; may be NULL) and the foreign key to the
 * parent in `parent_path` (may be NULL) are set as well. */
struct err *content_insert(struct arena *arena, const struct relation *relation, const struct slice *keys,
                           const struct parent_path *parent_path, const struct json *document,
                           struct changes *out) MUST_USE;
/* Reads the key in a document. *exact: all of it is in PostgreSQL's spelling. ERR_BAD_CONTENT when a part is
 * missing. */
struct err *content_key(struct arena *arena, const struct relation *relation, const struct json *document,
                        struct slice **keys, bool *exact) MUST_USE;
/* Reads the document's tag member into `tag`; absent when there is none or the resource has no such member. A member
 * that is not a string is an error: an unreadable condition must not be ignored. */
struct err *content_etag(struct arena *arena, const struct relation *relation, const struct json *document,
                         struct slice *tag) MUST_USE;

/* What a POST does with rows whose key already exists (Prefer: resolution=). */
enum duplicates { DUPLICATES_FAIL, DUPLICATES_IGNORE, DUPLICATES_MERGE };

/* The rows of one INSERT: elements of an array that have the same members. */
struct batch {
    size_t *columns;
    size_t column_count;
    const size_t *defaulted; /* columns that no row sets, and that an upsert sets to their defaults in existing rows */
    size_t defaulted_count;
    struct slice document; /* a JSON array of objects */
    size_t *positions;     /* of the rows in the array, ascending */
    size_t rows;
};

struct batches {
    struct batch *items;
    size_t count;
    struct claims claims; /* checked before anything is written */
};

/* Splits an array into batches: runs of elements with the same members, or, where that makes too many, all elements
 * with the same members. `target` is the key whose conflicts an upsert resolves, or NULL. Error: ERR_BAD_CONTENT. */
struct err *content_batches(struct arena *arena, const struct relation *relation, const struct parent_path *parent_path,
                            const struct key *target, const struct json *array, struct batches *out) MUST_USE;

/* Prefer: missing=default of an upsert: sets batch->defaulted to the columns in `columns` that the batch does not
 * have. */
void content_default_merged(struct arena *arena, const struct relation *relation, const struct names *columns,
                            struct batches *batches);

/* Appends the plain row as a JSON object without the tag: the document that a JSON Patch is applied to. */
void content_row(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row);

#endif
