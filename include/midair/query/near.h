/* Near misses: how far two names are from each other. */
#ifndef MIDAIR_QUERY_NEAR_H
#define MIDAIR_QUERY_NEAR_H

#include "midair/base/slice.h"

/* Levenshtein distance of two names; `limit` where one of them is long. */
size_t near_distance(struct slice a, struct slice b, size_t limit);

#endif
