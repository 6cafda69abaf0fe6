#include "excerpt.h"
#include "json_patch_step.h"

static const struct {
    struct slice name;
    bool value, from;
} ops[] = {
#define PATCH_OP(name, text, value, from) [PATCH_##name] = {{text, sizeof(text) - 1}, value, from},
#include "json_patch_op.def"
#undef PATCH_OP
};

const char *json_patch_op_name(enum json_patch_op op)
{
    return ops[op].name.at;
}

static struct err *malformed(struct arena *arena, size_t index, size_t position, const char *why)
{
    return err_at(arena, ERR_BAD_CONTENT, position, "Operation %zu of the JSON Patch %s", index, why);
}

static struct err *parse_op(struct arena *arena, size_t index, const struct json *operation, enum json_patch_op *out)
{
    const struct json *op = json_member(operation, SLICE("op"));
    if (!op || op->kind != JSON_STRING)
        return malformed(arena, index, operation->position, "has no \"op\" that is a string.");
    for (size_t i = 0; i < PATCH_OPS; i++) {
        if (!slice_eq(ops[i].name, op->text))
            continue;
        *out = (enum json_patch_op)i;
        return NULL;
    }
    return err_at(arena, ERR_BAD_CONTENT, op->position,
                  "Operation %zu of the JSON Patch has an unknown \"op\": \"%.*s\".", index,
                  SLICE_ARG(excerpt(op->text)));
}

static struct err *parse_path(struct arena *arena, size_t index, const struct json *operation, const char *name,
                              struct json_pointer *out)
{
    const struct json *path = json_member(operation, slice_of(name));
    if (!path || path->kind != JSON_STRING)
        return err_at(arena, ERR_BAD_CONTENT, operation->position,
                      "Operation %zu of the JSON Patch has no \"%s\" that is a string.", index, name);
    struct err *err = json_pointer_parse(arena, path->text, path->position, out);
    if (err)
        err->detail = arena_printf(arena, "Operation %zu of the JSON Patch has a bad \"%s\". %.*s", index, name,
                                   SLICE_ARG(err->detail));
    return err;
}

static struct err *parse_step(struct arena *arena, size_t index, const struct json *operation,
                              struct json_patch_step *out)
{
    if (operation->kind != JSON_OBJECT)
        return malformed(arena, index, operation->position, "is not an object.");
    out->position = operation->position;
    TRY(parse_op(arena, index, operation, &out->op));
    TRY(parse_path(arena, index, operation, "path", &out->path));
    if (ops[out->op].value) {
        out->value = json_member(operation, SLICE("value"));
        if (!out->value)
            return malformed(arena, index, operation->position, "has no \"value\".");
    }
    if (ops[out->op].from)
        TRY(parse_path(arena, index, operation, "from", &out->from));
    /* RFC 6902 4.4: the source of a move must not contain its target */
    if (out->op == PATCH_MOVE && json_pointer_contains(&out->from, &out->path))
        return malformed(arena, index, operation->position, "moves a value into itself.");
    return NULL;
}

struct err *json_patch_parse(struct arena *arena, const struct json *document, struct json_patch *out)
{
    *out = (struct json_patch){0};
    if (document->kind != JSON_ARRAY)
        return err_at(arena, ERR_BAD_CONTENT, document->position, "A JSON Patch is an array of operations, not %s.",
                      json_kind_name(document->kind));
    out->steps = ARENA_ARRAY(arena, struct json_patch_step, document->count);
    for (size_t i = 0; i < document->count; i++)
        TRY(parse_step(arena, i, &document->items[i], &out->steps[i]));
    out->count = document->count;
    return NULL;
}
