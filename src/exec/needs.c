/* What a plan needs of its session. It asks for no more than necessary: a read by key, and a write whose one statement
 * carries its preconditions, share a lane with other requests. */
#include "task.h"

#include "midair/base/map.h"

#include <assert.h>

/* A hash of relation and key, by which the writes of one flight are ordered. */
static uint64_t order_of(const struct plan *plan)
{
    uint64_t hash = map_hash(plan->relation->ident);
    for (size_t i = 0; plan->keys && i < plan->relation->key.column_count; i++)
        hash = hash * 31 + map_hash(plan->keys[i]);
    return hash;
}

/* Whether the plan needs a transaction around its statement: for guarded rows, settings, a rollback, EXPLAIN, a
 * handler, a reply, or statements besides its own. */
static bool has_surroundings(const struct plan *plan)
{
    return plan->guarded_rows.count || plan->settings || plan->rollback || plan->explain || plan->handler ||
           plan->enclosed || plan->replies;
}

static bool reads(const struct plan *plan)
{
    return plan->kind == PLAN_READ_ITEM || plan->kind == PLAN_READ_LIST;
}

/* A read needs a transaction for its surroundings, or where it calls a function that could write. A read that may take
 * long gets a connection of its own. */
static struct needs needs_of_read(const struct plan *plan)
{
    struct needs needs = {.isolation = ISOLATION_REPEATABLE, .read_only = true};
    if (has_surroundings(plan) || plan->query.may_write)
        needs.kind = SESSION_TRANSACTION;
    else if (plan->kind == PLAN_READ_LIST || plan->query.embeds || plan->query.computed)
        needs.kind = SESSION_LEASED; /* it may take long */
    return needs;
}

/* Whether the row must be locked before it is written: one statement cannot both check and write, or the number of rows
 * that it wrote would not tell why it found nothing. With EXPLAIN the preconditions are evaluated first, since the
 * statement itself does not run. */
static bool must_lock(const struct plan *plan)
{
    return plan->guard.unresolved || plan->guarded_rows.count || plan->explain || is_detoured(plan->relation);
}

/* Whether PostgreSQL refuses a new row with a key that the client chose, even if a row with that key exists. */
static bool has_identity_key(const struct relation *relation)
{
    for (size_t i = 0; i < relation->key.column_count; i++)
        if (relation->columns[relation->key.columns[i]].identity_always)
            return true;
    return false;
}

bool replace_overwrites(const struct plan *plan)
{
    const struct relation *relation = plan->relation;
    /* The row of a partitioned table does not tell whether it was inserted. */
    bool table = relation->kind == RELATION_TABLE;
    return table && !plan->parent_path && guard_empty(&plan->guard) && has_arbiter(relation) && relation->can_insert &&
           (relation->key.chosen || !has_identity_key(relation)) && !plan->guard.unresolved &&
           !plan->guarded_rows.count && !is_detoured(relation);
}

/* Without ON CONFLICT an existing row is an error, which aborts the transaction. */
static bool replace_locks(const struct plan *plan)
{
    return !replace_overwrites(plan) &&
           (must_lock(plan) || plan->relation->diverted || (has_surroundings(plan) && !has_arbiter(plan->relation)));
}

static bool needs_locks(struct arena *arena, const struct plan *plan)
{
    switch (plan->kind) {
    case PLAN_REPLACE:
        return replace_locks(plan);
    case PLAN_PATCH:
        return must_lock(plan) || plan->as.patch.patch.kind != PATCH_CHANGES;
    case PLAN_DELETE:
        return must_lock(plan) || children_matter(arena, plan);
    case PLAN_PATCH_LIST:
    case PLAN_DELETE_LIST:
    case PLAN_BULK:
        return true;
    default:
        return false;
    }
}

/* Whether the plan may give another parent, which it does not touch, to a row. In a transaction it is locked before the
 * row; a single statement does so itself (sql/new_parents.c). */
static bool moves(const struct plan *plan)
{
    const struct relation *relation = plan->relation;
    switch (plan->kind) {
    case PLAN_REPLACE:
        return family_moves(relation, &plan->as.replace.update);
    case PLAN_PATCH:
        return plan->as.patch.patch.kind == PATCH_CHANGES && family_moves(relation, &plan->as.patch.patch.changes);
    case PLAN_PATCH_LIST:
        return plan->as.write_list.patch.kind == PATCH_CHANGES && !plan->as.write_list.idle &&
               family_moves(relation, &plan->as.write_list.patch.changes);
    default:
        return false;
    }
}

