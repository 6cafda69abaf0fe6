/* Finding the end of a head, cutting it into pieces, and removing the framing of chunks. */
#include "reader.h"

enum {
    SIZE_DIGITS_MAX = 15, /* fewer than 16, so that a size fits 60 bits */
    EXTENSIONS_MAX = 4096 /* bytes of chunk extensions in one content */
};

/* ---- heads ---- */

/* Called for each line, which ends with the LF at `end`. */
static enum scan_end line_ended(struct head_scan *scan, const char *bytes, size_t end)
{
    if (end == scan->line || bytes[end - 1] != '\r')
        return SCAN_MALFORMED;
    bool empty = end - 1 == scan->line;
    bool first = scan->line == scan->begin;
    scan->line = end + 1;
    if (!empty)
        return SCAN_MORE;
    if (!first)
        return SCAN_WHOLE;
    if (scan->begin > 0)
        return SCAN_MALFORMED;
    scan->begin = scan->line;
    return SCAN_MORE;
}

enum scan_end head_scan(struct head_scan *scan, const char *bytes, size_t len)
{
    while (scan->at < len) {
        const char *lf = memchr(bytes + scan->at, '\n', len - scan->at);
        if (!lf) {
            scan->at = len;
            break;
        }
        size_t end = (size_t)(lf - bytes);
        scan->at = end + 1;
        enum scan_end ended = line_ended(scan, bytes, end);
        if (ended != SCAN_MORE)
            return ended;
    }
    return SCAN_MORE;
}

/* Returns the piece up to `delimiter`, which becomes NUL, and moves *at behind it; NULL when there is no delimiter. */
static char *cut(char **at, char *end, char delimiter)
{
    char *piece = *at;
    char *found = memchr(piece, delimiter, (size_t)(end - piece));
    if (!found)
        return NULL;
    *found = '\0';
    *at = found + 1;
    return piece;
}

static bool is_visible(const char *z)
{
    for (; *z; z++)
        if ((unsigned char)*z <= ' ' || *z == 0x7f)
            return false;
    return true;
}

/* Cuts the request line, which ends at `end` with a NUL in the place of its CR. */
static bool cut_request_line(char *at, char *end, struct head_raw *raw)
{
    raw->method = cut(&at, end, ' ');
    if (!raw->method || !*raw->method || !is_visible(raw->method))
        return false;
    char *target = cut(&at, end, ' ');
    if (!target || !*target || strncmp(at, "HTTP/", 5) != 0)
        return false;
    if (strchr(at, ' '))
        return false;
    raw->target = target;
    raw->version = at + 5;
    char *query = memchr(target, '?', strlen(target));
    if (query) {
        *query = '\0';
        raw->query = query + 1;
    }
    return true;
}

/* RFC 9110 5.5: a field value has no control characters except the tab. */
static bool is_value(const char *z)
{
    for (; *z; z++)
        if (((unsigned char)*z < ' ' && *z != '\t') || *z == 0x7f)
            return false;
    return true;
}

static bool cut_field(char *at, char *end, struct head_line *line)
{
    line->name = cut(&at, end, ':');
    if (!line->name || !*line->name)
        return false;
    line->value = at;
    return is_value(at);
}

/* Replaces the CR before the LF at `lf` by NUL. Returns false for a CR elsewhere in the line (RFC 9112 2.2). */
static bool end_line(char *at, char *lf)
{
    lf[-1] = '\0';
    return !memchr(at, '\r', (size_t)(lf - 1 - at));
}

bool head_cut(char *bytes, const struct head_scan *scan, struct head_raw *raw)
{
    char *at = bytes + scan->begin, *end = bytes + scan->at;
    *raw = (struct head_raw){.buffer = bytes + scan->begin, .size = scan->at - scan->begin};
    if (memchr(bytes, '\0', scan->at))
        return false;
    char *lf = memchr(at, '\n', (size_t)(end - at));
    if (!end_line(at, lf) || !cut_request_line(at, lf - 1, raw))
        return false;
    for (at = lf + 1; at < end - 2 && raw->count < HEAD_LINES_MAX; at = lf + 1) {
        lf = memchr(at, '\n', (size_t)(end - at));
        if (!end_line(at, lf) || !cut_field(at, lf - 1, &raw->lines[raw->count]))
            return false;
        raw->count++;
    }
    /* The end as head_read() expects it: NUL NUL CR NUL. */
    end[-1] = end[-3] = '\0';
    return true;
}

