/* The operators of filters (operator.def), as the parser and the binder see them. Private to params/. */
#ifndef MIDAIR_SRC_PARAMS_OPERATORS_H
#define MIDAIR_SRC_PARAMS_OPERATORS_H

#include "midair/params/params.h"

/* What stands behind the dot of `operator.value`; operator.def says what each means. */
enum operator_takes { PLAIN, QUANTIFIED, PATTERN, LIST, KEYWORD, SEARCH };

struct operator_form {
    const char *name;
    enum operator_takes takes;
};

extern const struct operator_form operator_forms[OPERATORS];

/* The operator of that name; false when there is none. */
bool operator_find(struct slice name, enum query_operator *out);
/* Whether a decoded value has the form of a filter: `not.` or an operator, with or without a modifier, and a dot. */
bool operator_looks_like_filter(struct slice value);

#endif
