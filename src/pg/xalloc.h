/* Memory that outlives a request. The process ends when the system has no memory left, as in base/arena.h. */
#ifndef MIDAIR_SRC_PG_XALLOC_H
#define MIDAIR_SRC_PG_XALLOC_H

#include <stddef.h>

/* Cleared memory; never NULL. Free it by free(). */
void *xcalloc(size_t count, size_t size);
/* Copies `len` bytes and adds a NUL. */
char *xstrndup(const char *at, size_t len);

#endif
