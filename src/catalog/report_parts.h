/* The parts of `midair check`'s report that have files of their own. */
#ifndef MIDAIR_SRC_CATALOG_REPORT_PARTS_H
#define MIDAIR_SRC_CATALOG_REPORT_PARTS_H

#include "midair/base/buf.h"
#include "midair/catalog/catalog.h"

/* Writes the tree of parents and children, and for each link what guards the parent's reader against changes of the
 * child; nothing where no foreign key links two resources. */
void family_report(const struct catalog *catalog, struct buf *out);
/* Writes "/orders", and behind it the profile that reaches it where only that does. */
void report_name(struct buf *out, const struct relation *relation);

#endif
