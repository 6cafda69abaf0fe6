/* Update operators: application/vnd.midair.update+json.
 *
 *     { "$inc": { "stock": -1 }, "$set": { "state": "sold" }, "$now": { "sold_at": true } }
 *
 * An object whose members are operators (update_op.def); each holds an object of columns and operands. Whether
 * the columns exist and can bear the operator is not judged here. */
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

/* One column's change; borrows from the document. */
struct update {
    enum update_op op;
    struct slice column;
    const struct json *value;
    size_t position; /* byte of the content where the column's name stands */
};

struct updates {
    struct update *items; /* in the order of the document */
    size_t count;         /* at least 1 */
};

/* "$set" and so on. */
const char *update_op_name(enum update_op op);

/* Reads a parsed document. Fails with ERR_BAD_CONTENT and the position: no object, empty, an unknown operator,
 * an operand of the wrong kind, a column under two operators. */
struct err *json_update_parse(struct arena *arena, const struct json *document, struct updates *out) MUST_USE;

#endif
