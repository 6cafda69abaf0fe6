/* LAYER: http */
/* Dates: what is read can be written, and reads as the same moment. */
#include "midair/base/clock.h"
#include "midair/http/date.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t wall(void)
{
    return 1763721280123456;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[DATE_LEN + 1];
    int64_t seconds, again;
    clock_fake(NULL, wall);
    if (!date_parse(slice_make((const char *)data, size), &seconds))
        return 0;
    /* The last second of 9999 may be a leap second. */
    if (!date_write(seconds, text))
        return seconds == 253402300800 ? 0 : (abort(), 0);
    if (!date_parse(slice_of(text), &again) || again != seconds)
        abort();
    return 0;
}
