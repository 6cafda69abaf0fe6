/* The report of `midair check`: every resource as midair sees it, then every finding. */
#ifndef MIDAIR_CATALOG_REPORT_H
#define MIDAIR_CATALOG_REPORT_H

#include "midair/base/buf.h"
#include "midair/catalog/catalog.h"

/* Writes every resource with its URL, key, stamps, privileges, links and policy, then the findings and a line with
 * their numbers. When `findings` is NULL, those of the catalog are written. */
void catalog_report(const struct catalog *catalog, const struct findings *findings, struct buf *out);
/* Writes the findings alone, one per line: "error: orders: …". */
void findings_report(const struct findings *findings, struct buf *out);

#endif
