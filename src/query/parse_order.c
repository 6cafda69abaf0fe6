#include "parser.h"

static struct err *bad_word(struct cursor *c, struct located word)
{
    return parse_error(c->arena, word.at, "order= takes column, then asc or desc, then nullsfirst or nullslast.");
}

static struct err *parse_words(struct cursor *c, struct ast_order *node)
{
    bool direction_given = false;
    while (cursor_take(c, ".")) {
        struct located word = cursor_until(c, ".,");
        bool asc = slice_eq(word.text, SLICE("asc")), desc = slice_eq(word.text, SLICE("desc"));
        bool first = slice_eq(word.text, SLICE("nullsfirst")), last = slice_eq(word.text, SLICE("nullslast"));
        if ((asc || desc) && !direction_given && !node->nulls_given) {
            direction_given = true;
            node->descending = desc;
        } else if ((first || last) && !node->nulls_given) {
            node->nulls_given = true;
            node->nulls_first = first;
        } else {
            return bad_word(c, word);
        }
    }
    return NULL;
}

static struct err *parse_order_item(struct cursor *c, struct ast_order *node)
{
    TRY(cursor_node(c));
    TRY(cursor_name(c, ".,:()", &node->column));
    if (cursor_take(c, "(")) {
        node->related = node->column;
        TRY(cursor_name(c, ".,:()", &node->column));
        TRY(cursor_json_path(c, ".,:()", &node->path));
        if (!cursor_take(c, ")"))
            return cursor_error(c, "A closing parenthesis is missing.");
    } else {
        TRY(cursor_json_path(c, ".,:()", &node->path));
    }
    if (node->column.text.len == 0)
        return cursor_error(c, "An item of order= is empty.");
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
    if (!cursor_end(c))
        return cursor_error(c, "The items of order= are separated by commas.");
    return NULL;
}
