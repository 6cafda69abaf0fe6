/* The parser of the query string (params_parse()): splits it into parameters and dispatches each by its name.
 *
 * Name and value are decoded by separate cursors that count parts together. Names without a reserved meaning are
 * filters on columns, except the arguments of a called function, which are recognised before anything else is
 * parsed. */
#include "midair/base/map.h"
#include "midair/base/text.h"
#include "operators.h"
#include "parser.h"

/* Order */

static const char words_hint[] = "order= takes column, then asc or desc, then nullsfirst or nullslast.";

/* Parses `.asc` or `.desc`, then `.nullsfirst` or `.nullslast`; both are optional. */
static struct err *parse_words(struct cursor *c, struct ast_order *node)
{
    const char *expected = "letter, digit, \"-\", \"->>\", \"->\", delimiter (.), \",\" or end of input";
    const char *words = "\"asc\", \"desc\", \"nullsfirst\" or \"nullslast\"";
    node->descending = cursor_take(c, ".desc");
    if (node->descending || cursor_take(c, ".asc")) {
        expected = "delimiter (.), \",\" or end of input";
        words = "\"nullsfirst\" or \"nullslast\"";
    }
    node->nulls_first = cursor_take(c, ".nullsfirst");
    node->nulls_given = node->nulls_first || cursor_take(c, ".nullslast");
    if (node->nulls_given)
        expected = "\",\" or end of input";
    else if (cursor_take(c, "."))
        return cursor_error(c, words, "%s", words_hint);
    cursor_spaces(c);
    return cursor_end(c) || cursor_peek(c) == ',' ? NULL : cursor_error(c, expected, "%s", words_hint);
}

static struct err *parse_order_item(struct cursor *c, struct ast_order *node)
{
    TRY(cursor_node(c));
    TRY(cursor_name(c, ".,:()", &node->column));
    if (cursor_take(c, "(")) {
        node->related = node->column;
        TRY(cursor_name(c, ".,:()", &node->column));
        TRY(cursor_json_path(c, &node->path));
        if (!cursor_take(c, ")"))
            return cursor_error(c, "letter, digit, \"-\", \"->>\", \"->\" or \")\"",
                                "A closing parenthesis is missing.");
    } else {
        TRY(cursor_json_path(c, &node->path));
    }
    if (node->column.text.len == 0)
        return cursor_error(c, FIELD_NAME, "An item of order= is empty.");
    return parse_words(c, node);
}

static struct err *parse_order_items(struct cursor *c, struct ast_path embed, struct ast_order ***tail)
{
    do {
        struct ast_order *node = ARENA_NEW(c->arena, struct ast_order);
        node->embed = embed;
        TRY(parse_order_item(c, node));
        **tail = node;
        *tail = &node->next;
    } while (cursor_take(c, ","));
    return NULL;
}

/* Dispatch of parameters by name */

/* The state of one parse. Lists are appended to through pointers to their tails. */
struct parser {
    struct arena *arena;
    const struct params_call *call; /* NULL: the query has no arguments */
    struct slice call_schema;       /* the schema in which its functions are searched */
    struct params *out;
    struct ast_filter **filter_tail;
    struct ast_order **order_tail;
    struct ast_page **page_tail;
    size_t nodes;
    size_t argument_cap;
};

/* The name of a parameter: the embeds it belongs to, and what remains. */
struct param_name {
    struct ast_path embed;
    struct located last;
    struct json_path path;
    bool quoted; /* `last` was quoted, so it is never a reserved word */
};

/* Removes the piece before the next `sep` from `rest`; false when nothing is left. */
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

