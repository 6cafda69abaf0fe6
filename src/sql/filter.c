/* Filters, order and pages. */
#include "builder.h"

#include "midair/catalog/policy.h"

enum takes { PLAIN, QUANTIFIED, PATTERN, LIST, KEYWORD, SEARCH };

static const struct {
    const char *sql;
    enum takes takes;
} operators[] = {
#define OPERATOR(kind, name, sql, takes) [OPERATOR_##kind] = {sql, takes},
#include "midair/params/operator.def"
#undef OPERATOR
};

enum { OID_TSVECTOR = 3614 };
/* Types with smaller oids are PostgreSQL's own (access/transam.h). */
enum { FIRST_NORMAL_OID = 16384 };

/* Whether the best plan depends on the value: for patterns and containment, only the value shows how many rows match
 * and whether an index helps. The generic plan that PostgreSQL makes after some executions of a prepared statement
 * then tends to scan the whole key index. */
static bool is_by_value(enum query_operator op)
{
    switch (op) {
    case OPERATOR_LIKE:
    case OPERATOR_ILIKE:
    case OPERATOR_MATCH:
    case OPERATOR_IMATCH:
    case OPERATOR_CS:
    case OPERATOR_CD:
    case OPERATOR_OV:
        return true;
    default:
        return false;
    }
}

/* Appends the searched expression: a tsvector as it is, anything else converted under the configuration of the
 * search. */
static void put_searched(struct builder *b, const struct relation *relation, const struct bound_filter *filter)
{
    bool vector = relation_field(relation, filter->column)->type_oid == OID_TSVECTOR && filter->path.count == 0;
    if (!vector)
        SQL(b, "pg_catalog.to_tsvector(");
    if (!vector && slice_present(filter->config)) {
        builder_param(b, filter->config);
        SQL(b, "::pg_catalog.regconfig, ");
    }
    builder_field(b, relation, filter->column, &filter->path);
    if (!vector)
        SQL(b, ")");
}

static void put_search(struct builder *b, const struct relation *relation, const struct bound_filter *filter)
{
    put_searched(b, relation, filter);
    buf_printf(&b->text, " OPERATOR(pg_catalog.@@) pg_catalog.%s(", operators[filter->op].sql);
    if (slice_present(filter->config)) {
        builder_param(b, filter->config);
        SQL(b, "::pg_catalog.regconfig, ");
    }
    builder_param(b, filter->value);
    SQL(b, "::pg_catalog.text)");
}

static void put_keyword(struct builder *b, const struct bound_filter *filter)
{
    if (slice_eq(filter->value, SLICE("not_null")))
        SQL(b, "NOT NULL");
    else
        buf_put(&b->text, filter->value); /* from a fixed list of keywords: params/bind_filter.c */
}

/* Appends a cast of a composite value to the column's type. PostgreSQL compares rows of any types, so it does not
 * infer the type of a row parameter from the other operand. */
static void put_row_type(struct builder *b, const struct column *column, const struct bound_filter *filter, bool many)
{
    bool whole = column->form == FORM_TO_JSON && !column->is_array && column->type.len && filter->path.count == 0;
    if (!whole || operators[filter->op].takes == PATTERN)
        return;
    SQL(b, "::");
    buf_put(&b->text, column->type);
    if (many)
        SQL(b, "[]");
}

static void put_right_side(struct builder *b, const struct column *column, const struct bound_filter *filter)
{
    bool many = operators[filter->op].takes == LIST || filter->quantifier != QUANTIFIER_NONE;
    if (operators[filter->op].takes == KEYWORD) {
        put_keyword(b, filter);
        return;
    }
    if (many)
        buf_z(&b->text, filter->quantifier == QUANTIFIER_ALL ? "ALL (" : "ANY (");
    builder_param(b, filter->value);
    put_row_type(b, column, filter, many);
    if (many)
        SQL(b, ")");
}

/* Whether the operand is a value inside JSON or has one of PostgreSQL's own types. */
static bool is_built_in(const struct column *column, const struct bound_filter *filter)
{
    return filter->path.count || (column->type_oid && column->type_oid < FIRST_NORMAL_OID);
}

/* Appends `column operator value`. Operators of an extension's types are found through the search_path, except
 * equality. */
