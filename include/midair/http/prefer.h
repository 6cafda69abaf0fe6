/* The Prefer and Preference-Applied fields (RFC 7240), with the preferences of PostgREST. */
#ifndef MIDAIR_HTTP_PREFER_H
#define MIDAIR_HTTP_PREFER_H

#include "midair/base/arena.h"

#include <stdint.h>

enum prefer_resolution { RESOLUTION_UNSET, RESOLUTION_MERGE, RESOLUTION_IGNORE };
enum prefer_missing { MISSING_UNSET, MISSING_DEFAULT, MISSING_NULL };
enum prefer_return { RETURN_UNSET, RETURN_MINIMAL, RETURN_HEADERS_ONLY, RETURN_REPRESENTATION };
enum prefer_count { COUNT_UNSET, COUNT_EXACT, COUNT_PLANNED, COUNT_ESTIMATED };
enum prefer_tx { TX_UNSET, TX_COMMIT, TX_ROLLBACK };
enum prefer_handling { HANDLING_UNSET, HANDLING_STRICT, HANDLING_LENIENT };

struct prefer {
    enum prefer_resolution resolution;
    enum prefer_missing missing;
    enum prefer_return returned;
    enum prefer_count count;
    enum prefer_tx tx;
    enum prefer_handling handling;
    bool has_max_affected;
    int64_t max_affected;
    struct slice timezone; /* what may be the name of one; absent: not asked for */
    struct slice invalid;  /* unknown preferences and bad values as they came, joined by ", "; absent when there are
                              none. What handling=strict makes an error, and nobody else looks at. */
};

/* Reads a whole joined field (absent: nothing is preferred). Names and values are read without case. Of several of one
 * name the first counts and the others are ignored (RFC 7240 2), even where the first has a bad value. `wait` is known
 * and has no effect. */
void prefer_parse(struct arena *arena, struct slice field, struct prefer *out);
/* The value of Preference-Applied for what is set in `applied`: make a copy of what was asked and take out what was not
 * done. Absent when nothing is set. In the arena. */
struct slice prefer_applied(struct arena *arena, const struct prefer *applied);

#endif
