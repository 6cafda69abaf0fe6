#include "parts.h"

/* The request's own query without what chooses the page. */
static void put_query(struct buf *buf, struct slice query)
{
    struct slice param, rest = query;
    while (slice_present(rest)) {
        slice_cut(rest, '&', &param, &rest);
        if (param.len == 0 || slice_starts(param, SLICE("limit=")) || slice_starts(param, SLICE("offset=")))
            continue;
        for (size_t i = 0; i < param.len; i++) {
            if (strchr("<>\"", param.at[i]))
                buf_printf(buf, "%%%02X", (unsigned)param.at[i]);
            else
                buf_byte(buf, param.at[i]);
        }
        buf_byte(buf, '&');
    }
}

static void put_link(struct buf *buf, const struct ask *ask, const char *rel, int64_t offset)
{
    if (buf->len)
        BUF_LIT(buf, ", ");
    BUF_LIT(buf, "<");
    buf_put(buf, ask->path);
    BUF_LIT(buf, "?");
    put_query(buf, ask->query);
    buf_printf(buf, "limit=%lld&offset=%lld>; rel=\"%s\"", (long long)plan_page(ask->plan)->limit, (long long)offset,
               rel);
}

void set_links(const struct ask *ask, int64_t count, int64_t total, struct http_response *out)
{
    int64_t limit = plan_page(ask->plan)->limit, offset = ask->plan->query.offset;
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
