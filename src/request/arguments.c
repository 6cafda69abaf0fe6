#include "arguments.h"

#include "midair/base/text.h"
#include "midair/http/field.h"
#include "midair/http/negotiate.h"
#include "midair/http/problem.h"
#include "midair/json/tabular.h"
#include "midair/json/write.h"

static void make_room(const struct request *r, size_t most, struct arguments *out)
{
    out->names = ARENA_ARRAY(r->arena, struct slice, most ? most : 1);
    out->values = ARENA_ARRAY(r->arena, struct slice, most ? most : 1);
}

void arguments_of_query(const struct request *r, struct arguments *out)
{
    make_room(r, r->params.argument_count, out);
    for (; out->count < r->params.argument_count; out->count++) {
        out->names[out->count] = r->params.arguments[out->count].name;
        out->values[out->count] = r->params.arguments[out->count].value;
    }
}

static size_t count_fields(struct slice form)
{
    size_t count = 1;
    for (size_t i = 0; i < form.len; i++)
        count += form.at[i] == '&';
    return count;
}

/* a=1&b=2&b=3: the same as in a query. */
static struct err *form_arguments(struct request *r, struct arguments *out)
{
    struct slice raw = r->in->body, rest = raw.len ? raw : SLICE_ABSENT, pair, name, value;
    make_room(r, count_fields(raw), out);
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

static void take_names(struct request *r, const struct json *document, struct arguments *out)
{
    const struct names *columns = &r->params.columns;
    bool object = document->kind == JSON_OBJECT;
    size_t count = object ? document->count : 1; /* what is no object has a name that no parameter has */
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

static struct slice text_of(struct request *r, const struct json *document)
{
    if (slice_present(document->raw))
        return document->raw;
    struct buf text = buf_new(r->arena, 64);
    json_put_value(&text, document);
    return buf_slice(&text);
}

/* The members of an object, or of the first of an array of objects; the whole of it for a lone parameter. */
static struct err *json_arguments(struct request *r, const struct json *document, struct arguments *out)
{
    static const struct json none = {.kind = JSON_OBJECT, .raw = {"{}", 2}};
    const struct json *row = document;
    out->document = text_of(r, document);
    if (document->kind == JSON_ARRAY && document->count == 0)
        row = &none;
    else if (document->kind == JSON_ARRAY && document->items[0].kind == JSON_OBJECT)
        row = &document->items[0];
    if (r->params.columns.given && row->kind != JSON_OBJECT)
        return err_at(r->arena, ERR_BAD_CONTENT, row->position, "columns= names members of an object.");
    out->object = text_of(r, row);
    take_names(r, row, out);
    return NULL;
}

/* The content as it is, for a lone parameter without a name. */
static struct err *whole_argument(struct request *r, const struct call_whole *whole, struct arguments *out)
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
        return err_new(r->arena, ERR_BAD_CONTENT, "The content is not UTF-8, or has a NUL.");
    }
    return NULL;
}

static struct err *not_taken(struct request *r)
{
    static const char types[] = "application/json, application/x-www-form-urlencoded, text/csv, text/plain, text/xml, "
                                "application/octet-stream";
    struct err *err = err_new(r->arena, ERR_UNSUPPORTED_MEDIA_TYPE, "A function takes %s.", types);
    problem_of(r->arena, err)->accept = SLICE(types);
    return err;
}

struct err *arguments_of_content(struct request *r, struct arguments *out)
{
    static const struct {
        const char *type;
        const struct call_whole *whole;
    } wholes[] = {{"text/plain", &call_whole_text},
                  {"text/xml", &call_whole_xml},
                  {"application/octet-stream", &call_whole_bytes}};
    const struct json_limits limits = {
        .depth = r->options->json_depth, .nodes = r->options->json_nodes, .bytes = r->options->max_body};
    struct slice field = field_get(r->arena, &r->in->fields, "Content-Type");
    struct media_type type = {.essence = SLICE("application/json"), .utf8 = true};
    struct json document = {.kind = JSON_OBJECT, .raw = {"{}", 2}};
    TRY(exchange_read_body(r->exchange, r->options->max_body));
    if (slice_present(field) && !media_type_parse(r->arena, field, &type))
        return err_new(r->arena, ERR_UNSUPPORTED_MEDIA_TYPE, "The Content-Type cannot be read.");
    for (size_t i = 0; i < sizeof(wholes) / sizeof(*wholes); i++)
        if (slice_eq(type.essence, slice_of(wholes[i].type)))
            return whole_argument(r, wholes[i].whole, out);
    if (slice_eq(type.essence, SLICE("application/x-www-form-urlencoded")))
        return form_arguments(r, out);
    if (slice_eq(type.essence, SLICE("text/csv"))) {
        TRY(csv_parse(r->arena, r->in->body, limits, &document));
        return json_arguments(r, &document, out);
    }
    if (!slice_eq(type.essence, SLICE("application/json")))
        return not_taken(r);
    out->whole = &call_whole_json;
    if (r->in->body.len)
        TRY(json_parse(r->arena, r->in->body, limits, &document));
    return json_arguments(r, &document, out);
}

/* Several values of one name, as an array. */
static struct slice array_of(struct request *r, const struct arguments *arguments, struct slice name)
{
    struct slice *list = ARENA_ARRAY(r->arena, struct slice, arguments->count);
    size_t count = 0;
    for (size_t i = 0; i < arguments->count; i++)
        if (slice_eq(arguments->names[i], name))
            list[count++] = arguments->values[i];
    return text_array(r->arena, list, count);
}

void arguments_fill(struct request *r, const struct arguments *arguments, struct call *call)
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
