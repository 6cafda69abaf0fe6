#include "excerpt.h"
#include "json_patch_step.h"
#include "tree.h"

/* Far more than any sensible patch needs; it takes a fraction of a second. */
static const size_t most_work = (size_t)32 << 20;

static const char failed_test[] = "the value is not the one that was tested for.";
static const char no_value[] = "there is no value at this path.";
static const char no_location[] = "there is no place for a value at this path.";
static const char no_source[] = "there is no value at \"from\".";
static const char is_root[] = "the whole document cannot be removed.";

/* Each action returns NULL, or the reason why the operation cannot be applied. */

static const char *do_add(struct tree *tree, const struct json_patch_step *step)
{
    return tree_add(tree, &step->path, (struct node){.value = step->value}) ? NULL : no_location;
}

static const char *do_remove(struct tree *tree, const struct json_patch_step *step)
{
    struct node removed;
    if (step->path.count == 0)
        return is_root;
    return tree_remove(tree, &step->path, &removed) ? NULL : no_value;
}

static const char *do_replace(struct tree *tree, const struct json_patch_step *step)
{
    return tree_replace(tree, &step->path, (struct node){.value = step->value}) ? NULL : no_value;
}

static bool same_location(const struct json_pointer *a, const struct json_pointer *b)
{
    return a->count == b->count && slice_eq(a->text, b->text);
}

static const char *do_move(struct tree *tree, const struct json_patch_step *step)
{
    struct node moved;
    if (same_location(&step->from, &step->path))
        return tree_read(tree, &step->from) ? NULL : no_source;
    if (step->from.count == 0)
        return is_root;
    if (!tree_remove(tree, &step->from, &moved))
        return no_source;
    return tree_add(tree, &step->path, moved) ? NULL : no_location;
}

static const char *do_copy(struct tree *tree, const struct json_patch_step *step)
{
    const struct json *value = tree_read(tree, &step->from);
    if (!value)
        return no_source;
    return tree_add(tree, &step->path, (struct node){.value = value}) ? NULL : no_location;
}

static const char *do_test(struct tree *tree, const struct json_patch_step *step)
{
    const struct json *value = tree_read(tree, &step->path);
    if (!value)
        return no_value;
    tree->work += value->weight < step->value->weight ? value->weight : step->value->weight;
    return json_equal(value, step->value) ? NULL : failed_test;
}

static const char *(*const actions[PATCH_OPS])(struct tree *, const struct json_patch_step *) = {
    [PATCH_ADD] = do_add,   [PATCH_REMOVE] = do_remove, [PATCH_REPLACE] = do_replace,
    [PATCH_MOVE] = do_move, [PATCH_COPY] = do_copy,     [PATCH_TEST] = do_test,
};

static bool passes(size_t value, size_t limit)
{
    return limit && value > limit;
}

/* NULL, or the limit that the tree exceeds after an operation. */
static const char *check_limits(const struct tree *tree, struct json_limits limits)
{
    if (passes(tree->total.nodes, limits.nodes) || passes(tree->total.weight, limits.bytes) ||
        passes(tree->total.weight, UINT32_MAX / 2))
        return "the result would be too large.";
    if (tree->work > most_work || arena_overflowed(tree->arena))
        return "the patch takes too much work.";
    return NULL;
}

/* Checks how deep the document would be after the operation puts a value at its path. This is checked before the value
 * is inserted, so that a tree is never too deep for recursion. */
static const char *check_depth(struct tree *tree, const struct json_patch_step *step, struct json_limits limits)
{
    size_t most = limits.depth && limits.depth < JSON_DEPTH_MAX ? limits.depth : JSON_DEPTH_MAX;
    size_t height = 0;
    if (step->op == PATCH_ADD || step->op == PATCH_REPLACE) {
        height = step->value->height;
    } else if (step->op == PATCH_MOVE || step->op == PATCH_COPY) {
        const struct json *source = tree_read(tree, &step->from);
        height = source ? source->height : 0;
    } else {
        return NULL;
    }
    return height && passes(step->path.count + height, most) ? "the result would be nested too deeply." : NULL;
}

static const char *do_step(struct tree *tree, const struct json_patch_step *step, struct json_limits limits)
{
    const char *why = check_depth(tree, step, limits);
    if (!why)
        why = actions[step->op](tree, step);
    return why ? why : check_limits(tree, limits);
}

static struct err *failed(struct arena *arena, const struct json_patch *patch, size_t index, const char *why,
                          struct json_patch_failure *failure)
{
    const struct json_patch_step *step = &patch->steps[index];
    bool is_test = why == failed_test;
    if (failure)
        *failure = (struct json_patch_failure){index, is_test};
    struct err *err = err_at(arena, ERR_UNPROCESSABLE, step->position,
                             "Operation %zu of the JSON Patch (%s \"%.*s\") cannot be applied: %s", index,
                             json_patch_op_name(step->op), SLICE_ARG(excerpt(step->path.text)), why);
    if (is_test)
        err->code = SLICE("test-failed");
    return err;
}

struct err *json_patch_apply(struct arena *arena, const struct json_patch *patch, const struct json *target,
                             struct json_limits limits, struct json *out, struct json_patch_failure *failure)
{
    struct tree tree;
    tree_init(&tree, arena, target);
    for (size_t i = 0; i < patch->count; i++) {
        const char *why = do_step(&tree, &patch->steps[i], limits);
        if (why)
            return failed(arena, patch, i, why, failure);
    }
    *out = *tree_close(&tree);
    return NULL;
}
