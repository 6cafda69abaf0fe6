/* Collects the rows that a transaction locks before its first write: those that it will write, those that triggers will
 * touch because of that, those that cascades will delete, and those that its preconditions name. */
#include "locks.h"

#include <stdlib.h>

static bool reads(const struct task *task)
{
    return task->kind == PLAN_READ_ITEM || task->kind == PLAN_READ_LIST;
}

static void *grown(struct arena *arena, void *items, size_t count, size_t size)
{
    return arena_grow(arena, items, count * size, (count + 1) * size);
}

static struct lock_group *group_of(struct lock_groups *groups, const struct relation *relation)
{
    for (size_t i = 0; i < groups->count; i++)
        if (groups->items[i].relation == relation)
            return &groups->items[i];
    groups->items = grown(groups->arena, groups->items, groups->count, sizeof(*groups->items));
    struct lock_group *group = &groups->items[groups->count++];
    *group = (struct lock_group){.relation = relation};
    return group;
}

static void strengthen(struct lock_group *group, enum lock_strength strength)
{
    group->strength = strength > group->strength ? strength : group->strength;
}

static void add_row(struct lock_groups *groups, struct row_lock row, enum lock_strength strength)
{
    struct lock_group *group = group_of(groups, row.relation);
    group->rows = grown(groups->arena, group->rows, group->row_count, sizeof(*group->rows));
    group->rows[group->row_count++] = row;
    strengthen(group, strength);
}

static bool may_read(const struct relation *relation, const int *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!relation->columns[columns[i]].can_select)
            return false;
    return true;
}

/* Whether rows of the relation are locked here. Rows that the role may not lock, or that have no key to order them by,
 * are left to the locks that the database takes itself. */
static bool can_lock(const struct relation *relation)
{
    const struct key *key = &relation->key;
    return key->column_count && relation->can_update && !relation->rewritten &&
           may_read(relation, key->columns, key->column_count);
}

/* Whether the role may read all columns on the way to the rows. Triggers follow foreign keys even where the role may
 * not. */
static bool can_follow(const struct lock_source *source)
{
    const struct key *key = &source->relation->key;
    bool readable = slice_present(source->document) || may_read(source->relation, key->columns, key->column_count);
    for (size_t i = 0; i < source->depth; i++) {
        const struct link *link = source->steps[i].link;
        readable = readable && may_read(link->child, link->columns, link->column_count) &&
                   may_read(link->parent, link->parent_columns, link->column_count);
    }
    return readable;
}

static void add_source(struct lock_groups *groups, const struct relation *relation, const struct lock_source *source,
                       enum lock_strength strength)
{
    if (!can_lock(relation) || !can_follow(source))
        return;
    struct lock_group *group = group_of(groups, relation);
    group->sources = grown(groups->arena, group->sources, group->source_count, sizeof(*group->sources));
    group->sources[group->source_count++] = *source;
    strengthen(group, strength);
}

/* ---- parents that are touched ---- */

static void add_touched(void *context, const struct relation *relation, const struct lock_source *way)
{
    add_source(context, relation, way, LOCK_NO_KEY_UPDATE);
}

/* The value that the changes give to a column; absent when none is known. */
static struct slice value_of(const struct changes *changes, int column)
{
    for (size_t i = 0; i < changes->count; i++)
        if (changes->items[i].column == (size_t)column && changes->items[i].op == CHANGE_SET &&
            !changes->items[i].record)
            return changes->items[i].value;
    return SLICE_ABSENT;
}

/* The key of the parent that the changes give to a row. Returns false when they do not determine it. */
static bool parent_of(const struct link *link, const struct changes *changes, struct slice *keys)
{
    const struct key *key = &link->parent->key;
    for (size_t k = 0; k < key->column_count; k++) {
        keys[k] = SLICE_ABSENT;
        for (size_t i = 0; i < link->column_count; i++)
            if (link->parent_columns[i] == key->columns[k])
                keys[k] = value_of(changes, link->columns[i]);
        if (!slice_present(keys[k]))
            return false;
    }
    return key->column_count > 0;
}

