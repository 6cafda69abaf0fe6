#include "inflow.h"

#include "midair/base/recv.h"
#include "midair/base/text.h"
#include "reader.h"

enum part {
    PART_REQUEST_LINE, /* empty lines before it included */
    PART_FIELD_NAME,
    PART_FIELD_VALUE,
    PART_CONTENT,
    PART_CHUNKS,
    PART_UNKNOWN /* nothing is changed until the connection ends */
};

enum { LINE_MAX_KEPT = 64 }; /* enough for the fields that frame the content */

struct inflow {
    enum part part;
    char line[LINE_MAX_KEPT]; /* the start of the current line */
    size_t length;            /* of the whole line so far */
    bool framed;              /* a field that frames the content was read */
    bool coding;              /* the current field is Transfer-Encoding */
    bool chunked;
    uint64_t content; /* bytes of content that are left */
    struct chunks chunks;
};

static _Thread_local struct inflow inflow;

void inflow_open(void)
{
    inflow = (struct inflow){0};
    recv_set_filter(inflow_filter);
}

void inflow_pause(void)
{
    recv_set_filter(NULL);
}

void inflow_resume(void)
{
    recv_set_filter(inflow_filter);
}

/* ---- the header ---- */

static void begin_line(enum part part)
{
    inflow.part = part;
    inflow.length = 0;
}

/* Remembers how the content is framed. Returns false where head.c will refuse the request. */
static bool read_framing(struct slice name, struct slice value)
{
    bool length = slice_eq_nocase(name, SLICE("Content-Length"));
    bool coding = slice_eq_nocase(name, SLICE("Transfer-Encoding"));
    if (!length && !coding)
        return true;
    bool first = !inflow.framed;
    inflow.framed = true;
    inflow.chunked = coding;
    bool good = length ? text_u64(value, &inflow.content) : slice_eq_nocase(value, SLICE("chunked"));
    return first && good && inflow.length <= LINE_MAX_KEPT;
}

static void end_header(void)
{
    inflow.part = inflow.chunked ? PART_CHUNKS : inflow.content ? PART_CONTENT : PART_REQUEST_LINE;
    inflow.framed = inflow.chunked = false;
    inflow.chunks = (struct chunks){0};
    inflow.length = 0;
}

/* Called at the LF of a line. */
static void end_line(void)
{
    size_t kept = inflow.length < LINE_MAX_KEPT ? inflow.length : LINE_MAX_KEPT;
    struct slice line = slice_trim(slice_make(inflow.line, kept)), name, value;
    bool empty = inflow.length == 0 || (inflow.length == 1 && inflow.line[0] == '\r');
    if (empty && inflow.part == PART_REQUEST_LINE) {
        begin_line(PART_REQUEST_LINE);
    } else if (empty) {
        end_header();
    } else {
        bool field = inflow.part != PART_REQUEST_LINE;
        while (line.len && line.at[line.len - 1] == '\r')
            line = slice_head(line, line.len - 1);
        slice_cut(line, ':', &name, &value);
        begin_line(PART_FIELD_NAME);
        if (field && !read_framing(name, slice_trim(value)))
            inflow.part = PART_UNKNOWN;
    }
}

/* Whether white space at this place is left out: civetweb does not know the coding chunked with white space behind it.
 */
static bool is_behind_coding(void)
{
    struct slice name, value;
    if (inflow.part != PART_FIELD_VALUE || !inflow.coding || inflow.length > LINE_MAX_KEPT)
        return false;
    slice_cut(slice_make(inflow.line, inflow.length), ':', &name, &value);
    return slice_eq_nocase(slice_trim(value), SLICE("chunked"));
}

static void end_name(void)
{
    inflow.part = PART_FIELD_VALUE;
    inflow.coding = inflow.length <= LINE_MAX_KEPT &&
                    slice_eq_nocase(slice_make(inflow.line, inflow.length), SLICE("Transfer-Encoding"));
}

/* A tab in a value is white space. Elsewhere, as at the start of a folded line, it stays what it is. */
static char take_header(char c)
{
    if (c == '\n') {
        end_line();
        return c;
    }
    if (c == '\t' && inflow.part == PART_FIELD_VALUE)
        c = ' ';
    if (c == ':' && inflow.part == PART_FIELD_NAME)
        end_name();
    if (inflow.length < LINE_MAX_KEPT)
        inflow.line[inflow.length] = c;
    inflow.length++;
    return c;
}

/* The bytes at the start of `in` that stay what they are and do not end a line or a name. take_header() handles the
 * next byte. */
static size_t plain_bytes(struct slice in)
{
    struct slice line = slice_head(in, slice_find(in, '\n'));
    switch (inflow.part) {
    case PART_FIELD_NAME:
        return slice_find(line, ':');
    case PART_FIELD_VALUE:
        return inflow.coding ? 0 : slice_find(line, '\t');
    default:
        return line.len;
    }
}

/* The same as take_header() for each of these bytes. */
static void take_plain(struct slice bytes)
{
    size_t space = inflow.length < LINE_MAX_KEPT ? LINE_MAX_KEPT - inflow.length : 0;
    if (space)
        memcpy(inflow.line + inflow.length, bytes.at, bytes.len < space ? bytes.len : space);
    inflow.length += bytes.len;
}

/* ---- the whole ---- */

/* Copies one piece of `in` to `to`, which is not behind it. Returns the bytes that were written; *used are those that
 * were read. */
static size_t take(struct slice in, size_t *used, char *to)
{
    switch (inflow.part) {
    case PART_UNKNOWN:
        *used = in.len;
        memmove(to, in.at, in.len);
        return in.len;
    case PART_CONTENT:
        *used = size_least(inflow.content, in.len);
        memmove(to, in.at, *used);
        inflow.content -= *used;
        if (inflow.content == 0)
            inflow.part = PART_REQUEST_LINE;
        return *used;
    case PART_CHUNKS: {
        size_t left = chunks_strip(&inflow.chunks, in, used, to);
        if (inflow.chunks.state >= CHUNK_DONE)
            inflow.part = inflow.chunks.state == CHUNK_DONE ? PART_REQUEST_LINE : PART_UNKNOWN;
        return left;
    }
    default:
        *used = plain_bytes(in);
        if (*used) {
            take_plain(slice_head(in, *used));
            memmove(to, in.at, *used);
            return *used;
        }
        *used = 1;
        if ((in.at[0] == ' ' || in.at[0] == '\t') && is_behind_coding())
            return 0;
        *to = take_header(in.at[0]);
        return 1;
    }
}

size_t inflow_filter(char *bytes, size_t len)
{
    size_t at = 0, left = 0, used;
    while (at < len) {
        left += take(slice_make(bytes + at, len - at), &used, bytes + left);
        at += used;
    }
    return left;
}
