/* Embeds: each is a lateral subquery, which returns one row with the embed's JSON as `j` (PostgREST: resource
 * embedding).
 *
 * PostgreSQL makes the JSON, so numbers keep their digits and members have the order of select=. Embed number n has
 * the alias `en`, its rows `tn` and those of its junction `jn`. A spread embed returns columns v0, v1, … instead.
 * Columns that the outer rows are ordered by are o0, o1, … */
#include "builder.h"

#include "midair/catalog/policy.h"

/* Appends `tn."a" = t."b" AND …`, the join condition of a link. `child` and `parent` are the aliases of its sides. */
static void put_link(struct builder *b, const struct link *link, struct slice child, struct slice parent)
{
    struct slice kept = b->alias;
    for (size_t i = 0; i < link->column_count; i++) {
        if (i)
            SQL(b, " AND ");
        b->alias = child;
        builder_column(b, link->child, (size_t)link->columns[i]);
        builder_equals(b, &link->parent->columns[link->parent_columns[i]]);
        b->alias = parent;
        builder_column(b, link->parent, (size_t)link->parent_columns[i]);
    }
    b->alias = kept;
}

/* Appends ` FROM "schema"."function"(t.*) AS tn`. A function that does not return a set returns a row of NULLs
 * instead of no row, which the condition excludes. */
static void put_computed_source(struct builder *b, const struct bound_embed *embed, struct slice parent)
{
    struct slice self = b->alias;
    SQL(b, " FROM ");
    buf_put(&b->text, embed->computed->ident);
    SQL(b, "(");
    b->alias = parent;
    builder_row(b, embed->from);
    b->alias = self;
    SQL(b, ") AS ");
    buf_put(&b->text, self);
    builder_joins(b, embed->query, JOINS_ALL);
    SQL(b, " WHERE ");
    if (embed->computed->returns_set)
        SQL(b, "true");
    else
        buf_printf(&b->text, "NOT (%.*s.* IS NULL)", SLICE_ARG(self));
}

static void put_source(struct builder *b, const struct bound_embed *embed, struct slice parent)
{
    struct slice self = b->alias;
    if (embed->computed) {
        put_computed_source(b, embed, parent);
        return;
    }
    SQL(b, " FROM ");
    buf_put(&b->text, embed->target->ident);
    SQL(b, " AS ");
    buf_put(&b->text, self);
    struct slice junction = arena_printf(b->text.arena, "j%zu", embed->number);
    if (embed->far) {
        SQL(b, " INNER JOIN ");
        buf_put(&b->text, embed->link->child->ident);
        SQL(b, " AS ");
        buf_put(&b->text, junction);
        SQL(b, " ON ");
        put_link(b, embed->far, junction, self);
    }
    builder_joins(b, embed->query, JOINS_ALL);
    SQL(b, " WHERE ");
    if (embed->far)
        put_link(b, embed->link, junction, parent);
    else if (embed->to_children)
        put_link(b, embed->link, self, parent);
    else
        put_link(b, embed->link, parent, self);
}

static int64_t page_limit(const struct bound_embed *embed)
{
    int64_t most = embed->target->policy->max_rows;
    return embed->query->has_limit && embed->query->limit < most ? embed->query->limit : most;
}

/* Whether an embed that shows one row may find several: a function that returns a set, or a view that has several
 * rows for one row of its table. */
static bool may_be_many(const struct bound_embed *embed)
{
    return embed->computed ? embed->computed->returns_set : embed->link->by_view;
}

static void put_rows(struct builder *b, const struct bound_embed *embed, struct slice parent)
{
    const struct query *query = embed->query;
    put_source(b, embed, parent);
    builder_conditions(b, embed->target, query, " AND ");
    builder_group(b, embed->target, query);
    bool paged = !embed->one || query->has_limit || query->offset; /* without its only row, an embed shows null */
    if (!paged && !may_be_many(embed))
        return;
    if ((!embed->one || may_be_many(embed)) && (!embed->computed || query->order_count))
        builder_order(b, embed->target, query); /* without order=, a function determines the order itself */
    if (!paged)
        SQL(b, " LIMIT 1");
    else
        builder_page(b, embed->one && page_limit(embed) > 1 ? 1 : page_limit(embed), query->offset);
}

static void put_member(struct builder *b, const struct bound_embed *embed, const struct query_output *output)
{
    if (output->item->embed)
        builder_output(b, embed->target, output, embed->query->aggregated);
    else
        builder_item(b, embed->target, output->item);
}