static void add_parent(struct lock_groups *groups, const struct relation *parent, const struct slice *keys)
{
    if (!can_lock(parent))
        return;
    struct lock_group *group = group_of(groups, parent);
    struct lock_keys *touched = &group->touched;
    touched->items = grown(groups->arena, touched->items, touched->count, sizeof(*touched->items));
    touched->items[touched->count++] = (struct slice *)(uintptr_t)keys;
    strengthen(group, LOCK_NO_KEY_UPDATE);
}

/* Adds a parent that is not touched. PostgreSQL's check of the foreign key locks it in the same way, but only when the
 * child is locked. */
static void add_named(struct lock_groups *groups, const struct relation *parent, const struct slice *keys)
{
    struct lock_keys *named = ARENA_NEW(groups->arena, struct lock_keys);
    named->items = ARENA_ARRAY(groups->arena, struct slice *, 1);
    named->items[0] = (struct slice *)(uintptr_t)keys;
    named->count = 1;
    const struct lock_source source = {.relation = parent, .keys = named};
    add_source(groups, parent, &source, LOCK_KEY_SHARE);
}

/* Adds the parents that the changes give to a row. Without `touched`, those that are touched are left to the write: one
 * statement locks its row first and then what it touches, level by level, which is the order of locks.c. */
static void add_parents(struct lock_groups *groups, const struct relation *relation, const struct changes *changes,
                        bool touched)
{
    for (size_t i = 0; i < relation->parent_count; i++) {
        const struct link *link = relation->parents[i];
        struct slice *keys = ARENA_ARRAY(groups->arena, struct slice, link->parent->key.column_count + 1);
        if (link->by_view || !parent_of(link, changes, keys))
            continue;
        if (!link->touch)
            add_named(groups, link->parent, keys);
        else if (touched && link->parent != relation)
            add_parent(groups, link->parent, keys);
    }
}

static void add_patched(struct lock_groups *groups, const struct relation *relation, const struct patch *patch)
{
    if (patch->kind == PATCH_CHANGES)
        add_parents(groups, relation, &patch->changes, true);
}

static void add_elements(struct lock_groups *groups, const struct task *task)
{
    const struct plan_bulk *bulk = &task->plan->as.bulk;
    for (size_t i = 0; i < bulk->count; i++) {
        const struct element *element = &bulk->elements[i];
        if (element->verb == ELEMENT_UPSERT)
            add_parents(groups, task->plan->relation, &element->insert, true);
        if (element->verb == ELEMENT_PATCH)
            add_patched(groups, task->plan->relation, &element->patch);
    }
}

/* Adds the parents that are not touched of rows that are to be inserted. */
static void add_named_by(struct lock_groups *groups, const struct lock_source *rows)
{
    for (size_t i = 0; i < rows->relation->parent_count; i++) {
        const struct link *link = rows->relation->parents[i];
        struct lock_source way = *rows;
        if (link->touch || link->by_view)
            continue;
        way.steps[way.depth++] = (struct lock_step){link, false};
        add_source(groups, link->parent, &way, LOCK_KEY_SHARE);
    }
}

/* Adds the parents that the rows of an array, which are to be inserted, name, and the ancestors above them. */
static void add_batches(struct lock_groups *groups, const struct relation *relation, const struct batches *batches)
{
    for (size_t i = 0; i < batches->count; i++) {
        const struct lock_source source = {.relation = relation, .document = batches->items[i].document};
        if (!batches->items[i].column_count)
            continue;
        family_climb(&source, add_touched, groups);
        add_named_by(groups, &source);
    }
}

static bool is_key(const struct relation *relation, const struct key *key)
{
    bool same = key && key->column_count == relation->key.column_count;
    for (size_t i = 0; same && i < key->column_count; i++)
        same = key->columns[i] == relation->key.columns[i];
    return same;
}