static struct err *parse_key(struct cursor *c, struct param_name *out)
{
    size_t most = 1;
    for (size_t i = 0; i < c->text.len; i++)
        most += c->text.at[i] == '.';
    struct located *names = ARENA_ARRAY(c->arena, struct located, most);
    size_t n = 0;
    do {
        cursor_spaces(c);
        out->quoted = cursor_peek(c) == '"';
        TRY(cursor_name(c, ".", &names[n]));
        if (names[n++].text.len == 0)
            return cursor_error(c, FIELD_NAME, "A name is missing here.");
    } while (cursor_take(c, "."));
    TRY(cursor_json_path(c, &out->path));
    if (!cursor_end(c))
        return cursor_error(
            c, "\"->>\", \"->\" or end of input",
            "A parameter must be named after a column, or after an embedded resource, a dot and its column.");
    out->last = names[n - 1];
    out->embed = (struct ast_path){names, n - 1};
    return n - 1 > QUERY_DEPTH_MAX ? parse_error(c->arena, names[0].at,
                                                 "Embedded resources may be nested at most %d deep.", QUERY_DEPTH_MAX)
                                   : NULL;
}

static struct err *parse_select(struct parser *parser, struct cursor *c)
{
    c->what = "select parameter";
    if (parser->out->has_select)
        return parse_error(parser->arena, cursor_at(c), "select= is given twice.");
    if (c->text.len == 0)
        return NULL;
    parser->out->has_select = true;
    return parse_select_items(c, 0, &parser->out->select);
}

static struct err *negative_limit(struct cursor *c)
{
    struct err *err = err_at(c->arena, ERR_RANGE_NOT_SATISFIABLE, cursor_at(c), "Requested range not satisfiable");
    err->code = SLICE("PGRST103");
    err->details = SLICE("Limit should be greater than or equal to zero.");
    return err;
}

/* Reads limit= or offset=. A negative offset counts as 0; a negative limit is an error. */
static struct err *parse_number(struct cursor *c, struct slice name, bool offset, int64_t *out)
{
    if (!text_i64(c->text, out))
        return parse_error(c->arena, cursor_at(c), "%.*s= takes a whole number that is not negative.", SLICE_ARG(name));
    if (*out < 0 && !offset)
        return negative_limit(c);
    *out = *out < 0 ? 0 : *out;
    return NULL;
}

static struct err *parse_page(struct parser *parser, struct cursor *c, const struct param_name *key, bool offset)
{
    struct params *out = parser->out;
    int64_t value;
    if (c->text.len == 0)
        return NULL; /* `limit=` without a value is ignored */
    TRY(parse_number(c, key->last.text, offset, &value));
    if (key->embed.count) {
        struct ast_page *page = ARENA_NEW(parser->arena, struct ast_page);
        *page = (struct ast_page){.embed = key->embed, .offset = offset, .value = value};
        *parser->page_tail = page;
        parser->page_tail = &page->next;
        return cursor_node(c);
    }
    bool *given = offset ? &out->has_offset : &out->has_limit;
    if (*given)
        return parse_error(c->arena, cursor_at(c), "%.*s= is given twice.", SLICE_ARG(key->last.text));
    *given = true;
    *(offset ? &out->offset : &out->limit) = value;
    return NULL;
}

static struct err *parse_logic(struct parser *parser, struct cursor *c, struct param_name *key)
{
    struct ast_filter *node = ARENA_NEW(parser->arena, struct ast_filter);
    node->kind = slice_eq(key->last.text, SLICE("and")) ? FILTER_AND : FILTER_OR;
    if (key->embed.count && slice_eq(key->embed.names[key->embed.count - 1].text, SLICE("not"))) {
        node->negated = true;
        key->embed.count--;
    }
    node->embed = key->embed;
    node->column = key->last;
    c->what = "logic tree";
    c->ahead = key->last.text.len;
    TRY(parse_members(c, 1, node));
    if (!cursor_end(c))
        return cursor_error(c, "end of input", "Nothing can follow the closing parenthesis.");
    *parser->filter_tail = node;
    parser->filter_tail = &node->next;
    return NULL;
}

/* Parameters of other query languages, and what they are called here. */
static const struct {
    const char *names; /* separated by spaces */
    const char *hint;
} habits[] = {
    {" page page_number pagenumber p ",
     "A page is limit= and offset=: the third page of 20 rows is limit=20&offset=40."},
    {" _limit per_page perpage page_size pagesize size take top first max results_per_page ",
     "The number of rows is limit=, for example limit=20."},
    {" _start start skip from after _page cursor ", "The number of rows to skip is offset=, for example offset=40."},
    {" _end end to ", "Rows 20 to 29 are limit=10&offset=20, or the header field Range: items=20-29."},
    {" sort _sort sort_by sortby order_by orderby ordering _order ",
     "The order is order=column or order=column.desc, for example order=name,id.desc."},
    {" q query search filter filters where text ",
     "A filter is written column=operator.value, for example name=ilike.*gent* or id=gt.5."},
    {" fields columns_only include includes expand embed _embed _expand populate with ",
     "Columns and related rows are chosen by select=, for example select=id,name,items(*)."},
};

