/* Update operators: application/vnd.midair.update+json.
 *
 *     { "$inc": { "stock": -1 }, "$set": { "state": "sold" }, "$now": { "sold_at": true } }
 *
 * A document is an object whose members are operators (update_op.def). Each operator has an object of columns and
 * operands. Whether a column exists and its type allows the operator is not checked here. */
#ifndef MIDAIR_JSON_UPDATE_H
#define MIDAIR_JSON_UPDATE_H

#include "midair/base/err.h"
#include "midair/json/value.h"

enum update_op {
#define UPDATE_OP(name, member, operand) UPDATE_##name,
#include "midair/json/update_op.def"
#undef UPDATE_OP
    UPDATE_OPS
};

/* The change of one column; borrows from the document. */
struct update {
    enum update_op op;
    struct slice column;
    const struct json *value;
    size_t position; /* byte of the content where the column's name begins */
};

struct updates {
    struct update *items; /* in the order of the document */
    size_t count;         /* at least 1 */
};

/* The name of an operator, such as "$set". Static. */
const char *update_op_name(enum update_op op);

/* Whether the name is that of an operator. */
bool update_op_is_known(struct slice name);

/* Reads a parsed document into *out, which borrows from it. ERR_BAD_CONTENT with the position: for a value that is not
 * an object, an empty object, an unknown operator, an operand of the wrong kind, and a column under two operators. */
struct err *json_update_parse(struct arena *arena, const struct json *document, struct updates *out) MUST_USE;

#endif
