/* Content: from a request's document to changes of a row (docs/http.md section 5).
 *
 * Stamps, generated columns and the member that carries the tag are left out, and so are identities that the database
 * always makes itself where a row is changed, so a client may send back what it got.
 * Numbers travel as their text. Errors: ERR_BAD_CONTENT with the byte position. */
#ifndef MIDAIR_PLAN_CONTENT_H
#define MIDAIR_PLAN_CONTENT_H

#include "midair/base/err.h"
#include "midair/json/value.h"
#include "midair/plan/change.h"
#include "midair/plan/layout.h"
#include "midair/plan/parent_path.h"

enum patch_kind {
    PATCH_CHANGES,   /* known before the row is seen */
    PATCH_MERGE,     /* RFC 7396 reaching into a json column: needs the row */
    PATCH_JSON_PATCH /* RFC 6902: needs the row */
};

struct patch {
    enum patch_kind kind;
    struct changes changes;      /* PATCH_CHANGES */
    const struct json *document; /* the others */
    const struct slice *keys;    /* of the item, or NULL for a collection */
};

/* PGRST204: the content names a column that the relation does not have. Never NULL. */
struct err *content_no_column(struct arena *arena, const struct relation *relation, struct slice name, size_t position);
/* One member as the assignment of a column. */
void content_assign(struct arena *arena, const struct relation *relation, size_t column, const struct json *value,
                    struct change *out);

/* A merge patch (RFC 7396). `keys` NULL: a patch for many rows, which must not name the key. */
struct err *content_merge(struct arena *arena, const struct relation *relation, const struct slice *keys,
                          const struct json *document, struct patch *out) MUST_USE;
/* A JSON Patch (RFC 6902): checked for its form alone. */
struct err *content_json_patch(struct arena *arena, const struct json *document, struct patch *out) MUST_USE;
/* Update operators. */
struct err *content_update(struct arena *arena, const struct relation *relation, const struct json *document,
                           struct patch *out) MUST_USE;
/* Resolves a patch that needs the row: `layout` is the plain one. */
struct err *content_resolve(struct arena *arena, const struct patch *patch, const struct layout *layout,
                            const struct rows *rows, size_t row, struct changes *out) MUST_USE;

/* A replacement (PUT): every writable column, with its default where the document has none; key columns left out. A key
 * in the document must be the one in the URL, and so must be the foreign key to the parent when there is a parent path.
 */
struct err *content_replace(struct arena *arena, const struct relation *relation, const struct slice *keys,
                            const struct parent_path *parent_path, const struct json *document,
                            struct changes *out) MUST_USE;
/* A new row: the columns the document has. `keys` (may be NULL) are set as well: PUT that creates. So is the foreign
 * key to the parent of `parent_path` (may be NULL). */
struct err *content_insert(struct arena *arena, const struct relation *relation, const struct slice *keys,
                           const struct parent_path *parent_path, const struct json *document,
                           struct changes *out) MUST_USE;
/* The key that a document names, in PostgreSQL's spelling where it is known; *exact tells. ERR_BAD_CONTENT when a part
 * is missing. */
struct err *content_key(struct arena *arena, const struct relation *relation, const struct json *document,
                        struct slice **keys, bool *exact) MUST_USE;
/* The text of the document's tag member; absent when there is none or the resource has no such field. A member that is
 * no string is an error: a condition that cannot be understood must not turn into none. */
struct err *content_etag(struct arena *arena, const struct relation *relation, const struct json *document,
                         struct slice *tag) MUST_USE;

/* What a POST does with rows whose key is taken (Prefer: resolution=). */
enum duplicates { DUPLICATES_FAIL, DUPLICATES_IGNORE, DUPLICATES_MERGE };

/* Rows of one INSERT: elements of an array that follow each other and have the same members. */
struct batch {
    size_t *columns;
    size_t column_count;
    struct slice document; /* a JSON array of objects */
    size_t rows;
};

struct batches {
    struct batch *items;
    size_t count;
};

/* The rows of an array in their order, cut into batches, in the arena. `target` is the key of an upsert, else NULL.
 * ERR_BAD_CONTENT. */
struct err *content_batches(struct arena *arena, const struct relation *relation, const struct parent_path *parent_path,
                            const struct key *target, const struct json *array, struct batches *out) MUST_USE;

/* The plain row as a JSON object, without the tag: what JSON Patch works on. */
void content_row(struct buf *buf, const struct layout *layout, const struct rows *rows, size_t row);

#endif
