/* Writes of an array: each element names its row by key and, where the resource asks for it, the state that it is based
 * on. All elements are written in one transaction, or none is. An upsert replaces the row or creates it; without a
 * precondition it may insert, but not overwrite.
 *
 * First all rows are locked and the preconditions of all elements are evaluated, because preconditions come before
 * content (RFC 9110 13.2.2). Then the new rows are inserted by one statement, so that they may refer to each other, and
 * the others are changed or deleted. */
#include "task.h"

#include <stdlib.h>

/* An element, its row, and what is done. */
struct work {
    const struct element *element;
    struct rows *part; /* the part of the outcome for its row */
    struct rows there; /* owned: its row, locked */
    enum { WORK_NONE, WORK_INSERT, WORK_CHANGE } kind;
};

struct works {
    struct work *items; /* ordered by key */
    size_t count;
    const struct layout *layout; /* of `there` */
};

/* Adds the element to the losers, with `current` as the present tag of its row. `failed`: one of its preconditions does
 * not hold. Otherwise it may have no precondition, where one is required. */
static void lose(struct task *task, const struct work *work, struct slice current, bool failed)
{
    struct outcome *out = task->out;
    out->losers[out->loser_count++] = (struct loser){work->element->keys, current, work->element->expected};
    if (!work->element->may_write && !failed)
        out->conditions_missing = true;
}

/* ---- the preconditions ---- */

/* Evaluates the preconditions of the request, or otherwise those of the element. */
static struct err *evaluate(struct task *task, const struct work *work, const struct layout *layout,
                            enum verdict *verdict)
{
    const struct element *element = work->element;
    const struct preconds *preconds =
        task->plan->preconds.if_match.kind == TAGS_ABSENT ? &element->preconds : &task->preconds;
    enum method method = element->verb == ELEMENT_UPSERT ? METHOD_PUT : METHOD_PATCH;
    return evaluate_locked(task, preconds, method, layout, &work->there, 0, verdict);
}

/* Whether the element can only insert a row. */
static bool only_inserts(const struct element *element)
{
    bool absent = element->guard.must_be_absent && !element->guard.must_exist;
    return element->verb == ELEMENT_UPSERT && (!element->may_write || absent);
}

/* Reads the present row of the element, and locks it where it may be written. */
static struct err *lock_row(struct task *task, struct work *work, const struct layout *layout)
{
    const struct element *element = work->element;
    bool for_update = element->verb == ELEMENT_DELETE || covers_tree(&element->preconds);
    enum lock_strength lock = only_inserts(element) ? LOCK_NONE : lock_of(layout->relation, for_update);
    return session_statement(task->session,
                             sql_select_item(task_arena(task), layout, element->keys, task->plan->parent_path, lock),
                             &work->there);
}

static void evaluate_missing(struct task *task, struct work *work)
{
    const struct element *element = work->element;
    if (element->verb == ELEMENT_UPSERT && !element->guard.must_exist)
        work->kind = WORK_INSERT;
    else
        lose(task, work, SLICE_ABSENT, false);
}

static struct err *evaluate_element(struct task *task, struct work *work, const struct layout *layout)
{
    const struct element *element = work->element;
    enum verdict verdict;
    work->kind = WORK_INSERT;
    if (!element->keys)
        return NULL;
    TRY(lock_row(task, work, layout));
    work->kind = WORK_NONE;
    if (work->there.row_count == 0)
        evaluate_missing(task, work);
    if (work->there.row_count == 0 || task->plan->duplicates == DUPLICATES_IGNORE)
        return NULL;
    TRY(evaluate(task, work, layout, &verdict));
    if (!element->may_write || only_inserts(element) || verdict == VERDICT_FAILED)
        lose(task, work, layout_tag(task_arena(task), layout, &work->there, 0), verdict == VERDICT_FAILED);
    else
        work->kind = WORK_CHANGE;
    return NULL;
}

static int compare_keys(const struct relation *relation, const struct slice *a, const struct slice *b)
{
    for (size_t i = 0; i < relation->key.column_count; i++) {
        int order = slice_cmp(a[i], b[i]);
        if (order)
            return order;
    }
    return 0;
}

static struct err *same_row(struct task *task, const struct element *element)
{
    return err_at(task_arena(task), ERR_BAD_CONTENT, element->json->position,
                  "Two rows of the array have the same key.");
}

static bool has_other_spellings(const struct relation *relation)
{
    for (size_t i = 0; i < relation->key.column_count; i++)
        if (relation->columns[relation->key.columns[i]].canon == CANON_NONE)
            return true;
    return false;
}

/* A row that exists, with its key as PostgreSQL prints it. */
struct present {
    const struct slice *keys;
    const struct element *element;
};

static int by_printed_key(const void *a, const void *b, void *relation)
{
    return compare_keys(relation, ((const struct present *)a)->keys, ((const struct present *)b)->keys);
}

