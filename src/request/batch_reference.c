/* References to the results of earlier requests of a batch:
 *
 *     $1/items, /$1/items    URL: the path of the resource that request 1 was about or created
 *     /orders/$1             URL: its key
 *     If-Match: $1           the tag that request 1 answered
 *     "$1"                   in a body: the key of its row
 *     "$1/status"            in a body: a member of the content that it answered
 *
 * A string in a body is a reference only where dependsOn lists the request; "$$1" is the text "$1". So a text that
 * looks like a reference is never replaced unless that was asked for. */
#include "batch.h"

#include "midair/http/field.h"
#include "midair/http/negotiate.h"
#include "midair/json/gate.h"
#include "midair/json/write.h"

static struct err *wrong(const struct request *r, const struct batch_item *item, const char *what, struct slice id)
{
    return err_new(r->arena, ERR_BAD_CONTENT, what, item->index + 1, SLICE_ARG(slice_head(item->id, 60)),
                   SLICE_ARG(slice_head(id, 60)));
}

/* Cuts `$ID` or `$ID/member`. */
static bool read_reference(struct slice text, struct slice *id, struct slice *member)
{
    if (!slice_starts(text, SLICE("$")) || slice_starts(text, SLICE("$$")))
        return false;
    slice_cut(slice_from(text, 1), '/', id, member);
    return id->len > 0;
}

static bool needs(const struct batch_item *item, size_t index)
{
    for (size_t i = 0; i < item->need_count; i++)
        if (item->needs[i] == index)
            return true;
    return false;
}

/* ---- finding ---- */

/* A reference where nothing else can be meant: it makes the request a dependent one. */
static struct err *need(const struct request *r, const struct batch_document *batch, struct batch_item *item,
                        struct slice id)
{
    const struct batch_item *found = batch_find(batch, id, item->index);
    item->refers = true;
    if (!found)
        return wrong(r, item, "Request %zu (id %.*s): it refers to $%.*s, but no earlier request has this id.", id);
    if (!needs(item, found->index))
        item->needs[item->need_count++] = found->index;
    return NULL;
}

static struct err *find_in_url(const struct request *r, const struct batch_document *batch, struct batch_item *item)
{
    struct slice path, query, segment, rest, id, member;
    slice_cut(item->url, '?', &path, &query);
    rest = path;
    while (slice_present(rest)) {
        slice_cut(rest, '/', &segment, &rest);
        if (read_reference(segment, &id, &member))
            TRY(need(r, batch, item, id));
    }
    return NULL;
}

static bool takes_tag(struct slice name)
{
    return slice_eq_nocase(name, SLICE("If-Match")) || slice_eq_nocase(name, SLICE("If-None-Match"));
}

static struct err *find_in_fields(const struct request *r, const struct batch_document *batch, struct batch_item *item)
{
    struct slice id, member;
    for (size_t i = 0; i < item->fields.count; i++)
        if (takes_tag(item->fields.items[i].name) && read_reference(item->fields.items[i].value, &id, &member))
            TRY(need(r, batch, item, id));
    return NULL;
}

static struct err *find_in_text(const struct request *r, const struct batch_document *batch, struct batch_item *item,
                                struct slice text)
{
    struct slice id, member;
    bool escaped = slice_starts(text, SLICE("$$")) && read_reference(slice_from(text, 1), &id, &member);
    if (!escaped && !read_reference(text, &id, &member))
        return NULL;
    const struct batch_item *found = batch_find(batch, id, batch->count);
    if (!found)
        return NULL;
    item->refers = true;
    if (escaped || needs(item, found->index))
        return NULL;
    return err_hint(r->arena,
                    wrong(r, item,
                          "Request %zu (id %.*s): its body refers to $%.*s, which is not an earlier request that its "
                          "dependsOn lists.",
                          id),
                    "List the request in dependsOn; for the text itself, write $$ in place of $.");
}

