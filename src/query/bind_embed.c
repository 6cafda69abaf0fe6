/* Which relationship an embed means (PostgREST: resource embedding).
 *
 * Without a hint the name is the related resource, a foreign key constraint, or this resource's foreign key column. A
 * hint narrows it down: a constraint, a column on either side, or a junction. A resource that refers to itself is named
 * by its column or constraint for the parent, and by its own name for the children. A function that takes the row is a
 * relationship by its name, and hides what foreign keys would make of that name without a hint. */
#include "binder.h"

#include "midair/json/build.h"

struct choice {
    const struct link *link;
    bool to_children;
    const struct link *far;
};

struct choices {
    struct arena *arena;
    const struct relation *from;
    struct slice schema, name, hint;
    struct choice *list;
    size_t count, cap;
    int distance; /* of those in the list: farther ones are no rivals of theirs */
};

static const struct relation *target_of(const struct choice *choice)
{
    if (choice->far)
        return choice->far->parent;
    return choice->to_children ? choice->link->child : choice->link->parent;
}

static bool is_one(const struct choice *choice)
{
    return !choice->far && (!choice->to_children || choice->link->child_unique);
}

static bool is_column(const struct relation *relation, const int *columns, size_t count, struct slice name)
{
    return count == 1 && slice_eq(relation->columns[columns[0]].name, name);
}

static bool names_link(const struct link *link, struct slice name)
{
    return slice_eq(link->name, name) || is_column(link->child, link->columns, link->column_count, name);
}

static bool hint_fits(const struct choices *choices, const struct choice *choice)
{
    const struct link *link = choice->link;
    struct slice hint = choices->hint;
    if (choice->far)
        return relation_called(link->child, choices->schema, hint) || names_link(choice->far, hint) ||
               slice_eq(link->name, hint);
    return names_link(link, hint) || is_column(link->parent, link->parent_columns, link->column_count, hint);
}

static bool fits(const struct choices *choices, const struct choice *choice)
{
    const struct relation *target = target_of(choice);
    bool by_name = relation_called(target, choices->schema, choices->name);
    bool itself = target == choices->from && !choice->far;
    if (slice_present(choices->hint))
        return by_name && !(itself && !choice->to_children) && hint_fits(choices, choice);
    if (itself && !choice->to_children)
        by_name = false; /* the resource's own name means its children */
    if (by_name && !(choice->far && target == choices->from))
        return true;
    if (choice->far)
        return false;
    return choice->to_children ? slice_eq(choice->link->name, choices->name) && !itself
                               : names_link(choice->link, choices->name);
}

/* Names count in the request's schema first, then among all that need no profile. */
static int distance_of(const struct choices *choices, const struct choice *choice)
{
    int target = relation_distance(target_of(choice), choices->schema);
    int junction = choice->far ? relation_distance(choice->far->child, choices->schema) : 0;
    return target > junction ? target : junction;
}

static void consider(struct choices *choices, struct choice choice)
{
    if (!fits(choices, &choice))
        return;
    int distance = distance_of(choices, &choice);
    if (choices->count && distance > choices->distance)
        return;
    if (choices->count && distance < choices->distance)
        choices->count = 0;
    choices->distance = distance;
    if (choices->count == choices->cap) {
        size_t size = choices->cap * sizeof(choice);
        choices->cap = choices->cap ? 2 * choices->cap : 8;
        choices->list = arena_grow(choices->arena, choices->list, size, choices->cap * sizeof(choice));
    }
    choices->list[choices->count++] = choice;
}

static bool in_key(const struct link *link)
{
    for (size_t i = 0; i < link->column_count; i++)
        if (!relation_is_key(link->child, (size_t)link->columns[i]))
            return false;
    return true;
}

/* A junction's two foreign keys are part of its primary key. */
static void consider_junction(struct choices *choices, const struct link *near)
{
    const struct relation *junction = near->child;
    for (size_t i = 0; in_key(near) && i < junction->parent_count; i++) {
        const struct link *far = junction->parents[i];
        if (far != near && in_key(far))
            consider(choices, (struct choice){near, true, far});
    }
}

static void collect(struct choices *choices)
{
    const struct relation *from = choices->from;
    for (size_t i = 0; i < from->parent_count; i++)
        consider(choices, (struct choice){from->parents[i], false, NULL});
    for (size_t i = 0; i < from->child_count; i++)
        consider(choices, (struct choice){from->children[i], true, NULL});
    for (size_t i = 0; i < from->child_count; i++)
        consider_junction(choices, from->children[i]);
}

/* The related resources and computed relationships, the nearest by name. */
static struct slice near_relation(const struct relation *from, struct slice name)
{
    size_t best = 4;
    struct slice near = SLICE_ABSENT;
    for (size_t i = 0; i < from->parent_count + from->child_count; i++) {
        bool parent = i < from->parent_count;
        const struct relation *other =
            parent ? from->parents[i]->parent : from->children[i - from->parent_count]->child;
        size_t distance = near_distance(name, other->resource, best);
        if (distance < best) {
            best = distance;
            near = other->resource;
        }
    }
    for (size_t i = 0; i < from->computed.link_count; i++) {
        size_t distance = near_distance(name, from->computed.links[i].name, best);
        if (distance < best) {
            best = distance;
            near = from->computed.links[i].name;
        }
    }
    return near;
}

