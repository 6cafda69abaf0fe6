/* Findings: problems and remarks about the configuration and the database, as `midair check` prints them.
 *
 * A mistake does not end the examination: all findings are collected, so that they can be corrected in one go. */
#ifndef MIDAIR_CATALOG_FINDING_H
#define MIDAIR_CATALOG_FINDING_H

#include "midair/base/arena.h"

enum finding_level {
    FINDING_NOTICE,  /* information only */
    FINDING_WARNING, /* it works, but probably not as intended */
    FINDING_ERROR    /* the program does not start; a reload keeps the old state */
};

struct finding {
    enum finding_level level;
    struct slice resource; /* the resource, or the table if it is not served; absent: the finding is about the whole */
    struct slice text;     /* one sentence without a full stop */
};

struct findings {
    struct arena *arena; /* owns the list and its texts */
    struct finding *list;
    size_t count;
    size_t cap;
};

/* Returns an empty list that allocates in `arena`. */
struct findings findings_new(struct arena *arena);
/* Adds a finding; the resource name and the formatted text are copied to the arena. */
void findings_add(struct findings *findings, enum finding_level level, struct slice resource, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Returns the number of findings of that level. */
size_t findings_count(const struct findings *findings, enum finding_level level);

#endif