/* Adds the rows that an upsert may overwrite: it would lock them in the order of the array. */
static void add_overwritten(struct lock_groups *groups, const struct plan *plan)
{
    const struct plan_upsert *upsert = &plan->as.upsert;
    bool overwrites = plan->duplicates == DUPLICATES_MERGE && upsert->may_overwrite;
    for (size_t i = 0; overwrites && is_key(plan->relation, upsert->target) && i < upsert->batches.count; i++) {
        const struct batch *batch = &upsert->batches.items[i];
        const struct lock_source source = {.relation = plan->relation, .document = batch->document};
        if (batch->column_count)
            add_source(groups, plan->relation, &source, LOCK_NO_KEY_UPDATE);
    }
}

/* Adds the parents that the plan's rows will have after the write. Those that they have before it are found from the
 * rows themselves. */
static void add_new_parents(struct lock_groups *groups, const struct task *task)
{
    const struct plan *plan = task->plan;
    const struct relation *relation = plan->relation;
    switch (plan->kind) {
    case PLAN_INSERT:
        add_parents(groups, relation, &plan->as.insert.row, true);
        break;
    case PLAN_REPLACE:
        add_parents(groups, relation, &plan->as.replace.insert, true);
        break;
    case PLAN_PATCH:
        add_patched(groups, relation, &plan->as.patch.patch);
        break;
    case PLAN_PATCH_LIST:
        add_patched(groups, relation, &plan->as.write_list.patch);
        break;
    case PLAN_INSERT_MANY:
        add_batches(groups, relation, &plan->as.insert_many.batches);
        break;
    case PLAN_UPSERT:
        add_overwritten(groups, plan);
        add_batches(groups, relation, &plan->as.upsert.batches);
        break;
    case PLAN_BULK:
        add_elements(groups, task);
        break;
    default:
        break;
    }
}

/* Adds the parent that the path names, where the write will touch it. */
static void add_path(struct lock_groups *groups, struct task *task)
{
    const struct parent_path *path = task->plan->parent_path;
    if (!path || !parent_path_parent(path)->link->touch)
        return;
    const struct ancestor *parent = parent_path_parent(path);
    task->parent_keys.items = ARENA_ARRAY(groups->arena, struct slice *, 1);
    task->parent_keys.items[0] = parent->keys;
    task->parent_keys.count = 1;
    const struct lock_source source = {.relation = parent->relation, .keys = &task->parent_keys};
    add_source(groups, parent->relation, &source, LOCK_NO_KEY_UPDATE);
    family_climb(&source, add_touched, groups);
}

/* ---- rows that are deleted with another one ---- */

static void add_cascaded(void *context, const struct relation *relation, const struct lock_source *way)
{
    struct lock_groups *groups = context;
    if (!can_lock(relation) || !can_follow(way))
        return;
    add_source(groups, relation, way, LOCK_UPDATE);
    group_of(groups, relation)->cascades = true;
    family_climb(way, add_touched, groups);
}

static bool deletes(const struct task *task)
{
    const struct plan_bulk *bulk = &task->plan->as.bulk;
    return task->kind == PLAN_DELETE || task->kind == PLAN_DELETE_LIST ||
           (task->kind == PLAN_BULK && bulk->count && bulk->elements[0].verb == ELEMENT_DELETE);
}

/* ---- rows that tags over a tree cover ---- */

static void add_steps(struct lock_groups *groups, struct lock_source *way, const struct tree_digest *steps)
{
    for (; steps && way->depth < LOCK_DEPTH_MAX; steps = steps->next) {
        bool has_children = false;
        for (const struct tree_digest *step = steps->first; step; step = step->next)
            has_children = has_children || step->down;
        way->steps[way->depth++] = (struct lock_step){steps->link, steps->down};
        add_source(groups, steps->relation, way, has_children ? LOCK_UPDATE : LOCK_SHARE);
        add_steps(groups, way, steps->first);
        way->depth--;
    }
}

