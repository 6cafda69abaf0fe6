/* Children of a row that is to be deleted: those because of which the database refuses the DELETE, and those that a
 * cascade would delete although the client has not seen them. */
#include "task.h"

#include "midair/base/text.h"
#include "midair/catalog/policy.h"

/* The children that the tags which hold cover, besides the row itself. Each tag is evaluated by itself, since one may
 * hold and another may not. */
static struct err *covered_steps(struct task *task, const struct preconds *preconds, const struct layout *layout,
                                 const struct rows *rows, struct tree_digest **steps)
{
    for (size_t i = 0; i < preconds->if_match.count; i++) {
        struct preconds one = {.if_match = {.kind = TAGS_LIST, .tags = &preconds->if_match.tags[i], .count = 1}};
        struct slice part = tree_digest_of_tag(one.if_match.tags[0].opaque);
        enum verdict verdict = VERDICT_FAILED;
        if (slice_present(part))
            TRY(evaluate_locked(task, &one, METHOD_DELETE, layout, rows, 0, &verdict));
        if (verdict == VERDICT_PROCEED && tree_digest_read(task_arena(task), layout->relation, part, steps))
            return NULL;
    }
    *steps = NULL;
    return NULL;
}

static enum cascade_rule rule_of(const struct plan *plan)
{
    return plan->relation->policy->cascade_delete;
}

/* The chains of foreign keys on which there must be no children that the client has not seen. They are checked before
 * anything is deleted. `own`: If-Match is about the row itself, rather than about an ancestor. */
static struct cascades to_check(struct arena *arena, const struct plan *plan, const struct preconds *preconds, bool own,
                                const struct tree_digest *steps)
{
    bool touch = own && preconds->if_match.kind == TAGS_LIST;
    if (rule_of(plan) == CASCADE_REFUSED)
        return cascade_uncovered(arena, plan->relation, false, NULL, true);
    if (rule_of(plan) == CASCADE_ALLOWED || preconds->if_match.kind == TAGS_ANY || plan->lenient)
        return (struct cascades){0};
    return cascade_uncovered(arena, plan->relation, touch, steps, false);
}

bool children_matter(struct arena *arena, const struct plan *plan)
{
    return to_check(arena, plan, &plan->preconds, true, NULL).count > 0;
}

static struct err *count_children(struct session *session, const struct plan *plan, struct slice *const *keys,
                                  size_t count, const struct cascade *chain, int64_t *out)
{
    ROWS_AUTO rows = {0};
    TRY(session_statement(session, sql_count_children(session->exec->arena, plan->relation, keys, count, chain),
                          &rows));
    *out = 0;
    if (rows.row_count == 1)
        (void)text_i64(rows_cell(&rows, 0, 0), out);
    return NULL;
}

/* Copies keys, so that they outlive the rows that they were read from. */
static struct slice *copied(struct arena *arena, const struct relation *relation, const struct slice *keys)
{
    struct slice *copy = ARENA_ARRAY(arena, struct slice, relation->key.column_count);
    for (size_t i = 0; i < relation->key.column_count; i++)
        copy[i] = arena_copy(arena, keys[i]);
    return copy;
}

static void block(struct task *task, const struct preconds *preconds, const struct cascade *chain,
                  struct slice *const *keys, size_t count, int64_t children)
{
    const struct plan *plan = task->plan;
    outcome_release(task->out);
    *task->out = (struct outcome){.kind = OUTCOME_BLOCKED};
    task->out->blocked = (struct blocked){
        .why = rule_of(plan) == CASCADE_REFUSED ? BLOCKED_REFUSED : BLOCKED_UNGUARDED,
        .link = chain->links[chain->depth - 1],
        .keys = count == 1 && chain->depth == 1 ? copied(task_arena(task), plan->relation, keys[0]) : NULL,
        .count = children,
        .conditions_missing = !preconds_any(preconds) && !plan->conditional,
    };
    task->session->undo = true;
}

struct err *children_check(struct task *task, const struct preconds *preconds, const struct layout *layout,
                           const struct rows *rows, struct slice *const *keys, size_t count)
{
    const struct plan *plan = task->plan;
    struct tree_digest *steps = NULL;
    /* When If-Match was satisfied by the tag of an ancestor, the client has shown no tag of the row itself. */
    bool own = task->preconds.if_match.kind != TAGS_ANY || plan->preconds.if_match.kind == TAGS_ANY;
    if (rows && rule_of(plan) == CASCADE_GUARDED)
        TRY(covered_steps(task, preconds, layout, rows, &steps));
    struct cascades chains = to_check(task_arena(task), plan, preconds, own, steps);
    for (size_t i = 0; i < chains.count; i++) {
        int64_t n;
        TRY(count_children(task->session, plan, keys, count, &chains.items[i], &n));
        if (n == 0)
            continue;
        block(task, preconds, &chains.items[i], keys, count, n);
        return NULL;
    }
    return NULL;
}

/* The number of children now; -1 when it cannot be determined, or when there are none any more although the foreign key
 * was violated a moment ago. */
static int64_t count_now(struct session *session, const struct plan *plan, const struct link *link)
{
    struct cascade chain = {.links = {link}, .depth = 1};
    struct slice *const keys[] = {(struct slice *)(uintptr_t)plan->keys};
    int64_t n = -1;
    struct err *ignored = count_children(session, plan, keys, 1, &chain, &n);
    return !ignored && n > 0 ? n : -1;
}

bool children_blocked(struct session *session, struct task *task, const struct err *err)
{
    const struct plan *plan = task->plan;
    bool direct;
    const struct link *link = cascade_find(plan->relation, err->table_schema, err->table, err->constraint, &direct);
    if (!link)
        return false;
    bool known = direct && plan->kind == PLAN_DELETE;
    *task->out = (struct outcome){.kind = OUTCOME_BLOCKED};
    task->out->blocked = (struct blocked){.why = BLOCKED_BY_DATABASE,
                                          .link = link,
                                          .keys = known ? plan->keys : NULL,
                                          .count = known ? count_now(session, plan, link) : -1,
                                          .code = err->code};
    return true;
}
