/* Expressions: columns, JSON paths, casts, aggregates, outputs of embeds. */
#include "builder.h"

/* Equal keys in SELECT and GROUP BY must be the same parameter, or PostgreSQL sees two different expressions. */
static void put_step(struct builder *b, const struct json_step *step)
{
    const char *type = step->index ? "::pg_catalog.int4" : "::pg_catalog.text";
    for (size_t i = 0; i < b->step_count; i++)
        if (b->steps[i].step == step) {
            buf_printf(&b->text, "$%zu%s", b->steps[i].param, type);
            return;
        }
    builder_param(b, step->key);
    buf_z(&b->text, type);
    if (b->step_count == b->step_cap) {
        size_t size = b->step_cap * sizeof(*b->steps);
        b->step_cap = b->step_cap ? 2 * b->step_cap : 8;
        b->steps = arena_grow(b->text.arena, b->steps, size, b->step_cap * sizeof(*b->steps));
    }
    b->steps[b->step_count++] = (struct named_step){step, b->count};
}

void builder_field(struct builder *b, const struct relation *relation, size_t column, const struct json_path *path)
{
    if (path->count == 0) {
        builder_column(b, relation, column);
        return;
    }
    bool json = relation_field(relation, column)->form == FORM_JSON;
    SQL(b, "(");
    if (!json)
        SQL(b, "pg_catalog.to_jsonb(");
    builder_column(b, relation, column);
    if (!json)
        SQL(b, ")");
    for (size_t i = 0; i < path->count; i++) {
        buf_z(&b->text,
              path->as_text && i + 1 == path->count ? " OPERATOR(pg_catalog.->>) " : " OPERATOR(pg_catalog.->) ");
        put_step(b, &path->steps[i]);
    }
    SQL(b, ")");
}

static void put_cast_begin(struct builder *b, struct slice type)
{
    if (slice_present(type))
        SQL(b, "CAST(");
}

static void put_cast_end(struct builder *b, struct slice type)
{
    if (!slice_present(type))
        return;
    SQL(b, " AS ");
    buf_put(&b->text, type); /* from a fixed list or the catalog: params/bind_select.c */
    SQL(b, ")");
}

static void put_aggregate_begin(struct builder *b, const struct bound_select *item)
{
    static const char *const functions[] = {"", "count", "sum", "avg", "min", "max"};
    put_cast_begin(b, item->aggregate_cast);
    if (item->aggregate)
        buf_printf(&b->text, "pg_catalog.%s(", functions[item->aggregate]);
}

static void put_aggregate_end(struct builder *b, const struct bound_select *item)
{
    if (item->aggregate)
        SQL(b, ")");
    put_cast_end(b, item->aggregate_cast);
}

/* Appends the argument of an aggregate. `rows` is the expression that count() without a column counts. */
static void put_argument(struct builder *b, const struct relation *relation, const struct bound_select *item,
                         const char *rows)
{
    if (item->column == NO_COLUMN) {
        buf_z(&b->text, rows);
        return;
    }
    put_cast_begin(b, item->cast);
    builder_field(b, relation, item->column, &item->path);
    put_cast_end(b, item->cast);
}

void builder_item(struct builder *b, const struct relation *relation, const struct bound_select *item)
{
    put_aggregate_begin(b, item);
    put_argument(b, relation, item, "*");
    put_aggregate_end(b, item);
}

static void put_spread_name(struct builder *b, const struct query_output *output)
{
    buf_printf(&b->text, "e%zu.v%zu", output->item->embed->number, output->inner);
}

/* Whether a spread embed returns the output as a value of its own type; if not, it returns JSON. */
static bool is_value(const struct relation *relation, const struct query_output *output)
{
    const struct bound_select *item = output->item;
    const struct bound_embed *embed = item->embed;
    if (embed)
        return embed->spread && embed->one && is_value(embed->target, &embed->query->outputs[output->inner]);
    if (item->aggregate || slice_present(item->cast) || item->path.as_text)
        return true;
    return item->path.count == 0 && relation_field(relation, item->column)->form != FORM_JSON;
}

void builder_spread_output(struct builder *b, const struct relation *relation, const struct query_output *output)
{
    if (!is_value(relation, output))
        builder_output(b, relation, output, false);
    else if (output->item->embed)
        put_spread_name(b, output);
    else
        put_argument(b, relation, output->item, "true");
}

/* Appends the JSON of an embed. json has no equality operator, so groups are formed over its text. */
static void put_embedded(struct builder *b, const struct query_output *output, bool grouped)
{
    const struct bound_embed *embed = output->item->embed;
    if (!embed->one)
        SQL(b, "COALESCE(");
    if (embed->spread)
        put_spread_name(b, output);
    else
        buf_printf(&b->text, "e%zu.j", embed->number);
    if (grouped)
        SQL(b, "::pg_catalog.text::pg_catalog.json");
    if (!embed->one)
        SQL(b, ", '[]'::pg_catalog.json)");
}

void builder_output(struct builder *b, const struct relation *relation, const struct query_output *output, bool grouped)
{
    const struct bound_select *shown = query_shown(output);
    if (output->item->embed && !is_value(relation, output)) {
        put_embedded(b, output, grouped);
        return;
    }
    SQL(b, "pg_catalog.to_json(");
    if (output->item->embed) {
        put_aggregate_begin(b, shown);
        put_spread_name(b, output);
        put_aggregate_end(b, shown);
    } else {
        builder_item(b, relation, shown);
    }
    SQL(b, ")");
}

/* Whether the outer order's column is also shown by the embed, so that groups are already formed over it. */
static bool is_grouped(const struct bound_order *order)
{
    const struct query *query = order->embed->query;
    for (size_t i = 0; i < query->output_count; i++) {
        const struct bound_select *item = query->outputs[i].item;
        if (order->path.count == 0 && query_is_field(item) && item->column == order->column)
            return true;
    }
    return false;
}

/* Adds such order columns to GROUP BY: they are determined by the JSON, but PostgreSQL cannot know that. */
static void put_group_orders(struct builder *b, const struct query *query, const char *before)
{
    for (size_t i = 0; i < query->order_count; i++) {
        const struct bound_order *order = &query->orders[i];
        if (!order->embed || !is_grouped(order))
            continue;
        buf_printf(&b->text, "%se%zu.o%zu", before, order->embed->number, order->exposed);
        before = ", ";
    }
}

static void put_group_key(struct builder *b, const struct relation *relation, const struct query_output *output)
{
    if (!output->item->embed)
        builder_item(b, relation, output->item);
    else if (output->item->embed->spread)
        put_spread_name(b, output);
    else
        buf_printf(&b->text, "e%zu.j", output->item->embed->number);
    if (output->item->embed && !is_value(relation, output))
        SQL(b, "::pg_catalog.text");
}

void builder_group(struct builder *b, const struct relation *relation, const struct query *query)
{
    const char *before = " GROUP BY ";
    for (size_t i = 0; query->aggregated && i < query->output_count; i++) {
        const struct query_output *output = &query->outputs[i];
        if (query_shown(output)->aggregate)
            continue;
        buf_z(&b->text, before);
        before = ", ";
        put_group_key(b, relation, output);
    }
    if (query->aggregated)
        put_group_orders(b, query, before);
}
