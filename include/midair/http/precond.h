/* Preconditions (RFC 9110 13): read from the fields once, judged by one pure function.
 *
 * A write is never decided by this judgement alone: the statement that writes carries the same condition
 * (plan/guard.h), and what is judged here is the state seen before it or after it failed. */
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

/* Whether preconditions mean anything with this method; where not, they are not even read (13.2.1). */
bool preconds_apply(enum method method);
/* Reads the four fields of a request by `method`. A date that cannot be parsed is ignored (13.1.3, 13.1.4), and so are
 * If-Unmodified-Since beside If-Match and If-Modified-Since beside If-None-Match, and an If-Unmodified-Since that lies
 * in the future by more than clocks of two machines may differ. An empty If-Match is a list of no
 * tags, which no state satisfies; an empty If-None-Match is ignored, and so is one that GET or HEAD brings and that
 * cannot be parsed. Otherwise ERR_BAD_FIELD where a list of tags cannot be parsed: a condition of a write that is not
 * understood must not turn into none. */
MUST_USE struct err *preconds_parse(struct arena *arena, enum method method, const struct fields *fields,
                                    struct preconds *out);
/* Whether there is any precondition for a write: If-Match, If-None-Match or If-Unmodified-Since. */
bool preconds_any(const struct preconds *preconds);
/* The same for a resource that may have no modification date (`dated` false): there If-Unmodified-Since is
 * ignored (13.1.4), so that alone it does not make a write conditional. */
bool preconds_guarding(const struct preconds *preconds, bool dated);

/* The selected representation as it is now. */
struct current {
    bool exists;
    struct slice etag;  /* its whole opaque tag, no quotes; absent when it has none */
    struct slice state; /* the part of the tag that names the state: what stands before '~' */
    bool has_modified;
    int64_t modified_us;  /* microseconds since 1970; parts of a second do not count */
    int64_t clock_second; /* when it was in this state, by the clock that the dates are from; 0: by ours, now */
};

/* Whether a second since 1970 is over by the clock of `current`. */
bool precond_second_is_over(int64_t second, const struct current *current);

enum verdict { VERDICT_PROCEED, VERDICT_NOT_MODIFIED, VERDICT_FAILED };

/* A date stands for one state only when the second that it names is over: before that a later change would have the
 * same date. So an If-Unmodified-Since of a second that is not over does not hold, an If-Modified-Since of one is
 * ignored, and so is Last-Modified left out.
 *
 * The order of 13.2.2. If-Match compares strongly, and the state part alone: one validator serves every
 * projection. If-None-Match compares weakly: whole tags on GET and HEAD, state parts on other methods.
 * What is not there answers 404 whatever the conditions say, except where the method could create it:
 * so for GET, HEAD, PATCH and DELETE with `exists` false the verdict is to proceed. */
enum verdict preconds_judge(const struct preconds *preconds, enum method method, const struct current *current);

#endif
