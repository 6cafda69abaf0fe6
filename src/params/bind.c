/* Binding of parsed parameters (query_bind()).
 *
 * Select items are bound first, because filters, orders and limits may name the embeds that select= declares. All of
 * them then find their level by the path of embeds in front of the parameter's name. */
#include "binder.h"

#include "midair/base/text.h"
#include "midair/http/problem.h"

static struct err *no_such_column(struct arena *arena, const struct relation *relation, struct located name)
{
    struct err *err = err_at(arena, ERR_BAD_QUERY, name.at, "%.*s has no column \"%.*s\".",
                             SLICE_ARG(relation->resource), SLICE_ARG(name.text));
    err->code = SLICE("42703");
    problem_of(arena, err)->message =
        arena_printf(arena, "column %.*s.%.*s does not exist", SLICE_ARG(relation->name), SLICE_ARG(name.text));
    if (slice_starts(slice_from(name.text, slice_find(name.text, ':')), SLICE("::")))
        return err_hint(arena, err, "A cast is supported in select= only; a filter compares the column as it is.");
    size_t best = 3;
    const struct column *near = NULL;
    for (size_t i = 0; i < relation->column_count + relation->computed.field_count; i++) {
        const struct column *field = relation_field(relation, i);
        size_t d = text_distance(name.text, field->name);
        if (d < best && field->can_select) {
            best = d;
            near = field;
        }
    }
    if (near)
        err_hint(arena, err, "Perhaps \"%.*s\" is meant.", SLICE_ARG(near->name));
    return err;
}

struct err *bind_column(struct binder *binder, struct query *level, struct located name, size_t *out)
{
    const struct relation *relation = level->relation;
    *out = relation_find_field(relation, name.text);
    if (*out == SIZE_MAX)
        return no_such_column(binder->arena, relation, name);
    if (*out >= relation->column_count) {
        level->takes_row = binder->computed = true;
        binder->may_write = binder->may_write || relation_field(relation, *out)->may_write;
    }
    return NULL;
}

struct bound_embed *bind_find_embed(const struct query *query, struct slice name)
{
    for (struct bound_embed *e = query->embeds; e; e = e->next)
        if (slice_eq(e->label, name))
            return e;
    for (struct bound_embed *e = query->embeds; e; e = e->next)
        if (slice_eq(e->name, name))
            return e;
    for (struct bound_embed *e = query->embeds; e; e = e->next)
        if (slice_eq(e->target->resource, name))
            return e;
    return NULL;
}

/* The error PGRST108. Never NULL. */
static struct err *no_embed(struct arena *arena, struct located name)
{
    struct err *err = err_at(arena, ERR_BAD_QUERY, name.at, "'%.*s' is not an embedded resource in this request",
                             SLICE_ARG(name.text));
    err->code = SLICE("PGRST108");
    return err_hint(arena, err, "Verify that '%.*s' is included in the 'select' query parameter.",
                    SLICE_ARG(name.text));
}

/* Finds the query of the embed that a parameter belongs to: `path` is a.b in a.b.column=eq.1. */
static struct err *find_level(struct binder *binder, struct query *root, const struct ast_path *path,
                              struct query **out)
{
    *out = root;
    for (size_t i = 0; i < path->count; i++) {
        struct bound_embed *embed = bind_find_embed(*out, path->names[i].text);
        if (!embed)
            return no_embed(binder->arena, path->names[i]);
        *out = embed->query;
    }
    return NULL;
}

/* Returns the list with room for one more element; its capacity doubles from 4. */
static void *grown(struct arena *arena, void *list, size_t count, size_t size)
{
    if (count == 0)
        return arena_alloc(arena, 4 * size);
    if (count >= 4 && (count & (count - 1)) == 0)
        return arena_grow(arena, list, count * size, 2 * count * size);
    return list;
}

static struct err *bind_filters(struct binder *binder, const struct params *params, struct query *root)
{
    for (const struct ast_filter *f = params->filters; f; f = f->next) {
        struct query *level;
        TRY(find_level(binder, root, &f->embed, &level));
        level->filters = grown(binder->arena, level->filters, level->filter_count, sizeof(*level->filters));
        TRY(bind_filter(binder, level, f, &level->filters[level->filter_count++]));
    }
    return NULL;
}

static struct err *not_one(struct binder *binder, const struct query *level, const struct bound_embed *embed,
                           const struct ast_order *ast)
{
    struct err *err = err_at(binder->arena, ERR_BAD_QUERY, ast->related.at, "A related order on '%.*s' is not possible",
                             SLICE_ARG(ast->related.text));
    err->code = SLICE("PGRST118");
    err->details = arena_printf(binder->arena, "'%.*s' and '%.*s' do not form a many-to-one or one-to-one relationship",
                                SLICE_ARG(level->relation->resource), SLICE_ARG(embed->label));
    return err;
}

