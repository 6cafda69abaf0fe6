#include "midair/json/update.h"

#include "excerpt.h"

#include <stdlib.h>

enum operand { OPERAND_ANY, OPERAND_NULL, OPERAND_TRUE, OPERAND_NUMBER, OPERAND_ORDERED };

static const struct {
    struct slice name;
    enum operand operand;
} ops[] = {
#define UPDATE_OP(name, member, operand) [UPDATE_##name] = {{member, sizeof(member) - 1}, OPERAND_##operand},
#include "midair/json/update_op.def"
#undef UPDATE_OP
};

static const struct {
    unsigned kinds; /* of json_kind, as bits */
    const char *text;
} operands[] = {
    [OPERAND_ANY] = {~0u, "any value"},
    [OPERAND_NULL] = {1u << JSON_NULL, "null"},
    [OPERAND_TRUE] = {1u << JSON_TRUE, "true"},
    [OPERAND_NUMBER] = {1u << JSON_NUMBER, "a number"},
    [OPERAND_ORDERED] = {1u << JSON_NUMBER | 1u << JSON_STRING, "a number or a string"},
};

const char *update_op_name(enum update_op op)
{
    return ops[op].name.at;
}

static bool find_op(struct slice name, enum update_op *out)
{
    for (size_t i = 0; i < UPDATE_OPS; i++) {
        if (!slice_eq(ops[i].name, name))
            continue;
        *out = (enum update_op)i;
        return true;
    }
    return false;
}

bool update_op_is_known(struct slice name)
{
    enum update_op ignored;
    return find_op(name, &ignored);
}

/* Reads one operator with its columns and appends them to *out. */
static struct err *parse_op(struct arena *arena, const struct json_member *member, struct updates *out)
{
    const struct json *columns = &member->value;
    enum update_op op;
    if (!find_op(member->name, &op))
        return err_at(arena, ERR_BAD_CONTENT, member->position, "There is no update operator \"%.*s\".",
                      SLICE_ARG(excerpt(member->name)));
    if (columns->kind != JSON_OBJECT || columns->count == 0)
        return err_at(arena, ERR_BAD_CONTENT, columns->position, "%s takes an object with at least one column.",
                      update_op_name(op));
    for (size_t i = 0; i < columns->count; i++) {
        const struct json_member *column = &columns->members[i];
        if (!(operands[ops[op].operand].kinds & 1u << column->value.kind))
            return err_at(arena, ERR_BAD_CONTENT, column->value.position, "%s takes %s for \"%.*s\", not %s.",
                          update_op_name(op), operands[ops[op].operand].text, SLICE_ARG(excerpt(column->name)),
                          json_kind_name(column->value.kind));
        out->items[out->count++] = (struct update){op, column->name, &column->value, column->position};
    }
    return NULL;
}

static int by_column(const void *a, const void *b)
{
    const struct update *x = *(const struct update *const *)a, *y = *(const struct update *const *)b;
    int order = slice_cmp(x->column, y->column);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

/* If a column could occur twice, the order of the operators would matter. The columns are sorted, so that equal ones
 * are adjacent. */
static struct err *refuse_repeats(struct arena *arena, const struct updates *updates)
{
    const struct update **sorted = arena_alloc(arena, updates->count * sizeof(const struct update *));
    const struct update *repeat = NULL, *first = NULL;
    for (size_t i = 0; i < updates->count; i++)
        sorted[i] = &updates->items[i];
    qsort(sorted, updates->count, sizeof(const struct update *), by_column);
    for (size_t i = 1; i < updates->count; i++) {
        if (!slice_eq(sorted[i]->column, sorted[i - 1]->column) || (repeat && repeat->position < sorted[i]->position))
            continue;
        repeat = sorted[i];
        first = sorted[i - 1];
    }
    if (!repeat)
        return NULL;
    return err_at(arena, ERR_BAD_CONTENT, repeat->position,
                  "\"%.*s\" is already changed by %s; %s cannot change it too.", SLICE_ARG(excerpt(repeat->column)),
                  update_op_name(first->op), update_op_name(repeat->op));
}

struct err *json_update_parse(struct arena *arena, const struct json *document, struct updates *out)
{
    *out = (struct updates){0};
    if (document->kind != JSON_OBJECT || document->count == 0)
        return err_at(arena, ERR_BAD_CONTENT, document->position,
                      "An update must be an object with at least one operator, such as {\"$set\": {\"column\": 1}}.");
    out->items = arena_alloc(arena, document->nodes * sizeof(*out->items)); /* an upper bound */
    for (size_t i = 0; i < document->count; i++)
        TRY(parse_op(arena, &document->members[i], out));
    return refuse_repeats(arena, out);
}
