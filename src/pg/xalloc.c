#include "xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *xcalloc(size_t count, size_t size)
{
    void *at = calloc(count, size);
    if (!at) {
        fputs("midair: out of memory\n", stderr);
        abort();
    }
    return at;
}

char *xstrndup(const char *at, size_t len)
{
    char *copy = xcalloc(1, len + 1);
    if (len > 0)
        memcpy(copy, at, len);
    return copy;
}
