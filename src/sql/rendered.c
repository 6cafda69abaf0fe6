/* Rows rendered by the database: GeoJSON features, and the output of handlers (catalog/handler.h). */
#include "builder.h"

#include "midair/base/text.h"

/* Appends the members of the shown row, `expression AS "label", …`. */
static void put_members(struct builder *b, const struct relation *relation, const struct query *query)
{
    bool first = true;
    for (size_t i = 0; query && i < query->output_count; i++) {
        const struct query_output *output = &query->outputs[i];
        buf_z(&b->text, i ? ", " : "");
        if (output->item->embed)
            builder_output(b, relation, output, query->aggregated);
        else
            builder_item(b, relation, output->item);
        SQL(b, " AS ");
        builder_ident(b, output->label);
    }
    for (size_t i = 0; !query && i < relation->column_count; i++) {
        if (!relation->columns[i].can_select)
            continue;
        buf_z(&b->text, first ? "" : ", ");
        first = false;
        builder_column(b, relation, i);
        SQL(b, " AS ");
        builder_ident(b, relation->columns[i].name);
    }
}

/* Appends the argument of a handler as q.r or q.*: the row itself if the handler is declared for the relation's row
 * type, else a record of what is shown. `q.*` means the row even if a column has the name of the alias. */
static void put_taken(struct builder *b, const struct relation *relation, const struct query *query,
                      const struct handler *handler)
{
    if (!slice_present(handler->row_type)) {
        put_members(b, relation, query);
        return;
    }
    SQL(b, "CAST(");
    builder_row(b, relation);
    SQL(b, " AS ");
    buf_put(&b->text, handler->row_type);
    SQL(b, ") AS r");
}

static void put_handler(struct builder *b, const struct handler *handler)
{
    SQL(b, "SELECT ");
    buf_put(&b->text, handler->ident);
    buf_z(&b->text, slice_present(handler->row_type) ? "(q.r)" : "(q.*)");
}

void builder_rendered(struct builder *b, const struct layout *layout, enum fetch_kind kind)
{
    const struct query *query = layout->query && layout->query->has_select ? layout->query : NULL;
    if (kind == FETCH_WHOLE) {
        SQL(b, "CAST(");
        buf_put(&b->text, b->alias);
        SQL(b, ".* AS pg_catalog.text)");
        return;
    }
    SQL(b, "(");
    if (kind == FETCH_FEATURE) {
        SQL(b, "SELECT ");
        buf_put(&b->text, layout->relation->shown_as.feature_maker);
        SQL(b, "(q.*) FROM (SELECT ");
        put_members(b, layout->relation, query);
    } else {
        put_handler(b, layout->handler);
        SQL(b, " FROM (SELECT ");
        put_taken(b, layout->relation, query, layout->handler);
    }
    SQL(b, ") AS q)");
}

struct statement *sql_handle_list(struct arena *arena, const struct layout *layout, const struct query *query,
                                  const struct handler *handler, int64_t limit, bool counted)
{
    struct builder b = builder_new(arena);
    put_handler(&b, handler);
    SQL(&b, " AS made, pg_catalog.count(*) AS shown");
    if (counted) {
        SQL(&b, ", (");
        builder_count(&b, layout, query);
        SQL(&b, ") AS total");
    }
    SQL(&b, " FROM (SELECT ");
    put_taken(&b, layout->relation, query->has_select ? query : NULL, handler);
    builder_list(&b, layout, query, limit);
    SQL(&b, ") AS q");
    return builder_done(&b, false);
}

struct statement *sql_handle_rows(struct arena *arena, const struct relation *relation, const struct handler *handler,
                                  const struct slice *rows, size_t count)
{
    struct builder b = builder_new(arena);
    put_handler(&b, handler);
    SQL(&b, " FROM (SELECT ");
    if (!slice_present(handler->row_type))
        SQL(&b, "(");
    SQL(&b, "CAST(u.v AS ");
    buf_put(&b.text, relation->ident);
    buf_z(&b.text, slice_present(handler->row_type) ? ") AS r" : ")).*");
    SQL(&b, " FROM pg_catalog.unnest(");
    builder_param(&b, text_array(arena, rows, count));
    SQL(&b, "::pg_catalog.text[]) WITH ORDINALITY AS u (v, n) ORDER BY u.n) AS q");
    return builder_done(&b, false);
}
