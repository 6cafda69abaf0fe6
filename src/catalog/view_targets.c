#include "view_targets.h"

#include "midair/base/text.h"

#include <string.h>

/* Numbers of open brackets inside the list of queries and its query, inside the query's target list, and inside an
 * entry of that list. */
enum { IN_QUERY = 2, IN_LIST = 3, IN_ENTRY = 4 };

struct scan {
    struct slice text;
    size_t at;
    int depth; /* number of open brackets */
};

struct entry {
    struct view_target target;
    bool junk; /* the entry serves ORDER BY only and is not a column */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool is_bracket(char c)
{
    return c == '{' || c == '}' || c == '(' || c == ')';
}

/* Returns a bracket or a word; empty at the end of the text. */
static struct slice next_token(struct scan *scan)
{
    struct slice text = scan->text;
    size_t from;
    while (scan->at < text.len && is_space(text.at[scan->at]))
        scan->at++;
    from = scan->at;
    if (from < text.len && is_bracket(text.at[from])) {
        scan->depth += text.at[from] == '{' || text.at[from] == '(' ? 1 : -1;
        scan->at++;
    } else {
        while (scan->at < text.len && !is_space(text.at[scan->at]) && !is_bracket(text.at[scan->at]))
            scan->at += text.at[scan->at] == '\\' && scan->at + 1 < text.len ? 2 : 1;
    }
    return slice_make(text.at + from, scan->at - from);
}

/* Moves behind the bracket that opens the value of the query's field `:targetList`. */
static bool find_list(struct scan *scan)
{
    for (;;) {
        struct slice token = next_token(scan);
        if (token.len == 0 || scan->depth < 0)
            return false;
        if (scan->depth == IN_QUERY && slice_eq(token, SLICE(":targetList")))
            return slice_eq(next_token(scan), SLICE("("));
    }
}

/* Returns the value of a field, or an empty text if a bracket follows, which is not consumed. */
static struct slice next_value(struct scan *scan)
{
    struct scan ahead = *scan;
    struct slice token = next_token(&ahead);
    if (ahead.depth != scan->depth)
        return SLICE("");
    *scan = ahead;
    return token;
}

static uint32_t next_number(struct scan *scan)
{
    uint64_t value = 0;
    return text_u64(next_value(scan), &value) && value <= UINT32_MAX ? (uint32_t)value : 0;
}

static void read_field(struct scan *scan, struct slice name, struct entry *entry)
{
    if (slice_eq(name, SLICE(":resno")))
        entry->target.number = (int)next_number(scan);
    else if (slice_eq(name, SLICE(":resorigtbl")))
        entry->target.table = next_number(scan);
    else if (slice_eq(name, SLICE(":resorigcol")))
        entry->target.column = (int)next_number(scan);
    else if (slice_eq(name, SLICE(":resjunk")))
        entry->junk = slice_eq(next_value(scan), SLICE("true"));
}

struct targets {
    struct arena *arena;
    struct view_target *list;
    size_t count, cap;
};

static void add(struct targets *targets, struct view_target target)
{
    if (targets->count == targets->cap) {
        size_t size = targets->cap * sizeof(target);
        targets->cap = targets->cap ? 2 * targets->cap : 16;
        targets->list = arena_grow(targets->arena, targets->list, size, targets->cap * sizeof(target));
    }
    targets->list[targets->count++] = target;
}

struct view_target *view_targets(struct arena *arena, struct slice rule, size_t *count)
{
    struct scan scan = {.text = rule};
    struct targets targets = {.arena = arena};
    struct entry entry = {0};
    bool found = find_list(&scan);
    while (found && scan.depth >= IN_LIST) {
        struct slice token = next_token(&scan);
        if (token.len == 0)
            break;
        if (scan.depth == IN_ENTRY && token.at[0] == ':') {
            read_field(&scan, token, &entry);
        } else if (scan.depth == IN_LIST && token.at[0] == '}') {
            if (!entry.junk)
                add(&targets, entry.target);
            entry = (struct entry){0};
        }
    }
    *count = targets.count;
    return targets.list;
}
