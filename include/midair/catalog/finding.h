/* Findings: what a look at configuration and database brought up, as `midair check` prints it.
 *
 * A mistake does not end the look: all of them are collected, so that they can be mended in one go. */
#ifndef MIDAIR_CATALOG_FINDING_H
#define MIDAIR_CATALOG_FINDING_H

#include "midair/base/arena.h"

enum finding_level {
    FINDING_NOTICE,  /* worth knowing; nothing is wrong */
    FINDING_WARNING, /* works, but probably not as it was meant */
    FINDING_ERROR    /* a start fails, a reload keeps the old state */
};

struct finding {
    enum finding_level level;
    struct slice resource; /* or the table, where it is no resource; absent: about the whole */
    struct slice text;     /* one sentence without a full stop */
};

struct findings {
    struct arena *arena; /* holds the list and its texts */
    struct finding *list;
    size_t count;
    size_t cap;
};

/* An empty list in `arena`. */
struct findings findings_new(struct arena *arena);
/* Adds one; the texts are copied. */
void findings_add(struct findings *findings, enum finding_level level, struct slice resource, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* How many there are of a level. */
size_t findings_count(const struct findings *findings, enum finding_level level);
/* "notice", "warning", "error". */
const char *finding_level_name(enum finding_level level);

#endif
