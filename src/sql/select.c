/* Statements that read rows: items, pages, counts and locked lists. */
#include "builder.h"

static void put_from(struct builder *b, const struct relation *relation)
{
    SQL(b, " FROM ");
    buf_put(&b->text, relation->ident);
    SQL(b, " AS t");
}

static void put_joins(struct builder *b, const struct layout *layout, enum joins joins)
{
    if (layout->query)
        builder_joins(b, layout->query, joins);
}

void builder_lock(struct builder *b, enum lock_strength lock)
{
    static const char *const clauses[] = {[LOCK_NONE] = "",
                                          [LOCK_KEY_SHARE] = " FOR KEY SHARE OF t",
                                          [LOCK_SHARE] = " FOR SHARE OF t",
                                          [LOCK_NO_KEY_UPDATE] = " FOR NO KEY UPDATE OF t",
                                          [LOCK_UPDATE] = " FOR UPDATE OF t"};
    buf_z(&b->text, clauses[lock]);
}

struct statement *sql_select_item(struct arena *arena, const struct layout *layout, const struct slice *keys,
                                  const struct parent_path *parent_path, enum lock_strength lock)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT ");
    builder_fetches(&b, layout);
    put_from(&b, layout->relation);
    put_joins(&b, layout, JOINS_ALL);
    SQL(&b, " WHERE ");
    builder_key(&b, layout->relation, keys);
    if (parent_path) {
        SQL(&b, " AND ");
        builder_parent_path(&b, layout->relation, parent_path);
    }
    builder_conditions(&b, layout->relation, layout->query, " AND ");
    if (layout->query)
        builder_group(&b, layout->relation, layout->query);
    builder_lock(&b, lock);
    return builder_done(&b, false);
}

/* Appends the query for all matching rows, or groups of rows, without limit and offset. */
static void put_matches(struct builder *b, const struct relation *relation, const struct query *query, enum joins joins)
{
    put_from(b, relation);
    builder_joins(b, query, joins);
    builder_filters(b, relation, query);
    builder_group(b, relation, query);
}

void builder_list(struct builder *b, const struct layout *layout, const struct query *query, int64_t limit)
{
    put_matches(b, layout->relation, query, JOINS_ALL);
    builder_order(b, layout->relation, query);
    builder_page(b, limit, query->offset);
}

/* Appends the count of matching rows. Groups must be computed to be counted. */
void builder_count(struct builder *b, const struct layout *layout, const struct query *query)
{
    SQL(b, "SELECT pg_catalog.count(*) AS total");
    if (!query->aggregated) {
        put_matches(b, layout->relation, query, JOINS_RESTRICTING);
        return;
    }
    SQL(b, " FROM (SELECT ");
    builder_fetches(b, layout);
    put_matches(b, layout->relation, query, JOINS_ALL);
    SQL(b, ") AS g");
}

/* Appends `SELECT 1 FROM …`, or the query for groups. */
static void put_bare(struct builder *b, const struct layout *layout, const struct query *query)
{
    SQL(b, "SELECT ");
    if (query->aggregated)
        builder_fetches(b, layout);
    else
        SQL(b, "1");
    put_matches(b, layout->relation, query, query->aggregated ? JOINS_ALL : JOINS_RESTRICTING);
}

struct statement *sql_count_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                 int64_t limit)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT pg_catalog.count(*) FROM (");
    put_bare(&b, layout, query);
    builder_page(&b, limit, 0);
    SQL(&b, ") AS n");
    return builder_done(&b, false);
}

struct statement *sql_explain_list(struct arena *arena, const struct layout *layout, const struct query *query)
{
    struct builder b = builder_new(arena);
    SQL(&b, "EXPLAIN (FORMAT JSON) ");
    put_bare(&b, layout, query);
    return builder_done(&b, false);
}

struct statement *sql_select_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                  int64_t limit, bool counted)
{
    struct builder b = builder_new(arena);
    if (!counted) {
        SQL(&b, "SELECT ");
        builder_fetches(&b, layout);
        builder_list(&b, layout, query, limit);
        return builder_done(&b, false);
    }
    /* One statement, so that page and count have the same snapshot; the count is returned even if the page is empty.
     * The page's columns get generated names, since it may show one column twice. */
    SQL(&b, "SELECT ");
    for (size_t i = 0; i < layout->fetch_count; i++)
        buf_printf(&b.text, "q.c%zu, ", i);
    SQL(&b, "n.total, q.hit FROM (");
    builder_count(&b, layout, query);
    SQL(&b, ") AS n LEFT JOIN (SELECT ");
    builder_fetches(&b, layout);
    SQL(&b, ", true");
    builder_list(&b, layout, query, limit);
    SQL(&b, ") AS q (");
    for (size_t i = 0; i < layout->fetch_count; i++)
        buf_printf(&b.text, "c%zu, ", i);
    SQL(&b, "hit) ON true");
    return builder_done(&b, false);
}

struct statement *sql_lock_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                int64_t limit, enum lock_strength lock)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT ");
    builder_fetches(&b, layout);
    put_from(&b, layout->relation);
    builder_joins(&b, query, JOINS_RESTRICTING); /* only the rows that a GET with this query shows */
    builder_filters(&b, layout->relation, query);
    builder_key_order(&b, layout->relation); /* all writers lock rows in the same order, so they do not deadlock */
    builder_page(&b, limit, 0);
    builder_lock(&b, lock);
    return builder_done(&b, false);
}

struct statement *sql_compare_claims(struct arena *arena, const struct relation *relation, const struct claims *claims)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT ");
    for (size_t i = 0; i < claims->count; i++) {
        const struct column *column = &relation->columns[claims->items[i].column];
        const struct slice *const sides[] = {&claims->items[i].wanted, &claims->items[i].claimed};
        for (size_t side = 0; side < 2; side++) {
            if (side)
                builder_equals(&b, column);
            else
                buf_z(&b.text, i ? ", " : "");
            builder_param(&b, *sides[side]);
            SQL(&b, "::");
            buf_put(&b.text, column->type);
        }
    }
    return builder_done(&b, false);
}
