#include "midair/base/text.h"
#include "parser.h"

/* Everything that one parse carries along: lists are built at their tails. */
struct parser {
    struct arena *arena;
    struct ast_query *out;
    struct ast_filter **filter_tail;
    struct ast_order **order_tail;
    struct ast_page **page_tail;
    size_t nodes;
};

/* The name of a parameter: the embeds it belongs to, and what remains. */
struct key {
    struct ast_path embed;
    struct located last;
    struct json_path path;
    bool quoted; /* `last` is no keyword */
};

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

static struct err *parse_key(struct cursor *c, struct key *out)
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
        return cursor_error(c, "\"->>\", \"->\" or end of input",
                            "A parameter is named after a column, or after an embed, a dot and its column.");
    out->last = names[n - 1];
    out->embed = (struct ast_path){names, n - 1};
    return n - 1 > QUERY_DEPTH_MAX
               ? parse_error(c->arena, names[0].at, "Embeds may be nested %d deep.", QUERY_DEPTH_MAX)
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

/* An offset before the first row is none. */
static struct err *parse_number(struct cursor *c, struct slice name, bool offset, int64_t *out)
{
    if (!text_i64(c->text, out))
        return parse_error(c->arena, cursor_at(c), "%.*s= takes a whole number that is not negative.", SLICE_ARG(name));
    if (*out < 0 && !offset)
        return negative_limit(c);
    *out = *out < 0 ? 0 : *out;
    return NULL;
}

static struct err *parse_page(struct parser *parser, struct cursor *c, const struct key *key, bool offset)
{
    struct ast_query *out = parser->out;
    int64_t value;
    if (c->text.len == 0)
        return NULL; /* `limit=` says nothing */
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

static struct err *parse_logic(struct parser *parser, struct cursor *c, struct key *key)
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

static struct err *parse_filter(struct parser *parser, struct cursor *c, const struct key *key)
{
    struct ast_filter *node = ARENA_NEW(parser->arena, struct ast_filter);
    TRY(cursor_node(c));
    *node = (struct ast_filter){.embed = key->embed, .column = key->last, .path = key->path};
    TRY(parse_operation(c, true, node));
    *parser->filter_tail = node;
    parser->filter_tail = &node->next;
    return NULL;
}

/* What speaks of the content of a write says nothing about what is read; where it counts it was taken out before. */
static bool is_about_content(struct slice name)
{
    return slice_eq(name, SLICE("columns")) || slice_eq(name, SLICE("on_conflict"));
}

static struct err *parse_named(struct parser *parser, struct key *key, struct cursor *value)
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
    if (top && is_about_content(name))
        return NULL;
    return parse_filter(parser, value, key);
}

static struct err *parse_param(struct parser *parser, struct located param)
{
    size_t eq = slice_find(param.text, '=');
    struct cursor name, value;
    struct key key = {0};
    if (param.text.len == 0)
        return NULL; /* `a=1&&b=2` and a trailing & say nothing */
    if (eq == param.text.len || eq == 0)
        return parse_error(parser->arena, param.at, "A parameter is written name=value.");
    struct located left = {slice_head(param.text, eq), param.at};
    struct located right = {slice_from(param.text, eq + 1), param.at + eq + 1};
    TRY(cursor_open(parser->arena, left, &parser->nodes, &name));
    name.what = "tree path";
    TRY(parse_key(&name, &key));
    TRY(cursor_open(parser->arena, right, &parser->nodes, &value));
    value.what = "filter";
    return parse_named(parser, &key, &value);
}

struct err *query_parse(struct arena *arena, struct slice raw, struct ast_query *out)
{
    *out = (struct ast_query){0};
    struct parser parser = {arena, out, &out->filters, &out->orders, &out->pages, 0};
    struct located rest = {raw, 0}, param;
    while (next_piece(&rest, '&', &param))
        TRY(parse_param(&parser, param));
    return NULL;
}
