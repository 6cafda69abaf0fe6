#include "midair/plan/route.h"

#include "midair/base/buf.h"
#include "midair/base/text.h"
#include "midair/catalog/canon.h"
#include "midair/http/problem.h"
#include "midair/json/build.h"

#include <limits.h>

static const struct {
    const char *name;
    enum route_kind kind;
} own_names[] = {
    {"_openapi.json", ROUTE_OPENAPI}, {"_live", ROUTE_LIVE},   {"_ready", ROUTE_READY},
    {"_metrics", ROUTE_METRICS},      {"_batch", ROUTE_BATCH},
};

static struct err *no_resource(struct arena *arena, struct slice name)
{
    struct err *err = err_new(arena, ERR_NO_RESOURCE, "There is no resource \"%.*s\".", SLICE_ARG(name));
    err->code = SLICE("PGRST125");
    return err;
}

static bool counts(const struct relation *relation, struct slice schema)
{
    if (!relation_is_usable(relation))
        return false;
    return slice_present(schema) ? slice_eq(relation->schema, schema) : !relation->hidden;
}

enum { NEAR_MAX = 3 };

/* The largest edit distance of a name that is suggested: more different names are no help. */
static size_t bound(struct slice name)
{
    size_t third = name.len / 3 + 1;
    return third < 4 ? third : 4;
}

/* Writes the relations with the most similar names to `near`, the most similar one first, and returns how many there
 * are. */
static size_t nearest(const struct catalog *catalog, struct slice schema, struct slice name,
                      const struct relation *near[NEAR_MAX])
{
    size_t distances[NEAR_MAX], count = 0;
    for (size_t i = 0; i < catalog->relation_count; i++) {
        const struct relation *relation = catalog->relations[i];
        size_t distance = counts(relation, schema) ? text_distance(name, relation->resource) : SIZE_MAX, at = count;
        if (distance >= bound(name))
            continue;
        while (at > 0 && distances[at - 1] > distance)
            at--;
        if (at == NEAR_MAX)
            continue;
        count = count < NEAR_MAX ? count + 1 : count;
        for (size_t k = count - 1; k > at; k--) {
            near[k] = near[k - 1];
            distances[k] = distances[k - 1];
        }
        near[at] = relation;
        distances[at] = distance;
    }
    return count;
}

/* The error PGRST205. Its hint names the most similar tables that are visible in the profile's schema (absent: no
 * profile). Never NULL. */
static struct err *no_table(struct arena *arena, const struct catalog *catalog, struct slice schema, struct slice name)
{
    struct slice shown = schema;
    if (!slice_present(schema) && catalog->schema_count)
        shown = catalog->schemas[0].name;
    struct err *err = err_new(arena, ERR_NO_RESOURCE, "Could not find the table '%.*s%s%.*s' in the schema cache",
                              SLICE_ARG(shown), shown.len ? "." : "", SLICE_ARG(name));
    const struct relation *near[NEAR_MAX];
    struct buf hint = buf_new(arena, 96);
    for (size_t i = 0, count = nearest(catalog, schema, name, near); i < count; i++)
        buf_printf(&hint, "%s'%.*s.%.*s'", i ? " or " : "Perhaps you meant the table ", SLICE_ARG(near[i]->schema),
                   SLICE_ARG(near[i]->resource));
    err->code = SLICE("PGRST205");
    err->hint = hint.len ? buf_slice(&hint) : SLICE_ABSENT;
    return err;
}

/* Sets *rest to the path without the base path and without one slash on either side; false when the path does not
 * begin with the base path. */
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

