#include "midair/json/gate.h"

#include "number.h"
#include "scan.h"

#include "midair/base/text.h"

enum { FIRST_STACK = 32, FIRST_LEVELS = 8 };

/* A container that is still open. */
struct level {
    size_t base;  /* where its children begin on the stack */
    size_t start; /* byte of its opening brace */
    bool object;
    struct json_member child; /* the child that is being parsed; in an object its name is set */
};

/* The state of the parser. Children are collected on one stack and copied when their container is closed, so that each
 * container gets an array of exactly the right size without counting first. */
struct gate {
    struct arena *arena;
    struct arena *scratch; /* holds the stack when `first` is full; NULL until then */
    struct slice text;
    size_t at;
    struct json_limits limits;
    size_t nodes;
    struct json_member *stack;
    size_t stack_count, stack_cap;
    struct json_member first[FIRST_STACK];
    /* Nesting is kept here and not on the machine's stack, because worker threads have small stacks, whose size
     * civetweb determines. */
    struct level *levels;
    size_t depth, level_cap;
};

static struct err *refuse(struct gate *gate, size_t position, const char *why)
{
    return err_at(gate->arena, ERR_BAD_JSON, position, "The content is not acceptable JSON at byte %zu: %s", position,
                  why);
}

static void push(struct gate *gate, const struct json_member *child)
{
    if (gate->stack_count == gate->stack_cap) {
        size_t old = gate->stack_cap * sizeof(*child);
        if (!gate->scratch) {
            gate->scratch = arena_new(0);
            gate->stack = memcpy(arena_alloc(gate->scratch, 2 * old), gate->first, old);
        } else {
            gate->stack = arena_grow(gate->scratch, gate->stack, old, 2 * old);
        }
        gate->stack_cap *= 2;
    }
    gate->stack[gate->stack_count++] = *child;
}

/* Skips white space and returns the next byte without consuming it; -1 at the end. */
static int peek(struct gate *gate)
{
    while (gate->at < gate->text.len) {
        char c = gate->text.at[gate->at];
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return (unsigned char)c;
        gate->at++;
    }
    return -1;
}

static struct slice rest(const struct gate *gate)
{
    return slice_from(gate->text, gate->at);
}

/* Four hexadecimal digits at `at`, read as a UTF-16 code unit; -1 when there are none. */
static long code_unit(struct slice text, size_t at)
{
    unsigned char bytes[2];
    if (at > text.len || text.len - at < 4 || !text_unhex(slice_make(text.at + at, 4), bytes, 2))
        return -1;
    return (long)bytes[0] << 8 | bytes[1];
}

static size_t put_utf8(char *to, unsigned long c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3F));
    to[0] = (char)(lead[n] | c);
    return n;
}

/* Decodes \uXXXX, or a surrogate pair in two escapes, at gate->at (the backslash). */
static struct err *decode_unicode(struct gate *gate, char *to, size_t *len)
{
    long unit = code_unit(gate->text, gate->at + 2);
    unsigned long c = (unsigned long)unit;
    if (unit < 0)
        return refuse(gate, gate->at, "\\u needs four hexadecimal digits.");
    if (unit == 0)
        return refuse(gate, gate->at, "U+0000 cannot be stored.");
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        bool escape_follows = slice_starts(slice_from(gate->text, gate->at + 6), SLICE("\\u"));
        long low = escape_follows ? code_unit(gate->text, gate->at + 8) : -1;
        if (unit >= 0xDC00 || low < 0xDC00 || low > 0xDFFF)
            return refuse(gate, gate->at, "a surrogate is not part of a pair.");
        c = 0x10000 + ((unsigned long)(unit - 0xD800) << 10) + (unsigned long)(low - 0xDC00);
        gate->at += 6;
    }
    gate->at += 6;
    *len += put_utf8(to + *len, c);
    return NULL;
}

