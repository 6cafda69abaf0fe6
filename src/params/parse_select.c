#include "parser.h"

static const char name_stops[] = ".,:()!";

#define AFTER_FIELD "letter, digit, \"-\", \"->>\", \"->\", \"::\", \".\", "

static const struct {
    const char *name;
    enum aggregate aggregate;
} aggregates[] = {
    {"count", AGGREGATE_COUNT}, {"sum", AGGREGATE_SUM}, {"avg", AGGREGATE_AVG},
    {"min", AGGREGATE_MIN},     {"max", AGGREGATE_MAX},
};

static struct err *parse_cast(struct cursor *c, struct located *out)
{
    if (!cursor_take(c, "::"))
        return NULL;
    TRY(cursor_node(c));
    TRY(cursor_name(c, ".,:()", out));
    if (out->text.len == 0)
        return cursor_error(c, "letter or digit", "A cast names a type: column::type.");
    return NULL;
}

static struct err *parse_aggregate(struct cursor *c, struct ast_select *node)
{
    struct located name;
    if (!cursor_take(c, "."))
        return NULL;
    TRY(cursor_name(c, name_stops, &name));
    for (size_t i = 0; i < sizeof(aggregates) / sizeof(*aggregates); i++)
        if (slice_eq(name.text, slice_of(aggregates[i].name)))
            node->aggregate = aggregates[i].aggregate;
    if (node->aggregate == AGGREGATE_NONE || !cursor_take(c, "()"))
        return cursor_error_at(c, name.at, "\"sum\", \"avg\", \"count\", \"max\" or \"min\"",
                               "A column and a dot must be followed by count(), sum(), avg(), min() or max().");
    return parse_cast(c, &node->aggregate_cast);
}

static struct err *parse_column(struct cursor *c, struct ast_select *node)
{
    node->kind = SELECT_COLUMN;
    if (slice_eq(node->column.text, SLICE("count")) && cursor_take(c, "()")) {
        node->column = (struct located){SLICE_ABSENT, node->column.at};
        node->aggregate = AGGREGATE_COUNT;
        return parse_cast(c, &node->aggregate_cast);
    }
    TRY(cursor_json_path(c, &node->path));
    TRY(parse_cast(c, &node->cast));
    return parse_aggregate(c, node);
}

/* Parses `!hint`, `!inner` and `!left`, in any order. */
static struct err *parse_hints(struct cursor *c, struct ast_select *node)
{
    while (cursor_take(c, "!")) {
        struct located word;
        TRY(cursor_node(c));
        TRY(cursor_name(c, name_stops, &word));
        bool inner = slice_eq(word.text, SLICE("inner")), left = slice_eq(word.text, SLICE("left"));
        if ((inner || left) && node->join == JOIN_UNSET)
            node->join = inner ? JOIN_INNER : JOIN_LEFT;
        else if (!inner && !left && word.text.len && !slice_present(node->hint.text))
            node->hint = word;
        else
            return cursor_error_at(c, word.at, "\"left\", \"inner\" or " FIELD_NAME,
                                   "An embedded resource can have one !hint and one of !inner and !left.");
    }
    return NULL;
}

static struct err *parse_embed(struct cursor *c, size_t depth, struct ast_select *node)
{
    node->kind = SELECT_EMBED;
    TRY(parse_hints(c, node));
    if (depth == QUERY_DEPTH_MAX)
        return parse_error(c->arena, cursor_at(c), "Embedded resources may be nested at most %d deep.",
                           QUERY_DEPTH_MAX);
    if (!cursor_take(c, "("))
        return cursor_error(c, "\"!\" or \"(\"", "An embedded resource is written name(columns).");
    cursor_spaces(c);
    if (cursor_peek(c) != ')')
        TRY(parse_select_items(c, depth + 1, &node->items));
    if (!cursor_take(c, ")"))
        return cursor_error(c, AFTER_FIELD "\")\" or \",\"", "A closing parenthesis is missing.");
    return NULL;
}

static struct err *parse_item(struct cursor *c, size_t depth, struct ast_select *node)
{
    TRY(cursor_node(c));
    cursor_spaces(c);
    if (cursor_take(c, "*")) {
        node->kind = SELECT_STAR;
        return NULL;
    }
    node->spread = cursor_take(c, "...");
    TRY(cursor_name(c, name_stops, &node->column));
    if (cursor_peek(c) == ':' && !cursor_sees(c, "::")) {
        if (node->column.text.len == 0)
            return cursor_error(c, FIELD_NAME, "A renamed column is written label:column.");
        if (node->spread)
            return cursor_error(c, "\"!\" or \"(\"",
                                "A spread has no name of its own: its columns go into the row itself.");
        c->pos++;
        node->label = node->column;
        TRY(cursor_name(c, name_stops, &node->column));
    }
    if (node->column.text.len == 0)
        return cursor_error(c, FIELD_NAME, "An item of select= is empty.");
    bool counts = slice_eq(node->column.text, SLICE("count")) && cursor_sees(c, "()");
    if (!counts && (cursor_peek(c) == '(' || cursor_peek(c) == '!'))
        return parse_embed(c, depth, node);
    if (node->spread)
        return cursor_error(c, "\"!\" or \"(\"", "Only an embedded resource can be spread: ...name(columns).");
    return parse_column(c, node);
}

struct err *parse_select_items(struct cursor *c, size_t depth, struct ast_select **out)
{
    struct ast_select **tail = out;
    do {
        struct ast_select *node = ARENA_NEW(c->arena, struct ast_select);
        TRY(parse_item(c, depth, node));
        cursor_spaces(c);
        *tail = node;
        tail = &node->next;
    } while (cursor_take(c, ","));
    if (depth == 0 && !cursor_end(c))
        return cursor_error(c, AFTER_FIELD "\")\", \",\" or end of input",
                            "The items of select= are separated by commas.");
    return NULL;
}