/* Adds the rows that tags cover besides these rows. */
static void add_trees_of(struct lock_groups *groups, const struct relation *relation, const struct lock_keys *roots,
                         const struct preconds *preconds)
{
    const struct tag_list *list = &preconds->if_match;
    for (size_t i = 0; i < list->count; i++) {
        struct slice part = tree_digest_of_tag(list->tags[i].opaque);
        struct tree_digest *steps = NULL;
        struct lock_source way = {.relation = relation, .keys = roots};
        if (slice_present(part) && tree_digest_read(groups->arena, relation, part, &steps))
            add_steps(groups, &way, steps);
    }
}

static void add_trees(struct lock_groups *groups, const struct relation *relation, const struct slice *keys,
                      const struct preconds *preconds)
{
    if (!keys || !covers_tree(preconds))
        return;
    struct lock_keys *root = ARENA_NEW(groups->arena, struct lock_keys);
    root->items = ARENA_ARRAY(groups->arena, struct slice *, 1);
    root->items[0] = (struct slice *)(uintptr_t)keys;
    root->count = 1;
    add_trees_of(groups, relation, root, preconds);
}

/* ---- the target ---- */

static void add_item(struct lock_groups *groups, struct task *task)
{
    const struct plan *plan = task->plan;
    task->keys.items = ARENA_ARRAY(groups->arena, struct slice *, 1);
    task->keys.items[0] = (struct slice *)(uintptr_t)plan->keys;
    task->keys.count = 1;
    const struct row_lock row = {
        .task = task, .relation = plan->relation, .keys = plan->keys, .parent_path = plan->parent_path};
    add_row(groups, row, lock_of_target(task));
    add_trees(groups, plan->relation, plan->keys, &plan->preconds);
}

static void add_array(struct lock_groups *groups, struct task *task)
{
    const struct plan_bulk *bulk = &task->plan->as.bulk;
    bool for_update = deletes(task);
    task->keys.items = ARENA_ARRAY(groups->arena, struct slice *, bulk->count);
    for (size_t i = 0; i < bulk->count; i++) {
        for_update = for_update || covers_tree(&bulk->elements[i].preconds);
        if (bulk->elements[i].keys)
            task->keys.items[task->keys.count++] = bulk->elements[i].keys;
        add_trees(groups, task->plan->relation, bulk->elements[i].keys, &bulk->elements[i].preconds);
    }
    const struct lock_source source = {.relation = task->plan->relation, .keys = &task->keys};
    add_source(groups, task->plan->relation, &source, lock_of(task->plan->relation, for_update));
}

static void add_list(struct lock_groups *groups, struct task *task)
{
    const struct plan *plan = task->plan;
    struct lock_group *group = group_of(groups, plan->relation);
    group->list = task;
    strengthen(group, lock_of(plan->relation, task->kind == PLAN_DELETE_LIST || covers_tree(&plan->preconds)));
    add_trees_of(groups, plan->relation, &task->keys, &plan->preconds);
}

static void add_target(struct lock_groups *groups, struct task *task)
{
    switch (task->kind) {
    case PLAN_REPLACE:
    case PLAN_PATCH:
    case PLAN_DELETE:
        if (task->plan->keys)
            add_item(groups, task);
        break;
    case PLAN_BULK:
        add_array(groups, task);
        break;
    case PLAN_PATCH_LIST:
    case PLAN_DELETE_LIST:
        add_list(groups, task);
        break;
    default:
        break;
    }
}