/* The hint for a parameter whose value is no filter. */
static struct err *explain_filter(struct arena *arena, struct slice name, struct slice value, struct err *err)
{
    const char *wanted = arena_printf(arena, " %.*s ", SLICE_ARG(name)).at;
    for (size_t i = 0; i < sizeof(habits) / sizeof(*habits); i++)
        if (strstr(habits[i].names, wanted))
            return err_hint(arena, err, "%s", habits[i].hint);
    bool short_enough = name.len + value.len <= 80;
    for (size_t i = 0; i < value.len; i++)
        short_enough = short_enough && value.at[i] > ' ' && !strchr("&#%+\"<>", value.at[i]);
    return err_hint(arena, err, "A filter is written column=operator.value: %.*s=eq.%.*s.",
                    SLICE_ARG(short_enough ? name : SLICE("id")), SLICE_ARG(short_enough ? value : SLICE("17")));
}

static struct err *parse_filter(struct parser *parser, struct cursor *c, const struct param_name *key)
{
    struct ast_filter *node = ARENA_NEW(parser->arena, struct ast_filter);
    TRY(cursor_node(c));
    *node = (struct ast_filter){.embed = key->embed, .column = key->last, .path = key->path};
    struct err *err = parse_operation(c, true, node);
    if (err)
        return operator_looks_like_filter(c->text) ? err : explain_filter(parser->arena, key->last.text, c->text, err);
    *parser->filter_tail = node;
    parser->filter_tail = &node->next;
    return NULL;
}

/* Parses a quoted name, or all bytes up to a comma without surrounding spaces. */
static struct err *parse_list_name(struct cursor *c, struct located *out)
{
    cursor_spaces(c);
    if (cursor_peek(c) == '"') {
        TRY(cursor_quoted(c, out));
        cursor_spaces(c);
    } else {
        *out = cursor_until(c, ",");
        out->text = slice_trim(out->text);
    }
    if (out->text.len == 0 || (!cursor_end(c) && cursor_peek(c) != ','))
        return cursor_error(c, FIELD_NAME, "A list of columns is written a,b or \"a\",\"b\".");
    return NULL;
}

/* Parses columns= and on_conflict=. A repeated name is ignored. An empty list leaves `given` false and sets `empty`. */
static struct err *parse_names(struct cursor *c, const char *what, struct names *out)
{
    size_t most = 1;
    struct map seen = map_new(c->arena);
    c->what = what;
    if (out->given)
        return parse_error(c->arena, cursor_at(c), "%.*s= is given twice.", (int)strcspn(what, " "), what);
    if (c->text.len == 0) {
        out->empty = cursor_error(c, FIELD_NAME, "A list of columns must name at least one.");
        return NULL;
    }
    for (size_t i = 0; i < c->text.len; i++)
        most += c->text.at[i] == ',';
    *out = (struct names){.given = true, .items = ARENA_ARRAY(c->arena, struct slice, most)};
    do {
        struct located name;
        TRY(parse_list_name(c, &name));
        if (!map_put(&seen, name.text, out))
            out->items[out->count++] = name.text;
    } while (cursor_take(c, ","));
    return NULL;
}