/* Appends the members of an embedded row: `expression AS "label"`. */
static void put_members(struct builder *b, const struct bound_embed *embed)
{
    const struct query *query = embed->query;
    for (size_t i = 0; i < query->output_count; i++) {
        buf_z(&b->text, i ? ", " : "");
        put_member(b, embed, &query->outputs[i]);
        SQL(b, " AS ");
        builder_ident(b, query->outputs[i].label);
    }
    if (query->output_count == 0)
        SQL(b, "true AS j");
}

static void put_exposed(struct builder *b, const struct bound_embed *embed)
{
    for (size_t i = 0; i < embed->exposed_count; i++) {
        SQL(b, ", ");
        builder_field(b, embed->target, embed->exposed[i]->column, &embed->exposed[i]->path);
        buf_printf(&b->text, " AS o%zu", i);
    }
}

/* Appends the columns v0, v1, … of a spread embed. */
static void put_spread_columns(struct builder *b, const struct bound_embed *embed)
{
    const struct query *query = embed->query;
    for (size_t i = 0; i < query->output_count; i++) {
        SQL(b, ", ");
        builder_spread_output(b, embed->target, &query->outputs[i]);
        buf_printf(&b->text, " AS v%zu", i);
    }
}

/* Appends the subquery of a spread embed. `j` is not NULL if there are rows, which !inner tests. */
static void put_spread(struct builder *b, const struct bound_embed *embed, struct slice parent)
{
    if (embed->one) {
        SQL(b, "SELECT true AS j");
        put_spread_columns(b, embed);
        put_exposed(b, embed);
        put_rows(b, embed, parent);
        return;
    }
    SQL(b, "SELECT NULLIF(pg_catalog.count(*), 0) AS j");
    for (size_t i = 0; i < embed->query->output_count; i++)
        buf_printf(&b->text, ", pg_catalog.json_agg(q.v%zu) AS v%zu", i, i);
    SQL(b, " FROM (SELECT true AS j");
    put_spread_columns(b, embed);
    put_rows(b, embed, parent);
    SQL(b, ") AS q");
}

/* Makes the embed's object, and beside it the columns that the outer row is ordered by. The members have numbered
 * names at first, since groups must be formed at that level and two members may have the same label. */
static void put_object_beside(struct builder *b, const struct bound_embed *embed, struct slice parent)
{
    const struct query *query = embed->query;
    SQL(b, "SELECT (SELECT pg_catalog.row_to_json(m.*) FROM (SELECT ");
    for (size_t i = 0; i < query->output_count; i++) {
        buf_printf(&b->text, "%sq.m%zu AS ", i ? ", " : "", i);
        builder_ident(b, query->outputs[i].label);
    }
    buf_z(&b->text, query->output_count ? ") AS m) AS j" : "true AS j) AS m) AS j");
    for (size_t i = 0; i < embed->exposed_count; i++)
        buf_printf(&b->text, ", q.o%zu", i);
    SQL(b, " FROM (SELECT true AS j");
    for (size_t i = 0; i < query->output_count; i++) {
        SQL(b, ", ");
        put_member(b, embed, &query->outputs[i]);
        buf_printf(&b->text, " AS m%zu", i);
    }
    put_exposed(b, embed);
    put_rows(b, embed, parent);
    SQL(b, ") AS q");
}

static void put_object(struct builder *b, const struct bound_embed *embed, struct slice parent)
{
    if (embed->exposed_count) {
        put_object_beside(b, embed, parent);
        return;
    }
    buf_z(&b->text, embed->one ? "SELECT pg_catalog.row_to_json(q.*)" : "SELECT pg_catalog.json_agg(q.*)");
    SQL(b, " AS j FROM (SELECT ");
    put_members(b, embed);
    put_rows(b, embed, parent);
    SQL(b, ") AS q");
}

static void put_embed(struct builder *b, const struct bound_embed *embed, bool inner)
{
    struct slice parent = b->alias;
    buf_z(&b->text, inner ? " INNER JOIN LATERAL (" : " LEFT JOIN LATERAL (");
    b->alias = arena_printf(b->text.arena, "t%zu", embed->number);
    if (embed->spread)
        put_spread(b, embed, parent);
    else
        put_object(b, embed, parent);
    b->alias = parent;
    buf_printf(&b->text, ") AS e%zu ON ", embed->number);
    if (inner && !embed->one)
        buf_printf(&b->text, "e%zu.j IS NOT NULL", embed->number);
    else
        SQL(b, "true");
}

void builder_joins(struct builder *b, const struct query *query, enum joins joins)
{
    for (const struct bound_embed *e = query->embeds; e; e = e->next) {
        bool restricts = e->inner || e->tested;
        bool shown = e->query->output_count > 0 || e->exposed_count > 0;
        if (joins == JOINS_RESTRICTING ? restricts : joins == JOINS_SHOWN ? shown : shown || restricts)
            put_embed(b, e, e->inner && joins != JOINS_SHOWN);
    }
}
