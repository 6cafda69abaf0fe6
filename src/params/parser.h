/* Declarations shared by the files of the parser (parse*.c). Private to params/. */
#ifndef MIDAIR_SRC_PARAMS_PARSER_H
#define MIDAIR_SRC_PARAMS_PARSER_H

#include "lex.h"

/* PostgREST's words for a missing name, used as `expected` in errors. */
#define FIELD_NAME "field name (* or [a..z0..9_$])"

/* Parses a list of select items up to the end or a closing parenthesis. `depth` is the number of enclosing embeds. */
struct err *parse_select_items(struct cursor *c, size_t depth, struct ast_select **out) MUST_USE;
/* Parses `[not.]op[(modifier)].value`. With `whole` the value extends to the end, else to a comma or parenthesis. */
struct err *parse_operation(struct cursor *c, bool whole, struct ast_filter *out) MUST_USE;
/* Parses the members of and=() or or=(): `(a.eq.1,or(…),…)`. */
struct err *parse_members(struct cursor *c, size_t depth, struct ast_filter *out) MUST_USE;

#endif
