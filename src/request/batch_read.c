/* Reading the document of a batch. Every mistake in its form makes the whole batch 400 before anything runs. */
#include "batch.h"

#include "midair/http/field.h"

/* One batch while it is read. */
struct reading {
    const struct request *r;
    struct batch_document *batch;
    struct map groups; /* -> struct batch_group */
};

static struct err *wrong(const struct reading *reading, const struct json *at, const struct batch_item *item,
                         const char *what)
{
    struct slice id = slice_present(item->id) ? item->id : SLICE("");
    return err_at(reading->r->arena, ERR_BAD_CONTENT, at->position, "Request %zu%s%.*s%s: %s", item->index + 1,
                  id.len ? " (id " : "", SLICE_ARG(slice_head(id, 60)), id.len ? ")" : "", what);
}

/* ---- single members ---- */

/* Ids and names of groups: what can stand behind $ in a URL. */
static bool is_name(struct slice name, bool slashes)
{
    enum { NAME_MAX_BYTES = 100 };
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && !strchr("-_.:", c) && !(slashes && c == '/' && i && i + 1 < name.len && name.at[i - 1] != '/'))
            return false;
    }
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

static struct err *read_id(struct reading *reading, const struct json *json, const struct json *value,
                           struct batch_item *item)
{
    bool text = value && (value->kind == JSON_STRING || value->kind == JSON_NUMBER);
    if (!text || !is_name(value->text, false))
        return wrong(reading, value ? value : json, item,
                     "it needs an id of letters, digits, and - _ . :, at most 100 of them.");
    item->id = value->text;
    if (map_get(&reading->groups, item->id) || map_put(&reading->batch->ids, item->id, item))
        return wrong(reading, value, item, "its id is used before.");
    return NULL;
}

static struct err *read_text(const struct reading *reading, const struct json *json, const char *name,
                             const struct batch_item *item, struct slice *out)
{
    const struct json *value = json_member(json, slice_of(name));
    if (!value || value->kind != JSON_STRING || value->text.len == 0)
        return wrong(reading, value ? value : json, item,
                     arena_printf(reading->r->arena, "it needs a %s, which is a string.", name).at);
    *out = value->text;
    return NULL;
}

