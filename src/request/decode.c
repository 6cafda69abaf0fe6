/* The step `decode`: reads the content, parses it by its media type, and shapes it by columns= and Prefer: missing=.
 * The content of function calls is decoded in functions.c. */
#include "request.h"

#include "midair/catalog/policy.h"
#include "midair/json/tabular.h"

static bool is_collection(const struct request *r)
{
    return request_route(r)->kind == ROUTE_COLLECTION;
}

static bool may_carry_tag(const struct request *r)
{
    bool many = is_collection(r) && r->collect.method == METHOD_PATCH;
    return (many || !is_collection(r)) && request_route(r)->relation->policy->body_etag &&
           r->conditions.preconds.if_match.kind == TAGS_ABSENT;
}

/* Whether the content may be an array of rows that contain their own keys and tags. */
static bool may_be_bulk(const struct request *r)
{
    bool merge = r->allow.content == CONTENT_MERGE_PATCH || r->allow.content == CONTENT_JSON;
    if (!is_collection(r) || !r->in->has_body)
        return false;
    return r->collect.method == METHOD_DELETE || (r->collect.method == METHOD_PATCH && merge);
}

/* The value of a column that a row of an array does not contain. */
static enum absent_rule absent_rule(const struct request *r)
{
    bool postgrest = r->collect.postgrest;
    if (r->collect.prefer.missing != MISSING_UNSET)
        return r->collect.prefer.missing == MISSING_NULL ? ABSENT_NULL : ABSENT_DEFAULT;
    if (r->params.query.columns.given)
        return postgrest ? ABSENT_NULL : ABSENT_DEFAULT;
    return postgrest ? ABSENT_REFUSED : ABSENT_DEFAULT;
}

static struct err *shape(const struct request *r, struct json *document)
{
    const struct names *columns = &r->params.query.columns;
    if (r->allow.content == CONTENT_JSON_PATCH || r->allow.content == CONTENT_UPDATE)
        return NULL;
    if (r->params.by_filter && document->kind == JSON_ARRAY && document->count == 1)
        *document = document->items[0];
    if (r->collect.method != METHOD_POST && !columns->given)
        return NULL;
    return shape_rows(r->arena, columns, absent_rule(r), request_route(r)->relation->policy->etag_field, document);
}

/* `curl -d` sends JSON as a form unless it is told otherwise. */
static struct err *check_form(const struct request *r)
{
    struct slice body = slice_trim(r->in->body);
    if (!slice_starts(body, SLICE("{")) && !slice_starts(body, SLICE("[")))
        return NULL;
    return err_hint(r->arena,
                    err_at(r->arena, ERR_BAD_CONTENT, 0,
                           "The content is JSON, but its Content-Type is application/x-www-form-urlencoded."),
                    RESPOND_JSON_HINT);
}

static struct err *read_document(const struct request *r, struct content *out)
{
    const struct json_limits limits = {
        .depth = r->options->json_depth, .nodes = r->options->json_nodes, .bytes = r->options->max_body};
    TRY(exchange_read_body(r->exchange, r->options->max_body));
    if (r->in->body.len == 0)
        return err_at(r->arena, ERR_BAD_JSON, 0, "The request has no content.");
    if (r->allow.content == CONTENT_CSV)
        TRY(csv_parse(r->arena, r->in->body, limits, &out->document));
    else if (r->allow.content == CONTENT_FORM)
        TRY(check_form(r));
    if (r->allow.content == CONTENT_FORM)
        TRY(form_parse(r->arena, r->in->body, limits, &out->document));
    else if (r->allow.content != CONTENT_CSV)
        TRY(json_parse(r->arena, r->in->body, limits, &out->document));
    out->present = true;
    return shape(r, &out->document);
}

/* Where the setting `body_etag` is on, a tag in the content takes the place of If-Match. */
static struct err *use_tag_in_content(const struct request *r, struct content *out)
{
    struct slice tag;
    TRY(content_etag(r->arena, request_route(r)->relation, &out->document, &tag));
    if (!slice_present(tag))
        return NULL;
    TRY(tag_list_parse(r->arena, tag, &out->preconds.if_match));
    out->preconds.has_unmodified_since = false; /* RFC 9110 13.1.4: ignored when If-Match is present */
    out->conditional = true;
    return NULL;
}

