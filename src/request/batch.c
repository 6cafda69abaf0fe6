/* The resource /_batch, and the response to a batch. */
#include "batch.h"

#include "midair/base/text.h"
#include "midair/http/field.h"
#include "midair/http/negotiate.h"
#include "midair/http/problem.h"
#include "midair/json/build.h"
#include "midair/json/gate.h"
#include "midair/json/write.h"

struct err *batch_methods(const struct request *r, unsigned *out)
{
    *out = plan_methods(request_route(r));
    if (r->options->batch_max)
        return NULL;
    return err_new(r->arena, ERR_NO_RESOURCE, "There is no resource \"_batch\": batch_max is 0.");
}

static struct err *check_types(const struct request *r)
{
    static const struct slice offer[] = {SLICE_LITERAL("application/json")};
    struct slice field = field_get(r->arena, &r->in->fields, "Content-Type");
    struct media_type type;
    if (accept_choose(r->arena, field_get(r->arena, &r->in->fields, "Accept"), offer, 1) < 0)
        return err_new(r->arena, ERR_NOT_ACCEPTABLE, "The response to a batch is application/json.");
    if (!slice_present(field) || (media_type_parse(r->arena, field, &type) && slice_eq(type.essence, offer[0])))
        return NULL;
    struct err *err = err_new(r->arena, ERR_UNSUPPORTED_MEDIA_TYPE, "A batch is application/json.");
    problem_of(r->arena, err)->accept = offer[0];
    return err;
}

struct err *batch_decode(const struct request *r, struct content *out)
{
    const struct json_limits limits = {
        .depth = r->options->json_depth, .nodes = r->options->json_nodes, .bytes = r->options->max_body};
    TRY(check_types(r));
    TRY(exchange_read_body(r->exchange, r->options->max_body));
    TRY(json_parse(r->arena, r->in->body, limits, &out->document));
    out->present = true;
    out->batch = ARENA_NEW(r->arena, struct batch_document);
    return batch_read(r, &out->document, out->batch);
}

struct err *batch_execute(const struct request *r, struct executed *out)
{
    struct batch_document *batch = r->decode.batch;
    batch->deadline = r->exchange->started_us + r->options->batch_timeout_us;
    struct err *err = batch_run(r, batch, out);
    out->batch_written = batch->written;
    return err;
}

/* ---- the response ---- */

static bool is_json(struct slice type)
{
    struct slice essence = slice_trim(slice_head(type, slice_find(type, ';')));
    return slice_ends(essence, SLICE("json"));
}

/* OData 4.01: content that is neither JSON nor text is base64url (RFC 4648 5). */
static void put_base64(struct buf *out, struct slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    buf_byte(out, '"');
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        unsigned group = (unsigned char)bytes.at[i] * 65536u;
        group |= left > 1 ? (unsigned char)bytes.at[i + 1] * 256u : 0;
        group |= left > 2 ? (unsigned char)bytes.at[i + 2] : 0;
        for (size_t k = 0; k < (left > 2 ? 4 : left + 1); k++)
            buf_byte(out, digits[group >> (18 - 6 * k) & 63]);
    }
    buf_byte(out, '"');
}

static void put_body(struct json_out *out, const struct http_response *answer)
{
    struct buf text = buf_new(out->buf->arena, answer->body.len + 2);
    if (!answer->body.len)
        return;
    json_out_name(out, SLICE("body"));
    if (is_json(response_get(answer, "Content-Type"))) {
        json_out_raw(out, answer->body);
        return;
    }
    if (text_is_utf8(answer->body))
        json_put_string(&text, answer->body);
    else
        put_base64(&text, answer->body);
    json_out_raw(out, buf_slice(&text));
}

/* Fields about who asks, or about the connection, are those of the batch. */
static bool is_shown(const struct field *field)
{
    return !slice_starts(field->name, SLICE("Access-Control-")) && !slice_eq(field->name, SLICE("Vary"));
}

static void put_answer(struct json_out *out, const struct batch_item *item, bool bodies)
{
    const struct http_response *answer = item->answer;
    json_out_object(out);
    json_out_member_string(out, "id", item->id);
    if (item->group)
        json_out_member_string(out, "atomicityGroup", item->group->name);
    json_out_member_int(out, "status", answer->status);
    json_out_name(out, SLICE("headers"));
    json_out_object(out);
    for (size_t i = 0; i < answer->field_count; i++) {
        if (!is_shown(&answer->fields[i]))
            continue;
        json_out_name(out, answer->fields[i].name);
        json_out_string(out, answer->fields[i].value);
    }
    json_out_end_object(out);
    if (bodies && !slice_eq(item->method, SLICE("HEAD")))
        put_body(out, answer);
    json_out_end_object(out);
}

/* The preferences of the batch that were applied. */
static void set_applied(const struct request *r, struct http_response *out)
{
    const struct prefer applied = {.continues = r->collect.prefer.continues,
                                   .tx = r->options->tx_end == TX_END_COMMIT_OVERRIDE ||
                                                 r->options->tx_end == TX_END_ROLLBACK_OVERRIDE
                                             ? r->collect.prefer.tx
                                             : TX_UNSET};
    struct slice text = prefer_applied(r->arena, &applied);
    if (slice_present(text))
        response_set(out, "Preference-Applied", text);
}

void batch_write(const struct request *r, const struct batch_document *batch, bool bodies, struct http_response *out)
{
    struct buf body = buf_new(r->arena, 4096);
    struct json_out json = json_out_new(&body);
    json_out_object(&json);
    json_out_name(&json, SLICE("responses"));
    json_out_array(&json);
    for (size_t i = 0; i < batch->count; i++)
        put_answer(&json, &batch->items[i], bodies);
    json_out_end_array(&json);
    json_out_end_object(&json);
    out->status = 200;
    respond_common(request_ask(r), out);
    response_set(out, "Cache-Control", SLICE("no-store"));
    response_set(out, "Content-Type", SLICE("application/json; charset=utf-8"));
    set_applied(r, out);
    out->body = buf_slice(&body);
}

struct err *batch_respond(const struct request *r, struct http_response *out)
{
    batch_write(r, r->decode.batch, !r->too_large, out);
    return NULL;
}