static struct err *find_in_body(const struct request *r, const struct batch_document *batch, struct batch_item *item,
                                const struct json *json)
{
    if (json->kind == JSON_STRING)
        return find_in_text(r, batch, item, json->text);
    for (size_t i = 0; i < json->count; i++)
        TRY(find_in_body(r, batch, item, json->kind == JSON_ARRAY ? &json->items[i] : &json->members[i].value));
    return NULL;
}

struct err *batch_find_references(const struct request *r, struct batch_document *batch, struct batch_item *item)
{
    TRY(find_in_url(r, batch, item));
    TRY(find_in_fields(r, batch, item));
    return item->body ? find_in_body(r, batch, item, item->body) : NULL;
}

/* ---- values ---- */

static struct err *no_value(const struct request *r, const struct batch_item *item, struct slice id, const char *what)
{
    return err_new(r->arena, ERR_BAD_CONTENT, "Request %zu (id %.*s) refers to $%.*s, whose result has no %s.",
                   item->index + 1, SLICE_ARG(slice_head(item->id, 60)), SLICE_ARG(slice_head(id, 60)), what);
}

/* A member of the content that a request answered. */
static struct slice member_of(const struct request *r, const struct batch_item *of, struct slice name)
{
    const struct json_limits limits = {.depth = JSON_DEPTH_MAX};
    struct json content;
    const struct json *value;
    if (!of->answer || json_parse(r->arena, of->answer->body, limits, &content))
        return SLICE_ABSENT;
    value = json_member(content.kind == JSON_ARRAY && content.count == 1 ? content.items : &content, name);
    if (!value)
        return SLICE_ABSENT;
    struct buf text = buf_new(r->arena, 64);
    json_put_value(&text, value);
    return buf_slice(&text);
}

/* ---- resolving ---- */

static struct err *resolve_segment(const struct request *r, const struct batch_document *batch,
                                   const struct batch_item *item, struct slice segment, bool first, struct buf *out)
{
    struct slice id, member;
    if (!read_reference(segment, &id, &member)) {
        buf_put(out, segment);
        return NULL;
    }
    const struct batch_item *found = batch_find(batch, id, item->index);
    struct slice path = found->path;
    if (!slice_present(path) || (!first && !found->is_row))
        return no_value(r, item, id, first ? "URL" : "key");
    size_t last = path.len;
    while (last > 0 && path.at[last - 1] != '/')
        last--;
    buf_put(out, first ? path : slice_from(path, last));
    return NULL;
}

/* Makes an absolute path with its query. A URL that begins with a reference is that resource's; others are below the
 * base path, whether they say so or not. */
static struct err *resolve_url(const struct request *r, const struct batch_document *batch,
                               const struct batch_item *item, struct http_request *in)
{
    struct slice base = r->options->base_path, path, segment, rest;
    struct buf out = buf_new(r->arena, item->url.len + 64);
    bool first = true;
    slice_cut(item->url, '?', &path, &in->query);
    bool refers = slice_starts(path, SLICE("$")) || slice_starts(path, SLICE("/$"));
    bool below = slice_starts(path, base) && (path.len == base.len || path.at[base.len] == '/');
    if (!refers && !(base.len && below))
        buf_put(&out, base);
    if (!refers && !slice_starts(path, SLICE("/")))
        buf_byte(&out, '/');
    rest = refers && path.at[0] == '/' ? slice_from(path, 1) : path;
    while (slice_present(rest)) {
        slice_cut(rest, '/', &segment, &rest);
        if (!first)
            buf_byte(&out, '/');
        TRY(resolve_segment(r, batch, item, segment, first && refers, &out));
        first = false;
    }
    in->path = buf_slice(&out);
    return NULL;
}

