/* Evaluates tags that cover a tree, under locks: the root is locked FOR UPDATE, so no child can be added or moved to
 * it, and the rows that the tag covers are locked too. */
#include "task.h"

/* Whether all rows that the client saw under the tag are still in the states that the tag covers. A tag that covers
 * only the row itself holds. */
static struct err *tree_digest_holds(struct task *task, const struct relation *relation, const struct slice *keys,
                                     struct slice part, bool *holds)
{
    struct arena *arena = task_arena(task);
    struct tree_digest *steps = NULL;
    struct statement **locks;
    ROWS_AUTO rows = {0};
    *holds = false;
    if (!tree_digest_read(arena, relation, part, &steps))
        return NULL;
    size_t count = sql_tree_digest_locks(arena, relation, keys, steps, &locks);
    for (size_t i = 0; i < count; i++) {
        ROWS_AUTO locked = {0};
        TRY(session_statement(task->session, locks[i], &locked));
    }
    TRY(session_statement(task->session, sql_tree_digest_content(arena, relation, keys, steps), &rows));
    *holds = rows.row_count == 1 && slice_eq(tree_digest_text(arena, steps, rows_cell(&rows, 0, 0)), part);
    return NULL;
}

struct err *evaluate_locked(struct task *task, const struct preconds *preconds, enum method method,
                            const struct layout *layout, const struct rows *rows, size_t row, enum verdict *verdict)
{
    struct arena *arena = task_arena(task);
    struct preconds resolved = *preconds;
    struct tag_list *list = &resolved.if_match;
    struct slice *keys = layout_keys(arena, layout, rows, row);
    struct slice state = layout_tag(arena, layout, rows, row);
    list->tags = ARENA_ARRAY(arena, struct tag, list->count);
    list->count = 0;
    for (size_t i = 0; i < preconds->if_match.count; i++) {
        const struct tag *tag = &preconds->if_match.tags[i];
        struct slice part = tree_digest_of_tag(tag->opaque);
        bool holds = true;
        /* A tag that is stale for the row itself fails without reading the others. */
        if (slice_present(part) && slice_eq(tag_state(tag->opaque), state))
            TRY(tree_digest_holds(task, layout->relation, keys, part, &holds));
        if (holds)
            list->tags[list->count++] = *tag;
    }
    *verdict = evaluate_state(arena, &resolved, method, layout, rows, row);
    return NULL;
}

bool covers_tree(const struct preconds *preconds)
{
    for (size_t i = 0; i < preconds->if_match.count; i++)
        if (slice_present(tree_digest_of_tag(preconds->if_match.tags[i].opaque)))
            return true;
    return false;
}
