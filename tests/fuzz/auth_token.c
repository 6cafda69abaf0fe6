/* LAYER: auth */
/* No bytes are a token of a key that did not sign them, and reading them never fails in another way. */
#include "midair/auth/auth.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct auth_options options = {.secret = SLICE("a secret that no input of a fuzzer signs with"),
                                   .role_claim = SLICE(".role"),
                                   .anon_role = SLICE("anon"),
                                   .cache_tokens = 4};
    struct auth *auth = NULL;
    struct identity identity;
    if (auth_new(arena, &options, &auth))
        abort();
    struct err *err = auth_identify(auth, arena, slice_make((const char *)data, size), 1800000000, &identity);
    if (err ? err->kind != ERR_UNAUTHORIZED : identity.authenticated)
        abort();
    auth_free(auth);
    arena_free(arena);
    return 0;
}
