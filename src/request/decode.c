/* Content: read, passed through the gate, and turned into changes. */
#include "request.h"

#include "midair/catalog/policy.h"
#include "midair/json/tabular.h"

static bool brings_content(const struct request *r)
{
    return r->content != CONTENT_NONE;
}

static bool tag_in_content(const struct request *r)
{
    bool many = r->route.kind == ROUTE_COLLECTION && r->method == METHOD_PATCH;
    return (r->route.kind == ROUTE_ITEM || many) && r->route.relation->policy->body_etag &&
           r->plan.preconds.if_match.kind == TAGS_ABSENT;
}

struct err *request_document(struct request *r)
{
    if (r->has_document)
        return NULL;
    struct json_limits limits = {
        .depth = r->options->json_depth, .nodes = r->options->json_nodes, .bytes = r->options->max_body};
    TRY(exchange_read_body(r->exchange, r->options->max_body));
    if (r->in->body.len == 0)
        return err_at(r->arena, ERR_BAD_JSON, 0, "The request has no content.");
    switch (r->content) {
    case CONTENT_CSV:
        TRY(csv_parse(r->arena, r->in->body, limits, &r->document));
        break;
    case CONTENT_FORM:
        TRY(form_parse(r->arena, r->in->body, limits, &r->document));
        break;
    default:
        TRY(json_parse(r->arena, r->in->body, limits, &r->document));
    }
    r->has_document = true;
    return writing_shape(r);
}

/* `etag` in the content stands for If-Match where the resource says so (docs/http.md section 4). */
static struct err *use_tag_in_content(struct request *r)
{
    struct slice tag;
    TRY(content_etag(r->arena, r->route.relation, &r->document, &tag));
    if (!slice_present(tag))
        return NULL;
    TRY(tag_list_parse(r->arena, tag, &r->plan.preconds.if_match));
    r->plan.preconds.has_unmodified_since = false; /* RFC 9110 13.1.4: ignored beside If-Match */
    r->plan.conditional = true;
    return NULL;
}

/* 428 (RFC 6585 3): before content, since no content can make up for it. */
static struct err *require_condition(struct request *r)
{
    bool upsert = r->route.kind == ROUTE_COLLECTION && r->method == METHOD_PUT; /* judged element by element */
    if (upsert || r->plan.conditional || !plan_needs_precondition(r->route.relation, r->method, r->ask.postgrest))
        return NULL;
    struct err *err =
        err_new(r->arena, ERR_PRECONDITION_REQUIRED,
                "%s needs If-Match here, so that nobody's change is overwritten unseen.", method_name(r->method));
    return err_hint(r->arena, err,
                    "GET the resource, change what you got, and send it again with its ETag: If-Match: \"...\". "
                    "If-Match: * says: whatever is there now.");
}

static bool takes_merge(const struct request *r)
{
    return r->content == CONTENT_MERGE_PATCH || r->content == CONTENT_JSON;
}

/* Whether the content may be an array of rows that name their own keys and tags (docs/http.md section 8). */
static bool may_be_bulk(const struct request *r)
{
    if (r->route.kind != ROUTE_COLLECTION || !r->in->has_body)
        return false;
    return r->method == METHOD_DELETE || (r->method == METHOD_PATCH && takes_merge(r));
}

/* To PostgREST an array of one is that one. */
static bool means_its_only(const struct request *r)
{
    const struct json *only = r->document.items;
    return r->ask.postgrest && r->method == METHOD_PATCH && r->document.kind == JSON_ARRAY && r->document.count == 1 &&
           only->kind == JSON_OBJECT && (only->count == 0 || r->params.filters);
}

struct err *step_decode(struct request *r)
{
    bool early = tag_in_content(r) && (brings_content(r) || (r->method == METHOD_DELETE && r->in->has_body));
    if (early || may_be_bulk(r))
        TRY(request_document(r)); /* the tags are in the content, so it has to be read first */
    if (early)
        TRY(use_tag_in_content(r));
    if (may_be_bulk(r) && means_its_only(r))
        r->document = r->document.items[0];
    r->bulk = may_be_bulk(r) && r->document.kind == JSON_ARRAY;
    if (!r->bulk && r->method == METHOD_DELETE && may_be_bulk(r))
        return err_at(r->arena, ERR_BAD_CONTENT, r->document.position,
                      "The content of this DELETE must be an array of rows; a filter needs none.");
    if (!r->bulk)
        TRY(require_condition(r));
    return NULL;
}