/* Fields of the connection and of framing mean nothing inside a batch. Credentials are those of the batch. */
static bool is_outer(struct slice name)
{
    static const char *const names[] = {"Host",          "Content-Length", "Transfer-Encoding",
                                        "Connection",    "Expect",         "Accept-Encoding",
                                        "Authorization", "Cookie",         "Origin"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (slice_eq_nocase(name, slice_of(names[i])))
            return true;
    return false;
}

static void add_field(struct batch_item *item, struct slice name, struct slice value)
{
    item->fields.items[item->fields.count++] = (struct field){.name = name, .value = slice_trim(value)};
}

static struct err *read_fields(const struct reading *reading, const struct json *json, struct batch_item *item)
{
    const struct json *headers = json_member(json, SLICE("headers"));
    const struct fields *outer = &reading->r->in->fields;
    size_t most = outer->count + (headers ? headers->count : 0);
    item->fields.items = ARENA_ARRAY(reading->r->arena, struct field, most);
    for (size_t i = 0; i < outer->count; i++)
        if (slice_eq_nocase(outer->items[i].name, SLICE("Authorization")) ||
            slice_eq_nocase(outer->items[i].name, SLICE("Cookie")))
            add_field(item, outer->items[i].name, outer->items[i].value);
    if (headers && headers->kind != JSON_OBJECT)
        return wrong(reading, headers, item, "its headers must be an object of strings.");
    for (size_t i = 0; headers && i < headers->count; i++) {
        const struct json_member *member = &headers->members[i];
        if (member->value.kind != JSON_STRING || !response_may_set(member->name, member->value.text))
            return wrong(reading, &member->value, item,
                         "each of its headers is a field name with a string without control characters.");
        if (!is_outer(member->name))
            add_field(item, member->name, member->value.text);
    }
    return NULL;
}

static struct err *read_lock(const struct reading *reading, const struct json *json, struct batch_item *item)
{
    const struct json *value = json_member(json, SLICE("lock"));
    if (!value)
        return NULL;
    bool share = value->kind == JSON_STRING && slice_eq(value->text, SLICE("share"));
    bool update = value->kind == JSON_STRING && slice_eq(value->text, SLICE("update"));
    if (!share && !update)
        return wrong(reading, value, item, "lock is \"share\" or \"update\".");
    if (!slice_eq(item->method, SLICE("GET")))
        return wrong(reading, value, item, "only a GET has a lock; a write locks its rows by itself.");
    if (!item->group)
        return wrong(reading, value, item, "a lock lasts until the end of an atomicity group, so it needs one.");
    item->lock = share ? READ_LOCK_SHARE : READ_LOCK_UPDATE;
    return NULL;
}

static struct err *read_isolation(const struct reading *reading, const struct json *json, struct batch_item *item)
{
    const struct json *value = json_member(json, SLICE("isolation"));
    static const struct {
        struct slice name;
        enum isolation isolation;
    } levels[] = {{SLICE_LITERAL("read-committed"), ISOLATION_COMMITTED},
                  {SLICE_LITERAL("repeatable-read"), ISOLATION_REPEATABLE},
                  {SLICE_LITERAL("serializable"), ISOLATION_SERIALIZABLE}};
    struct batch_group *group = item->group;
    if (!value)
        return NULL;
    if (!group)
        return wrong(reading, value, item, "isolation is that of an atomicity group, so it needs one.");
    while (group->parent)
        group = group->parent;
    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
        if (value->kind == JSON_STRING && slice_eq(value->text, levels[i].name)) {
            group->isolation = levels[i].isolation > group->isolation ? levels[i].isolation : group->isolation;
            return NULL;
        }
    return wrong(reading, value, item, "isolation is \"read-committed\", \"repeatable-read\" or \"serializable\".");
}

/* ---- groups ---- */

static struct batch_group *new_group(struct reading *reading, struct slice name, struct batch_group *parent,
                                     size_t first)
{
    struct batch_document *batch = reading->batch;
    struct batch_group *group = ARENA_NEW(reading->r->arena, struct batch_group);
    *group = (struct batch_group){.name = name, .parent = parent, .first = first, .end = first};
    batch->groups[batch->group_count++] = group;
    map_put(&reading->groups, name, group);
    return group;
}

/* Finds or begins the group "a/b/c" and those around it. The requests of a group follow each other. */
static struct err *enter_group(struct reading *reading, const struct json *value, struct batch_item *item)
{
    struct slice path = value->text;
    struct batch_group *parent = NULL;
    size_t depth = 0;
    for (size_t end = 0; end <= path.len; end++) {
        if (end < path.len && path.at[end] != '/')
            continue;
        struct slice name = slice_head(path, end);
        struct batch_group *group = map_get(&reading->groups, name);
        if (++depth > BATCH_DEPTH_MAX)
            return wrong(reading, value, item, "its atomicityGroup is nested too deep.");
        if (map_get(&reading->batch->ids, name))
            return wrong(reading, value, item, "its atomicityGroup has the id of a request.");
        if (group && group->end != item->index)
            return wrong(reading, value, item, "the requests of an atomicityGroup must follow each other.");
        if (!group)
            group = new_group(reading, name, parent, item->index);
        group->end = item->index + 1;
        parent = group;
    }
    item->group = parent;
    return NULL;
}

static struct err *read_group(struct reading *reading, const struct json *json, struct batch_item *item)
{
    const struct json *value = json_member(json, SLICE("atomicityGroup"));
    if (!value || value->kind == JSON_NULL)
        return NULL;
    if (value->kind != JSON_STRING || !is_name(value->text, true))
        return wrong(reading, value, item, "its atomicityGroup must be a name, or names joined by /.");
    return enter_group(reading, value, item);
}

/* ---- dependencies ---- */

static void add_need(struct batch_item *item, size_t index)
{
    for (size_t i = 0; i < item->need_count; i++)
        if (item->needs[i] == index)
            return;
    item->needs[item->need_count++] = index;
}

static struct err *need_group(const struct reading *reading, const struct json *value, struct batch_item *item,
                              const struct batch_group *group)
{
    if (group->end > item->index)
        return wrong(reading, value, item, "it depends on the atomicityGroup that it is in.");
    for (size_t i = group->first; i < group->end; i++)
        add_need(item, i);
    return NULL;
}

/* Whether `later` depends on `item` itself, so that the two wait for each other. */
static bool is_cycle(const struct json *documents, const struct batch_item *later, const struct batch_item *item)
{
    const struct json *list = json_member(&documents[later->index], SLICE("dependsOn"));
    for (size_t i = 0; list && list->kind == JSON_ARRAY && i < list->count; i++)
        if (list->items[i].kind == JSON_STRING && slice_eq(list->items[i].text, item->id))
            return true;
    return false;
}

static struct err *read_need(const struct reading *reading, const struct json *documents, const struct json *value,
                             struct batch_item *item)
{
    struct arena *arena = reading->r->arena;
    bool text = value->kind == JSON_STRING || value->kind == JSON_NUMBER;
    struct batch_group *group = text ? map_get(&reading->groups, value->text) : NULL;
    struct batch_item *found = text ? map_get(&reading->batch->ids, value->text) : NULL;
    if (group)
        return need_group(reading, value, item, group);
    if (!found)
        return wrong(reading, value, item, "dependsOn lists ids of earlier requests and groups; this is none.");
    if (found == item)
        return wrong(reading, value, item, "it depends on itself.");
    if (found->index < item->index) {
        add_need(item, found->index);
        return NULL;
    }
    const char *form = is_cycle(documents, found, item)
                           ? "it and request %zu (id %.*s) depend on each other."
                           : "it depends on request %zu (id %.*s), which comes later; requests run in their order.";
    return wrong(reading, value, item, arena_printf(arena, form, found->index + 1, SLICE_ARG(found->id)).at);
}

static struct err *read_needs(const struct reading *reading, const struct json *documents, struct batch_item *item)
{
    const struct json *list = json_member(&documents[item->index], SLICE("dependsOn"));
    item->needs = ARENA_ARRAY(reading->r->arena, size_t, item->index + 1);
    if (!list || list->kind == JSON_NULL)
        return NULL;
    if (list->kind != JSON_ARRAY)
        return wrong(reading, list, item, "dependsOn is an array of ids.");
    for (size_t i = 0; i < list->count; i++)
        TRY(read_need(reading, documents, &list->items[i], item));
    return NULL;
}

/* ---- the document ---- */

static struct err *check_members(const struct reading *reading, const struct json *json, const struct batch_item *item)
{
    static const char *const known[] = {"id",        "method", "url",      "headers", "body", "atomicityGroup",
                                        "dependsOn", "lock",   "isolation"};
    for (size_t i = 0; i < json->count; i++) {
        size_t k = 0;
        while (k < sizeof(known) / sizeof(*known) && !slice_eq(json->members[i].name, slice_of(known[k])))
            k++;
        if (k == sizeof(known) / sizeof(*known))
            return wrong(reading, &json->members[i].value, item,
                         arena_printf(reading->r->arena, "a request of a batch has no member \"%.*s\".",
                                      SLICE_ARG(slice_head(json->members[i].name, 60)))
                             .at);
    }
    return NULL;
}

/* OData 4.01 writes methods in lower case as well. */
static struct slice upper(struct arena *arena, struct slice text)
{
    struct slice copy = arena_copy(arena, text);
    char *bytes = (char *)(uintptr_t)copy.at;
    for (size_t i = 0; i < copy.len; i++)
        if (bytes[i] >= 'a' && bytes[i] <= 'z')
            bytes[i] = (char)(bytes[i] - 'a' + 'A');
    return copy;
}

static struct err *read_item(struct reading *reading, const struct json *json, struct batch_item *item)
{
    struct arena *arena = reading->r->arena;
    if (json->kind != JSON_OBJECT)
        return wrong(reading, json, item, "each request of a batch must be an object.");
    TRY(read_id(reading, json, json_member(json, SLICE("id")), item));
    TRY(check_members(reading, json, item));
    TRY(read_text(reading, json, "method", item, &item->method));
    TRY(read_text(reading, json, "url", item, &item->url));
    if (slice_find(item->url, '#') < item->url.len || slice_find(item->url, ' ') < item->url.len ||
        !response_may_set(SLICE("Url"), item->url))
        return wrong(reading, json, item, "its url must be a path with an optional query.");
    item->method = upper(arena, item->method);
    TRY(read_group(reading, json, item));
    TRY(read_fields(reading, json, item));
    TRY(read_lock(reading, json, item));
    TRY(read_isolation(reading, json, item));
    item->body = json_member(json, SLICE("body"));
    if (item->group && slice_present(field_get(arena, &item->fields, "Idempotency-Key")))
        return wrong(reading, json, item, "in an atomicityGroup, Idempotency-Key belongs to the batch as a whole.");
    return NULL;
}

static struct err *check_document(const struct request *r, const struct json *document, const struct json **requests)
{
    *requests = document->kind == JSON_OBJECT ? json_member(document, SLICE("requests")) : NULL;
    if (!*requests || (*requests)->kind != JSON_ARRAY || document->count != 1)
        return err_at(r->arena, ERR_BAD_CONTENT, document->position,
                      "A batch is an object with the one member \"requests\", an array.");
    if ((*requests)->count <= r->options->batch_max)
        return NULL;
    const struct json *over = &(*requests)->items[r->options->batch_max];
    return err_at(r->arena, ERR_BAD_CONTENT, over->position,
                  "Request %zu is one too many: a batch has at most %zu requests, and this one has %zu.",
                  r->options->batch_max + 1, r->options->batch_max, (*requests)->count);
}

struct err *batch_read(const struct request *r, const struct json *document, struct batch_document *out)
{
    const struct json *requests;
    TRY(check_document(r, document, &requests));
    struct reading reading = {.r = r, .batch = out, .groups = map_new(r->arena)};
    *out = (struct batch_document){.count = requests->count, .ids = map_new(r->arena)};
    out->items = ARENA_ARRAY(r->arena, struct batch_item, out->count);
    out->groups = ARENA_ARRAY(r->arena, struct batch_group *, out->count * BATCH_DEPTH_MAX);
    for (size_t i = 0; i < out->count; i++) {
        out->items[i].index = i;
        TRY(read_item(&reading, &requests->items[i], &out->items[i]));
    }
    for (size_t i = 0; i < out->count; i++)
        TRY(read_needs(&reading, requests->items, &out->items[i]));
    for (size_t i = 0; i < out->count; i++)
        TRY(batch_find_references(r, out, &out->items[i]));
    return NULL;
}

const struct batch_item *batch_find(const struct batch_document *batch, struct slice id, size_t before)
{
    const struct batch_item *found = map_get(&batch->ids, id);
    return found && found->index < before ? found : NULL;
}