/* Finds the column of an embedded row that order=embed(name) names. A spread embed also accepts the label that
 * select= gives to the column. */
static struct err *bind_related(struct binder *binder, const struct bound_embed *embed, struct located name,
                                size_t *out)
{
    const struct query *query = embed->query;
    bool known = relation_find_field(embed->target, name.text) != SIZE_MAX;
    for (size_t i = 0; !known && embed->spread && i < query->select_count; i++) {
        const struct bound_select *item = &query->select[i];
        if (query_is_field(item) && slice_eq(item->label, name.text)) {
            *out = item->column;
            return NULL;
        }
    }
    return bind_column(binder, embed->query, name, out);
}

static struct err *bind_order(struct binder *binder, struct query *level, const struct ast_order *ast,
                              struct bound_order *out)
{
    *out = (struct bound_order){.path = ast->path,
                                .descending = ast->descending,
                                .nulls_given = ast->nulls_given,
                                .nulls_first = ast->nulls_first};
    if (!slice_present(ast->related.text))
        return bind_column(binder, level, ast->column, &out->column);
    struct bound_embed *embed = bind_find_embed(level, ast->related.text);
    if (!embed)
        return no_embed(binder->arena, ast->related);
    if (!embed->one)
        return not_one(binder, level, embed, ast);
    TRY(bind_related(binder, embed, ast->column, &out->column));
    struct bound_order *kept = ARENA_NEW(binder->arena, struct bound_order);
    *kept = *out;
    embed->exposed = grown(binder->arena, embed->exposed, embed->exposed_count, sizeof(*embed->exposed));
    out->embed = embed;
    out->exposed = embed->exposed_count;
    embed->exposed[embed->exposed_count++] = kept;
    return NULL;
}

static struct err *bind_orders(struct binder *binder, const struct params *params, struct query *root)
{
    for (const struct ast_order *o = params->orders; o; o = o->next) {
        struct query *level;
        TRY(find_level(binder, root, &o->embed, &level));
        level->orders = grown(binder->arena, level->orders, level->order_count, sizeof(*level->orders));
        TRY(bind_order(binder, level, o, &level->orders[level->order_count++]));
    }
    return NULL;
}

static struct err *bind_pages(struct binder *binder, const struct params *params, struct query *root)
{
    for (const struct ast_page *page = params->pages; page; page = page->next) {
        struct query *level;
        TRY(find_level(binder, root, &page->embed, &level));
        if (page->offset) {
            level->offset = page->value;
            continue;
        }
        level->has_limit = true;
        level->limit = page->value;
    }
    return NULL;
}

struct err *query_bind(struct arena *arena, const struct params *params, struct slice schema,
                       const struct relation *relation, struct query *out)
{
    struct binder binder = {.arena = arena, .schema = schema};
    *out = (struct query){
        .relation = relation, .has_limit = params->has_limit, .limit = params->limit, .offset = params->offset};
    if (!params_select_all(params))
        TRY(bind_items(&binder, params->select, out));
    TRY(bind_filters(&binder, params, out));
    TRY(bind_orders(&binder, params, out));
    out->computed = binder.computed;
    out->may_write = binder.may_write;
    return bind_pages(&binder, params, out);
}

static bool asks_for_embed(const struct bound_filter *filters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (filters[i].kind == FILTER_EMBED || asks_for_embed(filters[i].members, filters[i].member_count))
            return true;
    return false;
}

bool query_restricted_by_embeds(const struct query *query)
{
    for (const struct bound_embed *e = query->embeds; e; e = e->next)
        if (e->inner)
            return true;
    return asks_for_embed(query->filters, query->filter_count);
}

bool query_is_field(const struct bound_select *item)
{
    return !item->embed && item->path.count == 0 && !slice_present(item->cast) && item->aggregate == AGGREGATE_NONE;
}

const struct bound_select *query_shown(const struct query_output *output)
{
    while (output->item->embed && output->item->embed->spread)
        output = &output->item->embed->query->outputs[output->inner];
    return output->item;
}

struct err *params_check_names(struct arena *arena, const struct relation *relation, const struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        if (relation_column(relation, names->items[i]))
            continue;
        struct err *err =
            err_new(arena, ERR_BAD_CONTENT, "Could not find the '%.*s' column of '%.*s' in the schema cache",
                    SLICE_ARG(names->items[i]), SLICE_ARG(relation->resource));
        err->code = SLICE("PGRST204");
        return err;
    }
    return NULL;
}