static struct err *no_relationship(const struct choices *choices, const struct ast_select *item)
{
    struct arena *arena = choices->arena;
    struct slice from = choices->from->resource, name = choices->name;
    struct err *err = err_at(arena, ERR_BAD_QUERY, item->column.at,
                             "Could not find a relationship between '%.*s' and '%.*s' in the schema cache",
                             SLICE_ARG(from), SLICE_ARG(name));
    err->code = SLICE("PGRST200");
    err->details = arena_printf(arena,
                                "Searched for a foreign key relationship between '%.*s' and '%.*s'%s%.*s%s in the "
                                "schema '%.*s', but no matches were found.",
                                SLICE_ARG(from), SLICE_ARG(name), choices->hint.at ? " using the hint '" : "",
                                SLICE_ARG(choices->hint), choices->hint.at ? "'" : "",
                                SLICE_ARG(slice_present(choices->schema) ? choices->schema : choices->from->schema));
    struct slice near = near_relation(choices->from, name);
    if (slice_present(near) && !slice_eq(near, name))
        err_hint(arena, err, "Perhaps you meant '%.*s' instead of '%.*s'.", SLICE_ARG(near), SLICE_ARG(name));
    return err;
}

static void put_columns(struct buf *buf, const struct relation *relation, const int *columns, size_t count)
{
    buf_put(buf, relation->resource);
    for (size_t i = 0; i < count; i++) {
        buf_z(buf, i ? ", " : "(");
        buf_put(buf, relation->columns[columns[i]].name);
    }
    BUF_LIT(buf, ")");
}

/* What distinguishes a choice from the others, fit for a hint. */
static struct slice choice_hint(const struct choice *choice)
{
    return choice->far ? choice->link->child->resource : choice->link->name;
}

static const char *cardinality(const struct choice *choice)
{
    if (choice->far)
        return "many-to-many";
    if (choice->link->child_unique)
        return "one-to-one";
    return choice->to_children ? "one-to-many" : "many-to-one";
}

static struct slice relationship(struct arena *arena, const struct choice *choice)
{
    const struct link *link = choice->link, *far = choice->far;
    struct buf buf = buf_new(arena, 128);
    if (far)
        buf_printf(&buf, "%.*s using %.*s", SLICE_ARG(link->child->resource), SLICE_ARG(link->name));
    else
        buf_printf(&buf, "%.*s using ", SLICE_ARG(link->name));
    if (far || !choice->to_children)
        put_columns(&buf, link->child, link->columns, link->column_count);
    else
        put_columns(&buf, link->parent, link->parent_columns, link->column_count);
    BUF_LIT(&buf, " and ");
    if (far)
        buf_printf(&buf, "%.*s", SLICE_ARG(far->name));
    if (far)
        put_columns(&buf, far->child, far->columns, far->column_count);
    else if (choice->to_children)
        put_columns(&buf, link->child, link->columns, link->column_count);
    else
        put_columns(&buf, link->parent, link->parent_columns, link->column_count);
    return buf_slice(&buf);
}

/* The choices as PostgREST lists them. */
static void describe(struct json_out *json, const struct choices *choices, const struct choice *choice)
{
    struct slice embedding = arena_printf(choices->arena, "%.*s with %.*s", SLICE_ARG(choices->from->resource),
                                          SLICE_ARG(target_of(choice)->resource));
    json_out_object(json);
    json_out_member_string(json, "cardinality", slice_of(cardinality(choice)));
    json_out_member_string(json, "embedding", embedding);
    json_out_member_string(json, "relationship", relationship(choices->arena, choice));
    json_out_end_object(json);
}

static struct err *ambiguous(const struct choices *choices, const struct ast_select *item)
{
    struct arena *arena = choices->arena;
    struct err *err = err_at(arena, ERR_AMBIGUOUS, item->column.at,
                             "Could not embed because more than one relationship was found for '%.*s' and '%.*s'",
                             SLICE_ARG(choices->from->resource), SLICE_ARG(choices->name));
    struct buf details = buf_new(arena, 512), hint = buf_new(arena, 256);
    struct json_out json = json_out_new(&details);
    buf_printf(&hint, "Try changing '%.*s' to one of the following: ", SLICE_ARG(choices->name));
    json_out_array(&json);
    for (size_t i = 0; i < choices->count; i++) {
        const struct choice *choice = &choices->list[i];
        if (i)
            BUF_LIT(&hint, ", ");
        describe(&json, choices, choice);
        buf_printf(&hint, "'%.*s!%.*s'", SLICE_ARG(target_of(choice)->resource), SLICE_ARG(choice_hint(choice)));
    }
    json_out_end_array(&json);
    BUF_LIT(&hint, ". Find the desired relationship in the 'details' key.");
    err->code = SLICE("PGRST201");
    err->details = buf_slice(&details);
    err->details_json = true;
    err->hint = buf_slice(&hint);
    return err;
}

struct err *bind_relationship(struct binder *binder, const struct relation *from, const struct ast_select *item,
                              struct bound_embed *out)
{
    struct choices choices = {.arena = binder->arena,
                              .from = from,
                              .schema = binder->schema,
                              .name = item->column.text,
                              .hint = item->hint.text};
    const struct computed_link *computed = relation_computed_link(from, choices.name);
    if (!computed || slice_present(choices.hint))
        collect(&choices);
    if (computed && choices.count == 0) {
        out->computed = computed;
        out->target = computed->target;
        out->one = computed->one;
        return NULL;
    }
    if (choices.count == 0)
        return no_relationship(&choices, item);
    if (choices.count > 1)
        return ambiguous(&choices, item);
    const struct choice *choice = &choices.list[0];
    out->link = choice->link;
    out->to_children = choice->to_children;
    out->far = choice->far;
    out->target = target_of(choice);
    out->one = is_one(choice);
    return NULL;
}
