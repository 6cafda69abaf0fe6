/* JSON values: the tree that the gate makes of a document (RFC 8259).
 *
 * A number is its text, never a double, so every digit survives. A tree is immutable once made: other
 * trees share its parts freely, and what makes a new tree (merge patch, JSON Patch) copies only the
 * containers that change. All of it lives in one arena or borrows from the input, which must live as
 * long. Nesting never exceeds JSON_DEPTH_MAX, so walking a tree by recursion is safe. */
#ifndef MIDAIR_JSON_VALUE_H
#define MIDAIR_JSON_VALUE_H

#include "midair/base/arena.h"

#include <stdint.h>

enum { JSON_DEPTH_MAX = 128 };

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_kind kind;
    uint32_t height;             /* levels of containers: 0 for a scalar, 1 for [] */
    uint32_t nodes;              /* values in this tree, itself included */
    uint32_t weight;             /* about its size in bytes when written without white space and escapes */
    struct slice raw;            /* the exact bytes in the input; absent when the value was not read as it stands */
    struct slice text;           /* NUMBER: as written; STRING: decoded UTF-8; else absent */
    struct json *items;          /* ARRAY */
    struct json_member *members; /* OBJECT, in the order of the input */
    const uint32_t *order;       /* OBJECT with many members: indexes sorted by name, for lookup */
    size_t count;                /* of items or members */
    size_t position;             /* byte of the input where it begins */
};

struct json_member {
    struct slice name; /* decoded UTF-8 */
    struct json value;
    size_t position; /* byte of the input where the name begins */
};

/* "null", "a boolean", "a number", "a string", "an array", "an object": for messages. */
const char *json_kind_name(enum json_kind kind);

/* The member of that name (exact case), or NULL; also NULL when `object` is NULL or no object.
 * Logarithmic in the number of members. */
const struct json *json_member(const struct json *object, struct slice name);
/* Index of the member of that name; object->count when there is none. */
size_t json_member_index(const struct json *object, struct slice name);

/* Whether two values are equal as RFC 6902 4.6 has it: numbers by mathematical value, exactly, however
 * large; strings by code points; objects regardless of order. */
bool json_equal(const struct json *a, const struct json *b);

/* Values that no document held. They borrow what they are given. */
struct json json_of_null(void);
struct json json_of_bool(bool value);
/* `text` is a JSON number. */
struct json json_of_number(struct slice text);
/* `text` is UTF-8. */
struct json json_of_string(struct slice text);
struct json json_of_array(struct json *items, size_t count);
/* The names differ from each other; the arena holds the index for lookup. */
struct json json_of_object(struct arena *arena, struct json_member *members, size_t count);

/* Index in `object` of the first member whose name an earlier one has; object->count when all differ. */
size_t json_duplicate(const struct json *object);

#endif
