#include "parser.h"

static const char words_hint[] = "order= takes column, then asc or desc, then nullsfirst or nullslast.";

/* `.asc` or `.desc`, then `.nullsfirst` or `.nullslast`; each may be left out. */
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

struct err *parse_order_items(struct cursor *c, struct ast_path embed, struct ast_order ***tail)
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