bool head_other_version(const struct head_raw *raw)
{
    return raw->version && strcmp(raw->version, "1.1") != 0 && strcmp(raw->version, "1.0") != 0;
}

/* ---- chunks ---- */

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum chunk_state after_size(struct chunks *chunks, char c)
{
    int digit = hex(c);
    if (digit >= 0 && chunks->digits < SIZE_DIGITS_MAX) {
        chunks->digits++;
        chunks->left = chunks->left << 4 | (unsigned)digit;
        return CHUNK_SIZE;
    }
    if (chunks->digits == 0)
        return CHUNK_BROKEN;
    return c == '\r' ? CHUNK_SIZE_LF : c == ';' ? CHUNK_EXTENSION : c == ' ' || c == '\t' ? CHUNK_BLANK : CHUNK_BROKEN;
}

/* Chunk extensions are ignored (RFC 9112 7.1.1). Whatever their grammar, even in quotes, they hold no CR, LF or other
 * control character; one that does could be understood as something else by another recipient. */
static enum chunk_state after_extension(struct chunks *chunks, char c)
{
    if (++chunks->extension > EXTENSIONS_MAX)
        return CHUNK_BROKEN;
    if (chunks->state == CHUNK_BLANK)
        return c == ';' ? CHUNK_EXTENSION : c == ' ' || c == '\t' ? CHUNK_BLANK : CHUNK_BROKEN;
    if (c == '\r')
        return CHUNK_SIZE_LF;
    return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f ? CHUNK_BROKEN : CHUNK_EXTENSION;
}

/* The state after `c`, a byte that is not content. */
static enum chunk_state after(struct chunks *chunks, char c)
{
    switch (chunks->state) {
    case CHUNK_SIZE:
        return after_size(chunks, c);
    case CHUNK_BLANK:
    case CHUNK_EXTENSION:
        return after_extension(chunks, c);
    case CHUNK_SIZE_LF:
        return c != '\n' ? CHUNK_BROKEN : chunks->left > 0 ? CHUNK_DATA : CHUNK_LAST;
    case CHUNK_DATA_CR:
        return c == '\r' ? CHUNK_DATA_LF : CHUNK_BROKEN;
    case CHUNK_DATA_LF:
        chunks->digits = 0;
        return c == '\n' ? CHUNK_SIZE : CHUNK_BROKEN;
    case CHUNK_LAST:
        return c == '\r' ? CHUNK_LAST_LF : CHUNK_TRAILER;
    case CHUNK_LAST_LF:
        return c == '\n' ? CHUNK_DONE : CHUNK_BROKEN;
    case CHUNK_DATA:
    case CHUNK_DONE:
    case CHUNK_TRAILER:
    case CHUNK_BROKEN:
        break;
    }
    return chunks->state;
}

size_t chunks_take(struct chunks *chunks, struct slice in, size_t *used, char *out, size_t room)
{
    size_t at = 0, got = 0;
    while (at < in.len && chunks->state < CHUNK_DONE) {
        if (chunks->state != CHUNK_DATA) {
            chunks->state = after(chunks, in.at[at++]);
            continue;
        }
        size_t n = size_least(chunks->left, in.len - at < room - got ? in.len - at : room - got);
        if (n == 0)
            break;
        memcpy(out + got, in.at + at, n);
        at += n;
        got += n;
        chunks->left -= n;
        if (chunks->left == 0)
            chunks->state = CHUNK_DATA_CR;
    }
    *used = at;
    return got;
}

size_t chunks_strip(struct chunks *chunks, struct slice in, size_t *used, char *out)
{
    size_t at = 0, got = 0;
    while (at < in.len && chunks->state < CHUNK_DONE) {
        if (chunks->state == CHUNK_DATA) {
            size_t n = size_least(chunks->left, in.len - at);
            memmove(out + got, in.at + at, n);
            at += n;
            got += n;
            chunks->left -= n;
            chunks->state = chunks->left ? CHUNK_DATA : CHUNK_DATA_CR;
            continue;
        }
        char c = in.at[at++];
        chunks->state = after(chunks, c);
        if (chunks->state != CHUNK_BLANK && chunks->state != CHUNK_EXTENSION)
            out[got++] = chunks->state == CHUNK_BROKEN ? '!' : c;
    }
    *used = at;
    return got;
}
