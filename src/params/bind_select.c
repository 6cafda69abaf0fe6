#include "binder.h"

#include "midair/http/problem.h"

/* PostgreSQL truncates longer identifiers, and the labels of embedded rows are identifiers in SQL. */
enum { LABEL_MAX = 63 };

static const struct {
    const char *name;
    const char *sql;
} types[] = {
#define TYPE(name, sql) {name, sql},
#include "type.def"
#undef TYPE
};

/* Compares a type's text with a name, with or without the schema: format_type() writes the schema of types that are
 * not visible in the search path. */
static bool is_named(struct slice type, struct slice name)
{
    if (slice_eq(type, name))
        return true;
    return type.len > name.len && slice_ends(type, name) && type.at[type.len - name.len - 1] == '.';
}

/* The SQL text of the type that a cast names: one of type.def, or the type of a column of the relation. The error
 * has the cast's position. */
static struct err *bind_cast(struct arena *arena, const struct relation *relation, struct located name,
                             struct slice *out)
{
    if (!slice_present(name.text))
        return NULL;
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (slice_eq_nocase(name.text, slice_of(types[i].name))) {
            *out = slice_of(types[i].sql);
            return NULL;
        }
    for (size_t i = 0; i < relation->column_count + relation->computed.field_count; i++) {
        struct slice type = relation_field(relation, i)->type;
        if (is_named(type, name.text)) {
            *out = type;
            return NULL;
        }
    }
    struct err *err =
        err_at(arena, ERR_BAD_QUERY, name.at, "\"%.*s\" is not a type that a cast may name.", SLICE_ARG(name.text));
    err->code = SLICE("42704");
    problem_of(arena, err)->message = arena_printf(arena, "type \"%.*s\" does not exist", SLICE_ARG(name.text));
    return err;
}

/* The label of an item that has no alias: the last name of its JSON path, or the name of its aggregate. */
static struct slice usual_label(const struct ast_select *item)
{
    static const char *const names[] = {"", "count", "sum", "avg", "min", "max"};
    if (item->aggregate)
        return slice_of(names[item->aggregate]);
    for (size_t i = item->path.count; i > 0; i--)
        if (!item->path.steps[i - 1].index)
            return item->path.steps[i - 1].key;
    return item->column.text;
}

/* Whether `count` without parentheses means count(): it does where no column has this name. This is PostgREST's
 * syntax from before aggregates, and it needs no permission for aggregates. */
static bool is_bare_count(const struct relation *relation, const struct ast_select *item)
{
    return slice_eq(item->column.text, SLICE("count")) && item->path.count == 0 && !item->aggregate &&
           relation_find_field(relation, item->column.text) == SIZE_MAX;
}

static void note_aggregate(struct query *query, size_t at)
{
    if (!query->has_aggregate)
        query->aggregate_at = at;
    query->has_aggregate = true;
}

static struct err *bind_one(struct binder *binder, const struct ast_select *item, struct query *out)
{
    struct bound_select *bound = &out->select[out->select_count++];
    *bound = (struct bound_select){.column = NO_COLUMN, .path = item->path, .aggregate = item->aggregate};
    bound->label = slice_present(item->label.text) ? item->label.text : usual_label(item);
    if (is_bare_count(out->relation, item)) {
        bound->aggregate = AGGREGATE_COUNT;
        out->aggregated = true;
        return bind_cast(binder->arena, out->relation, item->cast, &bound->aggregate_cast);
    }
    if (slice_present(item->column.text))
        TRY(bind_column(binder, out, item->column, &bound->column));
    TRY(bind_cast(binder->arena, out->relation, item->cast, &bound->cast));
    TRY(bind_cast(binder->arena, out->relation, item->aggregate_cast, &bound->aggregate_cast));
    if (item->aggregate) {
        out->aggregated = true;
        note_aggregate(out, item->column.at);
    }
    return NULL;
}

static struct err *no_access(struct binder *binder, const struct bound_embed *embed, const struct ast_select *item)
{
    struct err *err = err_at(binder->arena, ERR_FORBIDDEN, item->column.at, "%.*s may not be read.",
                             SLICE_ARG(embed->target->resource));
    err->code = SLICE("42501");
    return err;
}

static struct err *check_labels(struct binder *binder, const struct query *query, size_t at)
{
    for (size_t i = 0; i < query->output_count; i++)
        if (query->outputs[i].label.len > LABEL_MAX)
            return err_at(binder->arena, ERR_BAD_QUERY, at,
                          "Names inside embedded resources can have at most %d bytes.", LABEL_MAX);
    return NULL;
}

