#include "midair/query/query.h"

#include "midair/base/text.h"

/* Everything that one parse carries along: lists are built at their tails. */
struct parser {
    struct arena *arena;
    struct ast_query *out;
    struct ast_select **select_tail;
    struct ast_filter **filter_tail;
    struct ast_order **order_tail;
    size_t nodes;
};

static struct err *count_node(struct parser *parser, size_t at)
{
    if (++parser->nodes > QUERY_NODES_MAX)
        return err_at(parser->arena, ERR_BAD_QUERY, at, "The query has more than %d parts.", QUERY_NODES_MAX);
    return NULL;
}

/* One piece of the query, with '+' read as a space (application/x-www-form-urlencoded, as clients send it). */
static struct err *decode(struct parser *parser, struct located raw, struct slice *out)
{
    struct slice copy = arena_copy(parser->arena, raw.text);
    char *bytes = (char *)copy.at;
    for (size_t i = 0; i < copy.len; i++)
        if (bytes[i] == '+')
            bytes[i] = ' ';
    if (!text_percent_decode(parser->arena, copy, out))
        return err_at(parser->arena, ERR_BAD_QUERY, raw.at,
                      "This part of the query has a bad percent escape, a NUL or is not UTF-8.");
    return NULL;
}

static struct located located_from(struct located whole, size_t n)
{
    return (struct located){slice_from(whole.text, n), whole.at + n};
}

/* Takes the piece before the next `sep` off `rest`; false when nothing is left. */
static bool next_piece(struct located *rest, char sep, struct located *piece)
{
    if (!slice_present(rest->text))
        return false;
    struct slice head, tail;
    slice_cut(rest->text, sep, &head, &tail);
    *piece = (struct located){head, rest->at};
    *rest = (struct located){tail, rest->at + head.len + 1};
    return true;
}

static struct err *parse_select_item(struct parser *parser, struct located item)
{
    TRY(count_node(parser, item.at));
    if (item.text.len == 0)
        return err_at(parser->arena, ERR_BAD_QUERY, item.at, "An item of select= is empty.");
    if (slice_find(item.text, '(') < item.text.len)
        return err_at(parser->arena, ERR_BAD_QUERY, item.at,
                      "Embedded resources and aggregates are not served in select=.");
    if (slice_eq(item.text, SLICE("*"))) {
        parser->out->select_all = true;
    }
    struct ast_select *node = ARENA_NEW(parser->arena, struct ast_select);
    size_t colon = slice_find(item.text, ':');
    node->column = item;
    if (colon < item.text.len && slice_head(slice_from(item.text, colon), 2).len == 2 && item.text.at[colon + 1] == ':')
        return err_at(parser->arena, ERR_BAD_QUERY, item.at + colon, "Casts are not served in select=.");
    if (colon < item.text.len) {
        node->label = (struct located){slice_head(item.text, colon), item.at};
        node->column = located_from(item, colon + 1);
        if (node->label.text.len == 0 || node->column.text.len == 0)
            return err_at(parser->arena, ERR_BAD_QUERY, item.at, "A renamed column is written label:column.");
        TRY(decode(parser, node->label, &node->label.text));
    }
    TRY(decode(parser, node->column, &node->column.text));
    *parser->select_tail = node;
    parser->select_tail = &node->next;
    return NULL;
}

static struct err *parse_select(struct parser *parser, struct located value)
{
    struct located item;
    if (parser->out->has_select)
        return err_at(parser->arena, ERR_BAD_QUERY, value.at, "select= is given twice.");
    parser->out->has_select = true;
    if (value.text.len == 0) {
        parser->out->select_all = true;
        parser->out->has_select = false;
        return NULL;
    }
    while (next_piece(&value, ',', &item))
        TRY(parse_select_item(parser, item));
    return NULL;
}

static struct err *parse_order_item(struct parser *parser, struct located item)
{
    struct ast_order *node = ARENA_NEW(parser->arena, struct ast_order);
    struct located word;
    TRY(count_node(parser, item.at));
    if (!next_piece(&item, '.', &node->column) || node->column.text.len == 0)
        return err_at(parser->arena, ERR_BAD_QUERY, item.at, "An item of order= is empty.");
    TRY(decode(parser, node->column, &node->column.text));
    bool direction_given = false;
    while (next_piece(&item, '.', &word)) {
        bool asc = slice_eq(word.text, SLICE("asc")), desc = slice_eq(word.text, SLICE("desc"));
        bool first = slice_eq(word.text, SLICE("nullsfirst")), last = slice_eq(word.text, SLICE("nullslast"));
        if ((asc || desc) && !direction_given && !node->nulls_given) {
            direction_given = true;
            node->descending = desc;
        } else if ((first || last) && !node->nulls_given) {
            node->nulls_given = true;
            node->nulls_first = first;
        } else {
            return err_at(parser->arena, ERR_BAD_QUERY, word.at,
                          "order= takes column, then asc or desc, then nullsfirst or nullslast.");
        }
    }
    *parser->order_tail = node;
    parser->order_tail = &node->next;
    return NULL;
}