/* Two spellings may name one row. */
static struct err *check_spellings(struct task *task, const struct works *works)
{
    const struct relation *relation = task->plan->relation;
    struct present *present = ARENA_ARRAY(task_arena(task), struct present, works->count);
    size_t count = 0;
    if (!has_other_spellings(relation))
        return NULL;
    for (size_t i = 0; i < works->count; i++)
        if (works->items[i].there.row_count)
            present[count++] = (struct present){layout_keys(task_arena(task), works->layout, &works->items[i].there, 0),
                                                works->items[i].element};
    if (count)
        qsort_r(present, count, sizeof(*present), by_printed_key, (void *)(uintptr_t)relation);
    for (size_t i = 1; i < count; i++)
        if (compare_keys(relation, present[i - 1].keys, present[i].keys) == 0)
            return same_row(task, present[i].element);
    return NULL;
}

/* Two elements of one row would overwrite each other. */
static struct err *check_distinct(struct task *task, const struct works *works)
{
    for (size_t i = 1; i < works->count; i++) {
        const struct element *one = works->items[i - 1].element, *other = works->items[i].element;
        if (one->keys && other->keys && compare_keys(task->plan->relation, one->keys, other->keys) == 0)
            return same_row(task, other);
    }
    return check_spellings(task, works);
}

/* ---- the writes ---- */

/* The elements whose rows are inserted, in the order of the array. */
static struct work **inserts_of(struct task *task, const struct works *works, size_t *count)
{
    const struct plan_bulk *bulk = &task->plan->as.bulk;
    struct work **all = ARENA_ARRAY(task_arena(task), struct work *, bulk->count);
    *count = 0;
    for (size_t i = 0; i < works->count; i++)
        all[works->items[i].element - bulk->elements] = &works->items[i];
    for (size_t i = 0; i < bulk->count; i++)
        if (all[i]->kind == WORK_INSERT)
            all[(*count)++] = all[i];
    return all;
}

/* Gives each inserted element its row. The owner of all rows goes to the last of them, since committed_read() releases
 * the parts in their order. */
static void share_rows(struct rows *rows, struct work **inserts)
{
    for (size_t i = 0; i < rows->row_count; i++)
        *inserts[i]->part = (struct rows){.row_count = 1,
                                          .column_count = rows->column_count,
                                          .cells = rows->cells + i * rows->column_count,
                                          .affected = 1};
    if (rows->row_count == 0)
        return;
    inserts[rows->row_count - 1]->part->owner = rows->owner;
    inserts[rows->row_count - 1]->part->release = rows->release;
    *rows = (struct rows){0};
}

/* Fewer rows were inserted than there are elements, or one of them exists already. */
static struct err *not_inserted(struct task *task)
{
    const struct plan *plan = task->plan;
    TRY(insert_check_parent(task));
    struct err *err = plan->parent_path ? no_parent_or_taken(task_arena(task))
                                        : err_new(task_arena(task), ERR_CONFLICT,
                                                  "A row with the key of one of these exists already.");
    return insert_collided(task, err);
}

static struct err *insert_rows(struct task *task, struct work **inserts, size_t count)
{
    const struct plan *plan = task->plan;
    const struct relation *relation = plan->relation;
    struct arena *arena = task_arena(task);
    struct json *items = ARENA_ARRAY(arena, struct json, count);
    struct batches batches;
    ROWS_AUTO rows = {0};
    if (count == 0)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        TRY(claims_check(task, &inserts[i]->element->insert.claims));
        items[i] = *inserts[i]->element->json;
    }
    struct json array = json_of_array(items, count);
    TRY(content_batches(arena, relation, plan->parent_path, &relation->key, &array, &batches));
    bool arbiter = has_arbiter(relation) && !relation->diverted;
    const struct insert_rows how = {.batches = &batches,
                                    .parent_path = plan->parent_path,
                                    .target = &relation->key,
                                    .duplicates = arbiter ? DUPLICATES_IGNORE : DUPLICATES_FAIL,
                                    .names_key = true};
    struct err *err = session_statement(task->session, sql_insert_rows(arena, plan->layout, &how), &rows);
    if (err)
        return !arbiter && slice_eq(err->code, SLICE("23505")) ? insert_collided(task, err) : err;
    if (rows.row_count < count && !relation->diverted)
        return not_inserted(task);
    if (rows.row_count == 0)
        TRY(insert_check_parent(task));
    task->out->inserted = true;
    share_rows(&rows, inserts);
    return NULL;
}

/* The row as it is: what is shown where a trigger took the write of it elsewhere. */
static struct err *show_row(struct task *task, const struct work *work)
{
    struct slice *const keys[] = {work->element->keys};
    rows_free(work->part);
    return session_statement(task->session, sql_select_rows(task_arena(task), task->plan->layout, keys, 1), work->part);
}

static struct err *delete_row(struct task *task, struct work *work, const struct layout *layout)
{
    const struct element *element = work->element;
    const struct plan *plan = task->plan;
    struct slice *const keys[] = {element->keys};
    ROWS_AUTO rows = {0};
    TRY(children_check(task, &element->preconds, layout, &work->there, keys, 1));
    if (task->session->undo || !is_detoured(plan->relation))
        return NULL;
    TRY(show_row(task, work));
    TRY(session_statement(task->session, sql_delete_item(task_arena(task), NULL, plan->relation, element->keys, NULL),
                          &rows));
    return one_row(task, &rows);
}

