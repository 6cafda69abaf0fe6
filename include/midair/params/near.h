/* Near misses: how far two names are from each other. */
#ifndef MIDAIR_PARAMS_NEAR_H
#define MIDAIR_PARAMS_NEAR_H

#include "midair/base/slice.h"

/* Levenshtein distance of two names; `limit` where one of them is long. */
size_t near_distance(struct slice a, struct slice b, size_t limit);
/* How much alike two names are, from 1 to 1000 for the same; 0 when they have no two letters in a row in common, or
 * more than half of them differ. */
size_t near_likeness(struct slice a, struct slice b);

#endif
