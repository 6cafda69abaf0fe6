#include "builder.h"

#include "midair/base/map.h"
#include "midair/base/text.h"
#include "midair/plan/moment.h"

#include <assert.h>

struct builder builder_new(struct arena *arena)
{
    struct builder b = {.text = buf_new(arena, 512), .cap = 16, .alias = SLICE("t")};
    b.values = ARENA_ARRAY(arena, const char *, b.cap);
    return b;
}

void builder_ident(struct builder *b, struct slice name)
{
    buf_byte(&b->text, '"');
    for (struct slice head, rest = name; slice_present(rest);) {
        bool more = slice_cut(rest, '"', &head, &rest);
        buf_put(&b->text, head);
        if (more)
            SQL(b, "\"\"");
    }
    buf_byte(&b->text, '"');
}

void builder_row(struct builder *b, const struct relation *relation)
{
    bool kept = slice_eq(b->alias, SLICE("t")) && (b->written || relation->is_result);
    buf_put(&b->text, b->alias);
    /* `t.*` means the row even if a column has the name of the alias. */
    buf_z(&b->text, kept ? ".midair_row" : ".*");
}

void builder_whole_row(struct builder *b, const struct relation *relation, const char *alias)
{
    buf_printf(&b->text, ", CAST(%s.* AS ", alias);
    builder_ident(b, relation->schema);
    SQL(b, ".");
    builder_ident(b, relation->name);
    SQL(b, ") AS midair_row");
}

void builder_column(struct builder *b, const struct relation *relation, size_t column)
{
    const struct column *field = relation_field(relation, column);
    if (slice_present(field->function)) {
        buf_put(&b->text, field->function);
        SQL(b, "(");
        builder_row(b, relation);
        SQL(b, ")");
        return;
    }
    buf_put(&b->text, b->alias);
    SQL(b, ".");
    builder_ident(b, field->name);
}

static void add_value(struct builder *b, const char *text)
{
    struct arena *arena = b->text.arena;
    if (b->count == b->cap) {
        b->values = arena_grow(arena, b->values, b->cap * sizeof(*b->values), 2 * b->cap * sizeof(*b->values));
        b->cap *= 2;
    }
    b->values[b->count++] = text;
}

void builder_keep(struct builder *b, const struct statement *from, size_t index)
{
    add_value(b, from->values[index]);
    b->by_value = b->by_value || from->by_value;
}

void builder_param(struct builder *b, struct slice value)
{
    /* Bodies and URLs with NUL bytes were rejected before, so the value has none. */
    const char *text = slice_present(value) ? text_cstr(b->text.arena, value) : NULL;
    assert(text || !slice_present(value));
    add_value(b, text);
    buf_byte(&b->text, '$');
    buf_u64(&b->text, b->count);
}

struct statement *builder_done(struct builder *b, bool writes)
{
    struct statement *statement = ARENA_NEW(b->text.arena, struct statement);
    buf_byte(&b->text, '\0');
    statement->text = slice_make(b->text.at, b->text.len - 1);
    statement->hash = map_hash(statement->text);
    statement->values = b->values;
    statement->count = b->count;
    statement->writes = writes;
    statement->by_value = b->by_value;
    return statement;
}

/* A row that is inserted through a partitioned table has no readable xmin in RETURNING. Its xmin is the id of the
 * current transaction. */
static void put_xmin(struct builder *b, const struct relation *relation)
{
    if (b->inserts && !b->written && relation->kind == RELATION_PARTITIONED)
        SQL(b, "pg_catalog.pg_current_xact_id()::pg_catalog.xid");
    else
        SQL(b, "t.xmin");
}

void builder_fetches(struct builder *b, const struct layout *layout)
{
    for (size_t i = 0; i < layout->fetch_count; i++) {
        const struct fetch *fetch = &layout->fetches[i];
        if (i)
            SQL(b, ", ");
        switch (fetch->kind) {
        case FETCH_COLUMN:
            builder_column(b, layout->relation, fetch->column);
            break;
        case FETCH_TO_JSON:
            SQL(b, "pg_catalog.to_json(");
            builder_column(b, layout->relation, fetch->column);
            SQL(b, ")");
            break;
        case FETCH_XMIN:
            put_xmin(b, layout->relation);
            break;
        case FETCH_CTID:
            SQL(b, "t.ctid");
            break;
        case FETCH_TABLE:
            SQL(b, "t.tableoid");
            break;
        case FETCH_CONTENT:
            if (b->written)
                SQL(b, "t.midair_content");
            else
                SQL(b, "pg_catalog.md5(ROW(t.*)::pg_catalog.text)");
            break;
        case FETCH_FEATURE:
        case FETCH_HANDLED:
        case FETCH_WHOLE:
            builder_rendered(b, layout, fetch->kind);
            break;
        case FETCH_NOTHING:
            SQL(b, "1");
            break;
        case FETCH_CLOCK:
            SQL(b, "pg_catalog.floor(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()))::pg_catalog.int8");
            break;
        case FETCH_TREE:
            builder_tree_digest(b, layout->tree_digest);
            break;
        case FETCH_ITEM:
            builder_output(b, layout->relation, fetch->output, layout->query->aggregated);
            break;
        }
    }
    if (layout->fetch_count == 0)
        SQL(b, "1");
}

