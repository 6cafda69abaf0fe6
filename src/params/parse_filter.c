#include "operators.h"
#include "parser.h"

const struct operator_form operator_forms[OPERATORS] = {
#define OPERATOR(kind, name, sql, takes) [OPERATOR_##kind] = {name, takes},
#include "midair/params/operator.def"
#undef OPERATOR
};

/* Finds the operator of that name; false when there is none. */
static bool find_operator(struct slice name, enum query_operator *out)
{
    for (size_t i = 0; i < OPERATORS; i++)
        if (slice_eq(name, slice_of(operator_forms[i].name))) {
            *out = (enum query_operator)i;
            return true;
        }
    return false;
}

bool operator_looks_like_filter(struct slice value)
{
    enum query_operator ignored;
    size_t dot = slice_find(value, '.'), open = slice_find(value, '(');
    struct slice name = slice_head(value, open < dot ? open : dot);
    return dot < value.len && (slice_eq(name, SLICE("not")) || find_operator(name, &ignored));
}

static bool is_keyword(struct slice value)
{
    static const char *const words[] = {"null", "not_null", "true", "false", "unknown"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (slice_eq_nocase(value, slice_of(words[i])))
            return true;
    return false;
}

#define OPERATOR_NAME "operator (eq, gt, ...)"

static bool is_oid(struct slice word)
{
    size_t i = 0;
    while (i < word.len && (word.at[i] == '-' || (word.at[i] >= '0' && word.at[i] <= '9')))
        i++;
    return word.len > 0 && i == word.len;
}

/* Parses the optional modifier: `(any)`, `(all)` or the configuration of a text search. */
static struct err *parse_modifier(struct cursor *c, struct ast_filter *out)
{
    enum operator_takes takes = operator_forms[out->op].takes;
    bool possible = takes == SEARCH || takes == QUANTIFIED || takes == PATTERN;
    if (!possible || !cursor_take(c, "("))
        return NULL;
    struct located word = cursor_until(c, "()");
    if (!cursor_take(c, ")"))
        return cursor_error(c, "\")\"", "A closing parenthesis is missing.");
    /* PostgreSQL would read a number or "-" as an oid, not as a name. */
    if (takes == SEARCH && is_oid(word.text))
        return cursor_error_at(c, word.at, "the name of a text search configuration",
                               "\"%.*s\" is not the name of a text search configuration.", SLICE_ARG(word.text));
    if (takes == SEARCH && word.text.len) {
        out->config = word;
        return NULL;
    }
    if (takes != SEARCH && slice_eq(word.text, SLICE("any")))
        out->quantifier = QUANTIFIER_ANY;
    else if (takes != SEARCH && slice_eq(word.text, SLICE("all")))
        out->quantifier = QUANTIFIER_ALL;
    else
        return cursor_error_at(c, word.at, OPERATOR_NAME, "The operator \"%s\" takes no such modifier.",
                               operator_forms[out->op].name);
    return NULL;
}

static struct err *bad_operator(const struct cursor *c, struct located name, bool negated)
{
    struct err *err = cursor_error_at(c, name.at, negated ? OPERATOR_NAME : "\"not\" or " OPERATOR_NAME,
                                      "\"%.*s\" is not a supported operator.", SLICE_ARG(name.text));
    return err_hint(c->arena, err, "A filter is written column=operator.value, for example id=eq.17.");
}

/* Parses one element of a list, or one value inside and=(): quoted text, or all bytes up to a comma or parenthesis.
 * A quoted text must be followed by one of these or the end; otherwise the quote is an ordinary byte. */
static struct located parse_element(struct cursor *c)
{
    struct cursor ahead = *c;
    struct located quoted;
    if (cursor_peek(c) == '"' && cursor_try_quoted(&ahead, &quoted)) {
        char next = cursor_peek(&ahead);
        if (cursor_end(&ahead) || next == ',' || next == ')') {
            *c = ahead;
            return quoted;
        }
    }
    return cursor_until(c, ",)");
}

static void add_element(struct cursor *c, struct ast_filter *out, size_t *cap)
{
    if (out->list_count == *cap) {
        size_t size = *cap * sizeof(*out->list);
        *cap = *cap ? 2 * *cap : 16;
        out->list = arena_grow(c->arena, out->list, size, *cap * sizeof(*out->list));
    }
    out->list[out->list_count++] = parse_element(c).text;
}

static struct err *parse_list(struct cursor *c, struct ast_filter *out)
{
    size_t cap = 0;
    out->value.at = cursor_at(c);
    cursor_spaces(c);
    if (!cursor_take(c, "("))
        return cursor_error(c, "\"(\"", "A list is written in.(a,b,c).");
    cursor_spaces(c);
    do
        add_element(c, out, &cap);
    while (cursor_take(c, ","));
    if (!cursor_take(c, ")"))
        return cursor_error(c, "\",\" or \")\"", "A closing parenthesis is missing.");
    cursor_spaces(c);
    if (out->list_count == 1 && out->list[0].len == 0)
        out->list_count = 0; /* `in.()` is an empty list, and so is `in.("")` */
    return NULL;
}

/* The length of the array in braces that the text starts with, with nested arrays and quoted elements; 0 when there
 * is none. */
static size_t array_length(struct slice text)
{
    size_t depth = 1;
    bool quoted = false;
    for (size_t i = 1; i < text.len && text.at[0] == '{'; i++) {
        char c = text.at[i];
        if (c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && c == '{')
            depth++;
        else if (!quoted && c == '}' && --depth == 0)
            return i + 1;
    }
    return 0;
}

/* Parses a value inside and=(). It may be an array in braces, which may contain commas. */
static struct located parse_member_value(struct cursor *c)
{
    size_t length = array_length(slice_from(c->text, c->pos));
    if (!length)
        return parse_element(c);
    struct located array = {slice_make(c->text.at + c->pos, length), cursor_at(c)};
    c->pos += length;
    return array;
}

struct err *parse_operation(struct cursor *c, bool whole, struct ast_filter *out)
{
    out->negated = cursor_take(c, "not.");
    struct located name = cursor_until(c, ".(,)");
    if (!find_operator(name.text, &out->op))
        return bad_operator(c, name, out->negated);
    TRY(parse_modifier(c, out));
    if (!cursor_take(c, "."))
        return cursor_error(c, OPERATOR_NAME, "The operator has no value: write column=operator.value.");
    if (operator_forms[out->op].takes == LIST)
        TRY(parse_list(c, out));
    else
        out->value = whole ? cursor_until(c, "") : parse_member_value(c);
    if (whole && !cursor_end(c))
        return cursor_error(c, "end of input", "Nothing can follow the list.");
    if (out->op == OPERATOR_IS)
        out->value.text = slice_trim(out->value.text);
    if (out->op == OPERATOR_IS && !is_keyword(out->value.text))
        return cursor_error_at(c, out->value.at, "isVal: (null, not_null, true, false, unknown)",
                               "is. takes null, not_null, true, false or unknown.");
    return NULL;
}

/* Takes `and(`, `or(`, `not.and(` … up to the parenthesis; returns false and does not move when there is none. */
static bool takes_logic(struct cursor *c, struct ast_filter *out)
{
    struct cursor ahead = *c;
    bool negated = cursor_take(&ahead, "not."), and = cursor_take(&ahead, "and");
    if (!and&&!cursor_take(&ahead, "or"))
        return false;
    cursor_spaces(&ahead);
    if (cursor_peek(&ahead) != '(')
        return false;
    *c = ahead;
    out->negated = negated;
    out->kind = and? FILTER_AND : FILTER_OR;
    return true;
}

static struct err *parse_member(struct cursor *c, size_t depth, struct ast_filter *out)
{
    static const char sentence[] = "A filter inside and=() or or=() is written column.operator.value.";
    TRY(cursor_node(c));
    cursor_spaces(c);
    if (takes_logic(c, out))
        return parse_members(c, depth + 1, out);
    TRY(cursor_name(c, ".,()", &out->column));
    TRY(cursor_json_path(c, &out->path));
    if (out->column.text.len == 0)
        return cursor_error(c, FIELD_NAME ", negation operator (not) or logic operator (and, or)", "%s", sentence);
    if (!cursor_take(c, "."))
        return cursor_error(c, "letter, digit, \"-\", \"->>\", \"->\" or delimiter (.)", "%s", sentence);
    return parse_operation(c, false, out);
}

struct err *parse_members(struct cursor *c, size_t depth, struct ast_filter *out)
{
    struct ast_filter **tail = &out->members;
    if (depth > QUERY_DEPTH_MAX)
        return parse_error(c->arena, cursor_at(c), "Filters may be nested at most %d deep.", QUERY_DEPTH_MAX);
    cursor_spaces(c);
    if (!cursor_take(c, "("))
        return cursor_error(c, "\"(\"", "Filters are joined like this: or=(a.eq.1,b.gt.2).");
    do {
        struct ast_filter *node = ARENA_NEW(c->arena, struct ast_filter);
        TRY(parse_member(c, depth, node));
        cursor_spaces(c);
        *tail = node;
        tail = &node->next;
    } while (cursor_take(c, ","));
    if (!cursor_take(c, ")"))
        return cursor_error(c, "\",\" or \")\"", "A comma or a closing parenthesis is missing.");
    cursor_spaces(c);
    return NULL;
}
