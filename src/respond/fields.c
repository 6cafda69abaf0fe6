/* Header fields that many responses have (Vary, Cache-Control, CORS, Link), and compression of the content. */
#include "parts.h"

#include "midair/catalog/policy.h"
#include "midair/http/date.h"
#include "midair/http/etag.h"

#include <stdlib.h>
#include <zlib.h>

#define EXPOSED                                                                                                        \
    "ETag, Last-Modified, Location, Content-Location, Content-Range, Content-Profile, Link, Preference-Applied, "      \
    "Retry-After, Allow, "                                                                                             \
    "Accept-Patch, Accept-Post, Idempotent-Replayed, Date, Server-Timing, X-Request-Id"

/* The origin that may read the response; absent: none. If exactly one origin is configured, it is sent even for a
 * request without Origin, which includes requests whose fields could not be parsed. */
static struct slice allowed_origin(const struct ask *ask)
{
    for (size_t i = 0; i < ask->facts.origin_count; i++) {
        if (slice_eq(ask->facts.origins[i], SLICE("*")))
            return SLICE("*");
        if (slice_eq(ask->facts.origins[i], ask->facts.origin))
            return ask->facts.origin;
    }
    return ask->facts.origin_count == 1 && !slice_present(ask->facts.origin)
               ? arena_copy(ask->arena, ask->facts.origins[0])
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
    return ask->facts.origin_count > 0 && !slice_eq(ask->facts.origins[0], SLICE("*"));
}

void respond_common(const struct ask *ask, struct http_response *out)
{
    bool policy = ask->decisions.route && ask->decisions.route->relation;
    struct slice cache = policy ? ask->decisions.route->relation->policy->cache_control : SLICE_ABSENT;
    static const struct slice vary[2][2] = {
        {SLICE_LITERAL("Accept, Accept-Encoding, Prefer"), SLICE_LITERAL("Accept, Accept-Encoding, Prefer, Origin")},
        {SLICE_LITERAL("Accept, Accept-Encoding, Prefer, Accept-Profile"),
         SLICE_LITERAL("Accept, Accept-Encoding, Prefer, Accept-Profile, Origin")}};
    response_set(out, "Vary", vary[ask->facts.profiles][origins_vary(ask)]);
    if (ask->facts.credentials)
        response_vary(ask->arena, out, "Authorization");
    if (slice_present(ask->decisions.profile) && (out->status < 300 || out->status == 304))
        response_set(out, "Content-Profile", arena_copy(ask->arena, ask->decisions.profile));
    response_set(out, "Cache-Control", cache.len ? arena_copy(ask->arena, cache) : SLICE("private, no-cache"));
    cors_fields(ask, out);
}

bool may_compress(const struct ask *ask)
{
    return ask->facts.gzip && ask->facts.gzip_min > 0;
}

bool compress_body(const struct ask *ask, struct http_response *out)
{
    if (!may_compress(ask) || out->body.len < ask->facts.gzip_min)
        return false;
    z_stream stream = {0};
    /* 15 + 16 selects the largest window and a gzip header. zlib writes no time into the header, so equal content gives
     * equal bytes. */
    if (deflateInit2(&stream, 5, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t cap = deflateBound(&stream, out->body.len);
    unsigned char *to = arena_alloc(ask->arena, cap);
    stream.next_in = (unsigned char *)(uintptr_t)out->body.at;
    stream.avail_in = (uInt)out->body.len;
    stream.next_out = to;
    stream.avail_out = (uInt)cap;
    int result = deflate(&stream, Z_FINISH);
    size_t len = stream.total_out;
    deflateEnd(&stream);
    if (result != Z_STREAM_END)
        return false;
    out->body = slice_make((const char *)to, len);
    response_set(out, "Content-Encoding", SLICE("gzip"));
    return true;
}

static void put_escaped(struct buf *buf, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("<>\"", text.at[i]))
            buf_printf(buf, "%%%02X", (unsigned)text.at[i]);
        else
            buf_byte(buf, text.at[i]);
    }
}

static int by_name(const void *a, const void *b)
{
    const struct slice *left = a, *right = b;
    size_t len = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->at, right->at, len);
    return order ? order : (left->len > right->len) - (left->len < right->len);
}

void set_read_location(const struct ask *ask, struct http_response *out)
{
    bool reads = ask->facts.method == METHOD_GET || ask->facts.method == METHOD_HEAD;
    if (!ask->facts.postgrest || !reads || plan_call(ask->decisions.plan))
        return;
    size_t most = 1, count = 0;
    struct slice rest = ask->facts.query;
    for (size_t i = 0; i < rest.len; i++)
        most += rest.at[i] == '&';
    struct slice *params = ARENA_ARRAY(ask->arena, struct slice, most);
    while (slice_present(rest)) {
        slice_cut(rest, '&', &params[count], &rest);
        count += params[count].len > 0;
    }
    qsort(params, count, sizeof(*params), by_name);
    struct buf buf = buf_new(ask->arena, ask->facts.path.len + ask->facts.query.len + 8);
    put_escaped(&buf, ask->facts.path);
    for (size_t i = 0; i < count; i++) {
        buf_byte(&buf, i ? '&' : '?');
        put_escaped(&buf, params[i]);
    }
    response_set(out, "Content-Location", buf_slice(&buf));
}

/* Appends the query of the request without the parameters that select the page. */
static void put_query(struct buf *buf, struct slice query)
{
    struct slice param, rest = query;
    while (slice_present(rest)) {
        slice_cut(rest, '&', &param, &rest);
        if (param.len == 0 || slice_starts(param, SLICE("limit=")) || slice_starts(param, SLICE("offset=")))
            continue;
        put_escaped(buf, param);
        buf_byte(buf, '&');
    }
}

static void put_link(struct buf *buf, const struct ask *ask, const char *rel, int64_t offset)
{
    if (buf->len)
        BUF_LIT(buf, ", ");
    BUF_LIT(buf, "<");
    buf_put(buf, ask->facts.path);
    BUF_LIT(buf, "?");
    put_query(buf, ask->facts.query);
    buf_printf(buf, "limit=%lld&offset=%lld>; rel=\"%s\"", (long long)plan_page(ask->decisions.plan)->limit,
               (long long)offset, rel);
}

void set_links(const struct ask *ask, int64_t count, int64_t total, struct http_response *out)
{
    int64_t limit = plan_page(ask->decisions.plan)->limit, offset = ask->decisions.plan->query.offset;
    struct buf buf = buf_new(ask->arena, 0);
    if (limit <= 0 || offset > INT64_MAX - limit)
        return;
    bool more = total >= 0 ? offset + count < total : count == limit;
    if (offset > 0) {
        put_link(&buf, ask, "first", 0);
        put_link(&buf, ask, "prev", offset > limit ? offset - limit : 0);
    }
    if (more && count > 0)
        put_link(&buf, ask, "next", offset + count);
    if (total > 0 && (more || offset > 0))
        put_link(&buf, ask, "last", (total - 1) / limit * limit);
    if (buf.len)
        response_set(out, "Link", buf_slice(&buf));
}
