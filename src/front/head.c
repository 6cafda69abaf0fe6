/* Checking a head that a parser cut into pieces, and building the request from it. */
#include "head.h"

#include "midair/base/text.h"
#include "midair/http/field.h"
#include "midair/http/problem.h"

static struct err *close_after(struct arena *arena, struct err *err)
{
    problem_of(arena, err)->close = true;
    return err;
}

#define BAD_FRAMING(arena, ...) close_after((arena), err_new((arena), ERR_BAD_FRAMING, __VA_ARGS__))

/* The NUL that ends the string. */
static const char *end_of(const char *z)
{
    return z + strlen(z);
}

/* One empty line may precede the request line (RFC 9112 2.2). civetweb skips any white space there, but counts the
 * length of the head from the first byte; with more than one line end it would parse bytes left by an older request. */
static bool starts_well(const struct head_raw *raw)
{
    size_t skipped = (size_t)(raw->method - raw->buffer);
    return skipped == 0 || (skipped == 2 && raw->buffer[0] == '\r' && raw->buffer[1] == '\n');
}

/* A single space on each side of the target (RFC 9112 3). Returns the end of the request line, NULL if it is malformed.
 */
static const char *request_line_end(const struct head_raw *raw)
{
    const char *target_end = raw->query ? end_of(raw->query) : end_of(raw->target);
    if (raw->query && raw->query != end_of(raw->target) + 1)
        return NULL;
    if (raw->target != end_of(raw->method) + 1)
        return NULL;
    if (raw->version - strlen("HTTP/") != target_end + 1)
        return NULL;
    return end_of(raw->version);
}

/* civetweb overwrites the spaces before the colon as well as the colon itself, where RFC 9112 5.1 requires 400. */
static bool colon_follows_name(const struct head_line *line)
{
    const char *colon = end_of(line->name);
    return line->value == colon + 1 || colon[1] != '\0';
}

/* Checks what follows the last line's text: its CRLF, overwritten by NULs, then the CRLF of the blank line, whose LF is
 * overwritten. Where there is no header line, civetweb has overwritten all four bytes. Its parser stops only at such a
 * blank line or at a line that it does not understand. */
static bool ends_well(const struct head_raw *raw, const char *end)
{
    if (end + 3 >= raw->buffer + raw->size || end[1] != '\0' || end[3] != '\0')
        return false;
    return end[2] == '\r' || (raw->count == 0 && end[2] == '\0');
}

/* Checks that request line and header lines lie end to end, each ended by CRLF, with no byte between or behind them.
 * Errors: ERR_BAD_FRAMING otherwise; ERR_FIELDS_TOO_LARGE when lines may be missing because there are too many. */
static struct err *check_layout(struct arena *arena, const struct head_raw *raw, size_t *head_bytes)
{
    if (raw->count >= HEAD_LINES_MAX)
        return close_after(
            arena, err_new(arena, ERR_FIELDS_TOO_LARGE, "The request has %d header lines or more.", HEAD_LINES_MAX));
    if (!starts_well(raw))
        return BAD_FRAMING(arena, "There is white space before the request line.");
    const char *end = request_line_end(raw);
    if (!end)
        return BAD_FRAMING(arena, "The request line is not method, target and version with single spaces between.");
    for (size_t i = 0; i < raw->count; i++) {
        if (raw->lines[i].name != end + 2)
            return BAD_FRAMING(arena, "A header line is not ended by CR LF, or begins with white space.");
        if (!colon_follows_name(&raw->lines[i]))
            return BAD_FRAMING(arena, "There is white space between a field name and its colon.");
        end = end_of(raw->lines[i].value);
    }
    if (!ends_well(raw, end))
        return BAD_FRAMING(arena, "A header line is malformed, folded or not ended by CR LF.");
    *head_bytes = (size_t)(end - raw->method) + 4;
    return NULL;
}

static struct err *read_fields(struct arena *arena, const struct head_raw *raw, struct http_request *in)
{
    struct field *items = ARENA_ARRAY(arena, struct field, raw->count ? raw->count : 1);
    in->fields = (struct fields){items, 0};
    for (size_t i = 0; i < raw->count; i++) {
        struct slice name = slice_of(raw->lines[i].name);
        if (!field_is_token(name))
            return BAD_FRAMING(arena, "A field name contains a character that is not allowed there.");
        items[in->fields.count++] = (struct field){name, slice_trim(slice_of(raw->lines[i].value))};
    }
    return NULL;
}