static struct err *read_key(struct arena *arena, const struct relation *relation, struct slice raw, struct slice **keys,
                            bool *exact)
{
    size_t n = 0;
    struct slice piece, rest = raw;
    *keys = ARENA_ARRAY(arena, struct slice, relation->key.column_count);
    *exact = true;
    while (slice_present(rest)) {
        slice_cut(rest, ',', &piece, &rest);
        if (n == relation->key.column_count)
            return err_new(arena, ERR_NO_ROW, "The key of %.*s has %zu part(s).", SLICE_ARG(relation->resource), n);
        const struct column *column = &relation->columns[relation->key.columns[n]];
        struct slice text;
        TRY(decode(arena, piece, &text));
        if (!catalog_canon(arena, column, text, &(*keys)[n++]))
            return err_new(arena, ERR_NO_ROW, "The key cannot be a value of %.*s.", SLICE_ARG(column->name));
        if (column->canon == CANON_NONE)
            *exact = false;
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

/* The name that identifies a link among those to the same children: its column if that is unique, else its
 * constraint. */
static struct slice link_hint(const struct link *link)
{
    const struct relation *parent = link->parent;
    size_t same = 0;
    for (size_t i = 0; i < parent->child_count; i++) {
        const struct link *other = parent->children[i];
        same += slice_eq(other->child->resource, link->child->resource) && other->column_count == 1 &&
                slice_eq(other->child->columns[other->columns[0]].name, link->child->columns[link->columns[0]].name);
    }
    return link->column_count == 1 && same == 1 ? link->child->columns[link->columns[0]].name : link->name;
}

static bool has_rival(const struct link *link)
{
    for (size_t i = 0; i < link->parent->child_count; i++) {
        const struct link *other = link->parent->children[i];
        if (other != link && slice_eq(other->child->resource, link->child->resource))
            return true;
    }
    return false;
}

static bool is_hinted(const struct link *link, struct slice hint)
{
    return slice_eq(hint, link->name) ||
           (link->column_count == 1 && slice_eq(hint, link->child->columns[link->columns[0]].name));
}

/* The children that a path names. Names in the request's schema are nearest; `distance` is that of the best match so
 * far. */
struct wanted {
    struct slice schema, name, hint;
    int distance;
};

static bool is_wanted(const struct wanted *wanted, const struct link *link)
{
    return relation_called(link->child, wanted->schema, wanted->name) &&
           (!slice_present(wanted->hint) || is_hinted(link, wanted->hint)) &&
           relation_distance(link->child, wanted->schema) <= wanted->distance;
}

/* Counts the links from `parent` to the wanted children that are nearest; the first one is *found. */
static size_t count_links(const struct relation *parent, struct wanted *wanted, const struct link **found)
{
    size_t n = 0;
    wanted->distance = INT_MAX;
    for (size_t i = 0; i < parent->child_count; i++) {
        const struct link *link = parent->children[i];
        if (!is_wanted(wanted, link))
            continue;
        int distance = relation_distance(link->child, wanted->schema);
        if (distance < wanted->distance)
            n = 0;
        wanted->distance = distance;
        if (n++ == 0)
            *found = link;
    }
    return n;
}

/* The state of resolving one path. */
struct walk {
    struct arena *arena;
    struct slice schema;  /* of the profile; absent: none */
    struct slice path;    /* as in the request */
    struct slice segment; /* the segment that is being resolved, still encoded */
    struct slice rest;    /* the text after it; absent: nothing */
    struct route *route;
    size_t max_depth;
};

/* The error 300 (RFC 9110 15.4.1). The choices are links: the same path with the foreign key named. */
static struct err *ambiguous(const struct walk *walk, const struct link *first, const struct wanted *wanted)
{
    const struct relation *parent = first->parent;
    struct slice name = wanted->name;
    struct err *err = err_new(walk->arena, ERR_AMBIGUOUS, "Several foreign keys lead from %.*s to %.*s.",
                              SLICE_ARG(parent->resource), SLICE_ARG(name));
    struct buf members = buf_new(walk->arena, 256);
    struct json_out json = json_out_new(&members);
    json_out_name(&json, SLICE("choices"));
    json_out_array(&json);
    for (size_t i = 0; i < parent->child_count; i++) {
        const struct link *link = parent->children[i];
        if (!is_wanted(wanted, link))
            continue;
        struct buf href = buf_new(walk->arena, walk->path.len + 64);
        buf_put(&href, slice_head(walk->path, (size_t)(walk->segment.at - walk->path.at)));
        buf_put(&href, text_percent_encode(walk->arena, name, "$'()*:@"));
        buf_byte(&href, '!');
        /* A view may show one constraint through several columns, and a table may have one column in several
         * constraints. */
        bool by_name = slice_present(wanted->hint) && !link->by_view;
        buf_put(&href, text_percent_encode(walk->arena, by_name ? link->name : link_hint(link), ""));
        if (slice_present(walk->rest)) {
            buf_byte(&href, '/');
            buf_put(&href, walk->rest);
        }
        json_out_object(&json);
        json_out_member_string(&json, "link", buf_slice(&href));
        json_out_member_string(&json, "constraint", link->name);
        json_out_end_object(&json);
    }
    json_out_end_array(&json);
    problem_of(walk->arena, err)->members = buf_slice(&members);
    err->code = SLICE("PGRST201");
    return err_hint(walk->arena, err, "Name the foreign key by its column or constraint: %.*s!%.*s.", SLICE_ARG(name),
                    SLICE_ARG(link_hint(first)));
}

static struct err *find_link(const struct walk *walk, const struct relation *parent, struct slice name,
                             const struct link **link)
{
    struct wanted wanted = {.schema = walk->schema, .name = name};
    size_t n = count_links(parent, &wanted, link);
    if (n == 0 && slice_cut(name, '!', &wanted.name, &wanted.hint))
        n = count_links(parent, &wanted, link);
    if (n == 0)
        return err_new(walk->arena, ERR_NO_RESOURCE, "%.*s has no children \"%.*s\".", SLICE_ARG(parent->resource),
                       SLICE_ARG(name));
    return n == 1 ? NULL : ambiguous(walk, *link, &wanted);
}

/* Computes the values of the link's columns in a child of the row that `ancestor` names. */
static struct err *link_values(struct arena *arena, struct ancestor *ancestor)
{
    const struct link *link = ancestor->link;
    const struct key *key = &ancestor->relation->key;
    ancestor->values = ARENA_ARRAY(arena, struct slice, link->column_count);
    for (size_t i = 0; i < link->column_count; i++) {
        const struct column *column = &link->child->columns[link->columns[i]];
        ancestor->values[i] = SLICE_ABSENT;
        for (size_t k = 0; k < key->column_count; k++)
            if (key->columns[k] == link->parent_columns[i] &&
                !catalog_canon(arena, column, ancestor->keys[k], &ancestor->values[i]))
                return err_new(arena, ERR_NO_ROW, "The key cannot be a value of %.*s.", SLICE_ARG(column->name));
    }
    return NULL;
}

/* Where the foreign key is part of the key, the path gives both; they must be equal. */
static struct err *check_key(struct arena *arena, const struct route *route)
{
    for (size_t i = 0; i < route->relation->key.column_count; i++) {
        const struct slice *value = parent_path_value(&route->parent_path, (size_t)route->relation->key.columns[i]);
        if (value && slice_present(*value) && !slice_eq(*value, route->keys[i]))
            return err_new(arena, ERR_NO_ROW, "The row with this key belongs to another %.*s.",
                           SLICE_ARG(parent_path_parent(&route->parent_path)->relation->resource));
    }
    return NULL;
}

/* Makes the item that was found so far an ancestor of the next segment's resource. */
static struct err *descend(struct walk *walk, struct slice name)
{
    struct route *route = walk->route;
    if (route->parent_path.count + 1 >= walk->max_depth)
        return err_new(walk->arena, ERR_NO_RESOURCE, "The path is more than %zu resources deep.", walk->max_depth);
    struct ancestor *ancestor = &route->parent_path.ancestors[route->parent_path.count];
    *ancestor = (struct ancestor){.relation = route->relation, .keys = route->keys, .keys_exact = route->keys_exact};
    TRY(find_link(walk, route->relation, name, &ancestor->link));
    TRY(link_values(walk->arena, ancestor));
    route->parent_path.count++;
    route->relation = ancestor->link->child;
    return NULL;
}

/* Resolves resource[/key[/resource[/key …]]]. */
static struct err *find_rows(struct walk *walk, const struct catalog *catalog)
{
    struct route *route = walk->route;
    struct slice rest = walk->rest, key, name;
    route->parent_path.ancestors = ARENA_ARRAY(walk->arena, struct ancestor, walk->max_depth);
    while (slice_present(rest)) {
        slice_cut(rest, '/', &walk->segment, &walk->rest);
        TRY(decode(walk->arena, walk->segment, &name));
        if (route->relation)
            TRY(descend(walk, name));
        else
            route->relation = catalog_profile(catalog, walk->schema, name);
        if (!route->relation)
            return slice_present(walk->rest) ? no_resource(walk->arena, name)
                                             : no_table(walk->arena, catalog, walk->schema, name);
        route->kind = ROUTE_COLLECTION;
        route->keys = NULL;
        if (!slice_present(walk->rest))
            return NULL;
        if (route->relation->key.column_count == 0)
            return err_new(walk->arena, ERR_NO_RESOURCE, "%.*s has no key, so it has no items.", SLICE_ARG(name));
        slice_cut(walk->rest, '/', &key, &rest);
        route->kind = ROUTE_ITEM;
        TRY(read_key(walk->arena, route->relation, key, &route->keys, &route->keys_exact));
        TRY(check_key(walk->arena, route));
    }
    return NULL;
}

struct err *route_find(struct arena *arena, const struct catalog *catalog, struct slice schema, struct slice base_path,
                       size_t max_depth, struct slice path, struct route *out)
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
        err->code = SLICE("PGRST002");
        err->retry_after = 1;
        return err;
    }
    if (slice_eq(name, SLICE("rpc")) && tail.len && slice_find(tail, '/') == tail.len) {
        out->kind = ROUTE_FUNCTION;
        return decode(arena, tail, &out->function);
    }
    struct walk walk = {
        .arena = arena, .schema = schema, .path = path, .rest = rest, .route = out, .max_depth = max_depth};
    return find_rows(&walk, catalog);
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
    if (!keys || (relation->key.column_count == 1 && keys[0].len == 0))
        return SLICE_ABSENT; /* with an empty key it would be the collection's path */
    struct buf buf = buf_new(arena, 64);
    put_collection(&buf, base_path, relation);
    for (size_t i = 0; i < relation->key.column_count; i++) {
        buf_byte(&buf, i ? ',' : '/');
        buf_put(&buf, text_percent_encode(arena, keys[i], "!$'()*:@"));
    }
    return buf_slice(&buf);
}

struct slice route_children_path(struct arena *arena, struct slice parent, const struct link *link)
{
    struct buf buf = buf_new(arena, parent.len + 64);
    buf_put(&buf, parent);
    put_collection(&buf, SLICE(""), link->child);
    if (has_rival(link)) {
        buf_byte(&buf, '!');
        buf_put(&buf, text_percent_encode(arena, link_hint(link), ""));
    }
    return buf_slice(&buf);
}
