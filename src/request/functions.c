/* Function calls (/rpc/NAME): from the arguments to the response (PostgREST's "Functions as RPC"). */
#include "request.h"

#include "midair/base/text.h"
#include "midair/catalog/policy.h"
#include "midair/http/field.h"
#include "midair/http/negotiate.h"
#include "midair/http/problem.h"
#include "midair/json/tabular.h"
#include "midair/json/write.h"

/* For OPTIONS, the methods follow from the volatility that the function's overloads declare. */
struct err *function_methods(const struct request *r, unsigned *out)
{
    const struct call_ask ask = {.schema = r->route.schema, .name = r->route.route.function};
    struct call ignored;
    *out = plan_methods(&r->route.route);
    if (r->collect.method != METHOD_OPTIONS)
        return NULL;
    *out = call_methods(r->view->catalog, r->route.schema, r->route.route.function);
    return *out ? NULL : call_choose(r->arena, r->view->catalog, &ask, &ignored);
}

static void reserve_arguments(const struct request *r, size_t most, struct arguments *out)
{
    out->names = ARENA_ARRAY(r->arena, struct slice, most ? most : 1);
    out->values = ARENA_ARRAY(r->arena, struct slice, most ? most : 1);
}

static void arguments_of_query(const struct request *r, struct arguments *out)
{
    const struct params *params = &r->params.query;
    reserve_arguments(r, params->argument_count, out);
    for (; out->count < params->argument_count; out->count++) {
        out->names[out->count] = params->arguments[out->count].name;
        out->values[out->count] = params->arguments[out->count].value;
    }
}

static size_t count_fields(struct slice form)
{
    size_t count = 1;
    for (size_t i = 0; i < form.len; i++)
        count += form.at[i] == '&';
    return count;
}

/* Reads arguments from a form: a=1&b=2&b=3, as in a query. */
static struct err *form_arguments(const struct request *r, struct arguments *out)
{
    struct slice raw = r->in->body, rest = raw.len ? raw : SLICE_ABSENT, pair, name, value;
    reserve_arguments(r, count_fields(raw), out);
    while (slice_present(rest)) {
        slice_cut(rest, '&', &pair, &rest);
        if (pair.len == 0)
            continue;
        if (out->count == r->options->json_nodes)
            return err_at(r->arena, ERR_BAD_CONTENT, (size_t)(pair.at - raw.at), "The form has too many fields.");
        if (!slice_cut(pair, '=', &name, &value))
            value = SLICE("");
        if (!text_form_decode(r->arena, name, &name, NULL) || !text_form_decode(r->arena, value, &value, NULL) ||
            name.len == 0)
            return err_at(r->arena, ERR_BAD_CONTENT, (size_t)(pair.at - raw.at),
                          "This field of the form has no name, a bad percent escape, a NUL or is not UTF-8.");
        out->names[out->count] = name;
        out->values[out->count++] = value;
    }
    return NULL;
}

static void take_names(const struct request *r, const struct json *document, struct arguments *out)
{
    const struct names *columns = &r->params.query.columns;
    bool object = document->kind == JSON_OBJECT;
    size_t count = object ? document->count : 1; /* content that is not an object gets a name that no parameter has */
    if (columns->given) {
        out->names = columns->items;
        out->count = columns->count;
        return;
    }
    out->names = ARENA_ARRAY(r->arena, struct slice, count ? count : 1);
    out->count = count;
    for (size_t i = 0; i < count; i++)
        out->names[i] = object ? document->members[i].name : SLICE("");
}

static struct slice text_of(const struct request *r, const struct json *document)
{
    if (slice_present(document->raw))
        return document->raw;
    struct buf text = buf_new(r->arena, 64);
    json_put_value(&text, document);
    return buf_slice(&text);
}

/* Reads arguments from JSON: the members of an object, or those of the first object of an array. The whole document is
 * kept as well, for a function with a single parameter. */
