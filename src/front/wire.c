/* Writing responses, and reason phrases from reason.def. */
#include "wire.h"

#include "midair/http/problem.h"

const char *wire_reason(int status)
{
    switch (status) {
#define REASON(code, phrase)                                                                                           \
    case code:                                                                                                         \
        return phrase;
#include "reason.def"
#undef REASON
    default:
        return "";
    }
}

/* Whether the field describes the framing, or is one that the front adds. */
static bool is_fronts_own(struct slice name)
{
    static const struct slice own[] = {
        {"Date", 4}, {"Connection", 10}, {"Content-Length", 14}, {"Transfer-Encoding", 17}, {"X-Request-Id", 12},
    };
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        if (slice_eq_nocase(name, own[i]))
            return true;
    return false;
}

static void put_field(struct buf *to, struct slice name, struct slice value)
{
    buf_put(to, name);
    BUF_LIT(to, ": ");
    buf_put(to, value);
    BUF_LIT(to, "\r\n");
}

static size_t expected_size(const struct http_response *out)
{
    size_t size = 256 + out->body.len;
    for (size_t i = 0; i < out->field_count; i++)
        size += out->fields[i].name.len + out->fields[i].value.len + 4;
    return size;
}

static void put_connection(struct buf *to, const struct wire_facts *facts)
{
    if (facts->close)
        BUF_LIT(to, "Connection: close\r\n");
    else if (facts->say_keep)
        BUF_LIT(to, "Connection: keep-alive\r\n");
}

struct slice wire_response(struct arena *arena, const struct http_response *out, const struct wire_facts *facts)
{
    bool has_length = out->status >= 200 && out->status != 204 && out->status != 304;
    struct buf to = buf_new(arena, expected_size(out));
    BUF_LIT(&to, "HTTP/1.1 ");
    buf_i64(&to, out->status);
    BUF_LIT(&to, " ");
    buf_z(&to, wire_reason(out->status));
    BUF_LIT(&to, "\r\n");
    put_field(&to, SLICE("Date"), facts->date);
    for (size_t i = 0; i < out->field_count; i++)
        if (!is_fronts_own(out->fields[i].name))
            put_field(&to, out->fields[i].name, out->fields[i].value);
    put_field(&to, SLICE("X-Request-Id"), facts->id);
    put_connection(&to, facts);
    if (facts->chunked) {
        BUF_LIT(&to, "Transfer-Encoding: chunked\r\n\r\n");
        return buf_slice(&to);
    }
    if (has_length) {
        BUF_LIT(&to, "Content-Length: ");
        buf_u64(&to, out->body.len);
        BUF_LIT(&to, "\r\n");
    }
    BUF_LIT(&to, "\r\n");
    if (has_length && !facts->head)
        buf_put(&to, out->body);
    return buf_slice(&to);
}

static void put_json_string(struct buf *to, struct slice s)
{
    BUF_LIT(to, "\"");
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c == '"' || c == '\\')
            buf_printf(to, "\\%c", c);
        else if (c < ' ' || c >= 127)
            buf_printf(to, "\\u%04x", c);
        else
            buf_byte(to, (char)c);
    }
    BUF_LIT(to, "\"");
}

void wire_problem(struct arena *arena, struct http_response *out, const struct err *err)
{
    struct buf to = buf_new(arena, 256);
    *out = (struct http_response){.status = problem_kind_status(err->kind), .close = problem_read(err)->close};
    buf_printf(&to, "{\"type\":\"urn:midair:problem:%s\",\"title\":", err_name(err->kind));
    put_json_string(&to, slice_of(problem_title(err->kind)));
    buf_printf(&to, ",\"status\":%d,\"detail\":", out->status);
    put_json_string(&to, err->detail);
    BUF_LIT(&to, "}");
    out->body = buf_slice(&to);
    response_set(out, "Content-Type", SLICE("application/problem+json"));
    response_set(out, "Cache-Control", SLICE("no-store"));
    if (err->retry_after > 0)
        response_set(out, "Retry-After", arena_printf(arena, "%d", err->retry_after));
    if (slice_present(problem_read(err)->allow))
        response_set(out, "Allow", problem_read(err)->allow);
}
