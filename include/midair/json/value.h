/* JSON values: the tree that json_parse() makes of a document (RFC 8259).
 *
 * A number is kept as text and never converted to double, so that no digit is lost. Trees are immutable. Other trees
 * may therefore share their parts, and operations that make a new tree (merge patch, JSON Patch) copy only the
 * containers that change. A tree lives in one arena and may borrow from the input, which must live as long. Nesting
 * never exceeds JSON_DEPTH_MAX, so trees can be traversed recursively. */
#ifndef MIDAIR_JSON_VALUE_H
#define MIDAIR_JSON_VALUE_H

#include "midair/base/arena.h"

#include <stdint.h>

enum { JSON_DEPTH_MAX = 128 };

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_kind kind;
    uint32_t height;             /* nested containers: 0 for a scalar, 1 for [] */
    uint32_t nodes;              /* number of values in this tree, including itself */
    uint32_t weight;             /* approximate size in bytes when written without white space and escapes */
    struct slice raw;            /* the exact bytes in the input; absent when the value does not come from an input */
    struct slice text;           /* NUMBER: as written; STRING: decoded UTF-8; otherwise absent */
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

/* The name of a kind in messages: "null", "a boolean", "a number", "a string", "an array", "an object". Static. */
const char *json_kind_name(enum json_kind kind);

/* The value of the member of that name, compared byte by byte; NULL when there is none, or when `object` is NULL or not
 * an object. Takes logarithmic time. */
const struct json *json_member(const struct json *object, struct slice name);

/* Whether two values are equal by RFC 6902 4.6: numbers by their exact mathematical value, strings by code points,
 * objects regardless of order. */
bool json_equal(const struct json *a, const struct json *b);

/* Values that are made by midair instead of read from a document. They borrow their arguments. */
struct json json_of_null(void);
struct json json_of_bool(bool value);
/* `text` must be a JSON number. */
struct json json_of_number(struct slice text);
/* `text` must be UTF-8. */
struct json json_of_string(struct slice text);
struct json json_of_array(struct json *items, size_t count);
/* The names must differ; json_duplicate() checks that. The arena receives the index for lookup. */
struct json json_of_object(struct arena *arena, struct json_member *members, size_t count);

/* The index of the first member that has the same name as an earlier one; object->count when all names differ. */
size_t json_duplicate(const struct json *object);

#endif