static void put_comparison(struct builder *b, const struct relation *relation, const struct bound_filter *filter)
{
    const struct column *column = relation_field(relation, filter->column);
    bool built_in = is_built_in(column, filter);
    bool distinct = filter->op == OPERATOR_ISDISTINCT && built_in; /* IS DISTINCT FROM cannot name its operator */
    if (distinct)
        SQL(b, "(");
    builder_field(b, relation, filter->column, &filter->path);
    if (distinct)
        SQL(b, " OPERATOR(pg_catalog.=) ");
    else if (!built_in && (filter->op == OPERATOR_EQ || filter->op == OPERATOR_IN))
        builder_equals(b, column);
    else
        buf_printf(&b->text, built_in && operators[filter->op].takes != KEYWORD ? " OPERATOR(pg_catalog.%s) " : " %s ",
                   operators[filter->op].sql);
    put_right_side(b, column, filter);
    if (distinct)
        SQL(b, ") IS NOT TRUE");
}

static void put_filter(struct builder *b, const struct relation *relation, const struct bound_filter *filter);

static void put_members(struct builder *b, const struct relation *relation, const struct bound_filter *filter)
{
    for (size_t i = 0; i < filter->member_count; i++) {
        if (i)
            buf_z(&b->text, filter->kind == FILTER_AND ? " AND " : " OR ");
        put_filter(b, relation, &filter->members[i]);
    }
}

static void put_filter(struct builder *b, const struct relation *relation, const struct bound_filter *filter)
{
    if (filter->negated)
        SQL(b, "NOT ");
    SQL(b, "(");
    if (filter->kind == FILTER_AND || filter->kind == FILTER_OR) {
        put_members(b, relation, filter);
    } else if (filter->kind == FILTER_EMBED) {
        buf_printf(&b->text, "e%zu.j IS NULL", filter->embed->number);
    } else if (operators[filter->op].takes == SEARCH) {
        put_search(b, relation, filter);
    } else {
        b->by_value = b->by_value || is_by_value(filter->op);
        put_comparison(b, relation, filter);
    }
    SQL(b, ")");
}

bool builder_conditions(struct builder *b, const struct relation *relation, const struct query *query,
                        const char *before)
{
    for (size_t i = 0; query && i < query->filter_count; i++) {
        buf_z(&b->text, i ? " AND " : before);
        put_filter(b, relation, &query->filters[i]);
    }
    return query && query->filter_count;
}

void builder_filters(struct builder *b, const struct relation *relation, const struct query *query)
{
    bool placed = query && query->parent_path;
    if (placed) {
        SQL(b, " WHERE ");
        builder_parent_path(b, relation, query->parent_path);
    }
    builder_conditions(b, relation, query, placed ? " AND " : " WHERE ");
}

void builder_key_order(struct builder *b, const struct relation *relation)
{
    for (size_t i = 0; i < relation->key.column_count; i++) {
        buf_z(&b->text, i ? ", " : " ORDER BY ");
        builder_column(b, relation, (size_t)relation->key.columns[i]);
    }
}

static bool may_read_key(const struct relation *relation)
{
    for (size_t i = 0; i < relation->key.column_count; i++)
        if (!relation->columns[relation->key.columns[i]].can_select)
            return false;
    return true;
}

static bool has_default_order(const struct relation *relation)
{
    return relation->key.column_count && relation->policy->default_order == DEFAULT_ORDER_KEY;
}

void builder_order(struct builder *b, const struct relation *relation, const struct query *query)
{
    if (query->order_count == 0 && !query->aggregated && has_default_order(relation) && may_read_key(relation))
        builder_key_order(b, relation);
    for (size_t i = 0; i < query->order_count; i++) {
        const struct bound_order *order = &query->orders[i];
        buf_z(&b->text, i ? ", " : " ORDER BY ");
        if (order->embed)
            buf_printf(&b->text, "e%zu.o%zu", order->embed->number, order->exposed);
        else
            builder_field(b, relation, order->column, &order->path);
        if (order->descending)
            SQL(b, " DESC");
        if (order->nulls_given)
            buf_z(&b->text, order->nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
}

void builder_page(struct builder *b, int64_t limit, int64_t offset)
{
    SQL(b, " LIMIT ");
    builder_param(b, arena_printf(b->text.arena, "%lld", (long long)limit));
    if (offset) {
        SQL(b, " OFFSET ");
        builder_param(b, arena_printf(b->text.arena, "%lld", (long long)offset));
    }
}
