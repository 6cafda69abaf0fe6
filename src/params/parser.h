/* What the files of the parser share. Private to params/. */
#ifndef MIDAIR_SRC_PARAMS_PARSER_H
#define MIDAIR_SRC_PARAMS_PARSER_H

#include "lex.h"

/* How PostgREST calls a name that is missing. */
#define FIELD_NAME "field name (* or [a..z0..9_$])"

/* A list of select items, up to the end or a closing parenthesis. */
struct err *parse_select_items(struct cursor *c, size_t depth, struct ast_select **out) MUST_USE;
/* `[not.]op[(modifier)].value`: `whole` when the value goes to the end, else it ends at a comma or parenthesis. */
struct err *parse_operation(struct cursor *c, bool whole, struct ast_filter *out) MUST_USE;
/* `(a.eq.1,or(…),…)` */
struct err *parse_members(struct cursor *c, size_t depth, struct ast_filter *out) MUST_USE;

#endif
