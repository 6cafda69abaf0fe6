/* Patches with update operators, and patches that can be turned into changes only with the row at hand. */
#include "midair/catalog/policy.h"
#include "midair/json/gate.h"
#include "midair/json/json_patch.h"
#include "midair/json/merge_patch.h"
#include "midair/json/update.h"
#include "midair/json/write.h"
#include "midair/plan/content.h"

/* Requests are limited when they are read; the row that is read back may be as deep as PostgreSQL stored it. */
static const struct json_limits row_limits = {.depth = JSON_DEPTH_MAX, .nodes = 0, .bytes = 0};
/* Limits for the result of a patch: the operation `copy` can double a document each time. */
static const struct json_limits patch_limits = {.depth = JSON_DEPTH_MAX, .nodes = 1000000, .bytes = 64 << 20};

struct err *content_json_patch(struct arena *arena, const struct json *document, struct patch *out)
{
    struct json_patch ignored;
    *out = (struct patch){.kind = PATCH_JSON_PATCH, .document = document};
    return json_patch_parse(arena, document, &ignored);
}

static const enum change_op change_of_update[] = {
    [UPDATE_SET] = CHANGE_SET,       [UPDATE_UNSET] = CHANGE_SET, [UPDATE_INC] = CHANGE_INC,
    [UPDATE_MUL] = CHANGE_MUL,       [UPDATE_MIN] = CHANGE_MIN,   [UPDATE_MAX] = CHANGE_MAX,
    [UPDATE_PUSH] = CHANGE_PUSH,     [UPDATE_PULL] = CHANGE_PULL, [UPDATE_NOW] = CHANGE_NOW,
    [UPDATE_TOGGLE] = CHANGE_TOGGLE,
};

static struct err *wrong_type(struct arena *arena, const struct update *update)
{
    return err_at(arena, ERR_BAD_CONTENT, update->position, "%s cannot be applied to the type of %.*s.",
                  update_op_name(update->op), SLICE_ARG(update->column));
}

static struct err *assign_update(struct arena *arena, const struct relation *relation, const struct update *update,
                                 size_t column, struct change *out)
{
    const struct column *target = &relation->columns[column];
    bool list = target->is_array || target->is_jsonb;
    switch (update->op) {
    case UPDATE_INC:
    case UPDATE_MUL:
        if (target->form != FORM_NUMBER)
            return wrong_type(arena, update);
        break;
    case UPDATE_SET:
        content_assign(arena, relation, column, update->value, out);
        return NULL;
    case UPDATE_PUSH:
    case UPDATE_PULL:
        if (!list)
            return wrong_type(arena, update);
        break;
    case UPDATE_TOGGLE:
        if (target->form != FORM_BOOL)
            return wrong_type(arena, update);
        break;
    default:
        break;
    }
    *out = (struct change){.column = column, .op = change_of_update[update->op]};
    if (update->op == UPDATE_UNSET || update->op == UPDATE_NOW || update->op == UPDATE_TOGGLE)
        return NULL;
    if (target->is_jsonb || !slice_present(update->value->text)) {
        struct buf text = buf_new(arena, 64);
        json_put_value(&text, update->value);
        /* in a jsonb array null is a JSON null, in a PostgreSQL array an SQL NULL */
        if (target->is_jsonb || update->value->kind != JSON_NULL)
            out->value = buf_slice(&text);
    } else {
        out->value = update->value->text;
    }
    return NULL;
}

struct err *content_update(struct arena *arena, const struct relation *relation, const struct json *document,
                           struct patch *out)
{
    struct updates updates;
    TRY(json_update_parse(arena, document, &updates));
    *out = (struct patch){.kind = PATCH_CHANGES, .document = document};
    out->changes.items = ARENA_ARRAY(arena, struct change, updates.count);
    for (size_t i = 0; i < updates.count; i++) {
        const struct update *update = &updates.items[i];
        const struct column *column = relation_column(relation, update->column);
        if (!column)
            return content_no_column(arena, relation, update->column, update->position);
        size_t index = relation_column_index(relation, column);
        bool made = column->generated || column->identity_always; /* ignored, as in other content */
        if (relation_is_stamp(relation, index) || (made && update->op == UPDATE_SET))
            continue;
        TRY(assign_update(arena, relation, update, index, &out->changes.items[out->changes.count++]));
    }
    return NULL;
}

