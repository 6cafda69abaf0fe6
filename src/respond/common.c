#include "parts.h"

#include "midair/http/date.h"
#include "midair/http/etag.h"
#include "midair/model/policy.h"

#define EXPOSED                                                                                                        \
    "ETag, Last-Modified, Location, Content-Location, Content-Range, Link, Preference-Applied, Retry-After, Allow, "   \
    "Accept-Patch, Accept-Post, Date, Server-Timing, X-Request-Id"

static bool origin_allowed(const struct ask *ask, bool *any)
{
    *any = false;
    for (size_t i = 0; i < ask->origin_count; i++) {
        *any = slice_eq(ask->origins[i], SLICE("*"));
        if (*any || slice_eq(ask->origins[i], ask->origin))
            return true;
    }
    return false;
}

static void cors_fields(const struct ask *ask, struct http_response *out)
{
    bool any;
    if (ask->origin_count == 0 || !slice_present(ask->origin) || !origin_allowed(ask, &any))
        return;
    response_set(out, "Access-Control-Allow-Origin", any ? SLICE("*") : ask->origin);
    response_set(out, "Access-Control-Expose-Headers", SLICE(EXPOSED));
}

static bool origins_vary(const struct ask *ask)
{
    return ask->origin_count > 0 && !slice_eq(ask->origins[0], SLICE("*"));
}

void common_fields(const struct ask *ask, struct http_response *out)
{
    bool policy = ask->route && ask->route->relation;
    struct slice cache = policy ? ask->route->relation->policy->cache_control : SLICE_ABSENT;
    response_set(out, "Vary",
                 origins_vary(ask) ? SLICE("Accept, Accept-Encoding, Prefer, Origin")
                                   : SLICE("Accept, Accept-Encoding, Prefer"));
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