static void add_task(struct lock_groups *groups, struct task *task)
{
    const struct plan *plan = task->plan;
    for (size_t i = 0; i < plan->guarded_rows.count; i++) {
        const struct guarded_row *row = &plan->guarded_rows.items[i];
        const struct row_lock lock = {.task = task,
                                      .guarded = row,
                                      .relation = row->relation,
                                      .keys = row->keys,
                                      .parent_path = row->parent_path.count ? &row->parent_path : NULL};
        add_row(groups, lock, lock_of_guarded(task, row));
        if (!reads(task))
            add_trees(groups, row->relation, row->keys, row->role == GUARDED_NAMED ? &row->preconds : &plan->preconds);
    }
    for (size_t i = 0; i < task->foreseen_count; i++)
        add_parents(groups, plan->relation, task->foreseen[i], task->session->needs->prelocks);
    if (reads(task) || !task->session->needs->prelocks)
        return;
    const struct lock_source source = {.relation = plan->relation, .keys = &task->keys};
    add_target(groups, task);
    family_climb(&source, add_touched, groups);
    add_path(groups, task);
    add_new_parents(groups, task);
    if (deletes(task))
        family_descend(&source, add_cascaded, groups);
}

/* ---- the order of the locks ---- */

static int by_order(const void *a, const void *b)
{
    return family_order(((const struct lock_group *)a)->relation, ((const struct lock_group *)b)->relation);
}

static int by_key(const void *x, const void *y)
{
    const struct row_lock *a = x, *b = y;
    int order = 0;
    for (size_t i = 0; order == 0 && i < a->relation->key.column_count; i++)
        order = slice_cmp(a->keys[i], b->keys[i]);
    /* When the target and a guarded row are the same row, the target is locked first. */
    return order ? order : (a->guarded != NULL) - (b->guarded != NULL);
}

/* Adds the ancestors of parents that are touched. It runs last, when the groups of those parents are complete. */
static void add_above_parents(struct lock_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        if (!groups->items[i].touched.count)
            continue;
        struct lock_keys *keys = ARENA_NEW(groups->arena, struct lock_keys);
        *keys = groups->items[i].touched;
        const struct lock_source source = {.relation = groups->items[i].relation, .keys = keys};
        add_source(groups, source.relation, &source, LOCK_NO_KEY_UPDATE);
        family_climb(&source, add_touched, groups);
    }
}

static void put_in_order(struct lock_groups *groups)
{
    add_above_parents(groups);
    if (groups->count) /* qsort() must not get NULL */
        qsort(groups->items, groups->count, sizeof(*groups->items), by_order);
    for (size_t i = 0; i < groups->count; i++)
        if (groups->items[i].row_count)
            qsort(groups->items[i].rows, groups->items[i].row_count, sizeof(struct row_lock), by_key);
}

struct lock_groups lock_plan(struct session *session, struct task *tasks, size_t count)
{
    struct lock_groups groups = {.arena = session->exec->arena};
    for (size_t i = 0; i < count; i++)
        add_task(&groups, &tasks[i]);
    put_in_order(&groups);
    return groups;
}

struct lock_groups lock_plan_parents(struct session *session, const struct relation *relation,
                                     const struct changes *changes)
{
    struct lock_groups groups = {.arena = session->exec->arena};
    add_parents(&groups, relation, changes, session->needs->prelocks);
    put_in_order(&groups);
    return groups;
}

/* Whether the source follows the path of the request from the target, or from its parent, up to that ancestor. */
static bool is_way_of_path(const struct lock_source *source, const struct row_lock *row)
{
    const struct parent_path *path = row->task->plan->parent_path;
    if (!row->guarded || row->guarded->role != GUARDED_ANCESTOR || !path)
        return false;
    size_t level = path->count;
    if (source->keys == &row->task->parent_keys)
        level--;
    else if (source->keys != &row->task->keys)
        return false;
    for (size_t i = 0; i < source->depth; i++) {
        if (level == 0 || source->steps[i].down || source->steps[i].link != path->ancestors[level - 1].link)
            return false;
        level--;
    }
    return level < path->count && path->ancestors[level].keys == row->keys;
}

bool lock_group_is_covered(const struct lock_group *group)
{
    for (size_t i = 0; i < group->source_count; i++)
        if (!group->row_count || !is_way_of_path(&group->sources[i], &group->rows[0]))
            return false;
    return group->row_count <= 1;
}
