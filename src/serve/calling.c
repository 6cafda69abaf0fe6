/* /rpc/NAME: from arguments to the answer (PostgREST's "Functions as RPC"). */
#include "request.h"

#include "midair/base/clock.h"
#include "midair/base/text.h"
#include "midair/http/field.h"
#include "midair/http/negotiate.h"
#include "midair/json/tabular.h"
#include "midair/json/write.h"
#include "midair/model/policy.h"

/* Arguments as they came: one entry an occurrence. */
struct arguments {
    struct slice *names;
    struct slice *values; /* of a query; NULL: they are in the document */
    size_t count;
    struct slice document;
    const uint32_t *whole; /* types of a lone parameter that the content could be */
};

static bool is_any(struct slice text, const char *const *words)
{
    for (; *words; words++)
        if (slice_eq(text, slice_of(*words)))
            return true;
    return false;
}

/* Whether a parameter of the query is a filter or says what is shown, rather than an argument. */
static bool is_query_part(struct slice name, struct slice value)
{
    static const char *const reserved[] = {"select", "order", "limit", "offset", "and", "or", NULL};
    static const char *const operators[] = {
        "eq", "gt", "gte", "lt", "lte", "neq", "like", "ilike", "match",      "imatch", "in",    "is",   "fts", "cs",
        "cd", "ov", "sl",  "sr", "nxr", "nxl", "adj",  "not",   "isdistinct", "plfts",  "phfts", "wfts", NULL};
    size_t end = slice_find(value, '.'), open = slice_find(value, '(');
    if (is_any(name, reserved) || slice_find(name, '.') < name.len)
        return true;
    return end < value.len && is_any(slice_head(value, open < end ? open : end), operators);
}

static bool decode_part(struct arena *arena, struct slice raw, struct slice *out)
{
    struct slice copy = arena_copy(arena, raw);
    char *bytes = (char *)copy.at;
    for (size_t i = 0; i < copy.len; i++)
        if (bytes[i] == '+')
            bytes[i] = ' ';
    return text_percent_decode(arena, copy, out);
}

/* Takes the arguments out of the query; what is left of it is about the rows. */
static struct err *query_arguments(struct request *r, struct arguments *out)
{
    struct slice raw = arena_copy(r->arena, r->in->query), rest = raw, pair, name, value;
    size_t most = 1;
    for (size_t i = 0; i < raw.len; i++)
        most += raw.at[i] == '&';
    out->names = ARENA_ARRAY(r->arena, struct slice, most);
    out->values = ARENA_ARRAY(r->arena, struct slice, most);
    while (slice_present(rest)) {
        slice_cut(rest, '&', &pair, &rest);
        if (!slice_cut(pair, '=', &name, &value))
            continue;
        if (!decode_part(r->arena, name, &name) || !decode_part(r->arena, value, &value))
            return err_at(r->arena, ERR_BAD_QUERY, (size_t)(pair.at - raw.at),
                          "This part of the query has a bad percent escape, a NUL or is not UTF-8.");
        if (!call_takes(r->view->catalog, r->schema, r->route.function, name) && is_query_part(name, value))
            continue;
        out->names[out->count] = name;
        out->values[out->count++] = value;
        memset((char *)(uintptr_t)pair.at, '&', pair.len);
    }
    r->in->query = slice_present(r->in->query) ? raw : SLICE_ABSENT;
    return NULL;
}

static struct err *object_arguments(struct request *r, const struct json *document, struct arguments *out)
{
    bool object = document->kind == JSON_OBJECT;
    size_t count = object ? document->count : 1; /* what is no object has a name that no parameter has */
    out->names = ARENA_ARRAY(r->arena, struct slice, count ? count : 1);
    out->count = count;
    for (size_t i = 0; i < count; i++)
        out->names[i] = object ? document->members[i].name : SLICE("");
    if (slice_present(document->raw)) {
        out->document = document->raw;
        return NULL;
    }
    struct buf text = buf_new(r->arena, 64);
    json_put_value(&text, document);
    out->document = buf_slice(&text);
    return NULL;
}

