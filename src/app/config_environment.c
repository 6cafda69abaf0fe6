/* The environment: MIDAIR_SERVER_LISTEN for [server] listen, MIDAIR_AUTH_JWT_SECRET, MIDAIR_RESOURCE_IF_MATCH for
 * [resource *] if_match, and MIDAIR_RESOURCE__orders__IF_MATCH for [resource orders] if_match. */
#include "config_read.h"

#include <ctype.h>

static struct slice lower(struct arena *arena, struct slice name)
{
    char *at = arena_alloc(arena, name.len + 1);
    for (size_t i = 0; i < name.len; i++)
        at[i] = (char)tolower((unsigned char)name.at[i]);
    at[name.len] = '\0';
    return slice_make(at, name.len);
}

/* Kubernetes sets variables for each service, which are named after it: MIDAIR_DATABASE_PORT,
 * MIDAIR_SERVER_SERVICE_HOST. They are ignored. No setting has such a name. */
static bool is_foreign(struct slice name)
{
    static const char *const marks[] = {"PORT", "PORT_", "SERVICE_HOST", "SERVICE_PORT"};
    if (slice_eq(name, slice_of(marks[0])))
        return true;
    for (size_t i = 1; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (slice_starts(name, slice_of(marks[i])))
            return true;
    return false;
}

/* Splits "_orders__IF_MATCH" into the resource and the rest. Returns false when the name does not have this form. */
static bool cut_resource(struct slice *name, struct slice *resource)
{
    if (!slice_starts(*name, SLICE("_")))
        return false;
    for (size_t i = name->len; i-- > 2;) {
        if (name->at[i] == '_' && name->at[i - 1] == '_') {
            *resource = slice_make(name->at + 1, i - 2);
            *name = slice_from(*name, i + 1);
            return resource->len > 0;
        }
    }
    return false;
}

static void read_variable(struct slice name, struct slice value, struct assignments *out, struct mistakes *mistakes)
{
    static const struct {
        const char *prefix;
        enum section section;
    } prefixes[] = {{"MIDAIR_SERVER_", SECTION_SERVER},
                    {"MIDAIR_DATABASE_", SECTION_DATABASE},
                    {"MIDAIR_AUTH_", SECTION_AUTH},
                    {"MIDAIR_RESOURCE_", SECTION_RESOURCE}};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        struct slice prefix = slice_of(prefixes[i].prefix), rest = slice_from(name, prefix.len);
        if (!slice_starts(name, prefix) || is_foreign(rest))
            continue;
        struct slice resource = SLICE_ABSENT;
        if (prefixes[i].section == SECTION_RESOURCE && !cut_resource(&rest, &resource))
            resource = SLICE("*");
        assignments_add(out, prefixes[i].section, slice_present(resource) ? arena_copy(out->arena, resource) : resource,
                        lower(out->arena, rest), value, arena_copy(out->arena, name), mistakes);
    }
}

void config_read_environment(char *const *environment, struct assignments *out, struct mistakes *mistakes)
{
    for (char *const *entry = environment; entry && *entry; entry++) {
        struct slice name, value;
        if (slice_cut(slice_of(*entry), '=', &name, &value))
            read_variable(name, value, out, mistakes);
    }
}
