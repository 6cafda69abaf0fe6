/* Chooses the relationship that an embed means (PostgREST: resource embedding).
 *
 * The first pass follows PostgREST. Without a hint, the name is the related resource or, where the target is not a
 * view, the constraint of the foreign key or its column on this side. A hint narrows the choices: it is a
 * constraint, a column of either side, or a junction. A resource that refers to itself is named by the foreign key's
 * column for the parent, and by its own name for the children.
 *
 * If nothing matches, a second pass (`loosely`) accepts more names; it never makes a name ambiguous that PostgREST
 * resolves. A computed relationship (a function that takes the row) is found by its own name and, without a hint,
 * hides foreign keys of that name. */
#include "binder.h"

#include "midair/base/text.h"
#include "midair/json/build.h"

#include <stdlib.h>

struct choice {
    const struct link *link;
    bool to_children;
    const struct link *far;
};

struct choices {
    struct arena *arena;
    const struct relation *from;
    struct slice schema, name, hint;
    bool loosely;
    struct choice *list;
    size_t count, cap;
    int distance; /* of the choices in the list; choices farther away are dropped */
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

static bool names_child_column(const struct link *link, struct slice name)
{
    return is_column(link->child, link->columns, link->column_count, name);
}

static bool names_parent_column(const struct link *link, struct slice name)
{
    return is_column(link->parent, link->parent_columns, link->column_count, name);
}

static bool is_view(const struct relation *relation)
{
    return relation->kind == RELATION_VIEW || relation->kind == RELATION_MATVIEW;
}

static bool called(const struct choices *choices, const struct relation *relation, struct slice name)
{
    return relation_called(relation, choices->schema, name);
}

/* A foreign key from a relation to itself: both of its ends have the same name. */
static bool is_circle(const struct choice *choice)
{
    return !choice->far && choice->link->child == choice->link->parent;
}

static bool circle_fits(const struct choices *choices, const struct choice *choice)
{
    const struct link *link = choice->link;
    if (link->child_unique)
        return false;
    if (!choice->to_children)
        return !slice_present(choices->hint) && names_child_column(link, choices->name);
    return called(choices, link->child, choices->name) &&
           (!slice_present(choices->hint) || names_child_column(link, choices->hint));
}

static bool junction_fits(const struct choices *choices, const struct choice *choice)
{
    const struct link *near = choice->link, *far = choice->far;
    return near->parent != far->parent && !near->child_unique && !far->child_unique &&
           called(choices, far->parent, choices->name) &&
           (!slice_present(choices->hint) || called(choices, near->child, choices->hint));
}

static bool fits(const struct choices *choices, const struct choice *choice)
{
    const struct link *link = choice->link;
    const struct relation *target = target_of(choice);
    struct slice hint = choices->hint;
    if (is_circle(choice))
        return circle_fits(choices, choice);
    if (choice->far)
        return junction_fits(choices, choice);
    if (slice_present(hint))
        return called(choices, target, choices->name) && (names_link(link, hint) || names_parent_column(link, hint));
    if (called(choices, target, choices->name))
        return true;
    if (is_view(target))
        return false;
    return slice_eq(link->name, choices->name) ||
           (choice->to_children ? names_parent_column(link, choices->name) : names_child_column(link, choices->name));
}

static bool hint_fits_loosely(const struct choices *choices, const struct choice *choice)
{
    const struct link *link = choice->link;
    struct slice hint = choices->hint;
    if (choice->far)
        return called(choices, link->child, hint) || names_link(choice->far, hint) || slice_eq(link->name, hint);
    return names_link(link, hint) || names_parent_column(link, hint);
}

/* The second pass. It finds what the first does not: self-references named by the constraint, or by a junction and
 * the column of its far side; one-to-one self-references; and junctions of which one side is one-to-one. */
static bool fits_loosely(const struct choices *choices, const struct choice *choice)
{
    bool circle = is_circle(choice), by_name = called(choices, target_of(choice), choices->name);
    if (slice_present(choices->hint))
        return by_name && !(circle && !choice->to_children) && hint_fits_loosely(choices, choice);
    if (circle && !choice->to_children)
        return names_link(choice->link, choices->name);
    return by_name && !(choice->far && choice->far->parent == choice->link->parent);
}

/* Names in the request's schema are nearest; next come those in the schemas that need no profile. */
static int distance_of(const struct choices *choices, const struct choice *choice)
{
    int target = relation_distance(target_of(choice), choices->schema);
    int junction = choice->far ? relation_distance(choice->far->child, choices->schema) : 0;
    return target > junction ? target : junction;
}

static void consider(struct choices *choices, struct choice choice)
{
    if (!(choices->loosely ? fits_loosely : fits)(choices, &choice))
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

/* Both foreign keys of a junction must be part of its primary key. They must be different constraints: the same one
 * may appear twice when it is seen through two views. */
static void consider_junction(struct choices *choices, const struct link *near)
{
    const struct relation *junction = near->child;
    for (size_t i = 0; near->in_key && i < junction->parent_count; i++) {
        const struct link *far = junction->parents[i];
        if (far->in_key && !slice_eq(far->name, near->name))
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

/* The order in which PostgREST lists the choices: one-to-many, many-to-one, one-to-one, many-to-many. */
static int rank(const struct choice *choice)
{
    return choice->far ? 3 : choice->link->child_unique ? 2 : choice->to_children ? 0 : 1;
}

static int by_listing(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    const struct link *p = x->link, *q = y->link;
    int order = rank(x) - rank(y);
    if (order == 0 && x->far)
        order = slice_cmp(p->child->resource, q->child->resource);
    order = order ? order : slice_cmp(p->name, q->name);
    if (order == 0 && x->far)
        order = slice_cmp(x->far->name, y->far->name);
    for (size_t i = 0; order == 0 && i < p->column_count && i < q->column_count; i++)
        order = slice_cmp(p->child->columns[p->columns[i]].name, q->child->columns[q->columns[i]].name);
    return order;
}

struct near {
    struct slice name, best;
    size_t likeness;
};

static bool share_letters(struct slice a, struct slice b)
{
    for (size_t i = 0; i + 1 < a.len; i++)
        for (size_t j = 0; j + 1 < b.len; j++)
            if (a.at[i] == b.at[j] && a.at[i + 1] == b.at[j + 1])
                return true;
    return false;
}

/* The similarity of two names, from 1 to 1000 (equal). It is 0 when they share no pair of adjacent letters, or when
 * more than half of the longer name differs. */
static size_t likeness_of(struct slice a, struct slice b)
{
    size_t longer = a.len > b.len ? a.len : b.len;
    size_t distance = text_distance(a, b);
    if (longer == 0 || 2 * distance > longer || !share_letters(a, b))
        return 0;
    return 1000 - 1000 * distance / longer;
}

/* Keeps the better match. Resources that the role may not read are not suggested. */
static void come_near(struct near *near, struct slice other, const struct relation *target)
{
    size_t likeness = target->can_select ? likeness_of(near->name, other) : 0;
    if (likeness > near->likeness && !slice_eq(near->name, other)) {
        near->likeness = likeness;
        near->best = other;
    }
}

/* The related resource or computed relationship with the most similar name; absent when none is similar. */
static struct slice near_relation(const struct relation *from, struct slice name)
{
    struct near near = {.name = name, .best = SLICE_ABSENT};
    for (size_t i = 0; i < from->parent_count; i++)
        come_near(&near, from->parents[i]->parent->resource, from->parents[i]->parent);
    for (size_t i = 0; i < from->child_count; i++) {
        const struct relation *child = from->children[i]->child;
        come_near(&near, child->resource, child);
        for (size_t k = 0; from->children[i]->in_key && k < child->parent_count; k++)
            if (child->parents[k]->in_key)
                come_near(&near, child->parents[k]->parent->resource, child->parents[k]->parent);
    }
    for (size_t i = 0; i < from->computed.link_count; i++)
        come_near(&near, from->computed.links[i].name, from->computed.links[i].target);
    return near.best;
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
    if (slice_present(near))
        err_hint(arena, err, "Perhaps you meant '%.*s' instead of '%.*s'.", SLICE_ARG(near), SLICE_ARG(name));
    return err;
}

static void put_columns(struct buf *buf, const struct relation *relation, const int *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_z(buf, i ? ", " : "(");
        buf_put(buf, relation->columns[columns[i]].name);
    }
    BUF_LIT(buf, ")");
}

static void put_end(struct buf *buf, const struct link *link, bool child)
{
    buf_put(buf, child ? link->child->resource : link->parent->resource);
    if (child)
        put_columns(buf, link->child, link->columns, link->column_count);
    else
        put_columns(buf, link->parent, link->parent_columns, link->column_count);
}

/* The hint that selects this choice among the others. */
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
    if (far) {
        buf_printf(&buf, "%.*s using %.*s", SLICE_ARG(link->child->resource), SLICE_ARG(link->name));
        put_columns(&buf, link->child, link->columns, link->column_count);
        buf_printf(&buf, " and %.*s", SLICE_ARG(far->name));
        put_columns(&buf, far->child, far->columns, far->column_count);
    } else {
        buf_printf(&buf, "%.*s using ", SLICE_ARG(link->name));
        put_end(&buf, link, !choice->to_children);
        BUF_LIT(&buf, " and ");
        put_end(&buf, link, choice->to_children);
    }
    return buf_slice(&buf);
}

/* Writes one choice in the format of PostgREST's `details`. */
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
    qsort(choices->list, choices->count, sizeof(struct choice), by_listing);
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

/* The only choice whose foreign keys are all declared on tables. The same foreign key seen through a view does not
 * make a name ambiguous. NULL when there is no such choice, or more than one. */
static const struct choice *only_key(const struct choices *choices)
{
    const struct choice *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < choices->count; i++) {
        const struct choice *choice = &choices->list[i];
        if (choice->link->by_view || (choice->far && choice->far->by_view))
            continue;
        found = choice;
        n++;
    }
    return n == 1 ? found : NULL;
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
    if (choices.count == 0) {
        choices.loosely = true;
        collect(&choices);
    }
    if (choices.count == 0)
        return no_relationship(&choices, item);
    const struct choice *choice = choices.count == 1 ? &choices.list[0] : only_key(&choices);
    if (!choice)
        return ambiguous(&choices, item);
    out->link = choice->link;
    out->to_children = choice->to_children;
    out->far = choice->far;
    out->target = target_of(choice);
    out->one = is_one(choice);
    return NULL;
}
