/* The fields Prefer and Preference-Applied (RFC 7240), with the preferences of PostgREST. */
#ifndef MIDAIR_HTTP_PREFER_H
#define MIDAIR_HTTP_PREFER_H

#include "midair/base/arena.h"

#include <stdint.h>

enum prefer_resolution { RESOLUTION_UNSET, RESOLUTION_MERGE, RESOLUTION_IGNORE };
enum prefer_missing { MISSING_UNSET, MISSING_DEFAULT, MISSING_NULL };
enum prefer_return { RETURN_UNSET, RETURN_MINIMAL, RETURN_HEADERS_ONLY, RETURN_REPRESENTATION };
enum prefer_count { COUNT_UNSET, COUNT_EXACT, COUNT_PLANNED, COUNT_ESTIMATED };
enum prefer_tx { TX_UNSET, TX_COMMIT, TX_ROLLBACK };
enum prefer_continue { CONTINUE_UNSET, CONTINUE_TRUE, CONTINUE_FALSE };
enum prefer_handling { HANDLING_UNSET, HANDLING_STRICT, HANDLING_LENIENT };

struct prefer {
    enum prefer_resolution resolution;
    enum prefer_missing missing;
    enum prefer_return returned;
    enum prefer_count count;
    enum prefer_tx tx;
    enum prefer_continue continues; /* of a batch, after a request that failed */
    enum prefer_handling handling;
    bool has_max_affected;
    int64_t max_affected;
    struct slice timezone; /* a possible name of a time zone; absent: not requested */
    struct slice invalid;  /* unknown preferences and invalid values as sent, joined by ", "; absent: none. Only
                              handling=strict makes them an error */
};

/* Reads a whole field, its lines joined; an absent one gives no preferences. Names and values are matched without case.
 * If a name occurs more than once, the first counts and the others are ignored (RFC 7240 2), even if the value of the
 * first is invalid. `wait` is accepted and has no effect. */
void prefer_parse(struct arena *arena, struct slice field, struct prefer *out);
/* The value of Preference-Applied for the preferences that are set in `applied`, in the arena; absent when none is set.
 * The caller copies what was requested and resets what was not done. */
struct slice prefer_applied(struct arena *arena, const struct prefer *applied);

#endif