/* The content as it is, for a lone parameter without a name. */
static struct err *whole_argument(struct request *r, bool bytes, struct arguments *out)
{
    struct buf hex = buf_new(r->arena, bytes ? 2 * r->in->body.len + 2 : 0);
    out->names = ARENA_ARRAY(r->arena, struct slice, 1);
    out->count = 1;
    out->names[0] = SLICE("");
    out->document = r->in->body;
    if (bytes) {
        BUF_LIT(&hex, "\\x");
        buf_hex(&hex, (const unsigned char *)r->in->body.at, r->in->body.len);
        out->document = buf_slice(&hex);
    } else if (!text_is_utf8(r->in->body) || (r->in->body.len && memchr(r->in->body.at, '\0', r->in->body.len))) {
        return err_new(r->arena, ERR_BAD_CONTENT, "The content is not UTF-8, or has a NUL.");
    }
    return NULL;
}

static struct err *content_arguments(struct request *r, struct arguments *out)
{
    static const uint32_t json[] = {OID_JSON, OID_JSONB, 0}, text[] = {OID_TEXT, 0}, xml[] = {OID_XML, 0},
                          bytes[] = {OID_BYTEA, 0};
    const struct json_limits limits = {
        .depth = r->options->json_depth, .nodes = r->options->json_nodes, .bytes = r->options->max_body};
    struct slice field = field_get(r->arena, &r->in->fields, "Content-Type");
    struct media_type type = {.essence = SLICE("application/json"), .utf8 = true};
    struct json document;
    TRY(exchange_read_body(r->exchange, r->options->max_body));
    if (slice_present(field) && !media_type_parse(r->arena, field, &type))
        return err_new(r->arena, ERR_UNSUPPORTED_MEDIA_TYPE, "The Content-Type cannot be read.");
    out->whole = json;
    if (slice_eq(type.essence, SLICE("application/json"))) {
        if (r->in->body.len == 0)
            return NULL;
        TRY(json_parse(r->arena, r->in->body, limits, &document));
        return object_arguments(r, &document, out);
    }
    if (slice_eq(type.essence, SLICE("application/x-www-form-urlencoded"))) {
        TRY(form_parse(r->arena, r->in->body, limits, &document));
        out->whole = NULL;
        return object_arguments(r, &document, out);
    }
    bool binary = slice_eq(type.essence, SLICE("application/octet-stream"));
    bool is_xml = slice_eq(type.essence, SLICE("text/xml"));
    out->whole = binary ? bytes : is_xml ? xml : text;
    if (binary || is_xml || slice_eq(type.essence, SLICE("text/plain")))
        return whole_argument(r, binary, out);
    struct err *err = err_new(r->arena, ERR_UNSUPPORTED_MEDIA_TYPE,
                              "A function takes application/json, application/x-www-form-urlencoded, text/plain, "
                              "text/xml or application/octet-stream.");
    err->accept = SLICE("application/json, application/x-www-form-urlencoded, text/plain, text/xml, "
                        "application/octet-stream");
    return err;
}

/* {"a","b"}: several values of one name as an array in PostgreSQL's text format. */
static struct slice array_of(struct request *r, const struct arguments *arguments, struct slice name)
{
    struct buf buf = buf_new(r->arena, 64);
    buf_byte(&buf, '{');
    for (size_t i = 0; i < arguments->count; i++) {
        if (!slice_eq(arguments->names[i], name))
            continue;
        buf_z(&buf, buf.len > 1 ? ",\"" : "\"");
        for (size_t k = 0; k < arguments->values[i].len; k++) {
            char c = arguments->values[i].at[k];
            if (c == '"' || c == '\\')
                buf_byte(&buf, '\\');
            buf_byte(&buf, c);
        }
        buf_byte(&buf, '"');
    }
    buf_byte(&buf, '}');
    return buf_slice(&buf);
}