static struct err *json_arguments(const struct request *r, const struct json *document, struct arguments *out)
{
    static const struct json none = {.kind = JSON_OBJECT, .raw = {"{}", 2}};
    const struct json *row = document;
    out->document = text_of(r, document);
    if (document->kind == JSON_ARRAY && document->count == 0)
        row = &none;
    else if (document->kind == JSON_ARRAY && document->items[0].kind == JSON_OBJECT)
        row = &document->items[0];
    if (r->params.query.columns.given && row->kind != JSON_OBJECT)
        return err_at(r->arena, ERR_BAD_CONTENT, row->position, "With columns=, the content must be an object.");
    out->object = text_of(r, row);
    take_names(r, row, out);
    return NULL;
}

/* Passes the content unchanged to a function with a single parameter without a name. */
static struct err *whole_argument(const struct request *r, const struct call_whole *whole, struct arguments *out)
{
    bool bytes = whole == &call_whole_bytes;
    struct buf hex = buf_new(r->arena, bytes ? 2 * r->in->body.len + 2 : 0);
    out->whole = whole;
    out->whole_only = true;
    out->document = r->in->body.len ? r->in->body : SLICE("");
    if (bytes) {
        BUF_LIT(&hex, "\\x");
        buf_hex(&hex, (const unsigned char *)r->in->body.at, r->in->body.len);
        out->document = buf_slice(&hex);
    } else if (!text_is_utf8(r->in->body) || (r->in->body.len && memchr(r->in->body.at, '\0', r->in->body.len))) {
        return err_new(r->arena, ERR_BAD_CONTENT, "The content is not UTF-8, or contains a NUL.");
    }
    return NULL;
}

static struct err *not_taken(const struct request *r)
{
    static const char types[] = "application/json, application/x-www-form-urlencoded, text/csv, text/plain, text/xml, "
                                "application/octet-stream";
    struct err *err = err_new(r->arena, ERR_UNSUPPORTED_MEDIA_TYPE, "A function accepts %s.", types);
    problem_of(r->arena, err)->accept = SLICE(types);
    return err;
}

static struct err *arguments_of_content(const struct request *r, struct slice type, struct arguments *out)
{
    static const struct {
        const char *type;
        const struct call_whole *whole;
    } wholes[] = {{"text/plain", &call_whole_text},
                  {"text/xml", &call_whole_xml},
                  {"application/octet-stream", &call_whole_bytes}};
    const struct json_limits limits = {
        .depth = r->options->json_depth, .nodes = r->options->json_nodes, .bytes = r->options->max_body};
    struct json document = {.kind = JSON_OBJECT, .raw = {"{}", 2}};
    for (size_t i = 0; i < sizeof(wholes) / sizeof(*wholes); i++)
        if (slice_eq(type, slice_of(wholes[i].type)))
            return whole_argument(r, wholes[i].whole, out);
    if (slice_eq(type, SLICE("application/x-www-form-urlencoded")))
        return form_arguments(r, out);
    if (slice_eq(type, SLICE("text/csv"))) {
        TRY(csv_parse(r->arena, r->in->body, limits, &document));
        return json_arguments(r, &document, out);
    }
    if (!slice_eq(type, SLICE("application/json")))
        return not_taken(r);
    out->whole = &call_whole_json;
    if (r->in->body.len)
        TRY(json_parse(r->arena, r->in->body, limits, &document));
    return json_arguments(r, &document, out);
}

struct err *function_decode(const struct request *r, struct content *out)
{
    struct media_type type;
    if (request_reads(r)) {
        arguments_of_query(r, &out->arguments);
        return NULL;
    }
    TRY(exchange_read_body(r->exchange, r->options->max_body));
    if (!media_of_content(r, &type))
        return err_new(r->arena, ERR_UNSUPPORTED_MEDIA_TYPE, "The Content-Type cannot be parsed.");
    return arguments_of_content(r, type.essence, &out->arguments);
}

/* All values of one name, as a PostgreSQL array. */
static struct slice array_of(const struct request *r, const struct arguments *arguments, struct slice name)
{
    struct slice *list = ARENA_ARRAY(r->arena, struct slice, arguments->count);
    size_t count = 0;
    for (size_t i = 0; i < arguments->count; i++)
        if (slice_eq(arguments->names[i], name))
            list[count++] = arguments->values[i];
    return text_array(r->arena, list, count);
}