/* 428 for a write that must be conditional and is not (RFC 6585 3). */
static struct err *require_condition(const struct request *r, const struct content *content)
{
    enum method method = r->collect.method;
    bool upsert = is_collection(r) && method == METHOD_PUT; /* checked for each element */
    if (upsert || content->conditional || content->bulk ||
        !plan_needs_precondition(request_route(r)->relation, method, r->collect.postgrest))
        return NULL;
    struct err *err =
        err_new(r->arena, ERR_PRECONDITION_REQUIRED,
                "%s needs If-Match here, so that it does not overwrite a change that the client has not seen.",
                method_name(method));
    return err_hint(r->arena, err,
                    "GET the resource, apply your change, and send it with the ETag of that response: If-Match: "
                    "\"...\". If-Match: * matches any current state.%s",
                    method == METHOD_PUT ? " If-None-Match: * creates it, and only if it does not exist yet." : "");
}

/* Whether the array means its only element, as it does to PostgREST for a PATCH. */
static bool means_its_only(const struct request *r, const struct json *document)
{
    const struct json *only = document->items;
    return r->collect.postgrest && r->collect.method == METHOD_PATCH && document->kind == JSON_ARRAY &&
           document->count == 1 && only->kind == JSON_OBJECT && (only->count == 0 || r->params.query.filters);
}

static struct err *decode_bulk(const struct request *r, struct content *out)
{
    if (means_its_only(r, &out->document))
        out->document = out->document.items[0];
    out->bulk = out->document.kind == JSON_ARRAY;
    if (!out->bulk && r->collect.method == METHOD_DELETE)
        return err_at(r->arena, ERR_BAD_CONTENT, out->document.position,
                      "The content of this DELETE must be an array of rows; a DELETE by filter needs no content.");
    return NULL;
}

bool decode_waits(const struct request *r, const struct err *err, const struct content *content)
{
    const struct route *route = request_route(r);
    if (err->kind == ERR_PRECONDITION_REQUIRED)
        return content->preconds.if_none_match.kind != TAGS_ABSENT;
    if (err->kind != ERR_BAD_JSON && err->kind != ERR_BAD_CSV && err->kind != ERR_BAD_CONTENT &&
        err->kind != ERR_CONTENT_TOO_LARGE)
        return false;
    if (route->kind == ROUTE_ITEM && (!route->keys_exact || preconds_any(&content->preconds)))
        return true;
    bool by_filter = !content->bulk && r->params.query.filters && r->collect.method != METHOD_POST;
    if (route->kind == ROUTE_COLLECTION && by_filter && preconds_any(&content->preconds))
        return true;
    bool by_parent = route->parent_path.count && content->preconds.if_match.kind == TAGS_LIST;
    return by_parent || r->conditions.guarded_rows.count;
}

static struct err *read_rows(const struct request *r, bool tag, bool bulk, struct content *out)
{
    TRY(read_document(r, out));
    if (tag)
        TRY(use_tag_in_content(r, out));
    if (bulk)
        TRY(decode_bulk(r, out));
    return tag || bulk ? require_condition(r, out) : NULL;
}

struct err *rows_decode(const struct request *r, struct content *out)
{
    bool writes = r->allow.content != CONTENT_NONE, deletes = r->collect.method == METHOD_DELETE && r->in->has_body;
    bool tag = may_carry_tag(r) && (writes || deletes), bulk = may_be_bulk(r);
    struct err *err = NULL;
    if (request_reads(r))
        return NULL;
    if (!tag && !bulk) /* content cannot make the write conditional, so it need not be read for that */
        err = require_condition(r, out);
    if (!err && (writes || tag || bulk))
        err = read_rows(r, tag, bulk, out);
    if (!err || !decode_waits(r, err, out))
        return err;
    out->refused = err;
    return NULL;
}

struct err *step_decode(const struct request *r, struct content *out)
{
    const struct kind *kind = request_kind(r);
    out->preconds = r->conditions.preconds;
    out->conditional = r->conditions.conditional;
    return kind->decode ? kind->decode(r, out) : NULL;
}
