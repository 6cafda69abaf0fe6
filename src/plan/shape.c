#include "midair/plan/shape.h"

#include "midair/base/map.h"

/* Missing members are filled in, so the product of rows and names is limited. */
enum { MEMBERS_MAX = 1000000 };

static struct err *check_row(struct arena *arena, const struct json *row)
{
    if (row->kind == JSON_OBJECT)
        return NULL;
    return err_at(arena, ERR_BAD_CONTENT, row->position, "Each row must be an object, but this is %s.",
                  json_kind_name(row->kind));
}

/* Keeps the named members and the tag. Missing members become null, unless they get defaults. */
static void keep_named(struct arena *arena, const struct names *columns, enum absent_rule absent, struct slice etag,
                       struct json *row)
{
    struct json_member *members = ARENA_ARRAY(arena, struct json_member, columns->count + 1);
    const struct json *tag = etag.len ? json_member(row, etag) : NULL;
    size_t n = 0, position = row->position;
    for (size_t i = 0; i < columns->count; i++) {
        const struct json *value = json_member(row, columns->items[i]);
        if (!value && absent == ABSENT_DEFAULT)
            continue;
        members[n++] = (struct json_member){columns->items[i], value ? *value : json_of_null(), position};
        if (tag && slice_eq(columns->items[i], etag))
            tag = NULL;
    }
    if (tag)
        members[n++] = (struct json_member){etag, *tag, position};
    *row = json_of_object(arena, members, n);
    row->position = position;
}

/* All names that occur in the rows, in the order of their first occurrence. */
static struct names all_names(struct arena *arena, const struct json *rows, size_t count, struct slice etag)
{
    struct map seen = map_new(arena);
    size_t cap = 16;
    struct names all = {.given = true, .items = ARENA_ARRAY(arena, struct slice, cap)};
    for (size_t i = 0; i < count; i++)
        for (size_t m = 0; m < rows[i].count; m++) {
            struct slice name = rows[i].members[m].name;
            if (slice_eq(name, etag) || map_get(&seen, name))
                continue;
            map_put(&seen, name, &all);
            if (all.count == cap) {
                all.items = arena_grow(arena, all.items, cap * sizeof(name), 2 * cap * sizeof(name));
                cap *= 2;
            }
            all.items[all.count++] = name;
        }
    return all;
}

static size_t own_members(const struct json *row, struct slice etag)
{
    return row->count - (etag.len && json_member(row, etag) ? 1 : 0);
}

static struct err *check_uniform(struct arena *arena, const struct json *rows, size_t count, struct slice etag)
{
    for (size_t i = 1; i < count; i++) {
        bool same = own_members(&rows[i], etag) == own_members(&rows[0], etag);
        for (size_t m = 0; same && m < rows[0].count; m++)
            same = slice_eq(rows[0].members[m].name, etag) || json_member(&rows[i], rows[0].members[m].name);
        if (same)
            continue;
        struct err *err = err_at(arena, ERR_BAD_CONTENT, rows[i].position, "All object keys must match");
        err->code = SLICE("PGRST102");
        return err;
    }
    return NULL;
}

struct err *shape_rows(struct arena *arena, const struct names *columns, enum absent_rule absent, struct slice etag,
                       struct json *document)
{
    bool array = document->kind == JSON_ARRAY;
    size_t count = array ? document->count : 1;
    if (!columns->given && (!array || absent == ABSENT_DEFAULT))
        return NULL;
    struct json *rows = ARENA_ARRAY(arena, struct json, count);
    for (size_t i = 0; i < count; i++) {
        rows[i] = array ? document->items[i] : *document;
        TRY(check_row(arena, &rows[i]));
    }
    if (!columns->given && absent == ABSENT_REFUSED)
        return check_uniform(arena, rows, count, etag);
    struct names all = columns->given ? *columns : all_names(arena, rows, count, etag);
    if (all.count > MEMBERS_MAX / (count ? count : 1))
        return err_new(arena, ERR_CONTENT_TOO_LARGE, "%zu rows of %zu columns are too many for one request.", count,
                       all.count);
    for (size_t i = 0; i < count; i++)
        keep_named(arena, &all, absent, etag, &rows[i]);
    size_t position = document->position;
    *document = array ? json_of_array(rows, count) : rows[0];
    document->position = position;
    return NULL;
}
