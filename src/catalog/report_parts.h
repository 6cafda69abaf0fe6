/* The parts of the report of `midair check` that have a file of their own. */
#ifndef MIDAIR_SRC_CATALOG_REPORT_PARTS_H
#define MIDAIR_SRC_CATALOG_REPORT_PARTS_H

#include "midair/base/buf.h"
#include "midair/catalog/catalog.h"

/* Writes the tree of parents and children. For each link it says which tag protects a client that has read the parent
 * against changes of the child. It writes nothing if no foreign key links two resources. */
void family_report(const struct catalog *catalog, struct buf *out);
/* Writes "/orders", followed by the profile if the resource is served only to requests with that profile. */
void report_name(struct buf *out, const struct relation *relation);

#endif
