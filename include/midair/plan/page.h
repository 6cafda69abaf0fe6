/* How many rows: of the page that a read shows, and of what a write may change. */
#ifndef MIDAIR_PLAN_PAGE_H
#define MIDAIR_PLAN_PAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Which total the client asks for beside a page (Prefer: count=). */
enum total { TOTAL_NONE, TOTAL_EXACT, TOTAL_PLANNED, TOTAL_ESTIMATED };

struct page {
    int64_t limit; /* rows at most; the offset is the query's */
    enum total total;
};

/* How many rows a write may change. More are an error, and nothing is changed. */
struct cap {
    int64_t limit; /* the lower one of what the resource allows and what the client said */
    bool asked;    /* the client said something: Prefer: max-affected= */
    int64_t most;  /* what it said */
};

#endif
