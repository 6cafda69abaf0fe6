/* recv() of this process. libpq and civetweb offer no hook for the bytes that they receive, but both call recv(), and
 * the function of that name in this program takes the place of the C library's. It counts the bytes of each thread, and
 * passes them through the thread's filter, if there is one. */
#ifndef MIDAIR_BASE_RECV_H
#define MIDAIR_BASE_RECV_H

#include <stddef.h>

/* Changes received bytes in place, and returns how many are left. */
typedef size_t recv_filter(char *bytes, size_t len);

/* The number of bytes that the current thread has received. */
size_t recv_total(void);
/* Sets the filter of the current thread; NULL: none. */
void recv_set_filter(recv_filter *filter);

#endif
