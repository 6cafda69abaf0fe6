/* The operators of filters (operator.def) for the parser and the binder. Private to params/. */
#ifndef MIDAIR_SRC_PARAMS_OPERATORS_H
#define MIDAIR_SRC_PARAMS_OPERATORS_H

#include "midair/params/params.h"

/* The form of the value in `operator.value`; operator.def describes each. */
enum operator_takes { PLAIN, QUANTIFIED, PATTERN, LIST, KEYWORD, SEARCH };

struct operator_form {
    const char *name;
    enum operator_takes takes;
};

extern const struct operator_form operator_forms[OPERATORS];

/* Whether a decoded value looks like a filter: it starts with `not.`, or with an operator, an optional modifier and
 * a dot. */
bool operator_looks_like_filter(struct slice value);

#endif