/* Applies a merge patch to the current value of a json column. */
static struct err *merge_column(struct arena *arena, const struct json *patch, struct slice current, struct change *out)
{
    struct json target;
    bool has = slice_present(current);
    if (has)
        TRY(json_parse(arena, current, row_limits, &target));
    struct json merged = json_merge_patch(arena, has ? &target : NULL, patch);
    struct buf text = buf_new(arena, current.len + 64);
    json_put_value(&text, &merged);
    out->value = buf_slice(&text);
    return NULL;
}

static const struct shown *shown_column(const struct layout *layout, size_t column)
{
    for (size_t i = 0; i < layout->shown_count; i++)
        if (layout->shown[i].column == column)
            return &layout->shown[i];
    return NULL;
}

static struct err *resolve_merge(struct arena *arena, const struct patch *patch, const struct layout *layout,
                                 const struct rows *rows, size_t row, struct changes *out)
{
    out->items = ARENA_ARRAY(arena, struct change, patch->changes.count);
    for (size_t i = 0; i < patch->changes.count; i++) {
        struct change *change = &out->items[out->count++];
        *change = patch->changes.items[i];
        const struct column *column = &layout->relation->columns[change->column];
        const struct json *value = json_member(patch->document, column->name);
        const struct shown *shown = shown_column(layout, change->column);
        if (column->form == FORM_JSON && value && value->kind == JSON_OBJECT && shown)
            TRY(merge_column(arena, value, rows_cell(rows, row, shown->cell), change));
    }
    return NULL;
}

static bool is_writable(const struct relation *relation, const struct layout *layout, const struct json_member *member,
                        size_t *column)
{
    const struct column *found = relation_column(relation, member->name);
    if (!found || found->generated)
        return false;
    *column = relation_column_index(relation, found);
    return !relation_is_stamp(layout->relation, *column);
}

static struct err *resolve_json_patch(struct arena *arena, const struct patch *patch, const struct layout *layout,
                                      const struct rows *rows, size_t row, struct changes *out)
{
    const struct relation *relation = layout->relation;
    struct json_patch parsed;
    struct json before, after;
    struct buf text = buf_new(arena, 512);
    content_row(&text, layout, rows, row);
    TRY(json_parse(arena, buf_slice(&text), row_limits, &before));
    TRY(json_patch_parse(arena, patch->document, &parsed));
    TRY(json_patch_apply(arena, &parsed, &before, patch_limits, &after, NULL));
    if (after.kind != JSON_OBJECT)
        return err_new(arena, ERR_UNPROCESSABLE, "The result of the patch is not an object, but a row must be one.");
    out->items = ARENA_ARRAY(arena, struct change, before.count + after.count);
    for (size_t i = 0; i < after.count; i++) {
        const struct json_member *member = &after.members[i];
        const struct json *old = json_member(&before, member->name);
        size_t column;
        if (!old && !relation_column(relation, member->name) && !slice_eq(member->name, relation->policy->etag_field))
            return err_new(arena, ERR_UNPROCESSABLE, "The patch adds \"%.*s\", which is not a column of %.*s.",
                           SLICE_ARG(member->name), SLICE_ARG(relation->resource));
        if ((!old || !json_equal(old, &member->value)) && is_writable(relation, layout, member, &column))
            content_assign(arena, relation, column, &member->value, &out->items[out->count++]);
    }
    for (size_t i = 0; i < before.count; i++) {
        size_t column;
        if (!json_member(&after, before.members[i].name) && is_writable(relation, layout, &before.members[i], &column))
            out->items[out->count++] = (struct change){.column = column, .op = CHANGE_SET};
    }
    return NULL;
}

struct err *content_resolve(struct arena *arena, const struct patch *patch, const struct layout *layout,
                            const struct rows *rows, size_t row, struct changes *out)
{
    *out = (struct changes){0};
    switch (patch->kind) {
    case PATCH_CHANGES:
        *out = patch->changes;
        return NULL;
    case PATCH_MERGE:
        return resolve_merge(arena, patch, layout, rows, row, out);
    case PATCH_JSON_PATCH:
        return resolve_json_patch(arena, patch, layout, rows, row, out);
    }
    return NULL;
}
