/* Numbers of rows: in the page that a read shows, and in the set that a write may change. */
#ifndef MIDAIR_PLAN_PAGE_H
#define MIDAIR_PLAN_PAGE_H

#include <stdbool.h>
#include <stdint.h>

/* The total that the client wants with a page (Prefer: count=). */
enum total { TOTAL_NONE, TOTAL_EXACT, TOTAL_PLANNED, TOTAL_ESTIMATED };

struct page {
    int64_t limit; /* maximum number of rows; the offset is in the query */
    enum total total;
};

/* The number of rows that a write may change. If more match, it is an error and nothing is changed. */
struct cap {
    int64_t limit; /* the smaller of the resource's and the client's limit */
    bool asked;    /* the client gave a limit (Prefer: max-affected=) */
    int64_t most;  /* the client's limit */
};

#endif
