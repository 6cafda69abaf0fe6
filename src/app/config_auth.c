/* The section [auth]: the authenticator that its settings amount to. */
#include "config_read.h"

#include "midair/base/text.h"

#include <errno.h>
#include <stdio.h>

enum { SECRET_FILE_MAX_BYTES = 1 << 20 };

/* The contents of the file without line breaks at its end, which most editors add; absent after a mistake. */
static struct slice read_secret_file(struct arena *arena, struct slice path, struct mistakes *mistakes)
{
    const struct slice where = SLICE("[auth] jwt_secret");
    FILE *file = fopen(text_cstr(arena, path), "re");
    if (!file) {
        mistakes_add(mistakes, where, "%.*s cannot be read: %s", SLICE_ARG(path), strerror(errno));
        return SLICE_ABSENT;
    }
    char *at = arena_alloc(arena, SECRET_FILE_MAX_BYTES + 1);
    size_t len = fread(at, 1, SECRET_FILE_MAX_BYTES + 1, file);
    bool fine = !ferror(file) && len <= SECRET_FILE_MAX_BYTES;
    fclose(file);
    if (!fine) {
        mistakes_add(mistakes, where, "%.*s cannot be read, or is larger than 1 MiB", SLICE_ARG(path));
        return SLICE_ABSENT;
    }
    while (len && (at[len - 1] == '\n' || at[len - 1] == '\r'))
        len--;
    if (len == 0)
        mistakes_add(mistakes, where, "%.*s is empty", SLICE_ARG(path));
    return slice_make(at, len);
}

void config_authenticate(struct config *config, struct mistakes *mistakes)
{
    const struct auth_settings *auth = &config->auth;
    size_t before = mistakes->count;
    struct slice secret = auth->jwt_secret;
    if (slice_starts(secret, SLICE("@")))
        secret = read_secret_file(config->arena, slice_from(secret, 1), mistakes);
    if (mistakes->count > before || (secret.len == 0 && auth->anon_role.len == 0))
        return;
    struct auth_options options = {.secret = secret,
                                   .secret_is_base64 = auth->jwt_secret_is_base64,
                                   .audience = auth->jwt_aud,
                                   .role_claim = auth->jwt_role_claim,
                                   .anon_role = auth->anon_role,
                                   .leeway_s = auth->jwt_leeway / 1000000,
                                   .cache_tokens = (size_t)auth->jwt_cache};
    const char *wrong = auth_new(mistakes->arena, &options, &config->authenticator);
    if (wrong)
        mistakes_add(mistakes, SLICE("[auth]"), "%s", wrong);
    else if (slice_eq(auth->anon_role, SLICE("none")))
        mistakes_add(mistakes, SLICE("[auth] anon_role"), "none is not the name of a role");
}
