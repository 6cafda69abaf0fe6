#include "touch.h"

#include "sql_stamp_touchers.h"

static struct touch_link *link_named(const struct touch_child *child, struct slice name)
{
    for (size_t i = 0; i < child->link_count; i++)
        if (slice_eq(child->links[i].name, name))
            return &child->links[i];
    return NULL;
}

static bool has_column(const struct touch_link *link, struct slice column)
{
    for (size_t i = 0; i < link->pair_count; i++)
        if (slice_eq(link->pairs[i].child, column))
            return true;
    return false;
}

/* Returns the foreign key that a touch means: the one that consists of this column alone, else one that contains the
 * column, else the constraint of that name. *choices is the number of foreign keys that qualify; unless it is 1, the
 * name is ambiguous or unknown. */
static struct touch_link *link_meant(const struct touch_child *child, struct slice name, size_t *choices)
{
    struct touch_link *found = NULL;
    size_t alone = 0;
    *choices = 0;
    for (size_t i = 0; i < child->link_count; i++) {
        struct touch_link *link = &child->links[i];
        if (!has_column(link, name) || (alone && link->pair_count > 1))
            continue;
        if (link->pair_count == 1 && alone++ == 0)
            *choices = 0;
        found = link;
        ++*choices;
    }
    if (*choices == 0 && (found = link_named(child, name)))
        *choices = 1;
    return found;
}

static struct err *find_link(struct stamp_plan *plan, const struct touch_child *child, struct slice text,
                             const struct name_part *part, struct touch_link **out)
{
    size_t choices;
    *out = link_meant(child, part->folded, &choices);
    if (choices == 0)
        *out = link_meant(child, part->exact, &choices);
    if (choices == 1)
        return NULL;
    struct buf names = buf_new(plan->arena, 128);
    for (size_t i = 0; i < child->link_count; i++)
        buf_printf(&names, "%s%.*s", i ? ", " : "", SLICE_ARG(child->links[i].name));
    struct err *err = stamp_bad(
        plan, choices ? "is part of several foreign keys" : "is neither a column nor the name of a foreign key", text,
        NULL);
    if (child->link_count == 0)
        return err_hint(plan->arena, err, "%.*s has no foreign key.", SLICE_ARG(child->table.ident));
    return err_hint(plan->arena, err, "Name one of the constraints: %.*s.", (int)names.len, names.at);
}

/* The children of one run, each of them once. */
struct children {
    struct map by_oid;
    struct touch_child **list;
    size_t count;
};

static struct children children_new(struct arena *arena)
{
    return (struct children){.by_oid = map_new(arena)};
}

static void add(struct arena *arena, struct children *children, struct touch_child *child)
{
    size_t size = children->count * sizeof(child);
    children->list = arena_grow(arena, children->list, size, size + sizeof(child));
    children->list[children->count++] = child;
    map_put(&children->by_oid, child->table.oid, child);
}

/* Returns the child with that table. When it is first asked for, it is read, and the links by which it touches now
 * become wanted. */
static struct err *child_of(struct stamp_plan *plan, struct slice table, struct children *children,
                            struct touch_child **out)
{
    struct touch_child *child = ARENA_NEW(plan->arena, struct touch_child);
    TRY(stamp_read_table(plan, table, &child->table));
    *out = map_get(&children->by_oid, child->table.oid);
    if (*out)
        return NULL;
    TRY(touch_read_links(plan, child));
    for (size_t i = 0; i < child->table.touching_count; i++) {
        struct touch_link *link = link_named(child, child->table.touching[i]);
        if (link)
            link->wanted = true;
    }
    add(plan->arena, children, child);
    *out = child;
    return NULL;
}

static size_t wanted_count(const struct touch_child *child)
{
    size_t count = 0;
    for (size_t i = 0; i < child->link_count; i++)
        count += child->links[i].wanted;
    return count;
}