static struct err *change_row(struct task *task, struct work *work, const struct layout *layout)
{
    struct arena *arena = task_arena(task);
    const struct plan *plan = task->plan;
    const struct element *element = work->element;
    struct changes changes = element->replace;
    if (element->verb == ELEMENT_DELETE)
        return delete_row(task, work, layout);
    if (element->verb == ELEMENT_PATCH)
        TRY(resolve_locked(task, &element->patch, layout, &work->there, 0, &changes));
    TRY(claims_check(task, &changes.claims));
    TRY(session_statement(task->session, sql_update_item(arena, plan->layout, element->keys, NULL, &changes),
                          work->part));
    TRY(one_row(task, work->part));
    return work->part->row_count == 0 && is_detoured(plan->relation) ? show_row(task, work) : NULL;
}

/* Deletes the rows of all elements by one statement, so that they may refer to each other. */
static struct err *delete_rows(struct task *task, const struct works *works)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    struct slice **keys = ARENA_ARRAY(arena, struct slice *, works->count);
    struct rows *part = &task->out->parts[0];
    for (size_t i = 0; i < works->count; i++)
        keys[works->items[i].element - plan->as.bulk.elements] = works->items[i].element->keys;
    TRY(session_statement(task->session, sql_delete_rows(arena, plan->layout, keys, works->count), part));
    if (part->affected <= (int64_t)works->count)
        return NULL;
    return err_new(arena, ERR_CONFLICT, "Several rows have the same key; nothing was changed.");
}

static struct err *write_works(struct task *task, struct works *works)
{
    struct session *session = task->session;
    const struct plan *plan = task->plan;
    size_t count, changed = 0;
    struct work **inserts = inserts_of(task, works, &count);
    TRY(check_distinct(task, works));
    TRY(insert_rows(task, inserts, count));
    for (size_t i = 0; i < works->count && !session->undo; i++) {
        if (works->items[i].kind != WORK_CHANGE)
            continue;
        TRY(change_row(task, &works->items[i], works->layout));
        changed++;
    }
    if (session->undo)
        return NULL;
    if (task->out->kind == OUTCOME_CREATED && (changed || !task->out->inserted))
        task->out->kind = OUTCOME_CHANGED;
    return changed && task->out->kind == OUTCOME_DELETED && !is_detoured(plan->relation) ? delete_rows(task, works)
                                                                                         : NULL;
}

/* ---- the whole ---- */

static int by_key(const void *a, const void *b, void *relation)
{
    const struct work *x = a, *y = b;
    if (!x->element->keys || !y->element->keys)
        return (x->element->keys != NULL) - (y->element->keys != NULL);
    return compare_keys(relation, x->element->keys, y->element->keys);
}

static void begin(struct task *task)
{
    const struct plan_bulk *bulk = &task->plan->as.bulk;
    static const enum outcome_kind kinds[] = {
        [ELEMENT_UPSERT] = OUTCOME_CREATED, [ELEMENT_PATCH] = OUTCOME_CHANGED, [ELEMENT_DELETE] = OUTCOME_DELETED};
    parts_begin(task, bulk->count ? kinds[bulk->elements[0].verb] : OUTCOME_CHANGED, bulk->count);
    task->out->part_count = bulk->count;
    task->out->losers = ARENA_ARRAY(task_arena(task), struct loser, bulk->count);
}

/* The elements with their parts of the outcome, ordered by key. Locks are taken in that order, whatever the order of
 * the array, so that two requests with the same keys cannot deadlock. */
static struct works works_of(struct task *task)
{
    const struct plan_bulk *bulk = &task->plan->as.bulk;
    struct arena *arena = task_arena(task);
    struct works works = {.items = ARENA_ARRAY(arena, struct work, bulk->count),
                          .count = bulk->count,
                          .layout = layout_new(arena, task->plan->relation, NULL)};
    for (size_t i = 0; i < bulk->count; i++)
        works.items[i] = (struct work){.element = &bulk->elements[i], .part = &task->out->parts[i]};
    if (bulk->count)
        qsort_r(works.items, bulk->count, sizeof(*works.items), by_key, (void *)(uintptr_t)task->plan->relation);
    return works;
}

static struct err *run(struct task *task, struct works *works)
{
    struct outcome *out = task->out;
    for (size_t i = 0; i < works->count; i++)
        TRY(evaluate_element(task, &works->items[i], works->layout));
    if (out->loser_count) {
        task->session->undo = true;
        out->kind = OUTCOME_FAILED;
        return NULL;
    }
    TRY(write_works(task, works));
    if (!task->session->undo)
        out->affected = (int64_t)outcome_rows(out);
    return NULL;
}

struct err *run_bulk(struct task *task)
{
    begin(task);
    struct works works = works_of(task);
    struct err *err = run(task, &works);
    for (size_t i = 0; i < works.count; i++)
        rows_free(&works.items[i].there);
    return err;
}