/* Whether triggers would lock the rows that the plan touches in an order other than that of locks.c: because more than
 * one chain of relations is touched, or because more than one statement does it. */
static bool must_prelock(const struct plan *plan)
{
    const struct relation *relation = plan->relation;
    bool touches = family_touches(relation), one = family_is_chain(relation);
    if (family_tree(relation))
        return plan->kind != PLAN_PATCH_LIST || !plan->as.write_list.idle;
    switch (plan->kind) {
    case PLAN_DELETE:
    case PLAN_DELETE_LIST:
        return (touches && !one) || family_cascades(relation);
    case PLAN_BULK:
        return plan->as.bulk.count > 0;
    case PLAN_PATCH_LIST:
        return touches && (!one || plan->as.write_list.patch.kind != PATCH_CHANGES) && !plan->as.write_list.idle;
    case PLAN_INSERT_MANY:
        return touches && (!one || plan->as.insert_many.batches.count > 1);
    case PLAN_UPSERT:
        return true;
    case PLAN_INSERT:
    case PLAN_REPLACE:
    case PLAN_PATCH:
        return touches && !one;
    default:
        return false;
    }
}

/* Whether more than one statement may be needed: for claims, or to find out why nothing was inserted. */
static bool is_several_statements(const struct plan *plan)
{
    return plan->kind == PLAN_INSERT_MANY || plan->kind == PLAN_UPSERT ||
           (plan->kind == PLAN_INSERT && plan->parent_path && plan->relation->diverted);
}

/* A key that is not unique may select several rows. Then the transaction is rolled back. */
static bool several_rows_possible(const struct plan *plan)
{
    bool item = plan->kind == PLAN_REPLACE || plan->kind == PLAN_PATCH || plan->kind == PLAN_DELETE;
    return item && !plan->relation->key.unique;
}

static struct needs needs_of_write(struct arena *arena, const struct plan *plan)
{
    bool keyed = plan->relation->key.column_count > 0;
    bool locks = needs_locks(arena, plan);
    struct needs needs = {.prelocks = keyed && (plan->guarded_rows.count || must_prelock(plan) ||
                                                covers_tree(&plan->preconds) || (locks && moves(plan)))};
    needs.locks = needs.prelocks || locks;
    if (needs.locks || is_several_statements(plan) || has_surroundings(plan) || committed_differs(plan) ||
        several_rows_possible(plan))
        needs.kind = SESSION_TRANSACTION;
    /* What INSTEAD OF triggers and rules write cannot be locked beforehand. With one snapshot for the whole
     * transaction, the server refuses (40001) to change a row that another transaction changed since it was read. */
    if (plan->relation->rewritten)
        needs.isolation = ISOLATION_REPEATABLE;
    /* An INSERT that returned no row is told apart from one whose parent was not there by looking for the parent, which
     * must not appear in between. */
    if (plan->relation->diverted && plan->parent_path && needs.kind == SESSION_TRANSACTION)
        needs.isolation = ISOLATION_REPEATABLE;
    return needs;
}

static struct needs needs_of_call(const struct plan *plan)
{
    return (struct needs){.kind = SESSION_TRANSACTION,
                          .isolation = plan->as.call.call->function->isolation,
                          .read_only = plan->as.call.read_only};
}

static void add_surroundings(const struct plan *plan, struct needs *needs)
{
    needs->order = order_of(plan);
    needs->alone = plan->alone;
    needs->settings = plan->settings;
    needs->explain = plan->explain;
    needs->rollback = plan->rollback;
}

struct needs plan_needs(struct arena *arena, const struct plan *plan)
{
    struct needs needs = plan->kind == PLAN_CALL ? needs_of_call(plan)
                         : reads(plan)           ? needs_of_read(plan)
                                                 : needs_of_write(arena, plan);
    add_surroundings(plan, &needs);
    return needs;
}

bool probes_rows(const struct plan *plan)
{
    return !plan->keys && plan->kind == PLAN_PROBE && plan->as.probe.method != METHOD_POST &&
           preconds_any(&plan->preconds) && plan->relation->key.column_count;
}

struct needs probe_needs(const struct plan *plan)
{
    struct needs needs = {0};
    if (plan->guarded_rows.count || plan->settings || probes_rows(plan))
        needs = (struct needs){.kind = SESSION_TRANSACTION,
                               .locks = true,
                               .prelocks = plan->guarded_rows.count,
                               .settings = plan->settings};
    if (needs.locks && plan->relation->rewritten)
        needs.isolation = ISOLATION_REPEATABLE;
    needs.order = order_of(plan);
    return needs;
}