/* Returns the function that the child has already, else a name that no other table's function has. */
static struct slice function_name(const struct stamp_plan *plan, const struct stamp_table *table)
{
    if (slice_present(table->touch_function))
        return table->touch_function;
    uint64_t hash = map_hash(table->ident);
    for (;; hash++) {
        struct slice name = arena_printf(plan->arena, "touch_%016llx", (unsigned long long)hash);
        bool taken = map_get(&plan->done, name) != NULL;
        for (size_t i = 0; i < plan->function_count; i++)
            taken = taken || (slice_eq(plan->functions[i].name, name) && plan->functions[i].user_count > 0);
        if (!taken)
            return name;
    }
}

/* Returns whether the triggers and functions are already as this revision would create them. */
static bool is_touched(const struct stamp_plan *plan, const struct touch_child *child, struct slice function,
                       struct slice body)
{
    const struct stamp_table *table = &child->table;
    if (table->touch_enabled != TOUCH_COUNT || !slice_eq(table->touch_revision, SLICE(TOUCH_REVISION)) ||
        table->touching_count != wanted_count(child))
        return false;
    for (size_t i = 0; i < table->touching_count; i++)
        if (!link_named(child, table->touching[i]) || !link_named(child, table->touching[i])->wanted)
            return false;
    return stamp_function_current(plan, function, body) &&
           stamp_function_current(plan, SLICE("touch_begin"), touch_begin_body());
}

static struct err *check_parents(struct stamp_plan *plan, const struct touch_child *child)
{
    for (size_t i = 0; i < child->link_count; i++) {
        const struct touch_link *link = &child->links[i];
        if (!link->wanted || slice_present(link->stamped[ROLE_VERSION]))
            continue;
        struct err *err = err_new(plan->arena, ERR_BAD_REQUEST, "%.*s is not stamped, so %.*s cannot touch it",
                                  SLICE_ARG(link->parent_ident), SLICE_ARG(child->table.ident));
        return err_hint(plan->arena, err, "Name it among the tables to stamp.");
    }
    return NULL;
}

static void drop_triggers(struct stamp_plan *plan, const struct touch_child *child)
{
    for (size_t i = 0; i < child->table.trigger_count; i++)
        if (slice_starts(child->table.trigger_names[i], SLICE("zzz_midair_touch_")))
            stamp_drop_trigger(plan, &child->table, child->table.trigger_names[i]);
}

/* Appends the commands that create the function. It runs with the rights of its owner, who is the owner of the parents
 * if they all have the same one. Execution is revoked from PUBLIC, so that no other role can put the function on a
 * table of its own and write with these rights. */
static void make_function(struct stamp_plan *plan, struct slice name, struct slice body, struct slice owner)
{
    if (stamp_function_current(plan, name, body) || map_get(&plan->done, name))
        return;
    map_put(&plan->done, name, plan);
    stamp_plan_schema(plan);
    stamp_command(plan, touch_create_function(plan->arena, name, body));
    stamp_command(
        plan, arena_printf(plan->arena, "REVOKE ALL ON FUNCTION midair_triggers.%.*s() FROM PUBLIC", SLICE_ARG(name)));
    if (slice_present(owner))
        stamp_command(plan, arena_printf(plan->arena, "ALTER FUNCTION midair_triggers.%.*s() OWNER TO %.*s",
                                         SLICE_ARG(name), SLICE_ARG(name_quote(plan->arena, owner))));
}

/* Returns the owner of all wanted parents; absent if they have different owners or the role itself owns one. */
static struct slice owner_of(const struct touch_child *child)
{
    struct slice owner = SLICE_ABSENT;
    for (size_t i = 0; i < child->link_count; i++) {
        const struct touch_link *link = &child->links[i];
        if (link->wanted && (!slice_present(link->owner) || (slice_present(owner) && !slice_eq(owner, link->owner))))
            return SLICE_ABSENT;
        if (link->wanted)
            owner = link->owner;
    }
    return owner;
}

static void report(struct stamp_plan *plan, const struct touch_child *child, bool already)
{
    for (size_t i = 0; i < child->link_count; i++)
        if (child->links[i].wanted)
            buf_printf(&plan->report, "%.*s: %s %.*s (%.*s)\n", SLICE_ARG(child->table.ident),
                       already ? "already touches" : "touches", SLICE_ARG(child->links[i].parent_ident),
                       SLICE_ARG(child->links[i].name));
}