static struct slice line_of(const struct fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (slice_eq_nocase(fields->items[i].name, slice_of(name)))
            return fields->items[i].value;
    return SLICE_ABSENT;
}

/* RFC 9112 6.1 to 6.3, without leniency: a message that two implementations could frame differently is refused. */
static struct err *frame_content(struct arena *arena, struct http_request *in, struct head_framing *framing)
{
    size_t lengths = field_lines(&in->fields, "Content-Length");
    size_t codings = field_lines(&in->fields, "Transfer-Encoding");
    if (lengths > 1)
        return BAD_FRAMING(arena, "Content-Length is repeated.");
    if (codings > 0) {
        if (lengths > 0)
            return BAD_FRAMING(arena, "Content-Length and Transfer-Encoding exclude each other.");
        if (in->version_minor == 0)
            return BAD_FRAMING(arena, "HTTP/1.0 has no Transfer-Encoding.");
        if (codings > 1 || !slice_eq_nocase(line_of(&in->fields, "Transfer-Encoding"), SLICE("chunked")))
            return BAD_FRAMING(arena, "The only transfer coding that is understood is chunked, once.");
        framing->chunked = true;
    }
    if (lengths == 1 && !text_u64(line_of(&in->fields, "Content-Length"), &framing->length))
        return BAD_FRAMING(arena, "Content-Length is not a number.");
    in->has_body = framing->chunked || framing->length > 0;
    return NULL;
}

static struct err *check_host(struct arena *arena, const struct http_request *in)
{
    size_t lines = field_lines(&in->fields, "Host");
    if (lines == 0 && in->version_minor == 0)
        return NULL;
    if (lines != 1)
        return BAD_FRAMING(arena, lines ? "Host is repeated." : "Host is missing.");
    if (!head_is_host(line_of(&in->fields, "Host")))
        return BAD_FRAMING(arena, "Host is malformed.");
    return NULL;
}

static struct err *check_expect(struct arena *arena, const struct http_request *in, struct head_framing *framing)
{
    if (in->version_minor == 0 || field_lines(&in->fields, "Expect") == 0)
        return NULL; /* RFC 9110 10.1.1: an expectation in an HTTP/1.0 request is ignored */
    struct slice expect = field_get(arena, &in->fields, "Expect");
    if (!slice_eq_nocase(expect, SLICE("100-continue")))
        return close_after(
            arena, err_new(arena, ERR_EXPECTATION_FAILED, "The only expectation that is known is 100-continue."));
    framing->expect_continue = in->has_body;
    return NULL;
}

/* Persistence by RFC 9112 9.3, limited by what civetweb does: when there is a Connection field, civetweb continues only
 * if its first line lists keep-alive, and a request to upgrade always ends the connection. */
static bool wants_to_go_on(struct arena *arena, const struct http_request *in)
{
    struct slice first = line_of(&in->fields, "Connection");
    if (!slice_present(first))
        return in->version_minor >= 1;
    struct slice all = field_get(arena, &in->fields, "Connection");
    return field_lists(first, SLICE("keep-alive")) && !field_lists(all, SLICE("close")) &&
           !field_lists(all, SLICE("upgrade"));
}

struct err *head_frame(struct arena *arena, struct http_request *in, struct head_framing *framing)
{
    TRY(frame_content(arena, in, framing));
    TRY(check_host(arena, in));
    framing->keep_alive = wants_to_go_on(arena, in);
    return check_expect(arena, in, framing);
}

/* The authority of an absolute target replaces the value of Host (RFC 9112 3.2.2). */
static void replace_host(struct http_request *in, struct slice authority)
{
    for (size_t i = 0; i < in->fields.count; i++)
        if (slice_eq_nocase(in->fields.items[i].name, SLICE("Host")))
            in->fields.items[i].value = authority;
}

static bool take_scheme(struct slice *target)
{
    static const struct slice schemes[] = {{"http://", 7}, {"https://", 8}};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        if (slice_eq_nocase(slice_head(*target, schemes[i].len), schemes[i])) {
            *target = slice_from(*target, schemes[i].len);
            return true;
        }
    }
    return false;
}