/* Aggregates of a spread embed are computed over the outer rows, so the outer query becomes an aggregated one. */
static struct err *hoist_aggregates(struct binder *binder, const struct bound_embed *embed, size_t at,
                                    struct query *out)
{
    if (!embed->spread || !embed->query->aggregated)
        return NULL;
    if (!embed->one) {
        struct err *err = err_at(binder->arena, ERR_BAD_QUERY, at, "Feature not implemented");
        err->code = SLICE("PGRST127");
        err->details = SLICE("Aggregates are not implemented for one-to-many or many-to-many spreads.");
        return err;
    }
    embed->query->aggregated = false;
    out->aggregated = true;
    return NULL;
}

/* Rows that a computed relationship returns need no privilege on the target: the function decides which rows it
 * returns. */
static bool may_read(const struct bound_embed *embed)
{
    return embed->computed || embed->target->can_select;
}

static struct err *bind_embed(struct binder *binder, const struct ast_select *item, struct query *out)
{
    struct bound_embed *embed = ARENA_NEW(binder->arena, struct bound_embed);
    embed->from = out->relation;
    TRY(bind_relationship(binder, out->relation, item, embed));
    if (embed->computed) {
        out->takes_row = binder->computed = true;
        binder->may_write = binder->may_write || embed->computed->may_write;
    }
    if (!may_read(embed))
        return no_access(binder, embed, item);
    embed->number = ++binder->embeds;
    if (embed->number > QUERY_EMBEDS_MAX)
        return err_at(binder->arena, ERR_BAD_QUERY, item->column.at, "A query may have at most %d embedded resources.",
                      QUERY_EMBEDS_MAX);
    embed->name = item->column.text;
    embed->label = slice_present(item->label.text) ? item->label.text : item->column.text;
    embed->inner = item->join == JOIN_INNER;
    embed->spread = item->spread;
    embed->query = ARENA_NEW(binder->arena, struct query);
    embed->query->relation = embed->target;
    TRY(bind_items(binder, item->items, embed->query));
    TRY(check_labels(binder, embed->query, item->column.at));
    TRY(hoist_aggregates(binder, embed, item->column.at, out));
    if (embed->query->has_aggregate)
        note_aggregate(out, embed->query->aggregate_at);
    struct bound_embed **tail = &out->embeds;
    while (*tail)
        tail = &(*tail)->next;
    *tail = embed;
    struct bound_select *bound = &out->select[out->select_count++];
    *bound = (struct bound_select){.label = embed->label, .column = NO_COLUMN, .embed = embed};
    return NULL;
}

static void bind_star(struct query *out)
{
    for (size_t c = 0; c < out->relation->column_count; c++)
        if (out->relation->columns[c].can_select)
            out->select[out->select_count++] =
                (struct bound_select){.label = out->relation->columns[c].name, .column = c};
}

/* Fills query->outputs from query->select and replaces each spread embed by its outputs. An embed that shows
 * nothing, which only serves filters, has no output. */
static void make_outputs(struct binder *binder, struct query *query)
{
    size_t n = query->select_count;
    for (const struct bound_embed *e = query->embeds; e; e = e->next)
        n += e->query->output_count;
    query->outputs = ARENA_ARRAY(binder->arena, struct query_output, n);
    for (size_t i = 0; i < query->select_count; i++) {
        const struct bound_select *item = &query->select[i];
        size_t inner = item->embed ? item->embed->query->output_count : 1;
        if (item->embed && !item->embed->spread && inner)
            inner = 1;
        for (size_t k = 0; k < inner; k++) {
            struct query_output *output = &query->outputs[query->output_count++];
            *output = (struct query_output){item->label, item, k};
            if (item->embed && item->embed->spread)
                output->label = item->embed->query->outputs[k].label;
        }
    }
}

struct err *bind_items(struct binder *binder, const struct ast_select *items, struct query *out)
{
    size_t n = 0;
    out->has_select = true;
    for (const struct ast_select *item = items; item; item = item->next)
        n += item->kind == SELECT_STAR ? out->relation->column_count : 1;
    out->select = ARENA_ARRAY(binder->arena, struct bound_select, n);
    for (const struct ast_select *item = items; item; item = item->next) {
        if (item->kind == SELECT_STAR)
            bind_star(out);
        else if (item->kind == SELECT_EMBED)
            TRY(bind_embed(binder, item, out));
        else
            TRY(bind_one(binder, item, out));
    }
    make_outputs(binder, out);
    return NULL;
}
