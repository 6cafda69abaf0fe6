#include "parts.h"

#include "midair/catalog/policy.h"
#include "midair/http/date.h"
#include "midair/http/etag.h"

#define EXPOSED                                                                                                        \
    "ETag, Last-Modified, Location, Content-Location, Content-Range, Content-Profile, Link, Preference-Applied, "      \
    "Retry-After, Allow, "                                                                                             \
    "Accept-Patch, Accept-Post, Date, Server-Timing, X-Request-Id"

/* The origin that may read the answer; absent: none. With one configured origin it is said whatever the request holds,
 * which is all that can be done for requests whose fields could not be read. */
static struct slice allowed_origin(const struct ask *ask)
{
    for (size_t i = 0; i < ask->origin_count; i++) {
        if (slice_eq(ask->origins[i], SLICE("*")))
            return SLICE("*");
        if (slice_eq(ask->origins[i], ask->origin))
            return ask->origin;
    }
    return ask->origin_count == 1 && !slice_present(ask->origin) ? arena_copy(ask->arena, ask->origins[0])
                                                                 : SLICE_ABSENT;
}

static void cors_fields(const struct ask *ask, struct http_response *out)
{
    struct slice origin = allowed_origin(ask);
    if (!slice_present(origin))
        return;
    response_set(out, "Access-Control-Allow-Origin", origin);
    response_set(out, "Access-Control-Expose-Headers", SLICE(EXPOSED));
}

static bool origins_vary(const struct ask *ask)
{
    return ask->origin_count > 0 && !slice_eq(ask->origins[0], SLICE("*"));
}

void respond_common(const struct ask *ask, struct http_response *out)
{
    bool policy = ask->route && ask->route->relation;
    struct slice cache = policy ? ask->route->relation->policy->cache_control : SLICE_ABSENT;
    static const struct slice vary[2][2] = {
        {SLICE_LITERAL("Accept, Accept-Encoding, Prefer"), SLICE_LITERAL("Accept, Accept-Encoding, Prefer, Origin")},
        {SLICE_LITERAL("Accept, Accept-Encoding, Prefer, Accept-Profile"),
         SLICE_LITERAL("Accept, Accept-Encoding, Prefer, Accept-Profile, Origin")}};
    response_set(out, "Vary", vary[ask->profiles][origins_vary(ask)]);
    if (slice_present(ask->profile) && (out->status < 300 || out->status == 304))
        response_set(out, "Content-Profile", arena_copy(ask->arena, ask->profile));
    response_set(out, "Cache-Control", cache.len ? arena_copy(ask->arena, cache) : SLICE("private, no-cache"));
    cors_fields(ask, out);
}

void set_etag(const struct ask *ask, struct http_response *out, struct slice opaque)
{
    if (slice_present(opaque))
        response_set(out, "ETag", tag_quote(ask->arena, opaque));
}

void set_last_modified(const struct ask *ask, struct http_response *out, int64_t modified_us)
{
    int64_t at = modified_us < ask->wall_us ? modified_us : ask->wall_us;
    struct slice text = date_text(ask->arena, date_of_us(at));
    if (slice_present(text))
        response_set(out, "Last-Modified", text);
}