/* Appends the commands that give the child the triggers for its wanted links, or that drop its triggers if none is
 * wanted. */
static struct err *plan_child(struct stamp_plan *plan, const struct touch_child *child)
{
    const struct stamp_table *table = &child->table;
    if (wanted_count(child) == 0) {
        drop_triggers(plan, child);
        map_put(&plan->untouched, table->oid, plan);
        return NULL;
    }
    TRY(check_parents(plan, child));
    struct slice name = function_name(plan, table), body = touch_function_body(plan->arena, child);
    for (size_t at = 0; at < body.len; at++)
        if (slice_starts(slice_from(body, at), SLICE("$midair$")))
            return stamp_bad(plan, "cannot touch: a name contains $midair$", table->ident, NULL);
    bool already = is_touched(plan, child, name, body);
    report(plan, child, already);
    if (already)
        return NULL;
    make_function(plan, SLICE("touch_begin"), touch_begin_body(), SLICE_ABSENT);
    make_function(plan, name, body, owner_of(child));
    drop_triggers(plan, child);
    for (int trigger = 0; trigger < TOUCH_COUNT; trigger++)
        stamp_command(plan, touch_create_trigger(plan->arena, child, (enum touch_trigger)trigger, name));
    return NULL;
}

static struct err *ask_for(struct stamp_plan *plan, struct slice touch, struct children *children)
{
    struct slice table;
    struct name_part part;
    struct touch_child *child;
    struct touch_link *link;
    if (!touch_split(plan->arena, touch, &table, &part))
        return stamp_bad(plan, "is not CHILD.FKCOLUMN", touch,
                         "Write table.column or schema.table.column; parts with capitals in double quotes.");
    TRY(child_of(plan, table, children, &child));
    TRY(find_link(plan, child, touch, &part, &link));
    link->wanted = true;
    return NULL;
}

/* Plans the touches that a stamped table has already: they may be of an older revision, or refer to a constraint that
 * no longer exists. */
static struct err *check_again(struct stamp_plan *plan, struct slice name, struct children *children)
{
    struct stamp_table table;
    struct touch_child *child;
    TRY(stamp_read_table(plan, name, &table));
    return slice_present(table.touch_function) ? child_of(plan, name, children, &child) : NULL;
}

struct err *touch_plan_stamp(struct stamp_plan *plan)
{
    const struct stamp_request *request = plan->request;
    struct children children = children_new(plan->arena);
    for (size_t i = 0; i < request->touch_count; i++)
        TRY(ask_for(plan, request->touches[i], &children));
    for (size_t i = 0; i < request->table_count; i++)
        TRY(check_again(plan, request->tables[i], &children));
    for (size_t i = 0; i < children.count; i++)
        TRY(plan_child(plan, children.list[i]));
    return NULL;
}

/* Ends the touches of a child whose parents are unstamped in this run; it keeps the links to parents that stay
 * stamped. */
static struct err *release(struct stamp_plan *plan, struct touch_child *child)
{
    size_t before = wanted_count(child);
    for (size_t i = 0; i < child->link_count; i++)
        if (map_get(&plan->done, child->links[i].parent_oid))
            child->links[i].wanted = false;
    return wanted_count(child) == before || map_get(&plan->done, child->table.oid) ? NULL : plan_child(plan, child);
}

struct err *touch_plan_unstamp(struct stamp_plan *plan)
{
    struct children children = children_new(plan->arena);
    for (size_t i = 0; i < plan->request->table_count; i++) {
        struct stamp_table table;
        struct touch_child *child;
        ROWS_AUTO rows = {0};
        TRY(stamp_read_table(plan, plan->request->tables[i], &table));
        TRY(stamp_ask(plan, sql_stamp_touchers, (const char *const[]){table.oid.at}, 1, &rows));
        for (size_t row = 0; row < rows.row_count; row++) {
            struct slice name = name_ident(plan->arena, rows_cell(&rows, row, 0), rows_cell(&rows, row, 1));
            TRY(child_of(plan, name, &children, &child));
        }
    }
    for (size_t i = 0; i < children.count; i++)
        TRY(release(plan, children.list[i]));
    return NULL;
}
