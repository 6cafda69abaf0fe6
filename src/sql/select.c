#include "builder.h"

static void put_from(struct builder *b, const struct relation *relation)
{
    SQL(b, " FROM ");
    buf_put(&b->text, relation->ident);
    SQL(b, " AS t");
}

static void put_lock(struct builder *b, enum lock_strength lock)
{
    static const char *const clauses[] = {"", " FOR SHARE OF t", " FOR NO KEY UPDATE OF t", " FOR UPDATE OF t"};
    buf_z(&b->text, clauses[lock]);
}

struct statement *sql_select_item(struct arena *arena, const struct layout *layout, const struct slice *keys,
                                  const struct place *place, enum lock_strength lock)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT ");
    builder_fetches(&b, layout);
    put_from(&b, layout->relation);
    SQL(&b, " WHERE ");
    builder_key(&b, layout->relation, keys);
    if (place) {
        SQL(&b, " AND ");
        builder_place(&b, layout->relation, place);
    }
    put_lock(&b, lock);
    return builder_done(&b, false);
}

static void put_key_order(struct builder *b, const struct relation *relation)
{
    for (size_t i = 0; i < relation->key.column_count; i++) {
        if (i)
            SQL(b, ", ");
        else
            SQL(b, " ORDER BY ");
        builder_column(b, relation, (size_t)relation->key.columns[i]);
    }
}

/* Pages need an order to be pages of one list: without order= it is the key's. */
static void put_order(struct builder *b, const struct relation *relation, const struct query *query)
{
    if (query->order_count == 0) {
        put_key_order(b, relation);
        return;
    }
    for (size_t i = 0; i < query->order_count; i++) {
        const struct bound_order *order = &query->orders[i];
        if (i)
            SQL(b, ", ");
        else
            SQL(b, " ORDER BY ");
        builder_column(b, relation, order->column);
        if (order->descending)
            SQL(b, " DESC");
        if (order->nulls_given && order->nulls_first)
            SQL(b, " NULLS FIRST");
        else if (order->nulls_given)
            SQL(b, " NULLS LAST");
    }
}

static void put_page(struct builder *b, int64_t limit, int64_t offset)
{
    SQL(b, " LIMIT ");
    builder_param(b, arena_printf(b->text.arena, "%lld", (long long)limit));
    if (offset) {
        SQL(b, " OFFSET ");
        builder_param(b, arena_printf(b->text.arena, "%lld", (long long)offset));
    }
}

static void put_list(struct builder *b, const struct layout *layout, const struct query *query, int64_t limit)
{
    put_from(b, layout->relation);
    builder_filters(b, layout->relation, query);
    put_order(b, layout->relation, query);
    put_page(b, limit, query->offset);
}

struct statement *sql_select_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                  int64_t limit, bool counted)
{
    struct builder b = builder_new(arena);
    if (!counted) {
        SQL(&b, "SELECT ");
        builder_fetches(&b, layout);
        put_list(&b, layout, query, limit);
        return builder_done(&b, false);
    }
    /* One snapshot for page and count, and the count also when the page is empty. The names of the page's columns are
     * made up: it may show one column twice. */
    SQL(&b, "SELECT ");
    for (size_t i = 0; i < layout->fetch_count; i++)
        buf_printf(&b.text, "q.c%zu, ", i);
    SQL(&b, "n.total, q.hit FROM (SELECT pg_catalog.count(*) AS total");
    put_from(&b, layout->relation);
    builder_filters(&b, layout->relation, query);
    SQL(&b, ") AS n LEFT JOIN (SELECT ");
    builder_fetches(&b, layout);
    SQL(&b, ", true");
    put_list(&b, layout, query, limit);
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
    builder_filters(&b, layout->relation, query);
    put_key_order(&b, layout->relation); /* every writer locks in the same order */
    put_page(&b, limit, 0);
    put_lock(&b, lock);
    return builder_done(&b, false);
}
