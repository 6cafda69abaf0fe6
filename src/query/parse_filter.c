#include "parser.h"

enum takes { PLAIN, QUANTIFIED, PATTERN, LIST, KEYWORD, SEARCH };

static const struct {
    const char *name;
    enum takes takes;
} operators[] = {
#define OPERATOR(kind, name, sql, takes) [OPERATOR_##kind] = {name, takes},
#include "midair/query/operator.def"
#undef OPERATOR
};

static bool find_operator(struct slice name, enum query_operator *out)
{
    for (size_t i = 0; i < OPERATORS; i++)
        if (slice_eq(name, slice_of(operators[i].name))) {
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

/* `(any)`, `(all)` or the configuration of a text search. */
static struct err *parse_modifier(struct cursor *c, struct ast_filter *out)
{
    enum takes takes = operators[out->op].takes;
    size_t at = cursor_at(c);
    if (cursor_peek(c) != '(')
        return NULL;
    c->pos++;
    struct located word = cursor_until(c, "()");
    if (!cursor_take(c, ")"))
        return cursor_error(c, "A closing parenthesis is missing.");
    if (takes == SEARCH && word.text.len) {
        out->config = word;
        return NULL;
    }
    if (takes == QUANTIFIED || takes == PATTERN) {
        if (slice_eq(word.text, SLICE("any")))
            out->quantifier = QUANTIFIER_ANY;
        else if (slice_eq(word.text, SLICE("all")))
            out->quantifier = QUANTIFIER_ALL;
    }
    if (out->quantifier == QUANTIFIER_NONE)
        return parse_error(c->arena, at, "The operator \"%s\" takes no such modifier.", operators[out->op].name);
    return NULL;
}

static struct err *bad_operator(const struct cursor *c, struct located name)
{
    struct err *err =
        parse_error(c->arena, name.at, "\"%.*s\" is not an operator that is served here.", SLICE_ARG(name.text));
    return err_hint(c->arena, err, "A filter is written column=operator.value, for example id=eq.17.");
}

/* One element of a list, or a value inside of and=(): quoted, or up to a comma or a parenthesis. A quote that is not
 * closed right before one of these is a plain byte. */
static struct err *parse_element(struct cursor *c, struct located *out)
{
    if (cursor_peek(c) == '"') {
        struct cursor ahead = *c;
        TRY(cursor_quoted(&ahead, out));
        char next = cursor_peek(&ahead);
        if (cursor_end(&ahead) || next == ',' || next == ')') {
            *c = ahead;
            return NULL;
        }
    }
    *out = cursor_until(c, ",)");
    return NULL;
}

static struct err *parse_list(struct cursor *c, struct ast_filter *out)
{
    size_t cap = 0;
    out->value.at = cursor_at(c);
    if (!cursor_take(c, "("))
        return cursor_error(c, "A list is written in.(a,b,c).");
    if (cursor_take(c, ")"))
        return NULL;
    do {
        struct located element;
        TRY(parse_element(c, &element));
        if (out->list_count == cap) {
            size_t size = cap * sizeof(*out->list);
            cap = cap ? 2 * cap : 16;
            out->list = arena_grow(c->arena, out->list, size, cap * sizeof(*out->list));
        }
        out->list[out->list_count++] = element.text;
    } while (cursor_take(c, ","));
    if (!cursor_take(c, ")"))
        return cursor_error(c, "A closing parenthesis is missing.");
    return NULL;
}

/* A value among others: an array in braces may hold commas. */
static struct err *parse_member_value(struct cursor *c, struct located *out)
{
    if (cursor_peek(c) == '{') {
        size_t from = c->pos;
        size_t end = from + slice_find(slice_from(c->text, from), '}');
        if (end < c->text.len) {
            *out = (struct located){slice_make(c->text.at + from, end + 1 - from), cursor_at(c)};
            c->pos = end + 1;
            return NULL;
        }
    }
    return parse_element(c, out);
}

struct err *parse_operation(struct cursor *c, bool whole, struct ast_filter *out)
{
    size_t begin = cursor_at(c);
    if (cursor_take(c, "not."))
        out->negated = !out->negated;
    struct located name = cursor_until(c, ".(,)");
    if (!find_operator(name.text, &out->op))
        return bad_operator(c, name);
    TRY(parse_modifier(c, out));
    if (!cursor_take(c, "."))
        return parse_error(c->arena, begin, "The operator has no value: write column=operator.value.");
    if (operators[out->op].takes == LIST) {
        TRY(parse_list(c, out));
    } else if (whole) {
        out->value = cursor_until(c, "");
    } else {
        TRY(parse_member_value(c, &out->value));
    }
    if (whole && !cursor_end(c))
        return cursor_error(c, "Nothing can follow the list.");
    if (out->op == OPERATOR_IS && !is_keyword(out->value.text))
        return parse_error(c->arena, out->value.at, "is. takes null, not_null, true, false or unknown.");
    return NULL;
}

static struct err *parse_member(struct cursor *c, size_t depth, struct ast_filter *out)
{
    TRY(cursor_node(c));
    cursor_spaces(c);
    struct cursor begin = *c;
    bool negated = cursor_take(c, "not.");
    bool and = cursor_take(c, "and(");
    if (and || cursor_take(c, "or(")) {
        c->pos--;
        out->negated = negated;
        out->kind = and? FILTER_AND : FILTER_OR;
        return parse_members(c, depth + 1, out);
    }
    *c = begin;
    TRY(cursor_name(c, ".,()", &out->column));
    TRY(cursor_json_path(c, ".,()", &out->path));
    if (out->column.text.len == 0)
        return cursor_error(c, "A filter inside and=() or or=() is written column.operator.value.");
    if (!cursor_take(c, "."))
        return cursor_error(c, "A filter inside and=() or or=() is written column.operator.value.");
    return parse_operation(c, false, out);
}

struct err *parse_members(struct cursor *c, size_t depth, struct ast_filter *out)
{
    struct ast_filter **tail = &out->members;
    if (depth > QUERY_DEPTH_MAX)
        return cursor_error(c, "Filters may be nested %d deep.", QUERY_DEPTH_MAX);
    if (!cursor_take(c, "("))
        return cursor_error(c, "Filters are joined like this: or=(a.eq.1,b.gt.2).");
    do {
        struct ast_filter *node = ARENA_NEW(c->arena, struct ast_filter);
        TRY(parse_member(c, depth, node));
        cursor_spaces(c);
        *tail = node;
        tail = &node->next;
    } while (cursor_take(c, ","));
    if (!cursor_take(c, ")"))
        return cursor_error(c, "A comma or a closing parenthesis is missing.");
    return NULL;
}
