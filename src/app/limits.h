/* Limits of the process that are set when it starts. */
#ifndef MIDAIR_SRC_APP_LIMITS_H
#define MIDAIR_SRC_APP_LIMITS_H

#include <stdint.h>

/* Limits the memory of all requests together to `limit` bytes (the setting `memory`); 0: half of the machine's. */
void limit_memory(int64_t limit);
/* Limits the number of malloc's arenas. */
void limit_heaps(void);
/* Clients, database connections and the log need descriptors: midair takes as many as the system allows. */
void raise_file_limit(void);

#endif