static bool shows_embeds(const struct layout *layout)
{
    return layout->query && layout->query->embeds;
}

/* Whether the rows that a write returns are selected from once more. */
static bool selects_again(const struct layout *layout)
{
    return shows_embeds(layout) || layout->order;
}

void builder_write_behind(struct builder *b, const struct layout *layout, size_t ctes)
{
    bool again = layout && selects_again(layout);
    if (again)
        buf_z(&b->text, ctes ? ", w AS (" : "WITH w AS (");
    else if (ctes)
        SQL(b, " ");
}

void builder_write(struct builder *b, const struct layout *layout)
{
    builder_write_behind(b, layout, 0);
}

/* Appends all columns of a written row that the outer SELECT may need. */
static void put_row(struct builder *b, const struct relation *relation, const char *created)
{
    bool first = true;
    for (size_t i = 0; i < relation->column_count; i++) {
        if (!relation->columns[i].can_select)
            continue;
        if (!first)
            SQL(b, ", ");
        first = false;
        builder_column(b, relation, i);
    }
    if (relation->stamp.kind == STAMP_XMIN) {
        SQL(b, ", ");
        put_xmin(b, relation);
        SQL(b, " AS xmin, t.ctid");
    }
    if (relation_has_tables(relation))
        SQL(b, ", t.tableoid");
    if (relation->stamp.kind == STAMP_CONTENT)
        SQL(b, ", pg_catalog.md5(ROW(t.*)::pg_catalog.text) AS midair_content");
    if (created)
        buf_printf(&b->text, ", %s AS midair_created", created);
}

/* Appends RETURNING: what the layout fetches, or all that a SELECT of the written rows may need. */
static void put_returning(struct builder *b, const struct layout *layout, const char *created)
{
    SQL(b, " RETURNING ");
    if (!selects_again(layout)) {
        builder_fetches(b, layout);
        if (created)
            buf_printf(&b->text, ", %s", created);
        return;
    }
    put_row(b, layout->relation, created);
    const struct query *query = layout->query ? layout->query : layout->order;
    if (query->takes_row)
        builder_whole_row(b, layout->relation, "t");
}

/* Appends the end of the SELECT from written rows, which are t. */
static void put_joins_and_order(struct builder *b, const struct layout *layout)
{
    if (shows_embeds(layout))
        builder_joins(b, layout->query, JOINS_SHOWN);
    if (layout->order)
        builder_order(b, layout->relation, layout->order);
    buf_z(&b->text, layout->order ? ", t.midair_order" : " ORDER BY t.midair_order");
}

void builder_returning(struct builder *b, const struct layout *layout, const char *created)
{
    put_returning(b, layout, created);
    if (!selects_again(layout))
        return;
    SQL(b, ") SELECT ");
    b->written = true;
    builder_fetches(b, layout);
    if (created)
        SQL(b, ", t.midair_created");
    /* The row numbers keep the order of writing, which the joins may change. */
    SQL(b, " FROM (SELECT w.*, pg_catalog.row_number() OVER () AS midair_order FROM w) AS t");
    put_joins_and_order(b, layout);
}

/* Appends `c0, c1, …`: names for the cells of a layout, since two cells may show one column. */
static void put_cell_names(struct builder *b, const struct layout *layout, const char *created)
{
    size_t count = (layout->fetch_count ? layout->fetch_count : 1) + (created ? 1 : 0);
    for (size_t i = 0; i < count; i++)
        buf_printf(&b->text, i ? ", c%zu" : "c%zu", i);
}

void builder_write_part(struct builder *b, const struct layout *layout, const char *created, size_t part)
{
    buf_printf(&b->text, part ? ", w%zu" : "WITH w%zu", part);
    if (!selects_again(layout)) {
        SQL(b, " (");
        put_cell_names(b, layout, created);
        SQL(b, ")");
    }
    SQL(b, " AS (");
}

void builder_returning_part(struct builder *b, const struct layout *layout, const char *created)
{
    put_returning(b, layout, created);
    SQL(b, ")");
}

/* Appends the rows of all parts with their positions: the n-th row of a part has the n-th of its positions. */
static void put_parts(struct builder *b, const struct slice *positions, size_t parts)
{
    for (size_t i = 0; i < parts; i++) {
        buf_printf(&b->text, i ? " UNION ALL SELECT w%zu.*, (" : "SELECT w%zu.*, (", i);
        builder_param(b, positions[i]);
        buf_printf(&b->text,
                   "::pg_catalog.int4[])[(pg_catalog.row_number() OVER ())::pg_catalog.int4] AS midair_order FROM w%zu",
                   i);
    }
}

