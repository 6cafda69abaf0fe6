/* LAYER: front */
/* PROXY headers that arrive in portions: it is never asked for fewer bytes than there are, and what is understood does
 * not depend on the portions. */
#include "../../src/front/proxy.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Offers the bytes in portions of `step`, never more than it asks for. */
static enum proxy_end understand(const char *bytes, size_t size, size_t step, struct sockaddr_storage *peer)
{
    size_t have = 0, need = PROXY_FIXED;
    enum proxy_end end = PROXY_MORE;
    while (end == PROXY_MORE && have < size) {
        size_t more = need - have < step ? need - have : step;
        have += more < size - have ? more : size - have;
        char *own = malloc(have);
        memcpy(own, bytes, have);
        end = proxy_read(slice_make(own, have), &need, peer);
        free(own);
        check(end == PROXY_BROKEN || (end == PROXY_MORE ? need > have : need == have));
    }
    return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sockaddr_storage one = {0}, other = {0};
    if (size < 1)
        return 0;
    const char *bytes = (const char *)data + 1;
    enum proxy_end end = understand(bytes, size - 1, SIZE_MAX, &one);
    check(understand(bytes, size - 1, data[0] % 7 + 1u, &other) == end);
    check(end != PROXY_FROM || memcmp(&one, &other, sizeof(one)) == 0);
    return 0;
}