static struct err *parse_order(struct parser *parser, struct located value)
{
    struct located item;
    while (next_piece(&value, ',', &item))
        TRY(parse_order_item(parser, item));
    return NULL;
}

static struct err *parse_count(struct parser *parser, struct located value, const char *name, bool *given, int64_t *out)
{
    if (*given)
        return err_at(parser->arena, ERR_BAD_QUERY, value.at, "%s= is given twice.", name);
    if (!text_i64(value.text, out) || *out < 0)
        return err_at(parser->arena, ERR_BAD_QUERY, value.at, "%s= takes a whole number that is not negative.", name);
    *given = true;
    return NULL;
}

static bool find_operator(struct slice name, enum query_operator *out)
{
    static const char *const names[] = {
#define OPERATOR(kind, name, sql) [OPERATOR_##kind] = name,
#include "midair/query/operator.def"
#undef OPERATOR
    };
    for (size_t i = 0; i < OPERATORS; i++)
        if (slice_eq(name, slice_of(names[i]))) {
            *out = (enum query_operator)i;
            return true;
        }
    return false;
}

static bool is_keyword(struct slice value)
{
    static const char *const words[] = {"null", "not_null", "true", "false", "unknown"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (slice_eq_nocase(value, slice_of(words[i])))
            return true;
    return false;
}

static struct err *parse_filter(struct parser *parser, struct located name, struct located value)
{
    struct ast_filter *node = ARENA_NEW(parser->arena, struct ast_filter);
    struct located op, rest = value;
    TRY(count_node(parser, name.at));
    TRY(decode(parser, name, &name.text));
    node->column = name;
    if (next_piece(&rest, '.', &op) && slice_eq(op.text, SLICE("not"))) {
        node->negated = true;
        if (!next_piece(&rest, '.', &op))
            op.text = SLICE("");
    }
    if (!find_operator(op.text, &node->op)) {
        struct err *err = err_at(parser->arena, ERR_BAD_QUERY, op.at,
                                 "\"%.*s\" is not an operator that is served here.", SLICE_ARG(op.text));
        return err_hint(parser->arena, err, "A filter is written column=operator.value, for example id=eq.17.");
    }
    if (!slice_present(rest.text))
        return err_at(parser->arena, ERR_BAD_QUERY, value.at,
                      "The operator has no value: write column=operator.value.");
    TRY(decode(parser, rest, &rest.text));
    if (node->op == OPERATOR_IS && !is_keyword(rest.text))
        return err_at(parser->arena, ERR_BAD_QUERY, rest.at, "is. takes null, not_null, true, false or unknown.");
    node->value = rest;
    *parser->filter_tail = node;
    parser->filter_tail = &node->next;
    return NULL;
}

/* Names of PostgREST's grammar that are not columns. */
static bool is_reserved(struct slice name)
{
    static const char *const names[] = {"and", "or", "not.and", "not.or", "columns", "on_conflict"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (slice_eq(name, slice_of(names[i])))
            return true;
    return false;
}

static struct err *parse_param(struct parser *parser, struct located param)
{
    size_t eq = slice_find(param.text, '=');
    struct located name = {slice_head(param.text, eq), param.at};
    if (param.text.len == 0)
        return NULL; /* `a=1&&b=2` and a trailing & say nothing */
    if (eq == param.text.len || eq == 0)
        return err_at(parser->arena, ERR_BAD_QUERY, param.at, "A parameter is written name=value.");
    struct located value = located_from(param, eq + 1);
    if (slice_eq(name.text, SLICE("select")))
        return parse_select(parser, value);
    if (slice_eq(name.text, SLICE("order")))
        return parse_order(parser, value);
    if (slice_eq(name.text, SLICE("limit")))
        return parse_count(parser, value, "limit", &parser->out->has_limit, &parser->out->limit);
    if (slice_eq(name.text, SLICE("offset")))
        return parse_count(parser, value, "offset", &parser->out->has_offset, &parser->out->offset);
    if (is_reserved(name.text))
        return err_at(parser->arena, ERR_BAD_QUERY, name.at, "The parameter \"%.*s\" is not served.",
                      SLICE_ARG(name.text));
    return parse_filter(parser, name, value);
}

struct err *query_parse(struct arena *arena, struct slice raw, struct ast_query *out)
{
    *out = (struct ast_query){0};
    struct parser parser = {arena, out, &out->select, &out->filters, &out->orders, 0};
    struct located rest = {raw, 0}, param;
    while (next_piece(&rest, '&', &param))
        TRY(parse_param(&parser, param));
    return NULL;
}