void builder_select_parts(struct builder *b, const struct layout *layout, const char *created,
                          const struct slice *positions, size_t parts)
{
    SQL(b, " SELECT ");
    b->written = true;
    if (!selects_again(layout)) {
        put_cell_names(b, layout, created);
    } else {
        builder_fetches(b, layout);
        if (created)
            SQL(b, ", t.midair_created");
    }
    SQL(b, " FROM (");
    put_parts(b, positions, parts);
    SQL(b, ") AS t");
    put_joins_and_order(b, layout);
}

void builder_equals(struct builder *b, const struct column *column)
{
    SQL(b, " ");
    if (slice_present(column->equals))
        buf_put(&b->text, column->equals);
    else
        SQL(b, "OPERATOR(pg_catalog.=)");
    SQL(b, " ");
}

void builder_equals_value(struct builder *b, const struct column *column, struct slice value)
{
    builder_equals(b, column);
    builder_param(b, value);
    if (column->needs_cast) {
        SQL(b, "::");
        buf_put(&b->text, column->type);
    }
}

void builder_key(struct builder *b, const struct relation *relation, const struct slice *keys)
{
    for (size_t i = 0; i < relation->key.column_count; i++) {
        if (i)
            SQL(b, " AND ");
        builder_column(b, relation, (size_t)relation->key.columns[i]);
        builder_equals_value(b, &relation->columns[relation->key.columns[i]], keys[i]);
    }
}

static void put_state(struct builder *b, const struct relation *relation, const struct state *state)
{
    struct arena *arena = b->text.arena;
    SQL(b, "(");
    switch (state->kind) {
    case STAMP_VERSION:
        builder_column(b, relation, (size_t)relation->stamp.version);
        SQL(b, " OPERATOR(pg_catalog.=) ");
        builder_param(b, arena_printf(arena, "%lld", (long long)state->version));
        SQL(b, " AND ");
        builder_column(b, relation, (size_t)relation->stamp.modified);
        SQL(b, " OPERATOR(pg_catalog.=) ");
        builder_param(b, moment_print(arena, state->moment));
        break;
    case STAMP_XMIN:
        /* ctid is compared as text, as a filter. A TID scan would not evaluate the condition again for the new
         * version of a row that was updated concurrently. */
        SQL(b, "t.xmin OPERATOR(pg_catalog.=) ");
        builder_param(b, arena_printf(arena, "%llu", (unsigned long long)state->xmin));
        SQL(b, "::pg_catalog.xid AND t.ctid::pg_catalog.text OPERATOR(pg_catalog.=) ");
        builder_param(b, state->ctid);
        break;
    case STAMP_CONTENT:
        SQL(b, "pg_catalog.md5(ROW(t.*)::pg_catalog.text) OPERATOR(pg_catalog.=) ");
        builder_param(b, state->content);
        break;
    case STAMP_NONE:
        SQL(b, "false");
        break;
    }
    if (relation_has_tables(relation)) {
        SQL(b, " AND t.tableoid OPERATOR(pg_catalog.=) ");
        builder_param(b, arena_printf(arena, "%u", state->table));
        SQL(b, "::pg_catalog.oid");
    }
    SQL(b, ")");
}

/* Rounds up to a power of two: the number of different statement texts, and so of prepared statements, stays small. */
static size_t rounded(size_t count)
{
    size_t n = 1;
    while (n < count)
        n *= 2;
    return n;
}

/* Appends a condition that the row is in one of the states. The last state is repeated up to the rounded number. */
static void put_states(struct builder *b, const struct relation *relation, const struct state *states, size_t count)
{
    SQL(b, "(");
    for (size_t i = 0; i < rounded(count); i++) {
        if (i)
            SQL(b, " OR ");
        put_state(b, relation, &states[i < count ? i : count - 1]);
    }
    SQL(b, ")");
}

void builder_guard(struct builder *b, const struct relation *relation, const struct guard *guard)
{
    if (!guard)
        return;
    if (guard->parent_path) {
        SQL(b, " AND ");
        builder_parent_path(b, relation, guard->parent_path);
    }
    if (guard->any_count) {
        SQL(b, " AND ");
        put_states(b, relation, guard->any_of, guard->any_count);
    }
    if (guard->none_count) {
        SQL(b, " AND NOT ");
        put_states(b, relation, guard->none_of, guard->none_count);
    }
    if (guard->has_unmodified_since && relation->stamp.kind == STAMP_VERSION) {
        SQL(b, " AND pg_catalog.date_trunc('second', ");
        builder_column(b, relation, (size_t)relation->stamp.modified);
        SQL(b, ") OPERATOR(pg_catalog.<=) pg_catalog.to_timestamp(");
        builder_param(b, arena_printf(b->text.arena, "%lld", (long long)guard->unmodified_since));
        /* The second must be over: a later change within the same second would have the same date (RFC 9110
         * 8.8.2.2). */
        SQL(b, "::pg_catalog.float8) AND pg_catalog.clock_timestamp() >= pg_catalog.to_timestamp(");
        builder_param(b, arena_printf(b->text.arena, "%lld", (long long)guard->unmodified_since + 1));
        SQL(b, "::pg_catalog.float8)");
    }
}