struct err *head_target(struct arena *arena, struct slice target, struct http_request *in, bool *asterisk)
{
    *asterisk = slice_eq(target, SLICE("*"));
    in->query = SLICE_ABSENT;
    if (*asterisk) {
        in->path = target;
        return in->method == METHOD_OPTIONS ? NULL : err_new(arena, ERR_BAD_URL, "The target * is for OPTIONS alone.");
    }
    for (size_t i = 0; i < target.len; i++)
        if ((unsigned char)target.at[i] <= ' ' || (unsigned char)target.at[i] >= 127 || target.at[i] == '#')
            return err_at(arena, ERR_BAD_URL, i, "The target contains a character that must be percent-encoded.");
    if (target.len == 0 || target.at[0] != '/') {
        if (!take_scheme(&target))
            return err_new(arena, ERR_BAD_URL, "The target is neither a path nor an http URL.");
        size_t end = 0;
        while (end < target.len && target.at[end] != '/' && target.at[end] != '?')
            end++;
        if (!head_is_host(slice_head(target, end)))
            return err_new(arena, ERR_BAD_URL, "The authority of the target is malformed.");
        replace_host(in, slice_head(target, end));
        target = slice_from(target, end);
    }
    slice_cut(target, '?', &in->path, &in->query);
    if (in->path.len == 0)
        in->path = SLICE("/");
    return NULL;
}

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~%!$&'()*+,;=", c));
}

/* Length of the host at the start of the text, including the brackets of an IP literal; 0 when there is none. */
static size_t host_length(struct slice host)
{
    if (host.len && host.at[0] == '[') {
        size_t end = slice_find(host, ']');
        for (size_t i = 1; i < end; i++)
            if (!is_host_char(host.at[i]) && host.at[i] != ':')
                return 0;
        return end < host.len && end > 1 ? end + 1 : 0;
    }
    size_t end = 0;
    while (end < host.len && is_host_char(host.at[end]))
        end++;
    return end;
}

bool head_is_host(struct slice host)
{
    size_t end = host_length(host);
    if (end == 0)
        return false;
    if (end == host.len)
        return true;
    if (host.at[end] != ':' || host.len - end > 6)
        return false;
    uint64_t port;
    struct slice digits = slice_from(host, end + 1);
    return digits.len == 0 || (text_u64(digits, &port) && port <= 65535);
}

bool head_is_sane_id(struct slice id)
{
    if (id.len == 0 || id.len > 64)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
              c == '-'))
            return false;
    }
    return true;
}

/* The target as it was received, with the '?' that civetweb cut. */
static struct slice whole_target(struct arena *arena, const struct head_raw *raw)
{
    if (!raw->query)
        return slice_of(raw->target);
    return arena_printf(arena, "%s?%s", raw->target, raw->query);
}

static struct err *check_sizes(struct arena *arena, struct slice target, const struct head_limits *limits,
                               const struct head_framing *framing)
{
    if (target.len > limits->max_url)
        return close_after(arena,
                           err_new(arena, ERR_URL_TOO_LONG, "The URL has more than %zu bytes.", limits->max_url));
    if (framing->head_bytes > limits->max_bytes)
        return close_after(
            arena, err_new(arena, ERR_FIELDS_TOO_LARGE, "The header has more than %zu bytes.", limits->max_bytes));
    return NULL;
}

static struct err *check_method(struct arena *arena, const struct http_request *in)
{
    struct err *err = NULL;
    if (in->method == METHOD_CONNECT || in->method == METHOD_TRACE)
        err = close_after(arena, err_new(arena, ERR_NOT_IMPLEMENTED, "%s is not supported.", method_name(in->method)));
    else if (in->method == METHOD_UNKNOWN)
        err = err_new(arena, ERR_NOT_IMPLEMENTED, "The method %.*s is not known.", SLICE_ARG(in->method_text));
    if (err)
        problem_of(arena, err)->message =
            arena_printf(arena, "Unsupported HTTP method: %.*s", SLICE_ARG(in->method_text));
    return err;
}

struct err *head_read(struct arena *arena, const struct head_raw *raw, const struct head_limits *limits,
                      struct http_request *in, struct head_framing *framing)
{
    in->method_text = slice_of(raw->method);
    in->method = method_of(in->method_text);
    in->version_minor = raw->version[0] == '1' && raw->version[1] == '.' && raw->version[2] == '0' ? 0 : 1;
    TRY(check_layout(arena, raw, &framing->head_bytes));
    struct slice target = whole_target(arena, raw);
    TRY(check_sizes(arena, target, limits, framing));
    TRY(read_fields(arena, raw, in));
    TRY(head_frame(arena, in, framing));
    TRY(check_method(arena, in));
    return head_target(arena, target, in, &framing->asterisk);
}