/* Sets the arguments of the function that was chosen. */
static void fill(const struct request *r, const struct arguments *arguments, struct call *call)
{
    const struct function *function = call->function;
    call->document = call->kind == CALL_WHOLE ? arguments->document : arguments->object;
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

static struct err *choose(const struct request *r, struct call *call)
{
    const struct arguments *arguments = &r->decode.arguments;
    const struct call_ask ask = {r->route.schema,  r->route.route.function, arguments->names,
                                 arguments->count, arguments->whole,        arguments->whole_only};
    TRY(call_choose(r->arena, r->view->catalog, &ask, call));
    fill(r, arguments, call);
    return NULL;
}

static struct err *check_method(const struct request *r, const struct function *function)
{
    if (!request_reads(r) || function->volatility != VOLATILITY_VOLATILE || r->collect.postgrest)
        return NULL; /* PostgREST calls it in a read-only transaction instead */
    struct err *err = err_new(r->arena, ERR_METHOD_NOT_ALLOWED,
                              "The function is declared VOLATILE, so it may write: call it with POST.");
    err->code = SLICE("PGRST101");
    problem_of(r->arena, err)->allow = SLICE("OPTIONS, POST");
    return err;
}

static struct err *check_cap(const struct request *r, const struct plan_call *call)
{
    if (!call->cap.asked || call->call->function->returns_set)
        return NULL;
    struct err *err = err_new(r->arena, ERR_BAD_FIELD,
                              "Function must return SETOF or TABLE when max-affected preference is used with "
                              "handling=strict");
    err->code = SLICE("PGRST128");
    return err;
}

/* Determines which rows of the result are shown. */
static struct err *plan_rows(const struct request *r, struct planned *out)
{
    struct plan *plan = &out->plan;
    const struct function *function = plan->as.call.call->function;
    struct page *page = &plan->as.call.page;
    if (r->collect.method == METHOD_GET)
        TRY(plan_range(r, &plan->query)); /* RFC 9110 14.2: Range is defined for GET alone */
    plan->as.call.cap = plan_cap(r, plan->relation);
    page->limit = plan->relation->policy->max_rows;
    if (plan->query.has_limit && plan->query.limit < page->limit)
        page->limit = plan->query.limit;
    /* The function computes all of its rows in any case, so every kind of count is exact. */
    page->total = r->collect.prefer.count != COUNT_UNSET && function->returns_set ? TOTAL_EXACT : TOTAL_NONE;
    plan->singular = out->shown.envelope.kind == ENVELOPE_OBJECT && function->returns_set && !request_reads(r);
    return check_cap(r, &plan->as.call);
}

struct err *function_plan(const struct request *r, struct planned *out)
{
    struct plan *plan = &out->plan;
    struct call *call = ARENA_NEW(r->arena, struct call);
    TRY(choose(r, call));
    const struct function *function = call->function;
    plan->kind = PLAN_CALL;
    plan->as.call.call = call;
    plan->as.call.read_only = request_reads(r) || function->volatility != VOLATILITY_VOLATILE;
    plan->relation = function->result;
    TRY(check_method(r, function));
    TRY(media_choose(r, function, &out->shown));
    TRY(query_bind(r->arena, &r->params.query, r->route.schema, plan->relation, &plan->query));
    TRY(plan_check_aggregates(r, &plan->query));
    TRY(media_layout(r, &out->shown, plan));
    call->keeps_row = plan->query.takes_row || (plan->handler && slice_present(plan->handler->row_type));
    TRY(plan_rows(r, out));
    if (!request_reads(r))
        plan_end(r, out);
    return plan_zone(r, settings_of_call(r, function), plan);
}

struct err *function_execute(const struct request *r, struct executed *out)
{
    const struct exec exec = request_exec(r);
    struct err *err = execute(&exec, &r->plan.plan, &out->outcome);
    if (err && err->kind == ERR_METHOD_NOT_ALLOWED)
        problem_of(r->arena, err)->allow = SLICE("OPTIONS, POST"); /* the function may write, so GET is not allowed */
    return err;
}

struct err *function_respond(const struct request *r, struct http_response *out)
{
    TRY(respond_outcome(request_ask(r), &r->execute.outcome, out));
    if (r->collect.method == METHOD_POST)
        response_set(out, "ETag", SLICE_ABSENT); /* a result of a function has no tag */
    return NULL;
}