static struct err *decode_escape(struct gate *gate, char *to, size_t *len)
{
    static const char plain[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    char c = gate->at + 1 < gate->text.len ? gate->text.at[gate->at + 1] : '\0';
    if (c == 'u')
        return decode_unicode(gate, to, len);
    const char *hit = c ? strchr(plain, c) : NULL;
    if (!hit)
        return refuse(gate, gate->at, "this escape is not known.");
    to[(*len)++] = means[hit - plain];
    gate->at += 2;
    return NULL;
}

/* Skips plain bytes and well-formed UTF-8 up to a quote or a backslash. */
static struct err *skip_plain(struct gate *gate)
{
    for (;;) {
        gate->at += scan_plain(rest(gate), true);
        if (gate->at == gate->text.len)
            return refuse(gate, gate->at, "the string is not closed.");
        unsigned char c = (unsigned char)gate->text.at[gate->at];
        if (c == '"' || c == '\\')
            return NULL;
        if (c < 0x20)
            return refuse(gate, gate->at, "a control byte in a string must be escaped.");
        size_t n = text_utf8_len(rest(gate));
        if (n == 0)
            return refuse(gate, gate->at, "this is not UTF-8.");
        gate->at += n;
    }
}

/* The length of the text from `from` up to the next quote that is not escaped. */
static size_t raw_length(const struct gate *gate, size_t from)
{
    size_t i = from;
    while (i < gate->text.len && gate->text.at[i] != '"')
        i += gate->text.at[i] == '\\' ? 2 : 1;
    return (i < gate->text.len ? i : gate->text.len) - from;
}

/* Decodes a string with escapes whose bytes up to gate->at are plain. The result is never longer than the raw text. */
static struct err *decode_string(struct gate *gate, size_t start, struct slice *out)
{
    char *to = arena_alloc(gate->arena, raw_length(gate, start) + 1);
    size_t len = 0, from = start;
    for (;;) {
        memcpy(to + len, gate->text.at + from, gate->at - from);
        len += gate->at - from;
        if (gate->text.at[gate->at] == '"')
            break;
        TRY(decode_escape(gate, to, &len));
        from = gate->at;
        TRY(skip_plain(gate));
    }
    *out = slice_make(to, len);
    return NULL;
}

/* Parses a string from its opening quote to its closing quote. */
static struct err *parse_string(struct gate *gate, struct slice *out)
{
    size_t start = ++gate->at;
    TRY(skip_plain(gate));
    *out = slice_make(gate->text.at + start, gate->at - start);
    if (gate->text.at[gate->at] == '\\')
        TRY(decode_string(gate, start, out));
    gate->at++;
    return NULL;
}

static struct err *parse_number(struct gate *gate, struct json *out)
{
    size_t len;
    if (!json_number_scan(rest(gate), &len))
        return refuse(gate, gate->at + len, "the number is not well-formed.");
    *out = json_of_number(slice_make(gate->text.at + gate->at, len));
    gate->at += len;
    return NULL;
}

static struct err *parse_word(struct gate *gate, struct slice word, struct json value, struct json *out)
{
    if (!slice_starts(rest(gate), word))
        return refuse(gate, gate->at, "a value is expected.");
    gate->at += word.len;
    *out = value;
    return NULL;
}

/* Consumes what follows a child: a comma, which sets *more, or the closing byte. */
static struct err *parse_separator(struct gate *gate, char close, bool *more)
{
    int c = peek(gate);
    *more = c == ',';
    if (c != ',' && c != close)
        return refuse(gate, gate->at,
                      c < 0          ? "the text ends too early."
                      : close == ']' ? "a comma or ']' is expected."
                                     : "a comma or '}' is expected.");
    gate->at++;
    return NULL;
}

/* Makes an array of the children from `base` on and removes them from the stack. */
static void close_array(struct gate *gate, size_t base, struct json *out)
{
    size_t count = gate->stack_count - base;
    struct json *items = count ? arena_alloc(gate->arena, count * sizeof(*items)) : NULL;
    for (size_t i = 0; i < count; i++)
        items[i] = gate->stack[base + i].value;
    gate->stack_count = base;
    *out = json_of_array(items, count);
}

static struct err *close_object(struct gate *gate, size_t base, struct json *out)
{
    size_t count = gate->stack_count - base;
    struct json_member *members = count ? arena_alloc(gate->arena, count * sizeof(*members)) : NULL;
    if (count)
        memcpy(members, gate->stack + base, count * sizeof(*members));
    gate->stack_count = base;
    *out = json_of_object(gate->arena, members, count);
    size_t duplicate = json_duplicate(out);
    if (duplicate < count)
        return refuse(gate, members[duplicate].position, "the object already has this member.");
    return NULL;
}

/* Parses the name of the next member and the colon. */
static struct err *parse_name(struct gate *gate, struct json_member *child)
{
    if (peek(gate) != '"')
        return refuse(gate, gate->at, "a member name in quotes is expected.");
    *child = (struct json_member){.position = gate->at};
    TRY(parse_string(gate, &child->name));
    if (peek(gate) != ':')
        return refuse(gate, gate->at, "a colon is expected.");
    gate->at++;
    return NULL;
}

static struct err *parse_string_value(struct gate *gate, struct json *out)
{
    struct slice text;
    TRY(parse_string(gate, &text));
    *out = json_of_string(text);
    return NULL;
}

static struct err *parse_scalar(struct gate *gate, int c, struct json *out)
{
    switch (c) {
    case '"':
        return parse_string_value(gate, out);
    case 't':
        return parse_word(gate, SLICE("true"), json_of_bool(true), out);
    case 'f':
        return parse_word(gate, SLICE("false"), json_of_bool(false), out);
    case 'n':
        return parse_word(gate, SLICE("null"), json_of_null(), out);
    case -1:
        return refuse(gate, gate->at, "the text ends where a value is expected.");
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return parse_number(gate, out);
        return refuse(gate, gate->at, "a value is expected.");
    }
}

static void finish(struct gate *gate, size_t start, struct json *out)
{
    out->raw = slice_make(gate->text.at + start, gate->at - start);
    out->position = start;
}

static struct err *open_level(struct gate *gate, bool object)
{
    if (gate->depth == gate->limits.depth)
        return refuse(gate, gate->at, "the nesting is too deep.");
    if (gate->depth == gate->level_cap) {
        size_t cap = gate->level_cap ? 2 * gate->level_cap : FIRST_LEVELS;
        gate->levels =
            arena_grow(gate->arena, gate->levels, gate->level_cap * sizeof(*gate->levels), cap * sizeof(*gate->levels));
        gate->level_cap = cap;
    }
    gate->levels[gate->depth++] = (struct level){.base = gate->stack_count, .start = gate->at, .object = object};
    gate->at++;
    return NULL;
}

static struct err *close_level(struct gate *gate, struct json *out)
{
    struct level *level = &gate->levels[--gate->depth];
    if (level->object)
        TRY(close_object(gate, level->base, out));
    else
        close_array(gate, level->base, out);
    finish(gate, level->start, out);
    return NULL;
}

/* Opens containers until a value is complete without children: a scalar or an empty container. */
static struct err *descend(struct gate *gate, struct json *out)
{
    for (;;) {
        int c = peek(gate);
        size_t start = gate->at;
        if (gate->nodes++ == gate->limits.nodes)
            return refuse(gate, start, "there are too many values.");
        if (c != '{' && c != '[') {
            TRY(parse_scalar(gate, c, out));
            finish(gate, start, out);
            return NULL;
        }
        TRY(open_level(gate, c == '{'));
        if (peek(gate) == (c == '{' ? '}' : ']')) {
            gate->at++;
            return close_level(gate, out);
        }
        gate->levels[gate->depth - 1].child = (struct json_member){0};
        if (c == '{')
            TRY(parse_name(gate, &gate->levels[gate->depth - 1].child));
    }
}

/* Adds a complete value to its container, and closes the containers that end after it. *more is true when another value
 * follows. */
static struct err *ascend(struct gate *gate, struct json *out, bool *more)
{
    *more = false;
    while (gate->depth && !*more) {
        struct level *level = &gate->levels[gate->depth - 1];
        level->child.value = *out;
        push(gate, &level->child);
        TRY(parse_separator(gate, level->object ? '}' : ']', more));
        if (!*more)
            TRY(close_level(gate, out));
        else if (level->object)
            TRY(parse_name(gate, &level->child));
    }
    return NULL;
}

static struct err *parse_document(struct gate *gate, struct json *out)
{
    if (slice_starts(gate->text, SLICE("\xEF\xBB\xBF")))
        return refuse(gate, 0, "a byte order mark is not allowed.");
    for (bool more = true; more;) {
        TRY(descend(gate, out));
        TRY(ascend(gate, out, &more));
    }
    if (peek(gate) >= 0)
        return refuse(gate, gate->at, "the text does not end after the value.");
    return NULL;
}

/* Sizes in a tree have 32 bits. PostgreSQL does not accept values above 1 GB either. */
static const size_t largest = (size_t)1 << 30;

static size_t limit_of(size_t asked, size_t most)
{
    return asked && asked < most ? asked : most;
}

struct err *json_parse(struct arena *arena, struct slice text, struct json_limits limits, struct json *out)
{
    size_t bytes = limit_of(limits.bytes, largest);
    if (text.len > bytes)
        return err_new(arena, ERR_CONTENT_TOO_LARGE, "The content has %zu bytes; at most %zu are allowed.", text.len,
                       bytes);
    struct gate gate;
    gate.arena = arena;
    gate.scratch = NULL;
    gate.text = slice_present(text) ? text : SLICE("");
    gate.at = 0;
    gate.limits.depth = limit_of(limits.depth, JSON_DEPTH_MAX);
    gate.limits.nodes = limit_of(limits.nodes, largest);
    gate.nodes = 0;
    gate.stack = gate.first;
    gate.stack_count = 0;
    gate.stack_cap = FIRST_STACK;
    gate.levels = NULL;
    gate.depth = gate.level_cap = 0;
    struct err *err = parse_document(&gate, out);
    arena_free(gate.scratch);
    return err;
}
