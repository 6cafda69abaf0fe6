#include "binder.h"
#include "operators.h"

#include "midair/base/text.h"

static struct slice lower_keyword(struct slice word)
{
    static const char *const words[] = {"null", "not_null", "true", "false", "unknown"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (slice_eq_nocase(word, slice_of(words[i])))
            return slice_of(words[i]);
    return word;
}

/* Replaces `*` by `%`: in a URL, `%` would have to be escaped. */
static struct slice pattern(struct arena *arena, struct slice value)
{
    struct slice copy = arena_copy(arena, value);
    char *bytes = (char *)copy.at;
    for (size_t i = 0; i < copy.len; i++)
        if (bytes[i] == '*')
            bytes[i] = '%';
    return copy;
}

static struct err *not_boolean(struct binder *binder, const struct ast_filter *ast, struct slice word)
{
    struct err *err =
        err_at(binder->arena, ERR_BAD_QUERY, ast->value.at, "is.%.*s works on booleans only.", SLICE_ARG(word));
    err->code = SLICE("42804");
    return err;
}

static struct err *bind_comparison(struct binder *binder, struct query *query, const struct ast_filter *ast,
                                   struct bound_filter *out)
{
    TRY(bind_column(binder, query, ast->column, &out->column));
    out->path = ast->path;
    out->op = ast->op;
    out->quantifier = ast->quantifier;
    out->config = ast->config.text;
    out->value = ast->value.text;
    switch (operator_forms[ast->op].takes) {
    case KEYWORD:
        out->value = lower_keyword(ast->value.text);
        if (!slice_ends(out->value, SLICE("null")) &&
            (ast->path.count || relation_field(query->relation, out->column)->form != FORM_BOOL))
            return not_boolean(binder, ast, out->value);
        break;
    case LIST:
        out->value = text_array(binder->arena, ast->list, ast->list_count);
        break;
    case PATTERN:
        out->value = pattern(binder->arena, ast->value.text);
        break;
    case PLAIN:
    case QUANTIFIED:
    case SEARCH:
        break;
    }
    return NULL;
}

/* A filter on the presence of embedded rows: `items=is.null` selects rows without items, `items=not.is.null` rows
 * with at least one. */
static struct err *bind_presence(struct binder *binder, struct bound_embed *embed, const struct ast_filter *ast,
                                 struct bound_filter *out)
{
    struct slice word = lower_keyword(ast->value.text);
    bool null = slice_eq(word, SLICE("null"));
    if (ast->op != OPERATOR_IS || ast->path.count || (!null && !slice_eq(word, SLICE("not_null")))) {
        struct err *err = err_at(binder->arena, ERR_BAD_QUERY, ast->column.at,
                                 "Bad operator on the '%.*s' embedded resource", SLICE_ARG(ast->column.text));
        err->code = SLICE("PGRST120");
        err->details = SLICE("Only is null or not is null filters are allowed on embedded resources");
        return err;
    }
    embed->tested = true;
    out->kind = FILTER_EMBED;
    out->embed = embed;
    out->negated = ast->negated != !null;
    return NULL;
}

/* Decides what a name means that both a column and an embed have. is.null tests the embed if select= shows it under
 * that name; every other filter is on the column. */
static bool means_column(const struct query *query, const struct bound_embed *embed, const struct ast_filter *ast)
{
    bool null =
        ast->op == OPERATOR_IS && ast->path.count == 0 && slice_ends(lower_keyword(ast->value.text), SLICE("null"));
    return relation_column(query->relation, ast->column.text) && !(null && slice_eq(embed->label, ast->column.text));
}

static struct err *bind_members(struct binder *binder, struct query *query, const struct ast_filter *ast,
                                struct bound_filter *out)
{
    size_t n = 0;
    for (const struct ast_filter *m = ast->members; m; m = m->next)
        n++;
    out->members = ARENA_ARRAY(binder->arena, struct bound_filter, n);
    for (const struct ast_filter *m = ast->members; m; m = m->next)
        TRY(bind_filter(binder, query, m, &out->members[out->member_count++]));
    return NULL;
}

struct err *bind_filter(struct binder *binder, struct query *query, const struct ast_filter *ast,
                        struct bound_filter *out)
{
    *out = (struct bound_filter){.kind = ast->kind, .negated = ast->negated, .column = NO_COLUMN};
    if (ast->kind != FILTER_COMPARE)
        return bind_members(binder, query, ast, out);
    struct bound_embed *embed = bind_find_embed(query, ast->column.text);
    if (embed && !means_column(query, embed, ast))
        return bind_presence(binder, embed, ast, out);
    return bind_comparison(binder, query, ast, out);
}
