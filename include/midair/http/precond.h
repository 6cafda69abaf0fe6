/* Preconditions (RFC 9110 13): the fields are parsed once and evaluated by one pure function.
 *
 * This evaluation alone never decides a write: the statement that writes contains the same condition (plan/guard.h).
 * What is evaluated here is the state that was read before the statement, or after it did not match. */
#ifndef MIDAIR_HTTP_PRECOND_H
#define MIDAIR_HTTP_PRECOND_H

#include "midair/http/etag.h"
#include "midair/http/message.h"

#include <stdint.h>

struct preconds {
    struct tag_list if_match, if_none_match;
    bool has_unmodified_since, has_modified_since;
    int64_t unmodified_since, modified_since; /* seconds since 1970 */
};

/* Whether preconditions apply to this method; where they do not, they are ignored without being parsed (RFC 9110
 * 13.2.1). */
bool preconds_apply(enum method method);
/* Reads the four fields of a request, by the rules of `method`. Ignored are: a date that cannot be parsed (RFC 9110
 * 13.1.3, 13.1.4), If-Unmodified-Since beside If-Match, If-Modified-Since beside If-None-Match, and an
 * If-Unmodified-Since that is further in the future than differences between clocks explain.
 *
 * An empty If-Match is an empty list, which no state satisfies. An empty If-None-Match is ignored, and with GET and
 * HEAD also one that cannot be parsed. All other lists that cannot be parsed are ERR_BAD_FIELD: a condition on a write
 * that is not understood must not be ignored. */
MUST_USE struct err *preconds_parse(struct arena *arena, enum method method, const struct fields *fields,
                                    struct preconds *out);
/* Whether there is a precondition for a write: If-Match, If-None-Match or If-Unmodified-Since. */
bool preconds_any(const struct preconds *preconds);
/* The same for a resource that may have no modification date (`dated` is false). If-Unmodified-Since is then ignored
 * (RFC 9110 13.1.4), so it does not make a write conditional. */
bool preconds_guarding(const struct preconds *preconds, bool dated);

/* The current state of the selected representation (RFC 9110 3.2). */
struct current {
    bool exists;
    struct slice etag;  /* its whole opaque tag without quotes; absent when it has none */
    struct slice state; /* the state part of the tag: what precedes '~' */
    bool has_modified;
    int64_t modified_us;  /* microseconds since 1970; compared in whole seconds */
    int64_t clock_second; /* second in which it was read, by PostgreSQL's clock, which the dates are from; 0: use our
                             clock */
};

enum verdict { VERDICT_PROCEED, VERDICT_NOT_MODIFIED, VERDICT_FAILED };

/* Evaluates the preconditions in the order of RFC 9110 13.2.2.
 *
 * If-Match uses the strong comparison, on the state part only, so that a tag from any projection can be used for a
 * write. If-None-Match uses the weak comparison: on whole tags for GET and HEAD, on state parts for other methods.
 * Where `exists` is false, GET, HEAD, PATCH and DELETE proceed whatever the conditions are, and the request ends in 404
 * later; only methods that could create the resource are evaluated.
 *
 * A date identifies a state only if its second has ended, since another change in the same second would have the same
 * date. Therefore an If-Unmodified-Since whose second has not ended does not hold, and such an If-Modified-Since is
 * ignored. For the same reason Last-Modified is not sent during that second. */
enum verdict preconds_evaluate(const struct preconds *preconds, enum method method, const struct current *current);

#endif