static struct err *parse_named(struct parser *parser, struct param_name *key, struct cursor *value)
{
    struct slice name = key->quoted || key->path.count ? SLICE_ABSENT : key->last.text;
    bool top = key->embed.count == 0;
    if (top && slice_eq(name, SLICE("select")))
        return parse_select(parser, value);
    if (slice_eq(name, SLICE("order"))) {
        value->what = "order";
        return parse_order_items(value, key->embed, &parser->order_tail);
    }
    if (slice_eq(name, SLICE("limit")))
        return parse_page(parser, value, key, false);
    if (slice_eq(name, SLICE("offset")))
        return parse_page(parser, value, key, true);
    if (slice_eq(name, SLICE("and")) || slice_eq(name, SLICE("or")))
        return parse_logic(parser, value, key);
    if (top && slice_eq(name, SLICE("columns")))
        return parse_names(value, "columns parameter", &parser->out->columns);
    if (top && slice_eq(name, SLICE("on_conflict")))
        return parse_names(value, "on_conflict parameter", &parser->out->on_conflict);
    return parse_filter(parser, value, key);
}

/* Whether a name is reserved in a query, whatever its value is. */
static bool is_reserved(struct slice name)
{
    static const char *const reserved[] = {"select", "order", "limit", "offset", "and", "or"};
    for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
        if (slice_eq(name, slice_of(reserved[i])))
            return true;
    return slice_find(name, '.') < name.len;
}

/* Whether a query parameter is an argument of the function: it has the name of one of the function's parameters and
 * is not a filter on a column of the result. A name that is neither of these and not reserved counts as an argument
 * too, so that the error PGRST202 names it. */
static bool is_argument(const struct parser *parser, struct slice name, struct slice value)
{
    const struct params_call *call = parser->call;
    bool takes = false, shows = false, filter = operator_looks_like_filter(value);
    if (slice_eq(name, SLICE("columns")))
        return false;
    for (size_t i = 0; i < call->catalog->function_count; i++) {
        const struct function *function = &call->catalog->functions[i];
        if (!function_is(function, parser->call_schema, call->function) || !name.len)
            continue;
        takes = takes || function_parameter(function, name) < function->parameter_count;
        shows = shows || (function->shape == RESULT_ROW && relation_column(function->result, name));
    }
    return (takes && !(filter && shows)) || (!filter && !is_reserved(name));
}

static void add_argument(struct parser *parser, struct slice name, struct slice value)
{
    struct params *out = parser->out;
    if (out->argument_count == parser->argument_cap) {
        size_t size = parser->argument_cap * sizeof(*out->arguments);
        parser->argument_cap = parser->argument_cap ? 2 * parser->argument_cap : 8;
        out->arguments =
            arena_grow(parser->arena, out->arguments, size, parser->argument_cap * sizeof(*out->arguments));
    }
    out->arguments[out->argument_count++] = (struct argument){name, value};
}

static struct err *parse_param(struct parser *parser, struct located param)
{
    size_t eq = slice_find(param.text, '=');
    struct cursor name, value;
    struct param_name key = {0};
    if (param.text.len == 0)
        return NULL; /* empty pieces, as in `a=1&&b=2` or after a trailing &, are ignored */
    if (eq == param.text.len || eq == 0)
        return parse_error(parser->arena, param.at, "A parameter is written name=value.");
    struct located left = {slice_head(param.text, eq), param.at};
    struct located right = {slice_from(param.text, eq + 1), param.at + eq + 1};
    TRY(cursor_open(parser->arena, left, &parser->nodes, &name));
    TRY(cursor_open(parser->arena, right, &parser->nodes, &value));
    if (parser->call && is_argument(parser, name.text, value.text)) {
        add_argument(parser, name.text, value.text);
        return NULL;
    }
    name.what = "tree path";
    value.what = "filter";
    TRY(parse_key(&name, &key));
    return parse_named(parser, &key, &value);
}

struct err *params_parse(struct arena *arena, struct slice raw, const struct params_call *call, struct params *out)
{
    *out = (struct params){0};
    struct parser parser = {.arena = arena,
                            .call = call,
                            .out = out,
                            .filter_tail = &out->filters,
                            .order_tail = &out->orders,
                            .page_tail = &out->pages};
    struct located rest = {raw, 0}, param;
    if (call)
        parser.call_schema = catalog_function_schema(call->catalog, call->schema, call->function);
    while (next_piece(&rest, '&', &param))
        TRY(parse_param(&parser, param));
    return NULL;
}

bool params_select_all(const struct params *params)
{
    return !params->has_select || (params->select->kind == SELECT_STAR && !params->select->next);
}
