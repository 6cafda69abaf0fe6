#include "midair/plan/route.h"

#include "midair/base/buf.h"
#include "midair/base/text.h"
#include "midair/model/canon.h"

static const struct {
    const char *name;
    enum route_kind kind;
} own_names[] = {
    {"_openapi.json", ROUTE_OPENAPI},
    {"_live", ROUTE_LIVE},
    {"_ready", ROUTE_READY},
    {"_metrics", ROUTE_METRICS},
};

static struct err *no_resource(struct arena *arena, struct slice name)
{
    return err_new(arena, ERR_NO_RESOURCE, "There is no resource \"%.*s\".", SLICE_ARG(name));
}

/* Removes the base path and one slash on either side; false when the path lies elsewhere. */
static bool below_base(struct slice base_path, struct slice path, struct slice *rest)
{
    if (!slice_starts(path, base_path))
        return false;
    path = slice_from(path, base_path.len);
    if (path.len && path.at[0] != '/')
        return false;
    path = slice_from(path, path.len ? 1 : 0);
    if (path.len && path.at[path.len - 1] == '/')
        path.len--;
    *rest = path;
    return true;
}

static struct err *decode(struct arena *arena, struct slice raw, struct slice *out)
{
    if (!text_percent_decode(arena, raw, out))
        return err_new(arena, ERR_BAD_URL, "The path has a bad percent escape, a NUL or is not UTF-8.");
    return NULL;
}

static struct err *read_key(struct arena *arena, struct slice raw, struct route *route)
{
    const struct relation *relation = route->relation;
    size_t n = 0;
    struct slice piece, rest = raw;
    route->keys = ARENA_ARRAY(arena, struct slice, relation->key.column_count);
    route->keys_exact = true;
    while (slice_present(rest)) {
        slice_cut(rest, ',', &piece, &rest);
        if (n == relation->key.column_count)
            return err_new(arena, ERR_NO_ROW, "The key of %.*s has %zu part(s).", SLICE_ARG(relation->resource), n);
        const struct column *column = &relation->columns[relation->key.columns[n]];
        struct slice text;
        TRY(decode(arena, piece, &text));
        if (!catalog_canon(arena, column, text, &route->keys[n++]))
            return err_new(arena, ERR_NO_ROW, "The key cannot be a value of %.*s.", SLICE_ARG(column->name));
        if (column->canon == CANON_NONE)
            route->keys_exact = false;
    }
    if (n < relation->key.column_count)
        return err_new(arena, ERR_NO_ROW, "The key of %.*s has %zu parts, separated by commas.",
                       SLICE_ARG(relation->resource), relation->key.column_count);
    return NULL;
}

static bool find_own(struct slice name, struct route *out)
{
    for (size_t i = 0; i < sizeof(own_names) / sizeof(*own_names); i++)
        if (slice_eq(name, slice_of(own_names[i].name))) {
            out->kind = own_names[i].kind;
            return true;
        }
    return false;
}

struct err *route_find(struct arena *arena, const struct catalog *catalog, struct slice base_path, struct slice path,
                       struct route *out)
{
    struct slice rest, head, tail, name;
    *out = (struct route){.kind = ROUTE_INDEX};
    if (slice_eq(path, SLICE("*"))) {
        out->kind = ROUTE_SERVER;
        return NULL;
    }
    if (!below_base(base_path, path, &rest))
        return no_resource(arena, path);
    if (rest.len == 0)
        return NULL;
    slice_cut(rest, '/', &head, &tail);
    TRY(decode(arena, head, &name));
    if (!slice_present(tail) && find_own(name, out))
        return NULL;
    if (!catalog) {
        struct err *err = err_new(arena, ERR_UNAVAILABLE, "The database has not been read yet.");
        err->retry_after = 1;
        return err;
    }
    out->relation = catalog_resource(catalog, name);
    if (!out->relation)
        return no_resource(arena, name);
    out->kind = ROUTE_COLLECTION;
    if (!slice_present(tail))
        return NULL;
    if (slice_find(tail, '/') < tail.len)
        return no_resource(arena, rest);
    if (out->relation->key.column_count == 0)
        return err_new(arena, ERR_NO_RESOURCE, "%.*s has no key, so it has no items.", SLICE_ARG(name));
    out->kind = ROUTE_ITEM;
    return read_key(arena, tail, out);
}

static void put_collection(struct buf *buf, struct slice base_path, const struct relation *relation)
{
    buf_put(buf, base_path);
    buf_byte(buf, '/');
    buf_put(buf, text_percent_encode(buf->arena, relation->resource, "!$'()*:@"));
}

struct slice route_collection_path(struct arena *arena, struct slice base_path, const struct relation *relation)
{
    struct buf buf = buf_new(arena, 64);
    put_collection(&buf, base_path, relation);
    return buf_slice(&buf);
}

struct slice route_item_path(struct arena *arena, struct slice base_path, const struct relation *relation,
                             const struct slice *keys)
{
    if (!keys)
        return SLICE_ABSENT;
    struct buf buf = buf_new(arena, 64);
    put_collection(&buf, base_path, relation);
    for (size_t i = 0; i < relation->key.column_count; i++) {
        buf_byte(&buf, i ? ',' : '/');
        buf_put(&buf, text_percent_encode(arena, keys[i], "!$'()*:@"));
    }
    return buf_slice(&buf);
}