static struct err *resolve_fields(const struct request *r, const struct batch_document *batch,
                                  const struct batch_item *item, struct http_request *in)
{
    struct slice id, member;
    in->fields.items = ARENA_ARRAY(r->arena, struct field, item->fields.count);
    in->fields.count = item->fields.count;
    for (size_t i = 0; i < item->fields.count; i++) {
        struct field *field = &in->fields.items[i];
        *field = item->fields.items[i];
        if (!takes_tag(field->name) || !read_reference(field->value, &id, &member))
            continue;
        const struct http_response *answer = batch_find(batch, id, item->index)->answer;
        field->value = answer ? response_get(answer, "ETag") : SLICE_ABSENT;
        if (!slice_present(field->value))
            return no_value(r, item, id, "entity tag");
    }
    return NULL;
}

static struct err *resolve_text(const struct request *r, const struct batch_document *batch,
                                const struct batch_item *item, const struct json *json, struct buf *out)
{
    struct slice id, member, value;
    bool escaped = slice_starts(json->text, SLICE("$$"));
    struct slice text = slice_from(json->text, escaped);
    const struct batch_item *found = read_reference(text, &id, &member) ? batch_find(batch, id, batch->count) : NULL;
    if (!found || escaped) {
        json_put_string(out, found ? text : json->text);
        return NULL;
    }
    value = slice_present(member) ? member_of(r, found, member) : found->key;
    if (!slice_present(value))
        return no_value(r, item, id, slice_present(member) ? "such member" : "key of one column");
    buf_put(out, value);
    return NULL;
}

static struct err *resolve_json(const struct request *r, const struct batch_document *batch,
                                const struct batch_item *item, const struct json *json, struct buf *out)
{
    if (json->kind == JSON_STRING)
        return resolve_text(r, batch, item, json, out);
    if (json->kind != JSON_ARRAY && json->kind != JSON_OBJECT) {
        json_put_value(out, json);
        return NULL;
    }
    bool array = json->kind == JSON_ARRAY;
    buf_byte(out, array ? '[' : '{');
    for (size_t i = 0; i < json->count; i++) {
        if (i)
            buf_byte(out, ',');
        if (!array) {
            json_put_string(out, json->members[i].name);
            buf_byte(out, ':');
        }
        TRY(resolve_json(r, batch, item, array ? &json->items[i] : &json->members[i].value, out));
    }
    buf_byte(out, array ? ']' : '}');
    return NULL;
}

/* Content that is not JSON is in a string. */
static bool is_json(struct arena *arena, const struct fields *fields)
{
    struct slice field = field_get(arena, fields, "Content-Type");
    struct media_type type;
    return !slice_present(field) || !media_type_parse(arena, field, &type) || slice_ends(type.essence, SLICE("json"));
}

static struct err *resolve_body(const struct request *r, const struct batch_document *batch,
                                const struct batch_item *item, struct http_request *in)
{
    in->has_body = item->body && item->body->kind != JSON_NULL;
    in->body = SLICE("");
    if (!in->has_body)
        return NULL;
    if (!is_json(r->arena, &in->fields)) {
        in->body = item->body->text;
        return item->body->kind == JSON_STRING
                   ? NULL
                   : wrong(r, item, "Request %zu (id %.*s): content that is not JSON is a string.%.*s", SLICE(""));
    }
    struct buf out = buf_new(r->arena, item->body->raw.len);
    if (item->refers)
        TRY(resolve_json(r, batch, item, item->body, &out));
    in->body = item->refers ? buf_slice(&out) : item->body->raw;
    return NULL;
}

struct err *batch_resolve(const struct request *r, const struct batch_document *batch, const struct batch_item *item,
                          struct http_request *in)
{
    *in = (struct http_request){.method = method_of(item->method),
                                .method_text = item->method,
                                .version_minor = 1,
                                .peer = r->in->peer,
                                .id = r->in->id};
    TRY(resolve_url(r, batch, item, in));
    TRY(resolve_fields(r, batch, item, in));
    return resolve_body(r, batch, item, in);
}
