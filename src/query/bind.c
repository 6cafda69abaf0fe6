#include "midair/query/query.h"

/* Levenshtein distance, for near misses; gives up (returns `limit`) on long names. */
static size_t distance(struct slice a, struct slice b, size_t limit)
{
    size_t row[64];
    if (a.len >= 64 || b.len >= 64)
        return limit;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            size_t best = diagonal + (a.at[i - 1] == b.at[j - 1] ? 0 : 1);
            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = above;
            row[j] = best;
        }
    }
    return row[b.len];
}

static struct err *no_such_column(struct arena *arena, const struct relation *relation, struct located name)
{
    struct err *err = err_at(arena, ERR_BAD_QUERY, name.at, "%.*s has no column \"%.*s\".",
                             SLICE_ARG(relation->resource), SLICE_ARG(name.text));
    err->code = SLICE("42703");
    size_t best = 3;
    const struct column *near = NULL;
    for (size_t i = 0; i < relation->column_count; i++) {
        size_t d = distance(name.text, relation->columns[i].name, best);
        if (d < best && relation->columns[i].can_select) {
            best = d;
            near = &relation->columns[i];
        }
    }
    if (near)
        err_hint(arena, err, "Perhaps \"%.*s\" is meant.", SLICE_ARG(near->name));
    return err;
}

static struct err *find_column(struct arena *arena, const struct relation *relation, struct located name, size_t *out)
{
    const struct column *column = relation_column(relation, name.text);
    if (!column)
        return no_such_column(arena, relation, name);
    *out = relation_column_index(relation, column);
    return NULL;
}

static struct err *bind_select(struct arena *arena, const struct ast_query *ast, const struct relation *relation,
                               struct query *out)
{
    size_t n = 0;
    for (const struct ast_select *item = ast->select; item; item = item->next)
        n += slice_eq(item->column.text, SLICE("*")) ? relation->column_count : 1;
    out->select = ARENA_ARRAY(arena, struct bound_select, n);
    for (const struct ast_select *item = ast->select; item; item = item->next) {
        if (slice_eq(item->column.text, SLICE("*"))) {
            for (size_t c = 0; c < relation->column_count; c++)
                if (relation->columns[c].can_select)
                    out->select[out->select_count++] = (struct bound_select){relation->columns[c].name, c};
            continue;
        }
        struct bound_select *bound = &out->select[out->select_count++];
        TRY(find_column(arena, relation, item->column, &bound->column));
        bound->label = slice_present(item->label.text) ? item->label.text : item->column.text;
    }
    return NULL;
}

static struct slice lower_keyword(struct slice word)
{
    static const char *const words[] = {"null", "not_null", "true", "false", "unknown"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (slice_eq_nocase(word, slice_of(words[i])))
            return slice_of(words[i]);
    return word;
}

static struct err *bind_filters(struct arena *arena, const struct ast_query *ast, const struct relation *relation,
                                struct query *out)
{
    size_t n = 0;
    for (const struct ast_filter *f = ast->filters; f; f = f->next)
        n++;
    out->filters = ARENA_ARRAY(arena, struct bound_filter, n);
    for (const struct ast_filter *f = ast->filters; f; f = f->next) {
        struct bound_filter *bound = &out->filters[out->filter_count++];
        TRY(find_column(arena, relation, f->column, &bound->column));
        bound->op = f->op;
        bound->negated = f->negated;
        bound->value = f->op == OPERATOR_IS ? lower_keyword(f->value.text) : f->value.text;
        bool truth = bound->op == OPERATOR_IS && !slice_ends(bound->value, SLICE("null"));
        if (truth && relation->columns[bound->column].form != FORM_BOOL)
            return err_at(arena, ERR_BAD_QUERY, f->value.at, "is.%.*s works on booleans only.",
                          SLICE_ARG(bound->value));
    }
    return NULL;
}

struct err *query_bind(struct arena *arena, const struct ast_query *ast, const struct relation *relation,
                       struct query *out)
{
    *out = (struct query){.has_limit = ast->has_limit, .limit = ast->limit, .offset = ast->offset};
    out->has_select = ast->has_select && !(ast->select_all && ast->select && !ast->select->next);
    if (out->has_select)
        TRY(bind_select(arena, ast, relation, out));
    TRY(bind_filters(arena, ast, relation, out));
    size_t n = 0;
    for (const struct ast_order *o = ast->orders; o; o = o->next)
        n++;
    out->orders = ARENA_ARRAY(arena, struct bound_order, n);
    for (const struct ast_order *o = ast->orders; o; o = o->next) {
        struct bound_order *bound = &out->orders[out->order_count++];
        *bound = (struct bound_order){
            .descending = o->descending, .nulls_given = o->nulls_given, .nulls_first = o->nulls_first};
        TRY(find_column(arena, relation, o->column, &bound->column));
    }
    return NULL;
}