static void fill_values(struct request *r, const struct arguments *arguments, struct call *call)
{
    const struct function *function = call->function;
    call->document = arguments->document;
    if (!arguments->values || call->kind != CALL_RECORD)
        return;
    call->kind = CALL_TEXT;
    call->values = ARENA_ARRAY(r->arena, struct slice, function->parameter_count);
    for (size_t i = 0; i < arguments->count; i++) {
        size_t at = function_parameter(function, arguments->names[i]);
        bool variadic = function->variadic && at + 1 == function->parameter_count;
        bool again = slice_present(call->values[at]) && slice_ends(function->parameters[at].type, SLICE("[]"));
        call->values[at] = variadic || again ? array_of(r, arguments, arguments->names[i]) : arguments->values[i];
    }
}

static struct err *check_method(struct request *r, const struct function *function)
{
    bool reads = r->method != METHOD_POST, writes = function->volatility == VOLATILITY_VOLATILE;
    if (!reads || !writes || r->ask.postgrest)
        return NULL; /* PostgREST calls it in a transaction that cannot write */
    struct err *err = err_new(r->arena, ERR_METHOD_NOT_ALLOWED,
                              "The function may write, as far as its declaration says: call it by POST.");
    err->code = SLICE("PGRST101");
    err->allow = SLICE("OPTIONS, POST");
    return err;
}

static struct err *judge_conditions(struct request *r)
{
    const struct current function = {.exists = true};
    TRY(preconds_parse(r->arena, &r->in->fields, &r->plan.preconds));
    if (r->method != METHOD_POST)
        return NULL;
    if (preconds_judge(&r->plan.preconds, METHOD_POST, &function) != VERDICT_PROCEED)
        return err_new(r->arena, ERR_PRECONDITION_FAILED, "A function has no state that a condition could hold of.");
    r->plan.preconds = (struct preconds){0};
    return NULL;
}

static struct err *plan_call(struct request *r, struct call *call)
{
    const struct function *function = call->function;
    struct plan *plan = &r->plan;
    struct ast_query ast;
    bool reads = r->method != METHOD_POST;
    plan->kind = PLAN_CALL;
    plan->call = call;
    plan->relation = function->result;
    plan->read_only = reads || function->volatility != VOLATILITY_VOLATILE;
    TRY(query_parse(r->arena, r->in->query, &ast));
    TRY(query_bind(r->arena, &ast, plan->relation, &plan->query));
    plan->layout = layout_new(r->arena, plan->relation, &plan->query);
    TRY(planning_range(r));
    plan->limit = plan->relation->policy->max_rows;
    if (plan->query.has_limit && plan->query.limit < plan->limit)
        plan->limit = plan->query.limit;
    plan->counted = r->ask.prefer.count == COUNT_EXACT && function->returns_set;
    plan->singular = r->ask.envelope.kind == ENVELOPE_OBJECT && function->returns_set && !reads;
    plan->rollback = !plan->read_only && writing_rollback(r);
    return NULL;
}

static struct err *execute_call(struct request *r)
{
    struct exec exec = {.db = r->service->db, .arena = r->arena, .deadline = r->deadline};
    int64_t from = clock_now_us();
    struct err *err = execute(&exec, &r->plan, &r->outcome);
    r->database_us = clock_now_us() - from;
    return err;
}

struct err *calling(struct request *r)
{
    struct arguments arguments = {0};
    struct call *call = ARENA_NEW(r->arena, struct call);
    TRY(judge_conditions(r));
    TRY(r->method == METHOD_POST ? content_arguments(r, &arguments) : query_arguments(r, &arguments));
    TRY(call_choose(r->arena, r->view->catalog, r->schema, r->route.function, arguments.names, arguments.count,
                    arguments.whole, call));
    fill_values(r, &arguments, call);
    TRY(check_method(r, call->function));
    TRY(media_choose_call(r, call->function));
    TRY(plan_call(r, call));
    TRY(execute_call(r));
    if (call->function->shape == RESULT_VOID) {
        r->out->status = 204;
        respond_common(&r->ask, r->out);
        return NULL;
    }
    TRY(respond_outcome(&r->ask, &r->outcome, r->out));
    if (r->method == METHOD_POST)
        response_set(r->out, "ETag", SLICE_ABSENT);
    return NULL;
}
