/* The lines of the log about what was read at the start and at a reload. */
#ifndef MIDAIR_APP_EVENTS_H
#define MIDAIR_APP_EVENTS_H

#include "config.h"

#include "midair/base/err.h"
#include "midair/catalog/finding.h"

/* Logs each mistake, as `event`. */
void events_mistakes(const struct mistakes *mistakes, enum log_level level, const char *event);
/* Logs an error, as `event`. */
void events_failure(enum log_level level, const char *event, const struct err *err);
/* Logs each finding. Returns true when none of them is an error, so that the catalog may be used. */
bool events_findings(const struct findings *findings);
/* Whether two catalogs have the same findings, so that they need not be logged again. */
bool findings_same(const struct findings *a, const struct findings *b);

#endif
